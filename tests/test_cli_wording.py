"""Numbers and times as a terminal shows them."""

from datetime import timedelta

import pytest

from actors.cli.wording import byte_size, duration, moment
from tests.samples import AT


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-1, "0.0 s"), (0.44, "0.4 s"), (12.6, "13 s"), (185, "3 min 05 s"), (7_800, "2 h 10 min"), (59.9, "60 s")],
)
def test_durations_read_well(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0 B"), (999, "999 B"), (1_500, "1.5 KB"), (131_000_000, "131 MB"), (5 * 10**15, "5000 TB")]
)
def test_sizes_read_well(size: int, text: str) -> None:
    assert byte_size(size) == text


@pytest.mark.parametrize(
    ("ago", "text"),
    [
        (timedelta(seconds=5), "just now"),
        (timedelta(minutes=5), "5 min ago"),
        (timedelta(hours=3), "3 h ago"),
        (timedelta(days=1), "1 day ago"),
        (timedelta(days=9), "9 days ago"),
    ],
)
def test_moments_read_well(ago: timedelta, text: str) -> None:
    assert moment(AT, AT + ago).endswith(f", {text}")
