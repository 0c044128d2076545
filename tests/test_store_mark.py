"""The mark beside the database: a file that went back is noticed, and read again."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from actors import logs
from actors.cancels import Cancels
from actors.store import Reader, Store
from actors.store.mark import Mark, MarkDamaged, line_of, mark_path, read_mark
from actors.writer.rereading import read_again
from contracts import codec
from contracts.catalog import Mode, SyncStatus
from tests.store_room import NOW, asked, movie, opened, put_items, told
from tests.writer_room import IPTV, SOURCES, ask, begun, row_of


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "playbill.db"


@pytest.fixture(autouse=True)
def lines() -> Iterator[None]:
    """What is logged is on standard error."""
    logs.configure()
    yield
    logs.reset()


def marked(path: Path) -> Mark:
    mark = read_mark(path)
    assert mark is not None
    return mark


def counter(path: Path, name: str) -> int:
    return int(asked(path, f"SELECT next_value FROM counters WHERE name = '{name}'")[0][0])


def kept(path: Path) -> dict[Path, bytes]:
    """The database and its log, as somebody would copy them."""
    return {file: file.read_bytes() for file in (path, path.with_name(f"{path.name}-wal")) if file.exists()}


def put_back(files: dict[Path, bytes]) -> None:
    for file, content in files.items():
        file.write_bytes(content)


async def requested(store: Store) -> list[str]:
    """Ids of the syncs that a start asks for by itself."""
    async with store.transaction() as tx:
        before = {sync.sync_id for sync in await tx.syncs_unfinished()}
        await read_again(tx, SOURCES, Cancels(), NOW)
        return [sync.sync_id for sync in await tx.syncs_unfinished() if sync.sync_id not in before]


async def lost(path: Path) -> int | None:
    async with Reader.open(path) as reader:
        return await reader.commits_lost()


async def test_each_commit_that_changes_something_is_counted_in_the_file_and_beside_it(path: Path) -> None:
    async with opened(path) as store:
        first = marked(path)
        for number in range(5):
            await put_items(store, [movie(str(number))])
        during = marked(path)
        async with store.transaction() as tx:
            await tx.outbox_count()
        after_reading = marked(path)
    closed = marked(path)

    assert during.commits == first.commits + 5
    assert after_reading == during
    assert (closed.commits, closed.identity) == (during.commits, counter(path, "identity"))
    assert counter(path, "commits") == closed.commits + 1
    assert (during.is_clean, closed.is_clean) == (False, True)
    assert (closed.size_bytes, closed.modified_ns) == (path.stat().st_size, path.stat().st_mtime_ns)


async def test_what_was_undone_is_not_counted(path: Path) -> None:
    async with opened(path) as store:
        before = marked(path)
        with pytest.raises(RuntimeError):
            async with store.transaction() as tx:
                await tx.put_items("iptv", [[movie("1")]])
                raise RuntimeError

        assert marked(path) == before


async def test_a_start_over_what_was_left_finds_nothing_and_asks_for_nothing(path: Path) -> None:
    for _ in range(3):
        async with opened(path) as store:
            await begun(store)
            assert await requested(store) == []

    assert await lost(path) is None


async def test_a_database_that_went_back_is_told_and_every_source_is_read_again_in_full(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with opened(path) as store:
        await begun(store)
        await put_items(store, [movie("1")])
    older = kept(path)
    async with opened(path) as store:
        for number in range(4):
            await put_items(store, [movie(f"later {number}")])
    newest = marked(path).commits
    put_back(older)
    capsys.readouterr()
    async with opened(path) as store:
        words = capsys.readouterr().err
        told_before = await lost(path)
        ids = await requested(store)
        again = await requested(store)
        told_during = await lost(path)
        (sync,) = [await row_of(store, sync_id) for sync_id in ids]

    assert "the store went back by 4 commits; every source is read again in full" in words
    assert (told_before, told_during) == (4, 4)
    assert sync.mode is Mode.FULL
    assert again == []
    assert marked(path).commits > newest
    async with opened(path) as store:
        assert await requested(store) == []


async def test_a_sync_that_was_going_on_ends_and_is_not_in_the_way(path: Path) -> None:
    async with opened(path) as store:
        await begun(store)
        running = await ask(store)
    older = kept(path)
    async with opened(path) as store:
        await put_items(store, [movie("later")])
    put_back(older)
    async with opened(path) as store:
        (asked_id,) = await requested(store)
        ended, begun_now = await row_of(store, running), await row_of(store, asked_id)

    assert (ended.status, ended.error_code) == (SyncStatus.FAILED, "store_went_back")
    assert not begun_now.status.is_final


async def test_a_death_before_the_sources_were_asked_loses_nothing(path: Path) -> None:
    async with opened(path) as store:
        await begun(store)
    older = kept(path)
    async with opened(path) as store:
        await put_items(store, [movie("later")])
    put_back(older)
    async with opened(path):
        pass
    async with opened(path) as store:
        assert len(await requested(store)) == 1


async def test_going_back_twice_asks_twice(path: Path) -> None:
    async with opened(path) as store:
        await begun(store)
    older, ids = kept(path), []
    for _ in range(2):
        async with opened(path) as store:
            await put_items(store, [movie("later")])
        put_back(older)
        async with opened(path) as store:
            ids += await requested(store)

    assert len(set(ids)) == 2


def flip_a_bit(log: bytes) -> bytes:
    middle = len(log) // 2
    return log[:middle] + bytes([log[middle] ^ 1]) + log[middle + 1 :]


def cut(log: bytes) -> bytes:
    return log[: len(log) // 2]


def rubbish(log: bytes) -> bytes:
    return os.urandom(len(log))


@pytest.mark.parametrize("spoil", [flip_a_bit, cut, rubbish], ids=["a bit flipped", "cut", "rubbish"])
async def test_a_log_that_is_damaged_is_noticed(path: Path, spoil: Callable[[bytes], bytes]) -> None:
    log = path.with_name(f"{path.name}-wal")
    async with opened(path):
        pass
    async with opened(path) as store:
        await begun(store)
        for number in range(40):
            await put_items(store, [movie(str(number))])
        left, commits = kept(path), marked(path).commits
        mark = mark_path(path).read_bytes()
    # As a killed process leaves it, which copies no log into the file.
    put_back(left)
    log.write_bytes(spoil(left[log]))
    mark_path(path).write_bytes(mark)
    async with opened(path) as store:
        ids = await requested(store)

    assert 0 < len(asked(path, "SELECT id FROM items")) < 40 or spoil is rubbish
    assert [codec.sync_id_of("iptv", f"reread-{counter(path, 'identity'):016x}-{commits}")] == ids


async def test_another_database_in_its_place_is_no_setback(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.db"
    async with opened(other) as store:
        await begun(store)
    async with opened(path) as store:
        await begun(store)
        for number in range(9):
            await put_items(store, [movie(str(number))])
    path.write_bytes(other.read_bytes())
    capsys.readouterr()
    async with opened(path) as store:
        words, ids = capsys.readouterr().err, await requested(store)

    assert "another database is here than the last time" in words
    assert ids == []
    assert marked(path).identity == counter(other, "identity")


@pytest.mark.parametrize("is_emptied", [False, True], ids=["missing", "empty"])
async def test_a_database_that_is_gone_is_told_and_read_again(
    path: Path, is_emptied: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    async with opened(path) as store:
        await begun(store)
        await put_items(store, [movie("1")])
    path.unlink()
    if is_emptied:
        path.touch()
    capsys.readouterr()
    async with opened(path) as store:
        words = capsys.readouterr().err
        await begun(store)
        ids = await requested(store)

    assert "the database is gone that had" in words
    assert str(path) in words
    assert str(mark_path(path)) in words
    assert len(ids) == 1


@pytest.mark.parametrize(
    ("content", "is_said_to_be"),
    [
        (b"\n", "damaged"),
        (b"no mark", "damaged"),
        (b"\xa5" * 96, "damaged"),
        (b"", "empty"),
        (bytes(96), "empty"),
    ],
    ids=["a line", "text", "noise", "empty", "zeros"],
)
async def test_a_mark_that_is_damaged_or_that_a_crash_left_empty_is_told_and_made_anew(
    path: Path, content: bytes, is_said_to_be: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async with opened(path) as store:
        await begun(store)
    mark_path(path).write_bytes(content)
    capsys.readouterr()
    async with opened(path) as store:
        words, ids = capsys.readouterr().err, await requested(store)

    assert f"the mark beside the database is {is_said_to_be} and is made anew" in words
    assert ("warning" in words) == (is_said_to_be == "damaged")
    assert ids == []
    assert marked(path).identity == counter(path, "identity")


async def test_a_database_of_the_time_before_marks_gets_one(path: Path) -> None:
    async with opened(path) as store:
        await begun(store)
    told(path, "DELETE FROM counters WHERE name IN ('identity', 'commits')")
    mark_path(path).unlink()
    async with opened(path) as store:
        ids = await requested(store)

    assert ids == []
    assert marked(path).identity == counter(path, "identity") > 0


def test_a_mark_always_has_the_same_length(path: Path) -> None:
    lines = [
        line_of(Mark(identity=1, commits=0)),
        line_of(Mark(identity=2**63 - 1, commits=2**40, is_clean=True, size_bytes=2**40, modified_ns=2**61)),
    ]
    for line in lines:
        mark_path(path).write_bytes(line)
        assert line_of(marked(path)) == line
    mark_path(path).write_bytes(lines[0].replace(b"in-use", b"in-usf"))

    assert len({len(line) for line in lines}) == 1
    with pytest.raises(MarkDamaged):
        read_mark(path)


async def test_a_source_that_is_named_no_more_is_not_asked(path: Path) -> None:
    async with opened(path) as store:
        await begun(store)
    older = kept(path)
    async with opened(path) as store:
        await put_items(store, [movie("later")])
    put_back(older)
    async with opened(path) as store, store.transaction() as tx:
        await read_again(tx, {}, Cancels(), NOW)
        assert await tx.syncs_unfinished() == []
    assert IPTV.source_id == "iptv"
