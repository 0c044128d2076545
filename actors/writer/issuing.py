"""Asking for steps: the commands that a transaction leaves in the outbox."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from actors.sources import source
from actors.store import Transaction
from actors.store.records import StepRow, SyncRow
from actors.writer.config import WriterSource
from actors.writer.plan import issuable
from actors.writer.selection import denied_ids, has_filter
from contracts.catalog import Mode
from contracts.messages import FetchPage


async def issue_steps(tx: Transaction, configured: WriterSource, sync: SyncRow, steps: Sequence[StepRow], now: datetime) -> None:
    """Ask for every step whose turn has come."""
    for step in issuable(steps, source(configured.kind).steps, needs_categories=has_filter(configured)):
        await issue(tx, configured, sync, step, now)


async def issue(tx: Transaction, configured: WriterSource, sync: SyncRow, step: StepRow, now: datetime) -> None:
    """Ask for a step once more, with a higher issue number; digests go along only while they tell the truth."""
    denied = await _denied(tx, configured, step)
    salt = source(configured.kind).digest_salt(denied)
    listing = await tx.listing(sync.source_id, step.step)
    complete = listing is not None and listing.complete_sync_id is not None
    is_trusted = (
        source(configured.kind).USES_DIGESTS
        and complete
        and listing is not None
        and listing.dirty_sync_id is None
        and listing.digest_salt == salt
    )
    asked = msgspec.structs.replace(
        step,
        issue=step.issue + 1,
        revision=step.revision + 1,
        digest_salt=salt,
        started_at=step.started_at or now,
    )
    await tx.put_steps([asked])
    command = FetchPage(
        sync_id=sync.sync_id,
        source_id=sync.source_id,
        source_kind=configured.kind,
        step=step.step,
        issue=asked.issue,
        requested_ns=sync.requested_ns,
        known_digests=await tx.known_digests(sync.source_id, step.step) if is_trusted and sync.mode is Mode.INCREMENTAL else [],
        part=step.part,
        denied_category_ids=denied,
        digest_salt=salt,
        bytes_expected=listing.body_bytes if complete and listing is not None else None,
    )
    await tx.add_outbox([command])


async def _denied(tx: Transaction, configured: WriterSource, step: StepRow) -> list[str]:
    if step.item_kind is None or step.is_categories or not has_filter(configured):
        return []
    return denied_ids(configured, await tx.categories(configured.source_id, step.item_kind))
