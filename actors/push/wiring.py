"""The connection to one source, before anything is said on it: to an address that is allowed and to no other."""

import socket
from typing import Final
from urllib.parse import urlsplit

from actors.dialing import dialed
from actors.push.config import PushSource

_PORTS: Final = {"http": 80, "https": 443}


async def wired(source: PushSource) -> socket.socket:
    """A connected socket that does not block, without TLS. Raises AddressRefused and OSError."""
    address = urlsplit(source.base_url)
    return await dialed(address.hostname or "", address.port or _PORTS[address.scheme], source.allowed)
