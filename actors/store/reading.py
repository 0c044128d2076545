"""Rows of the catalogue as people are told of them."""

from collections.abc import Sequence
from typing import Final

import msgspec

from actors.store.database import Database, Row
from actors.store.moments import from_unix
from actors.store.statements import asked
from contracts.catalog import ItemKind
from contracts.messages import CatalogueItem

_ITEMS: Final = """
SELECT items.id, items.source_id, items.kind, items.remote_id, items.title, items.year, items.rating, items.duration_s,
  items.added_at, items.is_adult, items.image, CASE items.is_stub WHEN 0 THEN nullif(libraries.title, '') END,
  items.index_number, items.parent_id, CAST(items.details AS BLOB), items.parent_index, items.view_count, items.view_offset_s,
  items.last_viewed_at, CASE WHEN parents.is_stub = 0 OR parents.folded_title <> '' THEN parents.title END
FROM items LEFT JOIN libraries ON libraries.id = items.library_id LEFT JOIN items AS parents ON parents.id = items.parent_id
WHERE items.missing_since IS NULL"""
_IS_REAL: Final = "items.is_stub = 0"
_SAYS_SOMETHING: Final = "(items.is_stub = 0 OR items.row_hash <> 0)"
"""Also a stub that a home section told of; one that is known by its id alone says nothing."""
_TITLES: Final = (
    "SELECT items.id, categories.title FROM items"
    " CROSS JOIN item_categories AS places ON places.id >= items.id * 256 AND places.id < (items.id + 1) * 256"
    " CROSS JOIN categories ON categories.id = places.category_id AND categories.missing_since IS NULL"
)


async def items_by_id(database: Database, ids: Sequence[int], *, with_stubs: bool = False) -> list[CatalogueItem]:
    """The items that are shown, in the order of `ids`; `with_stubs` also those that only a home section tells of."""
    found: dict[int, Row] = {}
    titles: dict[int, list[str]] = {}
    condition = _SAYS_SOMETHING if with_stubs else _IS_REAL
    for places, values in asked(ids):
        rows = await database.rows(f"{_ITEMS} AND {condition} AND items.id IN ({places})", values)
        found |= {row[0]: row for row in rows}
        for item_id, title in await database.rows(f"{_TITLES} WHERE items.id IN ({places}) ORDER BY places.id", values):
            titles.setdefault(item_id, []).append(title)
    return [_item(found[item_id], titles.get(item_id, [])) for item_id in ids if item_id in found]


def _item(row: Row, categories: list[str]) -> CatalogueItem:
    return CatalogueItem(
        id=row[0],
        source_id=row[1],
        kind=ItemKind(row[2]),
        remote_id=row[3],
        title=row[4],
        year=row[5],
        rating=row[6],
        duration_s=row[7],
        added_at=from_unix(row[8]),
        is_adult=bool(row[9]),
        image=row[10],
        library=row[11],
        categories=categories,
        index_number=row[12],
        parent_id=row[13],
        details=msgspec.Raw(row[14]),
        parent_index=row[15],
        view_count=row[16],
        view_offset_s=row[17],
        last_viewed_at=from_unix(row[18]),
        parent_title=row[19],
    )


async def library_ids(
    database: Database, *, kind: ItemKind | None, source: str | None, library: str | int | None = None
) -> list[int]:
    """The lists that together hold all items that fit; `library` is an id, a remote id or a title."""
    found = await database.rows(
        "SELECT id FROM libraries WHERE (?1 IS NULL OR item_kind = ?1) AND (?2 IS NULL OR source_id = ?2)"
        " AND (?3 IS NULL OR remote_id = ?3 OR title = ?3 COLLATE NOCASE OR CAST(id AS TEXT) = ?3) ORDER BY id",
        (None if kind is None else kind.value, source, None if library is None else str(library)),
    )
    return [row[0] for row in found]


async def category_ids(database: Database, *, kind: ItemKind | None, source: str | None, category: str | int) -> list[int]:
    """Categories by remote id or title, of several sources perhaps; a number alone is an id of ours."""
    named = "id = ?3" if isinstance(category, int) else "(remote_id = ?3 OR title = ?3 COLLATE NOCASE)"
    found = await database.rows(
        "SELECT id FROM categories WHERE (?1 IS NULL OR item_kind = ?1) AND (?2 IS NULL OR source_id = ?2)"  # noqa: S608
        f" AND missing_since IS NULL AND {named} ORDER BY id LIMIT 500",
        (None if kind is None else kind.value, source, category),
    )
    return [row[0] for row in found]
