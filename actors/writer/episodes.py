"""The episodes of an Xtream account's series: a few at a time, each committed by itself, remembered over syncs."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, Literal

import msgspec

from actors.store import Transaction
from actors.store.records import SeriesCheck, StepRow, SyncRow
from actors.writer.closing import end_step
from actors.writer.config import WriterSource
from contracts import limits, subjects
from contracts.catalog import Item, Mode, Part, SourceKind, StepStatus, SyncStatus
from contracts.errors import BadMessage
from contracts.messages import Counts, FetchSeries, SeriesAsk, SeriesParsed, SyncRequest

SERIES_FAILED: Final = "series_failed"
"""Code of a step some of whose series could not be asked."""
State = Literal["asked", "known", "unknown", "failed"]

_items: msgspec.msgpack.Decoder[list[Item]] = msgspec.msgpack.Decoder(list[Item])


async def issue_series(tx: Transaction, configured: WriterSource, sync: SyncRow, step: StepRow, now: datetime) -> StepRow:
    """Ask for the next series of the step, or end it when none is left. One command is out at a time."""
    if await tx.series_asked_count(step.source_id, sync.sync_id):
        return step
    mode, unknown_before = _series_mode(sync, configured), now - timedelta(days=limits.SERIES_UNKNOWN_DAYS)
    due = await tx.series_due(
        step.source_id,
        mode=mode,
        sync_id=sync.sync_id,
        now=now,
        limit=limits.SERIES_BATCH,
        retry_unknown_before=unknown_before,
    )
    if not due or _is_hopeless(step):
        return await _end(tx, sync, step, now)
    for remote_id, _, _ in due:
        await tx.put_series_check(_check(sync, step, remote_id, "asked", now))
    if step.slices_total is None:
        left = await tx.series_due_count(
            step.source_id, mode=mode, sync_id=sync.sync_id, now=now, retry_unknown_before=unknown_before
        )
        step = msgspec.structs.replace(step, slices_total=left + len(due))
    asked = [SeriesAsk(remote_id=remote_id, episodes_known=known) for remote_id, _, known in due]
    return await _ask(tx, configured, sync, step, asked, now)


def _is_hopeless(step: StepRow) -> bool:
    """Whether most series fail: the rest would cost hours of cool-downs, and is left to the next sync."""
    return step.slices_dead >= limits.SERIES_BATCH and step.slices_dead * 2 > step.slices_done


def _series_mode(sync: SyncRow, configured: WriterSource) -> Literal["changed", "all"]:
    return "all" if sync.mode is Mode.FULL or configured.episodes == "all" else "changed"


async def ask_again_for_series(tx: Transaction, configured: WriterSource, sync: SyncRow, step: StepRow, now: datetime) -> StepRow:
    """Ask once more for the series that were asked for and have not answered: the bus has lost them."""
    open_series = await tx.series_asked(step.source_id, sync.sync_id)
    if not open_series:
        return await issue_series(tx, configured, sync, step, now)
    return await _ask(tx, configured, sync, step, [SeriesAsk(remote_id=remote_id) for remote_id in open_series], now)


async def _ask(
    tx: Transaction, configured: WriterSource, sync: SyncRow, step: StepRow, series: list[SeriesAsk], now: datetime
) -> StepRow:
    asked = msgspec.structs.replace(
        step,
        issue=step.issue + 1,
        revision=step.revision + 1,
        status=StepStatus.RUNNING,
        started_at=step.started_at or now,
    )
    await tx.put_steps([asked])
    command = FetchSeries(
        sync_id=sync.sync_id,
        source_id=sync.source_id,
        source_kind=configured.kind,
        step=step.step,
        issue=asked.issue,
        requested_ns=sync.requested_ns,
        series=series,
        part=step.part,
    )
    await tx.add_outbox([command])
    return asked


async def take_series(tx: Transaction, sync: SyncRow, step: StepRow, message: SeriesParsed, now: datetime) -> StepRow:
    """The step after one more series. One that was not asked for, or has answered before, changes nothing.

    Raises BadMessage when the rows cannot be decoded.
    """
    if message.series_id not in await tx.series_asked(step.source_id, sync.sync_id):
        return step
    row_hash = await tx.show_hash(step.source_id, message.series_id)
    if message.error is not None or row_hash is None:
        return await _put(tx, sync, step, message, "failed", Counts(), now)
    if message.is_unknown:
        return await _put(tx, sync, step, message, "unknown", Counts(), now, row_hash)
    try:
        items = _items.decode(message.items)
    except (ValueError, RecursionError) as error:
        raise BadMessage(f"series_parsed.v1: rows: {error}") from None
    written = await tx.put_series_items(step.source_id, message.series_id, items)
    if items:  # Episodes that went away one by one go; a series that lost all at once keeps them until it says more.
        gone = await tx.gone_episodes(step.source_id, message.series_id, [item.remote_id for item in items])
        step = msgspec.structs.replace(step, removed=step.removed + await tx.hide_items(gone, now))
    counts = Counts(new=written.new, changed=written.changed, unchanged=written.unchanged, rejected=len(message.rejects))
    return await _put(tx, sync, step, message, "known", counts, now, row_hash)


async def bury_series(tx: Transaction, sync: SyncRow, step: StepRow, series_id: str, reason: str, now: datetime) -> StepRow:
    """The step after a series whose message is in the dead letters."""
    if series_id not in await tx.series_asked(step.source_id, sync.sync_id):
        return step
    await tx.put_series_check(_check(sync, step, series_id, "failed", now))
    return _counted(step, Counts(), f"series {series_id}: {reason}")


async def _put(
    tx: Transaction,
    sync: SyncRow,
    step: StepRow,
    message: SeriesParsed,
    state: State,
    counts: Counts,
    now: datetime,
    row_hash: int = 0,
) -> StepRow:
    await tx.put_series_check(_check(sync, step, message.series_id, state, now, row_hash))
    if message.rejects:
        await tx.add_series_rejects(sync.sync_id, step.source_id, step.step, message.series_id, message.rejects)
    return _counted(step, counts, message.error.text if message.error is not None else None)


def _counted(step: StepRow, counts: Counts, failure: str | None) -> StepRow:
    return msgspec.structs.replace(
        step,
        counts=step.counts + counts,
        slices_done=step.slices_done + 1,
        slices_dead=step.slices_dead + (failure is not None),
        error_code=step.error_code or (SERIES_FAILED if failure is not None else None),
        error_text=step.error_text or failure,
        revision=step.revision + 1,
    )


async def _end(tx: Transaction, sync: SyncRow, step: StepRow, now: datetime) -> StepRow:
    """Its series have all answered, or failed; of them some were failing alone: the others are in the catalogue."""
    total = max(step.slices_total or 0, step.slices_done)
    if step.slices_dead and step.slices_dead >= total:
        status = StepStatus.FAILED
    else:
        status = StepStatus.PARTIAL if step.slices_dead else StepStatus.COMPLETED
    ready = msgspec.structs.replace(step, slices_total=total, started_at=step.started_at or now)
    return await end_step(tx, ready, status, now)


def _check(sync: SyncRow, step: StepRow, series_id: str, state: State, now: datetime, row_hash: int = 0) -> SeriesCheck:
    return SeriesCheck(
        source_id=step.source_id,
        remote_id=series_id,
        row_hash=row_hash,
        state=state,
        checked_at=now,
        sync_id=sync.sync_id,
    )


async def ask_for_episodes(tx: Transaction, sources: Mapping[str, WriterSource], sync: SyncRow) -> None:
    """After a sync of the catalogue that ended well, ask for the episodes of what changed, where the source is set to it."""
    configured = sources.get(sync.source_id)
    if configured is None or configured.kind is not SourceKind.XTREAM or configured.episodes == "never":
        return
    is_good = sync.status in (SyncStatus.COMPLETED, SyncStatus.PARTIAL)
    if is_good and Part.CATALOGUE in sync.parts and Part.EPISODES not in sync.parts:
        request = SyncRequest(request_id=f"episodes-{sync.sync_id}", parts=[Part.EPISODES])
        await tx.add_outbox_to(subjects.request(sync.source_id), request)
