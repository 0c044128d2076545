"""How a sync looks on a terminal and in a pipe: from a SyncProgress to text."""

import io
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from rich.console import Console, RenderableType

from actors.cli import shows
from actors.cli.progress_render import bars, end_line, outcome, step_line, summary
from actors.cli.progress_view import SyncView, ended_since, rows_per_second, step_seconds, viewed
from actors.cli.wording import clean, clock
from contracts import codec
from contracts.catalog import ItemKind, StepStatus, SyncStatus
from contracts.messages import Counts, ErrorReport, StepProgress, SyncProgress

START = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
ACCOUNT = StepProgress(step="account", title="Account")
CHANNELS = StepProgress(step="channels", title="Channels", item_kind=ItemKind.CHANNEL)
MOVIES = StepProgress(step="movies", title="Movies", item_kind=ItemKind.MOVIE)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def progress(*steps: StepProgress, seconds: float = 0, status: SyncStatus = SyncStatus.SYNCING, percent: int = 0) -> SyncProgress:
    return SyncProgress(
        sync_id="0123456789abcdef",
        source_id="iptv",
        status=status,
        progress=percent,
        steps=list(steps),
        counts=sum((step.counts for step in steps), Counts()),
        started_at=START,
        updated_at=at(seconds),
        ended_at=at(seconds) if status.is_final else None,
    )


def running(step: StepProgress, rows: int = 0, **more: object) -> StepProgress:
    return msgspec.structs.replace(step, status=StepStatus.RUNNING, counts=Counts(new=rows), **more)


def ended(step: StepProgress, counts: Counts, status: StepStatus = StepStatus.COMPLETED, **more: object) -> StepProgress:
    return msgspec.structs.replace(step, status=status, counts=counts, fraction=1.0, **more)


def view_of(*states: SyncProgress) -> SyncView:
    view: SyncView | None = None
    for state in states:
        view = viewed(view, state)
    assert view is not None
    return view


def text_of(shown: RenderableType, width: int = 110) -> str:
    console = Console(file=io.StringIO(), width=width, record=True, color_system=None)
    console.print(shown)
    return console.export_text()


def row_of(shown: RenderableType, title: str, width: int = 110) -> str:
    return next(line for line in text_of(shown, width).splitlines() if line.startswith(title))


def test_rows_per_second_count_from_when_a_step_was_seen_running() -> None:
    view = view_of(progress(running(MOVIES, 1_000)), progress(running(MOVIES, 5_000), seconds=2))

    assert rows_per_second(view, view.progress.steps[0], at(2)) == 2_000
    assert "5,000" in row_of(bars(view, at(2)), "Movies")
    assert "2,000/s" in row_of(bars(view, at(2)), "Movies")


def test_a_rate_is_not_guessed_from_too_little() -> None:
    view = view_of(progress(running(MOVIES, 1_000)))

    assert rows_per_second(view, view.progress.steps[0], at(0.1)) is None
    assert rows_per_second(view, MOVIES, at(10)) is None


def test_a_step_keeps_its_rate_and_time_when_it_has_ended() -> None:
    states = (
        progress(running(MOVIES)),
        progress(ended(MOVIES, Counts(new=100)), seconds=4),
        progress(ended(MOVIES, Counts(new=100)), seconds=9),
    )
    view = view_of(*states)

    assert step_seconds(view, view.progress.steps[0]) == 4
    assert rows_per_second(view, view.progress.steps[0], at(60)) == 25


def test_a_step_that_was_over_before_it_was_seen_running_began_after_it_was_last_pending() -> None:
    view = view_of(progress(MOVIES, seconds=1), progress(MOVIES, seconds=2), progress(ended(MOVIES, Counts(new=1)), seconds=2.5))

    assert step_seconds(view, view.progress.steps[0]) == 0.5


@pytest.mark.parametrize("status", [StepStatus.SKIPPED, StepStatus.CANCELLED])
def test_a_step_that_never_ran_took_no_time(status: StepStatus) -> None:
    view = view_of(progress(MOVIES), progress(ended(MOVIES, Counts(), status), seconds=2))

    assert step_seconds(view, view.progress.steps[0]) is None


def test_what_is_as_it_was_is_said_so() -> None:
    assert outcome(Counts(unchanged=5)) == "nothing new"
    assert outcome(Counts(unchanged=5, rejected=1)) == "nothing new, 1 rejected"
    assert outcome(Counts(new=2, unchanged=5, excluded=3)) == "2 new, 3 left out"
    assert outcome(Counts()) == "empty"


def test_a_step_that_was_over_from_the_first_has_no_time() -> None:
    view = view_of(progress(ended(MOVIES, Counts(new=1)), seconds=2.5))

    assert step_seconds(view, view.progress.steps[0]) is None


def test_waiting_is_shown_with_its_seconds() -> None:
    view = view_of(
        progress(running(MOVIES, detail="waiting for the first byte")),
        progress(running(MOVIES, detail="waiting for the first byte"), seconds=1),
    )

    assert "waiting for the first byte 12 s" in row_of(bars(view, at(12)), "Movies")


def test_another_wait_counts_anew() -> None:
    view = view_of(
        progress(running(MOVIES, detail="waiting for the first byte")),
        progress(running(MOVIES, detail="retry 1 of 3"), seconds=10),
    )

    assert "retry 1 of 3 2 s" in row_of(bars(view, at(12)), "Movies")


def test_a_cool_down_is_shown_with_its_end() -> None:
    without = running(MOVIES, detail="cooling down, the server said 429", waiting_until=at(90))
    within = running(CHANNELS, detail="cooling down until 12:01", waiting_until=at(90))
    shown = bars(view_of(progress(without, within)), at(1))

    assert f"cooling down, the server said 429, until {clock(at(90))}" in row_of(shown, "Movies")
    assert row_of(shown, "Channels").rstrip().endswith("cooling down until 12:01")


def test_a_download_is_shown_with_its_bytes() -> None:
    steps = running(MOVIES, bytes_received=12_345_678, bytes_expected=90_000_000), running(CHANNELS, bytes_received=500)
    shown = bars(view_of(progress(*steps)), at(1))

    assert "12.3 MB of 90.0 MB" in row_of(shown, "Movies")
    assert "500 B" in row_of(shown, "Channels")


def test_an_error_stands_at_its_step_and_once() -> None:
    error = ErrorReport(code="unreachable", text="connection refused", step="movies")
    state = msgspec.structs.replace(
        progress(ended(MOVIES, Counts(), StepStatus.FAILED, error=error)),
        errors=[error, ErrorReport(code="bad", text="something else")],
    )
    text = text_of(bars(view_of(state), at(1)))

    assert text.count("connection refused") == 1
    assert "error: something else" in text


def test_the_head_says_source_status_percent_and_time() -> None:
    state = msgspec.structs.replace(
        progress(MOVIES, percent=42), seconds_left=4.0, bytes_received=52_100_000, rows_per_second=64_000.4
    )

    assert text_of(bars(view_of(state), at(12))).startswith("iptv  syncing  42 %  12 s  about 4.0 s left  52.1 MB  64,000 rows/s")


def test_the_account_check_has_no_bar_and_no_rows() -> None:
    shown = bars(view_of(progress(ended(ACCOUNT, Counts()), MOVIES)), at(1))

    assert row_of(shown, "Account").split() == ["Account", "completed"]


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_bars_fit_any_width(width: int) -> None:
    view = view_of(progress(running(MOVIES, 1_234_567, detail="waiting " * 30)))

    assert all(len(line) <= width for line in text_of(bars(view, at(1), "a note"), width).splitlines())


def test_text_of_a_server_cannot_command_the_terminal() -> None:
    error = ErrorReport(code="x", text="[bold]a\x1b[31mb\nc[/bold]")
    view = view_of(progress(ended(MOVIES, Counts(), StepStatus.FAILED, error=error)))

    assert "[bold]a [31mb c[/bold]" in row_of(bars(view, at(1)), "Movies")
    assert "\x1b" not in step_line(view, view.progress.steps[0])
    assert clean("a\u202eb\x9bc") == "a b c"


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
    shown = summary(view_of(first, last))

    assert row_of(shown, "Channels").split() == ["Channels", "completed", "10", "2", "3,000", "1", "2.5", "s"]
    assert row_of(shown, "Movies").split() == ["Movies", "failed", "2.5", "s"]
    assert text_of(shown).splitlines()[-1].rstrip() == "movies: connection refused"
    assert row_of(shown, "all").split() == ["all", "partial", "10", "2", "3,000", "1", "2.5", "s"]


@pytest.mark.parametrize("status", list(StepStatus))
def test_every_status_of_a_step_can_be_shown(status: StepStatus) -> None:
    view = view_of(progress(msgspec.structs.replace(MOVIES, status=status)))

    assert row_of(bars(view, at(1)), "Movies")
    assert status.value in row_of(summary(view), "Movies")
    assert step_line(view, view.progress.steps[0]).startswith(f"iptv  movies  {status.value}")


def test_a_step_that_never_began_is_not_called_empty() -> None:
    view = view_of(progress(ended(MOVIES, Counts(), StepStatus.SKIPPED), ended(CHANNELS, Counts())))

    assert row_of(bars(view, at(1)), "Movies").split()[-1] == "skipped"
    assert row_of(bars(view, at(1)), "Channels").split()[-1] == "empty"


def test_each_step_ends_once() -> None:
    first, second = progress(running(MOVIES), CHANNELS), progress(ended(MOVIES, Counts(new=1)), CHANNELS, seconds=1)
    before, after = viewed(None, first), view_of(first, second)

    assert [step.step for step in ended_since(None, before)] == []
    assert [step.step for step in ended_since(before, after)] == ["movies"]
    assert list(ended_since(after, viewed(after, second))) == []


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


def test_an_ended_sync_is_one_line() -> None:
    assert end_line(progress(status=SyncStatus.CANCELLED, percent=40, seconds=61)) == "iptv  cancelled  40 %  1 min 01 s"
