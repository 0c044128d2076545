"""Which items a page of a list has: statements by key, never by offset; pure."""

from collections.abc import Iterator, Sequence
from typing import Final

from actors.store.cursor import Cursor
from actors.store.database import Values
from actors.store.schema import IS_SHOWN
from contracts.messages import Sort

SORT_COLUMNS: Final[dict[Sort, str]] = {"title": "folded_title", "added": "added_at", "rating": "rating", "year": "year"}
_LIBRARIES_MAX: Final = 100
"""Libraries of one statement; SQLite takes 500 parts."""

Statement = tuple[str, Values]


def keyed(libraries: Sequence[int], sort: Sort, after: Cursor | None, limit: int, *, descending: bool) -> Iterator[Statement]:
    """Statements for (id, sort key) of the rows that have a key and are behind `after`: of each library its first `limit`."""
    column, way, sign = SORT_COLUMNS[sort], "DESC" if descending else "ASC", "<" if descending else ">"
    behind = "" if after is None else f" AND ({column}, id) {sign} (?, ?)"
    place = () if after is None else (after.key, after.item_id)
    part = (
        f"SELECT * FROM (SELECT id, {column} AS sort_key FROM items WHERE library_id = ? AND {IS_SHOWN}"  # noqa: S608
        f" AND {column} IS NOT NULL{behind} ORDER BY {column} {way}, id {way} LIMIT ?)"
    )
    for first in range(0, len(libraries), _LIBRARIES_MAX):
        group = libraries[first : first + _LIBRARIES_MAX]
        yield " UNION ALL ".join([part] * len(group)), [value for library in group for value in (library, *place, limit)]


def unkeyed(libraries: Sequence[int], sort: Sort, after_id: int, limit: int) -> Iterator[Statement]:
    """Statements for the rows without a key, which come last in either direction, by id."""
    column = SORT_COLUMNS[sort]
    part = (
        f"SELECT * FROM (SELECT id, NULL AS sort_key FROM items WHERE library_id = ? AND {IS_SHOWN}"  # noqa: S608
        f" AND {column} IS NULL AND id > ? ORDER BY id LIMIT ?)"
    )
    for first in range(0, len(libraries), _LIBRARIES_MAX):
        group = libraries[first : first + _LIBRARIES_MAX]
        yield " UNION ALL ".join([part] * len(group)), [value for library in group for value in (library, after_id, limit)]


def keyed_in(
    categories: Sequence[int], libraries: Sequence[int], sort: Sort, after: Cursor | None, limit: int, *, descending: bool
) -> Statement:
    """As `keyed`, of the items in these categories."""
    column, way, sign = SORT_COLUMNS[sort], "DESC" if descending else "ASC", "<" if descending else ">"
    behind = "" if after is None else f" AND (items.{column}, items.id) {sign} (?, ?)"
    place = () if after is None else (after.key, after.item_id)
    sql = (
        f"{_in_categories(categories, libraries, column)} AND items.{column} IS NOT NULL{behind}"
        f" ORDER BY items.{column} {way}, items.id {way} LIMIT ?"
    )
    return sql, [*categories, *libraries, *place, limit]


def unkeyed_in(categories: Sequence[int], libraries: Sequence[int], sort: Sort, after_id: int, limit: int) -> Statement:
    column = SORT_COLUMNS[sort]
    sql = f"{_in_categories(categories, libraries, column)} AND items.{column} IS NULL AND items.id > ? ORDER BY items.id LIMIT ?"
    return sql, [*categories, *libraries, after_id, limit]


def _in_categories(categories: Sequence[int], libraries: Sequence[int], column: str) -> str:
    # CROSS JOIN keeps SQLite from walking the whole list in its order, in search of members of a small category.
    # `+` keeps it from the index by library: an item's row is found by its id.
    distinct = "DISTINCT " if len(categories) > 1 else ""
    return (
        f"SELECT items.id, items.{column} FROM (SELECT {distinct}id / 256 AS item_id FROM item_categories"  # noqa: S608
        f" WHERE category_id IN ({_places(categories)})) AS members CROSS JOIN items ON items.id = members.item_id"
        f" WHERE {IS_SHOWN} AND +items.library_id IN ({_places(libraries)})"
    )


def _places(values: Sequence[int]) -> str:
    return ", ".join("?" * len(values))


def first_of(found: Sequence[tuple[int, object]], limit: int, *, descending: bool) -> list[tuple[int, object]]:
    """The first rows over all libraries, in the list's order; keys of one list are of one type."""
    keyed_rows = [row for row in found if row[1] is not None]
    keyed_rows.sort(key=lambda row: (row[1], row[0]), reverse=descending)
    without_key = sorted(row for row in found if row[1] is None)
    return [*keyed_rows, *without_key][:limit]
