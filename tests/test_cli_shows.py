"""A sync in a pipe, as JSON, live on a terminal, and when it is over."""

import io
import os
import subprocess
import sys

import msgspec
import pytest
from rich.console import Console

from actors.cli import shows
from actors.cli.overhearing import overhearing
from actors.cli.summary_render import summary
from contracts import codec
from contracts.catalog import StepStatus, SyncStatus
from contracts.messages import Counts, ErrorReport, SyncProgress
from tests.progress_room import ACCOUNT, CHANNELS, MOVIES, at, ended, progress, row_of, running, text_of, view_of


def test_the_summary_says_what_became_of_each_steps_rows() -> None:
    error = ErrorReport(code="unreachable", text="connection refused")
    first = progress(running(CHANNELS), running(MOVIES))
    last = progress(
        ended(CHANNELS, Counts(new=10, changed=2, unchanged=3_000, rejected=1)),
        ended(MOVIES, Counts(), StepStatus.FAILED, error=error),
        seconds=2.5,
        status=SyncStatus.PARTIAL,
        percent=100,
    )
    shown = summary(view_of(first, last), at(3))

    assert row_of(shown, "Channels").split() == ["Channels", "completed", "10", "2", "3,000", "1", "2.5", "s"]
    assert row_of(shown, "Movies").split() == ["Movies", "failed", "2.5", "s"]
    assert text_of(shown, 200).splitlines()[-1].startswith("movies: connection refused; check its url, and whether")
    assert row_of(shown, "all").split() == ["all", "partial", "10", "2", "3,000", "1", "2.5", "s"]


def test_a_reason_that_hit_several_steps_is_said_once() -> None:
    error = ErrorReport(code="unreachable", text="connection refused")
    failed = [ended(step, Counts(), StepStatus.FAILED, error=error) for step in (CHANNELS, MOVIES)]
    text = text_of(summary(view_of(progress(*failed, status=SyncStatus.FAILED)), at(1)), 200)

    assert text.count("connection refused") == 1
    assert text.startswith("channels, movies: connection refused; check its url")
    assert "skipped" not in text


def test_what_was_left_out_has_its_column_where_there_is_some() -> None:
    some, none = (view_of(progress(ended(MOVIES, Counts(new=1, excluded=count)))) for count in (7, 0))

    assert row_of(summary(some, at(1)), "Movies").split() == ["Movies", "completed", "1", "0", "0", "0", "7"]
    assert "left out" in text_of(summary(some, at(1)))
    assert "left out" not in text_of(summary(none, at(1)))


def test_in_a_pipe_a_step_and_a_sync_end_with_one_line_each() -> None:
    console = Console(file=io.StringIO(), width=30)
    show = shows.LineShow(console)
    done = progress(
        ended(ACCOUNT, Counts()),
        ended(MOVIES, Counts(new=1_500, rejected=2)),
        seconds=3,
        status=SyncStatus.COMPLETED,
        percent=100,
    )
    with show:
        for state in (progress(ACCOUNT, MOVIES), progress(ended(ACCOUNT, Counts()), running(MOVIES)), done, done):
            show.progress(state)

    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue().splitlines() == [
        "iptv  account  completed  0.0 s",
        "iptv  movies  completed  1,500 rows: 1,500 new, 2 rejected  3.0 s",
        "iptv  completed  100 %  1,500 new, 2 rejected  3.0 s",
    ]


def test_json_is_the_message_of_the_bus_one_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    states = [progress(MOVIES), progress(running(MOVIES, 5), seconds=1)]
    with shows.show_for(as_json=True) as show:
        for state in states:
            show.progress(state)
        show.note("for people")
    printed = capsys.readouterr()

    assert [codec.decode_public(line.encode(), SyncProgress) for line in printed.out.splitlines()] == states
    assert printed.err == "for people\n"


def test_a_terminal_shows_every_sync_that_runs_and_few_that_ended() -> None:
    console = Console(file=io.StringIO(), width=100, force_terminal=True)
    show = shows.BarShow(console, now=lambda: at(1))
    assert "starting" in text_of(show.drawing())
    with show:
        for number in range(10):
            state = progress(ended(MOVIES, Counts(new=number)), status=SyncStatus.COMPLETED)
            show.progress(msgspec.structs.replace(state, sync_id=f"{number:016x}", source_id=f"source-{number}"))
        show.progress(progress(running(MOVIES)))
        show.note("cancelling")
    text = text_of(show.drawing())

    assert "source-4" not in text
    assert "source-5" in text
    assert "iptv  syncing" in text
    assert text.rstrip().endswith("cancelling")


def test_an_ended_sync_gives_way_to_the_next_of_its_source() -> None:
    show = shows.BarShow(Console(file=io.StringIO(), width=100, force_terminal=True), now=lambda: at(1))
    show.progress(progress(ended(MOVIES, Counts(new=1_111)), status=SyncStatus.COMPLETED))
    show.progress(msgspec.structs.replace(progress(running(MOVIES, 2_222)), sync_id="f" * 16))
    text = text_of(show.drawing())

    assert "1,111" not in text
    assert "2,222" in text


def test_what_started_processes_say_is_heard_line_by_line(capfd: pytest.CaptureFixture[str]) -> None:
    heard: list[str] = []
    with overhearing(heard.append):
        subprocess.run([sys.executable, "-c", "import sys; sys.stderr.write('one\\ntwo')"], check=True, timeout=60)
    os.write(2, b"afterwards")

    assert heard == ["one", "two"]
    assert capfd.readouterr().err == "afterwards"
