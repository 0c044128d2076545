"""How far a server's clock is from ours."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.fetcher.clocks import clock_offset_s

NOW = datetime(2026, 11, 21, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("date", "offset_s"),
    [
        ("Sat, 21 Nov 2026 12:30:00 GMT", 0),
        ("Sat, 21 Nov 2026 13:30:00 GMT", 3600),
        ("Sat, 21 Nov 2026 12:29:00 GMT", -60),
        ("Sat, 21 Nov 2026 13:30:00 +0100", 0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", -1_795_264_200),
        ("Saturday, 21-Nov-26 12:30:05 GMT", 5),
        ("Sat, 21 Nov 2026 12:30:07 -0000", 7),
        ("", None),
        ("yesterday", None),
        ("2026-11-21T12:30:00Z", None),
        ("Sat, 99 Nov 2026 99:99:99 GMT", None),
    ],
)
def test_the_date_of_an_answer_says_how_far_the_clocks_are_apart(date: str, offset_s: int | None) -> None:
    assert clock_offset_s(date, NOW) == offset_s


def test_a_part_of_a_second_is_taken_for_the_way_of_the_answer() -> None:
    assert clock_offset_s("Sat, 21 Nov 2026 12:30:00 GMT", NOW + timedelta(milliseconds=1)) == -1


@given(st.text(max_size=60) | st.from_regex(r"\w{3}, \d{1,4} \w{3} \d{1,9} \d+:\d+:\d+ [+-]?\w*", fullmatch=True))
def test_whatever_a_server_sends_is_a_number_of_seconds_or_nothing(date: str) -> None:
    assert isinstance(clock_offset_s(date, NOW), int | None)


@given(st.integers(-(10**9), 10**9))
def test_every_offset_is_found(offset_s: int) -> None:
    assert clock_offset_s(format_datetime(NOW + timedelta(seconds=offset_s), usegmt=True), NOW) == offset_s
