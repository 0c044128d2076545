"""The indexes that lists are read by, made when the first catalogue is in."""

from actors.store.schema import LISTING_INDEXES
from actors.store.session import Session


async def make_when_due(session: Session) -> None:
    """Make those that are not there, once there are items. Part of the transaction."""
    memory = session.memory
    if memory.has_listing_indexes or await session.database.value("SELECT 1 FROM items LIMIT 1") is None:
        return
    found = {row[0] for row in await session.database.rows("SELECT name FROM sqlite_master WHERE type = 'index'")}
    for name, statement in LISTING_INDEXES.items():
        if name not in found:
            await session.database.run(statement)
    memory.has_listing_indexes = True
