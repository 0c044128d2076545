"""When news are worth a sync, on a clock that is turned by hand."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from actors.push.config import Pace
from actors.push.quiet import Quiet
from contracts.catalog import Part

PACE = Pace()
BOTH = frozenset({Part.CATALOGUE, Part.HOME})
CATALOGUE = frozenset({Part.CATALOGUE})
HOME = frozenset({Part.HOME})


def test_without_news_nothing_is_due() -> None:
    quiet = Quiet(PACE)

    assert quiet.due_s is None
    assert quiet.take(1e9) == frozenset()


def test_a_burst_becomes_one_sync_after_a_quiet_while() -> None:
    quiet = Quiet(PACE)
    for second in range(0, 100, 5):
        quiet.changed(BOTH, second)

    assert quiet.due_s == 95 + 30
    assert quiet.take(124.9) == frozenset()
    assert quiet.take(125) == BOTH
    assert quiet.due_s is None


def test_a_burst_that_does_not_end_becomes_a_sync_all_the_same() -> None:
    quiet = Quiet(PACE)
    for second in range(0, 300, 10):
        quiet.changed(BOTH, second)
        assert quiet.take(second) == frozenset()

    assert quiet.due_s == 300
    assert quiet.take(300) == BOTH


def test_parts_of_one_burst_come_together() -> None:
    quiet = Quiet(PACE)
    quiet.changed(HOME, 0)
    quiet.changed(CATALOGUE, 1)

    assert quiet.take(31) == BOTH


def test_no_parts_are_no_news() -> None:
    quiet = Quiet(PACE)
    quiet.changed(BOTH, 0)
    quiet.changed(frozenset(), 29)

    assert quiet.due_s == 30


def test_a_second_burst_waits_for_its_own_quiet_and_for_the_gap() -> None:
    quiet = Quiet(PACE)
    quiet.changed(BOTH, 0)
    quiet.take(30)
    quiet.changed(HOME, 31)

    assert quiet.due_s == 90
    quiet.changed(HOME, 70)
    assert quiet.due_s == 100


def test_a_part_that_ran_already_is_asked_for_again_ever_later() -> None:
    quiet, now_s, waits = Quiet(PACE), 0.0, []
    quiet.changed(BOTH, now_s)
    for _ in range(6):
        now_s = quiet.due_s or 0
        assert quiet.take(now_s)
        quiet.started(CATALOGUE, now_s)
        waits.append((quiet.due_s or 0) - now_s)

    assert waits == [60, 120, 240, 300, 300, 300]
    assert quiet.take(quiet.due_s or 0) == CATALOGUE


def test_a_sync_that_starts_ends_the_asking() -> None:
    quiet = Quiet(PACE)
    quiet.changed(BOTH, 0)
    quiet.take(30)
    quiet.started(BOTH, 30)
    quiet.take(90)
    quiet.started(frozenset(), 90)

    assert quiet.due_s is None
    quiet.changed(HOME, 1_000)
    quiet.take(1_030)
    quiet.started(HOME, 1_030)
    assert quiet.due_s == 1_090


@given(st.lists(st.integers(0, 120), min_size=1, max_size=200))
def test_every_news_is_followed_by_a_sync_within_the_bounds_and_syncs_keep_their_distance(pauses: list[int]) -> None:
    quiet, now_s, news, syncs = Quiet(PACE), 0.0, list[float](), list[float]()
    for pause in pauses:
        while quiet.due_s is not None and quiet.due_s <= now_s + pause:
            syncs.append(quiet.due_s)
            assert quiet.take(quiet.due_s) == BOTH
        now_s += pause
        news.append(now_s)
        quiet.changed(BOTH, now_s)
    syncs.append(quiet.due_s or 0)

    assert all(later - earlier >= PACE.gap_s for earlier, later in pairwise(syncs))
    assert all(any(at <= sync <= at + PACE.burst_s for sync in syncs) for at in news)
