"""What is known of one sync from the facts heard so far."""

from collections.abc import Iterable

from msgspec import Struct

from contracts.messages import ErrorReport, StepCounted, StepFetching, SyncClosed, SyncPlanned, SyncProgress

ErrorKey = tuple[str, str, str]
"""Step, code and text: the same error said twice is one."""


class SyncState(Struct, frozen=True, kw_only=True):
    """Equal for equal sets of facts, whatever their order and however often each came."""

    plan: SyncPlanned | None = None
    counted: dict[str, StepCounted] = {}
    """The writer's last word on each step, in the plan or not yet."""
    fetching: dict[str, StepFetching] = {}
    """The fetcher's last word on each step."""
    closed: SyncClosed | None = None
    errors: dict[ErrorKey, ErrorReport] = {}
    """Every error said so far, each with its step and the time it was last said."""
    seed: SyncProgress | None = None
    """What was published before a restart; the fold goes on from there."""


def key_of(error: ErrorReport) -> ErrorKey:
    return error.step or "", error.code, error.text


def said_at(error: ErrorReport) -> float:
    """Unix seconds; 0 for an error without a time."""
    return error.at.timestamp() if error.at is not None else 0.0


def in_order(errors: Iterable[ErrorReport]) -> list[ErrorReport]:
    """By the time each was said, the latest at the end."""
    return sorted(errors, key=lambda error: (said_at(error), key_of(error)))
