"""The server's address in what people paste: a host with a port, or what stands in the browser."""

import re
from typing import Final

from actors.sources.address import taken_apart, tidied
from contracts.errors import BadSettings

_PORT: Final = ":32400"
"""Plex's own; for a bare host, since nobody who runs Plex behind a proxy names only that."""
_BARE_HOST: Final = re.compile(r"[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]")
_WEB_PAGE: Final = re.compile(r"https?://(?:[a-z0-9-]+\.)*plex\.tv(?::[0-9]+)?", re.IGNORECASE)
_OWN_PATHS: Final = re.compile(r"/(?:web|library|hubs|identity|status|media|playlists|photo|:)(?:/.*)?$")
"""What follows the server's own address in the browser, or in the link under *View XML*."""


def base_url(pasted: str) -> str:
    """Scheme, host, port and sub-path, without a trailing slash. Raises BadSettings, without a word of the query.

    The query may hold a token, and goes with the fragment; the path of Plex's web page goes too. A scheme that is missing is
    `http`, and the port of a bare host is Plex's own.
    """
    named = pasted.strip()
    origin, path = taken_apart(f"{named}{_PORT}" if _BARE_HOST.fullmatch(named) else named, "token")
    if _WEB_PAGE.fullmatch(origin):
        raise BadSettings("url: that is Plex's own web page, not your server")
    return f"{origin}{tidied(_OWN_PATHS.sub('', path))}"
