"""Ending steps and syncs, with all that follows from it, inside the transaction that ended them."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from actors.sources import source
from actors.store import Transaction
from actors.store.records import Listing, SourceRow, StepRow, SyncRow
from actors.writer.deciding import marked
from actors.writer.home import finish_home
from actors.writer.plan import error_of, final_sync_status, total_counts
from contracts import limits
from contracts.catalog import ACCOUNT_STEP, Mode, Part, StepStatus, SyncStatus
from contracts.errors import ACCOUNT_ERROR_CODES, CertificateProblem, SourceFailing, SourceTimeout, SourceUnreachable
from contracts.messages import (
    ErrorReport,
    ItemsAdded,
    Message,
    StepCounted,
    StepEnded,
    SyncClosed,
    SyncEnded,
)
from contracts.messages import (
    SourceUnreachable as SourceUnreachableEvent,
)

_READ = (StepStatus.COMPLETED, StepStatus.PARTIAL)
_UNREACHABLE = frozenset({SourceUnreachable.code, SourceTimeout.code, SourceFailing.code, CertificateProblem.code})


def counted(step: StepRow, now: datetime) -> StepCounted:
    """The fact of a step's totals as they stand in the database."""
    return StepCounted(
        sync_id=step.sync_id,
        source_id=step.source_id,
        step=step.step,
        revision=step.revision,
        status=step.status,
        counts=step.counts,
        slices_done=step.slices_done,
        slices_total=step.slices_total,
        section_items=step.section_items,
        removed=step.removed,
        held_back=step.held_back,
        notice=step.notice,
        error=error_of(step, now),
        at=now,
    )


async def end_step(tx: Transaction, step: StepRow, status: StepStatus, now: datetime) -> StepRow:
    """End a step; a complete listing becomes what the next sync compares with."""
    ended = msgspec.structs.replace(step, status=status, ended_at=now, revision=step.revision + 1)
    await tx.put_steps([ended])
    if status is StepStatus.COMPLETED and step.step != ACCOUNT_STEP:
        await _mark_listing(tx, ended, now)
    event = StepEnded(
        sync_id=step.sync_id,
        source_id=step.source_id,
        step=step.step,
        status=status,
        counts=step.counts,
        removed=step.removed,
        held_back=step.held_back,
        notice=step.notice,
        error=error_of(ended, now),
        at=now,
    )
    await tx.add_outbox([counted(ended, now), event])
    if _was_fetched_home(ended):
        await finish_home(tx, ended, now)
    return ended


async def _mark_listing(tx: Transaction, step: StepRow, now: datetime) -> None:
    """Remember what came: of a whole listing all that the next is compared with, of a pass over changes how far it went."""
    known = await tx.listing(step.source_id, step.step) or Listing(source_id=step.source_id, step=step.step)
    said = await tx.source(step.source_id)
    if _is_whole(step, said):
        known = Listing(
            source_id=step.source_id,
            step=step.step,
            complete_sync_id=step.sync_id,
            digest_salt=step.digest_salt,
            rows=step.counts.served,
            body_bytes=step.body_bytes,
            last_synced_at=now,
        )
    offset_s = said.server.get("clock_offset_s") if said is not None else None
    mark = await tx.change_mark(step.source_id, step.library_remote_id) if step.library_remote_id else None
    clock_offset_s = offset_s if isinstance(offset_s, int) else 0
    await tx.put_listing(marked(known, step, now, clock_offset_s=clock_offset_s, change_mark=mark))


async def is_whole(tx: Transaction, step: StepRow) -> bool:
    """Whether the step's listing was a whole one: one whose known slices were told by digest is, whatever its mode."""
    return _is_whole(step, await tx.source(step.source_id))


def _is_whole(step: StepRow, known: SourceRow | None) -> bool:
    return step.mode is Mode.FULL or (known is not None and source(known.kind).USES_DIGESTS)


def _was_fetched_home(step: StepRow) -> bool:
    """Whether it read a home page, or was to; one that was made of the catalogue has no slices."""
    return (
        step.part is Part.HOME
        and step.step != ACCOUNT_STEP
        and (step.slices_total is not None or step.slices_done > 0 or step.status in (StepStatus.FAILED, StepStatus.SKIPPED))
    )


async def fail_step(tx: Transaction, step: StepRow, code: str, text: str, now: datetime) -> StepRow:
    return await end_step(tx, msgspec.structs.replace(step, error_code=code, error_text=text), StepStatus.FAILED, now)


async def skip_refused(tx: Transaction, steps: Sequence[StepRow], now: datetime) -> list[StepRow]:
    """The steps as they are, or all of them ended where the account check failed or the account was refused."""
    if not any(step.status.is_final and _stops_others(step) for step in steps):
        return list(steps)
    # Each further request would meet the same.
    return [step if step.status.is_final else await end_step(tx, step, StepStatus.SKIPPED, now) for step in steps]


def _stops_others(step: StepRow) -> bool:
    return step.error_code in ACCOUNT_ERROR_CODES or (step.step == ACCOUNT_STEP and step.status is StepStatus.FAILED)


async def close_if_ended(tx: Transaction, sync: SyncRow, steps: Sequence[StepRow], now: datetime) -> SyncRow:
    """End the sync when its last step has ended."""
    status = final_sync_status(steps)
    return sync if status is None else await close_sync(tx, sync, steps, status, now)


async def close_sync(
    tx: Transaction,
    sync: SyncRow,
    steps: Sequence[StepRow],
    status: SyncStatus,
    now: datetime,
    error: ErrorReport | None = None,
) -> SyncRow:
    """Give a sync its final status. From this commit on nothing of it is written: its row is the guard."""
    left = StepStatus.CANCELLED if status is SyncStatus.CANCELLED else StepStatus.FAILED
    ended = [step if step.status.is_final else await end_step(tx, step, left, now) for step in steps]
    errors = [report for step in ended if (report := error_of(step, now)) is not None]
    first = error or next(iter(errors), None)
    closed = msgspec.structs.replace(
        sync,
        status=status,
        ended_at=now,
        error_code=first.code if first else None,
        error_text=first.text if first else None,
    )
    await tx.put_sync(closed)
    if status in (SyncStatus.COMPLETED, SyncStatus.PARTIAL) and Part.CATALOGUE in sync.parts:
        await tx.set_source_synced(sync.source_id, now)
    await tx.add_outbox(await _last_words(tx, closed, ended, errors if error is None else [error, *errors], now))
    await tx.prune(sync.source_id, sync.sync_id)
    return closed


def _home_sections(steps: Sequence[StepRow]) -> int | None:
    read = [step for step in steps if step.part is Part.HOME and step.step != ACCOUNT_STEP and step.status in _READ]
    return sum(step.counts.synced for step in read) if read else None


async def _last_words(
    tx: Transaction, sync: SyncRow, steps: Sequence[StepRow], errors: list[ErrorReport], now: datetime
) -> list[Message]:
    counts = total_counts(steps)
    words: list[Message] = [
        SyncClosed(
            sync_id=sync.sync_id,
            source_id=sync.source_id,
            status=sync.status,
            error=errors[0] if errors else None,
            at=now,
        ),
        SyncEnded(
            sync_id=sync.sync_id,
            source_id=sync.source_id,
            request_id=sync.request_id,
            status=sync.status,
            counts=counts,
            home_sections=_home_sections(steps),
            home_items=sum(step.section_items for step in steps),
            removed=sum(step.removed for step in steps),
            held_back=sum(step.held_back for step in steps),
            errors=errors[: limits.PROGRESS_ERRORS_MAX],
            started_at=sync.started_at,
            ended_at=now,
        ),
    ]
    unreachable = next((report for report in errors if report.code in _UNREACHABLE), None)
    if unreachable is not None:
        words.append(SourceUnreachableEvent(source_id=sync.source_id, sync_id=sync.sync_id, error=unreachable, at=now))
    if counts.new:
        words.append(
            ItemsAdded(
                sync_id=sync.sync_id,
                source_id=sync.source_id,
                counts_by_kind=await tx.count_new_items(sync.source_id, sync.first_item_id),
                item_ids=await tx.new_item_ids(sync.source_id, sync.first_item_id, limits.EVENT_ITEMS_MAX),
                at=now,
            )
        )
    return words
