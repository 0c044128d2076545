"""What becomes of a delivery, as a table."""

import itertools

import pytest

from actors.actor import Ack, Bury, Outcome, Refusal, Retry, back_off_s, outcome_of
from actors.cancels import Cancels
from contracts import limits
from contracts.errors import (
    AccountExpired,
    BadMessage,
    BusUnavailable,
    CoolDown,
    SourceUnreachable,
    StoreUnavailable,
    UnknownVersion,
)

LAST = limits.DELIVERIES_MAX

OUTCOMES: list[tuple[Exception | None, int, Outcome]] = [
    (None, 1, Ack()),
    (None, 99, Ack()),
    (CoolDown("the server said 429", 42.0), 1, Retry(42.0)),
    (CoolDown("the server said 429", 42.0), 99, Retry(42.0)),
    (SourceUnreachable("no connection"), 1, Retry(0.5)),
    (StoreUnavailable("the disk is full"), 3, Retry(2.0)),
    (BusUnavailable("the stream refuses"), 99, Retry(limits.RETRY_DELAY_MAX_S)),
    (UnknownVersion("raw_slice.v9"), 1, Bury("unknown_version: raw_slice.v9", parked=True)),
    (BadMessage("not a message"), 1, Bury("bad_message: not a message")),
    (AccountExpired("since yesterday"), 1, Bury("account_expired: since yesterday")),
    (ValueError("told to nobody"), 1, Retry(0.5)),
    (ValueError("told to nobody"), LAST - 1, Retry(back_off_s(LAST - 1))),
    (ValueError("told to nobody"), LAST, Bury(f"bug: ValueError in each of {LAST} deliveries")),
]


@pytest.mark.parametrize(("error", "deliveries", "expected"), OUTCOMES)
def test_an_error_and_its_delivery_say_what_to_do(error: Exception | None, deliveries: int, expected: Outcome) -> None:
    assert outcome_of(error, deliveries) == expected


def test_the_back_off_doubles_from_half_a_second_to_its_bound() -> None:
    waits = [back_off_s(deliveries) for deliveries in range(1, 2_000)]

    assert waits[:4] == [0.5, 1.0, 2.0, 4.0]
    assert all(earlier <= later for earlier, later in itertools.pairwise(waits))
    assert max(waits) == limits.RETRY_DELAY_MAX_S


def test_what_ended_every_process_that_took_it_is_refused_unread() -> None:
    assert Refusal().of(limits.CRASHES_MAX) is None

    refused = Refusal().of(limits.CRASHES_MAX + 1)

    assert refused is not None
    assert f"none of {limits.CRASHES_MAX} deliveries" in refused.reason


def test_what_stood_behind_it_in_hand_is_not_refused_with_it() -> None:
    refusal = Refusal()
    refusal.of(limits.CRASHES_MAX + 1)

    assert refusal.of(limits.CRASHES_MAX + 1) is None


def test_cancels_are_remembered_up_to_a_bound_the_latest_ones_always() -> None:
    cancels = Cancels()
    for number in range(limits.CANCELS_REMEMBERED_MAX + 10):
        cancels.hear("sync", f"sync-{number}", 5)
        cancels.hear("source", f"source-{number}", 5)

    assert not cancels.hit("other", "sync-0", 9)
    assert cancels.hit("other", f"sync-{limits.CANCELS_REMEMBERED_MAX + 9}", 9)
    assert not cancels.hit("source-0", "other", 1)
    assert cancels.hit(f"source-{limits.CANCELS_REMEMBERED_MAX + 9}", "other", 1)


def test_an_older_cancel_of_a_source_that_is_heard_late_takes_nothing_back() -> None:
    cancels = Cancels()
    cancels.hear("source", "iptv", 100)
    cancels.hear("source", "iptv", 50)

    assert cancels.hit("iptv", "any", 100)
    assert not cancels.hit("iptv", "any", 101)
