"""Admitting a request: one transaction writes the sync, its steps and the first commands, or the refusal."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo

import msgspec

from actors.cancels import Cancels
from actors.sources import source
from actors.store import Transaction
from actors.store.records import StepRow, SyncRow
from actors.writer.closing import close_if_ended, close_sync
from actors.writer.computing import run_local_steps
from actors.writer.config import WriterSource
from actors.writer.expecting import planned, with_expectation
from actors.writer.issuing import issue_steps
from actors.writer.plan import plan_steps, plan_sync, request_id_of, running_parts, without_running
from contracts.catalog import Part, SyncStatus
from contracts.errors import BadRequest
from contracts.messages import RequestRefused, SyncRequest, SyncStarted


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
    running = running_parts(
        [step for other in await tx.syncs_unfinished(sync.source_id) for step in await tx.steps(other.sync_id)]
    )
    try:
        sync, left_out = without_running(sync, await _planned_steps(tx, configured, sync), running)
        if not sync.parts:
            text = f"{requested.source_id} is being synced already"
            return await _refuse(tx, requested, now, "already_running", text, next(iter(left_out.values())))
        steps = await _planned_steps(tx, configured, sync)
    except BadRequest as error:
        return await _refuse(tx, requested, now, error.code, error.text)
    await _begin(tx, configured, sync, steps, cancels, left_out, now)
    return None


async def _planned_steps(tx: Transaction, configured: WriterSource, sync: SyncRow) -> list[StepRow]:
    kind = source(configured.kind)
    return plan_steps(sync, kind.steps, kind.libraries, reveals_weight=await tx.count_library_listings(sync.source_id))


async def _begin(
    tx: Transaction,
    configured: WriterSource,
    sync: SyncRow,
    steps: Sequence[StepRow],
    cancels: Cancels,
    left_out: dict[Part, str],
    now: datetime,
) -> None:
    expected = [await with_expectation(tx, configured, sync, step, now) for step in steps]
    await tx.put_sync(sync)
    await tx.put_steps(expected)
    await tx.add_outbox([await planned(tx, sync, expected), _started(sync, left_out, now)])
    if cancels.hit(sync.source_id, sync.sync_id, sync.requested_ns):
        await close_sync(tx, sync, expected, SyncStatus.CANCELLED, now)
        return
    expected = await run_local_steps(tx, configured, expected, now)
    sync = await close_if_ended(tx, sync, expected, now)
    if not sync.status.is_final:
        await issue_steps(tx, configured, sync, expected, now)


async def refuse_unread(tx: Transaction, source_id: str, stamped_ns: int, text: str) -> None:
    """Refuse what is no request. Its stamp is its name and its time, so that a second delivery says the same words."""
    at = _moment(stamped_ns, UTC)
    request_id = request_id_of(SyncRequest(), stamped_ns)
    await tx.add_outbox([RequestRefused(source_id=source_id, request_id=request_id, code=BadRequest.code, text=text, at=at)])


def _started(sync: SyncRow, left_out: dict[Part, str], now: datetime) -> SyncStarted:
    return SyncStarted(
        sync_id=sync.sync_id,
        source_id=sync.source_id,
        request_id=sync.request_id,
        parts=list(sync.parts),
        mode=sync.mode,
        left_out=left_out,
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
    """To the millisecond, as the store keeps it: who is told of it twice is told the same."""
    return datetime.fromtimestamp(stamped_ns // 1_000_000 / 1_000, tz=zone)
