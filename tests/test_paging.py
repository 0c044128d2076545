"""The pages of one listing: where it ends, what of it is kept, and when its end is not believed."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.sources.paging import Paging, packed
from contracts import limits
from contracts.errors import AnswerTooLarge


def read(paging: Paging, *pages: tuple[list[str], int | None]) -> list[str]:
    """The ids that are kept of the pages that are asked for."""
    kept: list[str] = []
    for ids, total in pages:
        if paging.is_through:
            break
        kept += [ids[place] for place in paging.take(ids, total)]
    return kept


def numbers(start: int, stop: int) -> list[str]:
    return [str(number) for number in range(start, stop)]


def test_a_listing_is_through_at_its_empty_page() -> None:
    paging = Paging(10)

    kept = read(paging, (numbers(0, 10), 15), (numbers(10, 15), 15), ([], 15))

    assert kept == numbers(0, 15)
    assert (paging.is_through, paging.doubt, paging.is_short, paging.rows) == (True, None, False, 15)


def test_it_advances_by_the_rows_that_came() -> None:
    paging = Paging(10)

    read(paging, (numbers(0, 7), None), (numbers(7, 20), None))

    assert paging.start == 20


def test_rows_that_were_doubled_after_the_page_was_cut_push_nobody_off_the_next_one() -> None:
    paging = Paging(4)

    paging.take(["1", "2", "2", "3", "4", "4"], None)

    assert paging.start == 4


def test_a_short_page_is_not_the_end() -> None:
    paging = Paging(10)

    paging.take(numbers(0, 3), None)

    assert (paging.is_through, paging.seems_last) == (False, True)


def test_before_the_first_page_nothing_seems_last() -> None:
    assert not Paging(10).seems_last


def test_all_that_was_announced_seems_to_be_all() -> None:
    paging = Paging(10)

    paging.take(numbers(0, 10), 10)

    assert (paging.is_through, paging.seems_last) == (False, True)


def test_a_row_that_came_before_is_dropped() -> None:
    paging = Paging(3)

    assert paging.take(["a", "b", "a"], None) == [0, 1]
    assert paging.take(["b", "c", "d"], None) == [1, 2]


def test_a_row_without_an_id_is_kept_and_counts_as_none() -> None:
    paging = Paging(3)

    assert paging.take(["a", None, "b"], 3) == [0, 1, 2]
    assert (paging.rows, paging.is_short) == (2, True)


def test_a_server_that_ignores_paging_gives_all_of_it_once() -> None:
    paging = Paging(10)

    kept = read(paging, (numbers(0, 35), None), (numbers(0, 35), None))

    assert kept == numbers(0, 35)
    assert (paging.is_through, paging.doubt) == (True, None)


def test_a_small_library_of_a_server_that_ignores_paging_is_complete() -> None:
    paging = Paging(10)

    kept = read(paging, (numbers(0, 4), None), (numbers(0, 4), None))

    assert kept == numbers(0, 4)
    assert (paging.is_through, paging.doubt) == (True, None)


def test_one_page_for_ever_ends_in_doubt() -> None:
    paging = Paging(10)

    kept = read(paging, *[(numbers(0, 10), 300)] * 5)

    assert kept == numbers(0, 10)
    assert paging.doubt == "the server gives the same page again and again; 10 rows came"


def test_a_full_page_that_comes_again_when_all_is_in_is_no_doubt() -> None:
    paging = Paging(10)

    read(paging, *[(numbers(0, 10), 10)] * 2)

    assert (paging.is_through, paging.doubt) == (True, None)


def test_a_total_that_changes_is_a_doubt() -> None:
    paging = Paging(10)

    read(paging, (numbers(0, 10), 1300), (numbers(10, 20), 1299), ([], 1299))

    assert paging.doubt == "the library changed while it was read: 1,300 rows were announced, then 1,299"


def test_fewer_rows_than_announced_are_short() -> None:
    paging = Paging(10)

    read(paging, (numbers(0, 10), 12), ([], 12))

    assert (paging.is_short, paging.doubt, paging.rows_expected) == (True, None, 12)


def test_an_empty_listing_is_through_at_once() -> None:
    paging = Paging(10)

    assert paging.take([], 0) == []
    assert (paging.is_through, paging.doubt, paging.is_short) == (True, None, False)


def test_pages_without_an_end_are_refused() -> None:
    paging = Paging(1)
    for number in range(limits.PAGES_MAX):
        paging.take([str(number)], None)

    with pytest.raises(AnswerTooLarge, match="20,000 pages"):
        paging.take(["one more"], None)


@given(st.lists(st.lists(st.integers(0, 30).map(str) | st.none(), max_size=8), max_size=12), st.integers(1, 6))
def test_whatever_comes_each_id_is_kept_at_most_once(pages: list[list[str | None]], page_size: int) -> None:
    paging = Paging(page_size)
    kept: list[str] = []
    for ids in pages:
        if paging.is_through:
            break
        kept += [found for place in paging.take(ids, None) if (found := ids[place]) is not None]

    assert len(kept) == len(set(kept)) == paging.rows


@given(st.integers(0, 60), st.integers(1, 20), st.integers(1, 20))
def test_a_true_server_is_read_whole_whatever_it_gives_at_most(rows: int, page_size: int, cap: int) -> None:
    paging, kept = Paging(page_size), 0
    while not paging.is_through:
        kept += len(paging.take(numbers(paging.start, min(paging.start + min(page_size, cap), rows)), rows))

    assert kept == rows
    assert (paging.doubt, paging.is_short) == (None, False)


def test_nothing_packs_into_no_slice() -> None:
    assert packed([]) == []


def test_entries_are_packed_whole_and_in_order() -> None:
    entries = [msgspec.Raw(json.dumps({"n": number, "x": "y" * 1000}).encode()) for number in range(1000)]

    slices = packed(entries)

    assert len(slices) > 1
    assert all(len(body) <= limits.SLICE_BYTES for body in slices)
    assert [entry["n"] for body in slices for entry in json.loads(body)] == list(range(1000))


def test_an_entry_larger_than_any_slice_is_refused() -> None:
    with pytest.raises(AnswerTooLarge):
        packed([b'"' + b"x" * limits.ENTRY_BYTES_MAX + b'"'])


@given(st.lists(st.integers(0, limits.ENTRY_BYTES_MAX - 2), max_size=6))
def test_no_slice_passes_its_bound(sizes: list[int]) -> None:
    slices = packed(b'"' + b"x" * size + b'"' for size in sizes)

    assert all(len(body) <= limits.SLICE_BYTES for body in slices)
    assert [len(entry) for body in slices for entry in json.loads(body)] == sizes
