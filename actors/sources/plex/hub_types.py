"""What kind of section a hub is, from the identifier that the server gives it."""

import re
from typing import Final

_ORDINAL: Final = re.compile(r"[#~][0-9]+$")
_IDS: Final = re.compile(r"(?:\.[0-9]+)+$")
_MARKS: Final = (
    ("custom.collection", "collection"),
    ("continue", "continue_watching"),
    ("inprogress", "continue_watching"),
    ("ondeck", "continue_watching"),
    ("recentlyadded", "recently_added"),
    ("recent.added", "recently_added"),
    ("recentlyreleased", "recently_released"),
    ("recentlyaired", "recently_released"),
    ("recentlyviewed", "recently_viewed"),
    ("recentlyplayed", "recently_viewed"),
    ("recent.played", "recently_viewed"),
    ("toprated", "top_rated"),
    ("topunwatched", "top_unwatched"),
    ("playlist", "playlists"),
)
"""The first that is part of the identifier. On Deck, before servers merged the two, is what goes on."""
_ADDED: Final = ".recent"
"""How the identifiers of the home page's own hubs of new items end: `home.movies.recent`."""


def section_type(identifier: str, context: str) -> str:
    """One of ours, or the identifier without the ids in it: `movie.genre.1.176` is a `movie.genre`."""
    plain = _IDS.sub("", _ORDINAL.sub("", identifier.lower()))
    for name in (plain, _ORDINAL.sub("", context.lower()).removeprefix("hub.")):
        for mark, found in _MARKS:
            if mark in name:
                return found
        if name.endswith(_ADDED):
            return "recently_added"
    return plain or identifier
