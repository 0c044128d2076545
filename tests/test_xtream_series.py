"""One series of an Xtream account: every shape that panels give its episodes, and what is no answer about a series."""

import json
from typing import Any

import pytest

from actors.demo.xtream_series import episode_ids, many_series, shaped
from actors.sources.xtream import is_unknown_series, read_series, series_body
from contracts import limits
from contracts.catalog import Item, ItemKind
from contracts.errors import (
    AccountExpired,
    AccountRejected,
    AnswerTooLarge,
    IncompleteAnswer,
    PlaybillError,
    UnexpectedAnswer,
)
from tests.xtream_cases import RECORDED

DOCUMENT = many_series(9).series_info["7"]
INFO = {"name": "A Serial"}
PHP_WARNING = b"<br />\n<b>Warning</b>:  Undefined array key [3] in <b>/home/panel/player_api.php</b><br />\n"


def episodes_of(answer: Any) -> list[Item]:
    return [item for item in items_of(answer) if item.kind is ItemKind.EPISODE]


def items_of(answer: Any) -> list[Item]:
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    found = read_series("7", series_body(body))
    assert found == read_series("7", body)
    return found.items


def one(**entry: Any) -> Item:
    """The one episode of a series whose answer lists it under season 4."""
    (found,) = episodes_of({"info": INFO, "episodes": {"4": [{"id": "5", **entry}]}})
    return found


@pytest.mark.parametrize("shape", ["dict", "lists", "flat", "gaps"])
def test_every_shape_of_the_episodes_is_the_same_rows(shape: Any) -> None:
    rows = items_of(shaped(DOCUMENT, shape))

    assert rows == items_of(DOCUMENT)
    assert sorted(row.remote_id for row in rows) == sorted(["7:1", "7:2", *episode_ids(7)])


def test_the_place_of_a_season_is_not_its_number_when_its_episodes_say_it() -> None:
    assert {row.parent_index for row in episodes_of(shaped(DOCUMENT, "lists"))} == {1, 2}


def test_a_season_of_one_episode_may_be_an_object() -> None:
    assert [row.remote_id for row in items_of(shaped(DOCUMENT, "one"))] == ["7:1", "7:2", "7001", "7002"]


@pytest.mark.parametrize("shape", ["empty", "null", "absent"])
def test_a_series_that_has_no_episodes_is_known_and_empty(shape: Any) -> None:
    answer = shaped(DOCUMENT, shape)

    assert items_of(answer) == []
    assert not is_unknown_series(json.dumps(answer).encode())


@pytest.mark.parametrize(
    "body",
    [b"[]", b"{}", b" [] ", b"\xef\xbb\xbf[]", b'{"info":[]}', b'{"info":[],"episodes":[]}', b'{"seasons":[],"info":null}',
     b'{"seasons":[],"info":{"name":null},"episodes":{}}', PHP_WARNING + b"[]"],
)  # fmt: skip
def test_an_answer_without_a_word_of_any_series_means_that_it_is_unknown(body: bytes) -> None:
    assert is_unknown_series(body)
    assert read_series("7", series_body(body)).items == []


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"", UnexpectedAnswer),
        (b"false", UnexpectedAnswer),
        (b"null", UnexpectedAnswer),
        (b'""', UnexpectedAnswer),
        (b"0", UnexpectedAnswer),
        (b"Blocked", UnexpectedAnswer),
        (b'"Access denied"', UnexpectedAnswer),
        (b"<html><body>{}</body></html>", UnexpectedAnswer),
        (b"<!DOCTYPE html>\n[]", UnexpectedAnswer),
        (b'[{"id":"1"}]', UnexpectedAnswer),
        (b'{"error":"no"}', UnexpectedAnswer),
        (b'{"error":"Unauthorized"}', AccountRejected),
        (b'{"user_info":{"auth":0}}', AccountRejected),
        (b'{"user_info":{"auth":1,"status":"Expired"}}', AccountExpired),
        (b'{"user_info":{"auth":1,"status":"Active"}}', UnexpectedAnswer),
    ],
)
def test_what_is_no_answer_about_a_series_is_an_error(body: bytes, error: type[PlaybillError]) -> None:
    for read in (series_body, lambda given: read_series("7", given)):
        with pytest.raises(error) as caught:
            read(body)
        assert type(caught.value) is error
    assert not is_unknown_series(body)


def test_an_answer_that_was_cut_is_asked_for_again_and_never_read() -> None:
    body = json.dumps(DOCUMENT).encode()

    for end in (1, len(body) // 2, len(body) - 1):
        with pytest.raises(IncompleteAnswer):
            series_body(body[:end])
        with pytest.raises(UnexpectedAnswer):
            read_series("7", body[:end])


@pytest.mark.parametrize("around", [(PHP_WARNING, b""), (b"", b"\n" + PHP_WARNING), (b"\xef\xbb\xbf \n", b" ")])
def test_warnings_around_the_answer_are_survived(around: tuple[bytes, bytes]) -> None:
    assert items_of(around[0] + json.dumps(DOCUMENT).encode() + around[1]) == items_of(DOCUMENT)


def test_bytes_that_are_no_text_cost_only_themselves() -> None:
    body = b'{"info":{"name":"A"},"episodes":[{"id":1,"title":"Caf\xe9 \x01","info":{"rating":NaN,"plot":"\\ud800x"}}]}'

    (row,) = episodes_of(body)

    assert (row.title, row.rating, json.loads(row.details)) == ("Caf\ufffd", None, {"plot": "x", "show": "A"})


@pytest.mark.parametrize(
    ("entry", "listed_under", "season"),
    [
        ({"season": 2}, "1", 2),
        ({"season": "2"}, "1", 2),
        ({"season": 0}, "1", 0),
        ({"season": None}, "1", 1),
        ({}, "3", 3),
        ({"info": {"season": 5}}, "1", 5),
        ({"season": "x"}, "1", 1),
        ({"season": -1}, "1", 1),
        ({}, "Extras", None),
        ({}, "0", 0),
    ],
)
def test_the_season_is_the_episodes_own_word_first(entry: dict[str, Any], listed_under: str, season: int | None) -> None:
    rows = items_of({"info": INFO, "episodes": {listed_under: [{"id": 1, **entry}]}})

    assert rows[-1].parent_index == season
    assert [row.remote_id for row in rows[:-1]] == ([] if season is None else [f"7:{season}"])


def test_a_list_of_seasons_is_numbered_as_php_counts() -> None:
    rows = episodes_of({"info": INFO, "episodes": [[], [{"id": 1}], None, [{"id": 2}]]})

    assert [(row.remote_id, row.parent_index) for row in rows] == [("1", 1), ("2", 3)]


@pytest.mark.parametrize(
    ("number", "index"), [(3, 3), ("3", 3), ("1-2", 1), (None, None), ("", None), ("x", None), (2.0, 2), ("007", 7)]
)
def test_the_number_of_an_episode_is_what_can_be_read_of_it(number: Any, index: int | None) -> None:
    assert one(episode_num=number).index_number == index


def test_an_episode_becomes_a_row() -> None:
    row = one(
        episode_num="2",
        title="Tom &amp; Jerry",
        container_extension="mkv",
        added="1740503721",
        direct_source="http://host/series/user/pass/5.mkv",
        info={
            "tmdb_id": 42,
            "release_date": "2025-02-24",
            "plot": "A\nplot",
            "duration_secs": "2214",
            "rating": "7,5",
            "movie_image": "http://user:pass@host/5.jpg?token=x",
        },
    )

    assert (row.remote_id, row.kind, row.title, row.folded_title) == ("5", ItemKind.EPISODE, "Tom & Jerry", "tom jerry")
    assert (row.parent_remote_id, row.parent_index, row.index_number, row.library_remote_id) == ("7", 4, 2, "series")
    assert (row.year, row.rating, row.duration_s, row.added_at) == (2025, 7.5, 2214, 1_740_503_721)
    assert row.image == "http://host/5.jpg"
    assert json.loads(row.details) == {
        "plot": "A\nplot",
        "released": "2025-02-24",
        "show": "A Serial",
        "external_ids": {"tmdb": "42"},
        "container_extension": "mkv",
    }


@pytest.mark.parametrize(
    ("info", "seconds"),
    [
        ({"duration": "00:36:54"}, 2214),
        ({"duration": "01:17:03"}, 4623),
        ({"duration": "39min"}, 2340),
        ({"duration": 45}, 2700),
        ({"duration": "45"}, 2700),
        ({"duration_secs": 0, "duration": "00:01:00"}, 60),
        ({"duration": ""}, None),
        ([], None),
        (None, None),
    ],
)
def test_the_running_time_is_read_from_what_says_it(info: Any, seconds: int | None) -> None:
    assert one(info=info).duration_s == seconds


@pytest.mark.parametrize(
    ("entry", "title"),
    [({"title": ""}, "Episode 3"), ({"title": None, "name": "N"}, "N"), ({"title": " ", "info": {"name": "I"}}, "I"),
     ({"episode_num": None}, "Untitled 5"), ({"title": 1917}, "1917")],
)  # fmt: skip
def test_an_episode_always_has_a_title(entry: dict[str, Any], title: str) -> None:
    assert one(**{"episode_num": 3, **entry}).title == title


def test_a_season_is_what_is_said_of_it_and_only_where_it_has_episodes() -> None:
    rows = items_of(
        {
            "info": INFO,
            "seasons": [
                None,
                {"season_number": 0, "name": "Extras", "cover_big": "http://host/0.jpg"},
                {"season_number": "2", "name": "", "overview": "Later", "air_date": "2020-01-02", "vote_average": 8},
            ],
            "episodes": {"2": [{"id": 1}], "3": [{"id": 2}]},
        }
    )

    seasons = [row for row in rows if row.kind is ItemKind.SEASON]
    assert [(row.remote_id, row.title, row.index_number, row.parent_remote_id) for row in seasons] == [
        ("7:2", "Season 2", 2, "7"),
        ("7:3", "Season 3", 3, "7"),
    ]
    assert (seasons[0].year, seasons[0].rating) == (2020, 8)
    assert json.loads(seasons[0].details) == {"plot": "Later", "released": "2020-01-02", "show": "A Serial"}


def test_a_season_named_by_nobody_has_its_number_and_season_zero_holds_specials() -> None:
    rows = items_of({"info": INFO, "episodes": {"0": [{"id": 1}], "1": [{"id": 2}]}})

    assert [row.title for row in rows if row.kind is ItemKind.SEASON] == ["Specials", "Season 1"]


def test_the_same_id_is_one_episode_and_the_same_number_may_be_two() -> None:
    entries = [
        {"id": 1, "episode_num": 1, "title": "A"},
        {"id": "1", "episode_num": 9, "title": "B"},
        {"id": 2, "episode_num": 1},
    ]

    rows = episodes_of({"info": INFO, "episodes": {"1": entries}})

    assert [(row.remote_id, row.index_number, row.title) for row in rows] == [("1", 1, "A"), ("2", 1, "Episode 1")]


def test_an_entry_that_is_no_episode_costs_only_itself_and_its_copy_holds_no_credentials() -> None:
    entries = [None, 5, {"title": "no id", "url": "http://host/series/user/pass/1.mp4"}, {"id": {}, "title": "x"}, {"id": 3}]

    found = read_series("7", json.dumps({"info": INFO, "episodes": {"1": entries}}).encode())

    assert [row.remote_id for row in found.items] == ["7:1", "3"]
    assert [reject.reason for reject in found.rejects] == [
        "the entry is no object",
        "the entry is no object",
        "id: missing",
        "id: not an id but an object",
    ]
    assert "pass" not in found.rejects[2].entry


def test_the_hash_is_of_what_an_episode_says() -> None:
    assert one(title="A").row_hash == one(title="A", direct_source="http://x", num=9, info={"bitrate": 5}).row_hash
    changes: list[dict[str, Any]] = [
        {"title": "B"},
        {"episode_num": 2},
        {"season": 2},
        {"info": {"plot": "p"}},
        {"added": "1740503721"},
    ]
    assert len({one(**{"title": "A", **change}).row_hash for change in changes} | {one(title="A").row_hash}) == 6


def big(episodes: int, *, plot: str = "", probe: str = "") -> bytes:
    entries = [
        {"id": number, "title": f"Chapter {number}", "info": {"plot": f"{number} {plot}", "video": {"tags": probe}}}
        for number in range(1, episodes + 1)
    ]
    return json.dumps({"info": INFO, "episodes": {"1": entries}}).encode()


def test_what_nobody_reads_of_a_large_answer_does_not_travel() -> None:
    body = big(800, plot="p" * 300, probe="x" * 3_000)

    travels = series_body(body)

    assert len(body) > 2_500_000 > limits.MESSAGE_BYTES_MAX > len(travels)
    assert read_series("7", travels) == read_series("7", body)
    assert "p" * 300 in read_series("7", travels).items[-1].details


def test_a_series_of_thousands_of_episodes_loses_its_plots_rather_than_its_episodes() -> None:
    body = big(3_000, plot="p" * 800)

    travels = series_body(body)
    rows = read_series("7", travels).items

    assert len(travels) < limits.MESSAGE_BYTES_MAX
    assert len(rows) == 3_001
    assert not any("plot" in row.details for row in rows)


def test_rows_that_fit_into_no_message_are_an_error_and_not_half_a_series() -> None:
    with pytest.raises(AnswerTooLarge, match="20,000 episodes"):
        read_series("7", series_body(big(20_000)))


@pytest.mark.skipif(not RECORDED.exists(), reason="the recorded payloads are not beside the repository")
@pytest.mark.parametrize(
    ("path", "seasons", "episodes"),
    [("captured-iptvnator-mock/user1.get_series_info.json", [1, 2, 3], 24), ("ektotv-raw/show.json", [1], 2)],
)
def test_a_recorded_series_is_read_without_loss(path: str, seasons: list[int], episodes: int) -> None:
    body = (RECORDED / path).read_bytes()
    said = [entry for season in json.loads(body)["episodes"].values() for entry in season]

    found = read_series("7", series_body(body))

    rows = [row for row in found.items if row.kind is ItemKind.EPISODE]
    assert [row.index_number for row in found.items if row.kind is ItemKind.SEASON] == seasons
    assert (len(rows), found.rejects) == (episodes, [])
    for row, entry in zip(rows, said, strict=True):
        details = json.loads(row.details)
        assert (row.remote_id, row.title, row.added_at) == (entry["id"], entry["title"], int(entry["added"]))
        assert (row.duration_s, row.rating, row.image) == tuple(
            entry["info"][key] for key in ("duration_secs", "rating", "movie_image")
        )
        assert (row.index_number, row.parent_index) == (int(entry["episode_num"]), entry["season"])
        assert details["plot"] == entry["info"]["plot"]
        assert details["container_extension"] == entry["container_extension"]
        assert "password" not in row.details


@pytest.mark.skipif(not RECORDED.exists(), reason="the recorded payloads are not beside the repository")
def test_the_recorded_answer_about_a_missing_series_means_unknown() -> None:
    assert is_unknown_series((RECORDED / "captured-xtreamcodeserver/get_series_info_missing.json").read_bytes())
