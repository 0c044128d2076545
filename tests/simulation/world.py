"""The real actors' logic on a bus in memory that redelivers, duplicates, reorders, loses acknowledgements, dies and forgets.

One seed, one world: every choice comes from its generator, so a failing seed can be run again.
"""

import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import msgspec

from actors.cancels import Cancels
from actors.fetcher.cut import Cutter
from actors.parser import parse
from actors.progress.board import Board
from actors.sources import source
from actors.store import Store
from actors.store.records import SourceRow
from actors.writer.admission import Requested, admit
from actors.writer.committing import Batch
from actors.writer.config import WriterSource
from actors.writer.reconciling import ask_again, cancel_hit, end_hopeless
from contracts import codec, subjects
from contracts.catalog import Mode, Part, SourceKind
from contracts.errors import PlaybillError
from contracts.messages import (
    AccountChecked,
    DeadLetter,
    ErrorReport,
    Fact,
    FetchFailed,
    FetchPage,
    Message,
    RawSlice,
    SliceUnchanged,
    StepFetching,
    SyncProgress,
    SyncRequest,
    ToWriter,
)
from tests.simulation.faults import Crash, Faults, InMemoryMessage
from tests.simulation.provider import Provider, body_of

SOURCE = WriterSource(source_id="iptv", kind=SourceKind.XTREAM, title="IPTV")
SLICE_BYTES = 512


class World:
    """One source, one store, one bus."""

    source: ClassVar[WriterSource] = SOURCE

    def __init__(self, seed: int, path: Path, faults: Faults) -> None:
        self.rng = random.Random(seed)
        self.path, self.faults = path, faults
        self.provider = Provider(self.rng)
        self.queues: dict[str, list[InMemoryMessage]] = {
            "fetch": [],
            "parse": [],
            "write": [],
            "dead": [],
            "request": [],
            "fact": [],
        }
        self.cancels = Cancels()
        self.sources = {self.source.source_id: self.source}
        self.events: list[bytes] = []
        """What was told to subscribers, in the order in which it was."""
        self.progress: list[SyncProgress] = []
        self.board = Board()
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.stamp_ns = 1_000_000_000
        self._fetch_revision = 0
        self.served: dict[tuple[str, str, int], list[dict[str, Any]]] = {}
        """The server's own record of each answer it began, by sync, step and attempt."""

    def clock(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now

    # --- What the outside does ---------------------------------------------------------------------

    def ask(self, request_id: str, mode: Mode = Mode.INCREMENTAL, **request: Any) -> str:
        self.stamp_ns += 1
        source_id = self.source.source_id
        body = codec.encode(SyncRequest(request_id=request_id, mode=mode, **request))
        self.queues["request"].append(InMemoryMessage(f"{subjects.request(source_id)}@{self.stamp_ns}", body, request_id))
        return codec.sync_id_of(source_id, request_id)

    def cancel(self, sync_id: str) -> None:
        self.cancels.hear("sync", sync_id, self.stamp_ns)

    # --- The bus -----------------------------------------------------------------------------------

    def publish(self, message: Message) -> None:
        self._store(subjects.subject_of(message), codec.message_id(message), codec.encode(message))

    def _store(self, subject: str, message_id: str, body: bytes) -> None:
        queue = self.queues[_queue_of(subject)]
        for _ in range(2 if self.happens(self.faults.duplicate) else 1):
            queue.insert(self.rng.randrange(len(queue) + 1), InMemoryMessage(subject, body, message_id))

    def happens(self, chance: float) -> bool:
        return self.rng.random() < chance

    def may_crash(self) -> None:
        """Raises Crash between two messages, now and then."""
        if self.happens(self.faults.crash_inside / 4):
            raise Crash

    @property
    def is_quiet(self) -> bool:
        return not any(self.queues.values())

    async def deliver(self, queue: str, handle: Callable[[InMemoryMessage], Awaitable[None]]) -> None:
        """One delivery of a random message: dies before, inside or after the handling, and may lose the acknowledgement."""
        if not self.queues[queue]:
            return
        message = self.rng.choice(self.queues[queue])
        message.deliveries += 1
        try:
            if self.happens(self.faults.crash_before):
                raise Crash
            await handle(message)
            if self.happens(self.faults.crash_after):
                raise Crash
        except Crash:
            return
        if not self.happens(self.faults.lose_ack) and message in self.queues[queue]:
            self.queues[queue].remove(message)

    # --- The actors --------------------------------------------------------------------------------

    async def fetch(self, message: InMemoryMessage) -> None:
        command = codec.decode_work(message.body, FetchPage)
        if self.cancels.hit(command.source_id, command.sync_id, command.requested_ns):
            return
        attempt = codec.attempt_number(
            issue=command.issue, delivery=message.deliveries, http_try=0, now_ms=int(self.clock().timestamp() * 1000)
        )
        place: dict[str, Any] = {"sync_id": command.sync_id, "source_id": command.source_id, "step": command.step}
        if command.step == "account":
            common = {**place, "requested_ns": command.requested_ns, "attempt": attempt, "part": command.part}
            self.publish(AccountChecked(**common, server=self.server()))
            return
        self.listing(command, place, attempt)

    def server(self) -> dict[str, str | int | bool | None]:
        """What the check of the account says of the server."""
        return {}

    def body(self, step: str, entries: list[dict[str, Any]]) -> bytes:
        """What the server sends of these entries."""
        return body_of(entries)

    def listing(self, command: FetchPage, place: dict[str, Any], attempt: int) -> None:
        entries = self.provider.answer(command.step, flaps=self.happens(self.faults.flap))
        self.served[command.sync_id, command.step, attempt] = entries
        if self.happens(self.faults.empty):
            self.served[command.sync_id, command.step, attempt] = entries = []
        body = b"<html>Back soon</html>" if self.happens(self.faults.page) else self.body(command.step, entries)
        if self.happens(self.faults.truncate):
            body = body[: self.rng.randrange(len(body))]
        slices, error = _cut(body)
        common = {**place, "source_kind": command.source_kind, "requested_ns": command.requested_ns, "attempt": attempt}
        for number, piece in enumerate(slices):
            self.may_crash()
            last = number == len(slices) - 1 and error is None
            digest = codec.slice_digest(source(SOURCE.kind).lasting(piece), command.digest_salt)
            fields = {
                **common,
                "slice": number,
                "digest": digest,
                "slices_total": len(slices) if last else None,
                "body_bytes": len(piece),
            }
            self.publish(SliceUnchanged(**fields) if digest in command.known_digests else RawSlice(**fields, body=piece))
        self.end_listing(command, place, attempt, len(slices), error)

    def end_listing(
        self, command: FetchPage, place: dict[str, Any], attempt: int, slices_cut: int, error: PlaybillError | None
    ) -> None:
        if error is not None and self.happens(0.5):
            raise Crash  # The retry is another delivery, with an attempt of its own.
        if error is not None:
            report = ErrorReport(code=error.code, text=error.text)
            common = {**place, "requested_ns": command.requested_ns, "attempt": attempt, "part": command.part}
            self.publish(FetchFailed(**common, error=report, slices_cut=slices_cut))
        self._fetch_revision += 1
        self.publish(StepFetching(**place, revision=self._fetch_revision, slices_cut=slices_cut, at=self.clock()))

    async def parse(self, message: InMemoryMessage) -> None:
        raw = codec.decode_work(message.body, RawSlice)
        if self.happens(self.faults.bury):
            self._bury(message, raw)
            return
        self.publish(parse(raw))

    def _bury(self, message: InMemoryMessage, raw: RawSlice) -> None:
        place = codec.place_of(message.body)
        dead = DeadLetter(
            actor="parser",
            reason="bug: planted",
            subject=message.subject,
            message_id=message.message_id,
            at=self.clock(),
            **msgspec.structs.asdict(place),
        )
        assert raw.slice == place.slice
        self.publish(dead)

    async def write(self, store: Store) -> None:
        """Some of what waits, in one transaction, as the writer does."""
        count = min(len(self.queues["write"]), self.rng.randrange(1, 5))
        chosen = self.rng.sample(self.queues["write"], k=count)
        messages = [codec.decode_work(message.body, ToWriter) for message in chosen]
        try:
            if self.happens(self.faults.crash_before):
                raise Crash
            async with store.transaction() as tx:
                facts = await Batch(tx, self.sources, self.clock()).commit(messages)
                if self.happens(self.faults.crash_inside):
                    raise Crash
            for fact in facts:
                self.publish(fact)
            if self.happens(self.faults.crash_after):
                raise Crash
        except Crash:
            return
        for message in chosen:
            if not self.happens(self.faults.lose_ack) and message in self.queues["write"]:
                self.queues["write"].remove(message)

    def dead(self, store: Store) -> Callable[[InMemoryMessage], Awaitable[None]]:
        async def handle(message: InMemoryMessage) -> None:
            letter = codec.decode_work(message.body, DeadLetter)
            async with store.transaction() as tx:
                await tx.add_dead_letter(letter)
                await Batch(tx, self.sources, self.clock()).bury(letter)

        return handle

    def admit(self, store: Store) -> Callable[[InMemoryMessage], Awaitable[None]]:
        async def handle(message: InMemoryMessage) -> None:
            request = codec.decode_public(message.body, SyncRequest)
            self.stamp_ns += 1
            stamped_ns = int(message.subject.partition("@")[2] or self.stamp_ns)
            requested = Requested(source_id=self.source.source_id, request=request, stamped_ns=stamped_ns)
            async with store.transaction() as tx:
                await admit(tx, self.sources, requested, self.cancels, self.clock())

        return handle

    async def fold(self, message: InMemoryMessage) -> None:
        self.board.fold(codec.decode_public(message.body, Fact))
        if self.happens(0.3):
            self.tell()

    def tell(self) -> None:
        while self.board.has_due:
            self.progress += self.board.due(self.clock())

    async def pump(self, store: Store) -> None:
        async with store.transaction() as tx:
            rows = await tx.outbox(self.rng.randrange(1, 10))
        for row in rows:
            if row.subject.startswith("playbill.event."):
                self.events.append(row.body)
            else:
                self._store(row.subject, row.message_id, row.body)
        if self.happens(self.faults.crash_after):
            return
        async with store.transaction() as tx:
            await tx.outbox_sent([row.outbox_id for row in rows])

    async def heed(self, store: Store) -> None:
        async with store.transaction() as tx:
            await cancel_hit(tx, self.cancels, self.clock())

    async def reconcile(self, store: Store) -> None:
        """Only when nothing of the source is anywhere on the way, as the writer makes sure of."""
        async with store.transaction() as tx:
            await cancel_hit(tx, self.cancels, self.clock())
            await end_hopeless(tx, self.sources, self.clock())
            if self.queues["fetch"] or self.queues["parse"] or self.queues["write"] or await tx.outbox_count():
                return
            for part in Part:
                await ask_again(tx, self.source, part, self.clock())

    # --- Running -----------------------------------------------------------------------------------

    async def begin(self, store: Store) -> None:
        async with store.transaction() as tx:
            row = SourceRow(source_id=self.source.source_id, kind=self.source.kind, title=self.source.title)
            await tx.put_sources([row])
            await tx.put_libraries(row.source_id, source(row.kind).libraries)

    async def step(self, store: Store) -> None:
        """One random thing happens."""
        if self.happens(self.faults.forget_bus):
            for queue in ("fetch", "parse", "write"):
                self.queues[queue].clear()
        acts: list[Callable[[], Awaitable[None]]] = [lambda: self.pump(store)]
        if self.queues["request"]:
            acts.append(lambda: self.deliver("request", self.admit(store)))
        if self.queues["fetch"]:
            acts.append(lambda: self.deliver("fetch", self.fetch))
        if self.queues["parse"]:
            acts += [lambda: self.deliver("parse", self.parse)] * 3
        if self.queues["write"]:
            acts += [lambda: self.write(store)] * 2
        if self.queues["dead"]:
            acts.append(lambda: self.deliver("dead", self.dead(store)))
        if self.queues["fact"]:
            acts += [lambda: self.deliver("fact", self.fold)] * 2
        if len(acts) == 1:
            acts.append(lambda: self.reconcile(store))
        await self.rng.choice(acts)()

    async def run_until_ended(self, store: Store, sync_id: str, steps_max: int = 5_000) -> str:
        """Go on until the sync has its final status and the bus is quiet; the status."""
        sync = None
        for _ in range(steps_max):
            await self.step(store)
            async with store.transaction() as tx:
                sync = await tx.sync(sync_id)
                left = await tx.outbox_count()
            if sync is not None and sync.status.is_final and not left and self.is_quiet:
                self.tell()
                return str(sync.status)
        raise AssertionError(f"the sync did not end in {steps_max} steps: {sync}")


def _cut(body: bytes) -> tuple[list[bytes], PlaybillError | None]:
    cutter = Cutter(source(SOURCE.kind).unexpected_root, slice_bytes=SLICE_BYTES)
    slices: list[bytes] = []
    try:
        slices += cutter.feed(body)
        slices += cutter.finish()
    except PlaybillError as error:
        return slices, error
    return slices, None


def _queue_of(subject: str) -> str:
    words = subject.split(".")
    return words[2] if words[1] == "work" else {"sync": "request"}.get(words[1], words[1])
