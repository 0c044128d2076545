"""The parser: what a source said of one series becomes the rows of the same series."""

import json

import msgspec
import pytest
from msgspec.structs import replace

from actors.demo.xtream_series import many_series
from actors.parser import parse_series
from contracts import codec
from contracts.catalog import Item, SourceKind
from contracts.errors import BadRequest, UnexpectedAnswer
from contracts.messages import ErrorReport, RawSeries, SeriesParsed

RAW = RawSeries(
    sync_id="0123456789abcdef",
    source_id="iptv",
    source_kind=SourceKind.XTREAM,
    step="episodes",
    requested_ns=7,
    series_id="3",
    body=json.dumps(many_series(3).series_info["3"]).encode(),
)


def items_of(parsed: SeriesParsed) -> list[Item]:
    return msgspec.msgpack.decode(parsed.items, type=list[Item])


def test_the_rows_keep_the_place_of_their_series() -> None:
    parsed = parse_series(RAW)

    for name in ("sync_id", "source_id", "source_kind", "step", "requested_ns", "series_id", "part"):
        assert getattr(parsed, name) == getattr(RAW, name)
    assert {item.parent_remote_id for item in items_of(parsed)} == {"3"}
    assert len(items_of(parsed)) == 14


def test_the_same_answer_gives_the_same_bytes_and_they_travel() -> None:
    assert codec.encode(parse_series(RAW)) == codec.encode(parse_series(RAW))
    assert codec.decode_work(codec.encode(parse_series(RAW)), SeriesParsed) == parse_series(RAW)


def test_what_is_no_episode_is_a_reject() -> None:
    parsed = parse_series(replace(RAW, body=b'{"info":{"name":"A"},"episodes":{"1":[{"id":1},{"title":"B"}]}}'))

    assert [item.remote_id for item in items_of(parsed)] == ["3:1", "1"]
    assert [reject.reason for reject in parsed.rejects] == ["id: missing"]


def test_a_series_that_is_unknown_or_could_not_be_asked_is_passed_on() -> None:
    error = ErrorReport(code="timeout", text="the answer stood still", step="episodes")

    unknown = parse_series(replace(RAW, body=b"", is_unknown=True))
    failed = parse_series(replace(RAW, body=b"", error=error))

    assert (unknown.is_unknown, unknown.error, items_of(unknown)) == (True, None, [])
    assert (failed.is_unknown, failed.error, items_of(failed)) == (False, error, [])


def test_rows_that_fit_into_no_message_are_an_error_of_the_series() -> None:
    show, entries = "A" * 500, [{"id": number} for number in range(10_000)]

    parsed = parse_series(replace(RAW, body=json.dumps({"info": {"name": show}, "episodes": {"1": entries}}).encode()))

    assert parsed.error is not None
    assert parsed.error.code == "answer_too_large"
    assert items_of(parsed) == []


def test_what_is_no_answer_about_a_series_is_for_the_dead_letters() -> None:
    with pytest.raises(UnexpectedAnswer):
        parse_series(replace(RAW, body=b"<html>"))
    with pytest.raises(BadRequest):
        parse_series(replace(RAW, source_kind=SourceKind.PLEX))
