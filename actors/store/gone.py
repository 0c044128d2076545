"""Which rows of a scope a complete listing has no longer: what lives, without what the ledger says was served."""

from array import array
from collections.abc import Sequence
from typing import Final

from actors.store import ledger
from actors.store.schema import IS_HIDDEN, IS_SHOWN
from actors.store.scope import Scope, is_only_list, list_ids, live_count
from actors.store.session import Session
from actors.store.statements import asked

_BUCKETS: Final = 256
# The ids of 150,000 rows in order take 2 MB, and SQLite puts more than that into a file.
_SERVED: Final = "CREATE TEMP TABLE IF NOT EXISTS served_items (id INTEGER PRIMARY KEY)"
_FORGET: Final = "DELETE FROM temp.served_items"
_GONE: Final = f"SELECT id FROM items WHERE library_id = ? AND {IS_SHOWN} AND id NOT IN temp.served_items ORDER BY id"  # noqa: S608

_HIDDEN_ITEMS: Final = f"SELECT id FROM items WHERE library_id = ? AND {IS_HIDDEN} AND is_stub = 0 ORDER BY id"  # noqa: S608

_SHOWN_LIBRARIES: Final = f"""
SELECT remote_id, title,
  sum(item_rows - (SELECT count(*) FROM items WHERE items.library_id = libraries.id AND {IS_HIDDEN})) AS live
FROM libraries WHERE source_id = ? AND remote_id <> '' AND missing_since IS NULL
GROUP BY remote_id HAVING min(is_stub) = 0 ORDER BY min(position), remote_id"""  # noqa: S608


async def gone_ids(session: Session, scope: Scope, sync_id: str, step: str) -> list[int]:
    """Ids of the scope's live rows that are in no ledger line of the step's highest attempt."""
    if not await live_count(session, scope):
        return []
    if scope.is_categories or scope.is_libraries:
        return await _gone_of_few(session, scope, sync_id, step)
    if await _is_all_served(session, scope, sync_id, step):
        return []
    return await _gone_items(session, scope, sync_id, step)


async def hidden_ids(session: Session, scope: Scope) -> list[int]:
    """Items of a scope that a listing had no longer, and that are not purged yet."""
    lists = await list_ids(session, scope)
    return [row[0] for library in lists for row in await session.database.rows(_HIDDEN_ITEMS, [library])]


async def _gone_of_few(session: Session, scope: Scope, sync_id: str, step: str) -> list[int]:
    table = "libraries" if scope.is_libraries else "categories"
    of_kind = "remote_id <> ''" if scope.is_libraries else "item_kind = ?"
    values = [scope.source_id] if scope.is_libraries else [scope.source_id, scope.item_kind.value]
    served = await served_ids(session, sync_id, step)
    sql = f"SELECT id, remote_id FROM {table} WHERE source_id = ? AND {of_kind} AND {IS_SHOWN} ORDER BY id"  # noqa: S608
    return [row_id for row_id, remote_id in await session.database.rows(sql, values) if remote_id not in served]


async def vanished_libraries(session: Session, source_id: str, sync_id: str, step: str) -> list[tuple[str, str, int]]:
    """(remote id, title, items that are shown) of the libraries that a step which lists libraries has no longer."""
    served = await served_ids(session, sync_id, step)
    found = await session.database.rows(_SHOWN_LIBRARIES, [source_id])
    return [(remote_id, title, live) for remote_id, title, live in found if remote_id not in served]


async def served_ids(session: Session, sync_id: str, step: str) -> set[str]:
    """The remote ids that a step served, of a listing that is not large: of categories, or of libraries."""
    return {remote_id async for ids in ledger.served(session, sync_id, step) for remote_id in ids}


async def _is_all_served(session: Session, scope: Scope, sync_id: str, step: str) -> bool:
    """Whether as many rows were served as live. What was served lives, and where there is no other list, it lives here."""
    if not await is_only_list(session, scope):
        return False
    served = _Distinct()
    async for ids in ledger.served(session, sync_id, step):
        served.add(ids)
    return served.count() == await live_count(session, scope)


class _Distinct:
    """How many texts were different, from their hashes alone. Two of the same hash are one too few, which only costs a look."""

    def __init__(self) -> None:
        self._buckets = [array("q") for _ in range(_BUCKETS)]

    def add(self, texts: Sequence[str]) -> None:
        buckets = self._buckets
        for number in map(hash, texts):
            buckets[number % _BUCKETS].append(number)

    def count(self) -> int:
        return sum(len(set(bucket)) for bucket in self._buckets)


async def _gone_items(session: Session, scope: Scope, sync_id: str, step: str) -> list[int]:
    database = session.database
    await database.run(_SERVED)
    await database.run(_FORGET)
    async for ids in ledger.served(session, sync_id, step):
        for places, values in asked(ids):
            found = f"SELECT id FROM items WHERE source_id = ? AND kind = ? AND remote_id IN ({places})"  # noqa: S608
            await database.run(
                f"INSERT OR IGNORE INTO temp.served_items {found}", (scope.source_id, scope.item_kind.value, *values)
            )
    gone = [row[0] for library in await list_ids(session, scope) for row in await database.rows(_GONE, [library])]
    await database.run(_FORGET)
    return gone
