"""The supervisor with real processes: what it starts again, what it refuses, how it stops, and what a kill leaves behind."""

import asyncio
import contextlib
import itertools
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from actors.demo import XtreamServer
from actors.demo.catalogue import MOVIE_CATEGORIES, MOVIES
from actors.embedded import EmbeddedBus
from actors.runtime.client import BusClient
from actors.runtime.config import BusConfig
from actors.supervisor import Plan, Supervisor, running_instance
from contracts import codec
from contracts.catalog import Part, SyncStatus
from contracts.errors import BadSettings, BusUnavailable
from contracts.messages import SyncProgress, SyncRequest
from tests.big_catalogue import big_catalogue
from tests.cli_room import PASSWORD, USER, CommandLine, command_line
from tests.playbill_room import playbill

WAIT_S = 60
SAYS_READY = "import os, signal; os.write(int(os.environ['PLAYBILL_READY_FD']), b'1'); signal.pause()"

pytestmark = pytest.mark.timeout(120)


def python(code: str) -> tuple[str, ...]:
    return sys.executable, "-c", code


def plan(directory: Path, roles: dict[str, tuple[str, ...]], **fields: Any) -> Plan:
    fields.setdefault("port", 0)
    return Plan(roles=roles, bus_dir=directory / "bus", lanes={("iptv", Part.CATALOGUE): 1}, **fields)


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(WAIT_S):
        while not condition():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def supervised(of: Plan) -> AsyncIterator[tuple[Supervisor, asyncio.Task[int]]]:
    """A supervisor that runs; when the block is left it has ended, and its processes with it."""
    supervisor = Supervisor(of)
    running = asyncio.create_task(supervisor.run())
    try:
        yield supervisor, running
    finally:
        children = supervisor.children()
        supervisor.request_stop()
        await asyncio.wait({running})
        running.exception()
        assert not any(child.is_running for child in [*children, *supervisor.children()])


def pids(supervisor: Supervisor) -> dict[str, int | None]:
    return {child.name: child.pid for child in supervisor.children() if child.is_running}


def is_another(supervisor: Supervisor, killed: int | None) -> bool:
    return pids(supervisor).get("nats-server") not in (None, killed)


# --- What dies is started again -------------------------------------------------------------------------


async def test_a_role_that_dies_is_started_again_and_the_others_are_left_alone(tmp_path: Path) -> None:
    roles = {"parser": python(SAYS_READY), "writer": python(SAYS_READY)}
    async with supervised(plan(tmp_path, roles)) as (supervisor, _):
        await asyncio.wait_for(supervisor.ready.wait(), WAIT_S)
        before = pids(supervisor)
        os.kill(before["parser"] or 0, signal.SIGKILL)
        await until(lambda: pids(supervisor).get("parser") not in (None, before["parser"]))

        assert {**pids(supervisor), "parser": before["parser"]} == before


async def test_a_role_that_keeps_dying_waits_longer_each_time(tmp_path: Path) -> None:
    starts = tmp_path / "starts"
    dies = f"import time; open({str(starts)!r}, 'a').write(f'{{time.monotonic()}}\\n'); raise SystemExit(1)"
    async with supervised(plan(tmp_path, {"writer": python(dies)})) as (_, running):
        await until(lambda: starts.exists() and len(starts.read_text().splitlines()) >= 3)

        times = [float(line) for line in starts.read_text().splitlines()]
        gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
        assert gaps[0] > 0.35
        assert gaps[1] > 0.75
        assert not running.done()


async def test_a_bus_that_is_killed_twice_at_once_comes_back(tmp_path: Path) -> None:
    async with supervised(plan(tmp_path, {"writer": python(SAYS_READY)})) as (supervisor, running):
        await asyncio.wait_for(supervisor.ready.wait(), WAIT_S)
        for _ in range(2):
            killed = pids(supervisor)["nats-server"]
            os.kill(killed or 0, signal.SIGKILL)
            await until(partial(is_another, supervisor, killed))
        async with await BusClient.connect(supervisor.client_config()) as client:
            await client.request_sync("iptv", SyncRequest())

        assert not running.done()


def has_a_stream(directory: Path) -> bool:
    with contextlib.suppress(FileNotFoundError):  # The server makes folders under other names first.
        return any(directory.rglob("PLAYBILL_REQUESTS"))
    return False


async def test_a_bus_that_dies_while_its_streams_are_made_does_not_end_everything(tmp_path: Path) -> None:
    async with supervised(plan(tmp_path, {"writer": python(SAYS_READY)})) as (supervisor, _):
        await until(lambda: has_a_stream(tmp_path / "bus" / "jetstream"))
        os.kill(pids(supervisor)["nats-server"] or 0, signal.SIGKILL)

        await asyncio.wait_for(supervisor.ready.wait(), WAIT_S)


# --- What cannot run is said ----------------------------------------------------------------------------


async def test_roles_whose_settings_are_wrong_end_everything_with_their_name(tmp_path: Path) -> None:
    roles = {"parser": python(SAYS_READY), "writer": python(f"raise SystemExit({os.EX_CONFIG})")}
    async with supervised(plan(tmp_path, roles)) as (_, running):
        await asyncio.wait({running}, timeout=WAIT_S)

        with pytest.raises(BadSettings, match="writer cannot start"):
            running.result()


async def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        async with supervised(plan(tmp_path, {"writer": python(SAYS_READY)}, port=port)) as (_, running):
            await asyncio.wait({running}, timeout=WAIT_S)

            with pytest.raises(BadSettings, match=f"port {port} is taken"):
                running.result()
    assert running_instance(tmp_path / "bus") is None


async def test_the_port_of_a_playbill_that_was_killed_is_waited_for(tmp_path: Path) -> None:
    leftover = tmp_path / "bus" / "bus.json"
    leftover.parent.mkdir()
    leftover.write_text('{"url":"nats://127.0.0.1:1","passwords":{"client":"pw_old"}}')
    with socket.socket() as dying:
        dying.bind(("127.0.0.1", 0))
        dying.listen()
        async with supervised(plan(tmp_path, {"writer": python(SAYS_READY)}, port=dying.getsockname()[1])) as (
            supervisor,
            running,
        ):
            done, _ = await asyncio.wait({running}, timeout=0.5)
            assert not done
            dying.close()

            await asyncio.wait_for(supervisor.ready.wait(), WAIT_S)
            assert supervisor.client_config().password != "pw_old"


async def test_a_second_playbill_with_the_same_directory_is_refused_and_found_by_who_looks(tmp_path: Path) -> None:
    roles = {"writer": python(SAYS_READY)}
    async with supervised(plan(tmp_path, roles)) as (first, _):
        await asyncio.wait_for(first.ready.wait(), WAIT_S)
        with pytest.raises(BadSettings, match="another Playbill runs"):
            await Supervisor(plan(tmp_path, roles)).run()

        assert running_instance(tmp_path / "bus") == first.client_config()
    assert running_instance(tmp_path / "bus") is None


async def test_a_folder_that_cannot_be_used_is_named_and_is_no_bug(tmp_path: Path) -> None:
    (tmp_path / "bus").touch()
    with pytest.raises(BusUnavailable, match=r"nats\.dir: the bus cannot use .*/bus"):
        await Supervisor(plan(tmp_path, {})).run()
    with pytest.raises(BusUnavailable, match=r"nats\.dir: the bus cannot use .*/bus"):
        await EmbeddedBus(tmp_path / "bus", 0).start()


async def test_a_nats_server_that_is_not_there_is_said_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYBILL_NATS_SERVER", str(tmp_path / "nats-server"))
    with pytest.raises(BadSettings, match=r"PLAYBILL_NATS_SERVER: .* is no program"):
        await Supervisor(plan(tmp_path, {})).run()


async def test_who_only_looks_keeps_nobody_from_starting(tmp_path: Path) -> None:
    (tmp_path / "bus").mkdir()
    (tmp_path / "bus" / "lock").touch()
    looks = 0

    async def look() -> None:
        nonlocal looks
        while True:
            running_instance(tmp_path / "bus")
            looks += 1
            await asyncio.sleep(0)

    looking = asyncio.create_task(look())
    async with supervised(plan(tmp_path, {"writer": python(SAYS_READY)})) as (supervisor, _):
        await asyncio.wait_for(supervisor.ready.wait(), WAIT_S)
    looking.cancel()
    assert looks > 0


# --- Stopping while it starts ---------------------------------------------------------------------------


@pytest.mark.parametrize("turns", [0, 1, 5, 20, 100])
async def test_a_stop_during_the_start_is_heeded_at_once(turns: int, tmp_path: Path) -> None:
    supervisor = Supervisor(plan(tmp_path, {"writer": python(SAYS_READY)}))
    running = asyncio.create_task(supervisor.run())
    for _ in range(turns):
        await asyncio.sleep(0)
    supervisor.request_stop()

    assert await asyncio.wait_for(running, 8) == 0
    assert not any(child.is_running for child in supervisor.children())
    assert not (tmp_path / "bus" / "bus.json").exists()


async def test_a_stop_is_heeded_while_a_bus_of_somebody_else_does_not_answer(tmp_path: Path) -> None:
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        external = BusConfig(url=f"nats://127.0.0.1:{mute.getsockname()[1]}")
        supervisor = Supervisor(plan(tmp_path, {"writer": python(SAYS_READY)}, external=external))
        running = asyncio.create_task(supervisor.run())
        done, _ = await asyncio.wait({running}, timeout=0.3)
        assert not done
        supervisor.request_stop()

        assert await asyncio.wait_for(running, 5) == 0


# --- The whole, as `playbill up` runs it ----------------------------------------------------------------


def descendants(pid: int) -> list[int]:
    try:
        children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
    return [each for child in children for each in (child, *descendants(child))]


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


@contextmanager
def up(commands: CommandLine, log: Path) -> Iterator[subprocess.Popen[str]]:
    """`playbill up`, logging into a file of its own."""
    with log.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "actors.cli", "up"],
            cwd=commands.file.parent,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[1]), "PLAYBILL_CONFIG": str(commands.file)},
            stdout=file,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(WAIT_S)


def runs(log: Path) -> bool:
    return "playbill runs" in log.read_text()


def syncs(commands: CommandLine) -> list[tuple[str, str]]:
    with sqlite3.connect(f"file:{commands.file.parent / 'playbill.db'}?mode=ro", uri=True) as database:
        found = database.execute("SELECT request_id, status FROM syncs ORDER BY requested_ns").fetchall()
    database.close()
    return found


def has_synced(commands: CommandLine, count: int) -> bool:
    return [status for _, status in syncs(commands)] == ["completed"] * count


async def ask_and_wait(bus_dir: Path) -> SyncProgress:
    config = running_instance(bus_dir)
    assert config is not None
    wanted = codec.sync_id_of("iptv", "mine")
    async with await BusClient.connect(config) as client:
        await client.request_sync("iptv", SyncRequest(request_id="mine"))
        async with asyncio.timeout(WAIT_S):
            async for state in client.follow("iptv"):
                if isinstance(state, SyncProgress) and state.sync_id == wanted and state.status.is_final:
                    return state
    raise AssertionError("the bus went away")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process of its parent's death")
async def test_a_killed_up_leaves_no_process_and_starts_again_without_a_second_first_sync(tmp_path: Path) -> None:
    with XtreamServer(big_catalogue(60), username=USER, password=PASSWORD) as provider:
        commands = command_line(tmp_path, provider)
        first_log, second_log = tmp_path / "first.log", tmp_path / "second.log"
        with up(commands, first_log) as first:
            await until(partial(runs, first_log))
            await until(partial(has_synced, commands, 1))
            family = descendants(first.pid)
            first.kill()
            first.wait(WAIT_S)

            with up(commands, second_log) as second:
                await until(partial(runs, second_log))
                await until(lambda: not any(is_alive(pid) for pid in family))
                (bus_dir,) = {path.parent for path in tmp_path.rglob("bus.json")}
                ended = await ask_and_wait(bus_dir)

        assert len(family) == 6
        assert second.returncode == 0
        assert (ended.status, ended.movies_synced) == (SyncStatus.COMPLETED, 60)
        first_sync, second_sync = syncs(commands)
        assert first_sync[0].startswith("start-")
        assert second_sync[0] == "mine"
        assert "Traceback" not in first_log.read_text() + second_log.read_text()


# --- A category filter, from the settings to the rows ---------------------------------------------------

NAMES = {"1": "[UK] Drama", "2": "[UK] Crime", "3": "DE Krimi", "4": "DE Adults", "5": "Été", "6": "Loose"}


@pytest.mark.parametrize(
    ("more", "categories"),
    [
        ('exclude_categories = ["3"]', {"1", "2", "4", "5", "6"}),
        ('include_categories = ["été", "[UK] drama"]', {"1", "5"}),
        ('include_categories = ["[UK] *", "DE *"]\nexclude_categories = ["* adults"]', {"1", "2", "3"}),
    ],
    ids=["by id", "by name", "by wildcard"],
)
async def test_a_filter_decides_which_entries_land_and_unlisted_categories_still_do(
    more: str, categories: set[str], tmp_path: Path
) -> None:
    films = [{"stream_id": int(f"{number}0"), "name": f"Film {number}", "category_id": number} for number in [*NAMES, "99"]]
    catalogue = (
        big_catalogue(0)
        .with_listing(MOVIE_CATEGORIES, [{"category_id": number, "category_name": name} for number, name in NAMES.items()])
        .with_listing(MOVIES, films)
    )
    with XtreamServer(catalogue) as provider:
        async with playbill(tmp_path, {"iptv": provider.url}, more=more) as running:
            ended = await running.sync(steps=["movie_categories", "movies"])

            assert ended.status is SyncStatus.COMPLETED
            assert running.ids("movies") == {f"{number}0" for number in categories | {"99"}}
            assert ended.counts.excluded == len(NAMES) - len(categories)
