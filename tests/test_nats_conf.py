"""Who may do what on the bus: `nats.conf` against a real nats-server."""

import asyncio
import re
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import msgspec
import nats
import pytest

from actors.runtime.connection import connect
from actors.runtime.provision import provision
from contracts import subjects
from contracts.catalog import Part
from contracts.channels import queries
from tests.bus_server import NATS_CONF, ROLES, BusServer, environment, nats_server_path

ACTORS: Final = ("fetcher", "parser", "writer", "progress")
"""Those that work on messages, whose syncs can be cancelled."""
PULL: Final = "$JS.API.CONSUMER.MSG.NEXT"
WORK_STREAMS: Final = (
    subjects.STREAM_REQUESTS,
    subjects.STREAM_FETCH,
    subjects.STREAM_PARSE,
    subjects.STREAM_WRITE,
    subjects.STREAM_FACTS,
    subjects.STREAM_DEAD,
)


def acks(stream: str, consumer: str) -> list[str]:
    """Both forms of a subject that acknowledges, pauses, or says `in progress`."""
    return [f"$JS.ACK.{stream}.{consumer}.1.2.3.4.5", f"$JS.ACK.hub.account.{stream}.{consumer}.1.2.3.4.5.token"]


def work_of(stream: str, consumer: str) -> list[str]:
    return [f"{PULL}.{stream}.{consumer}", *acks(stream, consumer)]


def direct_gets(stream: str) -> list[str]:
    return [f"$JS.API.DIRECT.GET.{stream}", f"$JS.API.DIRECT.GET.{stream}.playbill.some.subject"]


ANSWERED_ON: Final = ["_INBOX.of.a.script", "_INBOX_client.of.a.command"]
"""Where askers listen."""

PUBLISHES: Final[dict[str, list[str]]] = {
    "scheduler": [subjects.request("iptv"), *direct_gets(subjects.STREAM_PROGRESS)],
    "push": [subjects.request("iptv")],
    "fetcher": [
        *(subject for part in Part for subject in work_of(subjects.STREAM_FETCH, subjects.consumer_fetch("iptv", part))),
        *(f"$JS.API.CONSUMER.PAUSE.{subjects.STREAM_FETCH}.{subjects.consumer_fetch('iptv', part)}" for part in Part),
        *(subjects.parse("iptv", part) for part in Part),
        *(subjects.write("iptv", part) for part in Part),
        subjects.fact("iptv"),
    ],
    "parser": [
        *work_of(subjects.STREAM_PARSE, subjects.CONSUMER_PARSER),
        *(subjects.write("iptv", part) for part in Part),
    ],
    "writer": [
        *work_of(subjects.STREAM_REQUESTS, subjects.CONSUMER_WRITER),
        *work_of(subjects.STREAM_REQUESTS, subjects.CONSUMER_MENDER),
        *work_of(subjects.STREAM_WRITE, subjects.CONSUMER_WRITER),
        *work_of(subjects.STREAM_DEAD, subjects.CONSUMER_WRITER),
        f"$JS.API.STREAM.INFO.{subjects.STREAM_FETCH}",
        f"$JS.API.STREAM.INFO.{subjects.STREAM_PARSE}",
        f"$JS.API.STREAM.INFO.{subjects.STREAM_WRITE}",
        *(subjects.fetch("iptv", part) for part in Part),
        subjects.fact("iptv"),
        subjects.event("iptv", "sync_ended"),
        # What is replayed goes where it came from; the episodes are asked for after the catalogue.
        *(subjects.parse("iptv", part) for part in Part),
        *(subjects.write("iptv", part) for part in Part),
        subjects.request("iptv"),
        subjects.MENDS,
    ],
    "progress": [
        *work_of(subjects.STREAM_FACTS, subjects.CONSUMER_PROGRESS),
        *direct_gets(subjects.STREAM_PROGRESS),
        "playbill.progress.iptv.catalogue",
    ],
    "reader": [subjects.request("iptv"), *ANSWERED_ON],
    "client": [
        subjects.request("iptv"),
        *(subjects.query(name) for name in queries()),
        *(subject for verb in ("PING", "INFO", "STATS") for subject in (f"$SRV.{verb}", f"$SRV.{verb}.playbill.any")),
        subjects.cancel_sync("0123456789abcdef"),
        subjects.cancel_source("iptv"),
        subjects.CANCEL_ALL,
        subjects.MENDS,
        *direct_gets(subjects.STREAM_PROGRESS),
        "$JS.API.INFO",
        "$JS.API.STREAM.NAMES",
        *(f"$JS.API.STREAM.INFO.{stream}" for stream in (subjects.STREAM_FETCH, subjects.STREAM_PARSE, subjects.STREAM_WRITE)),
    ],
}
"""What each role may publish, beside what every actor may."""

OF_EVERY_ACTOR: Final = direct_gets(subjects.STREAM_CANCELS)

OF_ADMIN_ALONE: Final = [
    *(f"$JS.API.CONSUMER.CREATE.{stream}.spy" for stream in WORK_STREAMS),
    *(f"$JS.API.CONSUMER.DURABLE.CREATE.{stream}.spy" for stream in WORK_STREAMS),
    *(f"$JS.API.CONSUMER.DELETE.{stream}.writer" for stream in WORK_STREAMS),
    *(f"$JS.API.STREAM.{verb}.{stream}" for stream in WORK_STREAMS for verb in ("CREATE", "UPDATE", "DELETE", "PURGE")),
    *(f"$JS.API.STREAM.MSG.{verb}.{stream}" for stream in WORK_STREAMS for verb in ("GET", "DELETE")),
    *(f"$JS.API.DIRECT.GET.{stream}" for stream in WORK_STREAMS),
    "$JS.API.STREAM.SNAPSHOT.PLAYBILL_WRITE",
    "$JS.API.ACCOUNT.PURGE.A",
    "$SYS.REQ.SERVER.PING",
    "playbill.sync.cancelled.all",
    "anything.else",
]

HEARD: Final[dict[str, list[str]]] = {
    **{role: ["playbill.sync.cancelled.>", "playbill.sync.cancelled.all"] for role in ACTORS},
    "scheduler": ["playbill.progress.*", "playbill.progress.iptv", "playbill.event.*.request_refused"],
    "push": ["playbill.event.*.sync_started", "playbill.event.*.request_refused"],
    "reader": [
        *(subjects.query(name) for name in queries()),
        "$SRV.PING",
        "$SRV.INFO.playbill",
        "$SRV.STATS.playbill.any",
        "playbill.event.*.sync_started",
        "playbill.event.*.request_refused",
    ],
    "client": ["playbill.progress.>", "playbill.progress.iptv", "playbill.event.>", "playbill.fact.>", "_INBOX.any.>"],
}
NOT_HEARD_BUT_BY_ADMIN: Final = [
    ">",
    "*.>",
    "playbill.>",
    "playbill.work.>",
    "playbill.work.write.iptv.catalogue",
    "playbill.sync.request.*",
    "playbill.dead.>",
    "$JS.>",
    "$SYS.>",
    "_INBOX_admin.>",
]


class Answers:
    """One role's connection, spoken to in NATS's own words, since a client library tells of a refusal only by the way."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def refused(self, *lines: str) -> list[str]:
        """The subjects among those of the given lines that the server refuses."""
        self._writer.write("".join(lines).encode() + b"PING\r\n")
        found: list[str] = []
        while (line := (await self._reader.readline()).decode().strip()) != "PONG":
            assert line, "the server closed the connection"
            if line.startswith("-ERR"):
                found += re.findall(r'Permissions Violation for \w+ to "([^"]+)"', line)
        return found

    async def refused_publishes(self, wanted: list[str]) -> list[str]:
        return await self.refused(*(f"PUB {subject} 0\r\n\r\n" for subject in wanted))

    async def refused_subscriptions(self, wanted: list[str]) -> list[str]:
        return await self.refused(*(f"SUB {subject} {number}\r\n" for number, subject in enumerate(wanted)))


@asynccontextmanager
async def connected(server: BusServer, role: str) -> AsyncIterator[Answers]:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        await reader.readline()
        options = {"user": role, "pass": server.passwords[role], "verbose": False, "protocol": 1, "headers": True}
        writer.write(b"CONNECT " + msgspec.json.encode(options) + b"\r\n")
        yield Answers(reader, writer)
    finally:
        writer.close()
        await writer.wait_closed()


def may_publish(role: str) -> list[str]:
    own = [*PUBLISHES[role], subjects.dead(role), *OF_EVERY_ACTOR] if role in ACTORS else PUBLISHES[role]
    return list(dict.fromkeys(own))


def may_not_publish(role: str) -> list[str]:
    everything = [
        *OF_ADMIN_ALONE,
        *OF_EVERY_ACTOR,
        *(subject for others in PUBLISHES.values() for subject in others),
        *(subjects.dead(actor) for actor in ACTORS),
    ]
    return list(dict.fromkeys(subject for subject in everything if subject not in may_publish(role)))


@pytest.mark.parametrize("role", PUBLISHES)
async def test_a_role_may_publish_what_its_work_needs_and_nothing_else(nats_server: BusServer, role: str) -> None:
    async with connected(nats_server, role) as answers:
        assert await answers.refused_publishes(may_publish(role)) == []
        assert await answers.refused_publishes(may_not_publish(role)) == may_not_publish(role)


@pytest.mark.parametrize("role", HEARD)
async def test_a_role_hears_its_own_inbox_and_its_own_subjects_and_nothing_else(nats_server: BusServer, role: str) -> None:
    inboxes = [f"_INBOX_{other}.>" for other in ROLES if other != role]
    refused = [*NOT_HEARD_BUT_BY_ADMIN, *(inbox for inbox in inboxes if inbox not in NOT_HEARD_BUT_BY_ADMIN)]
    async with connected(nats_server, role) as answers:
        assert await answers.refused_subscriptions([*HEARD[role], f"_INBOX_{role}.>"]) == []
        assert await answers.refused_subscriptions(refused) == refused


async def test_admin_may_do_everything(nats_server: BusServer) -> None:
    async with connected(nats_server, "admin") as answers:
        assert await answers.refused_publishes([*OF_ADMIN_ALONE, *may_not_publish("client")]) == []


@pytest.mark.parametrize(
    "credentials",
    [
        {"user": "writer", "pass": "wrong"},
        {"user": "writer", "pass": "pw_client_of_a_test"},
        {"user": "stranger", "pass": "pw_stranger_of_a_test"},
        {"user": "writer"},
        {},
    ],
    ids=repr,
)
async def test_no_one_is_let_in_without_the_password_of_the_role(nats_server: BusServer, credentials: dict[str, str]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", nats_server.port)
    await reader.readline()

    writer.write(b"CONNECT " + msgspec.json.encode(credentials) + b"\r\n")
    said = await reader.read()

    assert said == b"-ERR 'Authorization Violation'\r\n"
    writer.close()
    await writer.wait_closed()


async def test_admin_provisions_the_streams_within_the_server_s_bounds(nats_server: BusServer) -> None:
    connection = await connect(nats_server.config("admin"), purpose="test")
    await provision(connection.client, {("iptv", Part.CATALOGUE): 1})
    made = await connection.client.jetstream().streams_info()
    await connection.close()

    assert {stream.config.name for stream in made} == {name for key, name in vars(subjects).items() if key.startswith("STREAM_")}
    assert all((stream.config.max_bytes or -1) > 0 for stream in made)


async def test_a_plain_script_s_request_is_acknowledged_by_the_stream_and_its_answer_is_heard(nats_server: BusServer) -> None:
    admin = await connect(nats_server.config("admin"), purpose="test")
    await provision(admin.client, {})
    await admin.close()
    script = await nats.connect(nats_server.url, user="client", password=nats_server.passwords["client"])

    answer = await script.jetstream().publish(subjects.request("iptv"), b"")

    assert answer.stream == subjects.STREAM_REQUESTS
    await script.close()


def test_the_server_listens_on_loopback_alone_and_shows_no_password(nats_server: BusServer) -> None:
    said = "".join(nats_server.lines)

    assert set(re.findall(r"(?:connections|monitor) on (\S+):\d+", said)) == {"127.0.0.1"}
    assert not any(password in said for password in nats_server.passwords.values())


def test_a_password_that_is_not_set_stops_the_start_instead_of_being_empty(tmp_path: Path) -> None:
    values = environment(tmp_path, -1, {role: "pw_x" for role in ROLES if role != "writer"})

    checked = subprocess.run(
        [nats_server_path(), "-t", "-c", str(NATS_CONF)], env=values, capture_output=True, text=True, check=False, timeout=30
    )

    assert checked.returncode != 0
    assert "PLAYBILL_PW_WRITER" in checked.stderr


def test_docker_compose_sets_every_variable_that_the_configuration_asks_for() -> None:
    lines = [line for line in NATS_CONF.read_text(encoding="utf-8").splitlines() if not line.lstrip().startswith("#")]
    wanted = set(re.findall(r"\$(PLAYBILL_\w+)", "\n".join(lines)))

    compose = (NATS_CONF.parent / "docker-compose.yml").read_text(encoding="utf-8")

    assert wanted == set(re.findall(r"^ +(PLAYBILL_NATS_[A-Z]+|PLAYBILL_PW_\w+): ", compose, flags=re.MULTILINE))
