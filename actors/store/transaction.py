"""Everything that the writer can do inside one transaction."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from actors.store import catalogue, categories, home, ledger, listing_indexes, outbox, selections, setbacks, syncs
from actors.store import libraries as library_rows
from actors.store.departures import Departures
from actors.store.episodes import Episodes
from actors.store.records import (
    LedgerLine,
    Listing,
    OutboxRow,
    RowCounts,
    SectionRow,
    SectionWritten,
    SourceRow,
    StepRow,
    SyncRow,
)
from actors.store.session import peek_id
from actors.store.setbacks import Setback
from contracts import codec
from contracts.catalog import Category, HomeSection, Item, ItemKind, Library, Reject
from contracts.messages import ChangedSection, DeadLetter, Message


class Transaction(Departures, Episodes):
    """Each method reads or writes at once; all of it is committed together, or nothing. Not to be used after its `async with`.

    Every method raises StoreUnavailable when the disk or a lock is in the way, and StoreCorrupt when the file is damaged.
    """

    # --- What was lost

    async def setback(self) -> Setback | None:
        """The last time that commits were lost."""
        return await setbacks.setback(self._session.database)

    async def setback_asked(self) -> None:
        """The sources have been asked again for what was lost."""
        await setbacks.asked(self._session)

    # --- Sources and libraries

    async def put_sources(self, sources: Sequence[SourceRow]) -> None:
        """Store kind and title; `last_synced_at` and `server` stay, and so do sources that are not named."""
        await syncs.put_sources(self._session, sources)

    async def source(self, source_id: str) -> SourceRow | None:
        return await syncs.source(self._session, source_id)

    async def set_server(self, source_id: str, server: Mapping[str, str | int | bool | None]) -> None:
        await syncs.set_server(self._session, source_id, server)

    async def set_source_synced(self, source_id: str, at: datetime) -> None:
        """A sync ended well. The first that does so also makes the indexes that lists are read by."""
        await syncs.set_source_synced(self._session, source_id, at)
        await listing_indexes.make_when_due(self._session)

    async def put_libraries(self, source_id: str, libraries: Sequence[tuple[str, str, ItemKind]]) -> None:
        """Store (remote id, title, kind of its items)."""
        await library_rows.put_libraries(self._session, source_id, libraries)

    async def change_mark(self, source_id: str, library_remote_id: str) -> str | None:
        """The library's own mark of change as the server last said it."""
        return await library_rows.change_mark(self._session, source_id, library_remote_id)

    async def put_revealed_libraries(self, source_id: str, libraries: Sequence[Library]) -> RowCounts:
        """What became of them, each counted once. One whose title, type, place or kinds differ is changed; a stub is new."""
        return await library_rows.put_revealed(self._session, source_id, libraries)

    # --- Syncs and steps

    async def sync(self, sync_id: str) -> SyncRow | None:
        return await syncs.sync(self._session, sync_id)

    async def syncs_unfinished(self, source_id: str | None = None) -> list[SyncRow]:
        """Pending and syncing ones, of one source or of all, the oldest request first."""
        return await syncs.syncs_unfinished(self._session, source_id)

    async def syncs_last(self) -> list[SyncRow]:
        """Unfinished ones, and the last of each source and set of parts, the oldest request first."""
        return await syncs.syncs_last(self._session)

    async def put_sync(self, row: SyncRow) -> None:
        """Insert the row, or replace the one of the same sync id."""
        await syncs.put_sync(self._session, row)

    async def put_steps(self, rows: Sequence[StepRow]) -> None:
        """Insert the rows, or replace those of the same sync and step. Their sync must be stored."""
        await syncs.put_steps(self._session, rows)

    async def steps(self, sync_id: str) -> list[StepRow]:
        """By position."""
        return await syncs.steps(self._session, sync_id)

    async def step(self, sync_id: str, step: str) -> StepRow | None:
        return await syncs.step(self._session, sync_id, step)

    async def next_item_id(self) -> int:
        """The first item id that is free; every item stored from here on has this one or a higher one."""
        return await peek_id(self._session, "items")

    # --- The ledger

    async def ledger_slices(self, sync_id: str, step: str) -> set[tuple[int, int]]:
        """(page, slice) of the lines of the step's highest attempt."""
        return await ledger.slices(self._session, sync_id, step)

    async def add_ledger(self, lines: Sequence[LedgerLine]) -> None:
        """A line of the same place is replaced, unless it is of a higher attempt."""
        await ledger.add(self._session, lines)

    async def drop_ledger(self, sync_id: str, step: str) -> None:
        """Forget what earlier attempts brought in: lines and rejects."""
        await ledger.drop(self._session, sync_id, step)

    async def revive_slice(self, sync_id: str, step: str, attempt: int, place: tuple[int, int]) -> bool:
        """Forget that the slice at (page, slice) of an attempt is dead, so that it may come; whether it was."""
        return await ledger.revive(self._session, sync_id, step, attempt, place)

    async def remote_ids(self, sync_id: str, step: str) -> list[str]:
        """What the step served, in the listing's order."""
        return await ledger.remote_ids(self._session, sync_id, step)

    # --- Listings

    async def listing(self, source_id: str, step: str) -> Listing | None:
        return await ledger.listing(self._session, source_id, step)

    async def put_listing(self, row: Listing) -> None:
        await ledger.put_listing(self._session, row)

    async def count_library_listings(self, source_id: str) -> int:
        """How many steps of revealed libraries (`movies.1`) the source was ever listed by."""
        return await syncs.count_library_listings(self._session, source_id)

    async def known_digests(self, source_id: str, step: str) -> list[bytes]:
        """Digests of the last complete listing's slices, in its order."""
        return await ledger.known_digests(self._session, source_id, step)

    async def known_line(self, source_id: str, step: str, digest: bytes) -> LedgerLine | None:
        """The line of the last complete listing with this digest."""
        return await ledger.known_line(self._session, source_id, step, digest)

    async def add_rejects(self, line: LedgerLine, rejects: Sequence[Reject]) -> None:
        """Keep the rejects of the line's slice, up to `limits.REJECTS_PER_STEP_MAX` for its step."""
        await ledger.add_rejects(self._session, line, rejects)

    async def copy_rejects(self, from_line: LedgerLine, to_line: LedgerLine) -> None:
        """Keep the rejects of an unchanged slice for the new sync too."""
        await ledger.copy_rejects(self._session, from_line, to_line)

    async def prune(self, source_id: str, sync_id: str) -> None:
        """Let go of the source's history that nothing needs any more, now that this sync has ended."""
        await ledger.prune(self._session, source_id, sync_id)

    # --- The catalogue

    async def put_categories(self, source_id: str, slices: Sequence[Sequence[Category]]) -> list[RowCounts]:
        """What became of each slice's rows. Those of the same hash are not touched; a stub that is filled counts as new."""
        return await categories.put_categories(self._session, source_id, slices)

    async def put_items(self, source_id: str, slices: Sequence[Sequence[Item]]) -> list[RowCounts]:
        """What became of each slice's rows; as `put_categories`.

        What is not known yet gets a stub that keeps its id. Of two rows with one key the later counts, in the categories of both.
        """
        return await catalogue.put_items(self._session, source_id, slices)

    async def categories(self, source_id: str, item_kind: ItemKind) -> list[tuple[str, str]]:
        """(remote id, title) of every category that the source has listed, in its order."""
        return await categories.listed(self._session, source_id, item_kind)

    async def count_new_items(self, source_id: str, first_item_id: int) -> dict[ItemKind, int]:
        """How many items of the source came since this id was the next, by kind; stubs are none until they are filled."""
        next_item_id = await peek_id(self._session, "items")
        return await syncs.count_new_items(self._session, source_id, first_item_id, next_item_id)

    async def new_item_ids(self, source_id: str, first_item_id: int, limit: int) -> list[int]:
        """The first ids of the same items."""
        return await syncs.new_item_ids(self._session, source_id, first_item_id, limit)

    # --- Home sections

    async def put_home_section(self, source_id: str, section: HomeSection) -> SectionWritten:
        """Replace the section of this identifier, with its items in order; equal ones are not rewritten.

        Items that the catalogue does not hold become stubs of the hub's data, which their library's row fills under the same id.
        Of two equal items the first counts. A section with a `failure` keeps what it had, and is stale.
        """
        return await home.put_home_section(self._session, source_id, section)

    async def put_section(self, source_id: str, row: SectionRow) -> SectionWritten:
        """The same for a section of items that are in the catalogue, by their ids."""
        return await home.put_section(self._session, source_id, row)

    async def drop_home_sections(self, source_id: str, keep: Collection[str]) -> list[tuple[str, str]]:
        """Remove all other sections, and stubs that nothing refers to any more; (identifier, title) of each section."""
        return await home.drop_sections(self._session, source_id, keep)

    async def mark_home_stale(self, source_id: str, *, read_before: datetime | None = None) -> None:
        """The sections that were last read before a moment, or all."""
        await home.mark_stale(self._session, source_id, read_before)

    async def home_sections_changed(self, source_id: str, since: datetime) -> list[ChangedSection]:
        """Sections that were added since then, or whose head or items differ from what they were, by their place."""
        return await home.changed_since(self._session, source_id, since)

    async def home_totals(self, source_id: str) -> tuple[int, int]:
        """How many sections the source has, and how many items in them."""
        return await home.totals(self._session, source_id)

    async def recent_item_ids(self, source_id: str, kind: ItemKind, limit: int) -> list[int]:
        """The latest added first; items without a date, or with one that is to come, are none of them."""
        return await selections.recent_item_ids(self._session, source_id, kind, limit)

    async def top_rated_item_ids(self, source_id: str, kind: ItemKind, limit: int) -> list[int]:
        """The best rated first; a rating of 0 is none."""
        return await selections.top_rated_item_ids(self._session, source_id, kind, limit)

    async def largest_categories(self, source_id: str, kind: ItemKind, limit: int) -> list[tuple[str, str]]:
        """(remote id, title) of the categories that show the most items, the largest first."""
        return await selections.largest_categories(self._session, source_id, kind, limit)

    async def category_item_ids(self, source_id: str, kind: ItemKind, remote_id: str, limit: int) -> list[int]:
        """Items of a category, the latest added first and those without a date last."""
        return await selections.category_item_ids(self._session, source_id, kind, remote_id, limit)

    # --- The outbox and the dead letters

    async def add_outbox(self, messages: Sequence[Message]) -> list[OutboxRow]:
        """Store messages to be published after the commit, in this order. Raises MessageTooLarge."""
        return await outbox.add(self._session, messages)

    async def add_outbox_to(self, subject: str, message: Message) -> list[OutboxRow]:
        """Store a message whose subject it does not name itself: a request."""
        return await outbox.add_bytes(self._session, [(subject, codec.message_id(message), codec.encode(message))])

    async def add_outbox_bytes(self, subject: str, message_id: str, body: bytes) -> list[OutboxRow]:
        """Store a message that is encoded already, to be said under this id."""
        return await outbox.add_bytes(self._session, [(subject, message_id, body)])

    async def outbox(self, limit: int, *, after_id: int = 0) -> list[OutboxRow]:
        """The messages that wait behind one, the oldest first."""
        return await outbox.waiting(self._session, limit, after_id)

    async def outbox_sent(self, ids: Sequence[int]) -> None:
        """The bus has them."""
        await outbox.sent(self._session, ids)

    async def outbox_count(self) -> int:
        return await outbox.count(self._session)

    async def add_dead_letter(self, dead: DeadLetter) -> int:
        """Its id; a redelivered one has the id it had. Beyond `limits.DEAD_LETTERS_MAX` the oldest go."""
        return await outbox.add_dead_letter(self._session, dead)

    async def dead_letters_of(self, ids: Sequence[int]) -> list[tuple[int, DeadLetter]]:
        """Those of them that are there, by id, with their bodies."""
        return await outbox.dead_letters_of(self._session, ids)

    async def drop_dead_letters(self, ids: Sequence[int]) -> int:
        """How many of them there were."""
        return await outbox.drop_dead_letters(self._session, ids)
