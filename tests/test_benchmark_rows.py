"""The benchmark compares like with like: its rows are what they claim, and the plain script keeps what Playbill keeps."""

import json
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from actors.demo.catalogue import LISTINGS, LIVE, MOVIES, SERIES
from actors.sources import source
from benchmarks import plain_rows, plain_script
from benchmarks.measure import provider_of
from benchmarks.provider import PASSWORD, USERNAME
from benchmarks.report import within
from benchmarks.rows import ONE_CHANGED, ONE_IN_FRONT, ROWS, counts_of, make
from contracts.catalog import Item, SourceKind

ROWS_MADE = 2_000
CONTENT = ("remote_id", "title", "folded_title", "year", "rating", "duration_s", "added_at", "is_adult", "image")


def entries(directory: Path, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((directory / f"{name}.json").read_bytes())
    return found


def test_the_rows_are_as_many_as_they_are_said_to_be() -> None:
    counts = counts_of(ROWS)

    assert (sum(counts.values()), counts[LIVE], counts[MOVIES], counts[SERIES]) == (195_450, 34_000, 150_000, 11_209)
    assert sum(counts_of(20_000).values()) == 20_000


def test_the_rows_are_the_same_every_time_and_their_sizes_are_written_down(tmp_path: Path) -> None:
    first, second = make(tmp_path / "first", ROWS_MADE), make(tmp_path / "second", ROWS_MADE)

    assert first == second == make(tmp_path / "first", ROWS_MADE)
    for name, size in first.body_bytes.items():
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes()
        assert (tmp_path / "first" / name).stat().st_size == size


def test_the_variants_differ_in_what_they_say(tmp_path: Path) -> None:
    make(tmp_path, ROWS_MADE)
    plain, changed, in_front = (entries(tmp_path, f"{MOVIES}{end}") for end in ("", f".{ONE_CHANGED}", f".{ONE_IN_FRONT}"))

    assert [place for place, entry in enumerate(plain) if entry != changed[place]] == [len(plain) // 2]
    assert in_front[1:] == [{**entry, "num": entry["num"] + 1} for entry in plain]
    assert in_front[0]["num"] == 1


@pytest.mark.parametrize(
    ("step", "action", "shape", "read"),
    [
        ("channels", LIVE, plain_rows.Channel, plain_rows.channel),
        ("movies", MOVIES, plain_rows.Movie, plain_rows.movie),
        ("series", SERIES, plain_rows.Series, plain_rows.series),
    ],
)
def test_the_plain_script_reads_what_playbill_reads(tmp_path: Path, step: str, action: str, shape: Any, read: Any) -> None:
    make(tmp_path, ROWS_MADE)
    body = (tmp_path / f"{action}.json").read_bytes()
    plain = [read(entry) for entry in msgspec.json.decode(body, type=list[shape])]
    ours: list[Item] = source(SourceKind.XTREAM).read(step, body, []).items

    assert [[getattr(row, name) for name in CONTENT] for row in plain] == [
        [getattr(row, name) for name in CONTENT] for row in ours
    ]
    assert [json.loads(row.details) for row in plain] == [json.loads(row.details) for row in ours]
    assert [list(dict.fromkeys(row.category_ids)) for row in plain] == [row.category_remote_ids for row in ours]


@pytest.mark.parametrize("same", [False, True])
def test_the_plain_script_upserts(tmp_path: Path, same: bool) -> None:
    make(tmp_path / "rows", ROWS_MADE)
    database = tmp_path / "plain.db"
    plain_script.create(database, same=same)
    with provider_of(tmp_path / "rows") as provider:
        written = []
        for variant in ("", "", ONE_CHANGED, ONE_IN_FRONT):
            provider.serve(variant)
            assert plain_script.run(provider.url, database, same=same).rows == ROWS_MADE + (variant == ONE_IN_FRONT)
            written.append(plain_script.titles(database, same=same))

    assert written[0] == written[1]
    assert len(written[2] - written[1]) == 1
    assert written[3] - written[1] == {("9000000", "The New One", same)}


def test_the_provider_serves_its_account_to_the_right_credentials_alone(tmp_path: Path) -> None:
    make(tmp_path, ROWS_MADE)
    with provider_of(tmp_path) as provider, httpx.Client(base_url=provider.url, trust_env=False) as client:
        right = client.get("/player_api.php", params={"username": USERNAME, "password": PASSWORD}).json()
        wrong = client.get("/player_api.php", params={"username": USERNAME, "password": "x"}).json()
        bodies = [
            client.get("/player_api.php", params={"username": USERNAME, "password": PASSWORD, "action": action}).content
            for action in LISTINGS
        ]
        sent = provider.sent()

    assert (right["user_info"]["auth"], wrong["user_info"]["auth"]) == (1, 0)
    assert bodies == [(tmp_path / f"{action}.json").read_bytes() for action in LISTINGS]
    assert (sent.requests, sent.body_bytes) == (6, sum(map(len, bodies)))


def test_a_page_takes_its_tables_between_the_marks() -> None:
    page = "before\n<!-- bench:begin -->\nold\n<!-- bench:end -->\nafter\n"

    assert within(page, "new\n") == "before\n<!-- bench:begin -->\nnew\n<!-- bench:end -->\nafter\n"
    with pytest.raises(ValueError, match="bench:begin"):
        within("nothing", "new")
