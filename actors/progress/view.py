"""What is known of one sync, as people see it: percent, counts, rate, the time left, and each step."""

import math
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from actors.progress.state import SyncState, in_order
from contracts import limits
from contracts.catalog import ACCOUNT_STEP, ItemKind, Part, StepStatus, SyncStatus
from contracts.messages import Counts, StepCounted, StepFetching, StepPlan, StepProgress, SyncPlanned, SyncProgress

_UNTOLD_FRACTION_MAX: Final = 0.95
"""What an estimate may claim: only the slices' own total says that a listing is nearly through."""
_RATE_WINDOW_S: Final = 5.0
"""How far back rows per second look while a sync runs."""
_SHARE_TOLD_MIN: Final = 0.05
"""Below this share of the work, the time it took says nothing about the rest."""
_ENDED_WITH_SYNC: Final = {SyncStatus.CANCELLED: StepStatus.CANCELLED, SyncStatus.FAILED: StepStatus.FAILED}
"""What becomes of steps that the end of their sync cut off."""
_READ: Final = (StepStatus.COMPLETED, StepStatus.PARTIAL)
_WHOLE_SYNCS: Final = (SyncStatus.COMPLETED, SyncStatus.PARTIAL)


class _StepView(Struct, frozen=True, kw_only=True):
    shown: StepProgress
    weight: int
    hidden_weight: int
    """Of steps that it will reveal, and that are not in the plan yet."""
    share: float
    """What it adds to the percent: as its fraction, but a step that was cut off adds only what it had."""


def progress_of(state: SyncState, *, now: datetime, previous: SyncProgress | None) -> SyncProgress | None:
    """The sync as it stands at `now`, in UTC; none while its plan is not known.

    `previous` is the last state that was published: percent, fractions and time stamps never fall below it.
    """
    plan = state.plan
    if plan is None:
        return None
    before = _before(plan, previous or state.seed)
    held = {step.step: step.fraction for step in before.steps} if before else {}
    seeded = {step.step: step for step in state.seed.steps} if state.seed else {}
    views = [_view(state, step, held.get(step.step, 0.0), seeded.get(step.step)) for step in plan.steps]
    return _told(state, plan, views, before, _stamp(now, before))


def _told(
    state: SyncState, plan: SyncPlanned, views: Sequence[_StepView], before: SyncProgress | None, now: datetime
) -> SyncProgress:
    steps = [view.shown for view in views]
    status, counts, errors = _status(state, before), _sum(steps), in_order(state.errors.values())
    rows_per_second = _rows_per_second(state, plan, counts.served, now, before)
    return SyncProgress(
        sync_id=plan.sync_id,
        source_id=plan.source_id,
        request_id=plan.request_id,
        parts=plan.parts,
        mode=plan.mode,
        status=status,
        progress=_percent(views, status, before),
        current_step=None if status.is_final else _first_running(steps),
        channels_synced=_synced(steps, ItemKind.CHANNEL),
        movies_synced=_synced(steps, ItemKind.MOVIE),
        series_synced=_synced(steps, ItemKind.SHOW),
        seasons_synced=_synced(steps, ItemKind.SEASON),
        episodes_synced=_synced(steps, ItemKind.EPISODE),
        categories_synced=_sum(step for step in steps if step.is_categories).synced,
        home_sections_synced=_home_sections(steps),
        home_items_synced=sum(step.section_items for step in steps),
        removed=sum(step.removed for step in steps),
        held_back=sum(step.held_back for step in steps),
        counts=counts,
        bytes_received=sum(step.bytes_received for step in steps),
        rows_per_second=rows_per_second,
        seconds_left=_seconds_left(views, status, (now - plan.started_at).total_seconds(), now),
        errors=errors[-limits.PROGRESS_ERRORS_MAX :],
        errors_total=len(errors) + _errors_left_behind(state),
        steps=steps,
        requested_at=plan.requested_at,
        started_at=plan.started_at,
        updated_at=now,
        ended_at=state.closed.at if state.closed else None,
    )


def _before(plan: SyncPlanned, known: SyncProgress | None) -> SyncProgress | None:
    return known if known is not None and known.sync_id == plan.sync_id else None


def _stamp(now: datetime, before: SyncProgress | None) -> datetime:
    # The stamp names the message, and a reader keeps the newest: it must grow although a clock may not.
    return now if before is None else max(now, before.updated_at + timedelta(microseconds=1))


def _status(state: SyncState, before: SyncProgress | None) -> SyncStatus:
    if state.closed is not None:
        return state.closed.status
    works = state.fetching or any(fact.status is not StepStatus.PENDING for fact in state.counted.values())
    has_worked = before is not None and before.status is not SyncStatus.PENDING
    return SyncStatus.SYNCING if works or has_worked else SyncStatus.PENDING


# --- Steps ---------------------------------------------------------------------------------------------


def _view(state: SyncState, plan: StepPlan, held: float, seeded: StepProgress | None) -> _StepView:
    counted, fetching = state.counted.get(plan.step), state.fetching.get(plan.step)
    status = _step_status(state, counted, fetching)
    revisions = (counted.revision if counted else 0, fetching.revision if fetching else 0)
    if seeded is not None and revisions == (seeded.revision, seeded.fetch_revision):
        # Nothing was heard of it since the restart: what it was measured by is not known any more, its fraction is.
        measured = 0.0 if seeded.status.is_final else seeded.fraction
    else:
        measured = _measured(plan, counted, fetching)
    fraction = 1.0 if status.is_final else max(measured, held)
    return _StepView(
        shown=_shown(plan, counted, fetching, status, fraction),
        weight=plan.weight,
        hidden_weight=0 if status.is_final else plan.reveals_weight,
        share=measured if _was_cut_off(status, counted) else fraction,
    )


def _step_status(state: SyncState, counted: StepCounted | None, fetching: StepFetching | None) -> StepStatus:
    status = counted.status if counted else StepStatus.PENDING
    if status.is_final:
        return status
    open_status = StepStatus.RUNNING if fetching else status
    return _ENDED_WITH_SYNC.get(state.closed.status, open_status) if state.closed else open_status


def _was_cut_off(status: StepStatus, counted: StepCounted | None) -> bool:
    """Whether the step ended because its sync did, and not by itself."""
    if status in (StepStatus.CANCELLED, StepStatus.SKIPPED):
        return True
    return status is StepStatus.FAILED and (counted is None or counted.status is not StepStatus.FAILED)


def _first_running(steps: Iterable[StepProgress]) -> str | None:
    return next((step.step for step in steps if step.status is StepStatus.RUNNING), None)


def _measured(plan: StepPlan, counted: StepCounted | None, fetching: StepFetching | None) -> float:
    """The share of a step that is done: its slices where their total is known, else an estimate."""
    if counted and counted.slices_total:
        return min(1.0, counted.slices_done / counted.slices_total)
    bytes_expected = (fetching.bytes_expected if fetching else None) or plan.bytes_expected
    estimates = [
        min(1.0, done / expected)
        for done, expected in (
            (fetching.bytes_received if fetching else 0, bytes_expected),
            (counted.counts.served if counted else 0, _rows_expected(plan, fetching)),
        )
        if expected
    ]
    # To fetch and to store are both work: where both can be measured, each is half of the step.
    return min(_UNTOLD_FRACTION_MAX, sum(estimates) / len(estimates)) if estimates else 0.0


def _rows_expected(plan: StepPlan, fetching: StepFetching | None) -> int | None:
    """As the server announces them, else as they were the last time."""
    return (fetching.rows_expected if fetching else None) or plan.rows_expected


def _shown(
    plan: StepPlan, counted: StepCounted | None, fetching: StepFetching | None, status: StepStatus, fraction: float
) -> StepProgress:
    waits = fetching if fetching and not status.is_final else None
    return StepProgress(
        step=plan.step,
        title=plan.title,
        status=status,
        fraction=fraction,
        item_kind=plan.item_kind,
        is_categories=plan.is_categories,
        part=plan.part,
        weight=plan.weight,
        reveals_weight=plan.reveals_weight,
        section_items=counted.section_items if counted else 0,
        mode=plan.mode,
        removed=counted.removed if counted else 0,
        held_back=counted.held_back if counted else 0,
        notice=counted.notice if counted else None,
        counts=counted.counts if counted else Counts(),
        rows_expected=_rows_expected(plan, fetching),
        bytes_received=fetching.bytes_received if fetching else 0,
        bytes_expected=(fetching.bytes_expected if fetching else None) or plan.bytes_expected,
        detail=waits.detail if waits else None,
        waiting_until=waits.waiting_until if waits else None,
        error=counted.error if counted else None,
        revision=counted.revision if counted else 0,
        fetch_revision=fetching.revision if fetching else 0,
    )


# --- Sums ----------------------------------------------------------------------------------------------


def _percent(views: Sequence[_StepView], status: SyncStatus, before: SyncProgress | None) -> int:
    if before is not None and before.status.is_final:
        return before.progress
    if status in _WHOLE_SYNCS:
        return 100
    # The millionth mends what floating point takes from sums such as six times a sixth.
    percent = min(100, math.floor(100 * _share(views) + 1e-6))
    return max(percent, before.progress) if before else percent


def _share(views: Sequence[_StepView]) -> float:
    weight = sum(view.weight + view.hidden_weight for view in views)
    return sum(view.weight * view.share for view in views) / weight if weight else 0.0


def _sum(steps: Iterable[StepProgress]) -> Counts:
    return sum((step.counts for step in steps), Counts())


def _synced(steps: Iterable[StepProgress], kind: ItemKind) -> int:
    return _sum(step for step in steps if step.item_kind is kind and not step.is_categories).synced


def _home_sections(steps: Iterable[StepProgress]) -> int | None:
    """Of a home page that is being read, or was; a step that failed before its first section read none."""
    home = [step for step in steps if step.part is Part.HOME and step.step != ACCOUNT_STEP]
    read = [step for step in home if step.counts.served or step.status in _READ]
    return _sum(read).synced if read else None


def _errors_left_behind(state: SyncState) -> int:
    """Errors that a published progress counted and had no room to carry over a restart."""
    return max(0, state.seed.errors_total - len(state.seed.errors)) if state.seed else 0


# --- Time ----------------------------------------------------------------------------------------------


def _rows_per_second(state: SyncState, plan: SyncPlanned, rows: int, now: datetime, before: SyncProgress | None) -> float:
    """While it runs, of the last seconds; when it ended, of all of it."""
    if before is None or state.closed is not None:
        elapsed_s = ((state.closed.at if state.closed else now) - plan.started_at).total_seconds()
        return rows / elapsed_s if elapsed_s > 0 else 0.0
    passed_s = (now - before.updated_at).total_seconds()
    latest = max(0, rows - before.counts.served) / passed_s if passed_s > 0 else before.rows_per_second
    return before.rows_per_second + (1 - math.exp(-passed_s / _RATE_WINDOW_S)) * (latest - before.rows_per_second)


def _seconds_left(views: Sequence[_StepView], status: SyncStatus, elapsed_s: float, now: datetime) -> float | None:
    if status is not SyncStatus.SYNCING:
        return 0.0 if status.is_final else None
    open_steps = [view.shown for view in views if view.weight and not view.shown.status.is_final]
    expected = [step.rows_expected for step in open_steps]
    share = _share(views)
    if share < _SHARE_TOLD_MIN:
        return None
    rows_served = sum(view.shown.counts.served for view in views)
    if rows_served and all(rows is not None for rows in expected):
        rows_left = sum(max(0, (step.rows_expected or 0) - step.counts.served) for step in open_steps)
        left_s = max(0.0, elapsed_s) * rows_left / rows_served
    else:
        left_s = max(0.0, elapsed_s) * (1 - share) / share
    waits_s = [(step.waiting_until - now).total_seconds() for step in open_steps if step.waiting_until]
    return min(float(limits.SYNC_AGE_MAX_S), max(left_s, *waits_s, 0.0))
