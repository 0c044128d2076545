"""More parts than any listing has: refused where an answer is held whole, spread over slices where it is cut."""

import json
import time

import pytest

from actors.fetcher.cut import Cutter
from actors.sources.crowds import check_entries
from actors.sources.paging import packed
from actors.sources.tolerant import decode_entry
from actors.sources.values import Unreadable
from contracts import limits
from contracts.errors import AnswerTooLarge

MANY = limits.PAGE_ENTRIES_MAX + 1


@pytest.mark.parametrize(
    "body",
    [
        b"[" + b",".join([b"{}"] * MANY) + b"]",
        b'{"a":{"b":[' + b",".join([b"1"] * MANY) + b"]}}",
        b'{"a":1' + b',"k":1' * MANY + b"}",
        b'[{"a":"],["},' + b",".join([b"[]"] * MANY),
    ],
)
def test_a_crowd_is_refused_soon(body: bytes) -> None:
    began_s = time.process_time()
    with pytest.raises(AnswerTooLarge, match="more than 50,000 things at once"):
        check_entries(body)

    assert time.process_time() - began_s < 2


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[" + b",".join([b'{"a":1,"b":[1,2,3],"c":",,,"}'] * 50_000) + b"]",
        b'["' + b"," * 2 * MANY + b'"]',
        b"," * 2 * MANY,
        b'"' + b"," * 2 * MANY,
    ],
)
def test_many_commas_are_no_crowd(body: bytes) -> None:
    check_entries(body)


@pytest.mark.parametrize("entry", [b"{}", b"1", b'{"a":1}', b"{} "])
@pytest.mark.parametrize("count", [limits.SLICE_ENTRIES_MAX - 1, limits.SLICE_ENTRIES_MAX, limits.SLICE_ENTRIES_MAX + 1, 200_000])
def test_a_slice_has_no_more_entries_than_fit_into_a_message(entry: bytes, count: int) -> None:
    cutter = Cutter(lambda _: None)
    slices = [*cutter.feed(b"[" + b",".join([entry] * count) + b"]"), *cutter.finish()]

    lengths = [len(json.loads(one)) for one in slices]
    assert sum(lengths) == count
    assert max(lengths) <= limits.SLICE_ENTRIES_MAX


def test_entries_of_a_page_are_spread_as_well() -> None:
    lengths = [len(json.loads(one)) for one in packed([b"{}"] * 12_000)]

    assert lengths == [5_000, 5_000, 2_000]


@pytest.mark.parametrize("body", [b'{"a":"' + b"x" * limits.TOLERANT_BYTES_MAX + b'"}', b'{"a":[' + b"[]," * 150_000 + b"1]}"])
def test_tolerance_has_its_bounds(body: bytes) -> None:
    with pytest.raises(Unreadable, match="too large"):
        decode_entry(body)
