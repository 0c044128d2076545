"""Reading every source again in full, after the store has lost commits that nobody can name."""

from collections.abc import Mapping
from datetime import datetime

from actors.cancels import Cancels
from actors.store import Transaction
from actors.writer.admission import Requested, admit
from actors.writer.closing import close_sync
from actors.writer.config import WriterSource
from contracts.catalog import Mode, SyncStatus
from contracts.messages import ErrorReport, SyncRequest


async def read_again(tx: Transaction, sources: Mapping[str, WriterSource], cancels: Cancels, now: datetime) -> None:
    """Admit a full sync of every source, once for each setback.

    Here, and not over the bus: an unfinished sync has lost some of what it was told, so it ends; and no other can begin before
    this transaction is over, so none of these is refused as running already.
    """
    setback = await tx.setback()
    if setback is None or not setback.is_due:
        return
    reason = ErrorReport(code="store_went_back", text=f"the store lost {setback.lost} commits; the source is read again", at=now)
    for sync in await tx.syncs_unfinished():
        await close_sync(tx, sync, await tx.steps(sync.sync_id), SyncStatus.FAILED, now, error=reason)
    stamped_ns = int(now.timestamp() * 1_000) * 1_000_000
    for source_id in sources:
        request = SyncRequest(request_id=setback.request_id, mode=Mode.FULL)
        requested = Requested(source_id=source_id, request=request, stamped_ns=stamped_ns)
        await admit(tx, sources, requested, cancels, now)
    await tx.setback_asked()
