"""What a failure or a cancel leaves behind: nothing."""

import asyncio
import resource
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from actors.store import Reader, Store
from actors.store.records import RowCounts
from contracts.catalog import Item
from contracts.errors import StoreUnavailable
from tests.store_room import NOW, asked, category, movie, opened, put_categories, put_items, step, sync


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "playbill.db"


async def test_a_rollback_leaves_no_row_no_id_and_no_memory(path: Path) -> None:
    rows = [movie("1", category_remote_ids=["7"]), movie("2", category_remote_ids=["8"])]
    async with opened(path) as store:
        await put_items(store, [movie("0")])
        with pytest.raises(RuntimeError):
            await _put_and_fail(store, rows)
        async with store.transaction() as tx:
            next_item_id = await tx.next_item_id()
        counts = await put_items(store, rows)
        counts_of_categories = await put_categories(store, [category("7", "Drama")])

    assert next_item_id == 2
    assert counts == [RowCounts(new=2)]
    assert counts_of_categories == [RowCounts(new=1)]
    assert asked(path, "SELECT id FROM items") == [(1,), (2,), (3,)]
    assert asked(path, "SELECT id, title FROM categories ORDER BY id") == [(1, "Drama"), (2, "Category 8")]
    assert asked(path, "SELECT library_id, count(*) FROM items GROUP BY 1") == [(1, 3)]
    assert asked(path, "SELECT count(*) FROM items_search WHERE items_search MATCH 'moon'") == [(3,)]


async def test_a_caller_cancelled_inside_leaves_no_open_transaction(path: Path) -> None:
    async with opened(path) as store:
        inside = asyncio.Event()

        async def write_and_wait() -> None:
            async with store.transaction() as tx:
                await tx.put_items("iptv", [[movie("1")]])
                inside.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(write_and_wait())
        await inside.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        counts = await put_items(store, [movie("2")])

    assert counts == [RowCounts(new=1)]
    assert asked(path, "SELECT id, remote_id FROM items") == [(1, "2")]


@pytest.mark.parametrize("turns", [*range(0, 40, 3), 60, 100, 200])
async def test_a_cancel_at_any_moment_leaves_all_of_a_transaction_or_nothing(path: Path, turns: int) -> None:
    async with opened(path) as store:
        task = asyncio.create_task(put_items(store, [movie(str(number), category_remote_ids=["1"]) for number in range(700)]))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        task.cancel()
        await asyncio.wait([task])
        kept = asked(path, "SELECT count(*) FROM items")
        counts = await put_items(store, [movie("new")])

    assert kept in ([(0,)], [(700,)])
    assert counts == [RowCounts(new=1)]
    assert asked(path, "SELECT count(*) FROM items_search WHERE items_search MATCH 'moon'") == [(kept[0][0] + 1,)]


async def test_transactions_take_turns(path: Path) -> None:
    async with opened(path) as store:
        await asyncio.gather(*(put_items(store, [movie(str(number))]) for number in range(20)))

    assert asked(path, "SELECT count(*), max(id) FROM items") == [(20, 20)]


async def test_a_full_disk_is_told_and_work_goes_on_when_there_is_room_again(path: Path) -> None:
    rows = [movie(str(number), f"Film {number}", details=f'{{"plot":"{number:0300}"}}') for number in range(200)]
    async with opened(path) as store:
        await put_items(store, [movie("first")])
        with (
            file_bytes_max(path.with_name(f"{path.name}-wal").stat().st_size + 10_000),
            pytest.raises(StoreUnavailable) as failure,
        ):
            await put_items(store, rows)
        counts = await put_items(store, rows)

    assert "unknown whether the last commit took place" in failure.value.text
    assert counts[0].new + counts[0].unchanged == 200
    assert asked(path, "SELECT count(*) FROM items") == [(201,)]
    assert asked(path, "PRAGMA integrity_check") == [("ok",)]


async def test_a_commit_that_fails_is_unknown_and_the_file_is_opened_anew(path: Path) -> None:
    async with opened(path) as store:
        with pytest.raises(StoreUnavailable, match="unknown"):
            await _break_a_rule_at_commit(store)
        counts = await put_items(store, [movie("1")])

    assert counts == [RowCounts(new=1)]
    assert asked(path, "SELECT count(*) FROM steps") == [(0,)]


async def test_a_step_without_its_sync_is_a_bug_and_stays_one(path: Path) -> None:
    async with opened(path) as store:
        with pytest.raises(sqlite3.IntegrityError):
            async with store.transaction() as tx:
                await tx.put_steps([step()])
        async with store.transaction() as tx:
            await tx.put_sync(sync())
            await tx.put_steps([step()])


async def test_a_lock_of_another_program_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("actors.store.database._BUSY_TIMEOUT_S", 0.01)
    async with opened(path) as store:
        other = sqlite3.connect(path, isolation_level=None)
        try:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreUnavailable, match="locked by another process"):
                await put_items(store, [movie("1")])
        finally:
            other.close()
        counts = await put_items(store, [movie("1")])

    assert counts == [RowCounts(new=1)]


async def test_a_folder_in_the_place_of_the_file_is_told(path: Path) -> None:
    path.mkdir()
    with pytest.raises(StoreUnavailable):
        async with opened(path):
            pass
    with pytest.raises(StoreUnavailable):
        async with Reader.open(path):
            pass


async def test_a_file_in_the_place_of_the_folder_is_told(path: Path) -> None:
    path.touch()
    with pytest.raises(StoreUnavailable):
        async with opened(path / "playbill.db"):
            pass


async def test_a_reader_never_waits_for_a_write_and_sees_whole_transactions(path: Path) -> None:
    async with opened(path) as store:
        await put_items(store, [movie("1")])
        async with Reader.open(path) as reader:
            async with store.transaction() as tx:
                await tx.put_items("iptv", [[movie("2")]])
                during = len((await reader.items()).items)
            after = len((await reader.items()).items)

    assert (during, after) == (1, 2)


async def test_a_reader_whose_caller_is_cancelled_answers_the_next(path: Path) -> None:
    async with opened(path) as store:
        await put_items(store, [movie(str(number)) for number in range(500)])
        async with Reader.open(path) as reader:
            for turns in range(10):
                task = asyncio.create_task(reader.items(limit=500))
                for _ in range(turns):
                    await asyncio.sleep(0)
                task.cancel()
                await asyncio.wait([task])
            await put_items(store, [movie("new")])
            items = (await reader.items(limit=1_000)).items

    assert len(items) == 501


async def test_a_normal_durability_can_be_asked_for(path: Path) -> None:
    async with Store.open(path, clock=lambda: NOW, durability="normal") as store:
        counts = await put_items(store, [movie("1")])

    assert counts == [RowCounts(new=1)]


async def _put_and_fail(store: Store, rows: list[Item]) -> None:
    async with store.transaction() as tx:
        await tx.put_items("iptv", [rows])
        raise RuntimeError


async def _break_a_rule_at_commit(store: Store) -> None:
    async with store.transaction() as tx:
        await tx._session.database.run("PRAGMA defer_foreign_keys = ON")
        await tx.put_steps([step()])


@contextmanager
def file_bytes_max(limit_bytes: int) -> Iterator[None]:
    """No file of this process may grow beyond the limit: what a full disk does, without one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
