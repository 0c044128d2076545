"""What the store refuses to touch, what it waits for, and how it says so: real damage, real full disks, real locks."""

import asyncio
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from actors import logs
from actors.store import Reader, Store
from actors.store.mark import read_mark
from contracts import limits
from contracts.errors import StoreCorrupt, StoreInUse, StoreUnavailable
from contracts.messages import DeadLetter
from tests.store_room import NOW, asked, movie, opened, put_items, told
from tests.test_store_failures import file_bytes_max
from tests.writer_room import begun

WAIT_S = 30


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "playbill.db"


@pytest.fixture(autouse=True)
def lines() -> Iterator[None]:
    """What is logged is on standard error."""
    logs.configure()
    yield
    logs.reset()


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits for the store looks again at once, and SQLite waits for no lock."""
    monkeypatch.setattr(limits, "STORE_RETRY_S", 0.01)
    monkeypatch.setattr("actors.store.database._BUSY_TIMEOUT_S", 0.01)


async def filled(path: Path, count: int = 2_000) -> None:
    async with opened(path) as store:
        await begun(store)
        await put_items(store, [movie(str(number), f"Film {number}") for number in range(count)])


def content(path: Path) -> dict[str, bytes]:
    """The database and its log."""
    return {file.name: file.read_bytes() for file in path.parent.glob("playbill.db*") if file.suffix in (".db", ".db-wal")}


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(WAIT_S):
        while not condition():
            await asyncio.sleep(0.005)


# --- Damage ---------------------------------------------------------------------------------------------


def noise(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2 // 4096 * 4096)
        file.write(b"\xa5" * 4096 * 8)


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def replaced(path: Path) -> None:
    path.write_bytes(b"<html>no database</html>" * 1_000)


@pytest.mark.parametrize("spoil", [noise, cut, replaced])
@pytest.mark.parametrize("is_killed", [False, True], ids=["closed", "killed"])
async def test_a_damaged_file_is_refused_with_both_ways_out_and_stays_as_it_is(
    path: Path, spoil: Callable[[Path], None], is_killed: bool
) -> None:
    await filled(path)
    if is_killed:
        async with opened(path) as store:
            await put_items(store, [movie("in the log")])
            left = {name: bytes(body) for name, body in content(path).items()}
        for name, body in left.items():
            path.with_name(name).write_bytes(body)
    spoil(path)
    before = content(path)

    for _ in range(2):
        with pytest.raises(StoreCorrupt) as refusal:
            async with opened(path):
                pass
        assert "`playbill restore BACKUP`" in refusal.value.text
        assert f"mv {path}* {path.parent}/damaged/" in refusal.value.text
        assert {name: body for name, body in content(path).items() if name in before} == before


async def test_the_command_that_moves_it_away_does_so(path: Path) -> None:
    await filled(path)
    replaced(path)
    with pytest.raises(StoreCorrupt) as refusal:
        async with opened(path):
            pass
    (command,) = re.findall(r"`(mkdir [^`]*)`", refusal.value.text)
    subprocess.run(["sh", "-ec", command], check=True)
    async with opened(path) as store:
        await put_items(store, [movie("1")])

    assert (path.parent / "damaged" / path.name).read_bytes().startswith(b"<html>")
    assert len(asked(path, "SELECT 1 FROM items")) == 1


async def test_only_a_file_that_is_not_as_it_was_left_is_looked_through(path: Path) -> None:
    """Noise with the old time on it: who believes the mark does not see it."""
    await filled(path)
    async with opened(path):
        pass
    left = path.stat()
    noise(path)
    os.utime(path, ns=(left.st_atime_ns, left.st_mtime_ns))
    async with opened(path):
        pass

    os.utime(path)
    with pytest.raises(StoreCorrupt):
        async with opened(path):
            pass


async def test_a_file_that_turned_out_damaged_is_not_left_as_sound(path: Path) -> None:
    async with opened(path) as store:
        await begun(store)
        told(
            path,
            "PRAGMA writable_schema = ON",
            "UPDATE sqlite_master SET sql = 'no' WHERE name = 'syncs'",
            "PRAGMA schema_version = 9999",
        )
        with pytest.raises(StoreCorrupt, match=r"damaged, and stays as it is: `playbill restore BACKUP`"):
            await put_items(store, [movie("1")])
    mark = read_mark(path)

    assert mark is not None
    assert not mark.is_clean


async def test_readers_say_one_line_of_a_damaged_file_and_not_where_it_is(path: Path) -> None:
    await filled(path)
    replaced(path)
    with pytest.raises(StoreCorrupt, match="`playbill restore BACKUP`") as refusal:
        async with Reader.open(path):
            pass

    assert str(path.parent) not in refusal.value.text
    assert "\n" not in refusal.value.text


# --- Waiting --------------------------------------------------------------------------------------------


async def patiently(store: Store, remote_id: str) -> None:
    """As the writer does it."""
    while True:
        try:
            await put_items(store, [movie(remote_id, details=f'{{"plot":"{"x" * 60_000}"}}')])
        except StoreUnavailable:
            await asyncio.sleep(limits.STORE_RETRY_S)
        else:
            return


@pytest.mark.usefixtures("soon")
async def test_a_full_disk_is_told_once_and_its_end_is_told_once(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with opened(path) as store:
        await begun(store)
        with file_bytes_max(20_000):
            waiting = [asyncio.create_task(patiently(store, str(number))) for number in range(3)]
            for _ in range(20):
                with pytest.raises(StoreUnavailable, match=re.escape(str(path.parent))):
                    await put_items(store, [movie("0", details=f'{{"plot":"{"x" * 60_000}"}}')])
                with suppress(StoreUnavailable):  # What writes nothing may work meanwhile.
                    async with store.transaction() as tx:
                        await tx.outbox_count()
        await asyncio.gather(*waiting)
    words = capsys.readouterr().err

    assert words.count("the store waits") == 1
    assert words.count("the store takes rows again after") == 1
    assert len(asked(path, "SELECT 1 FROM items")) == 3


@pytest.mark.usefixtures("soon")
async def test_a_full_disk_at_the_start_is_waited_for(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    begins = asyncio.Event()

    async def write() -> None:
        async with Store.open(path, clock=lambda: NOW, waits=True) as store:
            begins.set()
            await put_items(store, [movie("1")])

    with file_bytes_max(10):
        writing = asyncio.create_task(write())
        done, _ = await asyncio.wait({writing}, timeout=0.3)
        assert not done
        assert not begins.is_set()
    await asyncio.wait_for(writing, WAIT_S)
    words = capsys.readouterr().err

    assert words.count("the store waits") == 1
    assert words.count("the store takes rows again after") == 1
    assert len(asked(path, "SELECT 1 FROM items")) == 1


HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def held_by_another_program(path: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()


@pytest.mark.usefixtures("soon")
async def test_a_lock_of_another_program_is_told_once_and_costs_nothing(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with opened(path) as store:
        await begun(store)
        with held_by_another_program(path):
            waiting = asyncio.create_task(patiently(store, "1"))
            for _ in range(5):
                with pytest.raises(StoreUnavailable, match="locked by another process"):
                    async with store.transaction():
                        pass
            assert not waiting.done()
        await asyncio.wait_for(waiting, WAIT_S)
    words = capsys.readouterr().err

    assert (words.count("the store waits"), words.count("the store takes rows again")) == (1, 1)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 512 kB; only root can have one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid() or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "none", folder], check=False).returncode:
        pytest.skip("mounting needs root")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.mark.usefixtures("soon")
async def test_rows_wait_on_a_real_full_disk_until_it_is_larger(small_disk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = small_disk / "playbill.db"
    async with Store.open(path, clock=lambda: NOW, waits=True) as store:
        await begun(store)
        waiting = asyncio.gather(*(patiently(store, str(number)) for number in range(20)))
        words = ""
        async with asyncio.timeout(WAIT_S):
            while "the store waits" not in words:
                words += capsys.readouterr().err
                await asyncio.sleep(0.005)
        assert not waiting.done()
        subprocess.run(["mount", "-o", "remount,size=16m", small_disk], check=True)
        await asyncio.wait_for(waiting, WAIT_S)
    words += capsys.readouterr().err

    assert "the disk is full" in words or "the disk failed" in words
    assert (words.count("the store waits"), words.count("the store takes rows again")) == (1, 1)
    assert len(asked(path, "SELECT 1 FROM items")) == 20
    assert asked(path, "PRAGMA integrity_check") == [("ok",)]


@pytest.mark.usefixtures("soon")
async def test_a_disk_that_is_full_or_read_only_at_the_start_is_waited_for(small_disk: Path) -> None:
    path = small_disk / "playbill.db"
    filler = small_disk / "filler"
    filler.write_bytes(bytes(480 * 1024))

    async def write() -> None:
        async with Store.open(path, clock=lambda: NOW, waits=True) as store:
            await put_items(store, [movie("1")])

    writing = asyncio.create_task(write())
    done, _ = await asyncio.wait({writing}, timeout=0.2)
    assert not done
    filler.unlink()
    await asyncio.wait_for(writing, WAIT_S)

    subprocess.run(["mount", "-o", "remount,ro,size=16m", small_disk], check=True)
    again = asyncio.create_task(write())
    done, _ = await asyncio.wait({again}, timeout=0.2)
    assert not done
    subprocess.run(["mount", "-o", "remount,rw,size=16m", small_disk], check=True)
    await asyncio.wait_for(again, WAIT_S)


# --- A second writer ------------------------------------------------------------------------------------


async def test_a_writer_that_ends_is_waited_for_and_one_that_stays_is_not(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "STORE_LOCK_S", 0.2)
    async with opened(path), asyncio.timeout(WAIT_S):
        with pytest.raises(StoreInUse, match=f"process {os.getpid()} on"):
            async with Store.open(path, clock=lambda: NOW, waits=True):
                pass

    monkeypatch.setattr(limits, "STORE_LOCK_S", WAIT_S)
    is_over = asyncio.Event()

    async def first(has_it: asyncio.Event) -> None:
        async with opened(path):
            has_it.set()
            await is_over.wait()

    has_it = asyncio.Event()
    one = asyncio.create_task(first(has_it))
    await has_it.wait()

    async def second() -> None:
        async with Store.open(path, clock=lambda: NOW, waits=True) as store:
            await put_items(store, [movie("1")])

    other = asyncio.create_task(second())
    await asyncio.wait({other}, timeout=0.1)
    assert not other.done()
    is_over.set()
    await asyncio.gather(one, other)
    assert len(asked(path, "SELECT 1 FROM items")) == 1


# --- Readers and the log --------------------------------------------------------------------------------


async def test_a_question_that_takes_too_long_is_interrupted_and_the_next_is_answered(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await filled(path, 1)
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    async with Reader.open(path) as reader:
        monkeypatch.setattr(limits, "READ_S", 0.05)
        with pytest.raises(StoreUnavailable, match="the question took longer than"):
            await reader._read(lambda database: database.rows(endless))
        monkeypatch.setattr(limits, "READ_S", 10.0)

        assert len((await reader.items()).items) == 1


def dead_letter(number: int) -> DeadLetter:
    return DeadLetter(
        actor="parser",
        subject="playbill.work.parse.iptv.catalogue",
        message_id=str(number),
        body=bytes(400_000),
        reason="r",
        at=NOW,
    )


async def put_large(store: Store, numbers: range) -> None:
    for number in numbers:
        async with store.transaction() as tx:
            await tx.add_dead_letter(dead_letter(number))


async def test_the_log_that_a_reader_held_open_is_cut_after_it_has_gone(path: Path) -> None:
    log = path.with_name("playbill.db-wal")
    async with opened(path) as store:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM items").fetchall()
            await put_large(store, range(220))
            grown = log.stat().st_size
        await put_large(store, range(220, 224))
        after = log.stat().st_size

    assert grown > 80_000_000
    assert after <= 64 * limits.MIB


async def test_a_reader_copies_nothing_from_the_log_not_even_as_the_last_one(path: Path) -> None:
    async with opened(path) as store:
        await put_items(store, [movie("1")])
        left = content(path)
    for name, body in left.items():
        path.with_name(name).write_bytes(body)
    async with Reader.open(path) as reader:
        assert len((await reader.items()).items) == 1
        with pytest.raises(StoreUnavailable):
            await reader._database.run("PRAGMA wal_checkpoint(TRUNCATE)")

    assert content(path) == left
