"""What the functions of one transaction share: the connection, the time, and what need not be asked again."""

from datetime import datetime

import msgspec

from actors.store.database import Database

_REMEMBERED_MAX = 50_000


class Memory:
    """Facts of the last commit, right because nobody else writes; after a rollback the store begins with an empty one."""

    def __init__(self) -> None:
        self.next_ids: dict[str, int] = {}
        self.taken: set[str] = set()
        self.category_ids: dict[tuple[str, str], dict[str, int]] = {}
        self.library_ids: dict[tuple[str, str, str], int] = {}
        self.has_listing_indexes: bool | None = None

    def trim(self) -> None:
        """A hostile source has any number of categories; memory has not."""
        if sum(map(len, self.category_ids.values())) > _REMEMBERED_MAX:
            self.category_ids.clear()


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """One transaction from within."""

    database: Database
    memory: Memory
    now: datetime

    @property
    def now_s(self) -> int:
        return int(self.now.timestamp())


async def peek_id(session: Session, name: str) -> int:
    """The first id that is free."""
    known = session.memory.next_ids.get(name)
    if known is None:
        known = int(await session.database.value("SELECT next_value FROM counters WHERE name = ?", [name]) or 1)
        session.memory.next_ids[name] = known
    return known


async def take_ids(session: Session, name: str, count: int) -> int:
    """The first of `count` ids that nothing has had before, and nothing will have after."""
    first = await peek_id(session, name)
    session.memory.next_ids[name] = first + count
    session.memory.taken.add(name)
    return first


async def save_ids(session: Session) -> None:
    """Keep what was taken; part of the transaction."""
    memory = session.memory
    if memory.taken:
        taken = [(name, memory.next_ids[name]) for name in sorted(memory.taken)]
        await session.database.many("INSERT OR REPLACE INTO counters (name, next_value) VALUES (?, ?)", taken)
        memory.taken.clear()
