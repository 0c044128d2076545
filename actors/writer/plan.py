"""What a sync consists of, and how it ended: decisions without I/O."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec

from actors.sources.ask import StepDefinition
from actors.store.records import StepRow, SyncRow
from contracts.catalog import ACCOUNT_STEP, ItemKind, Part, StepStatus, SyncStatus
from contracts.codec import sync_id_of
from contracts.errors import BadRequest
from contracts.messages import Counts, ErrorReport, StepPlan, SyncRequest

_NAME_CHARS_SHOWN: Final = 64
"""Of a name that a request made up: the refusal has to fit into a message, however long it is."""


EMPTY_LISTING: Final = "empty_listing"
"""Code of a step whose listing was complete and empty, and had not been empty before."""
DOUBTFUL_LISTING: Final = "doubtful_listing"
"""Code of a step whose listing came to its end and yet does not say what is missing."""
SECTIONS_FAILED: Final = "sections_failed"
"""Code of a home step some of whose sections could not be read."""
DEAD_SLICES: Final = "dead_letters"
"""Code of a step some of whose slices nobody could handle, when nothing else is wrong with it."""
UNKNOWN_LIBRARY: Final = "unknown_library"
"""Code of a step that revealed the libraries, and none of a name that the request gave."""
_PARTIAL_CODES: Final = frozenset({EMPTY_LISTING, DOUBTFUL_LISTING, SECTIONS_FAILED, UNKNOWN_LIBRARY})
"""What takes nothing from the rows that came: the step ends `partial`."""
_REVEALED_STEPS_EXPECTED: Final = 24
"""Of a source that was never synced: what its libraries may become."""
_PLAIN: Final = (Part.CATALOGUE, Part.HOME)


def request_id_of(request: SyncRequest, stamped_ns: int) -> str:
    """The asker's own id, or one made from the request's place in time, which a redelivery has too."""
    return request.request_id or f"stamped-{stamped_ns}"


def plan_sync(
    source_id: str, request: SyncRequest, *, stamped_ns: int, requested_at: datetime, now: datetime, first_item_id: int
) -> SyncRow:
    """The sync that a request asks for, over all the parts that it names or means."""
    request_id = request_id_of(request, stamped_ns)
    meant = (Part.CATALOGUE,) if request.libraries else _PLAIN
    return SyncRow(
        sync_id=sync_id_of(source_id, request_id),
        source_id=source_id,
        request_id=request_id,
        parts=tuple(dict.fromkeys(request.parts)) or meant,
        mode=request.mode,
        status=SyncStatus.PENDING,
        requested_ns=stamped_ns,
        requested_at=requested_at,
        started_at=now,
        first_item_id=first_item_id,
        libraries=tuple(dict.fromkeys(request.libraries)),
        wanted_steps=tuple(dict.fromkeys([*request.steps, *request.confirm])),
        confirm=tuple(dict.fromkeys(request.confirm)),
    )


def plan_steps(
    sync: SyncRow,
    definitions: Sequence[StepDefinition],
    libraries: Sequence[tuple[str, str, ItemKind]],
    *,
    reveals_weight: int = 0,
) -> list[StepRow]:
    """The steps that are known beforehand, the account check first, unless nothing is asked of the source.

    Raises BadRequest for a step or a library that the source cannot have.
    """
    _refuse_unknown_steps(sync, definitions)
    listings = [definition for definition in definitions if definition.step != ACCOUNT_STEP]
    wanted = [definition for definition in listings if _is_planned(sync, definition, libraries)]
    checks = [definition for definition in definitions if definition.step == ACCOUNT_STEP]
    if not wanted and ACCOUNT_STEP not in sync.wanted_steps:
        raise BadRequest(f"parts: nothing of this source is in {', '.join(sync.parts)}, as the request limits it")
    asks = not wanted or any(not definition.is_local for definition in wanted)
    chosen = [*(checks if asks else []), *wanted]
    return [step_row(sync, definition, position, reveals_weight) for position, definition in enumerate(chosen)]


def _refuse_unknown_steps(sync: SyncRow, definitions: Sequence[StepDefinition]) -> None:
    known = {definition.step for definition in definitions}
    if any(definition.reveals for definition in definitions):
        return  # What libraries there are, and so what steps, the server has yet to say.
    unknown = [step for step in sync.wanted_steps if step not in known]
    if unknown:
        raise BadRequest(f"steps: {unknown[0][:_NAME_CHARS_SHOWN]!r} is none of {', '.join(sorted(known))}")


def _is_planned(sync: SyncRow, definition: StepDefinition, libraries: Sequence[tuple[str, str, ItemKind]]) -> bool:
    if definition.part not in sync.parts:
        return False
    if definition.reveals:
        return not sync.wanted_steps or any(name not in _static(sync.wanted_steps) for name in sync.wanted_steps)
    if not is_wanted_step(sync, definition):
        return False
    if not sync.libraries or definition.library_remote_id is None:
        return True
    return definition.library_remote_id in _named_libraries(sync, libraries)


def _static(names: Iterable[str]) -> set[str]:
    """Of the names of steps, those that no library can have revealed."""
    return {name for name in names if name == Part.HOME}


def _named_libraries(sync: SyncRow, libraries: Sequence[tuple[str, str, ItemKind]]) -> set[str]:
    named = {name.casefold() for name in sync.libraries}
    found = {remote_id for remote_id, title, _ in libraries if title.casefold() in named or remote_id.casefold() in named}
    there = {name.casefold() for remote_id, title, _ in libraries for name in (remote_id, title)}
    unknown = [name for name in sync.libraries if name.casefold() not in there]
    if libraries and unknown:
        titles = ", ".join(title for _, title, _ in libraries)
        raise BadRequest(f"libraries: {unknown[0][:_NAME_CHARS_SHOWN]!r} is none of {titles}")
    return found


def is_wanted_step(sync: SyncRow, definition: StepDefinition) -> bool:
    """Whether the request names this step, whole or by what stands before its dot, or names none."""
    return not sync.wanted_steps or bool({definition.step, definition.step.partition(".")[0]} & set(sync.wanted_steps))


def step_row(sync: SyncRow, definition: StepDefinition, position: int, reveals_weight: int = 0) -> StepRow:
    """The step as it begins. A check belongs to the first part of its sync."""
    return StepRow(
        sync_id=sync.sync_id,
        source_id=sync.source_id,
        step=definition.step,
        position=position,
        title=definition.title,
        weight=definition.weight,
        item_kind=definition.item_kind,
        is_categories=definition.is_categories,
        library_remote_id=definition.library_remote_id,
        part=sync.parts[0] if definition.step == ACCOUNT_STEP else definition.part,
        reveals_weight=(reveals_weight or _REVEALED_STEPS_EXPECTED) if definition.reveals else 0,
    )


def without_running(sync: SyncRow, steps: Sequence[StepRow], running: Mapping[Part, str]) -> tuple[SyncRow, dict[Part, str]]:
    """The sync over those of its parts that it has steps of and that do not run, and the others with the syncs that run them."""
    asked = {step.part for step in steps if step.step != ACCOUNT_STEP} or set(sync.parts)
    left_out = {part: running[part] for part in sync.parts if part in asked and part in running}
    parts = tuple(part for part in sync.parts if part in asked and part not in left_out)
    return msgspec.structs.replace(sync, parts=parts), left_out


def running_parts(steps: Iterable[StepRow]) -> dict[Part, str]:
    """The parts that run, each with its sync: a part runs until its own last step has ended."""
    return {step.part: step.sync_id for step in steps if not step.status.is_final}


def step_plan(step: StepRow, bytes_expected: int | None) -> StepPlan:
    return StepPlan(
        step=step.step,
        title=step.title,
        weight=step.weight,
        item_kind=step.item_kind,
        is_categories=step.is_categories,
        rows_expected=step.rows_expected,
        bytes_expected=bytes_expected,
        part=step.part,
        mode=step.mode,
        reveals_weight=step.reveals_weight,
    )


def issuable(steps: Sequence[StepRow], definitions: Sequence[StepDefinition], *, needs_categories: bool) -> list[StepRow]:
    """The steps to ask for now, in order: all, but none past one whose category names are needed and still come."""
    by_step = {step.step: step for step in steps}
    categories_step = {definition.step: definition.categories_step for definition in definitions}
    local = {definition.step for definition in definitions if definition.is_local}
    found: list[StepRow] = []
    for step in steps:
        if step.step == ACCOUNT_STEP and not step.status.is_final:
            return [step] if step.issue == 0 else []
        wanted = by_step.get(categories_step.get(step.step) or "")
        if needs_categories and wanted is not None and not wanted.status.is_final:
            return found
        if step.issue == 0 and not step.status.is_final and step.step not in local:
            found.append(step)
    return found


def final_step_status(step: StepRow) -> StepStatus | None:
    """How a step ends, or None while slices of its attempt are missing. Completeness is a set of slices, never a marker."""
    if step.slices_total is None or step.slices_done < step.slices_total:
        return None
    if step.error_code is not None and step.error_code not in _PARTIAL_CODES:
        return StepStatus.FAILED
    is_whole = step.error_code is None and not step.slices_dead and not is_implausibly_empty(step)
    return StepStatus.COMPLETED if is_whole else StepStatus.PARTIAL


def is_implausibly_empty(step: StepRow) -> bool:
    """Nothing is listed where there was something: a bad day of the server more often than the truth (DESIGN, guard 4)."""
    return step.counts.served == 0 and not step.slices_dead and bool(step.rows_expected)


def dead_text(step: StepRow) -> str:
    """What a person is told of a step that lacks slices."""
    return f"{step.slices_dead:,} of {step.slices_done:,} slices could not be handled; `playbill dead` shows why"


def empty_text(step: StepRow) -> str:
    """What a person is told of a listing that is implausibly empty."""
    return f"the server listed nothing where it listed {step.rows_expected:,}; what is in the catalogue stays"


def final_sync_status(steps: Iterable[StepRow]) -> SyncStatus | None:
    """How a sync ends, or None while a step runs. A check that moves no bar counts only when it failed."""
    rows = list(steps)
    if any(not step.status.is_final for step in rows):
        return None
    # A sync of the check alone is as good as the check.
    statuses = {step.status for step in rows if step.step != ACCOUNT_STEP} or {step.status for step in rows}
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
