"""The only door to websockets: one connection to one source, its messages in, answers out.

Nothing of the library leaves this door: its errors may repeat what a server said, and its log prints every header.
"""

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from actors.push.config import CLOSE_S, FRAME_BYTES_MAX, OPEN_S, PING_EVERY_S, PushSource
from actors.push.wiring import wired
from actors.sources import source as source_of
from actors.sources.ask import Ask, Session
from actors.version import own_version
from contracts.catalog import SourceKind
from contracts.errors import (
    AccountRejected,
    CertificateProblem,
    NotPermitted,
    PlaybillError,
    SourceFailing,
    SourceTimeout,
    SourceUnreachable,
)

_PATHS: Final = {SourceKind.PLEX: ":/websockets/notifications", SourceKind.JELLYFIN: "socket"}
_REFUSED: Final = frozenset({401, 403})
_TOO_LARGE: Final = 1009
_log: Final = logging.getLogger("actors.push.websockets")
_log.disabled = True


class _Connect(connect):
    """Goes to the configured address only: the library follows redirects, and takes no token of Plex's off on the way."""

    def process_redirect(self, exc: Exception) -> Exception:
        return exc


class Wire:
    """An open connection."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    async def next(self) -> str | bytes:
        """The next message. Raises SourceUnreachable when the connection is over."""
        try:
            return await self._connection.recv()
        except (ConnectionClosed, WebSocketException, OSError) as error:
            raise _over(error) from None

    async def say(self, text: str) -> None:
        """Raises SourceUnreachable when the connection is over."""
        try:
            await self._connection.send(text)
        except (ConnectionClosed, WebSocketException, OSError) as error:
            raise _over(error) from None


@asynccontextmanager
async def opened(source: PushSource, session: Session, context: ssl.SSLContext | None) -> AsyncIterator[Wire]:
    """Connected, with our credentials in headers, never in the address. `context` is for TLS.

    Raises NotPermitted when the server does not take them, AddressRefused where no source may be, CertificateProblem, and
    Temporary errors for everything else.
    """
    connection = await _connected(source, session, context)
    try:
        yield Wire(connection)
    finally:
        await connection.close()


async def _connected(source: PushSource, session: Session, context: ssl.SSLContext | None) -> ClientConnection:
    headers = _headers(source, session)  # First: what follows holds a socket.
    try:
        async with asyncio.timeout(OPEN_S):
            wire = await wired(source)
            return await _Connect(
                _address(source),
                sock=wire,
                additional_headers=headers,
                user_agent_header=f"Playbill/{own_version() or '0'}",
                # Small texts, and one thing less that inflates.
                compression=None,
                proxy=None,
                open_timeout=None,
                ping_interval=PING_EVERY_S,
                ping_timeout=PING_EVERY_S,
                close_timeout=CLOSE_S,
                max_size=FRAME_BYTES_MAX,
                logger=_log,
                ssl=context,
            )
    except TimeoutError:
        raise SourceTimeout(f"the server did not take the websocket within {OPEN_S:.0f} s") from None
    except InvalidStatus as error:
        raise _refused(error.response.status_code) from None
    except ssl.SSLCertVerificationError as error:
        raise CertificateProblem(f"certificate problem: {error.verify_message}") from None
    except (WebSocketException, OSError, ValueError) as error:
        raise SourceUnreachable(f"no websocket: {type(error).__name__}") from None


def _address(source: PushSource) -> str:
    """`https` becomes `wss`, and `http` `ws`."""
    return f"ws{source.base_url.removeprefix('http')}/{_PATHS[source.kind]}"


def _headers(source: PushSource, session: Session) -> list[tuple[str, str]]:
    """Raises AccountRejected for what no header can carry: a line break would begin another one."""
    ask = source_of(source.kind).authorize(Ask(path=_PATHS[source.kind]), source.credentials, session)
    if not all(value.isascii() and value.isprintable() for _, value in ask.headers):
        raise AccountRejected("the token holds characters that no header can carry")
    return list(ask.headers)


def _refused(status: int) -> PlaybillError:
    if status in _REFUSED:
        return NotPermitted(f"the server refused the websocket with status {status}", is_unauthorized=status == 401)
    return SourceFailing(f"the server answered the websocket with status {status}")


def _over(error: Exception) -> SourceUnreachable:
    if isinstance(error, ConnectionClosed) and error.sent is not None and error.sent.code == _TOO_LARGE:
        return SourceUnreachable(f"a message was larger than {FRAME_BYTES_MAX} bytes")
    return SourceUnreachable("the connection broke off")
