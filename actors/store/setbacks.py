"""The database's own number of each commit, and what follows when it is lower than what is known outside."""

import secrets
from typing import Final

import msgspec

from actors.store.database import Database
from actors.store.mark import Mark
from actors.store.session import Session, peek_id, take_ids

_COMMITS: Final = "commits"
_IDENTITY: Final = "identity"
_NUMBER, _LOST, _DUE = "reread_number", "reread_lost", "reread_due"
_PUT: Final = "INSERT OR REPLACE INTO counters (name, next_value) VALUES (?, ?)"
_GET: Final = "SELECT next_value FROM counters WHERE name = ?"


class Setback(msgspec.Struct, frozen=True, kw_only=True):
    """Commits that were lost, and the syncs that bring back what was in them."""

    lost: int
    request_id: str
    """Of the request for each source; the same however often it is asked."""
    is_due: bool
    """Whether the sources have still to be asked."""


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """How a database was found."""

    identity: int
    lost: int = 0
    is_fresh: bool = False
    """It was made just now."""
    is_another: bool = False
    """Not the one that the mark tells of."""


async def count_commit(session: Session) -> int:
    """The number of the commit that this transaction will be."""
    return await take_ids(session, _COMMITS, 1)


async def commits(session: Session) -> int:
    return await peek_id(session, _COMMITS) - 1


async def compare(session: Session, mark: Mark | None) -> Start:
    """Give the database its identity if it has none, and note what it lacks of what the mark says. Part of the transaction."""
    identity = await session.database.value(_GET, [_IDENTITY])
    is_fresh = False
    if identity is None:
        is_fresh = await session.database.value("SELECT 1 FROM sources LIMIT 1") is None
        identity = new_identity()
        await session.database.run(_PUT, (_IDENTITY, identity))
    if mark is None:
        return Start(identity=identity, is_fresh=is_fresh)
    if mark.identity != identity and not is_fresh:
        return Start(identity=identity, is_another=True)
    lost = max(0, mark.commits - await commits(session))
    if lost:
        await session.database.many(_PUT, [(_NUMBER, mark.commits), (_LOST, lost), (_DUE, 1)])
        # No number is ever given twice, so that the next setback has other requests.
        session.memory.next_ids[_COMMITS] = mark.commits + 1
    return Start(identity=identity, lost=lost, is_fresh=is_fresh)


async def setback(database: Database) -> Setback | None:
    """The last one there was."""
    found: dict[str, int] = dict(await database.rows("SELECT name, next_value FROM counters"))
    if _NUMBER not in found:
        return None
    request_id = f"reread-{found[_IDENTITY]:016x}-{found[_NUMBER]}"
    return Setback(lost=found[_LOST], request_id=request_id, is_due=_DUE in found)


async def lost_until_read(database: Database) -> int | None:
    """Commits that were lost, for as long as the sources are read again for it."""
    found = await setback(database)
    if found is None:
        return None
    sql = "SELECT 1 FROM syncs WHERE request_id = ? AND status IN ('pending', 'syncing') LIMIT 1"
    is_read = not found.is_due and await database.value(sql, [found.request_id]) is None
    return None if is_read else found.lost


async def asked(session: Session) -> None:
    """The sources have been asked."""
    await session.database.run("DELETE FROM counters WHERE name = ?", [_DUE])


async def rename(database: Database) -> None:
    """Give the database another identity: it is a copy, and what is known of the first does not hold for it."""
    await database.run(_PUT, (_IDENTITY, new_identity()))


def new_identity() -> int:
    return secrets.randbelow(2**63 - 1) + 1
