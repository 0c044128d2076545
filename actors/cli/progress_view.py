"""What a viewer knows of a sync beyond its last SyncProgress: when each step began, ended, and began to wait; pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct

from contracts.catalog import StepStatus
from contracts.messages import StepProgress, SyncProgress

_RATE_SECONDS_MIN: Final = 0.2
"""Below it, rows per second say nothing."""


class StepTimes(Struct, frozen=True, kw_only=True):
    """One step as it was seen. None: not seen yet."""

    pending_at: datetime | None = None
    """When it was last seen pending: a step that is over before it is seen running began after it."""
    running_since: datetime | None = None
    rows_before: int = 0
    """Rows it had when it was seen running first."""
    ended_at: datetime | None = None
    waiting_since: datetime | None = None
    """Since when its detail is what it is."""
    detail: str | None = None


class SyncView(Struct, frozen=True, kw_only=True):
    """A sync as a viewer sees it."""

    progress: SyncProgress
    times: dict[str, StepTimes] = {}

    def step_times(self, step: str) -> StepTimes:
        return self.times.get(step, StepTimes())


def viewed(before: SyncView | None, progress: SyncProgress) -> SyncView:
    """The view after one more SyncProgress of the same sync."""
    times = {
        step.step: _times(before.step_times(step.step) if before else StepTimes(), step, progress.updated_at)
        for step in progress.steps
    }
    return SyncView(progress=progress, times=times)


def _times(known: StepTimes, step: StepProgress, at: datetime) -> StepTimes:
    running_since, rows_before, ended_at = known.running_since, known.rows_before, known.ended_at
    if running_since is None and step.status is StepStatus.RUNNING:
        running_since, rows_before = at, step.counts.synced
    if ended_at is None and step.status.is_final:
        ended_at = at
        if step.status not in (StepStatus.SKIPPED, StepStatus.CANCELLED):
            running_since = running_since or known.pending_at
    same = known.detail == step.detail
    return StepTimes(
        pending_at=at if step.status is StepStatus.PENDING else known.pending_at,
        running_since=running_since,
        rows_before=rows_before,
        ended_at=ended_at,
        waiting_since=known.waiting_since if same else at,
        detail=step.detail,
    )


def rows_per_second(view: SyncView, step: StepProgress, now: datetime) -> float | None:
    """Rows of a step since it was seen running; None while there is too little to tell."""
    times = view.step_times(step.step)
    if times.running_since is None:
        return None
    seconds = ((times.ended_at or now) - times.running_since).total_seconds()
    rows = step.counts.synced - times.rows_before
    return rows / seconds if seconds >= _RATE_SECONDS_MIN and rows > 0 else None


def step_seconds(view: SyncView, *steps: StepProgress) -> float | None:
    """How long ended steps ran, from the first to the last; None where no beginning, or the end of one, was seen."""
    times = [view.step_times(step.step) for step in steps]
    began = [at for time in times if (at := time.running_since) is not None]
    ended = [at for time in times if time.running_since is not None and (at := time.ended_at) is not None]
    return (max(ended) - min(began)).total_seconds() if began and len(began) == len(ended) else None


def ended_since(before: SyncView | None, after: SyncView) -> Sequence[StepProgress]:
    """Steps that ended between two views, in their order."""
    known = {step.step for step in before.progress.steps if step.status.is_final} if before else set[str]()
    return [step for step in after.progress.steps if step.status.is_final and step.step not in known]
