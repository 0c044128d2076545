"""The ledger lines of slices, and what a slice says of its step besides its rows; pure."""

from collections.abc import Sequence

import msgspec

from actors.store.records import LedgerLine, RowCounts, StepRow
from actors.writer.decoding import Rows
from actors.writer.plan import DOUBTFUL_LISTING
from contracts.messages import Counts, DeadLetter, SliceParsed


def line_of(rows: Rows, written: Sequence[RowCounts]) -> LedgerLine:
    """The line of a slice whose rows were written: each entry is counted in one place."""
    message = rows.message
    counts = Counts(
        new=sum(each.new for each in written),
        changed=sum(each.changed for each in written),
        unchanged=sum(each.unchanged for each in written),
        rejected=len(message.rejects) + sum(section.failure is not None for section in rows.sections),
        excluded=message.excluded,
    )
    return LedgerLine(
        sync_id=message.sync_id,
        source_id=message.source_id,
        step=message.step,
        attempt=message.attempt,
        page=message.page,
        slice=message.slice,
        digest=message.digest,
        counts=counts,
        remote_ids=rows.remote_ids,
        body_bytes=message.body_bytes,
    )


def dead_line(step: StepRow, dead: DeadLetter) -> LedgerLine:
    """The line of a slice that is in the dead letters: accounted for, and nothing of it is known."""
    assert dead.attempt is not None
    assert dead.slice is not None
    return LedgerLine(
        sync_id=step.sync_id,
        source_id=step.source_id,
        step=step.step,
        attempt=dead.attempt,
        page=dead.page or 0,
        slice=dead.slice,
        digest=b"",
        counts=Counts(),
        remote_ids=[],
        is_dead=True,
    )


def with_last_words(step: StepRow, message: SliceParsed) -> StepRow:
    """The step with what its last slice says of the whole: the server's total, and a doubt, which outweighs other troubles."""
    if message.announced is not None:
        step = msgspec.structs.replace(step, announced=message.announced)
    if message.doubt is not None:
        step = msgspec.structs.replace(step, error_code=DOUBTFUL_LISTING, error_text=message.doubt)
    return step
