"""Whether a listing is asked for as a whole or only what changed in it, and whether a pass over the changes was enough; pure."""

from datetime import datetime, timedelta

import msgspec

from actors.store.records import Listing, StepRow, SyncRow
from actors.writer.config import WriterSource
from contracts import limits
from contracts.catalog import Mode


def mode_of(step: StepRow, listing: Listing | None, sync: SyncRow, configured: WriterSource, now: datetime) -> Mode:
    """How to ask for a step. Only a listing of items that was complete not long ago can be asked for its changes."""
    if sync.mode is Mode.FULL or step.step in sync.confirm:
        return Mode.FULL
    if listing is None or listing.complete_sync_id is None or listing.last_synced_at is None or not listing.rows:
        return Mode.FULL  # Of a listing that was empty nothing is known that a mark could stand for.
    if not listing.rows:  # To look again costs one request, and what was empty on a bad day is found.
        return Mode.FULL
    is_due = now - listing.last_synced_at > timedelta(seconds=configured.full_every_s)
    return Mode.FULL if is_due else Mode.INCREMENTAL


def since_of(listing: Listing | None) -> int | None:
    """From when on changes are asked for, Unix seconds by the server's clock; none where no pass has come to its end."""
    if listing is None or listing.marked_at is None:
        return None
    return int(listing.marked_at.timestamp()) - limits.OVERLAP_S


def why_whole(step: StepRow, listing: Listing | None) -> str | None:
    """Why a pass over the changes does not do, and the whole listing is to be read; none when it does."""
    if listing is None:
        return None
    changed = step.counts.new + step.counts.changed
    if changed > max(limits.GONE_ROWS_FREE, limits.CHANGED_SHARE_MAX * listing.rows):
        return f"{changed:,} of {listing.rows:,} rows have changed"
    if step.announced is None or listing.announced is None:
        return None
    expected = listing.announced + step.counts.new
    if step.announced != expected:
        return f"the server has {step.announced:,} rows and {expected:,} were expected"
    return None


def marked(listing: Listing, step: StepRow, now: datetime, *, clock_offset_s: int, change_mark: str | None) -> Listing:
    """The listing after a pass that came to its end: what changed before the pass began is in the catalogue."""
    began = step.started_at or now
    return msgspec.structs.replace(
        listing,
        last_checked_at=now,
        marked_at=began + timedelta(seconds=clock_offset_s),
        announced=step.announced,
        change_mark=change_mark,
    )
