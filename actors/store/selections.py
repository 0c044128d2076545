"""Which items of the catalogue a home section that is computed has; the first that is asked makes the indexes that it takes."""

from collections.abc import Iterable
from typing import Final

from actors.store import listing, listing_indexes
from actors.store.cursor import Cursor
from actors.store.schema import IS_HIDDEN, IS_SHOWN
from actors.store.session import Session
from contracts.catalog import ItemKind

_AHEAD_S: Final = 86_400
"""A source's clock may be wrong by this; what it says to come later than that has no date."""
_WALKED_MAX: Final = 4_096
"""Latest items that are looked through for members of a category: 10 ms, and enough for a large one."""
_LATEST_IN: Final = f"""
SELECT id FROM (
  SELECT id FROM items WHERE library_id = ? AND {IS_SHOWN} AND added_at IS NOT NULL AND added_at < ?
  ORDER BY added_at DESC, id DESC LIMIT ?) AS latest
WHERE EXISTS (
  SELECT 1 FROM item_categories AS place
  WHERE place.id >= latest.id * 256 AND place.id < (latest.id + 1) * 256 AND place.category_id = ?)
LIMIT ?"""  # noqa: S608
_LISTED: Final = "SELECT id FROM categories WHERE source_id = ?1 AND item_kind = ?2 AND missing_since IS NULL AND is_stub = 0"
# All members, and those of them that are hidden: to look at every member's row takes a hundred times as long.
_LARGEST: Final = f"""
SELECT categories.remote_id, categories.title, members.items - ifnull(hidden.items, 0) AS shown
FROM (SELECT category_id, count(*) AS items FROM item_categories WHERE category_id IN ({_LISTED}) GROUP BY category_id) AS members
JOIN categories ON categories.id = members.category_id
LEFT JOIN (
  SELECT place.category_id, count(*) AS items FROM libraries
  CROSS JOIN items ON items.library_id = libraries.id AND {IS_HIDDEN}
  CROSS JOIN item_categories AS place ON place.id >= items.id * 256 AND place.id < (items.id + 1) * 256
  WHERE libraries.source_id = ?1 AND libraries.item_kind = ?2 GROUP BY place.category_id) AS hidden
ON hidden.category_id = members.category_id
WHERE shown > 0 ORDER BY shown DESC, categories.position, categories.id LIMIT ?3"""  # noqa: S608


async def recent_item_ids(session: Session, source_id: str, kind: ItemKind, limit: int) -> list[int]:
    """The latest added first; items without a date are none."""
    statements = listing.keyed(await _libraries(session, source_id, kind), "added", _now(session), limit, descending=True)
    return [item_id for item_id, _ in await _first(session, statements, limit)]


async def top_rated_item_ids(session: Session, source_id: str, kind: ItemKind, limit: int) -> list[int]:
    """The best first; a rating of 0 is none."""
    statements = listing.keyed(await _libraries(session, source_id, kind), "rating", None, limit, descending=True)
    return [item_id for item_id, rating in await _first(session, statements, limit) if rating]


async def largest_categories(session: Session, source_id: str, kind: ItemKind, limit: int) -> list[tuple[str, str]]:
    """(remote id, title) of those with the most items, the largest first."""
    await listing_indexes.make_when_due(session)
    found = await session.database.rows(_LARGEST, (source_id, kind.value, limit))
    return [(remote_id, title) for remote_id, title, _ in found]


async def category_item_ids(session: Session, source_id: str, kind: ItemKind, remote_id: str, limit: int) -> list[int]:
    """The latest added first, then those without a date."""
    sql = "SELECT id FROM categories WHERE source_id = ? AND item_kind = ? AND remote_id = ?"
    category_id = await session.database.value(sql, (source_id, kind.value, remote_id))
    libraries = await _libraries(session, source_id, kind)
    if category_id is None or not libraries:
        return []
    if len(libraries) == 1:
        values = (libraries[0], session.now_s + _AHEAD_S, _WALKED_MAX, category_id, limit)
        found = await session.database.rows(_LATEST_IN, values)
        if len(found) == limit:
            return [row[0] for row in found]
    keyed = listing.keyed_in([category_id], libraries, "added", _now(session), limit, descending=True)
    dated = await _first(session, [keyed], limit)
    undated = await _first(session, [listing.unkeyed_in([category_id], libraries, "added", 0, limit)], limit - len(dated))
    return [item_id for item_id, _ in (*dated, *undated)]


def _now(session: Session) -> Cursor:
    return Cursor("added", True, session.now_s + _AHEAD_S, 0)


async def _libraries(session: Session, source_id: str, kind: ItemKind) -> list[int]:
    await listing_indexes.make_when_due(session)
    sql = "SELECT id FROM libraries WHERE source_id = ? AND item_kind = ? ORDER BY id"
    return [row[0] for row in await session.database.rows(sql, (source_id, kind.value))]


async def _first(session: Session, statements: Iterable[listing.Statement], limit: int) -> list[tuple[int, object]]:
    found = [(row[0], row[1]) for sql, values in statements for row in await session.database.rows(sql, values)]
    return listing.first_of(found, limit, descending=True)
