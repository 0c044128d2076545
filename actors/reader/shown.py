"""Rows of the store as answers show them; pure."""

from collections.abc import Sequence

from actors.store import SourceStatus
from actors.store.records import StepRow, SyncRow
from contracts.messages import Counts, ErrorReport, SourceShown, SyncShown


def source_shown(status: SourceStatus) -> SourceShown:
    return SourceShown(
        source_id=status.source.source_id,
        kind=status.source.kind,
        title=status.source.title,
        last_synced_at=status.source.last_synced_at,
        last_status=status.last_sync.status if status.last_sync else None,
        items=status.items,
    )


def sync_shown(sync: SyncRow, steps: Sequence[StepRow]) -> SyncShown:
    error = ErrorReport(code=sync.error_code, text=sync.error_text or "", at=sync.ended_at) if sync.error_code else None
    return SyncShown(
        sync_id=sync.sync_id,
        source_id=sync.source_id,
        request_id=sync.request_id,
        parts=list(sync.parts),
        mode=sync.mode,
        status=sync.status,
        counts=sum((step.counts for step in steps), Counts()),
        started_at=sync.started_at,
        ended_at=sync.ended_at,
        error=error,
    )
