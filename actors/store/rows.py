"""The store's own bookkeeping, from records to database rows and back; pure."""

from collections.abc import Sequence
from typing import Final

import msgspec

from actors.store.database import Row
from actors.store.moments import from_text, from_text_or_none, to_text, to_text_or_none
from actors.store.records import LedgerLine, Listing, SourceRow, StepRow, SyncRow
from contracts.catalog import ItemKind, Mode, Part, SourceKind, StepStatus, SyncStatus
from contracts.messages import Counts, DeadLetter

_COUNTS: Final = "rows_new, rows_changed, rows_unchanged, rows_rejected, rows_excluded"
SOURCE_COLUMNS: Final = "source_id, kind, title, last_synced_at, server"
SYNC_COLUMNS: Final = (
    "sync_id, source_id, request_id, parts, mode, status, requested_ns, requested_at, started_at, ended_at,"
    " error_code, error_text, first_item_id, libraries, wanted_steps, confirm"
)
STEP_COLUMNS: Final = (
    "sync_id, source_id, step, position, title, weight, item_kind, is_categories, library_remote_id, status,"
    f" issue, attempt, revision, {_COUNTS}, slices_done, slices_dead, slices_total, body_bytes, rows_expected, digest_salt,"
    " error_code, error_text, started_at, ended_at, part, reveals_weight, section_items,"
    " mode, removed, held_back, notice, announced"
)
LEDGER_COLUMNS: Final = f"sync_id, source_id, step, attempt, page, slice, digest, {_COUNTS}, body_bytes, is_dead, remote_ids"
LISTING_COLUMNS: Final = (
    "source_id, step, complete_sync_id, digest_salt, rows_total, body_bytes, dirty_sync_id, dirty_attempt, last_synced_at,"
    " last_checked_at, marked_at, announced, change_mark"
)
DEAD_COLUMNS: Final = (
    "actor, reason, parked, subject, message_id, deliveries, body, body_clipped,"
    " sync_id, source_id, step, attempt, page, slice, slices_total, at, series_id"
)

_server: Final = msgspec.json.Decoder(dict[str, str | int | bool | None])
_texts: Final = msgspec.json.Decoder(list[str])


def upsert(table: str, columns: str, key: Sequence[str]) -> str:
    """Insert a whole row, or make the one of the same key equal to it; unlike REPLACE it deletes nothing, so nothing cascades."""
    names = [name.strip() for name in columns.split(",")]
    places = ", ".join("?" * len(names))
    changes = ", ".join(f"{name} = excluded.{name}" for name in names if name not in key)
    return f"INSERT INTO {table} ({columns}) VALUES ({places}) ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changes}"  # noqa: S608


def json_text(value: object) -> str:
    return msgspec.json.encode(value).decode()


def source_of(row: Row) -> SourceRow:
    source_id, kind, title, last_synced_at, server = row
    return SourceRow(
        source_id=source_id,
        kind=SourceKind(kind),
        title=title,
        last_synced_at=from_text_or_none(last_synced_at),
        server=_server.decode(server),
    )


def sync_values(sync: SyncRow) -> Row:
    return (
        sync.sync_id,
        sync.source_id,
        sync.request_id,
        ",".join(sync.parts),
        sync.mode.value,
        sync.status.value,
        sync.requested_ns,
        to_text(sync.requested_at),
        to_text(sync.started_at),
        to_text_or_none(sync.ended_at),
        sync.error_code,
        sync.error_text,
        sync.first_item_id,
        json_text(sync.libraries),
        json_text(sync.wanted_steps),
        json_text(sync.confirm),
    )


def sync_of(row: Row) -> SyncRow:
    return SyncRow(
        sync_id=row[0],
        source_id=row[1],
        request_id=row[2],
        parts=tuple(Part(part) for part in row[3].split(",") if part),
        mode=Mode(row[4]),
        status=SyncStatus(row[5]),
        requested_ns=row[6],
        requested_at=from_text(row[7]),
        started_at=from_text(row[8]),
        ended_at=from_text_or_none(row[9]),
        error_code=row[10],
        error_text=row[11],
        first_item_id=row[12],
        libraries=tuple(_texts.decode(row[13])),
        wanted_steps=tuple(_texts.decode(row[14])),
        confirm=tuple(_texts.decode(row[15])),
    )


def step_values(step: StepRow) -> Row:
    return (
        step.sync_id,
        step.source_id,
        step.step,
        step.position,
        step.title,
        step.weight,
        None if step.item_kind is None else step.item_kind.value,
        int(step.is_categories),
        step.library_remote_id,
        step.status.value,
        step.issue,
        step.attempt,
        step.revision,
        *counts_values(step.counts),
        step.slices_done,
        step.slices_dead,
        step.slices_total,
        step.body_bytes,
        step.rows_expected,
        step.digest_salt,
        step.error_code,
        step.error_text,
        to_text_or_none(step.started_at),
        to_text_or_none(step.ended_at),
        step.part.value,
        step.reveals_weight,
        step.section_items,
        step.mode.value,
        step.removed,
        step.held_back,
        step.notice,
        step.announced,
    )


def step_of(row: Row) -> StepRow:
    return StepRow(
        sync_id=row[0],
        source_id=row[1],
        step=row[2],
        position=row[3],
        title=row[4],
        weight=row[5],
        item_kind=None if row[6] is None else ItemKind(row[6]),
        is_categories=bool(row[7]),
        library_remote_id=row[8],
        status=StepStatus(row[9]),
        issue=row[10],
        attempt=row[11],
        revision=row[12],
        counts=counts_of(row[13:18]),
        slices_done=row[18],
        slices_dead=row[19],
        slices_total=row[20],
        body_bytes=row[21],
        rows_expected=row[22],
        digest_salt=row[23],
        error_code=row[24],
        error_text=row[25],
        started_at=from_text_or_none(row[26]),
        ended_at=from_text_or_none(row[27]),
        part=Part(row[28]),
        reveals_weight=row[29],
        section_items=row[30],
        mode=Mode(row[31]),
        removed=row[32],
        held_back=row[33],
        notice=row[34],
        announced=row[35],
    )


def counts_values(counts: Counts) -> Row:
    return counts.new, counts.changed, counts.unchanged, counts.rejected, counts.excluded


def counts_of(row: Row) -> Counts:
    new, changed, unchanged, rejected, excluded = row
    return Counts(new=new, changed=changed, unchanged=unchanged, rejected=rejected, excluded=excluded)


def ledger_values(line: LedgerLine) -> Row:
    place = (line.sync_id, line.source_id, line.step, line.attempt, line.page, line.slice, line.digest)
    return *place, *counts_values(line.counts), line.body_bytes, int(line.is_dead), json_text(line.remote_ids)


def ledger_of(row: Row) -> LedgerLine:
    return LedgerLine(
        sync_id=row[0],
        source_id=row[1],
        step=row[2],
        attempt=row[3],
        page=row[4],
        slice=row[5],
        digest=row[6],
        counts=counts_of(row[7:12]),
        body_bytes=row[12],
        is_dead=bool(row[13]),
        remote_ids=remote_ids_of(row[14]),
    )


def remote_ids_of(text: str) -> list[str]:
    return _texts.decode(text)


def listing_values(listing: Listing) -> Row:
    return (
        listing.source_id,
        listing.step,
        listing.complete_sync_id,
        listing.digest_salt,
        listing.rows,
        listing.body_bytes,
        listing.dirty_sync_id,
        listing.dirty_attempt,
        to_text_or_none(listing.last_synced_at),
        to_text_or_none(listing.last_checked_at),
        to_text_or_none(listing.marked_at),
        listing.announced,
        listing.change_mark,
    )


def listing_of(row: Row) -> Listing:
    return Listing(
        source_id=row[0],
        step=row[1],
        complete_sync_id=row[2],
        digest_salt=row[3],
        rows=row[4],
        body_bytes=row[5],
        dirty_sync_id=row[6],
        dirty_attempt=row[7],
        last_synced_at=from_text_or_none(row[8]),
        last_checked_at=from_text_or_none(row[9]),
        marked_at=from_text_or_none(row[10]),
        announced=row[11],
        change_mark=row[12],
    )


def dead_values(dead: DeadLetter) -> Row:
    return (
        dead.actor,
        dead.reason,
        int(dead.parked),
        dead.subject,
        dead.message_id,
        dead.deliveries,
        dead.body,
        int(dead.body_clipped),
        dead.sync_id,
        dead.source_id,
        dead.step,
        dead.attempt,
        dead.page,
        dead.slice,
        dead.slices_total,
        to_text(dead.at),
        dead.series_id,
    )


def dead_of(row: Row) -> DeadLetter:
    return DeadLetter(
        actor=row[0],
        reason=row[1],
        parked=bool(row[2]),
        subject=row[3],
        message_id=row[4],
        deliveries=row[5],
        body=row[6],
        body_clipped=bool(row[7]),
        sync_id=row[8],
        source_id=row[9],
        step=row[10],
        attempt=row[11],
        page=row[12],
        slice=row[13],
        slices_total=row[14],
        at=from_text(row[15]),
        series_id=row[16],
    )
