"""Group H, the bus: what a role may not do, and who is not let in."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec
import nats

from actors.embedded import EmbeddedBus
from contracts import subjects
from faults.bus_rights import HEARD, NOT_HEARD_BUT_BY_ADMIN, PUBLISHES, Answers, may_not_publish, may_publish
from faults.case import Case
from faults.checker import all_is_well, check_catalogue, check_conservation, check_file, settled
from faults.processes import until
from faults.replicas import another, running
from faults.rig import Rig, spread, up
from faults.trial import Skipped, Trial, expect
from faults.watching import watched
from faults.world import provider

_FILMS: Final = 300
_HAS_PROC: Final = Path("/proc/net/tcp").exists()
_STREAMS: Final = tuple(name for key, name in vars(subjects).items() if key.startswith("STREAM_"))
_OF_A_STREAM: Final = ("CREATE", "UPDATE", "DELETE", "PURGE", "SNAPSHOT", "RESTORE", "MSG.GET", "MSG.DELETE", "LEADER.STEPDOWN")
_OF_A_CONSUMER: Final = ("CREATE", "DURABLE.CREATE", "DELETE", "INFO", "LEADER.STEPDOWN", "UNPIN")
_OF_NOBODY: Final = (
    *(f"$JS.API.STREAM.{verb}.{stream}" for stream in _STREAMS for verb in _OF_A_STREAM),
    *(f"$JS.API.CONSUMER.{verb}.{stream}.spy" for stream in _STREAMS for verb in _OF_A_CONSUMER),
    *(f"$JS.API.CONSUMER.CREATE.{stream}.spy.playbill.work.>" for stream in _STREAMS),
    *(f"$JS.API.CONSUMER.{verb}.{stream}" for stream in _STREAMS for verb in ("LIST", "NAMES", "CREATE")),
    *(f"$JS.ACK.{stream}.spy.1.1.1.1.1" for stream in _STREAMS if stream != subjects.STREAM_FETCH),
    "$JS.API.ACCOUNT.PURGE.A",
    "$JS.API.META.LEADER.STEPDOWN",
    "$SYS.REQ.SERVER.PING.CONNZ",
    "$SYS.REQ.ACCOUNT.PING.INFO",
    "$SYS.REQ.USER.INFO.x",
    "_INBOX_admin.x.y",
    "playbill.sync.cancelled.all",
)
"""What no role has any use for, beside what the table of rights says of each."""


# --- H8 ---------------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def _spoken(rig: Rig, role: str) -> AsyncIterator[Answers]:
    reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(rig.admin.url).port)
    try:
        await reader.readline()
        options = {"user": role, "pass": f"pw_canary_{role}_of_the_bus", "verbose": False, "protocol": 1, "headers": True}
        writer.write(b"CONNECT " + msgspec.json.encode(options) + b"\r\n")
        yield Answers(reader, writer)
    finally:
        writer.close()
        await writer.wait_closed()


async def _try_everything(rig: Rig, role: str) -> tuple[int, int]:
    """(allowed, refused): every operation of every role, by one of them."""
    forbidden = list(dict.fromkeys([*may_not_publish(role), *_OF_NOBODY]))
    inboxes = [f"_INBOX_{other}.>" for other in (*PUBLISHES, "admin") if other != role]
    own_ears = [*HEARD[role], f"_INBOX_{role}.>"]
    deaf = list(dict.fromkeys([*NOT_HEARD_BUT_BY_ADMIN, *inboxes, "playbill.query.>" if role != "reader" else "playbill.sync.>"]))
    async with _spoken(rig, role) as answers:
        _same(await answers.refused_publishes(may_publish(role)), [], f"{role} may not publish what its work needs")
        _same(await answers.refused_publishes(forbidden), forbidden, f"I12: {role} may publish what is not its own")
        _same(await answers.refused_subscriptions(own_ears), [], f"{role} does not hear what it needs")
        _same(await answers.refused_subscriptions(deaf), deaf, f"I12: {role} hears what is not for it")
    rig.trial.inject("operations that a role has no right to", len(forbidden) + len(deaf))
    return len(may_publish(role)) + len(own_ears), len(forbidden) + len(deaf)


def _same(found: Sequence[str], due: Sequence[str], text: str) -> None:
    differ = sorted(set(found) ^ set(due))
    expect(not differ, f"{text}: {differ[:8]}")


async def _impostor(rig: Rig, role: str, user: str) -> None:
    """An actor that is let in as somebody else cannot work, and its log says why."""
    variables = {"PLAYBILL_NATS__USER": user, "PLAYBILL_NATS__PASSWORD": f"pw_canary_{user}_of_the_bus"}
    async with running(another(rig, role, f"{role}-as-{user}", variables)) as program:
        alarm = "the bus refused an operation of this role"
        await until(lambda: alarm in program.log.read_text(), f"{role} let in as {user} says that it was refused")
    rig.trial.inject("an actor that is let in as another")


async def h8(trial: Trial) -> None:
    with provider(_FILMS) as server:
        async with spread(trial, {"iptv": server}) as rig, watched(rig):
            first = await rig.sync()
            counts = [await _try_everything(rig, role) for role in PUBLISHES]
            allowed, refused = (sum(column) for column in zip(*counts, strict=True))
            trial.note(f"{len(PUBLISHES)} roles: {allowed} operations tried and allowed, {refused} tried and refused")
            for role, user in (("parser", "client"), ("fetcher", "reader"), ("progress", "parser")):
                await _impostor(rig, role, user)
            await _clean_up(rig)
            second = await rig.sync()
            await settled(rig)
            check_conservation(rig, second.sync_id)
            check_catalogue(rig)
            check_file(rig)
            expect(first.status == second.status == "completed", f"the syncs are {first.status} and {second.status}")


async def _clean_up(rig: Rig) -> None:
    """What the roles were let say was empty: commands that nobody serves are left, and a request or a cancel was one as well."""
    admin = await nats.connect(rig.admin.url, user=rig.admin.user, password=rig.admin.password)
    try:
        await admin.jetstream().purge_stream(subjects.STREAM_FETCH)
    finally:
        await admin.close()
    await settled(rig)


# --- H9 ---------------------------------------------------------------------------------------------------------------


async def _let_in(port: int, options: dict[str, object]) -> bytes:
    """The server's answer to who introduces himself so."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        await reader.readline()
        writer.write(b"CONNECT " + msgspec.json.encode({**options, "verbose": False}) + b"\r\nPING\r\n")
        return await asyncio.wait_for(reader.readline(), 10)
    finally:
        writer.close()


def _listening(pid: int) -> set[str]:
    """The addresses on which a process listens, by the kernel."""
    inodes = {Path(f"/proc/{pid}/fd/{entry.name}").readlink().name for entry in Path(f"/proc/{pid}/fd").iterdir()}
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            words = line.split()
            if words[3] == "0A" and f"socket:[{words[9]}]" in inodes:
                found.add(words[1].partition(":")[0])
    return found


async def h9(trial: Trial) -> None:
    if not _HAS_PROC:
        raise Skipped("there is no /proc/net/tcp here")
    with provider(_FILMS) as server:
        async with up(trial, {"iptv": server}) as rig, watched(rig):
            port = urlsplit(rig.admin.url).port
            assert port is not None
            client = EmbeddedBus.read(rig.directory / "playbill-bus")
            assert client is not None
            known: dict[str, object] = {"user": "client", "pass": client.password}
            expect(await _let_in(port, known) == b"PONG\r\n", "the right password does not let in")
            wrong: list[dict[str, object]] = [
                {},
                {"user": "client"},
                {"user": "admin", "pass": ""},
                {"user": "admin", "pass": "pw_x"},
                {"user": "writer", "pass": client.password},
                {"user": "' OR 1", "pass": client.password},
                {"auth_token": client.password},
            ]
            for options in wrong:
                said = await _let_in(port, options)
                expect(said.startswith(b"-ERR 'Authorization Violation'"), f"I12: {sorted(options)} is answered {said!r}")
            trial.inject("somebody without the password", len(wrong))
            pid = rig.processes.pid("nats-server")
            assert pid is not None
            expect(_listening(pid) == {"0100007F"}, f"I12: the bus listens on {_listening(pid)}, and not on loopback alone")
            bus_file = rig.directory / "playbill-bus" / "bus.json"
            expect(bus_file.stat().st_mode & 0o777 == 0o600, "others may read the passwords of the bus")
            await all_is_well(rig, (await rig.sync()).sync_id)


CASES: Final = (
    Case(
        case_id="H8",
        fault="every role tries every operation of every other",
        invariants="I12",
        seen="a line in the log of the role: `the bus refused an operation of this role`",
        run=h8,
        starred=True,
        short=True,
    ),
    Case(
        case_id="H9",
        fault="the bus without a password, with a wrong one, from another machine; its monitoring page",
        invariants="I12",
        seen="nothing: nobody is let in",
        run=h9,
        short=True,
    ),
)
