"""What nats-server says of itself, and when that is bad enough to start it anew."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from actors.embedded import EmbeddedBus
from actors.runtime.healthz import Complaints, Verdict, ask_healthz, forget_monitor, monitor_of, verdict_of
from contracts import limits

WELL = Verdict(is_well=True, text="ok")
UNWELL = Verdict(is_well=False, text="stream 'PLAYBILL_WRITE' is unhealthy")
WEDGED = b"HTTP/1.0 503 X\r\n\r\n" + b'{"status":"unavailable","status_code":503,"error":"JetStream stream \'A > B\' is bad"}'


@asynccontextmanager
async def answering(answer: bytes | None) -> AsyncIterator[tuple[str, int]]:
    """A server that says this to everybody, or nothing at all."""
    leaving = asyncio.Event()

    async def answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        if answer is None:
            await leaving.wait()
        else:
            writer.write(answer)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(answers, "127.0.0.1", 0)
    try:
        yield "127.0.0.1", server.sockets[0].getsockname()[1]
    finally:
        leaving.set()
        server.close()
        await server.wait_closed()


@pytest.mark.parametrize(
    ("answer", "is_well", "text"),
    [
        (b'HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{"status":"ok"}', True, "ok"),
        (WEDGED, False, "JetStream stream 'A > B' is bad"),
        (b"HTTP/1.1 503 Service Unavailable\r\n\r\n", False, "status 503"),
        (b"HTTP/1.1 500 X\r\n\r\nnot json", False, "status 500"),
        (b"", False, "status missing"),
        (b"\xff\xfe\x00", False, "status missing"),
    ],
)
def test_only_a_status_of_200_is_well_and_the_servers_own_words_are_told(answer: bytes, is_well: bool, text: str) -> None:
    assert verdict_of(answer) == Verdict(is_well=is_well, text=text)


def test_words_without_end_are_cut() -> None:
    assert len(verdict_of(b'HTTP/1.1 503 X\r\n\r\n{"error":"%s"}' % (b"x" * 10_000)).text) == limits.HEALTH_TEXT_CHARS_MAX


async def test_a_server_is_asked_over_plain_http() -> None:
    async with answering(WEDGED) as address:
        assert await ask_healthz(*address) == Verdict(is_well=False, text="JetStream stream 'A > B' is bad")


async def test_a_server_that_does_not_answer_is_unwell_after_two_seconds() -> None:
    async with answering(None) as address:
        began_s = asyncio.get_running_loop().time()
        verdict = await ask_healthz(*address)

        assert verdict == Verdict(is_well=False, text="no answer within 2 s")
        assert asyncio.get_running_loop().time() - began_s < 4


async def test_a_server_that_is_not_there_is_unwell(free_port: int) -> None:
    assert await ask_healthz("127.0.0.1", free_port) == Verdict(is_well=False, text="no answer: ConnectionRefusedError")


def heard(complaints: Complaints, *verdicts: tuple[float, Verdict]) -> list[float]:
    """When it was enough."""
    return [at_s for at_s, verdict in verdicts if complaints.hear(verdict, at_s)]


def test_three_complaints_over_ten_seconds_are_enough_and_fewer_or_faster_ones_are_not() -> None:
    assert heard(Complaints(), (0, UNWELL), (4, UNWELL), (8, UNWELL), (12, UNWELL)) == [12]
    assert heard(Complaints(), (0, UNWELL), (1, UNWELL), (2, UNWELL)) == []
    assert heard(Complaints(), (0, UNWELL), (30, UNWELL)) == []


def test_one_good_word_takes_back_the_complaints_before_it() -> None:
    assert heard(Complaints(), (0, UNWELL), (6, UNWELL), (8, WELL), (12, UNWELL), (16, UNWELL), (20, UNWELL)) == []


def test_a_server_that_no_restart_helps_is_left_alone_longer_each_time() -> None:
    restarts = heard(Complaints(), *((float(at_s), UNWELL) for at_s in range(0, 2_000, 4)))

    gaps = [later - earlier for earlier, later in itertools.pairwise(restarts)]
    assert gaps == sorted(gaps)
    assert gaps[0] >= 2 * limits.BUS_UNWELL_S
    assert limits.BUS_UNWELL_MAX_S <= gaps[-1] <= limits.BUS_UNWELL_MAX_S + 8


def test_after_a_minute_without_a_complaint_it_is_as_new() -> None:
    complaints = Complaints()
    first = heard(complaints, *((float(at_s), UNWELL) for at_s in range(0, 13, 4)))
    well = heard(complaints, *((float(at_s), WELL) for at_s in range(16, 80, 4)))
    second = heard(complaints, *((float(at_s), UNWELL) for at_s in range(80, 100, 4)))

    assert (first, well, second) == ([12.0], [], [92.0])


@pytest.mark.parametrize("body", [b"", b"{}", b'{"monitoring":[]}', b'{"monitoring":["http://127.0.0.1"]}', b"\xff"])
def test_a_file_of_ports_that_cannot_be_read_tells_of_no_monitoring_page(body: bytes, tmp_path: Path) -> None:
    (tmp_path / "nats-server_1.ports").write_bytes(body)

    assert monitor_of(tmp_path) is None


async def varz(address: tuple[str, int]) -> dict[str, Any]:
    reader, writer = await asyncio.open_connection(*address)
    writer.write(b"GET /varz HTTP/1.0\r\n\r\n")
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    told: dict[str, Any] = msgspec.json.decode(answer.partition(b"\r\n\r\n")[2])
    return told


@pytest.mark.parametrize(("wanted", "seconds", "always"), [("default", 120, False), ("always", 120, True), ("10s", 10, False)])
async def test_the_embedded_server_forces_to_the_disk_as_often_as_is_set(
    wanted: str, seconds: int, always: bool, tmp_path: Path
) -> None:
    bus = EmbeddedBus(tmp_path / "bus", 0, sync_interval=wanted)
    await bus.start()
    while (address := monitor_of(tmp_path / "bus")) is None:  # It is written once the server listens.
        await asyncio.sleep(0.01)
    verdict, told = await ask_healthz(*address), (await varz(address))["jetstream"]["config"]
    await bus.stop()

    assert verdict.is_well
    assert (told["sync_interval"], told.get("sync_always", False)) == (seconds * 1_000_000_000, always)
    assert monitor_of(tmp_path / "bus") is None
    forget_monitor(tmp_path / "bus")
