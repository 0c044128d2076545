"""The server's address in what people paste: a player link, a playlist link, a bare host."""

import re
from typing import Final
from urllib.parse import SplitResult, urlsplit

from contracts.errors import BadSettings

_SCHEME: Final = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*://")
_SCRIPT: Final = re.compile(r"/[^/]*\.php(?:/.*)?$", re.IGNORECASE)


def base_url(pasted: str) -> str:
    """Scheme, host, port and sub-path, without a trailing slash. Raises BadSettings, without a word of the query.

    A link to `player_api.php`, `get.php` or any other script loses the script, its query and its fragment; a scheme that is
    missing is `http`, which is what such servers speak.
    """
    parts = _split(pasted.strip())
    if parts.scheme not in ("http", "https"):
        raise BadSettings("url: must start with http:// or https://")
    if "@" in parts.netloc:
        raise BadSettings("url: must not hold a user name or password; set username and password instead")
    return f"{parts.scheme}://{_host(parts)}{_path(parts.path)}"


def _split(pasted: str) -> SplitResult:
    address = pasted if _SCHEME.match(pasted) else f"http://{pasted.lstrip('/')}"
    try:
        return urlsplit(address)
    except ValueError:
        raise BadSettings("url: is no address") from None


def _host(parts: SplitResult) -> str:
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        raise BadSettings("url: has a port that is no number from 1 to 65535") from None
    if not host or port == 0 or re.search(r"[\s\\%<>\"^`{|}]", host):
        raise BadSettings("url: names no host")
    name = f"[{host}]" if ":" in host else host
    return name if port is None else f"{name}:{port}"


def _path(path: str) -> str:
    if re.search(r"[\s\\]", path):
        raise BadSettings("url: has a blank or a backslash in its path")
    return re.sub(r"/{2,}", "/", _SCRIPT.sub("", path)).rstrip("/")
