"""A listing that comes newest first has come past a time only where its order was seen to hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.sources.recency import Recency

DATES = st.lists(st.none() | st.integers(1, 60), max_size=12)


def is_past(pages: list[list[int | None]], since: int = 50) -> bool:
    recency = Recency(since)
    for dates in pages:
        recency.take(dates)
    return recency.is_past


@pytest.mark.parametrize(
    ("pages", "past"),
    [
        ([], False),
        ([[]], False),
        ([[None, None]], False),
        ([[90, 70, 50]], False),
        ([[90, 70, 49]], True),
        ([[90, 50], [50, 50], [50, 49]], True),
        ([[90, None, 70, None]], False),
        ([[None, 90, None, 40, None]], True),
        ([[40, 30]], True),
        ([[70, 90, 40]], False),
        ([[90, 40, 41]], False),
        ([[90, 70], [80, 40], [30]], False),
    ],
)
def test_an_order_that_holds_is_believed_and_no_other(pages: list[list[int | None]], past: bool) -> None:
    assert is_past(pages) is past


@given(DATES, st.integers(1, 60))
def test_what_comes_after_a_listing_that_is_past_is_older_if_the_order_holds(dates: list[int | None], since: int) -> None:
    newest_first = sorted((date for date in dates if date is not None), reverse=True)

    assert is_past([[date] for date in newest_first], since) is any(date < since for date in newest_first)


@given(DATES, st.integers(1, 60))
def test_it_is_the_same_in_one_page_as_in_many(dates: list[int | None], since: int) -> None:
    assert is_past([dates], since) is is_past([[date] for date in dates], since)
