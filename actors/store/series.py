"""The episodes of series that are asked for one by one: which are due, what is known of each, and the rows that came."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final, Literal

import msgspec

from actors.store import catalogue, rows
from actors.store.database import Values
from actors.store.moments import from_text, to_text
from actors.store.records import RowCounts, SeriesCheck
from actors.store.schema import IS_SHOWN
from actors.store.session import Session
from contracts import limits
from contracts.catalog import Item, Reject

SeriesMode = Literal["changed", "all"]

_COLUMNS: Final = "source_id, remote_id, row_hash, state, checked_at, sync_id"
_PUT: Final = rows.upsert("series_checks", _COLUMNS, ("source_id", "remote_id"))
# A time that is to come is from before a clock was set back, and proves nothing.
_IS_DUE: Final[dict[SeriesMode, str]] = {
    "all": "checks.remote_id IS NULL OR checks.sync_id <> asked.sync_id",
    "changed": """checks.remote_id IS NULL
  OR (checks.state IN ('failed', 'asked') AND checks.sync_id <> asked.sync_id)
  OR (checks.state IN ('known', 'unknown') AND checks.row_hash <> shows.row_hash)
  OR (checks.state = 'unknown' AND checks.checked_at NOT BETWEEN asked.retry_before AND asked.now)""",
}
_SHOWS: Final = """
FROM (SELECT ? AS sync_id, ? AS now, ? AS retry_before) AS asked CROSS JOIN items AS shows
LEFT JOIN series_checks AS checks ON checks.source_id = shows.source_id AND checks.remote_id = shows.remote_id
WHERE shows.source_id = ? AND shows.kind = 'show' AND shows.missing_since IS NULL AND shows.is_stub = 0"""
_EPISODES: Final = f"""
SELECT count(*) FROM items WHERE items.parent_id = due.id AND items.kind = 'episode' AND {IS_SHOWN}"""  # noqa: S608
_CHILDREN: Final = f"""
SELECT id, remote_id FROM items WHERE kind IN ('season', 'episode') AND {IS_SHOWN}
AND parent_id = (SELECT id FROM items WHERE source_id = ? AND kind = 'show' AND remote_id = ?) ORDER BY id"""  # noqa: S608
_ADD_REJECT: Final = """
INSERT INTO rejects (sync_id, source_id, step, page, slice, position, reason, entry, remote_id, at)
VALUES (?, ?, ?, ?, 0, ?, ?, ?, ?, ?)"""


class Question(msgspec.Struct, frozen=True):
    """Which series are due."""

    source_id: str
    mode: SeriesMode
    sync_id: str
    now: datetime
    retry_unknown_before: datetime

    @property
    def values(self) -> Values:
        return self.sync_id, to_text(self.now), to_text(self.retry_unknown_before), self.source_id


async def due(session: Session, question: Question, limit: int) -> list[tuple[str, int, int]]:
    sql = (
        f"SELECT due.remote_id, due.row_hash, ({_EPISODES}) FROM (SELECT shows.id, shows.remote_id, shows.row_hash {_SHOWS}"  # noqa: S608
        f" AND ({_IS_DUE[question.mode]}) ORDER BY shows.remote_id LIMIT ?) AS due"
    )
    found = await session.database.rows(sql, (*question.values, limit))
    return [(remote_id, row_hash, episodes) for remote_id, row_hash, episodes in found]


async def due_count(session: Session, question: Question) -> int:
    return int(await session.database.value(f"SELECT count(*) {_SHOWS} AND ({_IS_DUE[question.mode]})", question.values))


async def put_check(session: Session, row: SeriesCheck) -> None:
    values = (row.source_id, row.remote_id, row.row_hash, row.state, to_text(row.checked_at), row.sync_id)
    await session.database.run(_PUT, values)


async def check(session: Session, source_id: str, remote_id: str) -> SeriesCheck | None:
    sql = f"SELECT {_COLUMNS} FROM series_checks WHERE source_id = ? AND remote_id = ?"  # noqa: S608
    row = await session.database.row(sql, (source_id, remote_id))
    if row is None:
        return None
    return SeriesCheck(
        source_id=row[0], remote_id=row[1], row_hash=row[2], state=row[3], checked_at=from_text(row[4]), sync_id=row[5]
    )


async def asked_for(session: Session, source_id: str, sync_id: str) -> list[str]:
    """Those that the sync has asked for and that have not answered."""
    sql = "SELECT remote_id FROM series_checks WHERE source_id = ? AND sync_id = ? AND state = 'asked' ORDER BY remote_id"
    return [row[0] for row in await session.database.rows(sql, (source_id, sync_id))]


async def checked_count(session: Session, source_id: str, sync_id: str) -> int:
    """How many have answered the sync, or failed in it."""
    sql = "SELECT count(*) FROM series_checks WHERE source_id = ? AND sync_id = ? AND state <> 'asked'"
    return int(await session.database.value(sql, (source_id, sync_id)))


async def show_hash(session: Session, source_id: str, remote_id: str) -> int | None:
    """The row hash of a show that is there and shown."""
    sql = f"SELECT row_hash FROM items WHERE source_id = ? AND kind = 'show' AND remote_id = ? AND {IS_SHOWN}"  # noqa: S608
    row = await session.database.row(sql, (source_id, remote_id))
    return None if row is None else int(row[0])


async def put_items(session: Session, source_id: str, series_id: str, items: Sequence[Item]) -> RowCounts:
    children = [
        item if item.parent_remote_id == series_id else msgspec.structs.replace(item, parent_remote_id=series_id)
        for item in items
    ]
    return (await catalogue.put_items(session, source_id, [children]))[0]


async def gone_episodes(session: Session, source_id: str, series_id: str, served: Collection[str]) -> list[int]:
    """Seasons and episodes of a series that are shown and were not served."""
    kept = set(served)
    found = await session.database.rows(_CHILDREN, (source_id, series_id))
    return [item_id for item_id, remote_id in found if remote_id not in kept]


async def add_rejects(session: Session, place: tuple[str, str, str], series_id: str, rejects: Sequence[Reject]) -> None:
    """Keep the rejects of a series, while its step has not kept enough; `place` is sync, source and step."""
    sync_id, _, step = place
    sql = "SELECT count(*), ifnull(max(page) + 1, 0) FROM rejects WHERE sync_id = ? AND step = ?"
    kept, page = await session.database.row(sql, (sync_id, step)) or (0, 0)
    at = to_text(session.now)
    values = [
        (*place, page, position, f"series {series_id}: {reject.reason}", reject.entry, reject.remote_id, at)
        for position, reject in enumerate(rejects[: max(0, limits.REJECTS_PER_STEP_MAX - kept)])
    ]
    await session.database.many(_ADD_REJECT, values)
