"""Removing for good what has been hidden for long enough: so many rows at a time, and never what something shown needs."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from actors.store import hiding, listing_indexes, search_index
from actors.store.libraries import count_rows
from actors.store.moments import to_text
from actors.store.session import Session
from actors.store.statements import asked
from contracts.catalog import ItemKind

_CHILDREN: Final = (ItemKind.EPISODE, ItemKind.SEASON, ItemKind.TRACK, ItemKind.ALBUM)
_ORDER: Final = (*_CHILDREN, *(kind for kind in ItemKind if kind not in _CHILDREN))
"""Children go before their parents, so that a call that ends at its limit leaves none behind."""
_HIDDEN: Final = (
    "SELECT id FROM items WHERE source_id = ? AND kind = ? AND missing_since IS NOT NULL AND missing_since < ?"
    " ORDER BY missing_since, id LIMIT ?"
)
_OF_SERIES: Final = """
SELECT child.id FROM items AS show
CROSS JOIN series_checks AS checks ON checks.source_id = show.source_id AND checks.remote_id = show.remote_id
CROSS JOIN items AS child ON child.parent_id = show.id AND child.kind IN ('season', 'episode')
WHERE show.id IN"""
# What is left of a parent whose children are listed: its title, under its id.
_TO_STUBS: Final = """
UPDATE items SET is_stub = 1, missing_since = NULL, row_hash = 0, details = '{}', year = NULL, rating = NULL, duration_s = NULL,
  added_at = NULL, image = NULL, view_count = NULL, view_offset_s = NULL, last_viewed_at = NULL, change_token = NULL
WHERE id IN"""
_IN_SPAN: Final = "place.id >= items.id * 256 AND place.id < (items.id + 1) * 256"
_CATEGORIES: Final = """
SELECT id, item_kind, remote_id FROM categories WHERE source_id = ? AND missing_since IS NOT NULL AND missing_since < ?
AND NOT EXISTS (SELECT 1 FROM item_categories WHERE category_id = categories.id) ORDER BY id LIMIT ?"""
_LIBRARIES: Final = """
SELECT id, item_kind, remote_id FROM libraries
WHERE source_id = ? AND missing_since IS NOT NULL AND missing_since < ? AND item_rows = 0 ORDER BY id LIMIT ?"""


async def purge(session: Session, source_id: str, before: datetime, limit: int) -> int:
    """Remove rows that were hidden before this moment, at most `limit`; how many.

    Episodes of a series that is asked for by itself go with it. A parent whose children are there still becomes a stub, and a
    category or a library stays hidden while any item is in it.
    """
    purged = 0
    for kind in _ORDER:
        if purged < limit:
            purged += await _purge_items(session, (source_id, kind, to_text(before)), limit - purged)
    if purged < limit:
        purged += await _purge_categories(session, source_id, to_text(before), limit - purged)
    if purged < limit:
        purged += await _purge_libraries(session, source_id, to_text(before), limit - purged)
    return purged


async def _purge_items(session: Session, which: tuple[str, ItemKind, str], limit: int) -> int:
    ids = [row[0] for row in await session.database.rows(_HIDDEN, (*which, limit))]
    episodes = await _episodes(session, ids, limit) if which[1] is ItemKind.SHOW else []
    await _remove(session, episodes)
    # Shows for which there is no room now come with the next call; their episodes would have gone with them anyway.
    ids = ids[: limit - len(episodes)]
    parents = await _parents(session, ids)
    await _remove(session, [item_id for item_id in ids if item_id not in parents])
    await _to_stubs(session, sorted(parents))
    return len(episodes) + len(ids)


async def _episodes(session: Session, show_ids: Sequence[int], limit: int) -> list[int]:
    found: list[int] = []
    for places, values in asked(show_ids):
        if len(found) < limit:
            sql = f"{_OF_SERIES} ({places}) LIMIT ?"
            found += [row[0] for row in await session.database.rows(sql, (*values, limit - len(found)))]
    return found


async def _parents(session: Session, ids: Sequence[int]) -> set[int]:
    """Those of the items that others name as their parent."""
    found: set[int] = set()
    for places, values in asked(ids):
        sql = f"SELECT DISTINCT parent_id FROM items WHERE parent_id IN ({places})"  # noqa: S608
        found |= {row[0] for row in await session.database.rows(sql, values)}
    return found


async def _remove(session: Session, ids: Sequence[int]) -> None:
    """Remove items with all that hangs on them; their places in home sections go by themselves."""
    fewer = Counter[int]()
    for places, values in asked(ids):
        await _detach(session, places, values)
        await search_index.remove(session, f"id IN ({places})", values)
        homes = f"SELECT library_id FROM items WHERE id IN ({places})"  # noqa: S608
        fewer.subtract(row[0] for row in await session.database.rows(homes, values))
        await session.database.run(f"DELETE FROM items WHERE id IN ({places})", values)  # noqa: S608
    await count_rows(session, fewer)


async def _to_stubs(session: Session, ids: Sequence[int]) -> None:
    for places, values in asked(ids):
        await _detach(session, places, values)
        await session.database.run(f"DELETE FROM home_section_items WHERE media_item_id IN ({places})", values)  # noqa: S608
        await session.database.run(f"{_TO_STUBS} ({places})", values)


async def _detach(session: Session, places: str, ids: Sequence[object]) -> None:
    """Take items out of their categories, and forget what was asked for them series by series."""
    database = session.database
    spans = f"SELECT place.id FROM items CROSS JOIN item_categories AS place ON {_IN_SPAN} WHERE items.id IN ({places})"  # noqa: S608
    await database.run(f"DELETE FROM item_categories WHERE id IN ({spans})", ids)  # noqa: S608
    shows = f"SELECT source_id, remote_id FROM items WHERE kind = 'show' AND id IN ({places})"  # noqa: S608
    await database.run(f"DELETE FROM series_checks WHERE (source_id, remote_id) IN ({shows})", ids)  # noqa: S608


async def _purge_categories(session: Session, source_id: str, before: str, limit: int) -> int:
    await listing_indexes.make_when_due(session)
    found = await session.database.rows(_CATEGORIES, (source_id, before, limit))
    await session.database.many("DELETE FROM categories WHERE id = ?", [row[:1] for row in found])
    for _, kind, remote_id in found:
        session.memory.category_ids.get((source_id, kind), {}).pop(remote_id, None)
    return len(found)


async def _purge_libraries(session: Session, source_id: str, before: str, limit: int) -> int:
    found = await session.database.rows(_LIBRARIES, (source_id, before, limit))
    await session.database.many("DELETE FROM libraries WHERE id = ?", [row[:1] for row in found])
    for _, kind, remote_id in found:
        session.memory.library_ids.pop((source_id, remote_id, kind), None)
        await hiding.forget_listings(session, source_id, remote_id)
    return len(found)
