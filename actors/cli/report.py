"""What `playbill status` says: the store, the bus, each source with its parts, and what runs; pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from actors.cli.past import Held, held_back
from actors.reader.staleness import is_old
from actors.settings import Settings, home_stale_after
from actors.store import SourceStatus
from actors.store.answers import HomeFreshness
from actors.store.records import SyncRow
from contracts.catalog import ItemKind, Part, SourceKind, SyncStatus
from contracts.messages import SyncProgress

if TYPE_CHECKING:
    from actors.scheduler.deciding import NextRun


class StoreReport(Struct, frozen=True, kw_only=True):
    """The database."""

    path: str
    size_bytes: int | None = None
    problem: str | None = None
    """Why it cannot be read; `no catalogue yet` is one."""
    notice: str | None = None
    """What has happened to it, for as long as it is being mended."""


class BusReport(Struct, frozen=True, kw_only=True):
    """The bus."""

    url: str
    reachable: bool
    problem: str | None = None


class LastSync(Struct, frozen=True, kw_only=True):
    """The sync of a source that started last."""

    sync_id: str
    status: SyncStatus
    started_at: datetime
    ended_at: datetime | None = None
    seconds: float | None = None
    error: str | None = None


class PartReport(Struct, frozen=True, kw_only=True):
    """A part of a source, each on its own."""

    part: Part
    last_sync: LastSync | None = None
    """The one over it that started last; it may be running."""
    next_at: datetime | None = None
    """When it is synced next by itself; none where it is not."""
    next_why: str | None = None
    """Its rhythm, or what holds it back."""


class HeldReport(Struct, frozen=True, kw_only=True):
    """Rows that a listing lacked and that were kept nevertheless."""

    step: str
    missing: int
    listed: int
    notice: str | None = None
    confirm: str
    """The command that says they are gone indeed."""


class HomeReport(Struct, frozen=True, kw_only=True):
    """The home page as it was last read."""

    sections: int
    last_updated: datetime | None = None
    """Of the section that was read longest ago."""
    is_stale: bool = False
    """Whether a section is older than the settings allow, its last refresh failed, or a library has changed since."""


class SourceReport(Struct, frozen=True, kw_only=True):
    """One source."""

    source_id: str
    kind: SourceKind
    title: str
    configured: bool
    """False for one that is in the catalogue and no longer in the settings."""
    last_synced_at: datetime | None = None
    last_sync: LastSync | None = None
    items: Mapping[ItemKind, int] = {}
    categories: Mapping[ItemKind, int] = {}
    rejects: int = 0
    parts: Sequence[PartReport] = ()
    """Those that ever ran or have a schedule."""
    fresh: Mapping[str, datetime] = {}
    """By step, when what it lists was last known to be as the server has it."""
    held_back: Sequence[HeldReport] = ()
    home: HomeReport | None = None
    """None where there is none."""


class Report(Struct, frozen=True, kw_only=True):
    """Everything."""

    store: StoreReport
    bus: BusReport
    sources: Sequence[SourceReport]
    running: Sequence[SyncProgress]


Due = Mapping[tuple[str, Part], "NextRun"]
"""By source and part."""


def source_reports(
    settings: Settings, stored: Sequence[SourceStatus], due: Due = MappingProxyType({}), now: datetime | None = None
) -> list[SourceReport]:
    """Those of the settings in their order, then those that only the catalogue knows. Without a `now`, nothing grows old."""
    known = {status.source.source_id: status for status in stored}
    reports = []
    for row in settings.sources:
        status, title = known.pop(row.source_id, None), row.title or row.source_id
        parts = _parts(row.source_id, {}, due)
        plain = SourceReport(source_id=row.source_id, kind=row.kind, title=title, configured=True, parts=parts)
        reports.append(_of_status(status, due, configured=True, title=title) if status is not None else plain)
    reports += [_of_status(status, due, configured=False, title=status.source.title) for status in known.values()]
    return [_aged(report, home_stale_after(settings), now) for report in reports]


def _of_status(status: SourceStatus, due: Due, *, configured: bool, title: str) -> SourceReport:
    source_id = status.source.source_id
    checked = {fresh.step: fresh.last_checked_at or fresh.last_synced_at for fresh in status.freshness}
    return SourceReport(
        source_id=source_id,
        kind=status.source.kind,
        title=title,
        configured=configured,
        last_synced_at=status.source.last_synced_at,
        last_sync=_last_sync(status.last_sync),
        items=status.items,
        categories=status.categories,
        rejects=status.rejects,
        parts=_parts(source_id, status.last_syncs, due),
        fresh={step: at for step, at in checked.items() if at is not None},
        held_back=[_held(source_id, held) for held in held_back(status).values()],
        home=_home(status.home),
    )


def _aged(report: SourceReport, stale_after: Mapping[str, float], now: datetime | None) -> SourceReport:
    """With a home page that is stale by its age, too."""
    home = report.home
    if home is None or now is None or not is_old(home.last_updated, stale_after.get(report.source_id), now):
        return report
    return msgspec.structs.replace(report, home=msgspec.structs.replace(home, is_stale=True))


def _parts(source_id: str, last: Mapping[Part, SyncRow], due: Due) -> list[PartReport]:
    found = []
    for part in Part:
        sync, upcoming = last.get(part), due.get((source_id, part))
        if sync is not None or upcoming is not None:
            found.append(
                PartReport(
                    part=part,
                    last_sync=_last_sync(sync),
                    next_at=upcoming.at if upcoming is not None else None,
                    next_why=upcoming.why if upcoming is not None else None,
                )
            )
    return found


def _held(source_id: str, held: Held) -> HeldReport:
    confirm = f"playbill confirm {source_id} {held.step}"
    return HeldReport(step=held.step, missing=held.missing, listed=held.listed, notice=held.notice, confirm=confirm)


def _home(home: HomeFreshness | None) -> HomeReport | None:
    if home is None:
        return None
    return HomeReport(sections=home.sections, last_updated=home.oldest_updated, is_stale=home.is_stale)


def _last_sync(row: SyncRow | None) -> LastSync | None:
    if row is None:
        return None
    return LastSync(
        sync_id=row.sync_id,
        status=row.status,
        started_at=row.started_at,
        ended_at=row.ended_at,
        seconds=(row.ended_at - row.started_at).total_seconds() if row.ended_at is not None else None,
        error=row.error_text,
    )
