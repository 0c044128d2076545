"""The commands for real: their own process, a real bus, a real provider."""

import shlex
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from actors.cli import exits
from actors.demo import Hold, XtreamServer
from contracts.catalog import SyncStatus
from contracts.messages import SyncProgress
from tests.cli_room import PASSWORD, TIMEOUT_S, USER, Answer, CommandLine, command_line, ended, provider

DEMO_MOVIES = 246


@pytest.fixture
def xtream() -> Iterator[XtreamServer]:
    with provider() as server:
        yield server


@pytest.fixture
def playbill(tmp_path: Path, xtream: XtreamServer) -> CommandLine:
    return command_line(tmp_path, xtream)


def states_of(answer: Answer) -> list[SyncProgress]:
    return [msgspec.json.decode(line, type=SyncProgress) for line in answer.out.splitlines()]


def without_secrets(*texts: str) -> None:
    for text in texts:
        assert USER not in text
        assert PASSWORD not in text


def test_a_sync_without_a_running_playbill_starts_one_and_what_it_brought_is_there_when_all_is_off(playbill: CommandLine) -> None:
    synced = playbill.run("sync", "iptv", "--json")
    states = states_of(synced)

    assert (synced.code, synced.err) == (exits.COMPLETED, "")
    assert [state.progress for state in states] == sorted(state.progress for state in states)
    assert (states[-1].status, states[-1].progress, states[-1].movies_synced) == (SyncStatus.COMPLETED, 100, DEMO_MOVIES + 1)
    off_line(playbill)
    again = states_of(playbill.run("sync", "iptv", "--json", "--mode", "full"))[-1]
    assert (again.counts.new, again.counts.changed, again.counts.rejected) == (0, 0, 3)
    assert not list(playbill.file.parent.glob("playbill-bus/bus.json"))


def off_line(playbill: CommandLine) -> None:
    status = playbill.run("status", "--json").documents[0]
    assert status["sources"][0]["items"]["movie"] == DEMO_MOVIES
    assert (status["bus"]["reachable"], status["running"]) == (False, [])
    assert "246 movies" in playbill.run("status").out

    movies = playbill.run("items", "--kind", "movie", "--json", "--limit", "1500").documents[0]["items"]
    assert len({movie["id"] for movie in movies}) == DEMO_MOVIES
    part = playbill.run("items", "--kind", "movie", "--limit", "3")
    rest = playbill.run("items", "--kind", "movie", "--limit", "1500", "--json", "--after", part.err.split("--after ")[1].strip())
    assert len(part.out.splitlines()) == 3
    assert [movie["id"] for movie in movies[3:]] == [movie["id"] for movie in rest.documents[0]["items"]]

    assert "A Trip to the Moon" in playbill.run("search", "MÖÖN").out
    (found,) = playbill.run("search", "moon trip", "--json", "--source", "iptv").documents
    assert found["titles"][0]["title"] == "A Trip to the Moon"
    assert found["titles"][0]["places"][0]["source_id"] == "iptv"
    assert playbill.run("dead").out == "nothing is dead\n"
    assert playbill.run("dead", "7").code == exits.USAGE
    check = playbill.run("check")
    assert check.code == exits.COMPLETED
    assert [line.split()[0] for line in check.out.splitlines()] == ["ok", "ok", "ok"]
    without_secrets(check.out, playbill.run("bus").out)


def test_in_a_pipe_a_sync_says_a_line_per_step_and_a_summary(playbill: CommandLine) -> None:
    answer = playbill.run("sync", "iptv", "--step", "series")

    assert answer.code == exits.COMPLETED
    assert "iptv  series  completed  40 rows: 40 new" in answer.out
    assert "Series" in answer.out.partition("\n\n")[2]


def test_refused_credentials_fail_the_sync_and_the_check_and_are_shown_nowhere(
    playbill: CommandLine, xtream: XtreamServer
) -> None:
    xtream.set(account="auth_0")
    synced, checked = playbill.run("sync", "iptv"), playbill.run("check", "--json")

    assert (synced.code, checked.code) == (exits.FAILED, exits.FAILED)
    assert "failed" in synced.out
    assert [(found["what"], found["ok"]) for found in checked.documents] == [("source", False), ("bus", True), ("store", True)]
    assert "check username and password" in checked.documents[0]["advice"]
    without_secrets(synced.out, synced.err, checked.out, checked.err)


def test_one_failed_step_makes_the_sync_partial(playbill: CommandLine, xtream: XtreamServer) -> None:
    xtream.set("get_vod_streams", status=400)

    assert playbill.run("sync", "iptv").code == exits.PARTIAL


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_cancels_the_sync_and_nothing_is_left_running(
    playbill: CommandLine, xtream: XtreamServer, number: signal.Signals
) -> None:
    hold = Hold(at_bytes=10_000)
    xtream.set("get_vod_streams", hold=hold)
    with playbill.started("sync", "iptv", "--json") as process:
        assert hold.reached.wait(TIMEOUT_S)
        process.send_signal(number)
        answer = ended(process)

    assert answer.code == exits.CANCELLED
    assert states_of(answer)[-1].status is SyncStatus.CANCELLED
    assert not (playbill.file.parent / "playbill-bus/bus.json").exists()
    hold.release()


def test_everything_works_with_a_playbill_that_runs(playbill: CommandLine, xtream: XtreamServer) -> None:
    hold = Hold()
    xtream.set("get_series", hold=hold)
    with playbill.started("up") as up, playbill.started("watch", "--json") as watch:
        assert hold.reached.wait(TIMEOUT_S), "the source was never synced, so it is synced at start"
        running = playbill.run("status", "--json").documents[0]
        assert running["bus"]["reachable"]
        sync_id = running["running"][0]["sync_id"]
        watching(playbill, watch)

        with playbill.started("sync", "iptv") as joined:
            assert joined.stdout is not None
            assert "runs already" in joined.stdout.readline()
            assert playbill.run("cancel", sync_id).out == f"cancelled sync {sync_id}\n"
            assert ended(joined).code == exits.CANCELLED
        hold.release()
        asked = playbill.run("sync", "iptv", "--no-wait")
        assert asked.code == exits.COMPLETED
        assert "asked for; see it with" in asked.out
        assert playbill.run("cancel", "--all").code == exits.COMPLETED
        assert playbill.run("bus", "--show-password", "--json").documents[0]["password"].startswith("pw_")
        exported = shlex.split(playbill.run("bus", "--env").out)
        assert [part.partition("=")[0] for part in exported] == ["export", "NATS_URL", "NATS_USER", "NATS_PASSWORD"]
        up.send_signal(signal.SIGTERM)
        stopped = ended(up)

    assert stopped.code == 0
    without_secrets(stopped.err)


def watching(playbill: CommandLine, early: "subprocess.Popen[str]") -> None:
    """A watch that began before Playbill ran was told so; one that begins now has the last state at once, until Ctrl-C."""
    first = ended(early) if early.poll() is not None else None
    if first is not None:
        assert first.code == exits.FAILED
    with playbill.started("watch", "iptv", "--json") as process:
        assert process.stdout is not None
        state = msgspec.json.decode(process.stdout.readline(), type=SyncProgress)
        assert state.status is SyncStatus.SYNCING
        process.send_signal(signal.SIGINT)
        assert ended(process).code == exits.COMPLETED


def test_a_second_playbill_on_the_same_bus_directory_is_told_so(playbill: CommandLine, xtream: XtreamServer) -> None:
    hold = Hold()
    xtream.set("account", hold=hold)
    with playbill.started("up"):
        assert hold.reached.wait(TIMEOUT_S)
        second = playbill.run("up")
        hold.release()

    assert second.code == exits.USAGE
    assert second.err.splitlines()[-1].startswith("error: nats.dir: another Playbill runs")


def test_every_state_that_is_printed_is_the_bus_s_own_struct(playbill: CommandLine) -> None:
    document: dict[str, Any] = playbill.run("sync", "iptv", "--json").documents[-1]

    assert document["type"] == "sync_progress.v1"
    assert {step["step"] for step in document["steps"]} >= {"channels", "movies", "series"}
