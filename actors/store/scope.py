"""The rows that one listing speaks of: where they are, and how many of them people see."""

import msgspec

from actors.store.schema import IS_HIDDEN, IS_SHOWN
from actors.store.session import Session
from contracts.catalog import ItemKind


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """Items of one kind, in one library or in all of their source; or its categories of that kind; or its libraries."""

    source_id: str
    item_kind: ItemKind
    """Of no matter for libraries: they go as a whole."""
    is_categories: bool = False
    library_remote_id: str | None = None
    """None: of all libraries."""
    is_libraries: bool = False


# The rows of a list are counted as they come and go; the few that are hidden are counted here.
_LIVE_ITEMS = f"""
SELECT ifnull(sum(item_rows - (SELECT count(*) FROM items WHERE items.library_id = libraries.id AND {IS_HIDDEN})), 0)
FROM libraries WHERE source_id = ?1"""  # noqa: S608
_IN_SCOPE = " AND item_kind = ?2 AND (?3 IS NULL OR remote_id = ?3)"


async def live_count(session: Session, scope: Scope) -> int:
    """How many rows are shown: neither hidden nor known by their id alone."""
    if scope.is_libraries:
        sql = f"SELECT count(DISTINCT remote_id) FROM libraries WHERE source_id = ? AND remote_id <> '' AND {IS_SHOWN}"  # noqa: S608
        return int(await session.database.value(sql, [scope.source_id]))
    if scope.is_categories:
        sql = f"SELECT count(*) FROM categories WHERE source_id = ? AND item_kind = ? AND {IS_SHOWN}"  # noqa: S608
        return int(await session.database.value(sql, (scope.source_id, scope.item_kind.value)))
    values = (scope.source_id, scope.item_kind.value, scope.library_remote_id)
    return int(await session.database.value(_LIVE_ITEMS + _IN_SCOPE, values))


async def source_live_count(session: Session, source_id: str) -> int:
    """How many items of a source are shown, of whatever kind."""
    return int(await session.database.value(_LIVE_ITEMS, [source_id]))


async def list_ids(session: Session, scope: Scope) -> list[int]:
    """The ids of the lists that hold the items of a scope and have any rows."""
    sql = f"SELECT id FROM libraries WHERE source_id = ?1 {_IN_SCOPE} AND item_rows > 0 ORDER BY id"  # noqa: S608
    return [row[0] for row in await session.database.rows(sql, (scope.source_id, scope.item_kind.value, scope.library_remote_id))]


async def is_only_list(session: Session, scope: Scope) -> bool:
    """Whether the source keeps items of this kind in this one list and nowhere else."""
    sql = "SELECT count(*) FROM libraries WHERE source_id = ? AND item_kind = ? AND item_rows > 0"
    return int(await session.database.value(sql, (scope.source_id, scope.item_kind.value))) == 1
