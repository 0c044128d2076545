"""When each part of a source is synced next by itself, as far as a command can know; pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from actors.scheduler.config import SourceSchedule
from actors.scheduler.deciding import NextRun, next_runs
from actors.scheduler.knowing import Known, Run, heard
from actors.store.records import SyncRow
from contracts.catalog import Part
from contracts.messages import SyncProgress


def due(
    schedules: Iterable[SourceSchedule],
    kept: Iterable[SyncProgress],
    last: Mapping[str, Mapping[Part, SyncRow]],
    now: datetime,
) -> dict[tuple[str, Part], NextRun]:
    """By source and part. What the bus keeps is what a scheduler goes by; where it keeps nothing, the catalogue knows."""
    known: dict[str, Known] = {}
    for progress in kept:
        known[progress.source_id] = heard(known.get(progress.source_id, Known()), progress, now)
    for source_id, rows in last.items():
        before = known.get(source_id, Known())
        runs = {part: _run(row) for part, row in rows.items()}
        known[source_id] = msgspec.structs.replace(before, runs={**runs, **before.runs})
    return {(run.source_id, run.part): run for run in next_runs(schedules, known, now)}


def _run(row: SyncRow) -> Run:
    return Run(
        sync_id=row.sync_id,
        request_id=row.request_id,
        status=row.status,
        is_running=not row.status.is_final,
        started_at=row.started_at,
        ended_at=row.ended_at,
    )
