"""The stand-in provider's switches for bytes on the wire, and its end: each does what it says."""

import gzip
import json
import time

import anyio
import httpx
import pytest

from actors.demo import Hold, Switches, XtreamServer, demo_catalogue
from actors.demo.catalogue import LIVE, MOVIES
from tests.demo_room import WAIT_S, ask, last, raw_body, until

pytest_plugins = ["tests.demo_fixtures"]


@pytest.mark.parametrize(
    ("framing", "header"), [("length", "content-length"), ("chunked", "transfer-encoding"), ("close", "connection")]
)
async def test_the_end_of_a_body_can_be_told_in_three_ways(
    server: XtreamServer, client: httpx.AsyncClient, framing: str, header: str
) -> None:
    server.set(framing=framing)
    answer = await ask(client, MOVIES)

    assert header in answer.headers
    assert len(answer.json()) == demo_catalogue().count(MOVIES)


@pytest.mark.parametrize(("framing", "is_noticed"), [("length", True), ("chunked", True), ("close", False)])
async def test_a_body_can_be_cut(server: XtreamServer, client: httpx.AsyncClient, framing: str, is_noticed: bool) -> None:
    server.set(MOVIES, framing=framing, cut_after_bytes=10_000)
    noticed = False
    try:
        body = await raw_body(client, MOVIES)
        assert len(body) == 10_000
    except httpx.RemoteProtocolError:
        noticed = True
    await until(lambda: last(server).ended_s)

    assert noticed is is_noticed
    assert (last(server).body_bytes, last(server).whole) == (10_000, False)


async def test_a_connection_can_be_reset_in_the_middle_of_a_body(server: XtreamServer, client: httpx.AsyncClient) -> None:
    server.set(MOVIES, reset_after_bytes=30_000)

    with pytest.raises(httpx.ReadError):
        await raw_body(client, MOVIES)


async def test_gzip_is_sent_to_those_who_accept_it(server: XtreamServer, client: httpx.AsyncClient) -> None:
    server.set(gzip="if_accepted")
    coded = await raw_body(client, LIVE, **{"Accept-Encoding": "gzip"})
    plain = await raw_body(client, LIVE, **{"Accept-Encoding": "identity"})

    assert gzip.decompress(coded) == plain
    assert len(coded) < len(plain)


async def test_gzip_can_be_applied_twice_and_be_truncated(server: XtreamServer, client: httpx.AsyncClient) -> None:
    right = await raw_body(client, LIVE)
    server.set(gzip="twice")
    twice = await raw_body(client, LIVE)
    server.set(gzip="truncated")
    truncated = await raw_body(client, LIVE)

    assert gzip.decompress(gzip.decompress(twice)) == right
    with pytest.raises(EOFError):
        gzip.decompress(truncated)


async def test_a_bomb_is_small_on_the_wire(server: XtreamServer, client: httpx.AsyncClient) -> None:
    server.set(gzip="bomb", gzip_bomb_bytes=8 * 1024 * 1024)
    body = await raw_body(client, LIVE)

    assert len(body) < 32 * 1024
    assert len(gzip.decompress(body)) == 8 * 1024 * 1024 + 1


async def test_a_body_can_have_no_end(server: XtreamServer, client: httpx.AsyncClient) -> None:
    server.set(LIVE, infinite=True)
    received = 0
    async with client.stream("GET", f"/player_api.php?username=demo&password=demo&action={LIVE}") as answer:
        async for piece in answer.aiter_raw():
            received += len(piece)
            if received > 1_000_000:
                break
    await until(lambda: server.active_requests == 0)

    assert last(server).whole is False


async def test_the_first_byte_and_every_other_can_be_slow(server: XtreamServer, client: httpx.AsyncClient) -> None:
    server.set(LIVE, first_byte_delay_s=0.05, drip_bytes_per_s=100_000)
    started_s = time.monotonic()
    body = await raw_body(client, LIVE)

    assert time.monotonic() - started_s > 0.05 + 0.8 * len(body) / 100_000


async def test_an_answer_stands_still_at_an_exact_byte_until_released(server: XtreamServer, client: httpx.AsyncClient) -> None:
    hold = Hold(at_bytes=12_345)
    server.set(MOVIES, hold=hold)
    bodies: list[bytes] = []
    async with anyio.create_task_group() as tasks:

        async def download() -> None:
            bodies.append(await raw_body(client, MOVIES))

        tasks.start_soon(download)
        assert await anyio.to_thread.run_sync(hold.reached.wait, WAIT_S)
        standing = (last(server).body_bytes, server.active_requests, hold.waiting)
        hold.release()

    assert standing == (12_345, 1, 1)
    assert len(json.loads(bodies[0])) == demo_catalogue().count(MOVIES)
    assert hold.waiting == 0


async def test_a_client_that_hangs_up_ends_its_request(server: XtreamServer) -> None:
    hold = Hold(at_bytes=1000)
    server.set(MOVIES, hold=hold)
    async with httpx.AsyncClient(base_url=server.url, trust_env=False) as client, anyio.create_task_group() as tasks:
        tasks.start_soon(raw_body, client, MOVIES)
        assert await anyio.to_thread.run_sync(hold.reached.wait, WAIT_S)
        tasks.cancel_scope.cancel()
    await until(lambda: server.active_requests == 0)

    assert (last(server).body_bytes, last(server).whole) == (1000, False)


async def test_closing_ends_held_requests_at_once() -> None:
    server = XtreamServer(demo_catalogue(), switches=Switches(first_byte_delay_s=3600)).start()
    client = httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=WAIT_S)

    async def be_cut_off() -> None:
        with pytest.raises(httpx.TransportError):
            await ask(client, LIVE)

    async with client, anyio.create_task_group() as tasks:
        tasks.start_soon(be_cut_off)
        await until(lambda: server.active_requests == 1)
        started_s = time.monotonic()
        await anyio.to_thread.run_sync(server.close)
        ended_s = time.monotonic()

    assert ended_s - started_s < 1
    assert server.active_requests == 0
    server.close()


def test_a_port_that_is_taken_is_said(server: XtreamServer) -> None:
    with pytest.raises(OSError, match="in use"):
        XtreamServer(demo_catalogue(), port=server.port).start()
