"""Rows of the catalogue as people are told of them."""

from collections.abc import Sequence
from typing import Final

import msgspec

from actors.store.answers import CatalogueItem
from actors.store.database import Database, Row
from actors.store.moments import from_unix
from actors.store.statements import asked
from contracts.catalog import ItemKind

_ITEMS: Final = (
    "SELECT items.id, items.source_id, kind, items.remote_id, items.title, year, rating, duration_s, added_at, is_adult, image,"
    " nullif(libraries.title, ''), index_number, parent_id, details"
    " FROM items LEFT JOIN libraries ON libraries.id = items.library_id"
    " WHERE items.missing_since IS NULL AND items.is_stub = 0"
)
_TITLES: Final = (
    "SELECT items.id, categories.title FROM items"
    " CROSS JOIN item_categories AS places ON places.id >= items.id * 256 AND places.id < (items.id + 1) * 256"
    " CROSS JOIN categories ON categories.id = places.category_id AND categories.missing_since IS NULL"
)


async def items_by_id(database: Database, ids: Sequence[int]) -> list[CatalogueItem]:
    """The items that are shown, in the order of `ids`."""
    found: dict[int, Row] = {}
    titles: dict[int, list[str]] = {}
    for places, values in asked(ids):
        found |= {row[0]: row for row in await database.rows(f"{_ITEMS} AND items.id IN ({places})", values)}
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
        details=msgspec.Raw(row[14].encode()),
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
