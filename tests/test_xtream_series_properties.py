"""Whatever a panel sends for one series: rows, rejects, or an error that has a code; never anything else."""

import json
from collections.abc import Callable
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.demo.xtream_series import shaped
from actors.sources.xtream import is_unknown_series, read_series, series_body
from actors.sources.xtream.series_rows import EPISODE_KEYS, INFO_KEYS, SEASON_KEYS
from contracts.catalog import ItemKind
from contracts.errors import IncompleteAnswer, PlaybillError, UnexpectedAnswer
from tests.test_xtream_properties import TEXTS, VALUES

ENTRIES = st.dictionaries(st.sampled_from([*EPISODE_KEYS, *INFO_KEYS, "direct_source"]), VALUES, max_size=8)
EPISODES = st.builds(lambda fields, number: fields | {"id": number}, ENTRIES, st.integers(0, 99))
NUMBERS = st.integers(0, 30).map(str)
SEASONS = st.lists(EPISODES | ENTRIES | VALUES, max_size=4)
LISTED = (
    st.dictionaries(NUMBERS | TEXTS, SEASONS | EPISODES | st.dictionaries(NUMBERS, EPISODES, max_size=3) | VALUES, max_size=4)
    | st.lists(SEASONS | EPISODES | VALUES, max_size=4)
    | VALUES
)
ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        "info": st.dictionaries(st.sampled_from(INFO_KEYS), VALUES, max_size=4) | VALUES,
        "seasons": st.lists(st.dictionaries(st.sampled_from(SEASON_KEYS), VALUES, max_size=4) | VALUES, max_size=3) | VALUES,
        "episodes": LISTED,
    },
)
PROBE = "x" * 460_000
"""What makes an answer too large to travel as it came."""


@given(ANSWERS)
def test_every_answer_about_a_series_becomes_rows_that_travel(answer: dict[str, Any]) -> None:
    body = json.dumps(answer).encode()

    found = read_series("7", series_body(body))

    assert read_series("7", body) == found
    assert msgspec.msgpack.encode((found.items, found.rejects))
    assert all(isinstance(json.loads(row.details), dict) for row in found.items)
    assert all(row.parent_remote_id == "7" for row in found.items)
    assert len({(row.kind, row.remote_id) for row in found.items}) == len(found.items)
    if is_unknown_series(body):
        assert found.items == []
        assert found.rejects == []


@given(ANSWERS)
def test_seasons_are_those_of_the_episodes(answer: dict[str, Any]) -> None:
    rows = read_series("7", json.dumps(answer).encode()).items

    seasons = [row.index_number for row in rows if row.kind is ItemKind.SEASON]
    assert seasons == sorted({row.parent_index for row in rows if row.parent_index is not None})


@given(
    st.dictionaries(NUMBERS, st.lists(EPISODES, min_size=1, max_size=4), min_size=1, max_size=3),
    st.sampled_from(["flat", "gaps", "lists"]),
)
def test_the_shape_of_a_listing_loses_no_episode(seasons: dict[str, list[dict[str, Any]]], shape: Any) -> None:
    document = {"info": {"name": "A"}, "episodes": seasons}

    found, other = (read_series("7", json.dumps(answer).encode()) for answer in (document, shaped(document, shape)))

    assert _ids(found.items) == _ids(other.items)
    assert len(found.rejects) == len(other.rejects)


def _ids(rows: list[Any]) -> list[str]:
    return sorted(row.remote_id for row in rows if row.kind is ItemKind.EPISODE)


@given(ANSWERS)
@settings(max_examples=40)
def test_an_answer_that_is_trimmed_says_the_same(answer: dict[str, Any]) -> None:
    """What does not fit into a slice travels without what nobody reads."""
    large = {**answer, "info": answer.get("info", []), "probe": PROBE}
    plain = {**answer, "info": answer.get("info", [])}

    travels = series_body(json.dumps(large).encode())

    assert len(travels) < 400_000
    assert is_unknown_series(travels) == is_unknown_series(json.dumps(plain).encode())
    found, expected = read_series("7", travels), read_series("7", json.dumps(plain).encode())
    assert found.items == expected.items
    assert [(one.reason, one.remote_id) for one in found.rejects] == [(one.reason, one.remote_id) for one in expected.rejects]


@given(
    st.binary(max_size=80)
    | VALUES.map(lambda value: json.dumps(value).encode())
    | st.text('[]{}",:\\ 1aeE.-+NI\ufeff<>\n').map(str.encode)
)
def test_any_bytes_are_an_answer_or_an_error_with_a_code(body: bytes) -> None:
    for given_body in (body, b'{"episodes":{"1":[' + body + b"]}}", b'{"info":{"name":"' + body + b'"}}', b"\n" + body + b"[]"):
        travels, found = _result(series_body, given_body), _result(lambda of: read_series("7", of), given_body)
        if isinstance(travels, bytes):
            assert read_series("7", travels) == found
        else:
            assert type(found) is (UnexpectedAnswer if type(travels) is IncompleteAnswer else type(travels))
        assert isinstance(is_unknown_series(given_body), bool)


def _result(read: Callable[[bytes], Any], body: bytes) -> Any:
    try:
        return read(body)
    except PlaybillError as error:
        return error
