"""Writing home sections: each is replaced as a whole, and only where it differs."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

import msgspec

from actors.store import home_stubs
from actors.store.database import Row
from actors.store.moments import to_text, to_text_or_none
from actors.store.records import SectionRow, SectionWritten
from actors.store.session import Session, take_ids
from contracts import limits
from contracts.catalog import HomeSection
from contracts.messages import ChangedSection

_HEAD: Final = "title, section_type, position, context, style, hub_type, size"
_FIND: Final = f"SELECT id, {_HEAD} FROM home_sections WHERE source_id = ? AND hub_identifier = ?"  # noqa: S608
_INSERT: Final = f"""
INSERT INTO home_sections (id, source_id, hub_identifier, {_HEAD}, last_updated, created_at, updated_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""  # noqa: S608
_UPDATE: Final = """
UPDATE home_sections SET title = ?, section_type = ?, position = ?, context = ?, style = ?, hub_type = ?, size = ?, updated_at = ?
WHERE id = ?"""
_REFRESHED: Final = "UPDATE home_sections SET last_updated = ?, is_stale = 0 WHERE id = ?"
_INSERT_ITEM: Final = "INSERT INTO home_section_items (section_id, media_item_id, position, created_at) VALUES (?, ?, ?, ?)"


class _Kept(msgspec.Struct, frozen=True):
    """A section as it is kept."""

    section_id: int
    head: Row
    items: dict[int, str]
    """Item ids in order, and since when each is in the section."""


async def put_home_section(session: Session, source_id: str, section: HomeSection) -> SectionWritten:
    """Replace the hub of this identifier; one that could not be read keeps what it had, and is stale."""
    if section.failure is not None:
        return await _failed(session, source_id, section.hub_identifier)
    ids = await home_stubs.item_ids(session, source_id, section.items[: limits.SECTION_ITEMS_MAX])
    return await _put(session, source_id, section.hub_identifier, _head(section), ids)


async def put_section(session: Session, source_id: str, row: SectionRow) -> SectionWritten:
    """The same, by the ids of its items."""
    ids = list(dict.fromkeys(row.item_ids))[: limits.SECTION_ITEMS_MAX]
    return await _put(session, source_id, row.hub_identifier, _head(row), ids)


def _head(section: HomeSection | SectionRow) -> Row:
    """In the order of its columns."""
    return (
        section.title,
        section.section_type,
        section.position,
        section.context,
        section.style,
        section.hub_type,
        section.size,
    )


async def _failed(session: Session, source_id: str, identifier: str) -> SectionWritten:
    kept = await _kept(session, source_id, identifier)
    if kept is not None:
        await session.database.run("UPDATE home_sections SET is_stale = 1 WHERE id = ?", [kept.section_id])
    return SectionWritten(is_new=False, is_changed=False, items=len(kept.items) if kept else 0)


async def _put(session: Session, source_id: str, identifier: str, head: Row, item_ids: Sequence[int]) -> SectionWritten:
    kept = await _kept(session, source_id, identifier)
    at = to_text(session.now)
    if kept is None:
        section_id = await take_ids(session, "home_sections", 1)
        await session.database.run(_INSERT, (section_id, source_id, identifier, *head, at, at, at))
        kept = _Kept(section_id, head, {})
        is_new = is_changed = True
    else:
        is_new, is_changed = False, kept.head != head or list(kept.items) != item_ids
        await session.database.run(_REFRESHED, (at, kept.section_id))
    if is_changed and not is_new:
        await session.database.run(_UPDATE, (*head, at, kept.section_id))
    if list(kept.items) != item_ids:
        await _replace_items(session, kept, item_ids, at)
    return SectionWritten(is_new=is_new, is_changed=is_changed, items=len(item_ids))


async def _kept(session: Session, source_id: str, identifier: str) -> _Kept | None:
    row = await session.database.row(_FIND, (source_id, identifier))
    if row is None:
        return None
    sql = "SELECT media_item_id, created_at FROM home_section_items WHERE section_id = ? ORDER BY position"
    return _Kept(row[0], row[1:], dict(await session.database.rows(sql, [row[0]])))


async def _replace_items(session: Session, kept: _Kept, item_ids: Sequence[int], at: str) -> None:
    await session.database.run("DELETE FROM home_section_items WHERE section_id = ?", [kept.section_id])
    rows = [(kept.section_id, item_id, place, kept.items.get(item_id, at)) for place, item_id in enumerate(item_ids)]
    await session.database.many(_INSERT_ITEM, rows)


async def drop_sections(session: Session, source_id: str, keep: Collection[str]) -> list[tuple[str, str]]:
    """(identifier, title) of the sections that are gone, and with them the stubs that nothing shows any more."""
    found = await session.database.rows(
        "SELECT id, hub_identifier, title FROM home_sections WHERE source_id = ? ORDER BY position, id", [source_id]
    )
    gone = [row for row in found if row[1] not in keep]
    await session.database.many("DELETE FROM home_sections WHERE id = ?", [row[:1] for row in gone])
    await home_stubs.drop_unused(session, source_id)
    return [(identifier, title) for _, identifier, title in gone]


async def changed_since(session: Session, source_id: str, since: datetime) -> list[ChangedSection]:
    found = await session.database.rows(
        "SELECT hub_identifier, title, created_at >= ?2 FROM home_sections WHERE source_id = ?1 AND updated_at >= ?2"
        " ORDER BY position, id",
        (source_id, to_text(since)),
    )
    return [
        ChangedSection(hub_identifier=identifier, title=title, change="added" if is_new else "changed")
        for identifier, title, is_new in found
    ]


async def totals(session: Session, source_id: str) -> tuple[int, int]:
    """How many sections, and how many items in them."""
    row = await session.database.row(
        "SELECT count(DISTINCT sections.id), count(items.id) FROM home_sections AS sections"
        " LEFT JOIN home_section_items AS items ON items.section_id = sections.id WHERE sections.source_id = ?",
        [source_id],
    )
    return (row[0], row[1]) if row else (0, 0)


async def mark_stale(session: Session, source_id: str, read_before: datetime | None) -> None:
    """All of them, or those that were last read before a moment."""
    await session.database.run(
        "UPDATE home_sections SET is_stale = 1 WHERE source_id = ?1 AND is_stale = 0 AND (?2 IS NULL OR last_updated < ?2)",
        (source_id, to_text_or_none(read_before)),
    )
