"""Writing items: rows that differ, their places in categories, and the search index, in few statements."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from actors.store import hiding, search_index
from actors.store.categories import category_ids
from actors.store.database import Values
from actors.store.libraries import count_rows, library_id
from actors.store.merging import Key, counted, merged_items
from actors.store.parents import order_of, parent_ids
from actors.store.records import RowCounts
from actors.store.session import Session, take_ids
from actors.store.statements import asked, chunks, compared, comparison, item_upsert, item_values, plain_insert
from contracts.catalog import Item, ItemKind

CATEGORIES_PER_ITEM: Final = 256
"""Ids in item_categories are item id times this plus the place; not below `limits.ITEM_CATEGORIES_MAX`."""
_COMPARISON: Final = comparison("items", "kind", "kept.folded_title, kept.library_id, kept.missing_since IS NOT NULL")


class Kept(msgspec.Struct, frozen=True):
    """What the catalogue holds of an item that is served with other content."""

    item_id: int
    is_stub: bool
    folded_title: str
    library_id: int
    is_hidden: bool


Differing = list[tuple[Item, Kept | None]]
"""Items that are not as they are kept, or not kept at all."""
Placed = list[tuple[int, Item]]
"""Items with their ids."""


async def put_items(session: Session, source_id: str, slices: Sequence[Sequence[Item]]) -> list[RowCounts]:
    """Store what differs by hash, and nothing else; what became of each slice's rows."""
    new: set[Key] = set()
    changed: set[Key] = set()
    kinds = merged_items(slices)
    for kind in sorted(kinds, key=order_of):
        differing = await _differing(session, source_id, kind, kinds[kind])
        if differing:
            await _put_differing(session, source_id, kind, differing)
        for item, kept in differing:
            (new if kept is None or kept.is_stub else changed).add((kind, item.remote_id))
    return counted(slices, lambda item: (item.kind, item.remote_id), new, changed)


async def _differing(session: Session, source_id: str, kind: ItemKind, items: Mapping[str, Item]) -> Differing:
    if not await session.database.rows("SELECT 1 FROM items WHERE source_id = ? AND kind = ? LIMIT 1", (source_id, kind.value)):
        return [(item, None) for item in items.values()]
    differing: Differing = []
    hashes = [(remote_id, item.row_hash) for remote_id, item in items.items()]
    for values in compared(hashes, source_id, kind.value):
        for remote_id, item_id, is_stub, folded_title, library, is_hidden in await session.database.rows(_COMPARISON, values):
            kept = None if item_id is None else Kept(item_id, bool(is_stub), folded_title, library, bool(is_hidden))
            differing.append((items[remote_id], kept))
    return differing


async def _put_differing(session: Session, source_id: str, kind: ItemKind, differing: Differing) -> None:
    names = {item.library_remote_id for item, _ in differing}
    libraries = {name: await library_id(session, source_id, kind, name) for name in names}
    parents = await parent_ids(session, source_id, kind, [item for item, _ in differing])
    new = [item for item, kept in differing if kept is None]
    first_id = await take_ids(session, "items", len(new)) if new else 0
    placed = list(zip(range(first_id, first_id + len(new)), new, strict=True))
    old = [(kept.item_id, item) for item, kept in differing if kept is not None]
    if kind is ItemKind.SHOW:
        await hiding.bring_back_episodes(session, [kept.item_id for _, kept in differing if kept is not None and kept.is_hidden])
    more = Counter[int]()
    for name, library in libraries.items():
        of_library = [pair for pair in (*placed, *old) if len(libraries) == 1 or pair[1].library_remote_id == name]
        more[library] = len(of_library)
        await _write(session, (source_id, kind.value, library, session.now_s), of_library, parents)
    more.subtract(kept.library_id for _, kept in differing if kept is not None)
    await count_rows(session, more)
    await _mark_filled(session, [kept.item_id for _, kept in differing if kept is not None and kept.is_stub])
    await _place(session, source_id, kind, placed, old)
    await search_index.add_new(session, first_id, first_id + len(new))
    await search_index.rewrite(session, [_rewrite(item, kept, libraries) for item, kept in differing if kept is not None])


async def _mark_filled(session: Session, item_ids: Sequence[int]) -> None:
    """Tell when rows came for what had been stubs: by the id that an item would have got now."""
    if not item_ids:
        return
    filled_id = await take_ids(session, "items", 1)
    for places, ids in asked(item_ids):
        sql = f"UPDATE items SET filled_id = ? WHERE id IN ({places})"  # noqa: S608
        await session.database.run(sql, (filled_id, *ids))


def _rewrite(item: Item, kept: Kept, libraries: Mapping[str | None, int]) -> search_index.Rewrite:
    return search_index.Rewrite(
        item_id=kept.item_id,
        before=None if kept.is_stub or kept.is_hidden else (kept.folded_title, kept.library_id),
        after=(item.folded_title, libraries[item.library_remote_id]),
    )


async def _write(session: Session, head: Values, placed: Placed, parents: Mapping[str, int]) -> None:
    columns, values = item_values([item for _, item in placed])
    if parents:
        columns = ("parent_id", *columns)
        values = [(parents.get(item.parent_remote_id or ""), *row) for (_, item), row in zip(placed, values, strict=True)]
    rows = [(item_id, *row) for (item_id, _), row in zip(placed, values, strict=True)]
    for rows_each, runs in chunks(rows, head):
        await session.database.many(item_upsert(columns, rows_each), runs)


async def _place(session: Session, source_id: str, kind: ItemKind, new: Placed, old: Placed) -> None:
    """Put items into their categories; those of `old` replace what they had."""
    if old:
        spans = [(item_id * CATEGORIES_PER_ITEM, (item_id + 1) * CATEGORIES_PER_ITEM) for item_id, _ in old]
        await session.database.many("DELETE FROM item_categories WHERE id >= ? AND id < ?", spans)
    named = {remote_id for pairs in (new, old) for _, item in pairs for remote_id in item.category_remote_ids}
    ids = await category_ids(session, source_id, kind, named)
    rows = [
        (item_id * CATEGORIES_PER_ITEM + place, ids[remote_id])
        for pairs in (new, old)
        for item_id, item in pairs
        for place, remote_id in enumerate(item.category_remote_ids[:CATEGORIES_PER_ITEM])
    ]
    for rows_each, values in chunks(rows):
        await session.database.many(plain_insert("item_categories", ("id", "category_id"), rows_each), values)
