"""Opening the file: migrations, damage, and the one writer."""

import sqlite3
from pathlib import Path

import pytest

from actors.store import Reader
from actors.store.database import open_for_writing
from actors.store.lock import writer_lock
from actors.store.migration import migrate, version_of
from actors.store.schema import MIGRATIONS, Migration
from contracts.errors import StoreCorrupt, StoreInUse, StoreUnavailable
from tests.store_room import asked, movie, opened, put_items, told

SCHEMA = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "playbill.db"


async def test_every_migration_comes_back_down_to_what_was_before(path: Path) -> None:
    dumps = []
    database = await open_for_writing(path, durability="full")
    try:
        for target in (0, *range(1, len(MIGRATIONS) + 1), *range(len(MIGRATIONS) - 1, -1, -1)):
            await migrate(database, target=target)
            dumps.append((await version_of(database), await database.rows(SCHEMA)))
        await migrate(database)
        again = await database.rows(SCHEMA)
    finally:
        await database.close()

    assert dumps == dumps[::-1]
    assert dumps[0] == (0, [])
    assert again == dumps[len(MIGRATIONS)][1]


async def test_a_catalogue_with_rows_comes_down_too(path: Path) -> None:
    async with opened(path) as store:
        await put_items(store, [movie("1", category_remote_ids=["1"])])
    async with opened(path):
        pass
    database = await open_for_writing(path, durability="full")
    try:
        await migrate(database, target=0)
        left = await database.rows(SCHEMA)
    finally:
        await database.close()

    assert left == []


async def test_a_migration_that_fails_leaves_nothing_of_itself(path: Path) -> None:
    broken = Migration(up=("CREATE TABLE half (id INTEGER)", "CREATE TABLE sources (id INTEGER)"), down=())
    database = await open_for_writing(path, durability="full")
    try:
        await migrate(database)
        before = await database.rows(SCHEMA)
        with pytest.raises(sqlite3.OperationalError):
            await migrate(database, migrations=(*MIGRATIONS, broken))
        after = await database.rows(SCHEMA), await version_of(database), database.in_transaction
    finally:
        await database.close()

    assert after == (before, len(MIGRATIONS), False)


async def test_opening_twice_changes_nothing(path: Path) -> None:
    async with opened(path):
        pass
    before = asked(path, SCHEMA)
    async with opened(path):
        pass

    assert asked(path, SCHEMA) == before


async def test_a_file_of_a_newer_version_is_refused_and_kept(path: Path) -> None:
    async with opened(path):
        pass
    told(path, "PRAGMA user_version = 999")
    before = path.read_bytes()

    with pytest.raises(StoreCorrupt, match="made by a newer version"):
        async with opened(path):
            pass
    with pytest.raises(StoreCorrupt, match="made by a newer version"):
        async with Reader.open(path):
            pass
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"not a database", b"{}", b"SQLite format 4\0" + bytes(4096), bytes(8192)])
async def test_a_file_that_is_no_database_is_refused_and_kept(path: Path, content: bytes) -> None:
    path.write_bytes(content)

    with pytest.raises(StoreCorrupt):
        async with opened(path):
            pass
    with pytest.raises(StoreCorrupt):
        async with Reader.open(path):
            pass
    assert path.read_bytes() == content


async def test_the_database_of_another_program_is_refused_and_kept(path: Path) -> None:
    told(path, "CREATE TABLE recipes (name TEXT)")
    before = path.read_bytes()

    with pytest.raises(StoreCorrupt, match="another program"):
        async with opened(path):
            pass
    assert path.read_bytes() == before


async def test_damage_in_the_middle_is_told_as_damage(path: Path) -> None:
    async with opened(path) as store:
        await put_items(store, [movie(str(number), f"Film {number}") for number in range(2_000)])
    body = bytearray(path.read_bytes())
    body[4096 : len(body) - 4096] = b"\xff" * (len(body) - 8192)
    path.write_bytes(body)

    with pytest.raises(StoreCorrupt):
        async with opened(path) as store:
            await put_items(store, [movie("1")])


async def test_an_empty_file_is_what_a_crash_left_and_is_made_into_a_catalogue(path: Path) -> None:
    path.touch()
    async with opened(path) as store:
        await put_items(store, [movie("1")])

    assert asked(path, "SELECT count(*) FROM items") == [(1,)]


async def test_a_second_writer_is_told_so_and_the_file_stays_as_it_is(path: Path) -> None:
    async with opened(path) as store:
        await put_items(store, [movie("1")])
        before = path.read_bytes()
        with pytest.raises(StoreInUse, match="another writer has this file: process"):
            async with opened(path):
                pass
        assert path.read_bytes() == before
        await put_items(store, [movie("2")])

    assert asked(path, "SELECT count(*) FROM items") == [(2,)]


async def test_the_lock_is_free_after_its_holder_has_ended(path: Path) -> None:
    async with opened(path):
        pass

    with writer_lock(path):
        pass


async def test_a_folder_that_is_not_there_is_made(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "play bill?#%.db"
    async with opened(path) as store:
        await put_items(store, [movie("1")])
    async with Reader.open(path) as reader:
        items = (await reader.items()).items

    assert len(items) == 1


async def test_a_reader_says_that_there_is_no_catalogue_yet(path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="no catalogue yet"):
        async with Reader.open(path):
            pass
    path.touch()
    with pytest.raises(StoreUnavailable, match="no catalogue yet"):
        async with Reader.open(path):
            pass
    assert [file.name for file in path.parent.iterdir()] == [path.name]


async def test_the_file_is_ours_in_write_ahead_mode(path: Path) -> None:
    async with opened(path):
        pass

    assert asked(path, "PRAGMA journal_mode") == [("wal",)]
    assert asked(path, "PRAGMA user_version") == [(len(MIGRATIONS),)]
