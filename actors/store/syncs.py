"""Sources, syncs and their steps, as the writer keeps them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from actors.store import rows
from actors.store.moments import to_text
from actors.store.records import SourceRow, StepRow, SyncRow
from actors.store.session import Session
from contracts.catalog import ItemKind

_PUT_SOURCE: Final = """
INSERT INTO sources (source_id, kind, title) VALUES (?, ?, ?)
ON CONFLICT (source_id) DO UPDATE SET kind = excluded.kind, title = excluded.title"""
_PUT_SYNC: Final = rows.upsert("syncs", rows.SYNC_COLUMNS, ("sync_id",))
_PUT_STEP: Final = rows.upsert("steps", rows.STEP_COLUMNS, ("sync_id", "step"))
_SYNC: Final = f"SELECT {rows.SYNC_COLUMNS} FROM syncs"  # noqa: S608
_STEP: Final = f"SELECT {rows.STEP_COLUMNS} FROM steps"  # noqa: S608
_FEW: Final = 10_000
_FILLED: Final = "filled_id >= ? AND +source_id = ? AND id < ? AND is_stub = 0"
"""Items that had been stubs before an id was the next, and were listed after it."""


async def put_sources(session: Session, sources: Sequence[SourceRow]) -> None:
    """Kind and title; what a sync found out stays, and so do sources that are not named."""
    await session.database.many(_PUT_SOURCE, [(source.source_id, source.kind.value, source.title) for source in sources])


async def set_server(session: Session, source_id: str, server: Mapping[str, str | int | bool | None]) -> None:
    await session.database.run("UPDATE sources SET server = ? WHERE source_id = ?", (rows.json_text(server), source_id))


async def source(session: Session, source_id: str) -> SourceRow | None:
    row = await session.database.row(f"SELECT {rows.SOURCE_COLUMNS} FROM sources WHERE source_id = ?", [source_id])  # noqa: S608
    return rows.source_of(row) if row else None


async def set_source_synced(session: Session, source_id: str, at: datetime) -> None:
    await session.database.run("UPDATE sources SET last_synced_at = ? WHERE source_id = ?", (to_text(at), source_id))


async def sync(session: Session, sync_id: str) -> SyncRow | None:
    row = await session.database.row(f"{_SYNC} WHERE sync_id = ?", [sync_id])
    return rows.sync_of(row) if row else None


async def syncs_unfinished(session: Session, source_id: str | None) -> list[SyncRow]:
    """The oldest first."""
    found = await session.database.rows(
        f"{_SYNC} WHERE status IN ('pending', 'syncing') AND (?1 IS NULL OR source_id = ?1) ORDER BY requested_ns, sync_id",
        [source_id],
    )
    return [rows.sync_of(row) for row in found]


async def syncs_last(session: Session) -> list[SyncRow]:
    """Unfinished ones, and the last of each source and parts; the oldest first."""
    found = await session.database.rows(
        f"{_SYNC} WHERE status IN ('pending', 'syncing') OR (source_id, parts, requested_ns) IN"  # noqa: S608
        " (SELECT source_id, parts, max(requested_ns) FROM syncs GROUP BY source_id, parts) ORDER BY requested_ns, sync_id"
    )
    return [rows.sync_of(row) for row in found]


async def put_sync(session: Session, row: SyncRow) -> None:
    await session.database.run(_PUT_SYNC, rows.sync_values(row))


async def put_steps(session: Session, steps: Sequence[StepRow]) -> None:
    await session.database.many(_PUT_STEP, [rows.step_values(step) for step in steps])


async def steps(session: Session, sync_id: str) -> list[StepRow]:
    found = await session.database.rows(f"{_STEP} WHERE sync_id = ? ORDER BY position, step", [sync_id])
    return [rows.step_of(row) for row in found]


async def step(session: Session, sync_id: str, name: str) -> StepRow | None:
    row = await session.database.row(f"{_STEP} WHERE sync_id = ? AND step = ?", (sync_id, name))
    return rows.step_of(row) if row else None


async def first_item_id_since(session: Session, row: SyncRow, name: str) -> int:
    """`first_item_id` of the first sync after the one that last listed a step completely; the sync's own where there is none."""
    sql = (
        "SELECT min(syncs.first_item_id) FROM listings JOIN syncs AS complete ON complete.sync_id = listings.complete_sync_id"
        " JOIN syncs ON syncs.source_id = listings.source_id AND syncs.requested_ns > complete.requested_ns"
        " WHERE listings.source_id = ? AND listings.step = ?"
    )
    found = await session.database.value(sql, (row.source_id, name))
    return row.first_item_id if found is None else min(int(found), row.first_item_id)


async def rejected_before(session: Session, source_id: str, name: str, *, always_whole: bool) -> int:
    """Entries that could not be read when a whole listing of the step last came to its end and nothing was held back."""
    sql = (
        "SELECT rows_rejected FROM steps WHERE source_id = ? AND step = ? AND status = 'completed' AND held_back = 0"
        " AND (? OR mode = 'full') ORDER BY ended_at DESC, rowid DESC LIMIT 1"
    )
    row = await session.database.row(sql, (source_id, name, always_whole))
    return int(row[0]) if row else 0


async def count_new_items(session: Session, source_id: str, first_item_id: int, next_item_id: int) -> dict[ItemKind, int]:
    """Items of the source that came from `first_item_id` on, by kind."""
    # A few are read as they are; many are counted in an index, which is a tenth of the table.
    of_new_ids = (
        "SELECT kind, count(*) FROM items WHERE id >= ? AND +source_id = ? AND is_stub = 0 GROUP BY kind"
        if next_item_id - first_item_id < _FEW
        else "SELECT libraries.item_kind, count(*) FROM libraries CROSS JOIN items ON items.library_id = libraries.id"
        " AND items.missing_since IS NULL AND items.is_stub = 0"
        " WHERE +items.id >= ? AND libraries.source_id = ? GROUP BY libraries.item_kind"
    )
    counts = Counter[ItemKind]()
    for kind, count in await session.database.rows(of_new_ids, (first_item_id, source_id)):
        counts[ItemKind(kind)] += count
    filled = f"SELECT kind, count(*) FROM items WHERE {_FILLED} GROUP BY kind"  # noqa: S608
    for kind, count in await session.database.rows(filled, (first_item_id, source_id, first_item_id)):
        counts[ItemKind(kind)] += count
    return dict(counts)


async def new_item_ids(session: Session, source_id: str, first_item_id: int, limit: int) -> list[int]:
    found = await session.database.rows(
        f"SELECT id FROM items WHERE {_FILLED}"  # noqa: S608
        " UNION ALL SELECT * FROM (SELECT id FROM items WHERE id >= ? AND +source_id = ? AND is_stub = 0 ORDER BY id LIMIT ?)"
        " ORDER BY id LIMIT ?",
        (first_item_id, source_id, first_item_id, first_item_id, source_id, limit, limit),
    )
    return [row[0] for row in found]


async def count_library_listings(session: Session, source_id: str) -> int:
    """Listings of single libraries: a dot in their step's name parts what is listed from the library's id."""
    sql = "SELECT count(*) FROM listings WHERE source_id = ? AND instr(step, '.') > 0"
    return int(await session.database.value(sql, [source_id]))
