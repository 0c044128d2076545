"""Asking for steps: the commands that a transaction leaves in the outbox."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from actors.sources import source
from actors.store import Transaction
from actors.store.records import Listing, StepRow, SyncRow
from actors.writer.closing import close_if_ended
from actors.writer.config import WriterSource
from actors.writer.deciding import since_of
from actors.writer.episodes import issue_series
from actors.writer.plan import issuable
from actors.writer.selection import denied_ids, has_filter
from contracts.catalog import EPISODES_STEP, WATCHED, Mode
from contracts.messages import FetchPage


async def issue_steps(
    tx: Transaction, configured: WriterSource, sync: SyncRow, steps: Sequence[StepRow], now: datetime
) -> SyncRow:
    """Ask for every step whose turn has come. The sync, ended if there was nothing to ask for."""
    ended = []
    for step in issuable(steps, source(configured.kind).steps, needs_categories=has_filter(configured)):
        if step.step == EPISODES_STEP:
            ended.append((await issue_series(tx, configured, sync, step, now)).status.is_final)
        else:
            await issue(tx, configured, sync, step, now)
    return await close_if_ended(tx, sync, await tx.steps(sync.sync_id), now) if any(ended) else sync


async def issue(tx: Transaction, configured: WriterSource, sync: SyncRow, step: StepRow, now: datetime) -> None:
    """Ask for a step once more, with a higher issue number; digests go along only while they tell the truth."""
    denied = await _denied(tx, configured, step)
    salt = source(configured.kind).digest_salt(denied)
    listing = await tx.listing(sync.source_id, step.step)
    complete = listing is not None and listing.complete_sync_id is not None
    uses_digests = source(configured.kind).USES_DIGESTS
    holds = complete and listing is not None and listing.dirty_sync_id is None and listing.digest_salt == salt
    is_trusted = uses_digests and holds and step.mode is Mode.INCREMENTAL
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
        known_digests=await tx.known_digests(sync.source_id, step.step) if is_trusted else [],
        part=step.part,
        since=None if uses_digests or step.mode is Mode.FULL else since_of(await marking(tx, step)),
        denied_category_ids=denied,
        digest_salt=salt,
        bytes_expected=listing.body_bytes if complete and listing is not None else None,
    )
    await tx.add_outbox([command])


async def marking(tx: Transaction, step: StepRow) -> Listing | None:
    """The listing whose mark says from when on changes are wanted: for a first pass over what was watched, the items' own."""
    own = await tx.listing(step.source_id, step.step)
    if own is None and step.step.startswith(WATCHED):
        return await tx.listing(step.source_id, step.step.removeprefix(WATCHED))
    return own


async def _denied(tx: Transaction, configured: WriterSource, step: StepRow) -> list[str]:
    if step.item_kind is None or step.is_categories or not has_filter(configured):
        return []
    return denied_ids(configured, await tx.categories(configured.source_id, step.item_kind))
