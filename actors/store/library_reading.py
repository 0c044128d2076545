"""Libraries as people are told of them, with how much is in each."""

from typing import Final

from actors.store.database import Database
from actors.store.schema import IS_HIDDEN
from contracts.catalog import ItemKind
from contracts.messages import LibraryShown

# The rows of a list are counted as they come and go; the few that are hidden are counted here.
_SHOWN: Final = f"""
SELECT libraries.source_id, libraries.item_kind, libraries.item_rows - ifnull(hidden.items, 0) AS shown,
  remote_id, title, library_type, is_stub
FROM libraries
LEFT JOIN (SELECT library_id, count(*) AS items FROM items WHERE {IS_HIDDEN} GROUP BY library_id) AS hidden
ON hidden.library_id = libraries.id"""  # noqa: S608


async def counts_by_source(database: Database) -> dict[str, dict[ItemKind, int]]:
    """How many items each source shows, by kind."""
    counts: dict[str, dict[ItemKind, int]] = {}
    for source_id, kind, shown, *_ in await database.rows(f"{_SHOWN} WHERE shown > 0 ORDER BY libraries.id"):
        of_source = counts.setdefault(source_id, {})
        of_source[ItemKind(kind)] = of_source.get(ItemKind(kind), 0) + shown
    return counts


async def libraries(database: Database, source: str | None) -> list[LibraryShown]:
    """By source and the server's order. What is known by its id alone is left out while nothing is in it."""
    found = await database.rows(
        f"{_SHOWN} WHERE remote_id <> '' AND missing_since IS NULL AND (is_stub = 0 OR shown > 0)"
        " AND (?1 IS NULL OR libraries.source_id = ?1) ORDER BY libraries.source_id, position, remote_id, is_stub, libraries.id",
        [source],
    )
    shown: dict[tuple[str, str], LibraryShown] = {}
    for source_id, kind, items, remote_id, title, library_type, _ in found:
        library = shown.setdefault(
            (source_id, remote_id),
            LibraryShown(source_id=source_id, remote_id=remote_id, title=title, library_type=library_type, items={}),
        )
        if kind:
            library.items[ItemKind(kind)] = items
    return list(shown.values())
