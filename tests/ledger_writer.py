"""The real writer's decisions on a real file, one transaction at a time, from code that does not wait."""

import asyncio
import sqlite3
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from actors.cancels import Cancels
from actors.store import Store, Transaction
from actors.writer.admission import Requested, admit
from actors.writer.committing import Batch
from actors.writer.reconciling import ask_again, cancel_hit, end_hopeless
from contracts import codec
from contracts.catalog import Part
from contracts.messages import DeadLetter, ToWriter
from tests.store_room import check_sound
from tests.writer_room import IPTV, SOURCES, begun

T = TypeVar("T")
_KINDS: Final = {"channels": "channel", "movies": "movie"}


class _Crash(Exception):
    pass


class LedgerWriter:
    """Each call is a transaction, and over when it returns."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._path = Path(self._folder.name) / "ledger.db"
        self._runner = asyncio.Runner()
        self._stack = AsyncExitStack()
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self._store = self._run(self._opened())
        self._run(begun(self._store))

    def close(self) -> None:
        self._run(self._stack.aclose())
        self._runner.close()
        self._folder.cleanup()

    def clock(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now

    def start_again(self) -> None:
        self._run(self._stack.aclose())
        self._store = self._run(self._opened())

    # --- What it is told -------------------------------------------------------------------------------------------

    def admit(self, requested: Requested) -> None:
        self._transact(lambda tx: admit(tx, SOURCES, requested, Cancels(), self.clock()))

    def commit(self, messages: Sequence[ToWriter], *, dies: bool = False) -> None:
        """Of one that dies, in the moment before the commit."""
        self._transact(lambda tx: Batch(tx, SOURCES, self.clock()).commit(list(messages)), dies=dies)

    def bury(self, body: bytes) -> None:
        dead = DeadLetter(
            actor="parser",
            reason="bug: planted",
            subject="playbill.work.parse.iptv.catalogue",
            message_id="m",
            body=body,
            at=self.clock(),
            **msgspec.structs.asdict(codec.place_of(body)),
        )

        async def buried(tx: Transaction) -> None:
            await tx.add_dead_letter(dead)
            await Batch(tx, SOURCES, self.clock()).bury(dead)

        self._transact(buried)

    def ask_again(self) -> None:
        self._transact(lambda tx: ask_again(tx, IPTV, Part.CATALOGUE, self.clock()))

    def cancel(self, sync_id: str, stamp_ns: int) -> None:
        cancels = Cancels()
        cancels.hear("sync", sync_id, stamp_ns)
        self._transact(lambda tx: cancel_hit(tx, cancels, self.clock()))

    def let_pass(self, sync_id: str, hours: int) -> bool:
        """Whether the sync is older than any may be."""
        self.now += timedelta(hours=hours)
        row = self._transact(lambda tx: tx.sync(sync_id))
        assert row is not None
        is_too_long = self.now - row.started_at > timedelta(hours=24)
        self._transact(lambda tx: end_hopeless(tx, SOURCES, self.clock()))
        return is_too_long

    # --- What it says ----------------------------------------------------------------------------------------------

    def pumped(self) -> list[Any]:
        """The rows of the outbox, which is empty then."""
        rows = self._transact(lambda tx: tx.outbox(1_000)) or []
        self._transact(lambda tx: tx.outbox_sent([row.outbox_id for row in rows]))
        return rows

    def issue(self, sync_id: str, step: str) -> int:
        found = self._transact(lambda tx: tx.step(sync_id, step))
        assert found is not None
        return found.issue

    def books(self, sync_id: str) -> tuple[Any, Any]:
        """The rows of a sync and of its steps."""

        async def read(tx: Transaction) -> tuple[Any, Any]:
            return await tx.sync(sync_id), await tx.steps(sync_id)

        found = self._transact(read)
        assert found is not None
        return found

    def shown(self, step: str) -> dict[str, str]:
        """What a person sees of a listing: the title by remote id."""
        with closing(sqlite3.connect(self._path)) as database:
            return dict(
                database.execute(
                    "SELECT remote_id, title FROM items WHERE kind = ? AND NOT is_stub AND missing_since IS NULL", (_KINDS[step],)
                )
            )

    def check_sound(self) -> None:
        check_sound(self._path)

    # --- Touching --------------------------------------------------------------------------------------------------

    def _run(self, work: Awaitable[T]) -> T:
        async def awaited() -> T:
            return await work

        return self._runner.run(awaited())

    async def _opened(self) -> Store:
        return await self._stack.enter_async_context(Store.open(self._path, clock=self.clock, durability="normal"))

    def _transact(self, act: Callable[[Transaction], Awaitable[T]], *, dies: bool = False) -> T | None:
        async def acted() -> T:
            async with self._store.transaction() as tx:
                done = await act(tx)
                if dies:
                    raise _Crash
            return done

        try:
            return self._run(acted())
        except _Crash:
            return None
