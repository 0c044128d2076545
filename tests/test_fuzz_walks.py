"""Walks through servers that answer anything: they end, stay within their bounds, and lose no entry that they took."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.sources import source
from actors.sources.ask import Ask, Session
from actors.sources.paging import Paging
from actors.sources.walk import Walk
from contracts import limits
from contracts.catalog import SourceKind
from contracts.errors import (
    AccountRejected,
    AnswerTooLarge,
    NotPermitted,
    PlaybillError,
    RequestRejected,
    SourceTimeout,
    SourceUnreachable,
    UnexpectedAnswer,
)
from tests.fuzz_room import answers, entries, fuzz, hostile, listings, mutated, spell
from tests.fuzz_rows import check_rows, readable_steps

WALKED = (SourceKind.PLEX, SourceKind.JELLYFIN)
ASKS_MAX = 400
"""By far more than the answers that a test has; what is asked for behind them is answered with nothing."""
FAILURES: tuple[PlaybillError, ...] = (
    SourceUnreachable("no connection"),
    SourceTimeout("too slow"),
    RequestRejected("the server answered 400"),
    NotPermitted("not for you", is_unauthorized=False),
    AccountRejected("not known here"),
    UnexpectedAnswer("a web page"),
    AnswerTooLarge("too much"),
)
Answer = bytes | PlaybillError
of_walked = pytest.mark.parametrize("kind", WALKED)


def walk_of(kind: SourceKind, step: str, page_size: int, since: int | None = None) -> Walk:
    found = source(kind).walk(step, Session(token="t", user_id="1ae8a43ed293456da28274f1a89cd2a5"), page_size, since)
    assert found is not None
    return found


def walked(walk: Walk, answer: Callable[[Ask], Answer]) -> tuple[int, list[bytes], PlaybillError | None]:
    """How often it asked, its slices, and what ended it early."""
    slices: list[bytes] = []
    for asks in range(ASKS_MAX):
        if (ask := walk.ask()) is None:
            return asks, slices, None
        given = answer(ask)
        try:
            if isinstance(given, PlaybillError):
                raise given
            slices += walk.take(given)
        except PlaybillError as error:
            instead = walk.failed(error)
            if instead is None:
                return asks, slices, error
            slices += instead
    raise AssertionError("the walk does not end")


def empty(kind: SourceKind) -> bytes:
    return b'{"MediaContainer":{"size":0}}' if kind is SourceKind.PLEX else b'{"Items":[],"TotalRecordCount":0}'


def page_of(kind: SourceKind, listed: list[Any], total: Any) -> Any:
    if kind is SourceKind.PLEX:
        return {"MediaContainer": {"size": len(listed), "totalSize": total, "Metadata": listed, "Directory": listed}}
    return {"Items": listed, "TotalRecordCount": total, "StartIndex": 0}


def pages(kind: SourceKind) -> st.SearchStrategy[bytes]:
    """A page with entries of which some come on every page, mutated or not, and a total that may be anything."""
    usual = st.sampled_from(entries(kind.value)[:6])
    listed = st.lists(usual | usual.flatmap(mutated), max_size=4) | listings(kind.value)
    page = st.builds(lambda found, total: page_of(kind, found, total), listed, st.integers(0, 9) | hostile)
    return (page | page.flatmap(lambda whole: mutated(whole, 2))).map(spell)


@of_walked
@fuzz(120)
@given(st.data())
def test_any_answers_end_a_walk_and_its_slices_are_read(kind: SourceKind, data: st.DataObject) -> None:
    step = data.draw(st.sampled_from(readable_steps(kind)))
    walk = walk_of(kind, step, data.draw(st.integers(1, 5)), data.draw(st.none() | st.integers(0, 2**33)))
    given_answers = iter(data.draw(st.lists(pages(kind) | answers(kind.value) | st.sampled_from(FAILURES), max_size=8)))

    _, slices, error = walked(walk, lambda ask: next(given_answers, empty(kind)))

    assert error is None or error.text
    assert all(len(body) <= limits.SLICE_BYTES for body in slices)
    for body in slices:
        check_rows(source(kind).read(step, body, ()), body)
    for number in (walk.rows_expected, walk.announced):
        assert number is None or 0 <= number <= limits.INTEGER_MAX
    assert walk.doubt is None or walk.doubt.strip()


@of_walked
@fuzz(60)
@given(st.data())
def test_the_same_answer_for_ever_ends_a_walk_soon(kind: SourceKind, data: st.DataObject) -> None:
    step = data.draw(st.sampled_from(readable_steps(kind)))
    walk = walk_of(kind, step, data.draw(st.integers(1, 5)), data.draw(st.none() | st.just(5)))
    body: Answer = data.draw(pages(kind) | answers(kind.value) | st.sampled_from(FAILURES))

    walked(walk, lambda ask: body)


@fuzz(200)
@given(
    st.lists(
        st.tuples(st.lists(st.none() | st.integers(0, 30).map(str), max_size=8), st.none() | st.integers(0, 40)), max_size=30
    ),
    st.integers(1, 5),
)
def test_paging_keeps_each_id_once_and_asks_further_only_where_something_came(
    given_pages: list[tuple[list[str | None], int | None]], page_size: int
) -> None:
    paging = Paging(page_size)
    kept: list[str | None] = []

    for ids, total in given_pages:
        before = paging.start
        kept += [ids[place] for place in paging.take(ids, total)]
        assert paging.start >= before
        assert paging.is_through or paging.start > before
        if paging.is_through:
            break

    named = [one for one in kept if one is not None]
    assert len(named) == len(set(named))
    assert set(named) <= {one for ids, _ in given_pages for one in ids}


def test_a_listing_that_never_ends_is_given_up_at_the_limit() -> None:
    paging = Paging(1)

    with pytest.raises(AnswerTooLarge):
        for number in range(limits.PAGES_MAX + 1):
            paging.take([str(number)], None)


@pytest.mark.parametrize("step", ["movies.1", "home", "libraries"])
@of_walked
def test_entries_without_an_id_for_ever_end_a_walk(kind: SourceKind, step: str) -> None:
    walk = walk_of(kind, step, 2)
    body = spell(page_of(kind, [{"a": 1}, {"b": 2}], 10**9))

    asks, _, _ = walked(walk, lambda ask: body)

    assert asks < ASKS_MAX
