"""Writing libraries, and finding their ids, with stubs for those that nobody has listed yet."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from actors.store.records import RowCounts
from actors.store.session import Session
from contracts.catalog import ItemKind, Library

_NO_KIND: Final = ""
"""Kind of the one row of a library that holds nothing we list."""
_PUT: Final = """
INSERT INTO libraries (source_id, remote_id, item_kind, title, is_stub) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (source_id, remote_id, item_kind) DO UPDATE SET title = excluded.title, is_stub = excluded.is_stub"""
_PUT_REVEALED: Final = """
INSERT INTO libraries (source_id, remote_id, item_kind, title, library_type, position, change_mark)
VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (source_id, remote_id, item_kind) DO UPDATE SET
  title = excluded.title, library_type = excluded.library_type, position = excluded.position,
  change_mark = excluded.change_mark, is_stub = 0, missing_since = NULL"""
_RENAME_STUBS: Final = "UPDATE libraries SET title = ? WHERE source_id = ? AND remote_id = ? AND is_stub = 1"


async def put_libraries(session: Session, source_id: str, libraries: Sequence[tuple[str, str, ItemKind]]) -> None:
    """Store (remote id, title, kind); other kinds that the same library holds get its title."""
    rows = [(source_id, remote_id, kind.value, title, 0) for remote_id, title, kind in libraries]
    await session.database.many(_PUT, rows)
    await session.database.many(_RENAME_STUBS, [(title, source_id, remote_id) for remote_id, title, _ in libraries])


class _Kept(msgspec.Struct, frozen=True):
    """What is kept of one kind of a library."""

    title: str
    library_type: str | None
    position: int
    is_stub: bool
    is_missing: bool
    change_mark: str | None


async def put_revealed(session: Session, source_id: str, libraries: Sequence[Library]) -> RowCounts:
    """Store libraries as their server lists them, one row for each kind; what became of them, counted by library.

    A library is changed when its title, type, place or kinds differ; its `change_mark` is kept and changes nothing. Of two with
    the same id the later holds.
    """
    new = changed = 0
    for remote_id, library in {library.remote_id: library for library in libraries}.items():
        kept = await _kept(session, source_id, remote_id)
        if all(_is_as(kept.get(kind), library, with_mark=True) for kind in _kinds(library)):
            continue
        if all(row.is_stub for row in kept.values()):
            new += 1
        elif not all(_is_as(kept.get(kind), library, with_mark=False) for kind in _kinds(library)):
            changed += 1
        await _put(session, source_id, library)
    return RowCounts(new=new, changed=changed, unchanged=len(libraries) - new - changed)


async def _kept(session: Session, source_id: str, remote_id: str) -> dict[str, _Kept]:
    found = await session.database.rows(
        "SELECT item_kind, title, library_type, position, is_stub, missing_since IS NOT NULL, change_mark"
        " FROM libraries WHERE source_id = ? AND remote_id = ?",
        (source_id, remote_id),
    )
    return {row[0]: _Kept(row[1], row[2], row[3], bool(row[4]), bool(row[5]), row[6]) for row in found}


def _kinds(library: Library) -> list[str]:
    return [kind.value for kind in library.item_kinds] or [_NO_KIND]


def _is_as(kept: _Kept | None, library: Library, *, with_mark: bool) -> bool:
    if kept is None or kept.is_stub or kept.is_missing or (with_mark and kept.change_mark != library.change_mark):
        return False
    return (kept.title, kept.library_type, kept.position) == (library.title, library.library_type, library.position)


async def _put(session: Session, source_id: str, library: Library) -> None:
    head = (library.title, library.library_type, library.position, library.change_mark)
    await session.database.many(_PUT_REVEALED, [(source_id, library.remote_id, kind, *head) for kind in _kinds(library)])
    await session.database.run(_RENAME_STUBS, (library.title, source_id, library.remote_id))


async def library_id(session: Session, source_id: str, kind: ItemKind, remote_id: str | None) -> int:
    """The id of the list that a library's items of one kind are in. Items of no library have one too: remote id `''`."""
    key = (source_id, remote_id or "", kind.value)
    known = session.memory.library_ids.get(key)
    if known is None:
        known = await _found_or_made(session, key)
        session.memory.library_ids[key] = known
    return known


async def _found_or_made(session: Session, key: tuple[str, str, str]) -> int:
    sql = "SELECT id FROM libraries WHERE source_id = ? AND remote_id = ? AND item_kind = ?"
    found = await session.database.value(sql, key)
    if found is None:
        title = await session.database.value("SELECT title FROM libraries WHERE source_id = ? AND remote_id = ?", key[:2])
        await session.database.run(_PUT, (*key, title or (f"Library {key[1]}" if key[1] else ""), 1))
        found = await session.database.value(sql, key)
    return int(found)


async def count_rows(session: Session, more: Mapping[int, int]) -> None:
    """Let `item_rows` of each library grow by so much. To be called with every row of `items` that comes, moves or goes."""
    grown = [(count, library) for library, count in more.items() if count]
    await session.database.many("UPDATE libraries SET item_rows = item_rows + ? WHERE id = ?", grown)


async def change_mark(session: Session, source_id: str, remote_id: str) -> str | None:
    """What the server said last; none for a library without one."""
    row = await session.database.row(
        "SELECT change_mark FROM libraries WHERE source_id = ? AND remote_id = ? AND change_mark IS NOT NULL",
        (source_id, remote_id),
    )
    return None if row is None else str(row[0])
