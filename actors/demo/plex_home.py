"""The answers of a stand-in Plex server that list hubs, and where a hub's own address leads; pure."""

from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from actors.demo.plex_hubs import Hub, every_hub, section_hubs
from actors.demo.plex_item import Item
from actors.demo.plex_library import PlexLibrary
from actors.demo.plex_paging import Found
from actors.demo.plex_rows import Wanted, rows, section_at

_HUB_COUNT: Final = 12


def hub_at(library: PlexLibrary, path: str, params: Mapping[str, str]) -> Hub | None:
    """The hub whose own address this is."""
    if path == "/hubs/items":
        return next((hub for hub in every_hub(library) if hub.identifier == params.get("identifier")), None)
    for hub in every_hub(library):
        address = urlsplit(hub.key)
        if address.path == path and dict(parse_qsl(address.query)).items() <= params.items():
            return hub
    return None


def hubs_by(find: Callable[[PlexLibrary], list[Hub]]) -> Callable[..., Found]:
    def answer(library: PlexLibrary, wanted: Wanted) -> Found:
        return _hub_list(library, wanted, find(library))

    return answer


def hubs_of_section(library: PlexLibrary, wanted: Wanted, key: str) -> Found | None:
    section = section_at(library, key)
    return None if section is None else _hub_list(library, wanted, section_hubs(library, section))


def _hub_list(library: PlexLibrary, wanted: Wanted, hubs: list[Hub]) -> Found:
    chosen = wanted.params.get("identifier")
    names = chosen.split(",") if chosen else [hub.identifier for hub in hubs]
    shown = [hub for hub in hubs if hub.identifier in names and hub.identifier not in wanted.switches.hubs_gone]
    return Found(
        places=shown,
        entry=lambda hub: _hub_entry(library, wanted, hub),
        child="Hub",
        container={"allowSync": True, "identifier": "com.plexapp.plugins.library"},
        name="hubIdentifier",
        is_paged=False,
    )


def _hub_entry(library: PlexLibrary, wanted: Wanted, hub: Hub) -> Item:
    switches, every = wanted.switches, hub.items()
    count = wanted.params.get("count", "")
    shown = every[: int(count) if count.isdecimal() else _HUB_COUNT]
    make = rows(library, wanted, shown).entry
    entry: Item = {
        "hubKey": "/library/metadata/" + ",".join(map(str, shown)),
        "key": hub.key,
        "title": hub.title,
        "type": hub.type,
        "hubIdentifier": hub.identifier,
        "context": hub.context,
        "size": len(shown) if switches.hub_size is None else switches.hub_size,
        "more": len(every) > len(shown) if switches.hub_more is None else switches.hub_more,
        "style": hub.style,
        **({"promoted": True} if hub.is_promoted else {}),
        **({"random": True} if hub.is_random else {}),
        "Metadata": [make(key) for key in [*shown[: int(switches.hub_duplicate)], *shown]],
    }
    if not shown:
        del entry["hubKey"]
    if not shown or hub.identifier in switches.hub_fails:
        del entry["Metadata"]
    if hub.identifier in switches.hub_broken:
        entry["Metadata"] = "nothing that can be read"
    return entry
