"""httpx's transport, which connects to addresses that are allowed and to no others."""

import asyncio
import ssl
from collections.abc import Iterable

import httpcore
import httpx

from actors.addresses import Allowed
from actors.dialing import Resolve, first, permitted, resolved


class Transport(httpx.AsyncHTTPTransport):
    """As httpx makes it, with a pool whose connections are dialed here.

    httpx has no argument for it; a pool that takes a network backend is httpcore's own public way.
    """

    def __init__(self, context: ssl.SSLContext, allowed: Allowed, resolve: Resolve = resolved) -> None:
        # Not super's: it would make a pool of its own, and load certificates for it.
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context,
            # As httpx's own defaults, which leave pacing to who asks.
            max_connections=100,
            max_keepalive_connections=20,
            keepalive_expiry=5.0,
            network_backend=Backend(allowed, resolve),
        )


class Backend(httpcore.AsyncNetworkBackend):
    """Dials an address that was judged. What stands in a certificate is still compared with the name."""

    def __init__(self, allowed: Allowed, resolve: Resolve = resolved) -> None:
        self._allowed, self._resolve = allowed, resolve
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Raises AddressRefused, and httpcore's errors."""

        async def dial(address: str) -> httpcore.AsyncNetworkStream:
            return await self._inner.connect_tcp(address, port, None, local_address, socket_options)

        async def close(stream: httpcore.AsyncNetworkStream) -> None:
            await stream.aclose()

        try:
            async with asyncio.timeout(timeout):
                return await first(await permitted(host, port, self._allowed, self._resolve), dial, close)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout from error
        except OSError as error:
            raise httpcore.ConnectError from error

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
