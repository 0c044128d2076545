"""Many steps as few lines, and home sections in what is said of a sync."""

from typing import Any

import msgspec

from actors.cli.grouping import lines_of
from actors.cli.progress_render import bars, end_line, step_line
from actors.cli.summary_render import summary
from contracts.catalog import ItemKind, Part, StepStatus, SyncStatus
from contracts.messages import Counts, ErrorReport, StepProgress, SyncProgress
from tests.progress_room import ACCOUNT, at, ended, progress, row_of, running, text_of, view_of

HOME = StepProgress(step="home", title="Home sections", part=Part.HOME)
KINDS = (("shows", ItemKind.SHOW), ("seasons", ItemKind.SEASON), ("episodes", ItemKind.EPISODE))


def library(number: int, **fields: Any) -> list[StepProgress]:
    return [
        StepProgress(step=f"{plural}.{number}", title=f"TV {number}: {plural}", item_kind=kind, **fields)
        for plural, kind in KINDS
    ]


def titles(steps: list[StepProgress], most: int) -> list[str]:
    return [line.title for line in lines_of(steps, most)]


def test_few_steps_have_a_line_each() -> None:
    assert titles([ACCOUNT, HOME, *library(1)], 5) == [
        "Account",
        "Home sections",
        "TV 1: shows",
        "TV 1: seasons",
        "TV 1: episodes",
    ]


def test_many_steps_are_put_together_by_library() -> None:
    assert titles([ACCOUNT, HOME, *library(1), *library(2)], 5) == ["Account", "Home sections", "TV 1", "TV 2"]


def test_many_libraries_are_put_together_by_what_they_are_at_but_for_those_that_run_or_failed() -> None:
    done = [ended(step, Counts(new=1)) for number in (1, 2) for step in library(number)]
    error = ErrorReport(code="unreachable", text="connection refused")
    failed = [ended(step, Counts(), StepStatus.FAILED, error=error) for step in library(3)]
    at_work = [running(library(4)[0], 5), *library(4)[1:]]
    to_come = [step for number in range(5, 40) for step in library(number)]
    found = titles([ACCOUNT, *done, *failed, *at_work, *to_come], 6)

    assert found == ["Account", "2 libraries done", "TV 3", "TV 4", "35 libraries to come"]


def test_a_line_of_several_steps_adds_them_up() -> None:
    shows, seasons, episodes = library(1)
    (line,) = lines_of([ended(shows, Counts(new=10)), running(seasons, 20, fraction=0.5), episodes], 1)

    assert (line.status, line.ended, line.counts.synced) == (StepStatus.RUNNING, 1, 30)
    assert line.fraction == 0.5
    assert line.current is not None
    assert line.current.step == "seasons.1"


def test_a_line_between_two_steps_still_runs_and_one_that_is_over_says_the_worst() -> None:
    shows, seasons, episodes = library(1)
    over = [ended(shows, Counts()), ended(seasons, Counts(), StepStatus.PARTIAL), ended(episodes, Counts())]

    assert lines_of([ended(shows, Counts()), seasons, episodes], 1)[0].status is StepStatus.RUNNING
    assert lines_of([shows, seasons, episodes], 1)[0].status is StepStatus.PENDING
    assert lines_of(over, 1)[0].status is StepStatus.PARTIAL


def many(*of_first: StepProgress) -> SyncProgress:
    return progress(*of_first, *(step for number in range(2, 9) for step in library(number)))


def test_bars_of_a_library_say_what_its_step_is_at() -> None:
    shows, seasons, episodes = library(1)
    now = running(seasons, 20, bytes_received=52_100_000, fraction=0.5)
    row = row_of(bars(view_of(many(ended(shows, Counts(new=10)), now, episodes)), at(1)), "TV 1")

    assert "30" in row.split()
    assert "1 of 3, seasons: 52.1 MB" in row


def test_bars_of_a_library_say_what_failed() -> None:
    shows, *others = library(1)
    failed = ended(shows, Counts(), StepStatus.FAILED, error=ErrorReport(code="unreachable", text="connection refused"))

    assert "shows.1: connection refused" in row_of(bars(view_of(many(failed, *others)), at(1)), "TV 1")


def test_a_summary_of_many_steps_has_a_row_per_library() -> None:
    first = many(*(running(step) for step in library(1)))
    last = msgspec.structs.replace(
        many(*(ended(step, Counts(new=7)) for step in library(1))), status=SyncStatus.COMPLETED, updated_at=at(3), ended_at=at(3)
    )

    assert row_of(summary(view_of(first, last), at(3)), "TV 1").split()[:4] == ["TV", "1", "completed", "21"]
    assert "3.0 s" in row_of(summary(view_of(first, last), at(3)), "TV 1")


def test_a_reason_that_hit_many_steps_names_a_few() -> None:
    error = ErrorReport(code="unreachable", text="connection refused")
    state = progress(*(ended(step, Counts(), StepStatus.FAILED, error=error) for n in range(9) for step in library(n)))

    assert "shows.1, seasons.1, episodes.1 and 21 more: connection refused" in text_of(summary(view_of(state), at(1)), 200)


def home_state(**fields: Any) -> SyncProgress:
    step = ended(HOME, Counts(changed=2, unchanged=10), section_items=240)
    state = progress(step, status=SyncStatus.COMPLETED, percent=100, seconds=2)
    return msgspec.structs.replace(state, home_sections_synced=12, home_items_synced=240, **fields)


def test_a_home_page_is_counted_in_sections_and_items() -> None:
    view = view_of(progress(running(HOME)), home_state())

    assert "12 home sections, 240 items: 2 changed" in row_of(bars(view, at(2)), "Home sections")
    assert step_line(view, view.progress.steps[0]) == "iptv  home  completed  12 home sections, 240 items: 2 changed  2.0 s"
    assert text_of(summary(view, at(2))).splitlines()[-1].rstrip() == "12 home sections, 240 items"


def test_the_last_line_of_a_sync_says_the_home_page_where_it_was_read() -> None:
    alone = home_state(parts=[Part.HOME])
    with_films = home_state(parts=[Part.CATALOGUE, Part.HOME], counts=Counts(new=5))
    without = progress(status=SyncStatus.COMPLETED, percent=100)

    assert end_line(alone) == "iptv  completed  100 %  12 home sections, 240 items  2.0 s"
    assert end_line(with_films) == "iptv  completed  100 %  5 new  12 home sections, 240 items  2.0 s"
    assert "home" not in end_line(without)


def test_a_home_page_without_sections_says_so() -> None:
    view = view_of(progress(ended(HOME, Counts())))

    assert row_of(bars(view, at(1)), "Home sections").rstrip().endswith("no home section")


def test_a_listing_without_a_kind_of_its_own_has_a_bar_and_rows() -> None:
    libraries = StepProgress(step="libraries", title="Libraries", reveals_weight=12)

    assert row_of(bars(view_of(progress(ended(libraries, Counts(new=3)))), at(1)), "Libraries").rstrip().endswith("3 new")
