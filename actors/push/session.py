"""Signing in for a websocket: one small request over the standard library, in a thread, bounded in time and bytes.

httpx is the fetcher's, and one login is no reason for a second door to it.
"""

import asyncio
import contextlib
import socket
import ssl
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Final
from urllib.parse import urlsplit

from actors.push.config import SIGN_IN_BYTES_MAX, SIGN_IN_S, PushSource
from actors.push.wiring import wired
from actors.sources import source as source_of
from actors.sources.ask import Ask, Session
from contracts.errors import (
    AccountRejected,
    CertificateProblem,
    PlaybillError,
    SourceTimeout,
    SourceUnreachable,
    UnexpectedAnswer,
)

_REFUSED: Final = frozenset({400, 401, 403})


async def sign_in(source: PushSource, context: ssl.SSLContext | None) -> Session:
    """The session of a source, for which nothing is asked of a server that needs none. `context` is for https.

    Raises AccountRejected when the server refuses, which no repetition mends: it locks a user after a few. Other errors are
    Temporary where nothing was answered, and say what is wrong with an answer. None holds a credential.
    """
    kind = source_of(source.kind)
    ask = kind.sign_in(source.credentials)
    body = b"" if ask is None else await _answer(source, ask, context)
    return kind.session(source.credentials, body)


async def _answer(source: PushSource, ask: Ask, context: ssl.SSLContext | None) -> bytes:
    connection = _connection(source, context)
    try:
        async with asyncio.timeout(SIGN_IN_S):
            connection.sock = _tuned(await wired(source), connection.host, context)
            return await asyncio.to_thread(_asked, connection, f"{urlsplit(source.base_url).path}/{ask.path}", ask)
    except TimeoutError:
        raise SourceTimeout(f"the server did not answer the sign-in within {SIGN_IN_S:.0f} s") from None
    except ssl.SSLCertVerificationError as error:
        raise CertificateProblem(f"certificate problem: {error.verify_message}") from None
    except (OSError, HTTPException) as error:
        # Its text may repeat what was sent.
        raise SourceUnreachable(f"the sign-in broke: {type(error).__name__}") from None
    except ValueError:
        raise AccountRejected("the sign-in holds characters that no request can carry") from None
    finally:
        _break(connection)


def _connection(source: PushSource, context: ssl.SSLContext | None) -> HTTPConnection:
    """Not connected: it is given its socket, and never looks for the address by itself, not even when that socket is gone."""
    address = urlsplit(source.base_url)
    host, port = address.hostname or "", address.port
    connection = (
        HTTPConnection(host, port, timeout=SIGN_IN_S)
        if context is None
        else HTTPSConnection(host, port, timeout=SIGN_IN_S, context=context)
    )
    connection.auto_open = 0
    return connection


def _tuned(wire: socket.socket, host: str, context: ssl.SSLContext | None) -> socket.socket:
    """A socket for a thread, which waits; the handshake of TLS is the thread's too."""
    wire.settimeout(SIGN_IN_S)
    if context is None:
        return wire
    return context.wrap_socket(wire, server_hostname=host, do_handshake_on_connect=False)


def _asked(connection: HTTPConnection, path: str, ask: Ask) -> bytes:
    """In a thread. Nothing is followed: a login goes to the configured server only."""
    try:
        if isinstance(connection.sock, ssl.SSLSocket):
            connection.sock.do_handshake()
        connection.request(ask.method, path, body=ask.body or None, headers=dict(ask.headers))
        answer = connection.getresponse()
        failure = _failure(answer.status)
        if failure is not None:
            raise failure
        body = answer.read(SIGN_IN_BYTES_MAX + 1)
    finally:
        connection.close()
    if len(body) > SIGN_IN_BYTES_MAX:
        raise UnexpectedAnswer(f"the answer to the sign-in is longer than {SIGN_IN_BYTES_MAX} bytes")
    return body


def _failure(status: int) -> PlaybillError | None:
    """Whatever it says, the login may have counted as a failed one: no status is a reason to repeat it soon."""
    if status in _REFUSED:
        return AccountRejected(f"the server refused the sign-in with status {status}")
    if 200 <= status < 300:
        return None
    return UnexpectedAnswer(f"the server answered the sign-in with status {status}")


def _break(connection: HTTPConnection) -> None:
    """End what the thread may still wait for, so that it ends: a server that drips its answer would hold it for hours."""
    wire: socket.socket | None = connection.sock
    if wire is not None:
        with contextlib.suppress(OSError):
            wire.shutdown(socket.SHUT_RDWR)
