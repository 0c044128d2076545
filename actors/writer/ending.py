"""The end of a listing: what it lacks is dealt with, or the whole is read where the changes alone do not do."""

from datetime import datetime

import msgspec

from actors.store import Transaction
from actors.store.records import StepRow, SyncRow
from actors.writer.closing import end_step, is_whole
from actors.writer.config import WriterSource
from actors.writer.deciding import why_whole
from actors.writer.issuing import issue
from actors.writer.judging import new_attempt
from actors.writer.plan import DEAD_SLICES, EMPTY_LISTING, dead_text, empty_text, is_implausibly_empty
from actors.writer.sweeping import held_back, recognise, sweep
from contracts.catalog import ACCOUNT_STEP, WATCHED, Mode, Part, StepStatus


async def end_listing(
    tx: Transaction, configured: WriterSource | None, sync: SyncRow, step: StepRow, status: StepStatus, now: datetime
) -> StepRow:
    """The step, ended; or asked for once more, for the whole of its listing."""
    if status is StepStatus.PARTIAL and step.slices_dead and step.error_code is None:
        step = msgspec.structs.replace(step, error_code=DEAD_SLICES, error_text=dead_text(step))
    if status is StepStatus.PARTIAL and is_implausibly_empty(step):
        step = msgspec.structs.replace(step, error_code=EMPTY_LISTING, error_text=empty_text(step))
        if step.part is Part.CATALOGUE:
            step = held_back(step, step.rows_expected or 0, empty_text(step))
    if step.step == ACCOUNT_STEP or step.part is not Part.CATALOGUE:
        return await end_step(tx, step, status, now)
    if status is StepStatus.COMPLETED and configured is not None:
        if await is_whole(tx, step):
            step = await sweep(tx, configured, sync, step, now)
        elif why := await _why_whole(tx, step):
            return await _read_whole(tx, configured, sync, step, why, now)
        else:
            step = await recognise(tx, sync, step)
    if Part.HOME not in sync.parts and (step.counts.new or step.counts.changed or step.removed):
        await tx.mark_home_stale(step.source_id)
    return await end_step(tx, step, status, now)


async def _why_whole(tx: Transaction, step: StepRow) -> str | None:
    return None if step.step.startswith(WATCHED) else why_whole(step, await tx.listing(step.source_id, step.step))


async def _read_whole(
    tx: Transaction, configured: WriterSource, sync: SyncRow, step: StepRow, why: str, now: datetime
) -> StepRow:
    """Ask for the step once more, for all of it: a higher attempt makes what came old."""
    await tx.drop_ledger(step.sync_id, step.step)
    written = step.counts.new + step.counts.changed
    notice = f"read as a whole: {why}" + (f"; {written:,} rows were written before that" if written else "")
    listing = await tx.listing(step.source_id, step.step)
    expected = listing.rows if listing is not None else None
    begun = msgspec.structs.replace(new_attempt(step, step.attempt + 1), mode=Mode.FULL, notice=notice, rows_expected=expected)
    await issue(tx, configured, sync, begun, now)
    asked = await tx.step(step.sync_id, step.step)
    assert asked is not None
    return asked
