"""Cancelling a sync, and looking whether anything of it is committed afterwards."""

import asyncio
import sqlite3
import time
from typing import Final

import msgspec

from actors.runtime.client import Target
from contracts.catalog import SyncStatus
from faults.checker import all_is_well, settled
from faults.processes import until
from faults.rig import Rig
from faults.trial import expect

QUIET_S: Final = 2.0
"""After which nothing of a cancelled sync may be committed any more."""


class Written(msgspec.Struct, frozen=True):
    """What the file holds of a sync, and how much of everything."""

    lines: int
    rows: int
    items: int
    changed_ms: int


def written(rig: Rig, sync_id: str) -> Written:
    """Read what any row of the sync would change."""
    sql = """SELECT (SELECT count(*) FROM ledger WHERE sync_id = :id),
      (SELECT coalesce(sum(rows_new + rows_changed + rows_unchanged), 0) FROM steps WHERE sync_id = :id),
      (SELECT count(*) FROM items) + (SELECT count(*) FROM categories),
      (SELECT coalesce(max(changed_at), 0) FROM (SELECT changed_at FROM items UNION ALL SELECT changed_at FROM categories))"""
    return Written(*rig.rows(sql.replace(":id", "?1"), sync_id)[0])


def status_of(rig: Rig, sync_id: str) -> str:
    found = rig.rows("SELECT status FROM syncs WHERE sync_id = ?", sync_id)
    return str(found[0][0]) if found else "not there"


async def cancelled(rig: Rig, target: Target) -> float:
    """Cancel, and wait until that is acknowledged; when it was."""
    await rig.client.cancel(target)
    rig.trial.inject(f"cancel of a {target[0]}" if target[0] != "all" else "cancel of all")
    return time.monotonic()


async def quiet(rig: Rig, sync_id: str, since_s: float) -> Written:
    """Wait until the file calls the sync cancelled, two seconds at most: what was written then is all there may ever be."""
    while status_of(rig, sync_id) != SyncStatus.CANCELLED and time.monotonic() < since_s + QUIET_S:  # noqa: ASYNC110
        await asyncio.sleep(0.02)
    return written(rig, sync_id)


async def check_final(rig: Rig, sync_id: str, before: Written) -> None:
    """I7: the sync ends as cancelled, and nothing of it was committed since."""
    last = await rig.ended(sync_id)
    expect(last.status == SyncStatus.CANCELLED, f"I7: {sync_id} was cancelled and is {last.status}")
    await settled(rig)
    after = written(rig, sync_id)
    expect(after == before, f"I7: committed after the cancel: {before} became {after}")
    expect(not rig.rows("SELECT 1 FROM items WHERE missing_since IS NOT NULL"), "I5: a cancel hid rows")


async def has_rows(rig: Rig, sync_id: str, lines: int) -> None:
    def has() -> bool:
        try:
            return written(rig, sync_id).lines >= lines
        except sqlite3.OperationalError:  # The file is not made yet.
            return False

    await until(has, f"{lines} lines of {sync_id} are in the ledger")


async def healed(rig: Rig, *was_cancelled: str) -> None:
    """The next sync brings everything, and those that were cancelled stay so."""
    last = await rig.sync()
    await all_is_well(rig, last.sync_id)
    strayed = {sync_id: status for sync_id in was_cancelled if (status := status_of(rig, sync_id)) != SyncStatus.CANCELLED}
    expect(not strayed, f"I6: cancelled, and then {strayed}")
