"""The listings of a stand-in Plex server's libraries, whole: which entries a request asks for; pure."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from actors.demo.plex_hubs import on_deck, recently_added
from actors.demo.plex_item import LEVELS, PLURALS, TYPE_NUMBERS, Item
from actors.demo.plex_library import Collection, PlexLibrary, Section
from actors.demo.plex_listing import listed
from actors.demo.plex_paging import Found
from actors.demo.plex_switches import PlexSwitches

_KINDS: Final = {str(number): kind for kind, number in TYPE_NUMBERS.items()}
_SORTS: Final = (
    ("titleSort", "Title"),
    ("addedAt", "Date Added"),
    ("updatedAt", "Date Updated"),
    ("lastViewedAt", "Date Viewed"),
)


class BadRequest(Exception):
    """The server answers 400."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it is answered."""

    path: str
    params: Mapping[str, str]
    switches: PlexSwitches


def listing_kind(found: re.Match[str], library: PlexLibrary, params: Mapping[str, str]) -> str:
    section = next((section for section in library.sections if section.key == found[1]), None)
    levels = LEVELS[section.type] if section else ()
    kind = _KINDS.get(params.get("type", ""), levels[0] if levels else "collection")
    return f"{PLURALS[kind]}.{found[1]}"


def listing(library: PlexLibrary, wanted: Wanted, key: str) -> Found | None:
    section = section_at(library, key)
    if section is None:
        return None
    levels = LEVELS[section.type]
    kind = _KINDS.get(wanted.params.get("type", ""), levels[0] if levels else "photo")
    if kind == "collection":
        return collection_rows(library, wanted, key)
    return _listed(library, wanted, section, kind)


def all_leaves(library: PlexLibrary, wanted: Wanted, key: str) -> Found | None:
    section = section_at(library, key)
    if section is None:
        return None
    return _listed(library, wanted, section, next(reversed(LEVELS[section.type]), "photo"))


def _listed(library: PlexLibrary, wanted: Wanted, section: Section, kind: str) -> Found:
    params = {name: value for name, value in wanted.params.items() if name != "sort" or not wanted.switches.ignore_sort}
    keys = listed(library, section.key, kind, params, filtered=not wanted.switches.ignore_filters)
    meta = {"Meta": _meta(section)} if wanted.params.get("includeMeta") == "1" else {}
    found = rows(library, wanted, keys, in_section=True)
    return msgspec.structs.replace(found, container={**of_section(section), **meta})


def _meta(section: Section) -> Item:
    """What a library can be sorted and filtered by; a client asks before it does."""
    sorts = [{"key": key, "descKey": f"{key}:desc", "title": title, "defaultDirection": "asc"} for key, title in _SORTS]
    types = [
        {"key": f"/library/sections/{section.key}/all?type={TYPE_NUMBERS[kind]}", "type": kind, "title": kind, "Sort": sorts}
        for kind in LEVELS[section.type]
    ]
    operators = [{"key": key, "title": key} for key in ("=", "!=", ">>=", "<<=")]
    return {"Type": types, "FieldType": [{"type": name, "Operator": operators} for name in ("integer", "string", "tag", "date")]}


def collection_rows(library: PlexLibrary, wanted: Wanted, key: str) -> Found | None:
    if section_at(library, key) is None:
        return None
    rows = [row for row in library.collections if row.section == key]
    return Found(places=rows, entry=_collection_row)


def _collection_row(row: Collection) -> Item:
    return {
        "ratingKey": str(row.key),
        "key": f"/library/collections/{row.key}/children",
        "guid": f"collection://{row.key}",
        "type": "collection",
        "title": row.title,
        "subtype": "movie",
        "summary": "",
        "childCount": len(row.items),
        "addedAt": 1_577_836_800,
    }


def items(library: PlexLibrary, wanted: Wanted, keys: str) -> Found | None:
    """The found ones of several items, and nothing at all only if none is there."""
    there = [int(key) for key in keys.split(",") if key.isdecimal() and library.item(int(key)) is not None]
    collections = [row for row in library.collections if str(row.key) in keys.split(",")]
    if collections:
        return Found(places=collections, entry=_collection_row)
    detailed = msgspec.structs.replace(wanted, params={**wanted.params, "includeGuids": "1"})
    return rows(library, detailed, there) if there else None


def children(library: PlexLibrary, wanted: Wanted, key: str) -> Found | None:
    item = library.item(int(key)) if key.isdecimal() else None
    if item is None:
        return None
    container: Item = {"key": key, "parentTitle": item["title"], "librarySectionID": item["librarySectionID"]}
    if item["type"] == "show" and wanted.params.get("excludeAllLeaves") != "1":
        whole = {"key": f"/library/metadata/{key}/allLeaves", "title": "All episodes", "leafCount": item["leafCount"]}
        container["Directory"] = [whole]
    return msgspec.structs.replace(rows(library, wanted, library.children(int(key))), container=container)


def leaves(library: PlexLibrary, wanted: Wanted, key: str) -> Found | None:
    item = library.item(int(key)) if key.isdecimal() else None
    return None if item is None else rows(library, wanted, library.leaves(int(key)))


def on_deck_rows(library: PlexLibrary, wanted: Wanted, key: str | None = None) -> Found:
    return rows(library, wanted, on_deck(library, None if key is None else [key]))


def recent_rows(library: PlexLibrary, wanted: Wanted, key: str | None = None) -> Found:
    chosen = [section.key for section in library.sections] if key is None else [key]
    return rows(library, wanted, recently_added(library, chosen))


def rows(library: PlexLibrary, wanted: Wanted, keys: Sequence[int], *, in_section: bool = False) -> Found:
    dropped = {
        *wanted.params.get("excludeElements", "").split(","),
        *wanted.params.get("excludeFields", "").split(","),
        *(() if wanted.params.get("includeGuids") == "1" else ("Guid",)),
        *(("librarySectionID",) if in_section else ()),
    }

    def entry(key: int) -> Item:
        return {name: value for name, value in (library.item(key) or {}).items() if name not in dropped}

    limit = wanted.params.get("limit", "")
    return Found(places=keys[: int(limit)] if limit.isdecimal() else keys, entry=entry)


def same(place: Any) -> Any:
    return place


def section_at(library: PlexLibrary, key: str) -> Section | None:
    """Raises BadRequest for what can be no library's key."""
    if not key.isdecimal() or key == "0":
        raise BadRequest
    return next((section for section in library.sections if section.key == key), None)


def of_section(section: Section) -> Item:
    return {
        "allowSync": True,
        "identifier": "com.plexapp.plugins.library",
        "librarySectionID": int(section.key),
        "librarySectionTitle": section.title,
        "title1": section.title,
        "viewGroup": section.type,
    }
