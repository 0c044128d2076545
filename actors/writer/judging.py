"""What one message about a step means, given what the ledger says: decisions without I/O."""

import enum
from typing import Final

import msgspec

from actors.store.records import Listing, StepRow, SyncRow
from contracts.catalog import StepStatus
from contracts.messages import AccountChecked, Counts, FetchFailed, SliceParsed, SliceUnchanged

SEVERAL: Final = "several"
"""In place of a sync id: more than one attempt changed rows since the listing was complete."""


class Verdict(enum.Enum):
    """What to do with a message."""

    TAKE = "take"
    DROP = "drop"
    """Acknowledged without effect: cancelled, ended, older than the attempt at hand, or here already."""
    TAKE_NEW_ATTEMPT = "take_new_attempt"
    """The first of a higher attempt: what lower ones brought counts no more."""


def judge(
    sync: SyncRow | None, step: StepRow | None, message: SliceParsed | SliceUnchanged | AccountChecked | FetchFailed
) -> Verdict:
    """The guard: nothing of an ended sync or step is taken, and only one attempt counts."""
    if sync is None or sync.status.is_final or step is None or step.status.is_final:
        return Verdict.DROP
    if message.attempt < step.attempt:
        return Verdict.DROP
    return Verdict.TAKE if message.attempt == step.attempt else Verdict.TAKE_NEW_ATTEMPT


def new_attempt(step: StepRow, attempt: int) -> StepRow:
    """The step as it begins an attempt: no slice is in, nothing is counted."""
    return msgspec.structs.replace(
        step,
        attempt=attempt,
        status=StepStatus.RUNNING,
        counts=Counts(),
        slices_done=0,
        slices_dead=0,
        slices_total=None,
        body_bytes=0,
        section_items=0,
        removed=0,
        held_back=0,
        announced=None,
        error_code=None,
        error_text=None,
    )


def digests_hold(listing: Listing | None, step: StepRow) -> bool:
    """Whether an unchanged slice may be believed: no other attempt changed rows after the listing it was compared with."""
    if listing is None or listing.complete_sync_id is None:
        return False
    return listing.dirty_sync_id is None or (listing.dirty_sync_id, listing.dirty_attempt) == (step.sync_id, step.attempt)


def dirtied(listing: Listing, step: StepRow) -> Listing:
    """The listing after this attempt changed a row. When two attempts did, its digests hold for neither."""
    mine = (step.sync_id, step.attempt)
    if listing.dirty_sync_id is None or (listing.dirty_sync_id, listing.dirty_attempt) == mine:
        return msgspec.structs.replace(listing, dirty_sync_id=step.sync_id, dirty_attempt=step.attempt)
    return msgspec.structs.replace(listing, dirty_sync_id=SEVERAL, dirty_attempt=0)


def with_slice(step: StepRow, counts: Counts, *, slices_total: int | None, body_bytes: int, is_dead: bool = False) -> StepRow:
    """The step with one more slice of its attempt in."""
    return msgspec.structs.replace(
        step,
        counts=step.counts + counts,
        slices_done=step.slices_done + 1,
        slices_dead=step.slices_dead + is_dead,
        slices_total=slices_total if slices_total is not None else step.slices_total,
        body_bytes=step.body_bytes + body_bytes,
        revision=step.revision + 1,
    )
