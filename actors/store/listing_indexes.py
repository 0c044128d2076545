"""The indexes that lists are read by, made when the first catalogue is in."""

from typing import Final

from actors.store.database import CACHE_KIB
from actors.store.schema import LISTING_INDEXES
from actors.store.session import Session

_CACHE_KIB_WHILE_SORTING: Final = -2_048


async def make_when_due(session: Session) -> None:
    """Make those that are not there, once there are items. Part of the transaction."""
    memory = session.memory
    if memory.has_listing_indexes or await session.database.value("SELECT 1 FROM items LIMIT 1") is None:
        return
    found = {row[0] for row in await session.database.rows("SELECT name FROM sqlite_master WHERE type = 'index'")}
    # SQLite sorts in as much memory again as its cache may have.
    await session.database.run(f"PRAGMA cache_size = {_CACHE_KIB_WHILE_SORTING}")
    for name, statement in LISTING_INDEXES.items():
        if name not in found:
            await session.database.run(statement)
    await session.database.run(f"PRAGMA cache_size = {CACHE_KIB}")
    memory.has_listing_indexes = True
