"""Saying again how the last syncs stand, at the start: a bus that lost its streams has forgotten it, and who follows waits."""

from collections.abc import Sequence
from datetime import datetime

from actors.store import Transaction
from actors.store.records import StepRow, SyncRow
from actors.writer.closing import counted
from actors.writer.expecting import planned
from actors.writer.plan import error_of
from contracts import codec, subjects
from contracts.messages import ErrorReport, StepCounted, SyncClosed, SyncPlanned


async def say_again(tx: Transaction, now: datetime) -> None:
    """The plan, the totals and the end of every unfinished sync, and of the last one of each source and lane.

    What progress is folded of, word for word: where nothing was lost, it says nothing new.
    """
    syncs = await tx.syncs_last()
    last = {(sync.source_id, sync.parts[:1]): sync.sync_id for sync in syncs}
    for sync in syncs:
        if sync.status.is_final and last[sync.source_id, sync.parts[:1]] != sync.sync_id:
            continue
        steps = await tx.steps(sync.sync_id)
        totals = [counted(step, step.ended_at or now) for step in steps if step.revision]
        facts: list[SyncPlanned | StepCounted | SyncClosed] = [await planned(tx, sync, steps), *totals, *_closed(sync, steps)]
        for fact in facts:
            # Under a name of its own: the stream may know the first, although who was to hear it has forgotten it.
            name = f"{codec.message_id(fact)}:again:{now.timestamp()}"
            await tx.add_outbox_bytes(subjects.subject_of(fact), name, codec.encode(fact))


def _closed(sync: SyncRow, steps: Sequence[StepRow]) -> list[SyncClosed]:
    if not sync.status.is_final or sync.ended_at is None:
        return []
    error = _error_of(sync, steps, sync.ended_at)
    return [SyncClosed(sync_id=sync.sync_id, source_id=sync.source_id, status=sync.status, error=error, at=sync.ended_at)]


def _error_of(sync: SyncRow, steps: Sequence[StepRow], at: datetime) -> ErrorReport | None:
    """The step's that it ended with, where it is one's; else its own."""
    if sync.error_code is None:
        return None
    of_steps = (error_of(step, at) for step in steps if (step.error_code, step.error_text) == (sync.error_code, sync.error_text))
    return next(of_steps, None) or ErrorReport(code=sync.error_code, text=sync.error_text or "", at=at)
