"""The parser: a raw slice becomes the rows of the same place."""

import msgspec
import pytest

from actors.parser import parse
from contracts import codec
from contracts.catalog import Category, Item, SourceKind
from contracts.errors import UnexpectedAnswer
from contracts.messages import RawSlice, SliceParsed


def raw_slice(step: str, body: bytes, denied: list[str] | None = None) -> RawSlice:
    return RawSlice(
        sync_id="0123456789abcdef",
        source_id="iptv",
        source_kind=SourceKind.XTREAM,
        step=step,
        requested_ns=7,
        attempt=3,
        page=0,
        slice=4,
        slices_total=5,
        digest=b"d" * 16,
        body_bytes=len(body),
        body=body,
        denied_category_ids=denied or [],
    )


def test_the_rows_keep_the_place_of_their_slice() -> None:
    raw = raw_slice("movies", b'[{"stream_id":1,"name":"A"},{"name":"B"},{"stream_id":2,"category_id":9}]', ["9"])

    parsed = parse(raw)

    for name in (
        "sync_id",
        "source_id",
        "source_kind",
        "step",
        "requested_ns",
        "attempt",
        "page",
        "slice",
        "slices_total",
        "digest",
    ):
        assert getattr(parsed, name) == getattr(raw, name)
    assert parsed.body_bytes == raw.body_bytes
    assert [item.title for item in msgspec.msgpack.decode(parsed.items, type=list[Item])] == ["A"]
    assert msgspec.msgpack.decode(parsed.categories, type=list[Category]) == []
    assert [reject.reason for reject in parsed.rejects] == ["stream_id: missing"]
    assert parsed.excluded == 1


def test_categories_travel_as_categories() -> None:
    parsed = parse(raw_slice("series_categories", b'[{"category_id":"1","category_name":"A","parent_id":0}]'))

    assert [row.title for row in msgspec.msgpack.decode(parsed.categories, type=list[Category])] == ["A"]
    assert msgspec.msgpack.decode(parsed.items, type=list[Item]) == []


def test_the_rows_come_back_from_the_bus_as_they_went() -> None:
    parsed = parse(raw_slice("movies", b'[{"stream_id":1,"name":"A","plot":"P"}]'))

    again = codec.decode_work(codec.encode(parsed), SliceParsed)

    assert bytes(again.items) == bytes(parsed.items)
    assert msgspec.msgpack.decode(again.items, type=list[Item])[0].details == '{"plot":"P"}'


def test_a_second_delivery_gives_the_same_bytes() -> None:
    raw = raw_slice("movies", b'[{"stream_id":1,"name":"A"},7]')

    assert codec.encode(parse(raw)) == codec.encode(parse(raw))
    assert codec.message_id(parse(raw)) == codec.message_id(parse(raw))


def test_an_empty_slice_has_no_rows() -> None:
    parsed = parse(raw_slice("channels", b"[]"))

    assert bytes(parsed.items) == bytes(parsed.categories) == b"\x90"


def test_a_slice_that_is_no_array_is_refused() -> None:
    with pytest.raises(UnexpectedAnswer):
        parse(raw_slice("channels", b"<html>"))
