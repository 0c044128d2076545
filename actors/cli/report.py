"""What `playbill status` says: the store, the bus, each source, what runs; and how it is put together; pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from actors.settings import Settings
from actors.store import SourceStatus
from contracts.catalog import ItemKind, SourceKind, SyncStatus
from contracts.messages import SyncProgress


class StoreReport(Struct, frozen=True, kw_only=True):
    """The database."""

    path: str
    size_bytes: int | None = None
    problem: str | None = None
    """Why it cannot be read; `no catalogue yet` is one."""


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


class Report(Struct, frozen=True, kw_only=True):
    """Everything."""

    store: StoreReport
    bus: BusReport
    sources: Sequence[SourceReport]
    running: Sequence[SyncProgress]


def source_reports(settings: Settings, stored: Sequence[SourceStatus]) -> list[SourceReport]:
    """Those of the settings in their order, then those that only the catalogue knows."""
    known = {status.source.source_id: status for status in stored}
    reports = []
    for row in settings.sources:
        status = known.pop(row.source_id, None)
        plain = SourceReport(source_id=row.source_id, kind=row.kind, title=row.title or row.source_id, configured=True)
        reports.append(_of_status(status, configured=True, title=plain.title) if status is not None else plain)
    return reports + [_of_status(status, configured=False, title=status.source.title) for status in known.values()]


def _of_status(status: SourceStatus, *, configured: bool, title: str) -> SourceReport:
    return SourceReport(
        source_id=status.source.source_id,
        kind=status.source.kind,
        title=title,
        configured=configured,
        last_synced_at=status.source.last_synced_at,
        last_sync=_last_sync(status),
        items=status.items,
        categories=status.categories,
        rejects=status.rejects,
    )


def _last_sync(status: SourceStatus) -> LastSync | None:
    row = status.last_sync
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
