"""`playbill status`: what each part did last and does next, how fresh what it has is, and what waits for a word."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from actors.cli.due import due
from actors.cli.report import BusReport, Report, SourceReport, StoreReport, source_reports
from actors.cli.report_render import fresh_text, last_text, next_text, rendered
from actors.cli.wording import ago, clock, upcoming
from actors.settings import schedules
from actors.store import HomeFreshness, SourceStatus, StepFreshness
from contracts.catalog import Part, SyncStatus
from contracts.messages import ErrorReport, SyncProgress
from tests.progress_room import text_of
from tests.store_room import NOW, source, sync
from tests.test_settings_kinds import PLEX, written
from tests.test_settings_load import SOURCE, loaded

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
DONE = SyncStatus.COMPLETED


def status_of(source_id: str = "iptv", **fields: Any) -> SourceStatus:
    return SourceStatus(source=source(source_id), **fields)


def reports(folder: Path, *stored: SourceStatus, text: str = SOURCE, kept: tuple[SyncProgress, ...] = ()) -> list[SourceReport]:
    settings = loaded(folder, text)
    upcoming = due(schedules(settings), kept, {status.source.source_id: status.last_syncs for status in stored}, NOW)
    return source_reports(settings, stored, upcoming, NOW)


def text_of_report(*sources: SourceReport, is_running: bool = True) -> str:
    bus = BusReport(url="nats://h:4222", reachable=is_running)
    return text_of(rendered(Report(store=StoreReport(path="x"), bus=bus, sources=sources, running=[]), NOW), 200)


def test_each_part_tells_its_last_sync(tmp_path: Path) -> None:
    last = {
        Part.CATALOGUE: sync(status=DONE, ended_at=NOW - HOUR),
        Part.EPISODES: sync("b" * 16, status=SyncStatus.FAILED, ended_at=NOW, error_code="x", error_text="refused"),
    }
    (report,) = reports(tmp_path, status_of(last_syncs=last))

    assert [(part.part, part.last_sync.status if part.last_sync else None, part.next_at) for part in report.parts] == [
        (Part.CATALOGUE, DONE, None),
        (Part.EPISODES, SyncStatus.FAILED, None),
    ]
    assert last_text(report.parts[0], NOW).endswith(", 1 h ago")
    assert last_text(report.parts[1], NOW).endswith("just now: refused")
    assert "next" not in text_of_report(report)


def test_a_part_with_a_schedule_tells_its_next_run(tmp_path: Path) -> None:
    last = {Part.CATALOGUE: sync(status=DONE, started_at=NOW, ended_at=NOW)}
    text = SOURCE + 'every = "6h"\ntime_zone = "UTC"\n'
    (report,) = reports(tmp_path, status_of(last_syncs=last), text=text)
    (never,) = reports(tmp_path, text=text)
    catalogue, home = report.parts

    assert (catalogue.next_at, catalogue.next_why) == (NOW + 6 * HOUR, "every 6 h")
    assert home.next_at == NOW, "it was never read, and so is overdue"
    assert [part.next_at for part in never.parts] == [NOW, NOW]
    assert next_text(catalogue, NOW, is_running=True) == f"next {upcoming(NOW + 6 * HOUR, NOW)}, every 6 h"
    assert next_text(home, NOW, is_running=True).startswith("next now, overdue since ")
    assert next_text(home, NOW, is_running=False).startswith("next when Playbill runs, due now")
    assert "never synced" in text_of_report(never)


def test_what_the_bus_keeps_says_more_than_the_catalogue(tmp_path: Path) -> None:
    settings = loaded(tmp_path, SOURCE + 'every = "1h"\ntime_zone = "UTC"\n')
    failed = SyncProgress(
        sync_id="a" * 16,
        source_id="iptv",
        status=SyncStatus.FAILED,
        parts=[Part.CATALOGUE, Part.HOME],
        errors=[ErrorReport(code="unreachable", text="refused")],
        started_at=NOW,
        updated_at=NOW,
        ended_at=NOW,
    )
    row = sync(status=SyncStatus.FAILED, started_at=NOW, ended_at=NOW, parts=(Part.CATALOGUE, Part.HOME))
    rows = {"iptv": dict.fromkeys(row.parts, row)}
    known, unknown = (due(schedules(settings), kept, rows, NOW)["iptv", Part.CATALOGUE] for kept in ([failed], []))

    assert (known.at, unknown.at) == (NOW + 2 * HOUR, NOW + HOUR)
    assert known.why == "unreachable, 1 in a row: asked less often"


def test_a_source_says_how_fresh_it_is_by_kind(tmp_path: Path) -> None:
    fresh = [
        StepFreshness(step="movies.1", last_checked_at=NOW - 12 * MINUTE, last_synced_at=NOW - 48 * HOUR),
        StepFreshness(step="movies.7", last_synced_at=NOW - 3 * HOUR),
        StepFreshness(step="shows.2", last_checked_at=NOW),
        StepFreshness(step="watched_movies.1", last_checked_at=NOW),
        StepFreshness(step="movie_categories", last_checked_at=NOW),
        StepFreshness(step="tracks.3"),
    ]
    (report,) = reports(tmp_path, status_of(freshness=fresh))

    assert report.fresh["movies.1"] == NOW - 12 * MINUTE
    assert "tracks.3" not in report.fresh
    assert fresh_text(report.fresh, NOW) == "movies 3 h ago, shows just now"
    assert "fresh: movies 3 h ago, shows just now" in text_of_report(report)


def test_what_is_held_back_is_said_with_the_command_that_confirms_it(tmp_path: Path) -> None:
    fresh = [StepFreshness(step="movies", held_back=41_000, rows=109_000, notice="why", last_synced_at=NOW)]
    (report,) = reports(tmp_path, status_of(freshness=fresh))

    (held,) = report.held_back
    assert (held.missing, held.listed, held.notice, held.confirm) == (41_000, 109_000, "why", "playbill confirm iptv movies")
    said = "movies: 41,000 rows are no longer listed, 109,000 are; if it is true: playbill confirm iptv movies"
    assert f"held back: {said}" in text_of_report(report)


@pytest.mark.parametrize(
    ("updated", "stale_sections", "is_stale"), [(NOW, 0, False), (NOW, 1, True), (NOW - HOUR, 0, True)], ids=str
)
def test_a_home_page_says_how_old_it_is_and_whether_it_is_stale(
    tmp_path: Path, updated: datetime, stale_sections: int, is_stale: bool
) -> None:
    home = HomeFreshness(sections=12, stale_sections=stale_sections, oldest_updated=updated, last_updated=NOW)
    (report,) = reports(tmp_path, status_of("plex", home=home), text=written("plex", **PLEX))

    assert report.home is not None
    assert (report.home.sections, report.home.is_stale) == (12, is_stale)
    assert f"home page: 12 sections, read {ago(updated, NOW)}{', stale' if is_stale else ''}\n" in text_of_report(report)


def test_a_home_page_that_is_made_of_the_catalogue_does_not_grow_old(tmp_path: Path) -> None:
    old = HomeFreshness(sections=2, stale_sections=0, oldest_updated=NOW - 99 * HOUR, last_updated=NOW - 99 * HOUR)
    (report,) = reports(tmp_path, status_of(home=old))

    assert report.home is not None
    assert not report.home.is_stale


def test_a_report_is_one_document(tmp_path: Path) -> None:
    text = SOURCE + 'every = "6h"\n'
    (report,) = reports(tmp_path, status_of(last_syncs={Part.CATALOGUE: sync(status=DONE)}), text=text)
    document = msgspec.json.decode(msgspec.json.encode(report))

    assert set(document["parts"][0]) == {"part", "last_sync", "next_at", "next_why"}


def test_times_read_well() -> None:
    assert [ago(NOW - wait, NOW) for wait in (-HOUR, MINUTE / 2, 90 * MINUTE, 30 * HOUR, 60 * HOUR)] == [
        "just now",
        "just now",
        "1 h ago",
        "1 day ago",
        "2 days ago",
    ]
    assert upcoming(NOW + MINUTE, NOW) == clock(NOW + MINUTE)[:5]
    assert len(upcoming(NOW + 48 * HOUR, NOW)) == len("2026-11-23 12:00")
