"""Asking again for what the ledger shows unfinished and the bus no longer holds, or ending it with a reason.

A bus that came back empty is a normal case.
"""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from actors.cancels import Cancels
from actors.store import Transaction
from actors.store.records import StepRow, SyncRow
from actors.writer.ageing import Ages
from actors.writer.closing import close_if_ended, close_sync, fail_step, skip_refused
from actors.writer.computing import run_local_steps
from actors.writer.config import WriterSource
from actors.writer.episodes import ask_again_for_series, ask_for_episodes
from actors.writer.issuing import issue, issue_steps
from contracts import limits
from contracts.catalog import EPISODES_STEP, Part, SyncStatus
from contracts.messages import ErrorReport


class Look(msgspec.Struct, frozen=True):
    """What the ledger says of a source's unfinished work: unequal as soon as anything of it was committed."""

    steps: tuple[tuple[str, str, int, int, int], ...]
    """(sync, step, issue, attempt, revision)."""


async def look(tx: Transaction, source_id: str, part: Part) -> Look | None:
    """How the unfinished work of a part stands; none when there is none, or when something still waits in the outbox."""
    steps = [step for sync in await tx.syncs_unfinished(source_id) for step in await tx.steps(sync.sync_id)]
    steps = [step for step in steps if step.part is part]
    if all(step.status.is_final for step in steps) or await tx.outbox_count():
        return None
    return Look(tuple((step.sync_id, step.step, step.issue, step.attempt, step.revision) for step in steps))


async def cancel_hit(tx: Transaction, cancels: Cancels, now: datetime) -> list[str]:
    """End every unfinished sync that a cancel hit; what it committed stays. The ids of those that ended."""
    ended = []
    for sync in await tx.syncs_unfinished():
        if cancels.hit(sync.source_id, sync.sync_id, sync.requested_ns):
            await close_sync(tx, sync, await tx.steps(sync.sync_id), SyncStatus.CANCELLED, now)
            ended.append(sync.sync_id)
    return ended


async def end_hopeless(tx: Transaction, sources: Mapping[str, WriterSource], now: datetime, ages: Ages | None = None) -> None:
    """End syncs that cannot end by themselves: their source is configured no more, or their time is over.

    Without `ages`, which remember between two calls, their time is what the wall clock says.
    """
    unfinished = await tx.syncs_unfinished()
    too_old = (ages or Ages()).too_old(unfinished, now)
    for sync in unfinished:
        if sync.source_id not in sources:
            reason = ErrorReport(code="source_removed", text=f"{sync.source_id} is configured no more", at=now)
        elif sync.sync_id in too_old:
            reason = ErrorReport(code="too_long", text=f"not ended after {limits.SYNC_AGE_MAX_S // 3600} hours", at=now)
        else:
            continue
        await close_sync(tx, sync, await tx.steps(sync.sync_id), SyncStatus.FAILED, now, error=reason)


async def ask_again(tx: Transaction, configured: WriterSource, part: Part, now: datetime) -> int:
    """Ask again for every step of a part that was asked for and has not ended; how many.

    Call it only when neither the outbox nor the bus holds anything of that part: then what is missing is lost. That is
    certain when the streams were empty after a `look` that still holds in this transaction: whatever left a stream
    meanwhile was committed, and whatever was committed made the look another one.
    """
    asked = 0
    for sync in await tx.syncs_unfinished(configured.source_id):
        steps = await tx.steps(sync.sync_id)
        steps = [await _again(tx, configured, sync, step, now) if step.part is part else step for step in steps]
        asked += sum(step.part is part and step.issue > 0 and not step.status.is_final for step in steps)
        steps = await run_local_steps(tx, configured, await skip_refused(tx, steps, now), now)
        left = await close_if_ended(tx, sync, steps, now)
        if left.status.is_final:
            await ask_for_episodes(tx, {configured.source_id: configured}, left)
        else:
            await issue_steps(tx, configured, sync, await tx.steps(sync.sync_id), now)
    return asked


async def _again(tx: Transaction, configured: WriterSource, sync: SyncRow, step: StepRow, now: datetime) -> StepRow:
    if step.status.is_final or step.issue == 0:
        return step
    if step.step == EPISODES_STEP:
        return await ask_again_for_series(tx, configured, sync, step, now)
    if step.issue > limits.REISSUES_MAX:
        return await fail_step(tx, step, "lost", f"asked for {step.issue} times, and the bus lost it each time", now)
    await issue(tx, configured, sync, step, now)
    return step
