"""The items that home sections show: their ids, with stubs made of a hub's own data for what no library has given yet."""

from collections import Counter
from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Final

import msgspec

from actors.store.database import Row
from actors.store.libraries import count_rows, library_id
from actors.store.merging import Key
from actors.store.parents import order_of, parent_ids
from actors.store.session import Session, take_ids
from actors.store.statements import CONTENT, UPDATED, asked
from contracts.catalog import Item, ItemKind

_LEVELS_MAX: Final = 3
"""A stub goes before the parent that only it refers to: a track, its album, its artist."""
_BESIDES: Final = ("id", "source_id", "kind", "is_stub", "library_id", "parent_id", "created_at", "changed_at")
_COLUMNS: Final = (*_BESIDES, *CONTENT)
_content: Final = attrgetter(*CONTENT)
_PUT_STUB: Final = (
    f"INSERT INTO items ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608
    f" ON CONFLICT (id) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in UPDATED)}"
)
# A hash that no row has: the next listing of its library finds the row changed, and writes what the library says of it.
_SET_VIEWED: Final = (
    "UPDATE items SET view_count = ?, view_offset_s = ?, last_viewed_at = ?, row_hash = 0, changed_at = ? WHERE id = ?"
)
_UNUSED: Final = """
SELECT items.id, items.library_id FROM libraries CROSS JOIN items ON items.library_id = libraries.id AND items.is_stub = 1
WHERE libraries.source_id = ?
AND NOT EXISTS (SELECT 1 FROM home_section_items WHERE media_item_id = items.id)
AND NOT EXISTS (SELECT 1 FROM items AS child WHERE child.parent_id = items.id)
AND NOT EXISTS (SELECT 1 FROM item_categories AS place WHERE place.id >= items.id * 256 AND place.id < (items.id + 1) * 256)"""


class _Kept(msgspec.Struct, frozen=True):
    """What the catalogue holds of an item that a hub shows."""

    item_id: int
    is_stub: bool
    row_hash: int
    library_id: int
    viewed: Row
    """View count, offset, time."""


async def item_ids(session: Session, source_id: str, items: Sequence[Item]) -> list[int]:
    """The ids of a hub's items in its order, each once: of two with the same key the first counts.

    What is in no library yet becomes a stub, and a stub gets what the hub says now. A row that a library gave stays as it is but
    for what the user has watched, where the hub tells of it.
    """
    kinds: dict[ItemKind, dict[str, Item]] = {}
    for item in items:
        kinds.setdefault(item.kind, {}).setdefault(item.remote_id, item)
    ids: dict[Key, int] = {}
    for kind in sorted(kinds, key=order_of):
        of_kind = await _of_kind(session, source_id, kind, kinds[kind])
        ids |= {(kind, remote_id): item_id for remote_id, item_id in of_kind.items()}
    return list(dict.fromkeys(ids[item.kind, item.remote_id] for item in items))


async def _of_kind(session: Session, source_id: str, kind: ItemKind, items: Mapping[str, Item]) -> dict[str, int]:
    kept = await _kept(session, source_id, kind, list(items))
    differing = [item for remote_id, item in items.items() if remote_id not in kept or _is_older(kept[remote_id], item)]
    await _watch(session, [(kept[item.remote_id], item) for item in items.values() if item.remote_id in kept])
    new = [item.remote_id for item in differing if item.remote_id not in kept]
    first_id = await take_ids(session, "items", len(new)) if new else 0
    ids = {remote_id: found.item_id for remote_id, found in kept.items()}
    ids |= {remote_id: first_id + number for number, remote_id in enumerate(new)}
    if differing:
        await _put(session, source_id, kind, [(ids[item.remote_id], item, kept.get(item.remote_id)) for item in differing])
    return ids


async def _kept(session: Session, source_id: str, kind: ItemKind, remote_ids: Sequence[str]) -> dict[str, _Kept]:
    kept: dict[str, _Kept] = {}
    for places, ids in asked(remote_ids):
        sql = (
            "SELECT remote_id, id, is_stub, row_hash, library_id, view_count, view_offset_s, last_viewed_at FROM items"  # noqa: S608
            f" WHERE source_id = ? AND kind = ? AND remote_id IN ({places})"
        )
        for row in await session.database.rows(sql, (source_id, kind.value, *ids)):
            kept[row[0]] = _Kept(row[1], bool(row[2]), row[3], row[4], row[5:])
    return kept


def _is_older(kept: _Kept, item: Item) -> bool:
    return kept.is_stub and kept.row_hash != _hash(item)


def _hash(item: Item) -> int:
    """Of a stub that says something: 0 is that of one that is known by its id alone."""
    return item.row_hash or 1


async def _watch(session: Session, pairs: Sequence[tuple[_Kept, Item]]) -> None:
    """Keep what the user has watched since. A hub that tells nothing of it at all changes nothing."""
    told = [(kept, (item.view_count, item.view_offset_s, item.last_viewed_at)) for kept, item in pairs if not kept.is_stub]
    values = [
        (*viewed, session.now_s, kept.item_id)
        for kept, viewed in told
        if viewed != kept.viewed and any(value is not None for value in viewed)
    ]
    await session.database.many(_SET_VIEWED, values)


async def _put(session: Session, source_id: str, kind: ItemKind, placed: Sequence[tuple[int, Item, _Kept | None]]) -> None:
    items = [item for _, item, _ in placed]
    libraries = {name: await library_id(session, source_id, kind, name) for name in {item.library_remote_id for item in items}}
    parents = await parent_ids(session, source_id, kind, items)
    more = Counter(libraries[item.library_remote_id] for item in items)
    more.subtract(kept.library_id for _, _, kept in placed if kept is not None)
    rows = []
    for item_id, item, _ in placed:
        places = (libraries[item.library_remote_id], parents.get(item.parent_remote_id or ""))
        content = _content(msgspec.structs.replace(item, row_hash=_hash(item)))
        rows.append((item_id, source_id, kind.value, 1, *places, session.now_s, session.now_s, *content))
    await session.database.many(_PUT_STUB, rows)
    await count_rows(session, more)


async def drop_unused(session: Session, source_id: str) -> None:
    """Remove stubs that no section shows, no child names and no category holds."""
    for _ in range(_LEVELS_MAX):
        unused = await session.database.rows(_UNUSED, [source_id])
        if not unused:
            return
        for places, ids in asked([item_id for item_id, _ in unused]):
            await session.database.run(f"DELETE FROM items WHERE id IN ({places})", ids)  # noqa: S608
        fewer = Counter[int]()
        fewer.subtract(library for _, library in unused)
        await count_rows(session, fewer)
