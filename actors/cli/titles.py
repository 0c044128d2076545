"""How one item is called, and how far its source's user has come with it; pure."""

from collections.abc import Mapping
from typing import Any

import msgspec

from actors.cli.wording import clean, duration
from contracts.catalog import ItemKind
from contracts.messages import CatalogueItem

_OF_A_WHOLE = (ItemKind.SEASON, ItemKind.ALBUM, ItemKind.TRACK)


def title_of(item: CatalogueItem) -> str:
    """`Flash Gordon S01E02 The Tunnel of Terror`, `Nosferatu`, `The Planets: Mars`."""
    if item.kind is ItemKind.EPISODE:
        parts = (_show_of(item), episode_code(item), item.title)
        return clean(" ".join(part for part in parts if part))
    if item.kind in _OF_A_WHOLE and item.parent_title:
        return clean(f"{item.parent_title}: {item.title}")
    return clean(item.title)


def episode_code(item: CatalogueItem) -> str:
    """`S01E02`, or the half of it that is known."""
    season = f"S{item.parent_index:02d}" if item.parent_index is not None else ""
    return season + (f"E{item.index_number:02d}" if item.index_number is not None else "")


def _show_of(item: CatalogueItem) -> str:
    if item.parent_title:
        return item.parent_title
    named = details_of(item).get("show")
    return named if isinstance(named, str) else ""


def seen(item: CatalogueItem) -> str:
    """`42 %` of what is in progress, `seen`, `seen 3×`, `3 of 12 seen` of a show; empty for what was not seen."""
    if item.view_offset_s:
        share = item.view_offset_s / item.duration_s if item.duration_s else None
        return f"at {duration(item.view_offset_s)}" if share is None else f"{min(99, max(1, round(100 * share)))} %"
    if item.kind in (ItemKind.SHOW, ItemKind.SEASON) and (of_all := _episodes_seen(item)):
        return of_all
    if item.view_count:
        return "seen" if item.view_count == 1 else f"seen {item.view_count}×"
    return ""


def _episodes_seen(item: CatalogueItem) -> str:
    known = details_of(item)
    episodes, viewed = known.get("episodes"), known.get("episodes_viewed")
    if not (type(episodes) is int and type(viewed) is int and viewed > 0):
        return ""
    return "seen" if viewed >= episodes else f"{viewed} of {episodes} seen"


def details_of(item: CatalogueItem) -> Mapping[str, Any]:
    """What its source said beyond the columns; empty for what cannot be read."""
    try:
        found = msgspec.json.decode(item.details)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
