"""Group H, addresses: where no source can be, in whatever spelling it is written."""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from faults.case import Case
from faults.checker import all_is_well
from faults.nats_server import free_port
from faults.processes import WAIT_S
from faults.rig import Rig, environment, up
from faults.trial import Trial, expect
from faults.watching import watched
from faults.world import PASSWORD, USER, provider

_FILMS: Final = 300
_LOOPBACK: Final = (
    "127.0.0.1",
    "localhost",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "127.1",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
)
"""Our own machine in all the spellings that resolvers take."""
_ELSEWHERE: Final = (
    "169.254.169.254",
    "[fd00:ec2::254]",
    "100.64.0.1",
    "100.100.100.200",
    "10.0.0.1",
    "0.0.0.0",
    "255.255.255.255",
)
_HAS_IPV6: Final = socket.has_ipv6 and Path("/proc/net/if_inet6").exists()
_REFUSED: Final = "the address is not allowed"


class _Doors:
    """Listens on a port of every loopback address there is; nobody may come."""

    def __init__(self) -> None:
        self.port = free_port()
        self.came = 0

    def _come(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.came += 1
        writer.transport.abort()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        servers = [await asyncio.start_server(self._come, "127.0.0.1", self.port)]
        if _HAS_IPV6:
            servers.append(await asyncio.start_server(self._come, "::1", self.port))
        try:
            yield
        finally:
            for server in servers:
                server.close()


def _source(name: str, url: str, *, private: bool = False) -> str:
    login = f'username = "{USER}"\npassword = "{PASSWORD}"'
    allowed = "" if private else "allow_private_addresses = false\n"
    return (
        f'[[source]]\nid = "{name}"\nkind = "xtream"\nurl = "{url}"\n{login}\nsync_on_start = false\nmax_retries = 0\n{allowed}'
    )


async def h7(trial: Trial) -> None:
    doors, bus_port = _Doors(), free_port()
    urls = [f"http://{host}:{doors.port}" for host in (*_LOOPBACK, *_ELSEWHERE)]
    private = [f"http://{host}:{bus_port}" for host in _LOOPBACK]
    hostile = {f"out-{n}": _source(f"out-{n}", url) for n, url in enumerate(urls)}
    hostile |= {f"bus-{n}": _source(f"bus-{n}", url, private=True) for n, url in enumerate(private)}
    allowed = _source("allowed", f"http://127.0.0.1:{doors.port}", private=True)
    told = dict(zip(hostile, [*urls, *private], strict=True))
    async with doors.open():
        turns = asyncio.Semaphore(3)
        checks = await asyncio.gather(*(_checked(trial, name, table, bus_port, turns) for name, table in hostile.items()))
        at_load = {name for name, said in zip(hostile, checks, strict=True) if _is_refused_at_load(said)}
        rest = {name: table for name, table in hostile.items() if name not in at_load}
        with provider(_FILMS) as server:
            tables = "".join((*rest.values(), allowed))
            variables = {"PLAYBILL_NATS__PORT": str(bus_port)}
            async with (
                up(trial, {"iptv": server}, tables=tables, variables=variables) as rig,
                watched(rig),
            ):
                for name in rest:
                    await _check_refused(rig, name, told[name])
                await all_is_well(rig, (await rig.sync()).sync_id)
                expect(doors.came == 0, f"I12: {doors.came} connections came in")
                await rig.sync("allowed")
                expect(doors.came > 0, "nobody comes even where it is allowed: nothing was proved")
                log = (rig.directory / "playbill-bus" / "nats-server.log").read_text()
    trial.inject("a source at an address of ours, of a cloud or of a network", len(hostile))
    trial.note(f"{len(hostile)} hostile addresses: {len(at_load)} refused when the settings are read, {len(rest)} when dialed")
    expect("parser error" not in log.lower(), "I12: somebody spoke HTTP to the bus")
    expect(not set(_names(told, "localhost", "2130706433")) & at_load, "names were judged without being looked up")


def _names(told: dict[str, str], *hosts: str) -> list[str]:
    return [name for name, url in told.items() if urlsplit(url).hostname in hosts]


async def _checked(trial: Trial, name: str, table: str, bus_port: int, turns: asyncio.Semaphore) -> tuple[int, str]:
    """What `playbill status` says of a settings file with this source alone."""
    config = trial.directory / f"{name}.toml"
    config.write_text(f"[nats]\nport = {bus_port}\n{table}")
    config.chmod(0o600)
    async with turns:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "actors.cli", "status", "--config", str(config)),
            env=environment({}),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await asyncio.wait_for(process.communicate(), WAIT_S)
    assert process.returncode is not None
    return process.returncode, said.decode()


def _is_refused_at_load(found: tuple[int, str]) -> bool:
    code, said = found
    if _REFUSED not in " ".join(said.split()):
        return False
    expect(code != 0, f"refused, and the exit code is 0: {said}")
    expect("url" in said, f"a refusal that does not name the key: {said}")
    return True


async def _check_refused(rig: Rig, name: str, url: str) -> None:
    last = await rig.sync(name)
    errors = [(error.code, error.text) for error in last.errors]
    expect(last.status == "failed", f"{url}: the sync is {last.status}")
    refused = any(code == "address_refused" and _REFUSED in text for code, text in errors)
    expect(refused or ("//0177." in url and errors[0][0] == "request_rejected"), f"{url}: it failed of {errors}")


CASES: Final = (
    Case(
        case_id="H7",
        fault="a source at an address of this machine, of a cloud's insides or of a private network, in many spellings",
        invariants="I12",
        seen="`the address is not allowed`, and why",
        run=h7,
        starred=True,
    ),
)
