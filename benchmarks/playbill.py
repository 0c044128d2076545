"""A Playbill that is measured: `playbill up` in a directory of its own, talked to over the bus as anyone may."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, Final, Self

import msgspec

from actors.embedded import EmbeddedBus
from actors.runtime.client import BusClient
from benchmarks.process import Usage, descendants, usage
from benchmarks.provider import PASSWORD, USERNAME
from contracts import subjects
from contracts.catalog import Mode, Part, SyncStatus
from contracts.messages import Counts, RequestRefused, SyncProgress, SyncRequest

SOURCE: Final = "iptv"
_LIBRARIES: Final = "libraries"
_READY_S: Final = 30.0
_SYNC_S: Final = 600.0
_POLL_S: Final = 0.005
_WORK_STREAMS: Final = (subjects.STREAM_FETCH, subjects.STREAM_PARSE, subjects.STREAM_WRITE)


class Synced(msgspec.Struct, frozen=True, kw_only=True):
    """One sync, as the one who asked for it saw it."""

    seconds: float
    """From before the request was published until its final state was heard."""
    progress: SyncProgress
    usages: dict[str, Usage]
    """Processor seconds of this sync alone, and the peak so far, by process."""

    @property
    def listed(self) -> Counts:
        """What became of the rows that the server listed: without the home page, and without the libraries that rows are in."""
        steps = (step for step in self.progress.steps if step.part is Part.CATALOGUE and step.step != _LIBRARIES)
        return sum((step.counts for step in steps), Counts())


class Playbill:
    """A running Playbill."""

    def __init__(self, directory: Path, process: "subprocess.Popen[bytes]", ready_s: float) -> None:
        self._directory = directory
        self._process = process
        self.ready_s = ready_s
        """From the start of `playbill up` until `playbill status` had answered."""
        self.client: BusClient

    async def connect(self) -> Self:
        config = EmbeddedBus.read(self._directory / "bus")
        assert config is not None
        self.client = await BusClient.connect(config)
        return self

    def usages(self) -> dict[str, Usage]:
        """Of each process that is alive."""
        pids = [self._process.pid, *descendants(self._process.pid)]
        return {found.name: found for pid in pids if (found := usage(pid)) is not None}

    async def sync(self, mode: Mode = Mode.INCREMENTAL, parts: Sequence[Part] = ()) -> Synced:
        """Ask and wait for the end. Raises RuntimeError unless it completes."""
        before, started_s = self.usages(), time.perf_counter()
        progress = await self.wait(await self.ask(mode, parts))
        seconds = time.perf_counter() - started_s
        if progress.status is not SyncStatus.COMPLETED:
            raise RuntimeError(f"the sync ended {progress.status}: {[error.text for error in progress.errors]}")
        after = self.usages()
        used = {name: _difference(after[name], before.get(name)) for name in after}
        return Synced(seconds=seconds, progress=progress, usages=used)

    async def ask(self, mode: Mode, parts: Sequence[Part] = ()) -> str:
        """The id of the request."""
        request_id = f"bench-{uuid.uuid4().hex}"
        await self.client.request_sync(SOURCE, SyncRequest(request_id=request_id, mode=mode, parts=list(parts)))
        return request_id

    async def wait(self, request_id: str) -> SyncProgress:
        """The final state of what was asked for."""
        async with asyncio.timeout(_SYNC_S):
            async for progress in self.client.follow(SOURCE):
                if progress.request_id != request_id:
                    continue
                if isinstance(progress, RequestRefused):
                    raise RuntimeError(f"the sync was refused: {progress.text}")
                if progress.status.is_final:
                    return progress
        raise RuntimeError("the bus went away")

    async def work_messages(self) -> int:
        """Messages that wait or are in hand in the conveyor's streams."""
        stream = self.client.connection.client.jetstream()
        states: list[Any] = [(await stream.stream_info(name)).state for name in _WORK_STREAMS]
        return sum(state.messages for state in states)


@contextlib.asynccontextmanager
async def playbill(directory: Path, access: str) -> AsyncIterator[Playbill]:
    """Start it in an empty directory, and stop it in the end. `access` says how its one source is reached, as settings do."""
    process, ready_s = await asyncio.to_thread(_start, directory, access)
    try:
        running = await Playbill(directory, process, ready_s).connect()
        try:
            yield running
        finally:
            await running.client.connection.close()
    finally:
        await asyncio.to_thread(_stop, process)


def _start(directory: Path, access: str) -> "tuple[subprocess.Popen[bytes], float]":
    """The process, and the seconds until it was ready and `status` had answered."""
    config, log = write_config(directory, access), directory / "playbill.log"
    started_s = time.perf_counter()
    with log.open("wb") as output:
        process = subprocess.Popen(command("up", "--config", str(config)), stdout=output, stderr=output)
    try:
        _wait_until_ready(process, log)
        subprocess.run(command("status", "--json", "--config", str(config)), check=True, stdout=subprocess.PIPE, timeout=_READY_S)
    except BaseException:
        _stop(process)
        raise
    return process, time.perf_counter() - started_s


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "actors.cli", *words]


def xtream_access(url: str) -> str:
    """How the provider of `benchmarks.provider` is reached."""
    # Four syncs within ten seconds would meet the pace that a real provider is asked at; it is not what is measured.
    pace = "requests_per_10_s = 1000"
    return f'kind = "xtream"\nurl = "{url}"\nusername = "{USERNAME}"\npassword = "{PASSWORD}"\n{pace}'


def write_config(directory: Path, access: str) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / "playbill.toml"
    path.touch(mode=0o600)
    path.write_text(
        f"""
[store]
path = "playbill.db"
[nats]
port = {_free_port()}
dir = "bus"
[[source]]
id = "{SOURCE}"
{access}
sync_on_start = false
"""
    )
    return path


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_ready(process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline_s = time.monotonic() + _READY_S
    while b"playbill runs" not in log.read_bytes():
        if process.poll() is not None or time.monotonic() > deadline_s:
            raise RuntimeError(f"playbill did not start:\n{log.read_text()[-2000:]}")
        time.sleep(_POLL_S)


def _stop(process: "subprocess.Popen[bytes]") -> None:
    children = descendants(process.pid)
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        for pid in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _difference(after: Usage, before: Usage | None) -> Usage:
    return msgspec.structs.replace(after, cpu_s=after.cpu_s - (before.cpu_s if before else 0.0))
