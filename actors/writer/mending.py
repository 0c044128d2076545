"""Dead letters, replayed or dropped because somebody asked for it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from actors.store import Transaction
from actors.writer.config import WriterSource
from contracts import subjects
from contracts.catalog import Mode
from contracts.messages import DeadLetter, MendDeadLetters, SyncRequest


async def mend(
    tx: Transaction, sources: Mapping[str, WriterSource], asked: MendDeadLetters, stamped_ns: int, now: datetime
) -> None:
    """Drop the letters, after having said them again where that was asked for. Those that are gone already are no matter."""
    if asked.action == "replay":
        letters = await tx.dead_letters_of(asked.ids)
        steps: dict[str, dict[str, None]] = {}
        for letter_id, dead in letters:
            if await _is_over(tx, dead):
                if dead.source_id is not None and dead.source_id in sources and dead.step is not None:
                    steps.setdefault(dead.source_id, {})[dead.step] = None
            elif not dead.body_clipped:
                await _expect(tx, dead)
                await tx.add_outbox_bytes(dead.subject, f"{dead.message_id}:replay:{letter_id}:{stamped_ns}", dead.body)
        await _ask_for(tx, steps, stamped_ns)
    await tx.drop_dead_letters(asked.ids)


async def _is_over(tx: Transaction, dead: DeadLetter) -> bool:
    """Whether its sync or its step has ended: then the message itself has no effect any more, and the step is asked for anew."""
    if dead.sync_id is None:
        return False
    sync = await tx.sync(dead.sync_id)
    if sync is None or sync.status.is_final or dead.step is None:
        return sync is None or sync.status.is_final
    step = await tx.step(dead.sync_id, dead.step)
    return step is None or step.status.is_final


async def _expect(tx: Transaction, dead: DeadLetter) -> None:
    """Wait for the slice once more that its step had given up, as long as the step runs."""
    if dead.sync_id is None or dead.step is None or dead.attempt is None or dead.slice is None:
        return
    step = await tx.step(dead.sync_id, dead.step)
    if step is None or step.status.is_final:
        return
    if await tx.revive_slice(dead.sync_id, dead.step, dead.attempt, (dead.page or 0, dead.slice)):
        left = msgspec.structs.replace(
            step, slices_done=step.slices_done - 1, slices_dead=step.slices_dead - 1, revision=step.revision + 1
        )
        await tx.put_steps([left])


async def _ask_for(tx: Transaction, steps: Mapping[str, Sequence[str] | Mapping[str, None]], stamped_ns: int) -> None:
    for source_id, names in steps.items():
        request = SyncRequest(request_id=f"replay-{stamped_ns}", steps=list(names), mode=Mode.FULL)
        await tx.add_outbox_to(subjects.request(source_id), request)
