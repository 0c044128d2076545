"""What a sync consists of, and how it ended: decisions without I/O."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from actors.sources.ask import StepDefinition
from actors.store.records import StepRow, SyncRow
from contracts.catalog import Part, StepStatus, SyncStatus
from contracts.codec import sync_id_of
from contracts.errors import BadRequest
from contracts.messages import Counts, ErrorReport, StepPlan, SyncRequest

_NAME_CHARS_SHOWN: Final = 64
"""Of a name that a request made up: the refusal has to fit into a message, however long it is."""


EMPTY_LISTING: Final = "empty_listing"
"""Code of a step whose listing was complete and empty, and had not been empty before."""


def request_id_of(request: SyncRequest, stamped_ns: int) -> str:
    """The asker's own id, or one made from the request's place in time, which a redelivery has too."""
    return request.request_id or f"stamped-{stamped_ns}"


def plan_sync(
    source_id: str, request: SyncRequest, *, stamped_ns: int, requested_at: datetime, now: datetime, first_item_id: int
) -> SyncRow:
    request_id = request_id_of(request, stamped_ns)
    return SyncRow(
        sync_id=sync_id_of(source_id, request_id),
        source_id=source_id,
        request_id=request_id,
        parts=tuple(dict.fromkeys(request.parts)) or (Part.CATALOGUE,),
        mode=request.mode,
        status=SyncStatus.PENDING,
        requested_ns=stamped_ns,
        requested_at=requested_at,
        started_at=now,
        first_item_id=first_item_id,
    )


def plan_steps(sync: SyncRow, request: SyncRequest, definitions: Sequence[StepDefinition]) -> list[StepRow]:
    """The steps asked for, the account check first. Raises BadRequest for a step that the source does not have."""
    known = {definition.step for definition in definitions}
    unknown = [step for step in request.steps if step not in known]
    if unknown:
        raise BadRequest(f"steps: {unknown[0][:_NAME_CHARS_SHOWN]!r} is none of {', '.join(sorted(known))}")
    wanted = [d for d in definitions if d.weight == 0 or not request.steps or d.step in request.steps]
    return [
        StepRow(
            sync_id=sync.sync_id,
            source_id=sync.source_id,
            step=definition.step,
            position=position,
            title=definition.title,
            weight=definition.weight,
            item_kind=definition.item_kind,
            is_categories=definition.is_categories,
            library_remote_id=definition.library_remote_id,
        )
        for position, definition in enumerate(wanted)
    ]


def step_plan(step: StepRow, bytes_expected: int | None) -> StepPlan:
    return StepPlan(
        step=step.step,
        title=step.title,
        weight=step.weight,
        item_kind=step.item_kind,
        is_categories=step.is_categories,
        rows_expected=step.rows_expected,
        bytes_expected=bytes_expected,
    )


def issuable(steps: Sequence[StepRow], definitions: Sequence[StepDefinition], *, needs_categories: bool) -> list[StepRow]:
    """The steps to ask for now, in order: all, but none past one whose category names are needed and still come."""
    by_step = {step.step: step for step in steps}
    categories_step = {definition.step: definition.categories_step for definition in definitions}
    found: list[StepRow] = []
    for step in steps:
        if step.weight == 0 and not step.status.is_final:
            return [step] if step.issue == 0 else []
        wanted = by_step.get(categories_step.get(step.step) or "")
        if needs_categories and wanted is not None and not wanted.status.is_final:
            return found
        if step.issue == 0 and not step.status.is_final:
            found.append(step)
    return found


def final_step_status(step: StepRow) -> StepStatus | None:
    """How a step ends, or None while slices of its attempt are missing. Completeness is a set of slices, never a marker."""
    if step.slices_total is None or step.slices_done < step.slices_total:
        return None
    if step.error_code is not None:
        return StepStatus.FAILED
    return StepStatus.PARTIAL if step.slices_dead or is_implausibly_empty(step) else StepStatus.COMPLETED


def is_implausibly_empty(step: StepRow) -> bool:
    """Nothing is listed where there was something: a bad day of the server more often than the truth (DESIGN, guard 4)."""
    return step.counts.served == 0 and not step.slices_dead and bool(step.rows_expected)


def empty_text(step: StepRow) -> str:
    """What a person is told of a listing that is implausibly empty."""
    return f"the server listed nothing where it listed {step.rows_expected:,}; what is in the catalogue stays"


def final_sync_status(steps: Iterable[StepRow]) -> SyncStatus | None:
    """How a sync ends, or None while a step runs. A check that moves no bar counts only when it failed."""
    rows = list(steps)
    if any(not step.status.is_final for step in rows):
        return None
    # A sync of the check alone is as good as the check.
    statuses = {step.status for step in rows if step.weight > 0} or {step.status for step in rows}
    if statuses <= {StepStatus.COMPLETED}:
        return SyncStatus.COMPLETED
    if statuses <= {StepStatus.FAILED, StepStatus.SKIPPED}:
        return SyncStatus.FAILED
    return SyncStatus.PARTIAL


def total_counts(steps: Iterable[StepRow]) -> Counts:
    return sum((step.counts for step in steps), Counts())


def error_of(step: StepRow, at: datetime) -> ErrorReport | None:
    if step.error_code is None:
        return None
    return ErrorReport(code=step.error_code, text=step.error_text or step.error_code, step=step.step, at=at)
