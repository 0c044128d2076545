"""What stops working without dying is noticed and started again, and the sync it was part of ends with the server's rows."""

import gc
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

import pytest

from actors.demo import Hold, XtreamServer
from actors.runtime.healthz import ask_healthz, monitor_of
from contracts import limits
from contracts.catalog import SyncStatus
from tests.big_catalogue import big_catalogue
from tests.playbill_room import ACTION_OF, ROLES, Running, playbill, served_ids, until

pytestmark = pytest.mark.timeout(240)
_ACTORS: Final = tuple(role for role in ROLES if role != "nats-server")


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four pulses: whom it kills wrongly on a loaded machine is started again as well."""
    monkeypatch.setattr(limits, "SILENT_S", 8.0)


@pytest.fixture
def provider() -> Iterator[XtreamServer]:
    with XtreamServer(big_catalogue()) as server:
        yield server


def is_another(running: Running, role: str, pid: int) -> bool:
    return any(child.name == role and child.is_running and child.pid != pid for child in running.supervisor.children())


async def check_end(running: Running, provider: XtreamServer, sync_id: str) -> None:
    ended = await running.ended(sync_id)

    assert (ended.status, ended.progress) == (SyncStatus.COMPLETED, 100)
    for step in ACTION_OF:
        assert running.ids(step) == served_ids(provider, step), step


async def test_roles_that_stand_still_in_the_middle_of_a_sync_are_started_again_and_it_completes(
    tmp_path: Path, provider: XtreamServer
) -> None:
    hold = Hold(at_bytes=1_000_000)
    provider.set(ACTION_OF["movies"], hold=hold)
    async with playbill(tmp_path, {"iptv": provider.url}) as running:
        sync_id = await running.ask()
        await until(hold.reached.is_set)
        still = {role: running.pid(role) for role in _ACTORS}
        for pid in still.values():
            os.kill(pid, signal.SIGSTOP)
        hold.release()
        for role, pid in still.items():
            await until(partial(is_another, running, role, pid))

        await check_end(running, provider, sync_id)


async def test_a_role_whose_loop_is_blocked_is_started_again_and_the_sync_completes(
    tmp_path: Path, provider: XtreamServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAYBILL_FAILPOINTS", "writer.committing=stall@2")
    monkeypatch.setenv("PLAYBILL_FAILPOINTS_DIR", str(tmp_path))
    async with playbill(tmp_path, {"iptv": provider.url}) as running:
        blocked = running.pid("writer")
        sync_id = await running.ask()

        await check_end(running, provider, sync_id)
        assert running.pid("writer") != blocked


@pytest.mark.filterwarnings("ignore:unclosed <StreamWriter:ResourceWarning")
async def test_a_bus_that_stands_still_is_started_again_and_the_sync_completes(
    tmp_path: Path, provider: XtreamServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "BUS_HEALTH_INTERVAL_S", 1.0)
    monkeypatch.setattr(limits, "BUS_UNWELL_S", 5.0)
    hold = Hold(at_bytes=1_000_000)
    provider.set(ACTION_OF["movies"], hold=hold)
    async with playbill(tmp_path, {"iptv": provider.url}) as running:
        sync_id = await running.ask()
        await until(hold.reached.is_set)
        pid = running.pid("nats-server")
        os.kill(pid, signal.SIGSTOP)
        hold.release()
        await until(partial(is_another, running, "nats-server", pid))

        await check_end(running, provider, sync_id)
    gc.collect()  # nats-py leaves the socket of a try that was not answered to the collector, which says so.


@contextmanager
def full_disk(pid: int, log: Path, when: str) -> Iterator[None]:
    """The writes of a process, told by `when`, meet a disk that is full; nothing is written in vain afterwards."""
    command = ["strace", "-f", "-p", str(pid), "-e", "trace=pwrite64,write", "-e", f"inject=pwrite64:error=ENOSPC:when={when}"]
    with subprocess.Popen([*command, "-o", str(log)], stderr=subprocess.PIPE, text=True) as tracing:
        assert tracing.stderr is not None
        if "attached" not in tracing.stderr.readline():
            tracing.wait()
            pytest.skip("this system lets no process trace another")
        try:
            yield
        finally:
            tracing.send_signal(signal.SIGINT)
            tracing.communicate()


def has_injected(log: Path) -> Callable[[], bool]:
    return lambda: log.exists() and "INJECTED" in log.read_text()


@pytest.mark.skipif(shutil.which("strace") is None, reason="there is no strace here to make a disk full")
async def test_a_stream_that_took_one_full_disk_amiss_is_noticed_and_the_sync_completes(
    tmp_path: Path, provider: XtreamServer
) -> None:
    hold = Hold(at_bytes=1_000_000)
    provider.set(ACTION_OF["movies"], hold=hold)
    async with playbill(tmp_path, {"iptv": provider.url}) as running:
        sync_id = await running.ask()
        await until(hold.reached.is_set)
        pid, log = running.pid("nats-server"), tmp_path / "strace.log"
        with full_disk(pid, log, "2"):
            hold.release()
            await until(has_injected(log))
        monitor = monitor_of(tmp_path / "playbill-bus")
        assert monitor is not None
        verdict = await ask_healthz(*monitor)
        await until(partial(is_another, running, "nats-server", pid))

        assert not verdict.is_well
        assert "PLAYBILL_" in verdict.text
        await check_end(running, provider, sync_id)
