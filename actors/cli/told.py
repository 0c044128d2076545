"""A sync that ran, as the history tells it; pure."""

from datetime import datetime

from msgspec import Struct

from actors.store import SyncHistory
from actors.store.records import StepRow
from contracts.catalog import Mode, Part, StepStatus, SyncStatus
from contracts.messages import Counts


class StepTold(Struct, frozen=True, kw_only=True):
    """One step of it."""

    step: str
    title: str
    part: Part
    mode: Mode
    status: StepStatus
    counts: Counts
    removed: int
    """Rows that were hidden because the listing has them no more."""
    held_back: int
    """Rows that the listing lacks and that were kept nevertheless."""
    seconds: float | None = None
    """How long it took; none while it runs, and where it never began."""
    error: str | None = None
    notice: str | None = None


class SyncTold(Struct, frozen=True, kw_only=True, omit_defaults=False):
    """One sync."""

    sync_id: str
    source_id: str
    request_id: str
    parts: list[Part]
    mode: Mode
    """As it was asked for; its steps say how each was asked."""
    status: SyncStatus
    started_at: datetime
    ended_at: datetime | None = None
    seconds: float | None = None
    counts: Counts
    """Of all steps."""
    removed: int
    held_back: int
    error: str | None = None
    """Its own, or else the first of its steps'."""
    notice: str | None = None
    """The first of its steps'."""
    steps: list[StepTold] | None = None
    """Only where one sync was asked for."""


def told_of(run: SyncHistory) -> SyncTold:
    sync, steps = run.sync, [_step(step) for step in run.steps]
    return SyncTold(
        sync_id=sync.sync_id,
        source_id=sync.source_id,
        request_id=sync.request_id,
        parts=list(sync.parts),
        mode=sync.mode,
        status=sync.status,
        started_at=sync.started_at,
        ended_at=sync.ended_at,
        seconds=run.seconds,
        counts=run.counts,
        removed=run.removed,
        held_back=run.held_back,
        error=_error(sync.error_text, steps),
        notice=_first(steps, "notice"),
        steps=steps,
    )


def _step(step: StepRow) -> StepTold:
    return StepTold(
        step=step.step,
        title=step.title,
        part=step.part,
        mode=step.mode,
        status=step.status,
        counts=step.counts,
        removed=step.removed,
        held_back=step.held_back,
        seconds=_seconds(step),
        error=step.error_text,
        notice=step.notice,
    )


def _seconds(row: StepRow) -> float | None:
    if row.started_at is None or row.ended_at is None:
        return None
    return (row.ended_at - row.started_at).total_seconds()


def _error(own: str | None, steps: list[StepTold]) -> str | None:
    """A sync may only repeat what a step met: then the step is named."""
    is_of_a_step = own is None or any(step.error == own for step in steps)
    return _first([step for step in steps if own in (None, step.error)], "error") if is_of_a_step else own


def _first(steps: list[StepTold], field: str) -> str | None:
    """`movies: the reason`, of the first step that has one."""
    return next((f"{step.step}: {text}" for step in steps if (text := getattr(step, field))), None)
