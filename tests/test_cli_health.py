"""`playbill health`: what it makes of what it hears, and the command itself against a Playbill, a bus, and nothing."""

import asyncio
import time
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from actors.cli.health_judging import Check, actor_check, health_of, source_check, writer_waits_for_store
from actors.cli.health_render import rendered
from actors.demo import XtreamServer
from actors.runtime.connection import connect
from actors.runtime.probing import Heard
from actors.store import SourceStatus
from actors.store.records import SourceRow, SyncRow
from contracts import codec, limits, subjects
from contracts.catalog import Mode, Part, SourceKind, StepStatus, SyncStatus
from contracts.messages import Heartbeat, StepProgress, SyncProgress
from tests.big_catalogue import big_catalogue
from tests.bus_server import BusServer
from tests.cli_room import CommandLine, command_line
from tests.playbill_room import playbill
from tests.samples import AT, SYNC
from tests.test_bus import provision_on

ACTORS: Final = ("fetcher", "parser", "writer", "progress", "reader")
LATER: Final = AT + timedelta(minutes=5)


def beat(role: str = "parser", instance: str = "attic-1", **fields: Any) -> Heartbeat:
    return Heartbeat(role=role, instance=instance, started_at=AT, at=AT, every_s=5.0, **fields)


def heard(*beats: Heartbeat, age_s: float = 1.0) -> list[Heard]:
    return [Heard(heartbeat=said, age_s=age_s) for said in beats]


# --- What is made of it ---------------------------------------------------------------------------------


def test_a_role_of_which_there_is_no_word_is_a_problem_and_so_is_one_that_fell_silent() -> None:
    missing, silent = actor_check("parser", heard(beat("writer"))), actor_check("parser", heard(beat(), age_s=15.0))

    assert (missing.state, missing.text) == ("problem", "no word of it for 60 s")
    assert (silent.state, silent.text) == ("problem", "silent for 15 s")
    assert "playbill actor parser" in str(silent.advice)


def test_of_several_processes_one_that_is_well_is_enough() -> None:
    several = [*heard(beat(instance="a"), age_s=40.0), *heard(beat(instance="b", handled_total=512))]

    assert actor_check("parser", several) == Check(what="actor", name="parser", state="ok", text="idle, 512 handled")
    assert actor_check("parser", heard(beat(instance="a"), beat(instance="b"))).text == "idle, 0 handled, 2 processes"


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (beat(in_hand=1, oldest_in_hand_s=61.0), "works on one message for 1 min 01 s"),
        (beat("writer", in_hand=1, oldest_in_hand_s=901.0), "works on one message for 15 min 01 s"),
        (beat("writer", in_hand=1, waiting_for="store"), "waits for the store"),
        (beat("fetcher", in_hand=1, oldest_in_hand_s=901.0, waiting_for="bus"), "waits for the bus for 15 min 01 s"),
    ],
)
def test_work_that_stands_is_a_problem(said: Heartbeat, text: str) -> None:
    check = actor_check(said.role, heard(said))

    assert (check.state, check.text) == ("problem", text)
    assert check.advice


@pytest.mark.parametrize(
    "said",
    [
        beat("writer", in_hand=8, oldest_in_hand_s=300.0),
        beat("fetcher", in_hand=1, oldest_in_hand_s=5_000.0),
        beat("parser", in_hand=4, oldest_in_hand_s=300.0, waiting_for="bus"),
    ],
)
def test_long_work_and_streams_that_are_full_are_none(said: Heartbeat) -> None:
    assert actor_check(said.role, heard(said)).state == "ok"


def test_the_writer_says_whether_the_store_takes_rows() -> None:
    assert writer_waits_for_store(heard(beat("writer", waiting_for="store")))
    assert not writer_waits_for_store(heard(beat("writer", waiting_for="store"), age_s=60.0))
    assert not writer_waits_for_store(heard(beat("writer"), beat("parser", waiting_for="bus")))


def status_of(status: SyncStatus | None, error: str | None = None, code: str | None = None) -> SourceStatus:
    row = SourceRow(source_id="iptv", kind=SourceKind.XTREAM, title="iptv")
    if status is None:
        return SourceStatus(source=row)
    sync = SyncRow(
        **SYNC,
        request_id="r",
        parts=(Part.CATALOGUE,),
        mode=Mode.FULL,
        status=status,
        requested_ns=1,
        requested_at=AT,
        started_at=AT,
        ended_at=AT,
        error_text=error,
        error_code=code,
    )
    return SourceStatus(source=row, last_sync=sync)


def progress(status: SyncStatus = SyncStatus.SYNCING, **step: Any) -> SyncProgress:
    steps = [StepProgress(step="movies", title="Movies", status=StepStatus.RUNNING, **step)]
    return SyncProgress(**SYNC, status=status, progress=40, steps=steps, updated_at=AT)


def test_a_source_that_is_down_is_a_note_with_its_reason_and_what_to_do() -> None:
    down = source_check("iptv", status_of(SyncStatus.FAILED, "connection refused", "unreachable"), [], LATER)

    assert (down.state, down.text) == ("note", "last sync failed 5 min ago: connection refused")
    assert down.advice
    assert source_check("iptv", status_of(None), [], LATER).text == "never synced"
    assert source_check("iptv", None, [], LATER).state == "note"


def test_a_source_that_cools_down_is_a_note_and_one_that_syncs_is_well() -> None:
    cooling = progress(detail="cooling down, the server said 429", waiting_until=LATER + timedelta(minutes=1))
    waited = progress(detail="cooling down", waiting_until=AT)

    assert source_check("iptv", status_of(SyncStatus.SYNCING), [cooling], LATER).state == "note"
    assert source_check("iptv", status_of(SyncStatus.SYNCING), [cooling], LATER).text.startswith(
        "cooling down, the server said 429"
    )
    assert source_check("iptv", status_of(SyncStatus.SYNCING), [waited], LATER).text == "syncing, 40 %"
    assert source_check("iptv", status_of(SyncStatus.PARTIAL), [], LATER).state == "ok"


def test_a_note_makes_nothing_unhealthy_unless_that_is_asked_for() -> None:
    checks = [Check(what="bus", name="b", state="ok", text="t"), Check(what="source", name="iptv", state="note", text="t")]

    assert health_of(checks, strict=False).healthy
    assert not health_of(checks, strict=True).healthy
    assert not health_of([Check(what="bus", name="b", state="problem", text="t")], strict=False).healthy


def test_what_people_read_is_one_aligned_line_a_check_without_what_a_terminal_obeys() -> None:
    checks = [
        Check(what="bus", name="nats://127.0.0.1:1", state="ok", text="well"),
        Check(what="actor", name="writer", state="problem", text="silent\x1b[2J", advice="start it"),
        Check(what="source", name="iptv", state="note", text="never synced"),
    ]

    assert rendered(health_of(checks, strict=False)).splitlines() == [
        "ok       bus          well",
        "problem  writer       silent [2J; start it",
        "note     source iptv  never synced",
    ]


# --- The command ----------------------------------------------------------------------------------------


async def checks(commands: CommandLine, *options: str, **variables: str) -> tuple[int, dict[str, dict[str, Any]]]:
    """The exit code, and each check by what it is of."""
    answer = await asyncio.to_thread(lambda: commands.run("health", "--json", *options, **variables))
    (document,) = answer.documents
    assert document["healthy"] is (answer.code == 0)
    assert "pw_" not in answer.out + answer.err
    return answer.code, {found["name"] if found["what"] == "actor" else found["what"]: found for found in document["checks"]}


def test_nothing_that_runs_is_not_healthy(tmp_path: Path) -> None:
    answer = command_line(tmp_path).run("health")

    assert (answer.code, answer.err) == (1, "")
    assert answer.out == "problem  bus  not running; start it with `playbill up`\n"


def test_a_role_that_does_not_exist_is_a_matter_of_usage(tmp_path: Path) -> None:
    assert command_line(tmp_path).run("health", "--role", "cook").code == 2


async def test_a_playbill_that_runs_is_healthy_and_each_part_says_so(tmp_path: Path) -> None:
    with XtreamServer(big_catalogue(10)) as provider:
        async with playbill(tmp_path, {"iptv": provider.url}) as running:
            commands = CommandLine(tmp_path / "playbill.toml")
            before, found = await checks(commands)
            strictly, _ = await checks(commands, "--strict")
            await running.sync()
            after, synced = await checks(commands, "--strict")
            of_one, alone = await checks(commands, "--role", "parser")

    assert (before, strictly, after, of_one) == (0, 1, 0, 0)
    assert {name for name, check in found.items() if check["state"] == "ok"} == {"bus", "server", "store", *ACTORS}
    assert (found["source"]["state"], found["source"]["text"]) == ("note", "never synced")
    assert synced["source"]["text"] == "last sync completed just now"
    assert alone.keys() == {"bus", "server", "parser"}


def outside(tmp_path: Path, server: BusServer, role: str) -> tuple[CommandLine, dict[str, str]]:
    """The command line with somebody else's bus, let in as a role."""
    commands = command_line(tmp_path)
    variables = {"PLAYBILL_NATS__URL": server.url, "PLAYBILL_NATS__PASSWORD": server.passwords[role]}
    return commands, variables


async def test_a_bus_without_actors_is_not_healthy_and_a_store_elsewhere_is_skipped(
    tmp_path: Path, nats_server: BusServer
) -> None:
    await provision_on(nats_server)
    commands, variables = outside(tmp_path, nats_server, "client")
    code, found = await checks(commands, **variables)

    assert code == 1
    assert found["bus"]["state"] == "ok"
    assert {found[part]["state"] for part in ("server", "store")} == {"skipped"}
    assert {found[role]["text"] for role in ACTORS} == {"no word of it for 60 s"}


@pytest.mark.parametrize("role", ["client", "parser"])
async def test_a_bus_that_lost_what_it_had_in_memory_is_listened_to(role: str, tmp_path: Path, nats_server: BusServer) -> None:
    await provision_on(nats_server)
    connection = await connect(nats_server.config("admin"), purpose="test")
    await connection.client.jetstream().delete_stream(subjects.STREAM_HEALTH)
    commands, variables = outside(tmp_path, nats_server, role)
    asking = asyncio.create_task(checks(commands, *(() if role == "client" else ("--role", role)), **variables))
    while not asking.done():
        for each in ACTORS:
            await connection.client.publish(subjects.subject_of(beat(each)), codec.encode(beat(each)))
        await connection.client.flush()
        await asyncio.wait({asking}, timeout=0.1)
    await connection.close()
    code, found = await asking

    assert (code, found["bus"]["state"], found["parser"]["state"]) == (0, "note", "ok")
    assert found["bus"]["text"] == "no stream keeps the heartbeats"


async def test_a_bus_without_streams_says_how_to_make_them(tmp_path: Path, nats_server: BusServer) -> None:
    commands, variables = outside(tmp_path, nats_server, "client")
    code, found = await checks(commands, **variables)

    assert code == 1
    assert found["bus"]["advice"] == "make its streams with `playbill actor provision`"


async def say(server: BusServer, role: str, *beats: Heartbeat) -> None:
    connection = await connect(server.config(role), purpose="test")
    for said in beats:
        await connection.client.publish(subjects.subject_of(said), codec.encode(said))
    await connection.client.flush()
    await connection.close()


@pytest.mark.parametrize("role", ACTORS)
async def test_a_container_asks_for_its_own_role_with_its_own_password(role: str, tmp_path: Path, nats_server: BusServer) -> None:
    await provision_on(nats_server)
    commands, variables = outside(tmp_path, nats_server, role)
    silent, _ = await checks(commands, "--role", role, **variables)
    said = beat(role, handled_total=3)
    await say(nats_server, role, said)
    alive, found = await checks(commands, "--role", role, **variables)

    assert (silent, alive) == (1, 0)
    assert found[role]["text"] == "idle, 3 handled"


async def test_a_writer_that_waits_for_the_store_is_not_healthy(tmp_path: Path, nats_server: BusServer) -> None:
    await provision_on(nats_server)
    said = [*(beat(role) for role in ACTORS if role != "writer"), beat("writer", in_hand=1, waiting_for="store")]
    await say(nats_server, "admin", *said)
    commands, variables = outside(tmp_path, nats_server, "client")
    code, found = await checks(commands, **variables)

    assert code == 1
    assert [name for name, check in found.items() if check["state"] == "problem"] == ["store", "writer"]


async def test_a_bus_that_is_not_there_is_said_within_the_time(tmp_path: Path, free_port: int) -> None:
    variables = {"PLAYBILL_NATS__URL": f"nats://127.0.0.1:{free_port}", "PLAYBILL_NATS__PASSWORD": "pw_x"}
    began_s = time.monotonic()
    code, found = await checks(command_line(tmp_path), **variables)

    assert code == 1
    assert found["bus"]["state"] == "problem"
    assert time.monotonic() - began_s < 6 * limits.HEALTH_ANSWER_S  # With what a loaded machine takes to start a process.
