"""Stand-in servers: real HTTP servers with content of their own and a switch for every failure."""

from actors.demo.catalogue import Catalogue, recorded_catalogue
from actors.demo.demo import demo_catalogue
from actors.demo.jellyfin_big import big_jellyfin_library
from actors.demo.jellyfin_demo import demo_jellyfin_library
from actors.demo.jellyfin_item import Item as JellyfinItem
from actors.demo.jellyfin_item import View as JellyfinView
from actors.demo.jellyfin_library import JellyfinLibrary
from actors.demo.jellyfin_server import JellyfinServer
from actors.demo.jellyfin_switches import JellyfinSwitches
from actors.demo.plex_demo import big_plex_library, demo_plex_library
from actors.demo.plex_library import PlexLibrary
from actors.demo.plex_server import PlexServer
from actors.demo.plex_switches import PlexSwitches
from actors.demo.server import ServedRequest, StandIn
from actors.demo.switches import Hold, ServerSwitches, Switches
from actors.demo.xtream_server import XtreamServer

__all__ = [
    "Catalogue",
    "Hold",
    "JellyfinItem",
    "JellyfinLibrary",
    "JellyfinServer",
    "JellyfinSwitches",
    "JellyfinView",
    "PlexLibrary",
    "PlexServer",
    "PlexSwitches",
    "ServedRequest",
    "ServerSwitches",
    "StandIn",
    "Switches",
    "XtreamServer",
    "big_jellyfin_library",
    "big_plex_library",
    "demo_catalogue",
    "demo_jellyfin_library",
    "demo_plex_library",
    "recorded_catalogue",
]
