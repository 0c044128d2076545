"""A power cut takes what was not synced and nothing else, and Playbill comes back from it by itself."""

import errno
import os
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest

from faults import lazydisk
from faults.lazydisk import LazyDisk
from faults.lazyfs import LazyFiles
from faults.powerloss import run_once
from faults.powerloss_table import BEGIN, END, Outcome, table, within
from faults.remains import Remains, look, running


@pytest.fixture
def files(tmp_path: Path) -> LazyFiles:
    (tmp_path / "platter").mkdir()
    return LazyFiles(tmp_path / "platter")


def written(files: LazyFiles, name: str, data: bytes, *, synced: bool) -> int:
    handle = files.create(name, 0o600, os.O_RDWR)
    files.write(name, data, 0, handle)
    if synced:
        files.fsync(name, 0, handle)
    return handle


def test_what_is_synced_is_on_the_disk_and_what_is_not_is_not(files: LazyFiles, tmp_path: Path) -> None:
    handle = written(files, "/a", b"synced", synced=True)
    files.write("/a", b" and more", 6, handle)

    assert (tmp_path / "platter" / "a").read_bytes() == b"synced"
    assert files.read("/a", 100, 0, handle) == b"synced and more"
    assert files.getattr("/a")["st_size"] == 15


@pytest.mark.parametrize("size", [0, 3, 9])
def test_a_file_that_was_resized_is_synced_whole(files: LazyFiles, tmp_path: Path, size: int) -> None:
    handle = written(files, "/a", b"abcdef", synced=True)
    files.truncate("/a", size)
    files.write("/a", b"xy", 8, handle)
    files.fsync("/a", 0, handle)

    assert (
        (tmp_path / "platter" / "a").read_bytes() == files.read("/a", 100, 0, handle) == b"abcdef"[:size].ljust(8, b"\0") + b"xy"
    )


def test_a_file_that_is_closed_unsynced_is_remembered_until_the_power_goes(files: LazyFiles, tmp_path: Path) -> None:
    files.release("/a", written(files, "/a", b"kept in memory", synced=False))

    assert files.read("/a", 100, 0, files.open("/a", os.O_RDONLY)) == b"kept in memory"
    assert (tmp_path / "platter" / "a").read_bytes() == b""


def test_a_renamed_file_takes_its_unsynced_content_along(files: LazyFiles, tmp_path: Path) -> None:
    files.mkdir("/old", 0o700)
    handle = written(files, "/old/a", b"content", synced=False)
    files.rename("/old", "/new")
    files.fsync("/new/a", 0, handle)

    assert (tmp_path / "platter" / "new" / "a").read_bytes() == b"content"
    assert files.readdir("/", 0) == [".", "..", "new"]


def test_a_file_that_is_replaced_is_gone_with_what_it_had(files: LazyFiles, tmp_path: Path) -> None:
    old = written(files, "/a", b"old", synced=False)
    new = written(files, "/b", b"new", synced=True)
    files.rename("/b", "/a")
    files.fsync("/a", 0, old)

    assert (tmp_path / "platter" / "a").read_bytes() == files.read("/a", 100, 0, new) == b"new"


def test_a_file_that_is_removed_while_it_is_open_can_still_be_used_and_leaves_nothing(files: LazyFiles, tmp_path: Path) -> None:
    handle = written(files, "/a", b"secret", synced=True)
    files.rename("/a", "/.fuse_hidden1")
    files.write("/.fuse_hidden1", b"S", 0, handle)

    assert files.read("/.fuse_hidden1", 100, 0, handle) == b"Secret"
    assert files.getattr("/.fuse_hidden1")["st_size"] == 6
    assert list((tmp_path / "platter").iterdir()) == []

    files.unlink("/.fuse_hidden1")
    files.release("/.fuse_hidden1", handle)

    with pytest.raises(FileNotFoundError):
        files.getattr("/.fuse_hidden1")


def test_a_sync_of_the_top_folder_brings_everything(files: LazyFiles, tmp_path: Path) -> None:
    files.release("/a", written(files, "/a", b"closed", synced=False))
    written(files, "/b", b"open", synced=False)
    files.fsyncdir("/", 0, 0)

    assert [(tmp_path / "platter" / name).read_bytes() for name in "ab"] == [b"closed", b"open"]


def test_a_torn_file_has_some_pages_of_what_was_not_synced(files: LazyFiles, tmp_path: Path) -> None:
    written(files, "/a", b"x" * 4_096 * 40, synced=False)
    (tmp_path / "tear").write_text("1")
    files.fsyncdir("/", 0, 0)
    torn = (tmp_path / "platter" / "a").read_bytes()

    assert 0 < torn.count(b"x" * 4_096) < 40
    assert set(torn) == set(b"x\0")


def test_a_disk_in_trouble_reads_and_does_not_write(files: LazyFiles, tmp_path: Path) -> None:
    handle = written(files, "/a", b"before", synced=True)
    (tmp_path / "trouble").write_text(str(errno.EROFS))

    refused: tuple[Callable[[], object], ...] = (
        lambda: files.write("/a", b"x", 0, handle),
        lambda: files.fsync("/a", 0, handle),
        lambda: files.create("/b", 0o600, 0),
        lambda: files.unlink("/a"),
    )
    for act in refused:
        with pytest.raises(OSError, match="Read-only"):
            act()
    assert files.read("/a", 100, 0, handle) == b"before"

    (tmp_path / "trouble").unlink()

    assert files.write("/a", b"x", 0, handle) == 1


def test_commits_are_counted_by_what_sqlite_believes_of_the_log(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "a.db", isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = wal")
        database.execute("CREATE TABLE syncs (request_id, status)")
        database.execute("INSERT INTO syncs VALUES ('one', 'completed')")
        before = look(tmp_path / "a.db", tmp_path / "look")
        log = (tmp_path / "a.db-wal").read_bytes()
        (tmp_path / "torn").mkdir()
        (tmp_path / "torn" / "a.db").write_bytes((tmp_path / "a.db").read_bytes())
        (tmp_path / "torn" / "a.db-wal").write_bytes(log[:-1])
        after = look(tmp_path / "torn" / "a.db", tmp_path / "look")

        assert (before.commits, before.statuses) == (2, {"one": "completed"})
        assert (after.commits, after.statuses, after.lost_from(before)) == (1, {}, 1)
        assert running(tmp_path / "a.db").statuses == {"one": "completed"}


def test_a_log_that_began_anew_and_is_gone_is_lost_whole() -> None:
    assert Remains(generation=b"old", commits=3).lost_from(Remains(generation=b"new", commits=7)) == 7


def test_a_damaged_file_is_seen(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_bytes(b"SQLite format 3\0" + b"\xff" * 8_000)

    assert look(tmp_path / "a.db", tmp_path / "look").is_corrupt
    assert look(tmp_path / "none.db", tmp_path / "look") == running(tmp_path / "none.db") == Remains()


def test_the_table_has_a_row_for_each_choice_and_stands_between_its_marks() -> None:
    run = Outcome(durability="full", sync_interval="default", seed=0, moment="ended", is_old=True, acknowledged=1, commits=1_500)
    text = table(
        [run, run, Outcome(durability="normal", sync_interval="always", seed=1, moment="ended", is_old=False, trouble="no")]
    )
    document = within(within("# Reliability\n\nMore.\n", "old"), text)

    assert "| `full` | `default` | 2 | 0 of 2 | 0 of 3,000 | 0 of 0 | 0 of 2 | 0 | 0 | 2 of 2 | 0.0 s |" in text
    assert "| `normal` | `always` | 1 |" in text
    assert "0 of 1" in text
    assert document == f"# Reliability\n\nMore.\n\n{BEGIN}\n{text}\n{END}\n"


@pytest.mark.parametrize(
    ("lost", "durability", "sync_interval", "said"),
    [
        ({"trouble": "it did not start"}, "normal", "default", "I10"),
        ({"corrupt": 1}, "normal", "default", "I3"),
        ({"old_lost": 1}, "normal", "default", "I2"),
        ({"commits_lost": 1}, "full", "default", "I2"),
        ({"commits_lost": 1}, "normal", "always", ""),
        ({"acknowledged_lost": 1}, "full", "always", "I1"),
        ({"acknowledged_lost": 1}, "full", "default", ""),
    ],
)
def test_a_promise_is_broken_only_where_it_was_given(
    lost: dict[str, Any], durability: str, sync_interval: str, said: str
) -> None:
    outcome = Outcome(durability=durability, sync_interval=sync_interval, seed=0, moment="ended", is_old=False, **lost)

    assert outcome.broken.partition(":")[0] == said


@pytest.fixture
def power() -> None:
    """Skips where no power cut can be played."""
    missing = lazydisk.available()
    if missing is not None:
        pytest.skip(missing)


@asynccontextmanager
async def lazy_disk(folder: Path) -> AsyncIterator[LazyDisk]:
    disk = LazyDisk(folder)
    try:
        await disk.attach()
        yield disk
    finally:
        disk.detach()


@pytest.mark.usefixtures("power")
@pytest.mark.parametrize(("durability", "kept"), [("full", 30), ("normal", 10)])
async def test_sqlite_keeps_what_it_synced_over_a_power_cut(tmp_path: Path, durability: str, kept: int) -> None:
    async with lazy_disk(tmp_path) as disk:
        (disk.mount / "data").mkdir()
        database = sqlite3.connect(disk.mount / "data" / "a.db", isolation_level=None)
        with closing(database):
            database.execute("PRAGMA journal_mode = wal")
            database.execute("CREATE TABLE rows (number)")
            database.executemany("INSERT INTO rows VALUES (?)", [(n,) for n in range(10)])
            database.execute("PRAGMA wal_checkpoint")
            database.execute(f"PRAGMA synchronous = {durability}")
            database.executemany("INSERT INTO rows VALUES (?)", [(n,) for n in range(20)])
            disk.lose_power()
        disk.detach()
        await disk.attach()

        with closing(sqlite3.connect(disk.mount / "data" / "a.db")) as again:
            assert again.execute("SELECT count(*) FROM rows").fetchone() == (kept,)


@pytest.mark.usefixtures("power")
async def test_nothing_that_was_promised_is_lost_when_everything_is_synced(tmp_path: Path) -> None:
    outcome = await run_once(tmp_path, 0, "full", "always")

    assert outcome.trouble == ""
    assert outcome.acknowledged == 1
    assert outcome.acknowledged_lost + outcome.commits_lost + outcome.ended_lost + outcome.old_lost + outcome.corrupt == 0


@pytest.mark.usefixtures("power")
async def test_a_request_that_only_the_bus_had_is_lost_with_the_default_and_all_else_comes_back(tmp_path: Path) -> None:
    outcome = await run_once(tmp_path, 0, "full", "default")

    assert outcome.trouble == ""
    assert (outcome.acknowledged_lost, outcome.commits_lost, outcome.corrupt) == (1, 0, 0)
    assert outcome.streams_anew > 0


@pytest.mark.usefixtures("power")
async def test_normal_durability_forgets_a_sync_that_had_ended_and_is_not_damaged(tmp_path: Path) -> None:
    outcome = await run_once(tmp_path, 3, "normal", "default")

    assert outcome.trouble == ""
    assert (outcome.ended, outcome.ended_lost, outcome.corrupt) == (1, 1, 0)
    assert outcome.commits_lost > 0
