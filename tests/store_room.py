"""Rows and files for the tests of the store."""

import hashlib
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from actors.store import HomeSectionShown, Reader, Scope, Store
from actors.store.records import LedgerLine, RowCounts, SectionWritten, SourceRow, StepRow, SyncRow
from contracts.catalog import Category, HomeSection, Item, ItemKind, Mode, Part, SourceKind, StepStatus, SyncStatus
from contracts.messages import Counts, DeadLetter

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
LATER = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


SECTION_ITEMS = """
SELECT sections.hub_identifier, items.remote_id FROM home_section_items AS places
JOIN home_sections AS sections ON sections.id = places.section_id JOIN items ON items.id = places.media_item_id
ORDER BY sections.id, places.position"""
"""Hubs, and the remote ids of what each shows, in order."""


def hash_of(*content: object) -> int:
    return int.from_bytes(hashlib.blake2b(repr(content).encode(), digest_size=8).digest(), signed=True)


def movie(remote_id: str, title: str = "A Trip to the Moon", **fields: Any) -> Item:
    fields.setdefault("kind", ItemKind.MOVIE)
    fields.setdefault("library_remote_id", "movies")
    fields.setdefault("folded_title", title.lower())
    fields.setdefault("row_hash", hash_of(remote_id, title, sorted(fields.items(), key=str)))
    return Item(remote_id=remote_id, title=title, **fields)


def channel(remote_id: str, title: str = "News", **fields: Any) -> Item:
    return movie(remote_id, title, kind=ItemKind.CHANNEL, library_remote_id="channels", **fields)


def category(remote_id: str, title: str, item_kind: ItemKind = ItemKind.MOVIE, **fields: Any) -> Category:
    return Category(
        remote_id=remote_id,
        item_kind=item_kind,
        row_hash=hash_of(remote_id, title),
        title=title,
        folded_title=title.lower(),
        **fields,
    )


def show(remote_id: str, title: str = "The Show", **fields: Any) -> Item:
    fields.setdefault("library_remote_id", "2")
    return movie(remote_id, title, kind=ItemKind.SHOW, **fields)


def season(remote_id: str, number: int | None, of: str = "s", **fields: Any) -> Item:
    fields.setdefault("library_remote_id", "2")
    return movie(remote_id, f"Season {number}", kind=ItemKind.SEASON, parent_remote_id=of, index_number=number, **fields)


def episode(
    remote_id: str, title: str = "Pilot", *, of: str = "s", at: tuple[int | None, int | None] = (1, 1), **fields: Any
) -> Item:
    fields.setdefault("library_remote_id", "2")
    return movie(remote_id, title, kind=ItemKind.EPISODE, parent_remote_id=of, parent_index=at[0], index_number=at[1], **fields)


def section(identifier: str, *items: Item, **fields: Any) -> HomeSection:
    fields.setdefault("title", identifier.capitalize())
    fields.setdefault("section_type", "recently_added")
    fields.setdefault("position", 0)
    return HomeSection(hub_identifier=identifier, items=list(items), **fields)


async def put_sections(store: Store, *sections: HomeSection, source_id: str = "plex") -> list[SectionWritten]:
    async with store.transaction() as tx:
        return [await tx.put_home_section(source_id, one) for one in sections]


async def home_of(path: Path, source: str | None = None, limit: int = 50) -> list[HomeSectionShown]:
    async with Reader.open(path) as reader:
        return await reader.home(source, limit)


def shown(sections: list[HomeSectionShown]) -> list[tuple[str, list[str]]]:
    return [(one.hub_identifier, [item.remote_id for item in one.items]) for one in sections]


@asynccontextmanager
async def opened(path: Path, now: datetime = NOW) -> AsyncIterator[Store]:
    async with Store.open(path, clock=lambda: now) as store:
        yield store


async def put_items(store: Store, *slices: Sequence[Item], source_id: str = "iptv") -> list[RowCounts]:
    async with store.transaction() as tx:
        return await tx.put_items(source_id, slices)


async def put_categories(store: Store, *slices: Sequence[Category], source_id: str = "iptv") -> list[RowCounts]:
    async with store.transaction() as tx:
        return await tx.put_categories(source_id, slices)


def asked(path: Path, sql: str, *values: object) -> list[Any]:
    """What the file holds, past our own code."""
    connection = sqlite3.connect(path)
    try:
        return connection.execute(sql, values).fetchall()
    finally:
        connection.close()


def told(path: Path, *statements: str) -> None:
    """Change the file past our own code."""
    connection = sqlite3.connect(path)
    try:
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    finally:
        connection.close()


def source(source_id: str = "iptv", title: str = "Home") -> SourceRow:
    return SourceRow(source_id=source_id, kind=SourceKind.XTREAM, title=title)


def sync(sync_id: str = "a" * 16, source_id: str = "iptv", status: SyncStatus = SyncStatus.SYNCING, **fields: Any) -> SyncRow:
    fields.setdefault("request_id", f"request of {sync_id}")
    fields.setdefault("started_at", NOW)
    fields.setdefault("parts", (Part.CATALOGUE,))
    fields.setdefault("mode", Mode.FULL)
    return SyncRow(
        sync_id=sync_id,
        source_id=source_id,
        status=status,
        requested_ns=1_700_000_000_000_000_123,
        requested_at=NOW,
        **fields,
    )


def step(name: str = "movies", sync_id: str = "a" * 16, **fields: Any) -> StepRow:
    fields.setdefault("position", 0)
    fields.setdefault("status", StepStatus.RUNNING)
    return StepRow(sync_id=sync_id, source_id="iptv", step=name, title=name.capitalize(), **fields)


def line(number: int, sync_id: str = "a" * 16, name: str = "movies", **fields: Any) -> LedgerLine:
    fields.setdefault("attempt", 1)
    fields.setdefault("digest", bytes([number]) * 16)
    fields.setdefault("counts", Counts(new=2))
    fields.setdefault("remote_ids", [f"{number}a", f"{number}b"])
    return LedgerLine(sync_id=sync_id, source_id="iptv", step=name, page=0, slice=number, **fields)


def dead_letter(message_id: str = "m-1", **fields: Any) -> DeadLetter:
    fields.setdefault("reason", "bad_message: not a message")
    return DeadLetter(
        actor="parser", subject="playbill.work.parse.iptv", message_id=message_id, body=b"\x00body", at=NOW, **fields
    )


async def serve(store: Store, name: str, remote_ids: Sequence[str], sync_id: str = "a" * 16, attempt: int = 1) -> None:
    """Let a step have served these, in slices of a few hundred."""
    ids = list(remote_ids)
    slices = [ids[first : first + 600] for first in range(0, len(ids), 600)] or [[]]
    async with store.transaction() as tx:
        await tx.drop_ledger(sync_id, name)
        await tx.add_ledger(
            [line(number % 256, sync_id, name, remote_ids=of_slice, attempt=attempt) for number, of_slice in enumerate(slices)]
        )


async def hide(store: Store, scope: Scope, *ids: int, at: datetime = NOW) -> int:
    async with store.transaction() as tx:
        return await tx.hide(scope, ids, at)


SHOWN = "SELECT id FROM items WHERE is_stub = 0 AND missing_since IS NULL"


def check_search(path: Path) -> None:
    """The search index holds what is shown, in its words and of its library, and nothing else."""
    told(path, "INSERT INTO items_search (items_search) VALUES ('integrity-check')")
    words: dict[str, set[int]] = {}
    for item_id, folded_title, library in asked(path, "SELECT id, folded_title, library_id FROM items"):
        is_shown = (item_id,) in asked(path, f"{SHOWN} AND id = ?", item_id)
        for word in (*folded_title.split(), f"\ue000{library}"):
            words.setdefault(word, set()).update({item_id} if is_shown else ())
    for word, ids in words.items():
        found = asked(path, "SELECT rowid FROM items_search WHERE items_search MATCH ?", f'"{word}"')
        assert sorted(row[0] for row in found) == sorted(ids), word


def check_sound(path: Path) -> None:
    """What is kept twice agrees, and nothing names a row that is not there."""
    check_item_rows(path)
    check_search(path)
    nowhere = "SELECT count(*) FROM item_categories WHERE id / 256 NOT IN (SELECT id FROM items)"
    assert asked(path, f"{nowhere} OR category_id NOT IN (SELECT id FROM categories)") == [(0,)]
    assert asked(path, "SELECT count(*) FROM items WHERE parent_id NOT IN (SELECT id FROM items)") == [(0,)]
    assert asked(path, "SELECT count(*) FROM items WHERE library_id NOT IN (SELECT id FROM libraries)") == [(0,)]
    assert asked(path, "PRAGMA foreign_key_check") == []
    assert asked(path, "PRAGMA integrity_check") == [("ok",)]


def check_item_rows(path: Path) -> None:
    """The counts that are kept are those of the rows."""
    counted = asked(
        path, "SELECT libraries.id, count(items.id) FROM libraries LEFT JOIN items ON library_id = libraries.id GROUP BY 1"
    )
    assert asked(path, "SELECT id, item_rows FROM libraries ORDER BY id") == counted
