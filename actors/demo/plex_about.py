"""What a stand-in Plex server says of itself and of its libraries; pure."""

from typing import Final

from actors.demo.plex_item import Item
from actors.demo.plex_library import PlexLibrary, Section
from actors.demo.plex_paging import Found
from actors.demo.plex_rows import Wanted, of_section, same, section_at

_AGENTS: Final = {"movie": "tv.plex.agents.movie", "show": "tv.plex.agents.series", "artist": "tv.plex.agents.music"}


def identity(library: PlexLibrary, _: Wanted) -> Found:
    about = {"claimed": True, "machineIdentifier": library.machine_identifier, "version": library.version}
    return _alone({"apiVersion": "1.1.1", **about})


def server(library: PlexLibrary, _: Wanted) -> Found:
    about = {
        "allowSync": True,
        "friendlyName": library.name,
        "machineIdentifier": library.machine_identifier,
        "multiuser": True,
        "myPlex": True,
        "myPlexUsername": "owner@picture-house.example",
        "ownerFeatures": "collections,hardware_transcoding,home,hubs",
        "platform": "Linux",
        "platformVersion": "6.1",
        "transcoderVideoBitrates": "64,96,208,320,720,1500,2000,3000,4000,8000,10000,12000,20000",
        "transcoderVideoQualities": "0,1,2,3,4,5,6,7,8,9,10,11,12",
        "transcoderVideoResolutions": "128,128,160,240,320,480,768,720,720,1080,1080,1080,1080",
        "updatedAt": library.now_s,
        "version": library.version,
    }
    return _alone(about)


def libraries(library: PlexLibrary, _: Wanted) -> Found:
    container = {"allowSync": False, "title1": "Plex Library"}
    return Found(
        places=library.sections,
        entry=lambda section: _directory(library, section),
        child="Directory",
        container=container,
        name="key",
        is_paged=False,
    )


def _directory(library: PlexLibrary, section: Section) -> Item:
    return {
        "allowSync": True,
        "art": f"/:/resources/{section.type}-fanart.jpg",
        "composite": f"/library/sections/{section.key}/composite/{section.updated_at}",
        "filters": True,
        "refreshing": False,
        "thumb": f"/:/resources/{section.type}.png",
        "key": section.key,
        "type": section.type,
        "title": section.title,
        "agent": _AGENTS.get(section.type, "com.plexapp.agents.none"),
        "scanner": f"Plex {section.type.title()}",
        "language": "en-US",
        "uuid": f"{library.machine_identifier[:8]}-0000-4000-8000-{int(section.key):012d}",
        "updatedAt": section.updated_at,
        "createdAt": section.created_at,
        "scannedAt": library.now_s,
        "content": True,
        "directory": True,
        "contentChangedAt": section.content_changed_at,
        "hidden": section.hidden,
        "Location": [{"id": int(section.key), "path": f"/media/{section.key}"}],
    }


def section_details(library: PlexLibrary, _: Wanted, key: str) -> Found | None:
    section = section_at(library, key)
    if section is None:
        return None
    names = [("all", f"All {section.title}"), ("unwatched", "Unwatched"), ("recentlyAdded", "Recently Added")]
    entries = [{"key": name, "title": title} for name, title in names]
    return Found(places=entries, entry=same, child="Directory", container=of_section(section), name="key", is_paged=False)


def _alone(about: Item) -> Found:
    return Found(places=(), entry=same, container=about, is_paged=False)


def nothing(_: PlexLibrary, __: Wanted, *___: str) -> Found:
    return _alone({})
