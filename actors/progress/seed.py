"""From a published progress back to the state it was made of, so that the fold goes on where it was after a restart."""

from actors.progress.state import SyncState, key_of
from contracts.catalog import StepStatus
from contracts.messages import (
    StepCounted,
    StepFetching,
    StepPlan,
    StepProgress,
    SyncClosed,
    SyncPlanned,
    SyncProgress,
)


def state_of(progress: SyncProgress) -> SyncState:
    """The state behind a published progress, as far as that says. Slices come back with the next facts."""
    return SyncState(
        plan=plan_of(progress),
        counted={step.step: _counted(progress, step) for step in progress.steps if _was_counted(step)},
        fetching={step.step: _fetching(progress, step) for step in progress.steps if step.fetch_revision > 0},
        closed=_closed(progress) if progress.status.is_final else None,
        errors={key_of(error): error for error in progress.errors},
        seed=progress,
    )


def plan_of(progress: SyncProgress) -> SyncPlanned:
    """The plan as a published progress tells it."""
    return SyncPlanned(
        sync_id=progress.sync_id,
        source_id=progress.source_id,
        request_id=progress.request_id,
        parts=progress.parts,
        mode=progress.mode,
        steps=[_step_plan(step) for step in progress.steps],
        requested_at=progress.requested_at or progress.updated_at,
        started_at=progress.started_at or progress.updated_at,
    )


def _step_plan(step: StepProgress) -> StepPlan:
    return StepPlan(
        step=step.step,
        title=step.title,
        weight=step.weight,
        part=step.part,
        mode=step.mode,
        reveals_weight=step.reveals_weight,
        item_kind=step.item_kind,
        is_categories=step.is_categories,
        rows_expected=step.rows_expected,
        bytes_expected=step.bytes_expected,
    )


def _was_counted(step: StepProgress) -> bool:
    # A step may be shown as running by the fetcher's word alone; the writer has said nothing of it then.
    return step.revision > 0 or step.status not in (StepStatus.PENDING, StepStatus.RUNNING)


def _counted(progress: SyncProgress, step: StepProgress) -> StepCounted:
    return StepCounted(
        sync_id=progress.sync_id,
        source_id=progress.source_id,
        step=step.step,
        revision=step.revision,
        status=step.status,
        counts=step.counts,
        section_items=step.section_items,
        removed=step.removed,
        held_back=step.held_back,
        notice=step.notice,
        error=step.error,
        at=progress.updated_at,
    )


def _fetching(progress: SyncProgress, step: StepProgress) -> StepFetching:
    return StepFetching(
        sync_id=progress.sync_id,
        source_id=progress.source_id,
        step=step.step,
        revision=step.fetch_revision,
        bytes_received=step.bytes_received,
        bytes_expected=step.bytes_expected,
        detail=step.detail,
        waiting_until=step.waiting_until,
        at=progress.updated_at,
    )


def _closed(progress: SyncProgress) -> SyncClosed:
    return SyncClosed(
        sync_id=progress.sync_id,
        source_id=progress.source_id,
        status=progress.status,
        at=progress.ended_at or progress.updated_at,
    )
