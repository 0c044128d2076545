"""Home pages as people are told of them."""

from collections.abc import Sequence
from typing import Final

from actors.store import reading
from actors.store.database import Database, Row
from actors.store.moments import from_text
from contracts.messages import CatalogueItem, HomeSectionShown

_SECTIONS: Final = """
SELECT id, source_id, hub_identifier, title, section_type, position, context, style, hub_type, size, last_updated, is_stale
FROM home_sections WHERE (?1 IS NULL OR source_id = ?1) ORDER BY source_id, position, id"""
_FIRST_ITEMS: Final = """
SELECT * FROM (
  SELECT section_id, media_item_id FROM home_section_items AS places
  CROSS JOIN items ON items.id = places.media_item_id AND items.missing_since IS NULL
  WHERE section_id = ? ORDER BY places.position LIMIT ?)"""
_SECTIONS_MAX: Final = 100
"""Sections of one statement; SQLite takes 500 parts."""


async def home(database: Database, source: str | None, limit: int) -> list[HomeSectionShown]:
    """Sections by source and place, each with its first items; what is hidden is left out."""
    sections = await database.rows(_SECTIONS, [source])
    placed = await _first_items(database, [row[0] for row in sections], limit)
    shown_ids = list(dict.fromkeys(item_id for ids in placed.values() for item_id in ids))
    items = {item.id: item for item in await reading.items_by_id(database, shown_ids, with_stubs=True)}
    return [_section(row, [items[item_id] for item_id in placed.get(row[0], []) if item_id in items]) for row in sections]


async def _first_items(database: Database, section_ids: Sequence[int], limit: int) -> dict[int, list[int]]:
    placed: dict[int, list[int]] = {}
    for first in range(0, len(section_ids), _SECTIONS_MAX):
        group = section_ids[first : first + _SECTIONS_MAX]
        sql = " UNION ALL ".join([_FIRST_ITEMS] * len(group))
        for section_id, item_id in await database.rows(sql, [value for section in group for value in (section, limit)]):
            placed.setdefault(section_id, []).append(item_id)
    return placed


def _section(row: Row, items: list[CatalogueItem]) -> HomeSectionShown:
    return HomeSectionShown(
        id=row[0],
        source_id=row[1],
        hub_identifier=row[2],
        title=row[3],
        section_type=row[4],
        position=row[5],
        context=row[6],
        style=row[7],
        hub_type=row[8],
        size=row[9],
        last_updated=from_text(row[10]),
        is_stale=bool(row[11]),
        items=items,
    )
