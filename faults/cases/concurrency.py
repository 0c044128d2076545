"""Group G, concurrency: many who ask at once, two schedulers, and processes that were frozen and wake up late."""

import asyncio
import os
import secrets
from collections import Counter
from typing import Any, Final

import msgspec
import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import NoRespondersError

from actors.demo import Hold, XtreamServer
from actors.demo.catalogue import MOVIES
from actors.failpoints import Point
from contracts import codec, subjects
from contracts.messages import SyncQuery, SyncRequest
from faults.arming import Arming
from faults.case import Case
from faults.checker import all_is_well, settled
from faults.processes import until
from faults.proxy import CLEAN, Toxic
from faults.replicas import another, running
from faults.rig import Rig, spread
from faults.trial import Broken, Trial, expect
from faults.watching import watched
from faults.world import catalogue, provider

_FILMS: Final = 1_000
_ASKERS: Final = 50
_HELD: Final = (Point.PARSER_PUBLISHING, Point.FETCHER_READING)
_DONE: Final = (Point.PARSER_SETTLED, Point.FETCHER_SETTLED)
_SLOW: Final = Toxic(bytes_per_s=1_000_000, ways=("down",))


# --- G5 ---------------------------------------------------------------------------------------------------------------


class _Answered:
    """What those who asked were told, by the request's id where they published, and as replies where they asked a question."""

    def __init__(self) -> None:
        self.refused: dict[str, str | None] = {}
        self.started: list[str] = []
        self.replies: list[dict[str, Any]] = []

    async def take(self, message: Msg) -> None:
        event = msgspec.json.decode(message.data)
        if event["type"].startswith("request_refused"):
            self.refused[event["request_id"]] = event.get("running_sync_id")
        elif event["type"].startswith("sync_started"):
            self.started.append(event["sync_id"])


async def _ask_by_event(client: Client, request_id: str) -> None:
    request = codec.encode(SyncRequest(request_id=request_id))
    await client.jetstream().publish(subjects.request("iptv"), request, headers={"Nats-Msg-Id": secrets.token_hex(8)})


async def _ask_by_question(client: Client, answered: _Answered) -> None:
    reply = await client.request(subjects.query("sync"), codec.encode(SyncQuery(source="iptv")), timeout=30)
    answered.replies.append(msgspec.json.decode(reply.data))


async def until_answered(client: Client) -> None:
    """Wait until somebody answers questions."""
    for _ in range(200):
        try:
            await client.request("$SRV.PING.playbill", timeout=2)
        except (NoRespondersError, TimeoutError):
            await asyncio.sleep(0.1)
        else:
            return
    raise Broken("nobody answers questions")


async def _many_ask(rig: Rig, answered: _Answered) -> None:
    """Fifty at once, half of them by publishing, half by question and reply, until each was told what came of it."""
    connection = rig.client.connection.client
    assert connection.connected_url is not None
    client = await nats.connect(connection.connected_url.geturl(), user="client", password="pw_canary_client_of_the_bus")
    try:
        await client.subscribe("playbill.event.iptv.*", cb=answered.take)
        await until_answered(client)
        names = [f"asker-{number}" for number in range(_ASKERS // 2)]
        asks = [_ask_by_event(client, name) for name in names] + [_ask_by_question(client, answered) for _ in names]
        rig.trial.random.shuffle(asks)
        rig.trial.inject("requests at once for one source", len(asks))
        await asyncio.gather(*asks)
        await until(lambda: len(answered.refused) + len(answered.started) >= _ASKERS, "every request has its answer")
    finally:
        await client.close()


async def g5(trial: Trial) -> None:
    hold = Hold()
    with provider(_FILMS) as server:
        async with spread(trial, {"iptv": server}, more='every = "1d"') as rig, watched(rig):
            await _two_schedulers(rig)
            await all_is_well(rig, _scheduled(rig)[0][0])
            server.set(MOVIES, hold=hold)
            answered = _Answered()
            await _many_ask(rig, answered)
            sync_id = _check_answers(rig, answered)
            hold.release()
            trial.tally.syncs += 1
            await rig.ended(sync_id)
            await all_is_well(rig, sync_id)


def _check_answers(rig: Rig, answered: _Answered) -> str:
    """One runs, and everybody was told of it; its id."""
    ran = [sync_id for (sync_id,) in rig.rows("SELECT sync_id FROM syncs WHERE request_id NOT LIKE 'schedule-%'")]
    expect(len(ran) == 1, f"{len(ran)} syncs of one source at once: {ran}")
    expect(answered.started == ran, f"told as started: {answered.started}, and there is {ran}")
    told = Counter(answered.refused.values())
    expect(told == {ran[0]: _ASKERS - 1}, f"the refused were told of {told}, and {ran[0]} runs")
    named = Counter(str(reply.get("sync_id")) for reply in answered.replies)
    expect(named == {ran[0]: _ASKERS // 2}, f"who asked by question was told {named}: {answered.replies[:2]}")
    expect(sum(reply["started"] for reply in answered.replies) <= 1, "two were told that theirs had started")
    return str(ran[0])


async def _two_schedulers(rig: Rig) -> None:
    """Both find the same slot due while the writer stands still. What they ask comes twice, past the duplicate window too."""
    pid = rig.freeze("writer")
    schedulers = [another(rig, "scheduler", f"scheduler-{number}") for number in (1, 2)]
    async with running(schedulers[0]), running(schedulers[1]):
        for scheduler in schedulers:
            await until(lambda: "a sync is due" in scheduler.log.read_text(), f"{scheduler.name} asks")  # noqa: B023
        rig.trial.inject("schedulers for one slot", len(schedulers))
        admin = await nats.connect(rig.admin.url, user=rig.admin.user, password=rig.admin.password)
        try:
            kept = await admin.jetstream().get_last_msg(subjects.STREAM_REQUESTS, subjects.request("iptv"))
            await admin.jetstream().publish(subjects.request("iptv"), kept.data or b"")
            rig.trial.inject("a request again, after the duplicate window")
        finally:
            await admin.close()
        rig.thaw(pid)
        await until(lambda: _scheduled(rig), "the slot's sync is there")
        await settled(rig)
    expect(len(_scheduled(rig)) == 1, f"one slot, and these syncs: {_scheduled(rig)}")
    rig.trial.tally.syncs += 1


def _scheduled(rig: Rig) -> list[tuple[Any, ...]]:
    return rig.rows("SELECT sync_id, request_id, status FROM syncs WHERE request_id LIKE 'schedule-%'")


# --- G6 ---------------------------------------------------------------------------------------------------------------


async def _sync_begun(rig: Rig, server: XtreamServer, edition: str) -> str:
    server.catalogue = catalogue(_FILMS, edition=edition)
    rig.proxies["iptv"].set(_SLOW)
    sync_id = await rig.ask()
    await until(lambda: _lines(rig, sync_id), "the first rows are in")
    return sync_id


def _lines(rig: Rig, sync_id: str) -> int:
    if not rig.database.exists() or not rig.rows("SELECT 1 FROM sqlite_master WHERE name = 'ledger'"):
        return 0
    return int(rig.rows("SELECT count(*) FROM ledger WHERE sync_id = ?", sync_id)[0][0])


async def _frozen_writer(rig: Rig, server: XtreamServer) -> None:
    """Its messages go back into the queue; a second writer cannot have the file; what it does late has no second effect."""
    sync_id = await _sync_begun(rig, server, " 1")
    pid = rig.freeze("writer")
    rig.proxies["iptv"].set(CLEAN)
    async with running(another(rig, "writer", "writer-2")) as second:
        await until(lambda: second.pid is None, "the second writer gives up: it has the file of a writer that only stands still")
        code, said = await second.ended(), second.log.read_text()
    rig.trial.inject("second writer for one file")
    expect(code == os.EX_TEMPFAIL, f"the second writer ended with {code}:\n{said[-1_000:]}")
    expect("another writer has this file" in said, f"the second writer does not say why it ends:\n{said[-1_000:]}")
    rig.thaw(pid)
    last = await rig.ended(sync_id)
    expect(last.status == "completed", f"the sync is {last.status}: {rig.status_of(sync_id)}")
    await all_is_well(rig, sync_id)


async def _frozen_work(rig: Rig, server: XtreamServer, arming: Arming) -> None:
    """A fetcher and a parser freeze with work in hand. Others end the sync; then the two wake up and go on with it."""
    sync_id = await _sync_begun(rig, server, " 2")
    requests_before = _requests(server)
    for point in _HELD:
        arming.arm(point)
        await rig.held(point)
    zombies = [rig.freeze(role) for role in ("fetcher", "parser")]
    rig.proxies["iptv"].set(CLEAN)
    async with running(another(rig, "fetcher", "fetcher-2")), running(another(rig, "parser", "parser-2")):
        last = await rig.ended(sync_id)
        expect(last.status == "completed", f"the sync is {last.status}: {rig.status_of(sync_id)}")
        expect(_requests(server) > requests_before, "nobody took over what the frozen fetcher had in hand")
        arming.notice(*_DONE)
        arming.release(*_HELD)
        for pid in zombies:
            rig.thaw(pid)
        await until(lambda: all(map(rig.hits, _DONE)), "the zombies have published what they had in hand")
        await settled(rig)
        await all_is_well(rig, sync_id)


def _requests(server: XtreamServer) -> int:
    return sum(record.status == 200 for record in server.served)


async def g6(trial: Trial) -> None:
    arming = Arming(trial.directory, (*_HELD, *_DONE))
    with provider(_FILMS) as server:
        async with (
            spread(trial, {"iptv": server}, orders=dict.fromkeys(("fetcher", "parser"), arming.orders)) as rig,
            watched(rig),
        ):
            await _frozen_writer(rig, server)
            await _frozen_work(rig, server, arming)


CASES: Final = (
    Case(
        case_id="G5",
        fault="fifty ask for one source at once; two schedulers find the same slot due",
        invariants="I1 I4",
        seen="one sync; the others hear `already_running` and its id",
        run=g5,
        starred=True,
        short=True,
    ),
    Case(
        case_id="G6",
        fault="a writer, a fetcher and a parser freeze, and wake up when their work was given to others",
        invariants="I2 I4 I7",
        seen="nothing; a second writer ends with `another writer has this file`",
        run=g6,
        starred=True,
        timeout_s=240,
    ),
)
