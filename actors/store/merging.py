"""Rows of several slices made one per key, and what became of each counted slice by slice; pure."""

from collections.abc import Mapping, Sequence
from enum import Enum

import msgspec

from actors.store.records import RowCounts
from contracts import limits
from contracts.catalog import Category, Item, ItemKind

_HASH_BITS = 64


class Fate(Enum):
    """What becomes of a row that differs; one that does not is unchanged."""

    NEW = "new"
    CHANGED = "changed"


Key = tuple[ItemKind, str]
"""Kind and remote id, within one source."""
Fates = Mapping[Key, Fate]


def merged_items(slices: Sequence[Sequence[Item]]) -> dict[ItemKind, dict[str, Item]]:
    """The items by kind and remote id. Of two with the same key the later counts, in the categories of both."""
    kinds: dict[ItemKind, dict[str, Item]] = {}
    for items in slices:
        for item in items:
            of_kind = kinds.get(item.kind)
            if of_kind is None:
                of_kind = kinds[item.kind] = {}
            earlier = of_kind.get(item.remote_id)
            of_kind[item.remote_id] = item if earlier is None else _united(earlier, item)
    return kinds


def merged_categories(slices: Sequence[Sequence[Category]]) -> dict[ItemKind, dict[str, Category]]:
    kinds: dict[ItemKind, dict[str, Category]] = {}
    for categories in slices:
        for category in categories:
            kinds.setdefault(category.item_kind, {})[category.remote_id] = category
    return kinds


def _united(earlier: Item, later: Item) -> Item:
    if earlier.row_hash == later.row_hash:
        return later
    categories = list(dict.fromkeys([*later.category_remote_ids, *earlier.category_remote_ids]))
    # The hash is of both, so that the row changes when one of the two is not served any more.
    return msgspec.structs.replace(
        later,
        category_remote_ids=categories[: limits.ITEM_CATEGORIES_MAX],
        row_hash=_signed(31 * earlier.row_hash + later.row_hash),
    )


def _signed(number: int) -> int:
    number %= 1 << _HASH_BITS
    return number - (1 << _HASH_BITS) if number >> (_HASH_BITS - 1) else number


def counted_items(slices: Sequence[Sequence[Item]], fates: Fates) -> list[RowCounts]:
    """For each slice what became of its rows. A key that comes again is unchanged."""
    left = dict(fates)
    return [_counted([(item.kind, item.remote_id) for item in items] if left else [], left, len(items)) for items in slices]


def counted_categories(slices: Sequence[Sequence[Category]], fates: Fates) -> list[RowCounts]:
    left = dict(fates)
    return [_counted([(row.item_kind, row.remote_id) for row in rows] if left else [], left, len(rows)) for rows in slices]


def _counted(keys: Sequence[Key], left: dict[Key, Fate], rows: int) -> RowCounts:
    mine = [left.pop(key, None) for key in keys]
    new, changed = mine.count(Fate.NEW), mine.count(Fate.CHANGED)
    return RowCounts(new=new, changed=changed, unchanged=rows - new - changed)
