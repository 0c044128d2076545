"""What must hold, read from the file, the streams and the servers' own records; shares no code with the writer.

The invariants are those of docs/reliability.md. Each function raises Broken with what it found, or adds to the trial's tally.
"""

import asyncio
import sqlite3
from collections import Counter
from contextlib import closing
from typing import Any, Final

import nats
from nats.errors import Error as NatsError

from actors.demo import XtreamServer
from faults.processes import until
from faults.rig import Rig
from faults.trial import Broken, expect
from faults.world import ACTIONS, Server

FINAL: Final = ("completed", "partial", "failed", "cancelled")
WORK_STREAMS: Final = ("PLAYBILL_REQUESTS", "PLAYBILL_FETCH", "PLAYBILL_PARSE", "PLAYBILL_WRITE", "PLAYBILL_DEAD")
_SHOWN: Final = "NOT is_stub AND missing_since IS NULL"


def listed(server: Server, action: str) -> list[str]:
    """What the server gave last for an action, whole, by its own record; empty when it never did."""
    whole = [record for record in server.served if record.action == action and record.whole and record.status == 200]
    return list(whole[-1].ids) if whole else []


def stored(rig: Rig, source_id: str, step: str) -> list[str]:
    """Ids of what the catalogue shows of a listing of an Xtream source."""
    _, table, kind = ACTIONS[step]
    column = "item_kind" if table == "categories" else "kind"
    sql = f"SELECT remote_id FROM {table} WHERE source_id = ? AND {column} = ? AND {_SHOWN}"
    return [str(row[0]) for row in rig.rows(sql, source_id, kind)]


def check_catalogue(rig: Rig, source_id: str = "iptv") -> None:
    """I2, I5: the catalogue shows exactly what the server gave in its last whole listings. Counts what it does not."""
    server = rig.servers[source_id]
    assert isinstance(server, XtreamServer)
    for step, (action, _, _) in ACTIONS.items():
        truth, ours = Counter(set(listed(server, action))), Counter(stored(rig, source_id, step))
        lacking, extra = truth - ours, ours - truth
        hidden = {remote_id for remote_id in lacking if _is_hidden(rig, source_id, step, remote_id)}
        rig.trial.tally.falsely_deleted += len(hidden)
        rig.trial.tally.lost += lacking.total() - len(hidden)
        rig.trial.tally.doubled += sum(count - 1 for count in ours.values() if count > 1)
        expect(not lacking, f"I2/I5 {step}: {lacking.total()} of {truth.total()} are missing, such as {list(lacking)[:3]}")
        expect(not extra, f"I2 {step}: {extra.total()} are shown and not listed, such as {list(extra)[:3]}")


def _is_hidden(rig: Rig, source_id: str, step: str, remote_id: str) -> bool:
    _, table, kind = ACTIONS[step]
    column = "item_kind" if table == "categories" else "kind"
    sql = f"SELECT 1 FROM {table} WHERE source_id = ? AND {column} = ? AND remote_id = ? AND missing_since IS NOT NULL"
    return bool(rig.rows(sql, source_id, kind, remote_id))


def check_conservation(rig: Rig, sync_id: str, source_id: str = "iptv") -> None:
    """I2, I4: of each completed listing, every entry that was served was counted in one place, once."""
    server = rig.servers[source_id]
    sql = (
        "SELECT step, rows_new + rows_changed + rows_unchanged + rows_rejected + rows_excluded FROM steps"
        " WHERE sync_id = ? AND status = 'completed'"
    )
    for step, counted in rig.rows(sql, sync_id):
        if step not in ACTIONS:
            continue
        served = len(listed(server, ACTIONS[step][0]))
        rig.trial.tally.rows += served
        rig.trial.tally.lost += max(0, served - counted)
        rig.trial.tally.doubled += max(0, counted - served)
        expect(counted == served, f"I2/I4 {step}: {served} were served, {counted} were counted")


def check_new_rows(rig: Rig, source_id: str = "iptv") -> None:
    """I4: no row was told as new more often than there are rows."""
    told = rig.rows("SELECT coalesce(sum(rows_new), 0) FROM steps WHERE source_id = ?", source_id)[0][0]
    tables = ("items", "categories", "libraries", "home_sections")
    rows = sum(rig.rows(f"SELECT count(*) FROM {table} WHERE source_id = ?", source_id)[0][0] for table in tables)
    rig.trial.tally.doubled += max(0, told - rows)
    expect(told <= rows, f"I4: {told} rows were told as new, and there are {rows}")


def check_file(rig: Rig) -> None:
    """The file is whole, and its tables agree with each other."""
    found = rig.rows("PRAGMA integrity_check")
    expect(found == [("ok",)], f"the database is damaged: {found[:3]}")
    expect(not rig.rows("PRAGMA foreign_key_check"), "a row names another that is not there")


def check_atomic(rig: Rig) -> None:
    """I3: at any moment, a running step's totals are the sums of its ledger lines. One read; may be called at any time."""
    sql = """
      SELECT steps.sync_id, steps.step, steps.rows_new + steps.rows_changed + steps.rows_unchanged, steps.slices_done,
        (SELECT coalesce(sum(rows_new + rows_changed + rows_unchanged), 0) FROM ledger AS lines
          WHERE lines.sync_id = steps.sync_id AND lines.step = steps.step),
        (SELECT count(*) FROM ledger AS lines
          WHERE lines.sync_id = steps.sync_id AND lines.step = steps.step AND NOT lines.is_dead)
      FROM steps JOIN syncs USING (sync_id)
      WHERE syncs.status IN ('pending', 'syncing') AND steps.status = 'running' AND steps.part = 'catalogue'"""
    for sync_id, step, rows, slices, ledger_rows, ledger_slices in rig.rows(sql):
        expect(
            (rows, slices) == (ledger_rows, ledger_slices),
            f"I3 {sync_id} {step}: {rows} rows in {slices} slices, by the ledger {ledger_rows} in {ledger_slices}",
        )


def check_dead_letters(rig: Rig, count: int = 0) -> list[tuple[Any, ...]]:
    """So many dead letters, and each with a reason; which they are."""
    found = rig.rows("SELECT actor, reason, subject, parked FROM dead_letters")
    expect(len(found) == count, f"{len(found)} dead letters, {count} were due: {found[:3]}")
    expect(all(row[1] for row in found), f"a dead letter without a reason: {found}")
    return found


async def settled(rig: Rig, wait_s: float = 60.0) -> None:
    """I10: every sync has ended, the outbox is empty, the work streams hold nothing. What that took counts as recovery."""
    await until(lambda: not _unfinished(rig), "every sync has ended", wait_s)
    await until(lambda: _outbox(rig) == 0, "the outbox is empty", wait_s)
    await _streams_empty(rig, wait_s)
    rig.trial.recovered()


def _unfinished(rig: Rig) -> list[tuple[Any, ...]]:
    try:
        return rig.rows("SELECT sync_id FROM syncs WHERE status NOT IN ('completed', 'partial', 'failed', 'cancelled')")
    except sqlite3.OperationalError:
        return [("the file cannot be read now",)]


def _outbox(rig: Rig) -> int:
    return int(rig.rows("SELECT count(*) FROM outbox")[0][0])


async def _streams_empty(rig: Rig, wait_s: float) -> None:
    state: dict[str, int] = {}

    async def look() -> bool:
        state.update(await messages_in(rig))
        return not any(state[name] for name in WORK_STREAMS)

    for _ in range(int(wait_s / 0.2)):
        try:
            if await look():
                return
        except (TimeoutError, NatsError):
            pass
        await asyncio.sleep(0.2)
    raise Broken(f"I10: the work streams still hold {state}")


async def messages_in(rig: Rig) -> dict[str, int]:
    """How many messages each stream holds now. Raises what nats-py raises."""
    client = await nats.connect(
        rig.admin.url, user=rig.admin.user, password=rig.admin.password, connect_timeout=2, max_reconnect_attempts=1
    )
    try:
        return {str(info.config.name): info.state.messages for info in await client.jetstream(timeout=2).streams_info()}
    finally:
        await client.close()


async def count_messages(rig: Rig) -> None:
    """Add what went over the conveyor to the tally, by the last sequence of each work stream."""
    client = await nats.connect(rig.admin.url, user=rig.admin.user, password=rig.admin.password, connect_timeout=2)
    try:
        infos = await client.jetstream(timeout=2).streams_info()
    finally:
        await client.close()
    rig.trial.tally.messages += sum(info.state.last_seq for info in infos if info.config.name in WORK_STREAMS)


async def all_is_well(rig: Rig, *sync_ids: str, source_id: str = "iptv", dead_letters: int = 0) -> None:
    """After the faults: these syncs completed, nothing is lost, doubled or gone, the file is whole, and so many letters are dead.

    Of an Xtream source, whose records say what it gave.
    """
    await settled(rig)
    for sync_id in sync_ids:
        status = rig.rows("SELECT status FROM syncs WHERE sync_id = ?", sync_id)
        expect(status == [("completed",)], f"{sync_id} is {status}, not completed: {rig.status_of(sync_id)}")
        check_conservation(rig, sync_id, source_id)
    check_catalogue(rig, source_id)
    check_new_rows(rig, source_id)
    check_file(rig)
    check_dead_letters(rig, dead_letters)
    await count_messages(rig)


def open_for_faults(rig: Rig) -> closing[sqlite3.Connection]:
    """The file itself, for a case that damages or locks it."""
    return closing(sqlite3.connect(rig.database, timeout=0, isolation_level=None))
