"""The ledger of committed slices, the listings they make up, their rejects, and what of them is kept."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Final

from actors.store import rows
from actors.store.moments import to_text
from actors.store.records import LedgerLine, Listing
from actors.store.session import Session
from contracts import limits
from contracts.catalog import Reject

_LINE: Final = f"SELECT {rows.LEDGER_COLUMNS} FROM ledger"  # noqa: S608
# A line of a lower attempt that comes late replaces nothing.
_PUT_LINE: Final = (
    f"{rows.upsert('ledger', rows.LEDGER_COLUMNS, ('sync_id', 'step', 'page', 'slice'))} WHERE excluded.attempt >= attempt"
)
_PUT_LISTING: Final = rows.upsert("listings", rows.LISTING_COLUMNS, ("source_id", "step"))
_PUT_REJECT: Final = """
INSERT OR REPLACE INTO rejects (sync_id, source_id, step, page, slice, position, reason, entry, remote_id, at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_COPY_REJECTS: Final = """
INSERT OR REPLACE INTO rejects (sync_id, source_id, step, page, slice, position, reason, entry, remote_id, at)
SELECT ?, source_id, step, ?, ?, position, reason, entry, remote_id, ? FROM rejects
WHERE sync_id = ? AND step = ? AND page = ? AND slice = ? ORDER BY position LIMIT ?"""
_SERVED: Final = """
SELECT page, slice, remote_ids FROM ledger WHERE sync_id = ?1 AND step = ?2 AND (page, slice) > (?3, ?4)
AND attempt = (SELECT max(attempt) FROM ledger WHERE sync_id = ?1 AND step = ?2) ORDER BY page, slice LIMIT ?5"""
_LINES_AT_ONCE: Final = 32
"""Some 20,000 remote ids."""
_OF_LISTING: Final = "SELECT complete_sync_id FROM listings WHERE source_id = ? AND step = ?"
_PRUNE_LEDGER: Final = """
DELETE FROM ledger WHERE source_id = ?1
AND sync_id NOT IN (SELECT sync_id FROM syncs WHERE source_id = ?1 AND status IN ('pending', 'syncing'))
AND NOT EXISTS (
  SELECT 1 FROM listings
  WHERE listings.source_id = ?1 AND listings.step = ledger.step AND listings.complete_sync_id = ledger.sync_id)"""
_PRUNE_REJECTS: Final = """
DELETE FROM rejects WHERE source_id = ?1
AND sync_id NOT IN (SELECT sync_id FROM syncs WHERE source_id = ?1 AND status IN ('pending', 'syncing'))
AND sync_id <> ?2 AND step IN (SELECT step FROM steps WHERE sync_id = ?2)
AND NOT EXISTS (
  SELECT 1 FROM listings
  WHERE listings.source_id = ?1 AND listings.step = rejects.step AND listings.complete_sync_id = rejects.sync_id)"""
_PRUNE_SYNCS: Final = """
DELETE FROM syncs WHERE source_id = ?1 AND started_at < ?2 AND ended_at < ?2 AND status NOT IN ('pending', 'syncing')
AND sync_id NOT IN (SELECT complete_sync_id FROM listings WHERE source_id = ?1 AND complete_sync_id IS NOT NULL)"""


async def slices(session: Session, sync_id: str, step: str) -> set[tuple[int, int]]:
    """(page, slice) of every line of the highest attempt."""
    found = await session.database.rows(
        "SELECT page, slice FROM ledger WHERE sync_id = ?1 AND step = ?2"
        " AND attempt = (SELECT max(attempt) FROM ledger WHERE sync_id = ?1 AND step = ?2)",
        (sync_id, step),
    )
    return {(page, slice_) for page, slice_ in found}


async def add(session: Session, lines: Sequence[LedgerLine]) -> None:
    await session.database.many(_PUT_LINE, [rows.ledger_values(line) for line in lines])


async def drop(session: Session, sync_id: str, step: str) -> None:
    """Forget an attempt: its lines, and the rejects it kept."""
    await session.database.run("DELETE FROM ledger WHERE sync_id = ? AND step = ?", (sync_id, step))
    await session.database.run("DELETE FROM rejects WHERE sync_id = ? AND step = ?", (sync_id, step))


async def revive(session: Session, sync_id: str, step: str, attempt: int, place: tuple[int, int]) -> bool:
    """Forget that the slice at (page, slice) is dead, so that it may come; whether it was."""
    where = "sync_id = ? AND step = ? AND attempt = ? AND page = ? AND slice = ? AND is_dead = 1"
    values = (sync_id, step, attempt, *place)
    if not await session.database.rows(f"SELECT 1 FROM ledger WHERE {where}", values):  # noqa: S608
        return False
    await session.database.run(f"DELETE FROM ledger WHERE {where}", values)  # noqa: S608
    return True


async def remote_ids(session: Session, sync_id: str, step: str) -> list[str]:
    found = await session.database.rows(
        "SELECT remote_ids FROM ledger WHERE sync_id = ? AND step = ? ORDER BY page, slice", (sync_id, step)
    )
    return [remote_id for row in found for remote_id in rows.remote_ids_of(row[0])]


async def served(session: Session, sync_id: str, step: str) -> AsyncIterator[list[str]]:
    """The remote ids in the lines of the step's highest attempt, in the listing's order, some lines at a time."""
    place = (-1, -1)
    while found := await session.database.rows(_SERVED, (sync_id, step, *place, _LINES_AT_ONCE)):
        place = found[-1][:2]
        yield [remote_id for row in found for remote_id in rows.remote_ids_of(row[2])]


async def listing(session: Session, source_id: str, step: str) -> Listing | None:
    sql = f"SELECT {rows.LISTING_COLUMNS} FROM listings WHERE source_id = ? AND step = ?"  # noqa: S608
    row = await session.database.row(sql, (source_id, step))
    return rows.listing_of(row) if row else None


async def put_listing(session: Session, row: Listing) -> None:
    await session.database.run(_PUT_LISTING, rows.listing_values(row))


async def known_digests(session: Session, source_id: str, step: str) -> list[bytes]:
    """Digests of the last complete listing's slices, in its order."""
    found = await session.database.rows(
        f"SELECT digest FROM ledger WHERE sync_id = ({_OF_LISTING}) AND step = ? AND is_dead = 0 ORDER BY page, slice",  # noqa: S608
        (source_id, step, step),
    )
    return [row[0] for row in found]


async def known_line(session: Session, source_id: str, step: str, digest: bytes) -> LedgerLine | None:
    """The line of the last complete listing that has this digest."""
    row = await session.database.row(
        f"{_LINE} WHERE sync_id = ({_OF_LISTING}) AND step = ? AND digest = ? AND is_dead = 0 ORDER BY page, slice LIMIT 1",
        (source_id, step, step, digest),
    )
    return rows.ledger_of(row) if row else None


async def add_rejects(session: Session, line: LedgerLine, rejects: Sequence[Reject]) -> None:
    """Keep the rejects of a slice, while its step has not kept enough."""
    room = await _room(session, line)
    at = to_text(session.now)
    await session.database.many(
        _PUT_REJECT,
        [
            (
                line.sync_id,
                line.source_id,
                line.step,
                line.page,
                line.slice,
                position,
                reject.reason,
                reject.entry,
                reject.remote_id,
                at,
            )
            for position, reject in enumerate(rejects[:room])
        ],
    )


async def copy_rejects(session: Session, from_line: LedgerLine, to_line: LedgerLine) -> None:
    """Keep the rejects of a slice that is served unchanged for the new sync too."""
    room = await _room(session, to_line)
    to_place = (to_line.sync_id, to_line.page, to_line.slice, to_text(session.now))
    from_place = (from_line.sync_id, from_line.step, from_line.page, from_line.slice)
    await session.database.run(_COPY_REJECTS, (*to_place, *from_place, room))


async def _room(session: Session, line: LedgerLine) -> int:
    kept = await session.database.value("SELECT count(*) FROM rejects WHERE sync_id = ? AND step = ?", (line.sync_id, line.step))
    return max(0, limits.REJECTS_PER_STEP_MAX - int(kept))


async def prune(session: Session, source_id: str, sync_id: str) -> None:
    """Let go of what nothing needs any more, now that a sync of the source has ended.

    That is the ledger of ended syncs that no listing is made of, their rejects of steps that this one ran too, and what ended
    long ago.
    """
    await session.database.run(_PRUNE_LEDGER, [source_id])
    await session.database.run(_PRUNE_REJECTS, (source_id, sync_id))
    before = to_text(session.now - timedelta(days=limits.HISTORY_KEPT_DAYS))
    await session.database.run(_PRUNE_SYNCS, (source_id, before))
