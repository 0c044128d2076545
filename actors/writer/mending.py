"""Dead letters, replayed or dropped because somebody asked for it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

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
                await tx.add_outbox_bytes(dead.subject, f"{dead.message_id}:replay:{letter_id}:{stamped_ns}", dead.body)
        await _ask_for(tx, steps, stamped_ns)
    await tx.drop_dead_letters(asked.ids)


async def _is_over(tx: Transaction, dead: DeadLetter) -> bool:
    """Whether its sync has ended: then the message itself has no effect any more, and its step is asked for anew."""
    if dead.sync_id is None:
        return False
    sync = await tx.sync(dead.sync_id)
    return sync is None or sync.status.is_final


async def _ask_for(tx: Transaction, steps: Mapping[str, Sequence[str] | Mapping[str, None]], stamped_ns: int) -> None:
    for source_id, names in steps.items():
        request = SyncRequest(request_id=f"replay-{stamped_ns}", steps=list(names), mode=Mode.FULL)
        await tx.add_outbox_to(subjects.request(source_id), request)
