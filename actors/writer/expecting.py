"""What a sync's steps are expected to bring, from the last complete listing of each."""

from collections.abc import Sequence

import msgspec

from actors.store import Transaction
from actors.store.records import Listing, StepRow, SyncRow
from actors.writer.plan import step_plan
from contracts.messages import SyncPlanned


async def with_expectation(tx: Transaction, step: StepRow) -> StepRow:
    """The step with the rows of its last complete listing."""
    known = await _known(tx, step)
    return msgspec.structs.replace(step, rows_expected=known.rows if known else None)


async def planned(tx: Transaction, sync: SyncRow, steps: Sequence[StepRow]) -> SyncPlanned:
    """The fact that a sync has these steps."""
    plans = []
    for step in steps:
        known = await _known(tx, step)
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
