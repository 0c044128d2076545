"""How the work of a process stands, what it says of it on the bus, and when it stops saying that it is well."""

import asyncio
import contextlib
import os
import sqlite3
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from actors.runtime.client import BusClient
from actors.runtime.heartbeat import Hand, Heart, Standing, Waits, instance_name, is_stalled, standing
from actors.runtime.probing import Heard, last_words, probe
from actors.runtime.process import run_until
from actors.store import Store
from actors.writer.actor import Writer
from actors.writer.clock import utc_now
from contracts import codec, limits, subjects
from contracts.catalog import Part
from contracts.errors import BusMisconfigured, BusUnavailable
from contracts.messages import Heartbeat
from tests.bus_server import BusServer
from tests.samples import AT
from tests.test_bus import bus_of, command, next_of, provision_on
from tests.writer_room import IPTV

WAIT_S = 30
NOTHING = Hand(in_hand=0, oldest_since_s=None, handled_total=0, settled_s=0.0)


def hand(in_hand: int = 0, oldest_since_s: float | None = None, handled_total: int = 0, settled_s: float = 0.0) -> Hand:
    return Hand(in_hand=in_hand, oldest_since_s=oldest_since_s, handled_total=handled_total, settled_s=settled_s)


@pytest.fixture
async def provisioned(nats_server: BusServer) -> BusServer:
    await provision_on(nats_server)
    return nats_server


# --- How the work stands --------------------------------------------------------------------------------


def test_all_that_is_in_hand_is_counted_together_and_the_oldest_counts() -> None:
    hands = [hand(2, 90.0, 5, 80.0), NOTHING, hand(1, 70.0, 3, 60.0)]

    assert standing(hands, Waits(), 100.0) == Standing(in_hand=3, handled_total=8, oldest_in_hand_s=30.0, unmoved_s=30.0)
    assert standing([], Waits(), 100.0) == Standing()


def waits_at(monkeypatch: pytest.MonkeyPatch, **moments_s: float) -> Waits:
    waits = Waits()
    for what, at_s in moments_s.items():
        monkeypatch.setattr("actors.runtime.heartbeat.time.monotonic", lambda at_s=at_s: at_s)
        waits.note(what)  # type: ignore[arg-type]
    return waits


def test_what_waits_is_said_and_is_no_standstill(monkeypatch: pytest.MonkeyPatch) -> None:
    now = standing([hand(1, 10.0, 0, 5.0)], waits_at(monkeypatch, bus=998.0, store=997.0), 1_000.0)

    assert (now.waiting_for, now.oldest_in_hand_s, now.unmoved_s) == ("store", 990.0, 2.0)


def test_a_wait_is_over_when_something_is_settled_or_nothing_is_tried_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    waits = waits_at(monkeypatch, bus=990.0)

    settled, quiet = standing([hand(1, 10.0, 1, 995.0)], waits, 996.0), standing([hand(1, 10.0, 0, 5.0)], waits, 1_050.0)
    assert (settled.waiting_for, settled.oldest_in_hand_s) == ("", 6.0)
    assert (quiet.waiting_for, quiet.unmoved_s) == ("", 60.0)


@pytest.mark.parametrize(
    ("role", "longest_s"),
    [
        ("parser", limits.STALLED_S),
        ("progress", limits.STALLED_S),
        ("reader", limits.STALLED_S),
        ("writer", limits.WRITER_STALLED_S),
    ],
)
def test_each_role_has_its_own_patience(role: str, longest_s: float) -> None:
    assert (is_stalled(role, longest_s), is_stalled(role, longest_s + 0.1)) == (False, True)


def test_a_download_may_take_as_long_as_its_deadlines_say() -> None:
    assert not is_stalled("fetcher", 100_000.0)


# --- What is said on the bus ----------------------------------------------------------------------------


async def words(server: BusServer, count: int) -> list[Heard]:
    """The last words, as soon as there are so many."""
    async with await BusClient.connect(server.config("client")) as client, asyncio.timeout(WAIT_S):
        while True:
            await probe(client.connection.client, "client")
            heard = await last_words(client.connection.client, "client")
            if len(heard) >= count:
                return heard
            await asyncio.sleep(0.02)


async def test_a_process_says_how_its_work_stands_and_the_last_word_is_kept(provisioned: BusServer) -> None:
    async with bus_of(provisioned, "writer") as writer, bus_of(provisioned, "fetcher") as fetcher:
        for step in ("movies", "series"):
            await writer.publisher.publish(command(step))
        puller = await fetcher.puller(subjects.STREAM_FETCH, subjects.consumer_fetch("iptv", Part.CATALOGUE), in_hand_max=2)
        await (await next_of(puller)).ack()
        await next_of(puller)
        beating = asyncio.create_task(Heart("fetcher", fetcher.bulk, lambda: fetcher.standing).beat())
        (heard,) = await words(provisioned, 1)
        beating.cancel()

    said = heard.heartbeat
    assert (said.role, said.instance, said.handled_total, said.in_hand) == ("fetcher", instance_name(), 1, 1)
    assert said.waiting_for == ""
    assert heard.is_fresh
    assert heard.age_s < said.every_s


async def test_a_word_that_is_older_than_three_of_them_is_not_fresh(provisioned: BusServer) -> None:
    old = Heartbeat(role="parser", instance="attic-1", **_at(), every_s=0.000_001)
    async with bus_of(provisioned, "parser") as parser:
        await parser.bulk.client.publish(subjects.subject_of(old), codec.encode(old))
        await parser.bulk.client.flush()
        (heard,) = await words(provisioned, 1)

    assert not heard.is_fresh


def _at() -> dict[str, Any]:
    return {"started_at": AT, "at": AT}


async def test_what_is_no_heartbeat_hides_no_other(provisioned: BusServer) -> None:
    async with bus_of(provisioned, "parser") as parser:
        for instance, body in (("a", b"no json"), ("b", b'{"type":"heartbeat.v9"}'), ("c", codec.encode(_beat("c")))):
            await parser.bulk.client.publish(subjects.heartbeat("parser", instance), body)
        await parser.bulk.client.flush()

        assert [heard.heartbeat.instance for heard in await words(provisioned, 1)] == ["c"]


def _beat(instance: str) -> Heartbeat:
    return Heartbeat(role="parser", instance=instance, **_at(), every_s=5.0)


async def test_a_probe_that_no_stream_takes_is_told_from_one_that_is_refused(nats_server: BusServer) -> None:
    async with await BusClient.connect(nats_server.config("client")) as client:
        with pytest.raises(BusMisconfigured, match="no stream keeps"):
            await probe(client.connection.client, "client")
        await provision_on(nats_server)
        with pytest.raises(BusUnavailable):
            await probe(client.connection.client, "writer")

        assert await probe(client.connection.client, "client") < 2


def test_the_name_of_a_process_fits_into_a_subject() -> None:
    assert instance_name().endswith(f"-{os.getpid()}")
    codec.encode(_beat(instance_name()))
    assert codec.decode_public(codec.encode(_beat(instance_name())), Heartbeat).instance == instance_name()


# --- Whether it is well ---------------------------------------------------------------------------------


async def test_a_message_in_hand_for_too_long_is_an_ailment_unless_it_waits_for_something(provisioned: BusServer) -> None:
    async with bus_of(provisioned, "fetcher") as fetcher, bus_of(provisioned, "parser") as parser:
        await fetcher.publisher.publish_bytes(subjects.parse("iptv", Part.CATALOGUE), "one", b"")
        puller = await parser.puller(subjects.STREAM_PARSE, subjects.CONSUMER_PARSER, in_hand_max=1)
        delivery = await next_of(puller)
        before = parser.ailment
        delivery.taken_s -= limits.STALLED_S + 1
        stalled = parser.ailment
        parser.waits.note("bus")
        waiting = parser.ailment
        await delivery.ack()

        assert (before, waiting, parser.ailment) == ("", "", "")
        assert stalled == "a message is in hand for 61 s"


async def test_a_subscription_that_nobody_hears_any_more_is_an_ailment(provisioned: BusServer) -> None:
    async with bus_of(provisioned, "parser") as parser:
        puller = await parser.puller(subjects.STREAM_PARSE, subjects.CONSUMER_PARSER, in_hand_max=1)
        task = getattr(puller._subscription, "_wait_for_msgs_task")  # noqa: B009 - as nats-py calls it
        task.cancel()
        await asyncio.wait({task})

        assert parser.ailment == "a task that hears the bus has died"


async def test_a_process_has_a_pulse_while_it_is_well_and_without_one_it_ends_to_be_started_anew(
    provisioned: BusServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "PULSE_INTERVAL_S", 0.01)
    pulses: asyncio.Queue[int] = asyncio.Queue()
    stop = asyncio.Event()
    async with bus_of(provisioned, "parser") as parser:
        running = asyncio.create_task(
            run_until(stop, parser, asyncio.Event().wait, ready=lambda: None, pulse=lambda: pulses.put_nowait(1))  # type: ignore[arg-type]
        )
        for _ in range(3):
            await asyncio.wait_for(pulses.get(), WAIT_S)
        task = getattr(parser.publisher._subscription, "_wait_for_msgs_task")  # noqa: B009
        task.cancel()
        await asyncio.wait({task})
        while not pulses.empty():
            pulses.get_nowait()
        monkeypatch.setattr(limits, "SILENT_S", 0.3)

        assert await asyncio.wait_for(running, WAIT_S) == 1
        assert pulses.empty()


async def test_a_writer_whose_store_is_locked_says_that_it_waits_for_it_and_is_well(
    provisioned: BusServer, tmp_path: Path
) -> None:
    path, stop = tmp_path / "store.db", asyncio.Event()
    async with Store.open(path, clock=utc_now) as store, bus_of(provisioned, "writer") as bus:
        running = asyncio.create_task(run_until(stop, bus, Writer(store, bus, [IPTV]).run, ready=lambda: None))
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("PRAGMA busy_timeout = 10000")
            other.execute("BEGIN IMMEDIATE")
            async with asyncio.timeout(WAIT_S):
                while bus.standing.waiting_for != "store":
                    await asyncio.sleep(0.01)
            ailment = bus.ailment
            other.execute("ROLLBACK")
        stop.set()
        await running

    assert ailment == ""


async def test_a_writer_that_waits_for_its_store_before_it_begins_is_heard_and_says_so(
    provisioned: BusServer, tmp_path: Path
) -> None:
    folder = tmp_path / "no folder yet"
    folder.touch()
    async with bus_of(provisioned, "writer") as bus:
        silent = bus.word()
        opening = Store.open(folder / "store.db", clock=utc_now, waits=True, on_wait=partial(bus.waits.note, "store"))
        beginning = asyncio.create_task(opening.__aenter__())
        (heard,) = await words(provisioned, 1)
        folder.unlink()
        await asyncio.wait_for(beginning, WAIT_S)
        await opening.__aexit__(None, None, None)

    assert silent is None
    assert (heard.heartbeat.role, heard.heartbeat.waiting_for) == ("writer", "store")
