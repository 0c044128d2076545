"""The server's address in what people paste: a link out of the web client, a bare host."""

import re
from typing import Final

from actors.sources.address import taken_apart, tidied

_WEB_CLIENT: Final = re.compile(r"^(.*?)/web(?:/(?:(?!/web(?:/|$)).)*)?$", re.IGNORECASE)
"""The path before the last folder `web`, behind which the web client is; a proxy's own folder of that name stays."""


def base_url(pasted: str) -> str:
    """Scheme, host, port and the reverse proxy's path, without a trailing slash. Raises BadSettings, without a word of the query.

    A link to a page of the web client loses the page; a scheme that is missing is `http`, which is what a server at home speaks.
    """
    origin, path = taken_apart(pasted, "api_key and user, or username and password,")
    path = tidied(path)
    found = _WEB_CLIENT.match(path)
    return f"{origin}{found[1] if found else path}"
