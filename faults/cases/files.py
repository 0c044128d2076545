"""Group D: the database's file is locked, shared, damaged, cut, read for hours, and copied."""

import asyncio
import os
import random
import re
import shutil
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Final

from actors.demo import XtreamServer
from contracts import limits
from faults.case import Case
from faults.checker import all_is_well, check_catalogue, check_file, open_for_faults, settled
from faults.processes import Program, Up, until
from faults.rig import Rig, environment, up
from faults.trial import Trial, expect
from faults.watching import watched
from faults.world import catalogue, provider

_IN_USE: Final = 75
_MIDDLE: Final = "SELECT 1 FROM steps WHERE step = 'movies' AND status = 'running' AND slices_done > 0"
_WAL_BYTES_MAX: Final = 192 * 1_048_576
_PAGE_BYTES: Final = 4_096


@asynccontextmanager
async def _in_the_middle(trial: Trial, server: XtreamServer) -> AsyncIterator[tuple[Rig, str]]:
    """A sync that writes its rows now."""
    async with up(trial, {"iptv": server}) as rig:
        sync_id = await rig.ask()
        await until(lambda: rig.rows(_MIDDLE), "rows are written")
        yield rig, sync_id


async def d4(trial: Trial) -> None:
    """Another program holds the file for writing, for a second and for longer than SQLite waits."""
    with provider(6_000) as server:
        async with _in_the_middle(trial, server) as (rig, sync_id):
            for hold_s in (1.0, 8.0):
                with open_for_faults(rig) as database:
                    database.execute("PRAGMA busy_timeout = 5000")
                    database.execute("BEGIN IMMEDIATE")
                    trial.inject("database locked by another program")
                    code, said = await rig.playbill("status")
                    expect(code == 0, f"`playbill status` says, while the file is locked: {said[-300:]}")
                    await asyncio.sleep(hold_s)
                    database.execute("ROLLBACK")
            ended = await rig.ended(sync_id)
            expect(ended.status == "completed", f"it is {ended.status}")
            await all_is_well(rig, sync_id)
            expect("locked by another process" in rig.logs(), "nobody said that the file is locked")
            expect(rig.logs().count("the store takes rows again") >= 1, "nobody said that it goes on")


async def d5(trial: Trial) -> None:
    """Another program reads and writes the same file in short transactions all the while."""
    with provider() as server:
        async with up(trial, {"iptv": server}) as rig, watched(rig):
            stop = asyncio.Event()
            ended = await rig.sync()
            other = asyncio.create_task(asyncio.to_thread(_writes_too, rig.database, stop))
            try:
                for edition in range(3):
                    server.catalogue = catalogue(edition=f" edition {edition}")
                    ended = await rig.sync()
                    expect(ended.status == "completed", f"it is {ended.status}")
            finally:
                stop.set()
                trial.inject("another program writes")
                trial.note(f"{await other:,} transactions of another program")
            await all_is_well(rig, ended.sync_id)
            expect("snapshot" not in rig.logs().lower(), "a transaction began without the lock that it needs")


def _writes_too(path: Path, stop: asyncio.Event) -> int:
    count = 0
    with closing(sqlite3.connect(path, timeout=10, isolation_level=None)) as database:
        while not stop.is_set():
            database.execute("BEGIN IMMEDIATE")
            database.execute("UPDATE sources SET title = title")
            database.execute("COMMIT")
            count += 1
    return count


async def d6(trial: Trial) -> None:
    """A second writer of the same file, and a second Playbill in the same folder."""
    with provider(6_000) as server:
        async with _in_the_middle(trial, server) as (rig, sync_id):
            code, said = await _second(rig)
            trial.inject("second writer")
            expect(code == _IN_USE, f"the second writer ended with {code}: {said[-300:]}")
            expect("another writer has this file" in said, f"it says {said[-300:]}")
            code, said = await rig.playbill("up")
            trial.inject("second Playbill")
            expect(code == 2, f"the second Playbill ended with {code}: {said[-300:]}")
            expect("another Playbill runs" in said, f"it says {said[-300:]}")
            ended = await rig.ended(sync_id)
            expect(ended.status == "completed", f"it is {ended.status}")
            await all_is_well(rig, sync_id)


async def _second(rig: Rig) -> tuple[int, str]:
    """The process of a writer, of its own accord, at the same file and bus."""
    login = {"PLAYBILL_BUS_DIR": str(rig.directory / "playbill-bus"), "PLAYBILL_BUS_USER": "writer"}
    command = (sys.executable, "-m", "actors.cli.process", "writer", "--config", str(rig.directory / "playbill.toml"))
    program = Program("second-writer", command, environment(login), rig.directory)
    await program.start()
    code = await asyncio.wait_for(program.ended(), 60)
    return code, program.log.read_text(errors="replace")


async def d7(trial: Trial) -> None:
    """Noise in the pages, a file cut short, and a file that is no database: none is written into, and two ways out are said."""
    with provider() as server:
        async with up(trial, {"iptv": server}) as rig:
            ended = await rig.sync()
            code, said = await rig.playbill("backup", "good.db")
            expect(code == 0, f"no backup was made: {said}")
        good = trial.directory / "good.db"
        for kind in ("noise in its pages", "cut short", "no database"):
            await _damaged(trial, rig, kind)
            trial.inject(f"database: {kind}")
            code, said = await rig.playbill("restore", str(good))
            expect(code == 0, f"{kind}: the restore says {said}")
            expect("before-restore" in said or "aside" in said, f"{kind}: where the damaged file is, nobody says: {said}")
            async with up(trial, {"iptv": server}) as again:
                ended = await again.sync()
                expect(ended.status == "completed", f"{kind}: after the restore it is {ended.status}")
                await all_is_well(again, ended.sync_id)


async def _damaged(trial: Trial, rig: Rig, kind: str) -> None:
    """Damage the file, start, and see that it is refused and left as it is."""
    database = rig.database
    _damage(database, kind, trial.random)
    # As after a death: a file that was closed well is not looked through page by page.
    database.with_name(f"{database.name}.mark").unlink(missing_ok=True)
    before = database.read_bytes()
    code, said = await rig.playbill("up")
    expect(code != 0, f"{kind}: it started")
    expect("playbill restore" in said, f"{kind}: the ways out are not said: {said[-500:]}")
    expect(database.read_bytes() == before, f"{kind}: the file was written into")


def _damage(database: Path, kind: str, chance: random.Random) -> None:
    for suffix in ("-wal", "-shm"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)
    body = bytearray(database.read_bytes())
    if kind == "noise in its pages":
        for page in chance.sample(range(2, len(body) // _PAGE_BYTES), len(body) // _PAGE_BYTES // 3):
            body[page * _PAGE_BYTES : (page + 1) * _PAGE_BYTES] = chance.randbytes(_PAGE_BYTES)
    elif kind == "cut short":
        del body[len(body) // 2 :]
    else:
        body[:] = b"this is no database, and never was one. " * 500
    database.write_bytes(body)


async def d8(trial: Trial) -> None:
    """A bit of the write-ahead log turns while nobody looks: what SQLite drops in silence is said, and read again."""
    with provider(6_000) as server:
        async with up(trial, {"iptv": server}) as rig:
            await rig.sync()
            await settled(rig)
            await _all_killed(rig)
        _turn_a_bit(rig.database.with_name(f"{rig.database.name}-wal"))
        trial.inject("bit turned in the write-ahead log")
        async with up(trial, {"iptv": server}) as rig:
            await until(lambda: "the store went back by" in rig.logs(), "somebody says that the store went back")
            trial.note(re.findall(r"the store went back by \d+ commits", rig.logs())[-1])
            await until(lambda: rig.rows("SELECT 1 FROM syncs WHERE status = 'completed' AND mode = 'full'"), "it was read again")
            await settled(rig)
            check_catalogue(rig)
            check_file(rig)


async def _all_killed(rig: Rig) -> None:
    """All at once, as with the power: a writer that is asked to stop would put its log away."""
    assert isinstance(rig.processes, Up)
    supervisor, writer = rig.processes.program.pid, rig.processes.pid("writer")
    assert supervisor is not None
    assert writer is not None
    os.kill(writer, signal.SIGKILL)
    os.kill(supervisor, signal.SIGKILL)
    await rig.processes.program.ended()


def _turn_a_bit(path: Path) -> None:
    body = bytearray(path.read_bytes())
    expect(len(body) > 20 * _PAGE_BYTES, f"{path.name} has {len(body)} bytes: nothing to turn a bit in")
    body[len(body) // 3] ^= 0x10
    path.write_bytes(body)


async def d9(trial: Trial) -> None:
    """A reader never ends its transaction: the log grows no further than a sync writes, and shrinks when he is gone."""
    with provider() as server:
        async with up(trial, {"iptv": server}) as rig, watched(rig):
            await rig.sync()
            wal = rig.database.with_name(f"{rig.database.name}-wal")
            with closing(sqlite3.connect(f"file:{rig.database}?mode=ro", uri=True, isolation_level=None)) as reader:
                reader.execute("BEGIN")
                reader.execute("SELECT count(*) FROM items").fetchone()
                trial.inject("reader that never ends")
                for edition in range(4):
                    server.catalogue = catalogue(edition=f" edition {edition}")
                    ended = await rig.sync()
                held = wal.stat().st_size
                reader.execute("ROLLBACK")
            expect(held < _WAL_BYTES_MAX, f"the log has {held:,} bytes")
            await rig.sync(mode="full")
            server.catalogue = catalogue(edition=" at last")
            ended = await rig.sync()
            await all_is_well(rig, ended.sync_id)
            trial.note(f"the log had {held / limits.MIB:.0f} MB while he read, {wal.stat().st_size / limits.MIB:.0f} MB after")


async def d10(trial: Trial) -> None:
    """Backups in the middle of a sync, each restored somewhere else and finished there."""
    with provider(12_000) as server:
        made = await _backed_up(trial, server)
        trial.directory = trial.directory / "elsewhere"
        trial.directory.mkdir()
        shutil.copy(made[0], trial.directory / "playbill.db")
        async with up(trial, {"iptv": server}) as rig:
            check_file(rig)
            expect(rig.rows("SELECT count(*) FROM items")[0][0] > 0, "the backup is empty")
            await settled(rig, 90)
            ended = await rig.sync()
            await all_is_well(rig, ended.sync_id)


async def _backed_up(trial: Trial, server: XtreamServer) -> list[Path]:
    """Up to three backups while a sync writes."""
    async with _in_the_middle(trial, server) as (rig, sync_id):
        made: list[Path] = []
        while not rig.rows("SELECT 1 FROM syncs WHERE sync_id = ? AND status = 'completed'", sync_id) and len(made) < 3:
            name = f"backup-{len(made)}.db"
            code, said = await rig.playbill("backup", name)
            trial.inject("backup in the middle of a sync")
            expect(code == 0, f"the backup says {said}")
            made.append(rig.directory / name)
        await rig.ended(sync_id)
        await all_is_well(rig, sync_id)
    return made


CASES: Final = (
    Case(
        case_id="D4",
        fault="another program holds the database for 1 s and for 8 s",
        invariants="I2 I8",
        seen="`the store waits`, then `the store takes rows again`; reading goes on",
        run=d4,
    ),
    Case(
        case_id="D5",
        fault="another program writes into the database all the while",
        invariants="I2 I3 I4",
        seen="nothing",
        run=d5,
    ),
    Case(
        case_id="D6",
        fault="a second writer, and a second Playbill",
        invariants="I2 I4",
        seen="`another writer has this file`, and its exit code is 75",
        run=d6,
        starred=True,
    ),
    Case(
        case_id="D7",
        fault="the database is damaged, cut short, or none",
        invariants="I2 I10",
        seen="it is refused as it is, with the two ways out: `playbill restore`, or move it away",
        run=d7,
    ),
    Case(
        case_id="D8",
        fault="a bit of the write-ahead log turns",
        invariants="I2 I10",
        seen="`the store went back by N commits; every source is read again in full`",
        run=d8,
        starred=True,
    ),
    Case(
        case_id="D9",
        fault="a reader never ends its transaction",
        invariants="I11",
        seen="nothing; the log shrinks when he is gone",
        run=d9,
    ),
    Case(
        case_id="D10",
        fault="backups in the middle of a sync",
        invariants="I2",
        seen="`playbill backup` says what it holds; restored elsewhere, the next sync finishes it",
        run=d10,
    ),
)
