"""A server's address as a person pastes it, taken apart."""

import re
from typing import Final
from urllib.parse import SplitResult, urlsplit

from contracts.errors import BadSettings

_SCHEME: Final = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*://")


def taken_apart(pasted: str, login: str = "the source's own settings") -> tuple[str, str]:
    """Origin (scheme, host and port) and path, with neither query nor fragment; a scheme that is missing is `http`.

    Raises BadSettings, whose text starts with `url: ` and repeats nothing of the address. `login` says where credentials belong.
    """
    parts = _split(pasted.strip())
    if parts.scheme not in ("http", "https"):
        raise BadSettings("url: must start with http:// or https://")
    if "@" in parts.netloc:
        raise BadSettings(f"url: must not hold a user name or password; set {login} instead")
    if re.search(r"[\s\\]", parts.path):
        raise BadSettings("url: has a blank or a backslash in its path")
    if not parts.path.isprintable():
        raise BadSettings("url: has a control character in its path")
    return f"{parts.scheme}://{_host(parts)}", parts.path


def tidied(path: str) -> str:
    """A path with single slashes and none at its end."""
    return re.sub(r"/{2,}", "/", path).rstrip("/")


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
    if not host or port == 0 or re.search(r"[\s\\%<>\"^`{|}]", host) or not host.isprintable():
        raise BadSettings("url: names no host")
    name = f"[{host}]" if ":" in host else host
    return name if port is None else f"{name}:{port}"
