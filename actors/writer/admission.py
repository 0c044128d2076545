"""Admitting a request: one transaction writes the sync, its steps and the first commands, or the refusal."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo

import msgspec

from actors.cancels import Cancels
from actors.sources import source
from actors.store import Transaction
from actors.store.records import StepRow, SyncRow
from actors.writer.closing import close_sync
from actors.writer.config import WriterSource
from actors.writer.issuing import issue_steps
from actors.writer.plan import plan_steps, plan_sync, request_id_of, step_plan
from contracts.catalog import SyncStatus
from contracts.errors import BadRequest
from contracts.messages import RequestRefused, StepPlan, SyncPlanned, SyncRequest, SyncStarted


class Requested(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it was delivered."""

    source_id: str
    request: SyncRequest
    stamped_ns: int
    """The bus server's stamp: what a cancel of a source is compared with."""


async def admit(
    tx: Transaction, sources: Mapping[str, WriterSource], requested: Requested, cancels: Cancels, now: datetime
) -> None:
    """Admit, or refuse with an event. The same request again changes nothing."""
    configured = sources.get(requested.source_id)
    if configured is None:
        return await _refuse(tx, requested, now, "unknown_source", f"no source {requested.source_id!r} is configured")
    sync = plan_sync(
        requested.source_id,
        requested.request,
        stamped_ns=requested.stamped_ns,
        requested_at=_moment(requested.stamped_ns, now.tzinfo),
        now=now,
        first_item_id=await tx.next_item_id(),
    )
    if await tx.sync(sync.sync_id) is not None:
        return None
    running = next(iter(await tx.syncs_unfinished(requested.source_id)), None)
    if running is not None:
        text = f"{requested.source_id} is being synced already"
        return await _refuse(tx, requested, now, "already_running", text, running.sync_id)
    try:
        steps = plan_steps(sync, requested.request, source(configured.kind).steps)
    except BadRequest as error:
        return await _refuse(tx, requested, now, error.code, error.text)
    await _begin(tx, configured, sync, steps, cancels, now)
    return None


async def _begin(
    tx: Transaction, configured: WriterSource, sync: SyncRow, steps: Sequence[StepRow], cancels: Cancels, now: datetime
) -> None:
    expected, plans = [], []
    for step in steps:
        listing = await tx.listing(step.source_id, step.step)
        known = listing if listing is not None and listing.complete_sync_id is not None else None
        step = msgspec.structs.replace(step, rows_expected=known.rows if known else None)
        expected.append(step)
        plans.append(step_plan(step, known.body_bytes if known else None))
    await tx.put_sync(sync)
    await tx.put_steps(expected)
    await tx.add_outbox([_planned(sync, plans), _started(sync, now)])
    if cancels.hit(sync.source_id, sync.sync_id, sync.requested_ns):
        await close_sync(tx, sync, expected, SyncStatus.CANCELLED, now)
    else:
        await issue_steps(tx, configured, sync, expected, now)


async def refuse_unread(tx: Transaction, source_id: str, stamped_ns: int, text: str) -> None:
    """Refuse what is no request. Its stamp is its name and its time, so that a second delivery says the same words."""
    at = _moment(stamped_ns, UTC)
    request_id = request_id_of(SyncRequest(), stamped_ns)
    await tx.add_outbox([RequestRefused(source_id=source_id, request_id=request_id, code=BadRequest.code, text=text, at=at)])


def _planned(sync: SyncRow, plans: list[StepPlan]) -> SyncPlanned:
    return SyncPlanned(
        sync_id=sync.sync_id,
        source_id=sync.source_id,
        request_id=sync.request_id,
        parts=list(sync.parts),
        mode=sync.mode,
        steps=plans,
        requested_at=sync.requested_at,
        started_at=sync.started_at,
    )


def _started(sync: SyncRow, now: datetime) -> SyncStarted:
    return SyncStarted(
        sync_id=sync.sync_id,
        source_id=sync.source_id,
        request_id=sync.request_id,
        parts=list(sync.parts),
        mode=sync.mode,
        at=now,
    )


async def _refuse(
    tx: Transaction, requested: Requested, now: datetime, code: str, text: str, running_sync_id: str | None = None
) -> None:
    refusal = RequestRefused(
        source_id=requested.source_id,
        request_id=request_id_of(requested.request, requested.stamped_ns),
        code=code,
        text=text,
        running_sync_id=running_sync_id,
        at=now,
    )
    await tx.add_outbox([refusal])


def _moment(stamped_ns: int, zone: tzinfo | None) -> datetime:
    return datetime.fromtimestamp(stamped_ns / 1e9, tz=zone)
