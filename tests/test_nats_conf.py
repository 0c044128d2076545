"""Who may do what on the bus: `nats.conf` against a real nats-server."""

import asyncio
import re
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import nats
import pytest

from actors.runtime.connection import connect
from actors.runtime.provision import provision
from contracts import subjects
from contracts.catalog import Part
from faults.bus_rights import HEARD, NOT_HEARD_BUT_BY_ADMIN, OF_ADMIN_ALONE, PUBLISHES, Answers, may_not_publish, may_publish
from tests.bus_server import NATS_CONF, ROLES, BusServer, environment, nats_server_path


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


@pytest.mark.parametrize("role", PUBLISHES)
async def test_a_role_may_publish_what_its_work_needs_and_nothing_else(nats_server: BusServer, role: str) -> None:
    async with connected(nats_server, role) as answers:
        assert await answers.refused_publishes(may_publish(role)) == []
        assert await answers.refused_publishes(may_not_publish(role)) == may_not_publish(role)


@pytest.mark.parametrize("role", HEARD)
async def test_a_role_hears_its_own_inbox_and_its_own_subjects_and_nothing_else(nats_server: BusServer, role: str) -> None:
    inboxes = [f"_INBOX_{other}.>" for other in ROLES if other != role]
    beats = [] if role == "client" else [subjects.heartbeat(other, "*") for other in HEARD if other != role]
    refused = [*NOT_HEARD_BUT_BY_ADMIN, *(inbox for inbox in inboxes if inbox not in NOT_HEARD_BUT_BY_ADMIN), *beats]
    async with connected(nats_server, role) as answers:
        assert await answers.refused_subscriptions([*HEARD[role], f"_INBOX_{role}.>", subjects.heartbeat(role, "*")]) == []
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


def test_docker_compose_asks_every_actor_how_it_is() -> None:
    compose = (NATS_CONF.parent / "docker-compose.yml").read_text(encoding="utf-8")

    run = re.findall(r"command: \[actor, (\w+)\]", compose)
    asked = re.findall(r"test: \[CMD, playbill, health, --role, (\w+)\]", compose)
    assert asked == [role for role in run if role != "provision"]
    assert set(asked) == {role for role in ROLES if role not in ("admin", "client")}


def test_docker_compose_sets_every_variable_that_the_configuration_asks_for() -> None:
    lines = [line for line in NATS_CONF.read_text(encoding="utf-8").splitlines() if not line.lstrip().startswith("#")]
    wanted = set(re.findall(r"\$(PLAYBILL_\w+)", "\n".join(lines)))

    compose = (NATS_CONF.parent / "docker-compose.yml").read_text(encoding="utf-8")

    assert wanted == set(re.findall(r"^ +(PLAYBILL_NATS_[A-Z]+|PLAYBILL_PW_\w+): ", compose, flags=re.MULTILINE))
