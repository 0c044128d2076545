"""The syncs that were, read back by key: however many there are, a page takes as long as it has rows."""

from collections.abc import Sequence
from typing import Final

from actors.store import rows
from actors.store.answers import SyncHistory
from actors.store.database import Database
from actors.store.records import StepRow, SyncRow
from actors.store.statements import asked
from contracts.catalog import Part
from contracts.errors import BadRequest

_SYNCS: Final = f"SELECT {rows.SYNC_COLUMNS} FROM syncs"  # noqa: S608
_ORDER: Final = "ORDER BY started_at DESC, requested_ns DESC, sync_id DESC LIMIT ?"
_PLACE: Final = "SELECT started_at, requested_ns, sync_id FROM syncs WHERE sync_id = ?"
_BEHIND: Final = "(started_at, requested_ns, sync_id) < (?, ?, ?)"
# From one set of parts to the next: there are a handful, however long the history is.
_PARTS: Final = """
WITH RECURSIVE found (parts) AS (
  SELECT min(parts) FROM syncs WHERE source_id = ?1
  UNION ALL SELECT (SELECT min(parts) FROM syncs WHERE source_id = ?1 AND parts > found.parts) FROM found
  WHERE found.parts IS NOT NULL)
SELECT parts FROM found WHERE parts IS NOT NULL"""


async def history(database: Database, source_id: str | None, limit: int, before: str | None) -> list[SyncHistory]:
    """Syncs of one source or of all with their steps, the last started first, from behind the sync `before`."""
    found = await page(database, source_id, limit, before)
    steps = await _steps(database, [sync.sync_id for sync in found])
    return [SyncHistory(sync=sync, steps=steps.get(sync.sync_id, [])) for sync in found]


async def page(database: Database, source_id: str | None, limit: int, before: str | None = None) -> list[SyncRow]:
    """The syncs alone. Raises BadRequest where `before` is none that is kept."""
    conditions: list[str] = []
    values: list[object] = []
    if source_id is not None:
        conditions.append("source_id = ?")
        values.append(source_id)
    if before is not None:
        conditions.append(_BEHIND)
        values.extend(await _place(database, before))
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return [rows.sync_of(row) for row in await database.rows(f"{_SYNCS}{where} {_ORDER}", (*values, limit))]


async def _place(database: Database, sync_id: str) -> Sequence[object]:
    row = await database.row(_PLACE, [sync_id])
    if row is None:
        raise BadRequest("before: no sync of this id is in the history")
    return row


async def _steps(database: Database, sync_ids: Sequence[str]) -> dict[str, list[StepRow]]:
    steps: dict[str, list[StepRow]] = {}
    for places, values in asked(sync_ids):
        sql = f"SELECT {rows.STEP_COLUMNS} FROM steps WHERE sync_id IN ({places}) ORDER BY sync_id, position, step"  # noqa: S608
        for step in map(rows.step_of, await database.rows(sql, values)):
            steps.setdefault(step.sync_id, []).append(step)
    return steps


async def last_syncs(database: Database, source_id: str) -> dict[Part, SyncRow]:
    """Of each part, the sync over it that started last."""
    sql = f"{_SYNCS} WHERE source_id = ? AND parts = ? {_ORDER}"
    found = [
        rows.sync_of(row)
        for (parts,) in await database.rows(_PARTS, [source_id])
        for row in await database.rows(sql, (source_id, parts, 1))
    ]
    found.sort(key=lambda sync: (sync.started_at, sync.requested_ns))
    return {part: sync for sync in found for part in sync.parts}
