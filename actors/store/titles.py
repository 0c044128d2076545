"""Items that are the same title in several places, brought together; pure."""

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from contracts.catalog import ItemKind
from contracts.messages import CatalogueItem, FoundPlace, FoundTitle

_PARTS: Final = (ItemKind.SEASON, ItemKind.EPISODE, ItemKind.ALBUM, ItemKind.TRACK)
"""What is named within its parent: every show has a first season."""

Match = tuple[CatalogueItem, str]
"""An item and its folded title."""
_Key = tuple[object, ...]


class _Details(msgspec.Struct, frozen=True):
    external_ids: dict[str, str | int] = {}


_details: Final = msgspec.json.Decoder(_Details)


def grouped(matches: Sequence[Match]) -> list[FoundTitle]:
    """Titles in the order of their best match: items of one kind that share an external id, or the folded title and the year.

    Parts of something (episodes, tracks) must also have the same place in it, as some servers give the id of the whole to each.
    """
    leaders = list(range(len(matches)))
    first_of: dict[_Key, int] = {}
    for place, (item, folded_title) in enumerate(matches):
        for key in _keys(item, folded_title):
            one, other = _leader(leaders, first_of.setdefault(key, place)), _leader(leaders, place)
            leaders[max(one, other)] = min(one, other)
    groups: dict[int, list[CatalogueItem]] = {}
    for place, (item, _) in enumerate(matches):
        groups.setdefault(_leader(leaders, place), []).append(item)
    return [_title(items) for items in groups.values()]


def _leader(leaders: Sequence[int], place: int) -> int:
    """The first item of the group that this one is in."""
    while leaders[place] != place:
        place = leaders[place]
    return place


def _keys(item: CatalogueItem, folded_title: str) -> Iterator[_Key]:
    is_part = item.kind in _PARTS
    within = (item.parent_index, item.index_number) if is_part else ()
    parent = (item.parent_title or item.parent_id,) if is_part else ()
    yield item.kind, "", _without_year(item, folded_title), item.year, *parent, *within
    for name, value in _external_ids(item).items():
        yield item.kind, name, str(value), *within


def _without_year(item: CatalogueItem, folded_title: str) -> str:
    """Providers write the year behind a title in brackets, where other servers have it by itself."""
    if item.year is None or not item.title.rstrip().endswith((f"({item.year})", f"[{item.year}]")):
        return folded_title
    return folded_title.rstrip("()[] ").removesuffix(str(item.year)).rstrip("()[] ")


def _external_ids(item: CatalogueItem) -> dict[str, str | int]:
    try:
        return _details.decode(item.details).external_ids
    except (ValueError, RecursionError):
        return {}


def _title(items: Sequence[CatalogueItem]) -> FoundTitle:
    return FoundTitle(
        title=items[0].title,
        kind=items[0].kind,
        year=next((item.year for item in items if item.year is not None), None),
        places=[FoundPlace(source_id=item.source_id, library=item.library, item=item) for item in items],
    )
