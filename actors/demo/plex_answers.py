"""Plex: from a library, a request and its switches to what is found there; pure."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from actors.demo import plex_about, plex_home, plex_rows
from actors.demo.plex_hubs import home_hubs, promoted_hubs
from actors.demo.plex_library import PlexLibrary
from actors.demo.plex_paging import Found
from actors.demo.plex_rows import BadRequest, Wanted


def kind_of(library: PlexLibrary, path: str, params: Mapping[str, str]) -> str:
    """The name that switches have for a request: `libraries`, `movies.1`, `hubs.promoted`, `hub.home.continue`, …."""
    for pattern, name, _ in _ROUTES:
        found = re.fullmatch(pattern, path)
        if found is not None:
            return name(found, library, params) if callable(name) else found.expand(name)
    hub = plex_home.hub_at(library, path, params)
    return "-" if hub is None else f"hub.{hub.identifier}"


def find(library: PlexLibrary, wanted: Wanted) -> Found | None:
    """What a request asks for; None where there is nothing. Raises BadRequest."""
    if any("%" in name for name in wanted.params):
        raise BadRequest
    for pattern, _, answer in _ROUTES:
        found = re.fullmatch(pattern, wanted.path)
        if found is not None:
            return answer(library, wanted, *found.groups())
    hub = plex_home.hub_at(library, wanted.path, wanted.params)
    return None if hub is None else plex_rows.rows(library, wanted, hub.items())


_ROUTES: Final[tuple[tuple[str, Any, Callable[..., Found | None]], ...]] = (
    (r"/identity", "identity", plex_about.identity),
    (r"/", "server", plex_about.server),
    (r"/library", "library", plex_about.nothing),
    (r"/library/sections(?:/all)?/?", "libraries", plex_about.libraries),
    (r"/library/sections/(\w+)", r"library.\1", plex_about.section_details),
    (r"/library/sections/(\w+)/allLeaves", r"episodes.\1", plex_rows.all_leaves),
    (r"/library/sections/(\w+)/collections", r"collections.\1", plex_rows.collection_rows),
    (r"/library/sections/(\w+)/onDeck", r"ondeck.\1", plex_rows.on_deck_rows),
    (r"/library/sections/(\w+)/recentlyAdded", r"recent.\1", plex_rows.recent_rows),
    (r"/library/sections/(\w+)/all", plex_rows.listing_kind, plex_rows.listing),
    (r"/library/metadata/([^/]+)", "metadata", plex_rows.items),
    (r"/library/metadata/([^/]+)/children", "children", plex_rows.children),
    (r"/library/metadata/([^/]+)/(?:allLeaves|grandchildren)", "children", plex_rows.leaves),
    (r"/library/onDeck", "ondeck", plex_rows.on_deck_rows),
    (r"/library/recentlyAdded", "recent", plex_rows.recent_rows),
    (r"/hubs", "hubs", plex_home.hubs_by(home_hubs)),
    (r"/hubs/promoted", "hubs.promoted", plex_home.hubs_by(promoted_hubs)),
    (r"/hubs/continueWatching", "hubs.continue", plex_home.hubs_by(lambda library: home_hubs(library)[:1])),
    (r"/hubs/continueWatching/items", "hub.home.continue", plex_rows.on_deck_rows),
    (r"/hubs/sections/(\w+)", r"hubs.\1", plex_home.hubs_of_section),
    (r"/:/\w+", "mark", plex_about.nothing),
)
"""Path, kind of request, and what answers; the address of a hub of its own comes after all of them."""
