"""How fast a source is asked: never too many requests in a while, none later than it must be, and nobody out of turn."""

import asyncio
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.demo.xtream_limiter import Limiter
from actors.demo.xtream_series import SERIES_MANY
from actors.fetcher.pacing import Pace, Pacer, Ticks
from contracts import limits

ARRIVALS = st.lists(st.floats(0, 8) | st.just(0.0) | st.floats(9.9, 30), min_size=1, max_size=120)
"""Seconds between one request's wish to go and the next one's."""


class Simulated:
    """A clock that goes on only when somebody sleeps; `late_s` is what a busy machine oversleeps."""

    def __init__(self, late_s: float = 0.0) -> None:
        self.now_s = 1_000_000.0
        self._late_s = late_s

    async def sleep(self, seconds: float) -> None:
        self.now_s += seconds + self._late_s
        await asyncio.sleep(0)

    @property
    def ticks(self) -> Ticks:
        return Ticks(now_s=lambda: self.now_s, sleep=self.sleep)


def gone_s(requests_per_10_s: float, gaps_s: list[float]) -> list[float]:
    """When each request went, one after another, none before it wished to."""
    pace, now_s, gone = Pace(requests_per_10_s), 1_000_000.0, list[float]()
    for gap_s in gaps_s:
        now_s += gap_s
        now_s += pace.wait_s(now_s)
        pace.took(now_s)
        gone.append(now_s)
    return gone


def busiest(gone: list[float], window_s: float) -> int:
    return max(sum(start <= at < start + window_s - 1e-3 for at in gone) for start in gone)


@given(ARRIVALS)
def test_thirty_requests_never_fall_into_ten_seconds(gaps_s: list[float]) -> None:
    assert busiest(gone_s(limits.REQUESTS_PER_10_S, gaps_s), 10.0) <= limits.REQUESTS_PER_10_S < 30


@given(ARRIVALS, st.floats(0.2, 60))
def test_no_pace_is_ever_passed(gaps_s: list[float], requests_per_10_s: float) -> None:
    window_s = max(10.0, 10.0 / requests_per_10_s)

    assert busiest(gone_s(requests_per_10_s, gaps_s), window_s) <= max(1.0, requests_per_10_s)


@given(ARRIVALS)
def test_a_provider_that_allows_thirty_in_ten_seconds_never_bans(gaps_s: list[float]) -> None:
    now_s = [0.0]
    limiter = Limiter(clock_s=lambda: now_s[0])

    for at in gone_s(limits.REQUESTS_PER_10_S, gaps_s):
        now_s[0] = at
        limiter.ban_left_s()

    assert limiter.bans_s == []
    assert limiter.busiest <= 26


def test_two_syncs_of_a_catalogue_go_at_once_and_many_requests_keep_the_pace() -> None:
    gone = gone_s(25.0, [0.0] * 100)
    gaps = [round(after - before, 3) for before, after in pairwise(gone)]

    assert gaps[:15] == [0.0] * 15
    assert busiest(gone, 10.0) <= 25
    assert gone[-1] - gone[0] == pytest.approx(35.0, abs=6)


def test_who_asks_seldom_never_waits() -> None:
    pace = Pace(25.0)
    waits = []
    for number in range(500):
        waits.append(pace.wait_s(number * 0.5))
        pace.took(number * 0.5)

    assert set(waits) == {0.0}


def test_less_than_one_request_in_ten_seconds_is_one_in_more() -> None:
    gone = gone_s(0.5, [0.0, 0.0, 0.0])

    assert [at - gone[0] for at in gone] == pytest.approx([0, 20, 40])


class Provider:
    """A provider that bans, asked evenly by processes that know only what they asked themselves."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.limiter = Limiter(clock_s=lambda: self.now_s)

    def asked(self, requests: int) -> None:
        """By a process of its own."""
        pace = Pace(limits.REQUESTS_PER_10_S)
        for _ in range(requests):
            self.now_s += pace.even_wait_s(self.now_s)
            pace.took(self.now_s)
            self.limiter.ban_left_s()


def test_a_provider_of_eleven_thousand_series_is_asked_in_an_hour_and_a_quarter_without_a_ban() -> None:
    provider = Provider()

    provider.asked(SERIES_MANY)

    assert provider.limiter.bans_s == []
    assert provider.limiter.busiest <= 26
    assert provider.now_s == pytest.approx(SERIES_MANY * 0.4, rel=0.001)
    assert provider.now_s < 75 * 60


def test_a_process_that_is_started_anew_and_has_forgotten_what_was_asked_is_not_banned() -> None:
    provider = Provider()

    for requests in (4_000, 1, 30, 7_178):
        provider.asked(requests)

    assert provider.limiter.bans_s == []
    assert provider.limiter.busiest <= 29


def test_a_provider_that_is_asked_as_fast_as_it_answers_bans() -> None:
    provider = Provider()

    for _ in range(31):
        provider.limiter.ban_left_s()

    assert len(provider.limiter.bans_s) == 1


async def test_requests_of_all_commands_share_the_pace_and_go_in_their_order() -> None:
    simulated, gone = Simulated(late_s=0.01), list[tuple[int, float]]()
    pacer = Pacer(25.0, simulated.ticks)

    async def one(number: int) -> None:
        await pacer.turn()
        gone.append((number, simulated.now_s))

    await asyncio.gather(*(one(number) for number in range(120)))

    assert [number for number, _ in gone] == list(range(120))
    assert busiest([at for _, at in gone], 10.0) <= 25


async def test_a_wait_that_is_cancelled_takes_no_turn() -> None:
    started, asleep = asyncio.Event(), asyncio.Event()

    async def sleep(_: float) -> None:
        started.set()
        await asleep.wait()

    now_s = [0.0]
    pacer = Pacer(1.0, Ticks(now_s=lambda: now_s[0], sleep=sleep))
    await pacer.turn()
    waiting = asyncio.create_task(pacer.turn())
    await started.wait()
    waiting.cancel()
    with suppress(asyncio.CancelledError):
        await waiting
    now_s[0] = 10.0

    assert not pacer.must_wait
    await asyncio.wait_for(pacer.turn(), 1)
    assert pacer.must_wait


async def test_a_source_without_a_pace_never_waits() -> None:
    pacer = Pacer(None)

    for _ in range(1_000):
        assert not pacer.must_wait
        await pacer.turn()
