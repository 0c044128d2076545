"""How a sync looks on a terminal and in a pipe: from a SyncProgress to text."""

import msgspec
import pytest

from actors.cli.grouping import StepLine
from actors.cli.progress_render import bars, end_line, outcome, outcome_of, step_line
from actors.cli.progress_view import SyncView, ended_since, rows_per_second, step_seconds, viewed
from actors.cli.summary_render import summary
from actors.cli.wording import clean, clock
from contracts.catalog import Mode, StepStatus, SyncStatus
from contracts.messages import Counts, ErrorReport
from tests.progress_room import ACCOUNT, CHANNELS, MOVIES, at, ended, progress, row_of, running, text_of, view_of


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


def test_the_wait_before_a_retry_is_counted_down() -> None:
    waiting = running(MOVIES, detail="retry 1 of 3 in 4.6 s: connection refused", waiting_until=at(14))
    view = view_of(progress(waiting, seconds=9.4))

    assert "retry 1 of 3 in 2.0 s: connection refused" in row_of(bars(view, at(12)), "Movies")
    assert "retry 1 of 3 in 4.6 s: connection refused" in row_of(bars(view, at(15)), "Movies")


def test_a_cool_down_is_shown_with_its_end() -> None:
    without = running(MOVIES, detail="cooling down, the server said 429", waiting_until=at(90))
    within = running(CHANNELS, detail="cooling down until 12:01 UTC, the server said 429", waiting_until=at(90))
    shown = bars(view_of(progress(without, within)), at(1))

    assert f"cooling down, the server said 429, until {clock(at(90))}" in row_of(shown, "Movies")
    assert row_of(shown, "Channels").rstrip().endswith(f"cooling down until {clock(at(90))}, the server said 429")


def test_a_download_is_shown_with_its_bytes() -> None:
    steps = running(MOVIES, bytes_received=12_345_678, bytes_expected=90_000_000), running(CHANNELS, bytes_received=500)
    shown = bars(view_of(progress(*steps)), at(1))

    assert "12.3 MB of 90.0 MB" in row_of(shown, "Movies")
    assert "500 B" in row_of(shown, "Channels")


def test_a_step_that_is_not_due_yet_says_nothing() -> None:
    shown = bars(view_of(progress(msgspec.structs.replace(MOVIES, bytes_expected=90_000_000))), at(1))

    assert row_of(shown, "Movies").split()[0] == "Movies"
    assert not any(character.isdigit() for character in row_of(shown, "Movies"))


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


def with_channels(view: SyncView) -> SyncView:
    state = view.progress
    return viewed(None, msgspec.structs.replace(state, steps=[*state.steps, ended(CHANNELS, Counts(new=1))]))


@pytest.mark.parametrize("status", list(StepStatus))
def test_every_status_of_a_step_can_be_shown(status: StepStatus) -> None:
    view = view_of(progress(msgspec.structs.replace(MOVIES, status=status)))

    assert row_of(bars(view, at(1)), "Movies")
    assert status.value in row_of(summary(with_channels(view), at(1)), "Movies")
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


def test_an_ended_sync_is_one_line() -> None:
    assert end_line(progress(status=SyncStatus.CANCELLED, percent=40, seconds=61)) == "iptv  cancelled  40 %  1 min 01 s"


HELD = "41,000 of 150,000 are no longer listed, more than 20%: nothing was hidden"


def test_what_is_gone_is_said_with_what_became_of_the_rest() -> None:
    assert outcome(Counts(new=2, unchanged=5), 7) == "2 new, 7 gone"
    assert outcome(Counts(unchanged=5), 7) == "7 gone"
    assert outcome(Counts(unchanged=5), 0, 41_000) == "nothing new, 41,000 gone and held back"
    assert outcome(Counts(), 3) == "3 gone"


def test_a_pass_over_what_changed_that_brought_nothing_is_not_empty() -> None:
    passed = ended(MOVIES, Counts(), mode=Mode.INCREMENTAL)

    assert outcome_of(passed) == "nothing new"
    assert outcome_of(ended(MOVIES, Counts(), mode=Mode.INCREMENTAL, removed=2)) == "2 gone"
    assert outcome_of(ended(MOVIES, Counts(), mode=Mode.FULL)) == "empty"
    assert "nothing new" in end_line(progress(passed, status=SyncStatus.COMPLETED))


def test_rows_that_are_held_back_are_said_wherever_the_step_is() -> None:
    held = ended(MOVIES, Counts(unchanged=109_000), mode=Mode.FULL, held_back=41_000, notice=HELD)
    gone = ended(CHANNELS, Counts(unchanged=5), mode=Mode.FULL, removed=7)
    state = msgspec.structs.replace(progress(gone, held, status=SyncStatus.COMPLETED), removed=7, held_back=41_000)
    text = text_of(summary(view_of(state), at(1)))

    assert "41,000 gone and held back" in row_of(bars(view_of(state), at(1)), "Movies")
    assert step_line(view_of(state), held).endswith(f"nothing new, 41,000 gone and held back  note: {HELD}")
    assert "7 gone, 41,000 gone and held back" in end_line(state)
    assert text.splitlines()[0].split()[2:8] == ["new", "changed", "unchanged", "gone", "held", "rejected"]
    assert row_of(summary(view_of(state), at(1)), "all").split()[2:8] == ["0", "0", "109,005", "7", "41,000", "0"]
    assert f"movies: {HELD}" in " ".join(text.split())


def test_columns_of_what_is_gone_are_left_out_where_nothing_is() -> None:
    state = progress(ended(MOVIES, Counts(new=1)), status=SyncStatus.COMPLETED)

    assert "gone" not in text_of(summary(view_of(state), at(1)))


def test_steps_put_together_tell_what_is_gone_of_all() -> None:
    steps = [ended(msgspec.structs.replace(MOVIES, step=f"movies.{n}"), Counts(new=1), removed=2, held_back=3) for n in (1, 2)]
    line = StepLine(title="x", steps=tuple(steps))

    assert (line.removed, line.held_back) == (4, 6)
