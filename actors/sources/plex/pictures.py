"""Paths of pictures on the server, and addresses of those elsewhere, without tokens."""

import re
from typing import Any, Final

from contracts import limits

_TOKEN: Final = re.compile(r"(?<=[?&])(?:x-plex-|access_?|auth_?)?token=[^&#]*&?", re.IGNORECASE)
_USERINFO: Final = re.compile(r"^((?:https?:)?//)[^/?#]*@", re.IGNORECASE)


def picture(value: Any) -> str | None:
    """A path on the server or an address; none for what is neither, or too long to be one: half an address shows nothing."""
    if type(value) is not str or len(value) > limits.URL_CHARS_MAX or not value.isprintable():
        return None
    address = value.strip()
    if not address.startswith(("/", "http://", "https://")):
        return None
    if "@" in address:
        address = _USERINFO.sub(r"\1", address)
    return _TOKEN.sub("", address).rstrip("?&") if "?" in address else address
