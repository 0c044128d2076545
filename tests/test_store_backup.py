"""Backups that are taken while the catalogue is written, and what it takes to bring one back."""

import asyncio
import errno
import os
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from actors import logs
from actors.store import Reader
from actors.store.backup import back_up
from actors.store.copying import copy
from actors.store.database import open_for_writing
from actors.store.mark import mark_path, read_mark
from actors.store.migration import migrate
from actors.store.restoring import restore, steps
from actors.store.schema import MIGRATIONS
from contracts.errors import BadRequest, StoreCorrupt, StoreInUse, StoreUnavailable
from tests.store_room import asked, check_sound, movie, opened, put_items, told
from tests.test_store_failures import file_bytes_max
from tests.writer_room import begun

STAMP = datetime(2026, 11, 21, 18, 15, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "playbill.db"


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    folder = tmp_path / "backups"
    folder.mkdir()
    return folder / "mine.db"


async def filled(path: Path, *ids: str) -> None:
    async with opened(path) as store:
        await begun(store)
        await put_items(store, [movie(remote_id, f"Film {remote_id}") for remote_id in ids])


def films(path: Path) -> set[str]:
    return {row[0] for row in asked(path, "SELECT remote_id FROM items")}


def names(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


# --- Taking one -----------------------------------------------------------------------------------------


async def test_a_backup_taken_while_rows_come_in_is_of_one_moment(path: Path, backup: Path) -> None:
    """Two rows with each commit, of which no backup has only one."""
    async with opened(path) as store:
        await begun(store)
        await put_items(store, [movie(f"old {number}") for number in range(3_000)])
        is_over = asyncio.Event()

        async def write() -> int:
            number = 0
            while not is_over.is_set():
                await put_items(store, [movie(f"a {number}"), movie(f"b {number}")])
                number += 1
            return number

        writing = asyncio.create_task(write())
        counts = []
        for _ in range(8):
            made = await asyncio.to_thread(back_up, path, backup, overwrite=True)
            found = films(backup)
            counts.append(len(found))
            assert {name[2:] for name in found if name[0] == "a"} == {name[2:] for name in found if name[0] == "b"}
            assert made.size_bytes == backup.stat().st_size
        is_over.set()
        written = await writing

    assert counts == sorted(counts)
    assert 3_000 <= counts[0] < counts[-1] <= 3_000 + 2 * written
    assert names(backup.parent) == {"mine.db"}
    assert asked(backup, "PRAGMA integrity_check") == [("ok",)]


async def test_a_backup_is_one_file_that_needs_no_other_and_has_the_rights_of_the_catalogue(path: Path, backup: Path) -> None:
    await filled(path, "1")
    path.chmod(0o640)
    back_up(path, backup)
    backup.parent.chmod(0o500)
    try:
        async with Reader.open(backup) as reader:
            items = (await reader.items()).items
    finally:
        backup.parent.chmod(0o700)

    assert len(items) == 1
    assert backup.stat().st_mode & 0o777 == 0o640
    assert asked(backup, "PRAGMA journal_mode") == [("delete",)]


async def test_a_place_where_no_backup_can_be_is_refused(path: Path, backup: Path, tmp_path: Path) -> None:
    await filled(path, "1")
    backup.write_bytes(b"precious")
    link = tmp_path / "link.db"
    link.symlink_to(path)
    before = path.read_bytes()

    for place, word in (
        (path, "itself"),
        (link, "itself"),
        (path.parent / "." / path.name, "itself"),
        (mark_path(path), "belongs to it"),
        (path.with_name("playbill.db-wal"), "belongs to it"),
        (tmp_path / "nowhere" / "mine.db", "no folder"),
        (tmp_path, "is a folder"),
    ):
        with pytest.raises(BadRequest, match=word):
            back_up(path, place, overwrite=True)
    with pytest.raises(BadRequest, match="--force"):
        back_up(path, backup)
    assert backup.read_bytes() == b"precious"
    assert path.read_bytes() == before


async def test_there_is_nothing_to_back_up_before_the_first_sync(path: Path, backup: Path) -> None:
    with pytest.raises(StoreUnavailable, match="no catalogue yet"):
        back_up(path, backup)
    assert names(backup.parent) == set()


async def test_a_backup_that_fails_leaves_nothing_and_the_older_one(path: Path, backup: Path) -> None:
    await filled(path, *map(str, range(500)))
    backup.write_bytes(b"older")
    with file_bytes_max(100_000), pytest.raises(StoreUnavailable):
        back_up(path, backup, overwrite=True)

    assert backup.read_bytes() == b"older"
    assert names(backup.parent) == {"mine.db"}


async def test_a_damaged_catalogue_is_not_backed_up(path: Path, backup: Path) -> None:
    await filled(path, *map(str, range(2_000)))
    spoil(path)
    backup.write_bytes(b"older")

    with pytest.raises(StoreCorrupt, match=r"playbill\.db is damaged"):
        back_up(path, backup, overwrite=True)
    assert backup.read_bytes() == b"older"
    assert names(backup.parent) == {"mine.db"}


async def test_what_a_killed_backup_has_left_is_no_obstacle(path: Path, backup: Path) -> None:
    await filled(path, "1")
    backup.with_name("mine.db.partial").write_bytes(os.urandom(10_000))
    back_up(path, backup)

    assert films(backup) == {"1"}
    assert names(backup.parent) == {"mine.db"}


def spoil(path: Path) -> None:
    """Noise over the middle, as a disk leaves it."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 2 // 4096 * 4096)
        file.write(b"\xa5" * 4096 * 8)


# --- Bringing one back ----------------------------------------------------------------------------------


async def test_a_backup_comes_back_and_what_was_there_is_put_aside(path: Path, backup: Path) -> None:
    await filled(path, "1", "2")
    back_up(path, backup)
    was = backup.read_bytes()
    await filled(path, "3")
    restored = await restore(path, backup, STAMP)
    aside = path.with_name("playbill.db.before-restore-20261121T181500Z")

    assert (films(path), films(aside)) == ({"1", "2"}, {"1", "2", "3"})
    assert restored.put_aside == str(aside)
    assert backup.read_bytes() == was
    async with opened(path) as store:
        await put_items(store, [movie("4")])
        check_sound(path)
    assert films(path) == {"1", "2", "4"}
    assert not any("restoring" in name for name in names(path.parent))


async def test_what_the_log_alone_holds_is_put_aside_with_the_rest(path: Path, backup: Path) -> None:
    await filled(path, "1")
    back_up(path, backup)
    async with opened(path) as store:
        await put_items(store, [movie("in the log")])
        left = {file: file.read_bytes() for file in (path, path.with_name("playbill.db-wal"))}
    for file, content in left.items():
        file.write_bytes(content)
    restored = await restore(path, backup, STAMP)

    assert films(path) == {"1"}
    assert films(Path(restored.put_aside or "")) == {"1", "in the log"}


@pytest.mark.parametrize("mode", [0o600, 0o640])
async def test_a_restored_catalogue_belongs_to_whom_it_did_and_is_as_open_as_it_was(path: Path, backup: Path, mode: int) -> None:
    await filled(path, "1")
    back_up(path, backup)
    backup.chmod(0o444)
    path.chmod(mode)
    owner = 12_345 if os.geteuid() == 0 else os.geteuid()
    os.chown(path, owner, -1)
    await restore(path, backup, STAMP)

    assert (path.stat().st_mode & 0o777, path.stat().st_uid) == (mode, owner)
    path.unlink()
    await restore(path, backup, STAMP)
    assert path.stat().st_mode & 0o777 == 0o644


async def test_a_place_that_may_not_even_be_looked_at_is_no_bug(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await filled(path, "1")

    def denied(*_: object, **__: object) -> bool:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "is_dir", denied)
    monkeypatch.setattr(Path, "is_file", denied)
    with pytest.raises(StoreUnavailable, match="Permission denied"):
        back_up(path, tmp_path / "closed" / "backup.db")
    with pytest.raises(StoreUnavailable, match="Permission denied"):
        await restore(path, tmp_path / "closed" / "backup.db", STAMP)


async def test_two_restores_within_a_second_put_two_aside(path: Path, backup: Path) -> None:
    await filled(path, "1")
    back_up(path, backup)
    asides = {(await restore(path, backup, STAMP)).put_aside for _ in range(3)}

    assert len(asides) == 3
    assert all(films(Path(aside or "")) == {"1"} for aside in asides)


async def test_where_there_is_no_catalogue_nothing_is_put_aside(path: Path, backup: Path) -> None:
    await filled(path, "1")
    back_up(path, backup)
    for file in path.parent.glob("playbill.db*"):
        file.unlink()

    assert (await restore(path, backup, STAMP)).put_aside is None
    assert films(path) == {"1"}


async def test_a_restored_catalogue_is_another_one_for_its_mark(
    path: Path, backup: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await filled(path, "1")
    back_up(path, backup)
    await filled(path, "2")
    before = read_mark(path)
    await restore(path, backup, STAMP)
    logs.configure()
    async with opened(path) as store, store.transaction() as tx:
        assert await tx.setback() is None
    logs.reset()
    after = read_mark(path)

    assert "another database is here" in capsys.readouterr().err
    assert before is not None
    assert after is not None
    assert before.identity != after.identity


async def test_a_backup_of_an_older_schema_is_brought_up_to_date_on_a_copy(path: Path, backup: Path) -> None:
    older = await open_for_writing(backup, durability="full")
    await migrate(older, target=len(MIGRATIONS) - 1)
    await older.close()
    was = backup.read_bytes()
    await restore(path, backup, STAMP)

    assert asked(path, "PRAGMA user_version") == [(len(MIGRATIONS),)]
    assert backup.read_bytes() == was


def newer(backup: Path, _: Path) -> None:
    told(backup, "PRAGMA user_version = 999")


def damaged(backup: Path, _: Path) -> None:
    spoil(backup)


def no_database(backup: Path, _: Path) -> None:
    backup.write_bytes(b"no database")


def empty(backup: Path, _: Path) -> None:
    backup.write_bytes(b"")


def of_another_program(backup: Path, _: Path) -> None:
    backup.unlink()
    told(backup, "CREATE TABLE recipes (name TEXT)")


def missing(backup: Path, _: Path) -> None:
    backup.unlink()


def the_catalogue_itself(backup: Path, path: Path) -> None:
    backup.unlink()
    backup.hardlink_to(path)


@pytest.mark.parametrize("make", [newer, damaged, no_database, empty, of_another_program, missing, the_catalogue_itself])
async def test_a_backup_that_is_none_is_refused_and_the_catalogue_stays(
    path: Path, backup: Path, make: Callable[[Path, Path], None]
) -> None:
    await filled(path, *map(str, range(2_000)))
    back_up(path, backup)
    make(backup, path)
    before, folder = path.read_bytes(), names(path.parent)

    with pytest.raises((StoreCorrupt, BadRequest)):
        await restore(path, backup, STAMP)
    assert path.read_bytes() == before
    assert names(path.parent) == folder


async def test_a_catalogue_that_is_written_is_not_replaced(path: Path, backup: Path) -> None:
    async with opened(path) as store:
        await put_items(store, [movie("1")])
        await asyncio.to_thread(back_up, path, backup)
        with pytest.raises(StoreInUse, match="stop Playbill first: another writer has this file"):
            await restore(path, backup, STAMP)
        await put_items(store, [movie("2")])

    assert films(path) == {"1", "2"}


@pytest.mark.parametrize("has_log", [False, True], ids=["closed", "killed"])
@pytest.mark.parametrize("done", range(6))
async def test_a_death_between_any_two_steps_leaves_the_old_or_the_new_whole(
    path: Path, backup: Path, done: int, has_log: bool
) -> None:
    await filled(path, "old")
    async with opened(path) as store:
        await put_items(store, [movie("old too")])
        left = {file: file.read_bytes() for file in (path, path.with_name("playbill.db-wal"))}
    for file, content in left.items() if has_log else ():
        file.write_bytes(content)
    await filled(backup, "new")
    copied, aside = path.with_name("playbill.db.restoring"), path.with_name("aside")
    copy(backup, copied)
    way = steps(path, copied, aside)
    for step in way[:done]:
        step()

    expected = {"new"} if done >= len(way) - 1 else {"old", "old too"}
    assert len(way) == 5
    assert films(path) == expected
    async with opened(path) as store:
        await put_items(store, [movie("later")])
    assert films(path) == {*expected, "later"}
    check_sound(path)


async def test_a_damaged_catalogue_is_put_aside_as_it_is(path: Path, backup: Path) -> None:
    await filled(path, "1")
    back_up(path, backup)
    path.write_bytes(b"no database at all")
    restored = await restore(path, backup, STAMP)

    assert films(path) == {"1"}
    assert Path(restored.put_aside or "").read_bytes() == b"no database at all"


async def test_a_reader_that_is_in_the_middle_of_an_answer_keeps_a_restore_from_beginning(
    path: Path, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await filled(path, "1")
    back_up(path, backup)
    async with opened(path) as store:
        await put_items(store, [movie("2")])
        other = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM items").fetchall()
        await put_items(store, [movie("3")])
    try:
        monkeypatch.setattr("actors.store.restoring._READERS_S", 0.05)
        with pytest.raises(StoreInUse, match="reads"):
            await restore(path, backup, STAMP)
    finally:
        other.close()

    assert films(path) == {"1", "2", "3"}
