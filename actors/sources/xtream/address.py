"""The server's address in what people paste: a player link, a playlist link, a bare host."""

import re
from typing import Final

from actors.sources.address import taken_apart, tidied

_SCRIPT: Final = re.compile(r"/[^/]*\.php(?:/.*)?$", re.IGNORECASE)


def base_url(pasted: str) -> str:
    """Scheme, host, port and sub-path, without a trailing slash. Raises BadSettings, without a word of the query.

    A link to `player_api.php`, `get.php` or any other script loses the script, its query and its fragment; a scheme that is
    missing is `http`, which is what such servers speak.
    """
    origin, path = taken_apart(pasted, "username and password")
    return f"{origin}{tidied(_SCRIPT.sub('', path))}"
