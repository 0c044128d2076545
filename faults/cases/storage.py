"""The cases whose faults come from below: power, disks, system calls and memory."""

import contextlib
import errno
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from actors.demo import XtreamServer
from contracts.errors import BusUnavailable
from faults import cgroups, disks, lazydisk, syscalls
from faults.case import Case
from faults.checker import all_is_well, settled
from faults.powerloss import run_once
from faults.processes import until
from faults.rig import Rig, up
from faults.trial import Skipped, Trial, expect
from faults.world import catalogue, provider

_SMALL_KB: Final = 2_048
_LARGE_KB: Final = 262_144
_MEMORY_MB: Final = 2
"""Beyond what the process has when it is bound: less than a sync takes."""
_FIRST_ROWS: Final = "SELECT 1 FROM items LIMIT 1"


async def _power_cuts(trial: Trial, durability: str, sync_interval: str) -> None:
    """Two power cuts, the second of a Playbill that is long on the disk; what each took is said in a note."""
    _needs(lazydisk.available())
    for seed in (trial.random.randrange(4), trial.random.randrange(4, 8)):
        folder = trial.directory / f"{durability}-{sync_interval}-{seed}"
        folder.mkdir()
        trial.inject("power cut")
        outcome = await run_once(folder, seed, durability, sync_interval)
        trial.tally.syncs += 1 + outcome.is_old
        trial.tally.recovery_s = max(trial.tally.recovery_s, outcome.recovery_s)
        trial.note(outcome.line())
        expect(not outcome.broken, outcome.broken)


async def a7(trial: Trial) -> None:
    await _power_cuts(trial, "full", "default")
    await _power_cuts(trial, "full", "always")


async def a8(trial: Trial) -> None:
    await _power_cuts(trial, "normal", "default")
    await _power_cuts(trial, "normal", "always")


async def a9(trial: Trial) -> None:
    _needs(cgroups.available())
    with provider() as server:
        async with up(trial, {"iptv": server}) as rig:
            with cgroups.memory_group(_MEMORY_MB) as group:
                pid = _pid(rig, "writer")
                group.take(pid)
                sync_id = await rig.ask()
                await until(group.kills, "the kernel kills the writer")
                trial.inject("writer killed for its memory", group.kills())
                trial.tally.deaths += group.kills()
                await rig.replaced("writer", pid)
            await rig.ended(sync_id)
            await all_is_well(rig, sync_id)


async def c3(trial: Trial) -> None:
    _needs(syscalls.available())
    with provider() as server:
        async with up(trial, {"iptv": server}) as rig:
            await rig.sync()
            server.catalogue = catalogue(edition=" anew")
            pid = _pid(rig, "nats-server")
            async with syscalls.injected(pid, syscall="pwrite64,write", error="ENOSPC", when=1, paths=_blocks(rig)) as faults:
                sync_id = await rig.ask()
                await until(faults.struck, "a write of the bus fails")
                trial.inject("a write of the bus fails: ENOSPC", faults.struck())
            await rig.ended(sync_id)
            await all_is_well(rig, sync_id)
            trial.note("the bus was started anew" if rig.processes.pid("nats-server") != pid else "the bus needed no restart")


def _blocks(rig: Rig) -> list[Path]:
    """The files of the stream that carries rows to the writer; the requests are left alone, so that a sync can be asked for."""
    return list((rig.directory / "playbill-bus").rglob("PLAYBILL_WRITE/msgs/*.blk"))


async def c4(trial: Trial) -> None:
    """The bus's disk runs full, for minutes if need be: nobody is told that a request is safe which is not, and all goes on."""
    _needs(await disks.available(trial.directory))
    bus = trial.directory / "playbill-bus"
    with provider() as server:
        async with disks.small_disk(bus, size_kb=_LARGE_KB // 4) as disk, up(trial, {"iptv": server}) as rig:
            expect((await rig.sync()).status == "completed", "the first sync did not complete")
            _fill(bus / "filler", disk.free_bytes())
            trial.inject("disk of the bus is full")
            server.catalogue = catalogue(edition=" anew")
            refused = await _is_refused(rig)
            (bus / "filler").unlink()
            sync_id = await _asked_again(rig)
            ended = await rig.ended(sync_id)
            expect(ended.status == "completed", f"it is {ended.status}: {ended.errors}")
            await all_is_well(rig, sync_id)
            trial.note(f"while it was full, a request was {'refused' if refused else 'taken'}")


def _fill(path: Path, size_bytes: int) -> None:
    with path.open("wb") as file, contextlib.suppress(OSError):
        for _ in range(size_bytes // 65_536 + 1):
            file.write(b"x" * 65_536)
            file.flush()


async def _is_refused(rig: Rig) -> bool:
    try:
        await rig.ask()
    except BusUnavailable:
        return True
    return False


async def _asked_again(rig: Rig) -> str:
    """A request that is taken, as soon as the bus takes some; while one runs, that one."""
    deadline = time.monotonic() + 90
    while True:
        try:
            await settled(rig, 60)
            return await rig.ask()
        except BusUnavailable:
            expect(time.monotonic() < deadline, "I10: there is room, and the bus takes no request")


async def d1(trial: Trial) -> None:
    _needs(await disks.available(trial.directory))
    async with disks.small_disk(trial.directory / "small", size_kb=_SMALL_KB) as disk:
        with provider() as server:
            async with _with_store_in(trial, disk.path, {"iptv": server}) as rig:
                writer, sync_id = _pid(rig, "writer"), await rig.ask()
                await until(lambda: "disk is full" in rig.logs(), "the writer says that the disk is full")
                trial.inject("the disk is full")
                await disk.resize(_LARGE_KB)
                await rig.ended(sync_id)
                await all_is_well(rig, sync_id)
                expect(rig.processes.pid("writer") == writer, "I10: the writer died of a full disk")


async def d2(trial: Trial) -> None:
    _needs(syscalls.available())
    with provider() as server:
        async with up(trial, {"iptv": server}) as rig:
            writer = _pid(rig, "writer")
            async with syscalls.injected(writer, syscall="fdatasync", error="EIO", when="2..4") as faults:
                sync_id = await rig.ask()
                await rig.ended(sync_id)
                trial.inject("fdatasync fails on commit: EIO", faults.struck())
            await all_is_well(rig, sync_id)
            expect(rig.processes.pid("writer") == writer, "I10: the writer died of a failed commit")


async def d3(trial: Trial) -> None:
    _needs(lazydisk.available())
    disk = lazydisk.LazyDisk(trial.directory)
    await disk.attach()
    try:
        with provider() as server:
            async with _with_store_in(trial, disk.mount, {"iptv": server}) as rig:
                writer, sync_id = _pid(rig, "writer"), await rig.ask()
                await until(lambda: rig.rows(_FIRST_ROWS), "first rows")
                before = rig.logs()
                disk.fail(errno.EROFS)
                trial.inject("the disk is read-only")
                await until(lambda: "at=store" in rig.logs().removeprefix(before), "the writer says that it waits")
                disk.mend()
                await rig.ended(sync_id)
                await all_is_well(rig, sync_id)
                expect(rig.processes.pid("writer") == writer, "I10: the writer died of a read-only disk")
    finally:
        disk.detach()


@asynccontextmanager
async def _with_store_in(trial: Trial, folder: Path, servers: dict[str, XtreamServer]) -> AsyncIterator[Rig]:
    """Playbill with its database in a folder, and all else where it always is."""
    bus, store = trial.directory / "playbill-bus", folder / "playbill.db"
    async with up(trial, servers, nats=f'dir = "{bus}"', tables=f'[store]\npath = "{store}"') as rig:
        rig.database = store
        yield rig


def _needs(missing: str | None) -> None:
    if missing is not None:
        raise Skipped(missing)


def _pid(rig: Rig, role: str) -> int:
    pid = rig.processes.pid(role)
    assert pid is not None
    return pid


CASES: Final = (
    Case(
        case_id="A7",
        fault="the power goes during a sync, and with it what the bus had not synced",
        invariants="I1 I2 I10",
        seen="the sync goes on after the start; a request that nobody had taken is to be made again",
        run=a7,
        starred=True,
        timeout_s=300.0,
    ),
    Case(
        case_id="A8",
        fault="the power goes during a sync, with durability normal",
        invariants="I2 I3 I10",
        seen="the catalogue of a moment before; the next sync brings the rest",
        run=a8,
        starred=True,
        timeout_s=300.0,
    ),
    Case(
        case_id="A9",
        fault="the kernel kills the writer for its memory",
        invariants="I10 I11",
        seen="an actor died and is started again",
        run=a9,
    ),
    Case(
        case_id="C3",
        fault="one write of the bus meets a full disk, and the stream is stuck",
        invariants="I2 I10",
        seen="the bus is started anew; the sync goes on",
        run=c3,
        starred=True,
    ),
    Case(
        case_id="C4",
        fault="the bus's disk is full, and freed",
        invariants="I1 I2 I10",
        seen="a request is refused in ten seconds, or taken; all goes on when there is room",
        run=c4,
        timeout_s=300,
    ),
    Case(
        case_id="D1",
        fault="the database's disk is full, and freed",
        invariants="I2 I10",
        seen="the store waits, and goes on by itself",
        run=d1,
        starred=True,
    ),
    Case(
        case_id="D2",
        fault="the disk fails a commit",
        invariants="I3 I4",
        seen="one line in the log",
        run=d2,
        starred=True,
    ),
    Case(
        case_id="D3",
        fault="the database's disk becomes read-only, and writable again",
        invariants="I2 I10",
        seen="the store waits, and goes on by itself",
        run=d3,
    ),
)
