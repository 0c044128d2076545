"""Committing messages from the conveyor: rows, ledger lines, totals and what follows, in the caller's one transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from actors.store import Transaction
from actors.store.records import LedgerLine, Listing, RowCounts, StepRow, SyncRow
from actors.writer.booking import dead_line, line_of, with_last_words
from actors.writer.closing import close_if_ended, counted, end_step, fail_step, skip_refused
from actors.writer.computing import run_local_steps
from actors.writer.config import WriterSource
from actors.writer.decoding import Rows, decoded
from actors.writer.ending import end_listing
from actors.writer.episodes import ask_for_episodes, bury_series, issue_series, take_series
from actors.writer.home import put_sections, with_failures
from actors.writer.issuing import issue, issue_steps
from actors.writer.judging import Verdict, digests_hold, dirtied, judge, new_attempt, with_slice
from actors.writer.plan import final_step_status
from actors.writer.revealing import reveal, synced, without_unknown
from contracts import limits
from contracts.catalog import EPISODES_STEP, StepStatus, SyncStatus
from contracts.messages import (
    AccountChecked,
    Counts,
    DeadLetter,
    FetchFailed,
    SeriesParsed,
    SliceParsed,
    SliceUnchanged,
    StepCounted,
    ToWriter,
)

Slot = tuple[str, int, int]
"""(step, page, slice) of a sync."""


class Batch:
    """One transaction's worth of messages. Any order, any repetition, several syncs and sources at once."""

    def __init__(self, tx: Transaction, sources: Mapping[str, WriterSource], now: datetime) -> None:
        self._tx, self._sources, self._now = tx, sources, now
        self._syncs: dict[str, SyncRow | None] = {}
        self._steps: dict[tuple[str, str], StepRow | None] = {}
        self._slots: dict[tuple[str, str], set[tuple[int, int]]] = {}
        self._slices: list[SliceParsed] = []
        self._lines: dict[tuple[str, str], list[LedgerLine]] = {}
        self._listings: dict[tuple[str, str], Listing | None] = {}
        self._touched: dict[tuple[str, str], None] = {}

    async def commit(self, messages: Sequence[ToWriter]) -> list[StepCounted]:
        """Write what the messages bring. Returns the running totals to tell after the commit.

        Raises BadMessage for a slice that cannot be decoded.
        """
        for message in messages:
            await self._load(message.sync_id, message.step)
            if isinstance(message, SeriesParsed):
                await self._take_series(message)
            else:
                await self._take(message)
        await self._write_rows()
        await self._settle()
        return [counted(step, self._now) for key in self._touched if (step := self._steps[key]) and not step.status.is_final]

    async def bury(self, dead: DeadLetter) -> None:
        """Account for a slice or a command that is in the dead letters."""
        if dead.sync_id is None or dead.step is None:
            return
        await self._load(dead.sync_id, dead.step)
        sync, step = self._syncs[dead.sync_id], self._steps[dead.sync_id, dead.step]
        if sync is None or step is None or sync.status.is_final or step.status.is_final:
            return
        if dead.series_id is not None:
            self._put(await bury_series(self._tx, sync, step, dead.series_id, dead.reason, self._now))
        elif dead.slice is None or dead.attempt is None:
            self._put(await fail_step(self._tx, step, "dead_letter", dead.reason, self._now))
        elif dead.attempt >= step.attempt:
            await self._bury_slice(dead, step)
        await self._settle()

    async def _load(self, sync_id: str, step: str) -> None:
        if sync_id not in self._syncs:
            self._syncs[sync_id] = await self._tx.sync(sync_id)
        if (sync_id, step) not in self._steps:
            self._steps[sync_id, step] = await self._tx.step(sync_id, step)
            self._slots[sync_id, step] = await self._tx.ledger_slices(sync_id, step)

    async def _take_series(self, message: SeriesParsed) -> None:
        sync, step = self._syncs[message.sync_id], self._steps[message.sync_id, message.step]
        if sync is None or step is None or sync.status.is_final or step.status.is_final:
            return
        self._put(await take_series(self._tx, sync, step, message, self._now))

    async def _take(self, message: SliceParsed | SliceUnchanged | AccountChecked | FetchFailed) -> None:
        key = (message.sync_id, message.step)
        step = self._steps[key]
        verdict = judge(self._syncs[message.sync_id], step, message)
        if verdict is Verdict.DROP or step is None:
            return
        if isinstance(message, FetchFailed) and message.step == EPISODES_STEP:
            self._put(await fail_step(self._tx, step, message.error.code, message.error.text, self._now))
            return
        if verdict is Verdict.TAKE_NEW_ATTEMPT:
            step = await self._begin_attempt(step, message.attempt)
        match message:
            case SliceParsed() | SliceUnchanged() if (message.page, message.slice) in self._slots[key]:
                return
            case SliceParsed():
                self._slices.append(message)
                self._slots[key].add((message.page, message.slice))
            case SliceUnchanged():
                await self._take_unchanged(message, step)
            case AccountChecked():
                await self._tx.set_server(message.source_id, message.server)
                self._put(await end_step(self._tx, step, StepStatus.COMPLETED, self._now))
            case FetchFailed():
                self._take_failure(message, step)

    async def _begin_attempt(self, step: StepRow, attempt: int) -> StepRow:
        key = (step.sync_id, step.step)
        self._slices = [message for message in self._slices if (message.sync_id, message.step) != key]
        self._lines.pop(key, None)
        await self._tx.drop_ledger(step.sync_id, step.step)
        self._slots[key] = set()
        begun = new_attempt(step, attempt)
        self._put(begun)
        return begun

    def _take_failure(self, message: FetchFailed, step: StepRow) -> None:
        self._put(
            msgspec.structs.replace(
                step,
                error_code=message.error.code,
                error_text=message.error.text,
                slices_total=message.slices_cut,
                revision=step.revision + 1,
            )
        )

    async def _take_unchanged(self, message: SliceUnchanged, step: StepRow) -> None:
        listing = await self._listing(message.source_id, message.step)
        line = await self._tx.known_line(message.source_id, message.step, message.digest) if digests_hold(listing, step) else None
        if line is None:
            await self._ask_again(step, listing)
            return
        counts = Counts(
            unchanged=line.counts.synced,
            rejected=line.counts.rejected,
            excluded=line.counts.excluded,
        )
        kept = msgspec.structs.replace(
            line,
            sync_id=message.sync_id,
            attempt=message.attempt,
            page=message.page,
            slice=message.slice,
            counts=counts,
            body_bytes=message.body_bytes,
        )
        if counts.rejected:
            await self._tx.copy_rejects(line, kept)
        self._book(step, kept, message.slices_total)

    async def _ask_again(self, step: StepRow, listing: Listing | None) -> None:
        """The listing that the digests came from is not what the rows are now: forget them, and ask without."""
        known = listing or Listing(source_id=step.source_id, step=step.step)
        await self._put_listing(msgspec.structs.replace(known, complete_sync_id=None, dirty_sync_id=None))
        sync, configured = self._syncs[step.sync_id], self._sources.get(step.source_id)
        if sync is None or configured is None:
            return
        # Slices of the attempt at hand that still come are of no use: a higher number makes them old.
        begun = await self._begin_attempt(step, step.attempt + 1)
        await issue(self._tx, configured, sync, begun, self._now)
        self._steps[step.sync_id, step.step] = await self._tx.step(step.sync_id, step.step)

    async def _write_rows(self) -> None:
        by_source: dict[str, list[SliceParsed]] = {}
        for message in self._slices:
            by_source.setdefault(message.source_id, []).append(message)
        for source_id, messages in by_source.items():
            for first in range(0, len(messages), limits.SLICES_DECODED_AT_ONCE):
                await self._write_some(source_id, messages[first : first + limits.SLICES_DECODED_AT_ONCE])

    async def _write_some(self, source_id: str, messages: Sequence[SliceParsed]) -> None:
        slices = [decoded(message) for message in messages]
        categories = await self._tx.put_categories(source_id, [rows.categories for rows in slices])
        items = await self._tx.put_items(source_id, [rows.items for rows in slices])
        for rows, of_categories, of_items in zip(slices, categories, items, strict=True):
            others = [await self._put_libraries(rows), await self._put_sections(rows)] if rows.libraries or rows.sections else []
            await self._add_line(rows, [of_categories, of_items, *others])

    async def _put_libraries(self, rows: Rows) -> RowCounts:
        """Store the libraries, and let them become steps."""
        message = rows.message
        sync, configured = self._syncs[message.sync_id], self._sources.get(message.source_id)
        if sync is None or configured is None or not rows.libraries:
            return RowCounts()
        libraries = synced(configured, rows.libraries)
        await reveal(self._tx, configured, sync, libraries, self._now)
        self._put(without_unknown(sync, self._step(message.sync_id, message.step), rows.libraries, libraries))
        return await self._tx.put_revealed_libraries(message.source_id, libraries)

    async def _put_sections(self, rows: Rows) -> RowCounts:
        message = rows.message
        counts, items = await put_sections(self._tx, message.source_id, rows.sections)
        step = with_failures(self._step(message.sync_id, message.step), rows.sections)
        self._put(msgspec.structs.replace(step, section_items=step.section_items + items))
        return counts

    async def _add_line(self, rows: Rows, written: Sequence[RowCounts]) -> None:
        message, line = rows.message, line_of(rows, written)
        step = self._step(message.sync_id, message.step)
        if message.rejects:
            await self._tx.add_rejects(line, message.rejects)
        if line.counts.changed:
            await self._mark_dirty(step)
        self._book(with_last_words(step, message), line, message.slices_total)

    async def _mark_dirty(self, step: StepRow) -> None:
        listing = await self._listing(step.source_id, step.step)
        marked = None if listing is None else dirtied(listing, step)
        if marked is not None and marked != listing:
            await self._put_listing(marked)

    async def _bury_slice(self, dead: DeadLetter, step: StepRow) -> None:
        assert dead.attempt is not None
        if dead.attempt > step.attempt:
            step = await self._begin_attempt(step, dead.attempt)
        line = dead_line(step, dead)
        if (line.page, line.slice) not in self._slots[step.sync_id, step.step]:
            self._book(step, line, dead.slices_total)

    def _book(self, step: StepRow, line: LedgerLine, slices_total: int | None) -> None:
        """Take a line into the ledger and into the step's totals; it is stored when the batch settles."""
        key = (step.sync_id, step.step)
        self._lines.setdefault(key, []).append(line)
        self._slots[key].add((line.page, line.slice))
        self._put(with_slice(step, line.counts, slices_total=slices_total, body_bytes=line.body_bytes, is_dead=line.is_dead))

    async def _listing(self, source_id: str, step: str) -> Listing | None:
        if (source_id, step) not in self._listings:
            self._listings[source_id, step] = await self._tx.listing(source_id, step)
        return self._listings[source_id, step]

    async def _put_listing(self, listing: Listing) -> None:
        self._listings[listing.source_id, listing.step] = listing
        await self._tx.put_listing(listing)

    async def _settle(self) -> None:
        """Store the steps touched, end those that are complete, and end the syncs that are through."""
        await self._tx.add_ledger([line for lines in self._lines.values() for line in lines])
        for key in self._touched:
            step = self._steps[key]
            if step is None or step.status.is_final:
                continue
            if step.step == EPISODES_STEP:
                self._steps[key] = await self._settle_series(step)
                continue
            status, sync = final_step_status(step), self._syncs[key[0]]
            if status is None or sync is None:
                await self._tx.put_steps([step])
            else:
                configured = self._sources.get(step.source_id)
                self._steps[key] = await end_listing(self._tx, configured, sync, step, status, self._now)
        for sync_id in {key[0] for key in self._touched}:
            await self._settle_sync(sync_id)

    async def _settle_series(self, step: StepRow) -> StepRow:
        await self._tx.put_steps([step])
        sync, configured = self._syncs[step.sync_id], self._sources.get(step.source_id)
        if sync is None or configured is None:
            return step
        return await issue_series(self._tx, configured, sync, step, self._now)

    async def _settle_sync(self, sync_id: str) -> None:
        sync = self._syncs[sync_id]
        if sync is None or sync.status.is_final:
            return
        configured = self._sources.get(sync.source_id)
        steps = await skip_refused(self._tx, await self._tx.steps(sync_id), self._now)
        if configured is not None:
            steps = await run_local_steps(self._tx, configured, steps, self._now)
        if sync.status is SyncStatus.PENDING:
            sync = msgspec.structs.replace(sync, status=SyncStatus.SYNCING)
            await self._tx.put_sync(sync)
        closed = await close_if_ended(self._tx, sync, steps, self._now)
        if configured is not None and closed is sync:
            closed = await issue_steps(self._tx, configured, sync, steps, self._now)
        if closed is not sync:
            await ask_for_episodes(self._tx, self._sources, closed)
        self._syncs[sync_id] = closed

    def _put(self, step: StepRow) -> None:
        self._steps[step.sync_id, step.step] = step
        self._touched[step.sync_id, step.step] = None

    def _step(self, sync_id: str, step: str) -> StepRow:
        row = self._steps[sync_id, step]
        assert row is not None
        return row
