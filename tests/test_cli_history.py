"""The syncs that ran, as a terminal and a pipe show them."""

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from actors.cli import history_render
from actors.cli.history import show_all, show_one, sync_meant
from actors.cli.told import told_of
from actors.store import SyncHistory
from contracts.catalog import Mode, Part, StepStatus, SyncStatus
from contracts.messages import Counts
from tests.progress_room import row_of, text_of
from tests.store_room import NOW, step, sync
from tests.test_settings_load import SOURCE, loaded

MINUTE = timedelta(minutes=1)
HELD = "41,000 of 150,000 are no longer listed, more than 20%: nothing was hidden"


def run(*, is_clean: bool = False) -> SyncHistory:
    ended = sync(status=SyncStatus.PARTIAL, parts=(Part.CATALOGUE, Part.HOME), ended_at=NOW + MINUTE)
    movies = step(
        "movies",
        status=StepStatus.COMPLETED,
        mode=Mode.FULL,
        counts=Counts(new=1_200, changed=30, unchanged=5),
        held_back=0 if is_clean else 41_000,
        notice=None if is_clean else HELD,
        started_at=NOW,
        ended_at=NOW + MINUTE / 2,
    )
    series = step(
        "series",
        status=StepStatus.COMPLETED if is_clean else StepStatus.FAILED,
        mode=Mode.INCREMENTAL,
        removed=0 if is_clean else 7,
        error_text=None if is_clean else "connection refused",
    )
    return SyncHistory(sync=ended, steps=[movies, series])


def test_a_sync_is_told_with_its_sums_and_the_first_that_went_wrong() -> None:
    told = told_of(run())

    assert (told.seconds, told.counts.new, told.removed, told.held_back) == (60, 1_200, 7, 41_000)
    assert (told.error, told.notice) == ("series: connection refused", f"movies: {HELD}")
    assert [(one.step, one.mode, one.seconds) for one in told.steps or []] == [
        ("movies", Mode.FULL, 30),
        ("series", Mode.INCREMENTAL, None),
    ]


def test_a_reason_of_the_sync_itself_goes_before_those_of_its_steps() -> None:
    refused = msgspec.structs.replace(run().sync, error_code="account_rejected", error_text="the account was refused")

    assert told_of(SyncHistory(sync=refused, steps=run().steps)).error == "the account was refused"


def test_the_history_is_a_row_per_sync() -> None:
    table = history_render.table([told_of(run())], NOW + 10 * MINUTE)
    row = row_of(table, "a" * 16, width=250).split()

    head = text_of(table, 250).splitlines()[0].split()
    assert head == ["sync", "when", "source", "parts", "mode", "status", "took", "new", "changed", "gone", "held"]
    assert row[:1] + row[2:7] == ["a" * 16, "10", "min", "ago", "iptv", "catalogue,"]
    assert row[7:15] == ["home", "full", "partial", "1", "min", "00", "s", "1,200"]
    assert row[15:] == ["30", "7", "41,000", "series:", "connection", "refused"]


def test_columns_that_say_nothing_are_left_out() -> None:
    head = text_of(history_render.table([told_of(run(is_clean=True))], NOW), 250).splitlines()[0].split()

    assert head == ["sync", "when", "source", "parts", "mode", "status", "took", "new", "changed"]


def test_where_there_is_no_sync_it_says_how_to_get_one() -> None:
    assert "playbill sync iptv" in text_of(history_render.table([], NOW, "iptv"))


def test_one_sync_is_shown_with_its_steps() -> None:
    text = text_of(history_render.steps_table(told_of(run()), NOW + 10 * MINUTE), 200)

    assert text.splitlines()[0].startswith(f"iptv  {'a' * 16}  partial  ")
    assert f"asked for as request of {'a' * 16}" in text
    assert [line.split()[:3] for line in text.splitlines()[2:]] == [["Movies", "all", "completed"], ["Series", "what", "changed"]]
    assert HELD in text


def test_text_of_a_server_cannot_command_the_terminal() -> None:
    broken = step("movies", status=StepStatus.FAILED, error_text="\x1b[2J[bold]")
    told = told_of(SyncHistory(sync=sync(), steps=[broken]))

    for text in (text_of(history_render.steps_table(told, NOW), 200), history_render.row_text(told)):
        assert "\x1b" not in text
        assert "[bold]" in text


def test_in_a_pipe_each_sync_is_a_line_and_in_json_a_document(capsys: pytest.CaptureFixture[str]) -> None:
    show_all([run(), run()], None, as_json=False)
    lines = capsys.readouterr().out.splitlines()
    show_all([run(), run()], None, as_json=True)
    documents = [msgspec.json.decode(line) for line in capsys.readouterr().out.splitlines()]
    show_one(run(), as_json=True)
    one = msgspec.json.decode(capsys.readouterr().out)

    assert [line.split("\t")[2:12] for line in lines] == [
        ["iptv", "catalogue,home", "full", "partial", "60.0", "1200", "30", "7", "41000", "0"]
    ] * 2
    assert [document["steps"] for document in documents] == [None, None]
    assert [step["step"] for step in one["steps"]] == ["movies", "series"]


def test_what_is_meant_is_a_source_where_one_has_that_name(tmp_path: Path) -> None:
    settings = loaded(tmp_path, SOURCE.replace('"iptv"', f'"{"a" * 16}"'))

    assert sync_meant(settings, "a" * 16) is None
    assert sync_meant(settings, "b" * 16) == "b" * 16
    assert sync_meant(settings, "tv") is None
    assert sync_meant(settings, None) is None
