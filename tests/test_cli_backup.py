"""`playbill backup` and `playbill restore` as their users have them: real processes, a real sync, a catalogue that comes back."""

import asyncio
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from actors.cli import exits
from actors.demo import XtreamServer
from actors.demo.switches import Hold
from actors.store.mark import mark_path
from contracts.catalog import SyncStatus
from tests.big_catalogue import big_catalogue
from tests.cli_room import ROOT, CommandLine, command_line
from tests.playbill_room import ACTION_OF, playbill, served_ids, until
from tests.store_room import asked, movie, opened, put_items
from tests.test_store_refusals import noise, replaced
from tests.writer_room import begun

WAIT_S = 60

pytestmark = pytest.mark.timeout(180)


async def filled(folder: Path, *ids: str) -> Path:
    path = folder / "playbill.db"
    async with opened(path) as store:
        await begun(store)
        await put_items(store, [movie(remote_id, f"Film {remote_id}") for remote_id in ids])
    return path


def films(path: Path) -> set[str]:
    return {row[0] for row in asked(path, "SELECT remote_id FROM items")}


# --- The commands ---------------------------------------------------------------------------------------


async def test_a_backup_is_one_line_and_comes_back(tmp_path: Path) -> None:
    commands, path = command_line(tmp_path), await filled(tmp_path, "1", "2")
    made = commands.run("backup", "mine.db")
    again = commands.run("backup", "mine.db")
    (forced,) = commands.run("backup", "mine.db", "--force", "--json").documents
    await filled(tmp_path, "3")
    restored = commands.run("restore", "mine.db")
    (document,) = commands.run("restore", "mine.db", "--json").documents

    assert (made.code, made.err) == (exits.COMPLETED, "")
    assert made.out.startswith("backed up ")
    assert " tables to mine.db: " in made.out
    assert len(made.out.splitlines()) == 1
    assert (again.code, again.err) == (exits.USAGE, "error: mine.db is there already: --force overwrites it\n")
    assert {"file", "rows", "tables", "version", "size_bytes", "seconds"} == set(forced)
    assert restored.code == exits.COMPLETED
    aside, told = restored.out.splitlines()
    assert films(Path(aside.removeprefix("put aside "))) == {"1", "2", "3"}
    assert told.startswith("restored ")
    assert films(path) == {"1", "2"}
    assert document["put_aside"] is not None


async def test_what_cannot_be_done_is_one_line(tmp_path: Path) -> None:
    commands = command_line(tmp_path)
    nothing = commands.run("backup", "mine.db")
    path = await filled(tmp_path, *map(str, range(2_000)))
    itself = commands.run("backup", str(path), "--force")
    missing = commands.run("restore", "nothing.db")
    other = commands.run("restore", "playbill.toml")
    noise(path)
    damaged = commands.run("backup", "mine.db")

    assert (nothing.code, missing.code, itself.code) == (exits.FAILED, exits.USAGE, exits.USAGE)
    assert (other.code, damaged.code) == (exits.FAILED, exits.FAILED)
    assert other.err == "error: playbill.toml is no database\n"
    assert "playbill.db is damaged: " in damaged.err
    assert not (tmp_path / "mine.db").exists()
    assert not (tmp_path / "mine.db.partial").exists()
    for answer in (nothing, itself, missing, other, damaged):
        assert answer.out == ""
        assert len(answer.err.splitlines()) == 1


@pytest.mark.parametrize("spoil", [noise, replaced])
async def test_what_can_be_read_is_read_and_the_rest_is_one_line(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    commands, path = command_line(tmp_path), await filled(tmp_path, *map(str, range(2_000)))
    spoil(path)
    before = path.read_bytes()
    for command in (["status"], ["home"], ["search", "film"], ["items", "--limit", "3"]):
        answer = commands.run(*command)
        assert "Traceback" not in answer.err
        assert answer.out or "`playbill restore BACKUP`" in answer.err
        assert len(answer.err.splitlines()) <= 1

    assert path.read_bytes() == before


def test_a_restore_killed_at_any_call_leaves_the_old_or_the_new(tmp_path: Path) -> None:
    """As real processes, each killed before one of the calls that change a name."""
    code = (
        "import asyncio, os, sys, pathlib, datetime\n"
        "seen, last = 0, int(sys.argv[3])\n"
        "def hear(event, _):\n"
        "    global seen\n"
        "    if event in ('os.rename', 'os.remove', 'os.link', 'os.truncate', 'sqlite3.connect'):\n"
        "        seen += 1\n"
        "        if seen > last: os._exit(9)\n"
        "from actors.store.restoring import restore\n"
        "sys.addaudithook(hear)\n"
        "made = asyncio.run(restore(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), datetime.datetime.now(datetime.UTC)))\n"
    )
    old, new = _made(tmp_path / "old.db", "old"), _made(tmp_path / "new.db", "new")
    found, code_of_last = [], None
    for calls in range(60):
        folder = tmp_path / str(calls)
        folder.mkdir()
        path = folder / "playbill.db"
        path.write_bytes(old.read_bytes())
        ended = subprocess.run(
            [sys.executable, "-c", code, str(path), str(new), str(calls)],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            check=False,
        )
        found.append(films(path))
        code_of_last = ended.returncode
        if code_of_last == 0:
            break

    assert code_of_last == 0
    assert len(found) > 8
    assert found == [{"old"}] * found.count({"old"}) + [{"new"}] * found.count({"new"})
    assert found[-1] == {"new"}


def _made(path: Path, remote_id: str) -> Path:
    async def make() -> None:
        async with opened(path) as store:
            await put_items(store, [movie(remote_id)])

    asyncio.run(make())
    return path


async def test_status_says_what_was_lost_until_it_is_read_again(tmp_path: Path) -> None:
    commands, path = command_line(tmp_path), await filled(tmp_path, "1")
    mark = mark_path(path).read_bytes()
    for file in tmp_path.glob("playbill.db*"):
        file.unlink()
    mark_path(path).write_bytes(mark)
    await filled(tmp_path, "2")
    during, document = commands.run("status"), commands.run("status", "--json").documents[0]
    async with opened(path) as store, store.transaction() as tx:
        await tx.setback_asked()
    after = commands.run("status")

    words = "commits, and every source is read again in full"
    assert words in " ".join(during.out.split())
    assert words in document["store"]["notice"]
    assert words not in after.out


# --- The whole of Playbill ------------------------------------------------------------------------------


async def test_a_backup_of_the_middle_of_a_sync_heals_after_it_is_restored(tmp_path: Path) -> None:
    backup = tmp_path / "middle.db"
    with XtreamServer(big_catalogue(400)) as provider:
        hold = Hold()
        provider.set(ACTION_OF["movies"], hold=hold)
        commands = CommandLine(tmp_path / "playbill.toml")
        async with playbill(tmp_path, {"iptv": provider.url}) as running:
            asked_id = await running.ask()
            await until(hold.reached.is_set)
            made = await asyncio.to_thread(commands.run, "backup", str(backup))
            hold.release()
            assert (await running.ended(asked_id)).status is SyncStatus.COMPLETED
            refused = await asyncio.to_thread(commands.run, "restore", str(backup))
        restored = commands.run("restore", str(backup))
        stands = asked(tmp_path / "playbill.db", "SELECT sync_id, status FROM syncs")
        async with playbill(tmp_path, {"iptv": provider.url}) as running:
            await until(lambda: not running.rows("SELECT 1 FROM syncs WHERE status IN ('pending', 'syncing')"))
            healed = running.rows("SELECT status FROM syncs")
            assert (await running.sync()).status is SyncStatus.COMPLETED
            for step in ACTION_OF:
                assert running.ids(step) == served_ids(provider, step)

    assert made.code == exits.COMPLETED, made.err
    assert (refused.code, restored.code) == (exits.IN_USE, exits.COMPLETED)
    assert "stop Playbill first: another writer has this file: process" in refused.err
    assert stands == [(asked_id, "syncing")]
    assert healed == [("completed",)]


async def test_a_catalogue_that_went_back_is_read_again_by_itself(tmp_path: Path) -> None:
    with XtreamServer(big_catalogue(60)) as provider:
        async with playbill(tmp_path, {"iptv": provider.url}) as running:
            await running.sync()
        path = tmp_path / "playbill.db"
        mark, whole = mark_path(path).read_bytes(), path.read_bytes()
        for file in tmp_path.glob("playbill.db*"):
            file.unlink()
        mark_path(path).write_bytes(mark)
        async with playbill(tmp_path, {"iptv": provider.url}) as running:
            await until(lambda: running.database.exists() and _synced(running.database))
            for step in ACTION_OF:
                assert running.ids(step) == served_ids(provider, step)

    assert len(whole) > 10_000
    ((request_id, status, mode),) = asked(path, "SELECT request_id, status, mode FROM syncs")
    assert request_id.startswith("reread-")
    assert (status, mode) == ("completed", "full")


def _synced(path: Path) -> bool:
    try:
        return asked(path, "SELECT status FROM syncs") == [("completed",)]
    except sqlite3.OperationalError:
        return False


async def test_up_ends_with_both_ways_out_when_the_catalogue_is_damaged(tmp_path: Path) -> None:
    commands, path = command_line(tmp_path), await filled(tmp_path, *map(str, range(2_000)))
    noise(path)
    before = path.read_bytes()
    answer = commands.run("up")

    assert answer.code == exits.USAGE
    assert "`playbill restore BACKUP` brings a backup back" in answer.err
    assert answer.err.splitlines()[-1] == "error: writer cannot start; its own words are above"
    assert path.read_bytes() == before


async def test_a_second_writer_ends_with_a_code_of_its_own(tmp_path: Path) -> None:
    commands, path = command_line(tmp_path), await filled(tmp_path, "1")
    async with opened(path):
        answer = commands.run("up")

    assert answer.code == exits.IN_USE
    assert f"another writer has this file: process {os.getpid()} on" in answer.err
    assert answer.err.splitlines()[-1] == "error: another writer has the database of writer; its own words are above"
    assert answer.err.count("an actor died") == 0
