"""Rows of several slices made one per key, and what became of each counted slice by slice; pure."""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from typing import TypeVar

import msgspec

from actors.store.records import RowCounts
from contracts import limits
from contracts.catalog import Category, Item, ItemKind

_HASH_BITS = 64
Key = tuple[ItemKind, str]
"""Kind and remote id, within one source."""
Row = TypeVar("Row")


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


def counted(
    slices: Sequence[Sequence[Row]], key: Callable[[Row], Key], new: AbstractSet[Key], changed: AbstractSet[Key]
) -> list[RowCounts]:
    """For each slice what became of its rows. A key that comes again is unchanged."""
    if not changed and len(new) in (0, sum(map(len, slices))):
        return [RowCounts(new=len(rows)) if new else RowCounts(unchanged=len(rows)) for rows in slices]
    seen: set[Key] = set()
    return [_counted([key(row) for row in rows], new, changed, seen) for rows in slices]


def _counted(keys: Sequence[Key], new: AbstractSet[Key], changed: AbstractSet[Key], seen: set[Key]) -> RowCounts:
    first = set(keys) - seen
    seen |= first
    of_new, of_changed = len(first & new), len(first & changed)
    return RowCounts(new=of_new, changed=of_changed, unchanged=len(keys) - of_new - of_changed)
