"""What happens to one delivery, as values: an actor raises or returns, and this says Ack, Retry or Bury."""

import msgspec

from contracts import limits
from contracts.errors import CoolDown, Permanent, Temporary, UnknownVersion


class Ack(msgspec.Struct, frozen=True):
    """Done with it, whether it had an effect or none was due."""


class Retry(msgspec.Struct, frozen=True):
    """The same message again, after a delay."""

    delay_s: float


class Bury(msgspec.Struct, frozen=True):
    """Never again: into the dead letters, with its reason."""

    reason: str
    parked: bool = False
    """Kept for a newer build that knows its version."""


Outcome = Ack | Retry | Bury


def outcome_of(error: Exception | None, deliveries: int) -> Outcome:
    """What to do with a message whose handling ended so. `deliveries` counts from 1."""
    match error:
        case None:
            return Ack()
        case CoolDown():
            return Retry(error.delay_s)
        case Temporary():
            return Retry(back_off_s(deliveries))
        case UnknownVersion():
            return Bury(f"{error.code}: {error.text}", parked=True)
        case Permanent():
            return Bury(f"{error.code}: {error.text}")
        case _ if deliveries >= limits.DELIVERIES_MAX:
            return Bury(f"bug: {type(error).__name__} in each of {deliveries} deliveries")
        case _:
            return Retry(back_off_s(deliveries))


class Refusal:
    """Refuses a message that came back too often without an outcome: its actor died or stalled each time.

    Once in a process's life: the first that comes back is the one that the process before died of, and what stood behind
    it in hand was delivered as often without fault. Were one of those to blame too, the next process refuses it.
    """

    def __init__(self) -> None:
        self._is_spent = False

    def of(self, deliveries: int) -> Bury | None:
        if self._is_spent or deliveries <= limits.CRASHES_MAX:
            return None
        self._is_spent = True
        return Bury(f"handled in none of {deliveries - 1} deliveries: its actor died, stalled, or could not go on")


def back_off_s(deliveries: int) -> float:
    """0.5 s, doubling with each delivery, to `limits.RETRY_DELAY_MAX_S`."""
    return min(limits.RETRY_DELAY_MAX_S, 0.5 * 2.0 ** min(deliveries - 1, 10))
