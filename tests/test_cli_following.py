"""`sync` and `watch` against a real bus, the other side being played step by step."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractContextManager, AsyncExitStack, nullcontext
from datetime import UTC, datetime
from typing import Self

import msgspec
import pytest

from actors.cli import exits, following
from actors.cli.following import FollowedSync, Following
from actors.cli.interrupts import Interrupts, unless
from actors.cli.watch import watched
from actors.runtime.client import BusClient
from actors.runtime.connection import connect
from actors.runtime.process import ActorBus, actor_bus
from actors.runtime.provision import provision
from contracts import codec, subjects
from contracts.catalog import Part, SyncStatus
from contracts.errors import BadRequest, BusUnavailable
from contracts.messages import RequestRefused, SyncProgress, SyncRequest
from tests.bus_server import BusServer

REQUEST = SyncRequest(request_id="r-1")
SYNC_ID = codec.sync_id_of("iptv", "r-1")
OTHER_ID = "00000000000000aa"


class Recorder:
    """A viewer that keeps what it is shown, and says when there is something new."""

    def __init__(self) -> None:
        self.states: list[SyncProgress] = []
        self.notes: list[str] = []
        self._changed = asyncio.Condition()
        self._wakers: set[asyncio.Task[None]] = set()

    def progress(self, progress: SyncProgress) -> None:
        self.states.append(progress)
        self._wake()

    def note(self, text: str) -> None:
        self.notes.append(text)
        self._wake()

    def summary(self, sync_id: str) -> None:
        self.note(f"summary of {sync_id}")

    def overhearing(self) -> AbstractContextManager[None]:
        return nullcontext()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def _wake(self) -> None:
        task = asyncio.get_running_loop().create_task(self._notify())
        self._wakers.add(task)
        task.add_done_callback(self._wakers.discard)

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(10), self._changed:
            await self._changed.wait_for(condition)


class OtherSide:
    """Everything but the command line."""

    def __init__(self, progress: ActorBus, writer: ActorBus) -> None:
        self._progress, self._writer = progress, writer
        self.cancelled = asyncio.Event()
        writer.on_cancel(self.cancelled.set)

    async def asked(self) -> SyncRequest:
        puller = await self._writer.puller(subjects.STREAM_REQUESTS, subjects.CONSUMER_WRITER, in_hand_max=1)
        delivery = await asyncio.wait_for(puller.next(), 10)
        await delivery.ack()
        return codec.decode_public(delivery.body, SyncRequest)

    async def asks_nothing(self) -> None:
        """Plays no part at all."""

    async def says(self, status: SyncStatus, percent: int = 0, sync_id: str = SYNC_ID, parts: Sequence[Part] = ()) -> None:
        await self._progress.publisher.publish(state(status, percent, sync_id, parts))

    async def refuses(self, code: str, running_sync_id: str | None = None) -> None:
        refusal = RequestRefused(
            source_id="iptv",
            request_id="r-1",
            code=code,
            text=f"said: {code}",
            running_sync_id=running_sync_id,
            at=datetime.now(UTC),
        )
        await self._writer.publisher.publish(refusal)


def state(
    status: SyncStatus, percent: int = 0, sync_id: str = SYNC_ID, parts: Sequence[Part] = (), source_id: str = "iptv"
) -> SyncProgress:
    return SyncProgress(
        sync_id=sync_id, source_id=source_id, status=status, progress=percent, parts=list(parts), updated_at=datetime.now(UTC)
    )


@pytest.fixture
async def other_side(nats_server: BusServer) -> AsyncIterator[OtherSide]:
    connection = await connect(nats_server.config("admin"), purpose="test")
    await provision(connection.client, {("iptv", Part.CATALOGUE): 1})
    await connection.close()
    async with AsyncExitStack() as stack:
        buses = [await stack.enter_async_context(actor_bus(role, nats_server.config(role))) for role in ("progress", "writer")]
        yield OtherSide(*buses)
        for bus in buses:
            await bus.give_back()


async def played(server: BusServer, recorder: Recorder, interrupts: Interrupts, play: Callable[[], Awaitable[None]]) -> int:
    """The exit code of a sync while the other side plays its part."""
    async with await BusClient.connect(server.config("client")) as client:
        followed = asyncio.create_task(FollowedSync(client, "iptv", REQUEST, recorder, interrupts).to_end())
        try:
            await play()
            return await asyncio.wait_for(followed, 10)
        finally:
            followed.cancel()
            await asyncio.wait({followed})


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (SyncStatus.COMPLETED, exits.COMPLETED),
        (SyncStatus.PARTIAL, exits.PARTIAL),
        (SyncStatus.FAILED, exits.FAILED),
        (SyncStatus.CANCELLED, exits.CANCELLED),
    ],
)
async def test_a_sync_is_shown_to_its_end_and_its_status_is_the_exit_code(
    nats_server: BusServer, other_side: OtherSide, status: SyncStatus, code: int
) -> None:
    recorder = Recorder()

    async def play() -> None:
        assert (await other_side.asked()).request_id == "r-1"
        await other_side.says(SyncStatus.SYNCING, 40)
        await other_side.says(SyncStatus.SYNCING, 10, OTHER_ID)
        await other_side.says(status, 40)

    assert await played(nats_server, recorder, Interrupts(), play) == code
    assert [shown.status for shown in recorder.states][-1] == status
    assert {shown.sync_id for shown in recorder.states} == {SYNC_ID}


async def test_the_first_interrupt_cancels_and_waits_for_the_end(nats_server: BusServer, other_side: OtherSide) -> None:
    recorder, interrupts = Recorder(), Interrupts()

    async def play() -> None:
        await other_side.says(SyncStatus.SYNCING, 40)
        await recorder.until(lambda: bool(recorder.states))
        interrupts.note_one()
        await asyncio.wait_for(other_side.cancelled.wait(), 10)
        await other_side.says(SyncStatus.CANCELLED, 40)

    assert await played(nats_server, recorder, interrupts, play) == exits.CANCELLED
    assert recorder.states[-1].status is SyncStatus.CANCELLED
    assert "cancelling" in recorder.notes[0]


async def test_the_second_interrupt_lets_go_of_a_sync_that_does_not_end(nats_server: BusServer, other_side: OtherSide) -> None:
    recorder, interrupts = Recorder(), Interrupts()

    async def play() -> None:
        await other_side.says(SyncStatus.SYNCING, 40)
        await recorder.until(lambda: bool(recorder.states))
        interrupts.note_one()
        await recorder.until(lambda: bool(recorder.notes))
        interrupts.note_one()

    assert await played(nats_server, recorder, interrupts, play) == exits.CANCELLED
    assert recorder.states[-1].status is SyncStatus.SYNCING


async def test_a_sync_that_runs_already_is_shown_instead(nats_server: BusServer, other_side: OtherSide) -> None:
    recorder = Recorder()
    await other_side.says(SyncStatus.SYNCING, 70, OTHER_ID)

    async def play() -> None:
        await other_side.asked()
        await other_side.refuses("already_running", OTHER_ID)
        await recorder.until(lambda: bool(recorder.states))
        await other_side.says(SyncStatus.COMPLETED, 100, OTHER_ID)

    assert await played(nats_server, recorder, Interrupts(), play) == exits.COMPLETED
    assert [shown.progress for shown in recorder.states] == [70, 100]
    assert "runs already" in recorder.notes[0]


async def test_a_part_that_another_sync_is_at_is_said_to_be_left_out(nats_server: BusServer, other_side: OtherSide) -> None:
    recorder = Recorder()
    await other_side.says(SyncStatus.SYNCING, 70, OTHER_ID, [Part.CATALOGUE])

    async def play() -> None:
        await other_side.asked()
        await other_side.says(SyncStatus.SYNCING, 10, SYNC_ID, [Part.HOME])
        await recorder.until(lambda: bool(recorder.notes))
        await other_side.says(SyncStatus.COMPLETED, 100, SYNC_ID, [Part.HOME])

    assert await played(nats_server, recorder, Interrupts(), play) == exits.COMPLETED
    assert recorder.notes == [f"the libraries are left out: sync {OTHER_ID} is at it already"]
    assert {shown.sync_id for shown in recorder.states} == {SYNC_ID}


@pytest.mark.parametrize(
    ("request_", "others", "left_out"),
    [
        (SyncRequest(), [state(SyncStatus.SYNCING, 1, OTHER_ID, [Part.HOME])], {Part.HOME: OTHER_ID}),
        (SyncRequest(parts=[Part.CATALOGUE]), [state(SyncStatus.SYNCING, 1, OTHER_ID, [Part.HOME])], {}),
        (SyncRequest(libraries=["Films"]), [state(SyncStatus.SYNCING, 1, OTHER_ID, [Part.HOME])], {}),
        (SyncRequest(steps=["movies"]), [state(SyncStatus.SYNCING, 1, OTHER_ID, [Part.HOME])], {}),
        (SyncRequest(), [state(SyncStatus.COMPLETED, 100, OTHER_ID, [Part.HOME])], {}),
        (SyncRequest(), [state(SyncStatus.SYNCING, 1, OTHER_ID, [Part.HOME], "tv")], {}),
        (SyncRequest(), [], {}),
    ],
)
def test_what_is_left_out_is_what_was_wanted_and_another_runs(
    request_: SyncRequest, others: list[SyncProgress], left_out: dict[Part, str]
) -> None:
    known = Following("iptv", msgspec.structs.replace(request_, request_id="r-1"))
    for other in others:
        known.hear(other)
    known.hear(state(SyncStatus.SYNCING, 1, SYNC_ID, [Part.CATALOGUE]))

    assert known.left_out() == left_out


async def test_a_request_that_is_refused_is_an_error(nats_server: BusServer, other_side: OtherSide) -> None:
    async def play() -> None:
        await other_side.asked()
        await other_side.refuses("unknown_source")

    with pytest.raises(BadRequest, match="said: unknown_source"):
        await played(nats_server, Recorder(), Interrupts(), play)


async def test_a_request_that_nobody_takes_is_an_error(
    nats_server: BusServer, other_side: OtherSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "TAKEN_S", 0.2)

    with pytest.raises(BusUnavailable, match="nobody took the request"):
        await played(nats_server, Recorder(), Interrupts(), other_side.asks_nothing)


async def test_asking_only_hears_the_first_word(nats_server: BusServer, other_side: OtherSide) -> None:
    async with await BusClient.connect(nats_server.config("client")) as client:
        followed = FollowedSync(client, "iptv", REQUEST, Recorder(), Interrupts())
        await followed.ask()
        await other_side.says(SyncStatus.PENDING)
        first = await followed.first_word()
        await followed.close()

    assert first is not None
    assert first.sync_id == SYNC_ID


async def test_watching_shows_the_last_state_at_once_and_ends_with_an_interrupt(
    nats_server: BusServer, other_side: OtherSide
) -> None:
    recorder = Recorder()
    await other_side.says(SyncStatus.SYNCING, 30)
    watching = asyncio.create_task(watched(nats_server.config("client"), None, recorder))
    await recorder.until(lambda: bool(recorder.states))
    await other_side.says(SyncStatus.SYNCING, 60)
    await other_side.refuses("already_running", SYNC_ID)
    await recorder.until(lambda: len(recorder.states) == 2 and bool(recorder.notes))
    os.kill(os.getpid(), signal.SIGINT)

    assert await asyncio.wait_for(watching, 10) == exits.COMPLETED
    assert [shown.progress for shown in recorder.states] == [30, 60]
    assert recorder.notes == ["iptv: refused: said: already_running"]


def test_a_state_that_came_before_the_refusal_is_shown_after_it() -> None:
    known = Following("iptv", REQUEST)
    ended = state(SyncStatus.COMPLETED, 100, OTHER_ID)
    refusal = RequestRefused(
        source_id="iptv", request_id="r-1", code="already_running", text="", running_sync_id=OTHER_ID, at=datetime.now(UTC)
    )

    assert known.hear(ended) is None
    assert known.hear(refusal) == ended
    assert known.is_attached


def test_a_refusal_of_another_request_means_nothing() -> None:
    known = Following("iptv", REQUEST)
    refusal = RequestRefused(source_id="iptv", request_id="r-2", code="bad_request", text="", at=datetime.now(UTC))

    assert known.hear(refusal) is None


async def test_work_that_is_interrupted_has_ended_before_the_answer() -> None:
    event, ended = asyncio.Event(), asyncio.Event()

    async def work() -> int:
        try:
            event.set()
            return await asyncio.Event().wait()
        finally:
            ended.set()

    assert await unless(event, work()) is None
    assert ended.is_set()
    assert await unless(asyncio.Event(), asyncio.sleep(0, 7)) == 7
