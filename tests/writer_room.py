"""A writer's decisions on a real store: its transactions, what they leave in the outbox, and the messages that answer."""

from collections.abc import Sequence
from typing import Any

from actors.cancels import Cancels
from actors.sources import source
from actors.store import Store
from actors.store.records import SourceRow, StepRow, SyncRow
from actors.writer.admission import Requested, admit
from actors.writer.committing import Batch
from actors.writer.config import WriterSource
from contracts import codec
from contracts.catalog import SourceKind
from contracts.messages import (
    AccountChecked,
    ErrorReport,
    Event,
    Fact,
    FetchFailed,
    FetchPage,
    Message,
    SliceParsed,
    SyncRequest,
    ToWriter,
)
from tests.store_room import NOW

IPTV = WriterSource(source_id="iptv", kind=SourceKind.XTREAM, title="Home")
SOURCES = {"iptv": IPTV}
STAMP_NS = 1_795_262_400_000_000_000


async def begun(store: Store) -> None:
    """What the writer does first."""
    async with store.transaction() as tx:
        await tx.put_sources([SourceRow(source_id="iptv", kind=SourceKind.XTREAM, title="Home")])
        await tx.put_libraries("iptv", source(SourceKind.XTREAM).libraries)


async def ask(
    store: Store,
    request_id: str = "mine",
    *,
    source_id: str = "iptv",
    configured: WriterSource = IPTV,
    cancels: Cancels | None = None,
    stamped_ns: int = STAMP_NS,
    **request: Any,
) -> str:
    """Deliver a request; the id that its sync has if it was admitted."""
    requested = Requested(source_id=source_id, request=SyncRequest(request_id=request_id, **request), stamped_ns=stamped_ns)
    async with store.transaction() as tx:
        await admit(tx, {configured.source_id: configured}, requested, cancels or Cancels(), NOW)
    return codec.sync_id_of(source_id, request_id)


async def commit(store: Store, *messages: ToWriter, configured: WriterSource = IPTV) -> None:
    async with store.transaction() as tx:
        await Batch(tx, {configured.source_id: configured}, NOW).commit(messages)


async def row_of(store: Store, sync_id: str) -> SyncRow:
    async with store.transaction() as tx:
        row = await tx.sync(sync_id)
    assert row is not None
    return row


async def steps_of(store: Store, sync_id: str) -> dict[str, StepRow]:
    async with store.transaction() as tx:
        return {row.step: row for row in await tx.steps(sync_id)}


async def taken(store: Store) -> list[Message]:
    """Take everything out of the outbox, in its order."""
    async with store.transaction() as tx:
        rows = await tx.outbox(1_000)
        await tx.outbox_sent([row.outbox_id for row in rows])
    return [_message(row.subject, row.body) for row in rows]


def _message(subject: str, body: bytes) -> Message:
    message: Message
    if subject.startswith("playbill.work."):
        message = codec.decode_work(body, FetchPage)
    else:
        message = codec.decode_public(body, Fact if subject.startswith("playbill.fact.") else Event)
    return message


def commands(messages: Sequence[Message]) -> list[FetchPage]:
    return [message for message in messages if isinstance(message, FetchPage)]


def place(command: FetchPage, attempt: int | None = None) -> dict[str, Any]:
    """Where an answer to a command belongs."""
    return {
        "sync_id": command.sync_id,
        "source_id": command.source_id,
        "step": command.step,
        "requested_ns": command.requested_ns,
        "attempt": attempt
        if attempt is not None
        else codec.attempt_number(issue=command.issue, delivery=1, http_try=0, now_ms=1),
    }


def checked(command: FetchPage) -> AccountChecked:
    return AccountChecked(**place(command))


def failed(command: FetchPage, code: str = "timeout") -> FetchFailed:
    return FetchFailed(**place(command), error=ErrorReport(code=code, text="no luck", step=command.step))


def answered(command: FetchPage, **rows: Any) -> SliceParsed:
    """The one slice of a listing."""
    fields = {"slice": 0, "slices_total": 1, "digest": b"d" * 16, "source_kind": SourceKind.XTREAM, **place(command)}
    return SliceParsed(**{**fields, **rows})
