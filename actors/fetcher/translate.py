"""Turns what httpx raises into our failures, in words of our own that hold no address."""

import errno
import socket
import ssl
from collections.abc import Iterator
from typing import Final

import httpx

from contracts.errors import (
    CertificateProblem,
    IncompleteAnswer,
    PlaybillError,
    RequestRejected,
    SourceTimeout,
    SourceUnreachable,
)

_DEPTH_MAX: Final = 16
"""Of causes; chains of exceptions may be rings."""
_NO_ROUTE: Final = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN})


def failure_before_answer(error: httpx.HTTPError | httpx.InvalidURL) -> PlaybillError:
    """What it means that no answer began."""
    match error:
        case httpx.ConnectTimeout() | httpx.PoolTimeout():
            return SourceTimeout("no connection in time")
        case httpx.TimeoutException():
            return SourceTimeout("the server takes no request")
        case httpx.ConnectError():
            return _no_connection(error)
        case httpx.RemoteProtocolError():
            return SourceUnreachable("the server closed the connection without an answer, or does not speak HTTP")
        case httpx.NetworkError():
            return SourceUnreachable("the connection broke before the answer")
        case httpx.InvalidURL() | httpx.UnsupportedProtocol() | httpx.LocalProtocolError():
            return RequestRejected("the request cannot be made: check the source's address and User-Agent")
        case _:
            return SourceUnreachable("no answer")


def failure_in_body(error: httpx.HTTPError) -> PlaybillError:
    """What it means that an answer broke off."""
    match error:
        case httpx.RemoteProtocolError():
            return IncompleteAnswer("the server closed the connection in the middle of its answer")
        case httpx.TimeoutException():
            return SourceTimeout("the answer stood still")
        case _:
            return SourceUnreachable("the connection broke in the middle of the answer")


def _no_connection(error: BaseException) -> PlaybillError:
    for cause in _causes(error, _DEPTH_MAX):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return CertificateProblem(f"certificate problem: {cause.verify_message}")
    return SourceUnreachable(_why_no_connection(error))


def _why_no_connection(error: BaseException) -> str:
    for cause in _causes(error, _DEPTH_MAX):
        match cause:
            case ssl.SSLError():
                return f"TLS problem: {(cause.reason or 'handshake failed').lower().replace('_', ' ')}"
            case socket.gaierror():
                return "name not found"
            case ConnectionRefusedError():
                return "connection refused"
            case ConnectionResetError():
                return "connection reset"
            case OSError() if cause.errno in _NO_ROUTE:
                return "no route to the server"
    return "no connection"


def _causes(error: BaseException | None, depth: int) -> Iterator[BaseException]:
    if error is None or depth == 0:
        return
    yield error
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from _causes(one, depth - 1)
    yield from _causes(error.__cause__ or error.__context__, depth - 1)
