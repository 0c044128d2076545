"""A NATS micro service on a real nats-server, asked by plain scripts."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import msgspec
import pytest
from nats.errors import Error as NatsError
from nats.micro.service import ServiceInfo, ServicePing

from actors.runtime.process import ActorBus, actor_bus
from actors.runtime.service import Endpoint
from contracts import codec, limits, subjects
from contracts.catalog import ItemKind
from contracts.errors import StoreUnavailable
from contracts.messages import Answer, CatalogueItem, ItemsAnswer, SourcesAnswer, SyncAnswer
from tests.bus_server import BusServer, bus_server
from tests.reader_room import ask, discovered, script, until

ANSWER = SyncAnswer(sync_id="0123456789abcdef", started=True)


async def answers(body: bytes) -> Answer:
    return ANSWER


async def has_no_store(body: bytes) -> Answer:
    raise StoreUnavailable("no catalogue yet — start Playbill\nor wait")


async def has_a_bug(body: bytes) -> Answer:
    raise ValueError("http://secret.example/user/password")


async def says_too_much(body: bytes) -> Answer:
    return ItemsAnswer(items=[item("x" * 1_000)] * 1_000)


def item(title: str) -> CatalogueItem:
    return CatalogueItem(id=1, source_id="iptv", kind=ItemKind.MOVIE, remote_id="1", title=title)


def endpoint(answer: Callable[[bytes], Awaitable[Answer]], name: str = "home") -> Endpoint:
    return Endpoint(name=name, subject=subjects.query(name), answer=answer, metadata={"asks": "home_query.v1"})


@asynccontextmanager
async def serving(server: BusServer, *endpoints: Endpoint) -> AsyncIterator[ActorBus]:
    async with actor_bus("reader", server.config("reader"), hears_cancels=False) as bus:
        await bus.serve("playbill", "1.2.3", "for a test", endpoints)
        yield bus


async def test_a_question_is_answered_where_it_was_asked(nats_server: BusServer) -> None:
    async with serving(nats_server, endpoint(answers)), script(nats_server) as client:
        said = await ask(client, "home")

        assert msgspec.convert(said.body, SyncAnswer) == ANSWER
        assert "Nats-Service-Error-Code" not in said.headers


async def test_what_goes_wrong_is_told_in_the_body_and_in_one_line_of_the_headers(nats_server: BusServer) -> None:
    async with serving(nats_server, endpoint(has_no_store)), script(nats_server) as client:
        said = await ask(client, "home")

        assert said.body["text"] == "no catalogue yet — start Playbill\nor wait"
        assert said.code == "store_unavailable"
        assert said.headers["Nats-Service-Error-Code"] == "503"
        assert said.headers["Nats-Service-Error"] == "no catalogue yet ? start Playbill or wait"


async def test_a_bug_is_answered_without_its_words(nats_server: BusServer) -> None:
    async with serving(nats_server, endpoint(has_a_bug)), script(nats_server) as client:
        said, stats = await ask(client, "home"), await discovered(client, "STATS")

        assert (said.code, said.headers["Nats-Service-Error-Code"]) == ("internal", "500")
        assert "secret" not in f"{said} {stats}"


async def test_an_answer_that_does_not_fit_says_so_and_what_to_do(nats_server: BusServer) -> None:
    async with serving(nats_server, endpoint(says_too_much)), script(nats_server) as client:
        said = await ask(client, "home")

        assert said.code == "message_too_large"
        assert said.body["text"].endswith("ask with a lower limit")


async def test_the_service_is_discovered_as_nats_has_it(nats_server: BusServer) -> None:
    async with serving(nats_server, endpoint(answers), endpoint(answers, "items")), script(nats_server) as client:
        info = ServiceInfo.from_dict(await discovered(client, "INFO"))
        ping = ServicePing.from_dict(await discovered(client, "PING", f"playbill.{info.id}"))

        assert (info.name, info.version, info.description) == ("playbill", "1.2.3", "for a test")
        assert [(one.name, one.subject, one.queue_group) for one in info.endpoints] == [
            ("home", "playbill.query.home", "q"),
            ("items", "playbill.query.items", "q"),
        ]
        assert info.endpoints[0].metadata == {"asks": "home_query.v1"}
        assert (ping.name, ping.id, ping.type) == ("playbill", info.id, "io.nats.micro.v1.ping_response")


async def test_its_stats_count_answers_and_failures(nats_server: BusServer) -> None:
    async with serving(nats_server, endpoint(answers), endpoint(has_no_store, "items")), script(nats_server) as client:
        for name in ("home", "home", "items"):
            await ask(client, name)
        stats = await discovered(client, "STATS")

        assert stats["type"] == "io.nats.micro.v1.stats_response"
        assert [(one["num_requests"], one["num_errors"]) for one in stats["endpoints"]] == [(2, 0), (1, 1)]
        assert stats["endpoints"][1]["last_error"].startswith("store_unavailable: ")
        assert stats["endpoints"][0]["average_processing_time"] > 0


async def test_two_instances_share_the_questions_and_each_is_answered_once(nats_server: BusServer) -> None:
    seen: Counter[str] = Counter()

    def counting(name: str) -> Endpoint:
        async def answer(body: bytes) -> Answer:
            seen[name] += 1
            return ANSWER

        return endpoint(answer)

    async with serving(nats_server, counting("one")), serving(nats_server, counting("two")), script(nats_server) as client:
        await asyncio.gather(*(ask(client, "home") for _ in range(200)))

    assert seen.total() == 200
    assert set(seen) == {"one", "two"}


async def test_one_that_stops_loses_no_question(nats_server: BusServer) -> None:
    async with AsyncExitStack() as stack:
        leaving = await stack.enter_async_context(serving(nats_server, endpoint(answers)))
        await stack.enter_async_context(serving(nats_server, endpoint(answers)))
        client = await stack.enter_async_context(script(nats_server))
        asking = [asyncio.create_task(ask(client, "home")) for _ in range(80)]
        await asking[0]
        asking += [asyncio.create_task(ask(client, "home")) for _ in range(80)]
        await leaving.give_back()
        asking += [asyncio.create_task(ask(client, "home")) for _ in range(80)]

        assert {said.body["type"] for said in await asyncio.gather(*asking)} == {"sync_answer.v1"}


async def test_what_is_in_hand_is_answered_before_it_is_idle(nats_server: BusServer) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow(body: bytes) -> Answer:
        begun.set()
        await go_on.wait()
        return ANSWER

    async with serving(nats_server, endpoint(slow)) as bus, script(nats_server) as client:
        asking = asyncio.create_task(ask(client, "home"))
        await begun.wait()
        await bus.give_back()

        assert not bus.is_idle
        go_on.set()
        assert (await asking).body["type"] == "sync_answer.v1"
        assert bus.is_idle


async def test_a_slow_question_holds_up_no_other_and_too_many_are_told_so(nats_server: BusServer) -> None:
    go_on, at_once = asyncio.Event(), 0

    async def slow(body: bytes) -> Answer:
        nonlocal at_once
        at_once += 1
        await go_on.wait()
        return ANSWER

    async with serving(nats_server, endpoint(slow), endpoint(answers, "items")), script(nats_server) as client:
        asking = [asyncio.create_task(ask(client, "home")) for _ in range(limits.QUERIES_WAITING_MAX + 5)]
        done, _ = await asyncio.wait(asking, return_when=asyncio.FIRST_COMPLETED)

        assert {task.result().code for task in done} == {"busy"}
        assert (await ask(client, "items")).code is None
        assert at_once == limits.QUERIES_AT_ONCE
        go_on.set()
        assert Counter(said.code for said in await asyncio.gather(*asking)) == {None: limits.QUERIES_WAITING_MAX, "busy": 5}


@pytest.mark.parametrize("reply", ["playbill.dead.writer", "$JS.API.STREAM.DELETE.PLAYBILL_WRITE", ""])
async def test_an_answer_goes_to_askers_only(nats_server: BusServer, reply: str) -> None:
    asked = 0

    async def answer(body: bytes) -> Answer:
        nonlocal asked
        asked += 1
        return SourcesAnswer(sources=[])

    async with serving(nats_server, endpoint(answer)) as bus, script(nats_server) as client:
        await client.publish(subjects.query("home"), b"", reply=reply)
        await client.publish("$SRV.PING", b"", reply=reply)

        assert (await ask(client, "home")).code is None
        assert (asked, bus.is_idle) == (1, True)


async def test_the_bus_itself_lets_a_reader_answer_askers_only(nats_server: BusServer) -> None:
    async with serving(nats_server, endpoint(answers)) as bus, script(nats_server) as client:
        heard = await client.subscribe("playbill.event.>")
        await client.publish(subjects.query("home"), b"", reply="playbill.event.iptv.sync_ended")
        await bus.control.client.publish("playbill.event.iptv.sync_ended", codec.encode(ANSWER))
        await ask(client, "home")

        assert heard.pending_msgs == 0


async def test_questions_are_answered_again_when_the_bus_is_back(tmp_path: Path) -> None:
    with bus_server(tmp_path / "bus") as first:
        port = first.port
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(serving(first, endpoint(answers)))
            client = await stack.enter_async_context(script(first, error_cb=ignored, reconnect_time_wait=0.05))
            assert (await ask(client, "home")).code is None
            first.process.kill()
            first.process.wait()
            with bus_server(tmp_path / "bus", port):

                async def is_answered() -> bool:
                    return (await ask(client, "home", timeout_s=1)).code is None

                await until(is_answered)
                assert (await discovered(client, "INFO"))["name"] == "playbill"


async def ignored(error: Exception) -> None:
    assert isinstance(error, NatsError | OSError)
