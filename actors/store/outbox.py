"""What is to be said after the commit, and what could not be handled."""

from collections.abc import Sequence
from typing import Final

from actors.store import rows
from actors.store.records import OutboxRow
from actors.store.session import Session, take_ids
from actors.store.statements import asked
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
    return await add_bytes(
        session, [(subjects.subject_of(message), codec.message_id(message), codec.encode(message)) for message in messages]
    )


async def add_bytes(session: Session, messages: Sequence[tuple[str, str, bytes]]) -> list[OutboxRow]:
    """Store (subject, message id, body) of messages that are encoded already, behind those that wait."""
    first_id = await take_ids(session, "outbox", len(messages))
    added = [
        OutboxRow(outbox_id=first_id + number, subject=subject, message_id=message_id, body=body)
        for number, (subject, message_id, body) in enumerate(messages)
    ]
    await session.database.many(
        "INSERT INTO outbox (outbox_id, subject, message_id, body) VALUES (?, ?, ?, ?)",
        [(row.outbox_id, row.subject, row.message_id, row.body) for row in added],
    )
    return added


async def waiting(session: Session, limit: int, after_id: int) -> list[OutboxRow]:
    """The next messages behind one, in the order they were added."""
    found = await session.database.rows(
        "SELECT outbox_id, subject, message_id, body FROM outbox WHERE outbox_id > ? ORDER BY outbox_id LIMIT ?",
        [after_id, limit],
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


async def dead_letters_of(session: Session, ids: Sequence[int]) -> list[tuple[int, DeadLetter]]:
    """Those that are there, by id, whole."""
    found: list[tuple[int, DeadLetter]] = []
    for places, values in asked(sorted(set(ids))):
        sql = f"SELECT {rows.DEAD_COLUMNS}, id FROM dead_letters WHERE id IN ({places}) ORDER BY id"  # noqa: S608
        found += [(row[-1], rows.dead_of(row)) for row in await session.database.rows(sql, values)]
    return found


async def drop_dead_letters(session: Session, ids: Sequence[int]) -> int:
    """How many there were."""
    dropped = 0
    for places, values in asked(sorted(set(ids))):
        gone = await session.database.rows(f"DELETE FROM dead_letters WHERE id IN ({places}) RETURNING id", values)  # noqa: S608
        dropped += len(gone)
    return dropped
