"""Writing categories, and finding their ids, with stubs for those that nobody has listed yet."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final

from actors.store.merging import Key, counted, merged_categories
from actors.store.records import RowCounts
from actors.store.session import Session, take_ids
from actors.store.statements import asked, compared, comparison
from contracts.catalog import Category, ItemKind

_UPSERT: Final = """
INSERT INTO categories (
  id, source_id, item_kind, remote_id, row_hash, title, folded_title, parent_remote_id, position, created_at, changed_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET
  row_hash = excluded.row_hash, title = excluded.title, folded_title = excluded.folded_title,
  parent_remote_id = excluded.parent_remote_id, position = excluded.position, changed_at = excluded.changed_at,
  is_stub = 0, missing_since = NULL"""
_STUB: Final = """
INSERT INTO categories (id, source_id, item_kind, remote_id, row_hash, is_stub, title, folded_title, created_at, changed_at)
VALUES (?, ?, ?, ?, 0, 1, ?, ?, ?, ?)"""


async def put_categories(session: Session, source_id: str, slices: Sequence[Sequence[Category]]) -> list[RowCounts]:
    """Store what differs by hash, and nothing else; what became of each slice's rows."""
    new: set[Key] = set()
    changed: set[Key] = set()
    for kind, categories in merged_categories(slices).items():
        for remote_id, is_new in (await _put_kind(session, source_id, kind, categories)).items():
            (new if is_new else changed).add((kind, remote_id))
    return counted(slices, lambda category: (category.item_kind, category.remote_id), new, changed)


async def _put_kind(session: Session, source_id: str, kind: ItemKind, categories: Mapping[str, Category]) -> dict[str, bool]:
    """Remote ids of those that differ, and whether they are new."""
    kept: dict[str, tuple[int | None, int | None]] = {}
    hashes = [(remote_id, category.row_hash) for remote_id, category in categories.items()]
    for values in compared(hashes, source_id, kind.value):
        for remote_id, category_id, is_stub, _ in await session.database.rows(comparison("categories", "item_kind", "0"), values):
            kept[remote_id] = category_id, is_stub
    new = [remote_id for remote_id, (category_id, _) in kept.items() if category_id is None]
    ids = {remote_id: category_id for remote_id, (category_id, _) in kept.items() if category_id is not None}
    ids |= await _take(session, new)
    rows = [_values(ids[remote_id], source_id, categories[remote_id], session.now_s) for remote_id in kept]
    await session.database.many(_UPSERT, rows)
    _remembered(session, source_id, kind).update(ids)
    return {remote_id: is_stub != 0 for remote_id, (_, is_stub) in kept.items()}


async def _take(session: Session, remote_ids: Sequence[str]) -> dict[str, int]:
    if not remote_ids:
        return {}
    first_id = await take_ids(session, "categories", len(remote_ids))
    return {remote_id: first_id + number for number, remote_id in enumerate(remote_ids)}


def _values(category_id: int, source_id: str, category: Category, now_s: int) -> tuple[object, ...]:
    return (
        category_id,
        source_id,
        category.item_kind.value,
        category.remote_id,
        category.row_hash,
        category.title,
        category.folded_title,
        category.parent_remote_id,
        category.position,
        now_s,
        now_s,
    )


def _remembered(session: Session, source_id: str, kind: ItemKind) -> dict[str, int]:
    return session.memory.category_ids.setdefault((source_id, kind.value), {})


async def category_ids(session: Session, source_id: str, kind: ItemKind, remote_ids: AbstractSet[str]) -> Mapping[str, int]:
    """The ids of all these and perhaps of others. One that nobody has listed yet gets a stub, which keeps its id for ever."""
    known = _remembered(session, source_id, kind)
    unknown = sorted(remote_ids - known.keys())
    for places, values in asked(unknown):
        sql = f"SELECT remote_id, id FROM categories WHERE source_id = ? AND item_kind = ? AND remote_id IN ({places})"  # noqa: S608
        known.update(await session.database.rows(sql, (source_id, kind.value, *values)))
    missing = [remote_id for remote_id in unknown if remote_id not in known]
    stubs = await _take(session, missing)
    if stubs:
        rows = [
            (category_id, source_id, kind.value, remote_id, *_stub_title(remote_id), session.now_s, session.now_s)
            for remote_id, category_id in stubs.items()
        ]
        await session.database.many(_STUB, rows)
        known.update(stubs)
    return known


def _stub_title(remote_id: str) -> tuple[str, str]:
    return f"Category {remote_id}", f"category {remote_id.casefold()}"


async def listed(session: Session, source_id: str, kind: ItemKind) -> list[tuple[str, str]]:
    found = await session.database.rows(
        "SELECT remote_id, title FROM categories WHERE source_id = ? AND item_kind = ? AND is_stub = 0 AND missing_since IS NULL"
        " ORDER BY position, title, remote_id",
        (source_id, kind.value),
    )
    return [(remote_id, title) for remote_id, title in found]
