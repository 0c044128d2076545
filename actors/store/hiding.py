"""Hiding rows that are gone, and showing again what was hidden with them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from actors.store import search_index
from actors.store.moments import to_text
from actors.store.schema import IS_SHOWN
from actors.store.scope import Scope
from actors.store.session import Session
from actors.store.statements import asked

# What is asked for series by series is in no listing that could say it is gone: it goes, and comes back, with its show.
_OF_SERIES: Final = """
SELECT child.id FROM items AS show
CROSS JOIN series_checks AS checks ON checks.source_id = show.source_id AND checks.remote_id = show.remote_id
CROSS JOIN items AS child ON child.parent_id = show.id AND child.kind IN ('season', 'episode') AND child.is_stub = 0
WHERE show.kind = 'show'"""
_HIDE_LISTED: Final = f"UPDATE items SET missing_since = ? WHERE library_id = ? AND {IS_SHOWN}"  # noqa: S608
_HIDE_LIBRARY: Final = "UPDATE libraries SET missing_since = ? WHERE source_id = ? AND remote_id = ? AND missing_since IS NULL"
_UNREAD: Final = """
UPDATE listings SET complete_sync_id = NULL, dirty_sync_id = NULL, dirty_attempt = 0, marked_at = NULL, change_mark = NULL
WHERE source_id = ?"""
_OF_LIBRARY: Final = "instr(step, '.') > 0 AND substr(step, instr(step, '.') + 1) = ?"
"""The steps that list one library: what comes behind the first dot of their names is its id."""


async def hide(session: Session, scope: Scope, ids: Sequence[int], at: datetime) -> int:
    """Hide these rows of a scope. How many were shown until now; for libraries, how many items."""
    if scope.is_libraries:
        return await _hide_libraries(session, scope.source_id, ids, at)
    if scope.is_categories:
        return await _hide_categories(session, scope.source_id, ids, at)
    return await hide_items(session, ids, at)


async def hide_items(session: Session, ids: Sequence[int], at: datetime) -> int:
    """Hide items, with the episodes of series that are asked for one by one. How many of `ids` were shown until now."""
    hidden = 0
    for places, values in asked(ids):
        sql = f"SELECT id FROM items WHERE id IN ({places}) AND {IS_SHOWN}"  # noqa: S608
        shown = await _ids(session, sql, values)
        await _hide(session, await _of_series(session, shown, "child.missing_since IS NULL"), at)
        await _hide(session, shown, at)
        hidden += len(shown)
    return hidden


async def bring_back_episodes(session: Session, show_ids: Sequence[int]) -> None:
    """Show again what was hidden together with these shows. To be called while they are hidden still."""
    episodes = await _of_series(session, show_ids, "child.missing_since = show.missing_since")
    for places, values in asked(episodes):
        await session.database.run(f"UPDATE items SET missing_since = NULL WHERE id IN ({places})", values)  # noqa: S608
        await search_index.add(session, f"id IN ({places})", values)


async def _of_series(session: Session, show_ids: Sequence[int], condition: str) -> list[int]:
    found: list[int] = []
    for places, values in asked(show_ids):
        found += await _ids(session, f"{_OF_SERIES} AND show.id IN ({places}) AND {condition}", values)
    return found


async def _hide(session: Session, ids: Sequence[int], at: datetime) -> None:
    for places, values in asked(ids):
        await search_index.remove(session, f"id IN ({places})", values)
        sql = f"UPDATE items SET missing_since = ? WHERE id IN ({places}) AND {IS_SHOWN}"  # noqa: S608
        await session.database.run(sql, (to_text(at), *values))


async def _hide_categories(session: Session, source_id: str, ids: Sequence[int], at: datetime) -> int:
    hidden = 0
    for places, values in asked(ids):
        which = f"id IN ({places}) AND source_id = ? AND {IS_SHOWN}"
        hidden += int(await session.database.value(f"SELECT count(*) FROM categories WHERE {which}", (*values, source_id)))  # noqa: S608
        sql = f"UPDATE categories SET missing_since = ? WHERE {which}"  # noqa: S608
        await session.database.run(sql, (to_text(at), *values, source_id))
    return hidden


async def _hide_libraries(session: Session, source_id: str, ids: Sequence[int], at: datetime) -> int:
    named: dict[str, None] = {}
    for places, values in asked(ids):
        sql = f"SELECT remote_id FROM libraries WHERE id IN ({places}) AND source_id = ?"  # noqa: S608
        named |= {row[0]: None for row in await session.database.rows(sql, (*values, source_id))}
    return sum([await hide_library(session, source_id, remote_id, at) for remote_id in named])


async def hide_library(session: Session, source_id: str, remote_id: str, at: datetime) -> int:
    """Hide a library with all that is in it, whatever its kind, and have it read in full when it is back; how many items."""
    hidden = 0
    for library in await _ids(session, "SELECT id FROM libraries WHERE source_id = ? AND remote_id = ?", (source_id, remote_id)):
        sql = f"SELECT count(*) FROM items WHERE library_id = ? AND {IS_SHOWN}"  # noqa: S608
        hidden += int(await session.database.value(sql, [library]))
        await search_index.remove(session, "library_id = ?", [library])
        await session.database.run(_HIDE_LISTED, (to_text(at), library))
    await session.database.run(_HIDE_LIBRARY, (to_text(at), source_id, remote_id))
    await session.database.run(f"{_UNREAD} AND {_OF_LIBRARY}", (source_id, remote_id))
    return hidden


async def drop_complete(session: Session, source_id: str, step: str) -> None:
    """Forget that a listing was complete, and up to when its changes are known."""
    await session.database.run(f"{_UNREAD} AND step = ?", (source_id, step))


async def forget_listings(session: Session, source_id: str, remote_id: str) -> None:
    """Forget the listings of a library."""
    await session.database.run(f"DELETE FROM listings WHERE source_id = ? AND {_OF_LIBRARY}", (source_id, remote_id))  # noqa: S608


async def _ids(session: Session, sql: str, values: Iterable[object]) -> list[int]:
    return [row[0] for row in await session.database.rows(sql, list(values))]
