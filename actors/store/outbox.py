"""What is to be said after the commit, and what could not be handled."""

from collections.abc import Sequence
from typing import Final

from actors.store import rows
from actors.store.records import OutboxRow
from actors.store.session import Session, take_ids
from contracts import codec, limits, subjects
from contracts.messages import DeadLetter, Message

_PUT_DEAD: Final = (
    f"INSERT INTO dead_letters (id, {rows.DEAD_COLUMNS})"  # noqa: S608
    f" VALUES (?, {', '.join('?' * len(rows.DEAD_COLUMNS.split(',')))})"
)
# The oldest goes first, and one that waits for an upgrade goes last.
_CAP_DEAD: Final = """
DELETE FROM dead_letters WHERE id IN (
  SELECT id FROM dead_letters ORDER BY parked, id LIMIT max(0, (SELECT count(*) FROM dead_letters) - ?))"""


async def add(session: Session, messages: Sequence[Message]) -> list[OutboxRow]:
    """Store messages as they will be published, behind those that wait already."""
    if not messages:
        return []
    first_id = await take_ids(session, "outbox", len(messages))
    added = [
        OutboxRow(
            outbox_id=first_id + number,
            subject=subjects.subject_of(message),
            message_id=codec.message_id(message),
            body=codec.encode(message),
        )
        for number, message in enumerate(messages)
    ]
    await session.database.many(
        "INSERT INTO outbox (outbox_id, subject, message_id, body) VALUES (?, ?, ?, ?)",
        [(row.outbox_id, row.subject, row.message_id, row.body) for row in added],
    )
    return added


async def waiting(session: Session, limit: int) -> list[OutboxRow]:
    """The next messages, in the order they were added."""
    found = await session.database.rows(
        "SELECT outbox_id, subject, message_id, body FROM outbox ORDER BY outbox_id LIMIT ?", [limit]
    )
    return [OutboxRow(outbox_id=row[0], subject=row[1], message_id=row[2], body=row[3]) for row in found]


async def sent(session: Session, ids: Sequence[int]) -> None:
    await session.database.many("DELETE FROM outbox WHERE outbox_id = ?", [(outbox_id,) for outbox_id in ids])


async def count(session: Session) -> int:
    return int(await session.database.value("SELECT count(*) FROM outbox"))


async def add_dead_letter(session: Session, dead: DeadLetter) -> int:
    """Its id. The same message of the same actor for the same reason is one dead letter."""
    sql = "SELECT id FROM dead_letters WHERE actor = ? AND message_id = ? AND reason = ?"
    known = await session.database.value(sql, (dead.actor, dead.message_id, dead.reason))
    if known is not None:
        return int(known)
    dead_letter_id = await take_ids(session, "dead_letters", 1)
    await session.database.run(_PUT_DEAD, (dead_letter_id, *rows.dead_values(dead)))
    await session.database.run(_CAP_DEAD, [limits.DEAD_LETTERS_MAX])
    return dead_letter_id
