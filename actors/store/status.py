"""How sources, syncs, rejects and dead letters stand, read in one moment."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from actors.store import freshness, history, library_reading, rows
from actors.store.answers import SourceStatus, StoredCategory, StoredDeadLetter, StoredReject
from actors.store.database import Database, Row
from actors.store.moments import from_text
from actors.store.records import StepRow, SyncRow
from actors.store.schema import IS_SHOWN
from contracts.catalog import ItemKind, Part

_CATEGORY_COUNTS: Final = f"SELECT source_id, item_kind, count(*) FROM categories WHERE {IS_SHOWN} GROUP BY source_id, item_kind"  # noqa: S608
_DEAD: Final = ", ".join("x''" if name == "body" else name for name in rows.DEAD_COLUMNS.replace(" ", "").split(","))


async def sources(database: Database) -> list[SourceStatus]:
    items = await library_reading.counts_by_source(database)
    categories = _by_kind(await database.rows(_CATEGORY_COUNTS))
    synced_at = await _steps_synced_at(database)
    told: list[SourceStatus] = []
    for row in await database.rows(f"SELECT {rows.SOURCE_COLUMNS} FROM sources ORDER BY source_id"):  # noqa: S608
        source = rows.source_of(row)
        last = next(iter(await history.page(database, source.source_id, 1)), None)
        of_last = await steps(database, last.sync_id) if last else []
        of_parts = await history.last_syncs(database, source.source_id)
        told.append(
            SourceStatus(
                source=source,
                last_sync=last,
                steps=of_last,
                items=items.get(source.source_id, {}),
                categories=categories.get(source.source_id, {}),
                rejects=sum(step.counts.rejected for step in of_last),
                steps_synced_at=synced_at.get(source.source_id, {}),
                last_syncs=of_parts,
                freshness=await freshness.steps(database, source.source_id, await _of_each(database, of_parts)),
                home=await freshness.home(database, source.source_id),
            )
        )
    return told


async def _of_each(database: Database, syncs: Mapping[Part, SyncRow]) -> list[StepRow]:
    """The steps of these syncs, each of its own part."""
    return [step for part, sync in syncs.items() for step in await steps(database, sync.sync_id) if step.part is part]


def _by_kind(found: Sequence[Row]) -> dict[str, dict[ItemKind, int]]:
    by_source: dict[str, dict[ItemKind, int]] = {}
    for source_id, kind, count in found:
        by_source.setdefault(source_id, {})[ItemKind(kind)] = count
    return by_source


async def _steps_synced_at(database: Database) -> dict[str, dict[str, datetime]]:
    by_source: dict[str, dict[str, datetime]] = {}
    for source_id, step, at in await database.rows(
        "SELECT source_id, step, last_synced_at FROM listings WHERE last_synced_at IS NOT NULL ORDER BY source_id, step"
    ):
        by_source.setdefault(source_id, {})[step] = from_text(at)
    return by_source


async def steps(database: Database, sync_id: str) -> list[StepRow]:
    sql = f"SELECT {rows.STEP_COLUMNS} FROM steps WHERE sync_id = ? ORDER BY position, step"  # noqa: S608
    return [rows.step_of(row) for row in await database.rows(sql, [sync_id])]


async def categories(database: Database, source_id: str | None, kind: ItemKind | None) -> list[StoredCategory]:
    found = await database.rows(
        f"SELECT id, source_id, item_kind, remote_id, title FROM categories WHERE {IS_SHOWN}"  # noqa: S608
        " AND (?1 IS NULL OR source_id = ?1) AND (?2 IS NULL OR item_kind = ?2)"
        " ORDER BY source_id, item_kind, position, title, id",
        (source_id, None if kind is None else kind.value),
    )
    return [
        StoredCategory(id=row[0], source_id=row[1], item_kind=ItemKind(row[2]), remote_id=row[3], title=row[4]) for row in found
    ]


async def rejects(database: Database, sync_id: str | None, source_id: str | None, limit: int) -> list[StoredReject]:
    found = await database.rows(
        "SELECT sync_id, source_id, step, page, slice, position, reason, entry, remote_id, at FROM rejects"
        " WHERE (?1 IS NULL OR sync_id = ?1) AND (?2 IS NULL OR source_id = ?2)"
        " ORDER BY at DESC, sync_id, step, page, slice, position LIMIT ?3",
        (sync_id, source_id, limit),
    )
    return [
        StoredReject(
            sync_id=row[0],
            source_id=row[1],
            step=row[2],
            page=row[3],
            slice=row[4],
            position=row[5],
            reason=row[6],
            entry=row[7],
            remote_id=row[8],
            at=from_text(row[9]),
        )
        for row in found
    ]


async def dead_letters(database: Database, limit: int) -> list[StoredDeadLetter]:
    """The last first, without their bodies."""
    sql = f"SELECT {_DEAD}, id, length(body) FROM dead_letters ORDER BY id DESC LIMIT ?"  # noqa: S608
    return [_dead(row) for row in await database.rows(sql, [limit])]


async def dead_letter(database: Database, dead_letter_id: int) -> StoredDeadLetter | None:
    row = await database.row(f"SELECT {rows.DEAD_COLUMNS}, id, length(body) FROM dead_letters WHERE id = ?", [dead_letter_id])  # noqa: S608
    return _dead(row) if row else None


def _dead(row: Row) -> StoredDeadLetter:
    return StoredDeadLetter(dead=rows.dead_of(row), id=row[-2], body_bytes=row[-1])
