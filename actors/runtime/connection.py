"""A connection to the bus that reconnects for ever and says when it is closed for good."""

import asyncio
import contextlib
import ssl
import time
from collections.abc import Awaitable, Callable
from typing import Final

import nats

from actors.logs import logger
from actors.runtime.config import BusConfig
from actors.runtime.credentials import CredentialsFile
from actors.runtime.encryption import EncryptedClient, Unencrypted, context_of, reason_of
from contracts import limits
from contracts.errors import BusMisconfigured, BusUnavailable

_log: Final = logger("bus")
_CONNECT_TIMEOUT_S: Final = 10.0
_PING_INTERVAL_S: Final = 2
"""A frozen server is noticed after two missed pings; nats-py's default of 120 s would take four minutes."""
_RECONNECT_WAIT_S: Final = 0.25
_SAME_ERROR_S: Final = 10.0
"""A server that is away is asked for four times a second, and told of once in a while."""


class Connection:
    """One NATS connection. `lost` is set when it can never come back: the process ends and its supervisor starts it anew.

    Its callbacks never raise: an exception out of one would end nats-py's read loop in silence.
    """

    def __init__(self, purpose: str) -> None:
        self.client = EncryptedClient()
        self.lost = asyncio.Event()
        self.distrust = asyncio.Event()
        """Set when TLS failed: whoever is there is not who it should be, or does not take us for who we are."""
        self._purpose = purpose
        self._on_reconnect: list[Callable[[], Awaitable[None]]] = []
        self._is_closing = self._was_open = False
        self._said: tuple[str, float] = "", 0.0

    def on_reconnect(self, action: Callable[[], Awaitable[None]]) -> None:
        """Run `action` after each reconnection; it must not raise."""
        self._on_reconnect.append(action)

    def forget(self, action: Callable[[], Awaitable[None]]) -> None:
        """Take back what `on_reconnect` was given."""
        self._on_reconnect.remove(action)

    @property
    def last_words(self) -> str:
        """What went wrong last; empty when nothing did."""
        return self._said[0]

    @property
    def is_dead(self) -> bool:
        """nats-py keeps saying `connected` after its read loop has died; this looks at the loop itself."""
        task = self.client._reading_task
        return self.client.is_closed or (self.client.is_connected and task is not None and task.done())

    async def open(self, config: BusConfig) -> None:
        """Connect. Raises what nats-py raises, and OSError for files of certificates that cannot be used."""
        self.client.is_encrypted = config.is_encrypted
        credentials = CredentialsFile(config.credentials_file) if config.credentials_file else None
        await self.client.connect(
            config.url,
            user=config.user,
            password=config.password,
            user_jwt_cb=credentials.token if credentials else None,
            signature_cb=credentials.signature if credentials else None,
            tls=context_of(config),
            name=f"{config.name}-{self._purpose}",
            inbox_prefix=config.inbox_prefix.encode(),
            error_cb=self._on_error,
            closed_cb=self._on_closed,
            disconnected_cb=self._on_disconnected,
            reconnected_cb=self._on_reconnected,
            connect_timeout=2,
            reconnect_time_wait=_RECONNECT_WAIT_S,  # type: ignore[arg-type]  # a float is fine, the annotation says int
            max_reconnect_attempts=-1,
            ping_interval=_PING_INTERVAL_S,
            max_outstanding_pings=2,
            drain_timeout=2,
        )
        self._was_open = True

    async def close(self) -> None:
        self._is_closing = True
        if not self.client.is_closed:
            # A server that is gone needs no farewell; of a client that never began, nats-py says so by an assertion.
            with contextlib.suppress(OSError, nats.errors.Error, AssertionError):
                await self.client.close()

    async def _on_error(self, error: Exception) -> None:
        text = reason_of(error)
        if self._said[0] == text and time.monotonic() - self._said[1] < _SAME_ERROR_S:
            return
        self._said = text, time.monotonic()
        if isinstance(error, ssl.SSLError | Unencrypted):
            self.distrust.set()
            if not self._was_open:
                return  # Who connects is told by an exception.
        if "permissions violation" in text.lower():
            _log.error("the bus refused an operation of this role", error=text)
        else:
            _log.warning("bus error", error=text)

    async def _on_closed(self) -> None:
        self.lost.set()

    async def _on_disconnected(self) -> None:
        if not self._is_closing:
            _log.info("disconnected", purpose=self._purpose)

    async def _on_reconnected(self) -> None:
        _log.info("reconnected", purpose=self._purpose)
        for action in tuple(self._on_reconnect):
            await action()


async def connect(config: BusConfig, *, purpose: str) -> Connection:
    """Connect, waiting up to ten seconds. Raises BusUnavailable with the address, never the password.

    Raises BusMisconfigured when the bus takes smaller messages than ours.
    """
    connection = Connection(purpose)
    try:
        async with asyncio.timeout(_CONNECT_TIMEOUT_S):
            await _opened(connection, config)
    except (TimeoutError, OSError, nats.errors.Error) as error:
        raise BusUnavailable(f"no bus at {config.url}: {connection.last_words or reason_of(error)}") from None
    if connection.client.max_payload < limits.MESSAGE_BYTES_MAX:
        # Found out later, the first large slice would be refused for ever.
        await connection.close()
        taken, least = connection.client.max_payload, limits.MESSAGE_BYTES_MAX
        raise BusMisconfigured(f"the bus at {config.url} takes {taken} bytes a message; set max_payload to {least}")
    return connection


async def _opened(connection: Connection, config: BusConfig) -> None:
    """Connect, as long as it takes; but where TLS fails, which no repetition mends, not once more."""
    opening = asyncio.create_task(connection.open(config))
    distrust = asyncio.create_task(connection.distrust.wait())
    is_open = False
    try:
        await asyncio.wait({opening, distrust}, return_when=asyncio.FIRST_COMPLETED)
        if not opening.done():
            raise BusUnavailable(f"no bus at {config.url}: {connection.last_words}")
        opening.result()
        is_open = True
    finally:
        for task in (opening, distrust):
            task.cancel()
        await asyncio.gather(opening, distrust, return_exceptions=True)
        if not is_open:
            await connection.close()  # nats-py leaves a socket behind of whatever it was at.
