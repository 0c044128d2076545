"""What a sync's steps are expected to bring, from the last complete listing of each."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from actors.sources import source
from actors.store import Transaction
from actors.store.records import Listing, StepRow, SyncRow
from actors.writer.config import WriterSource
from actors.writer.deciding import mode_of
from actors.writer.plan import step_plan
from contracts.catalog import ACCOUNT_STEP, Mode, Part
from contracts.messages import SyncPlanned


async def with_expectation(tx: Transaction, configured: WriterSource, sync: SyncRow, step: StepRow, now: datetime) -> StepRow:
    """The step with how it is asked for, and the rows of its last complete listing where that is read again."""
    listing = await tx.listing(step.source_id, step.step)
    mode = mode_of(step, listing, sync, configured, now) if _can_be_partial(configured, step) else Mode.FULL
    known = listing if listing is not None and listing.complete_sync_id is not None else None
    # Of what somebody said is gone, nothing is expected: it may be all there was.
    is_confirmed = step.step in sync.confirm
    expects_all = known is not None and not is_confirmed and (mode is Mode.FULL or source(configured.kind).USES_DIGESTS)
    return msgspec.structs.replace(step, mode=mode, rows_expected=known.rows if known is not None and expects_all else None)


def _can_be_partial(configured: WriterSource, step: StepRow) -> bool:
    """Whether less than the whole may be asked for: listings of items, and all where known slices are told by digest."""
    if step.step == ACCOUNT_STEP or step.part is not Part.CATALOGUE:
        return False
    return source(configured.kind).USES_DIGESTS or (step.item_kind is not None and not step.is_categories)


async def planned(tx: Transaction, sync: SyncRow, steps: Sequence[StepRow]) -> SyncPlanned:
    """The fact that a sync has these steps."""
    plans = []
    for step in steps:
        known = await _known(tx, step) if step.rows_expected is not None else None
        plans.append(step_plan(step, known.body_bytes if known else None))
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


async def _known(tx: Transaction, step: StepRow) -> Listing | None:
    listing = await tx.listing(step.source_id, step.step)
    return listing if listing is not None and listing.complete_sync_id is not None else None
