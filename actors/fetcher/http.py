"""One request over httpx, bounded in time, bytes, encodings and redirects.

Nothing of httpx leaves this door: not its exceptions, which hold addresses and so credentials, nor its log, which prints them.
"""

import asyncio
import logging
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from datetime import datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Final, cast
from urllib.parse import quote, urlencode

import httpx
from msgspec import Struct

from actors import failpoints
from actors.dialing import Resolve, resolved
from actors.failpoints import Point
from actors.fetcher.config import FetcherSource, Timeouts
from actors.fetcher.inflate import Inflater
from actors.fetcher.pacing import Pacer
from actors.fetcher.status import failure_of
from actors.fetcher.translate import failure_before_answer, failure_in_body
from actors.fetcher.transport import Transport
from actors.sources import source as source_of
from actors.sources.ask import Ask
from contracts import limits
from contracts.errors import AnswerTooLarge, PlaybillError, RedirectRefused, SourceTimeout

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_LOGGERS: Final = ("httpx", "httpcore", "httpcore.connection", "httpcore.http11", "httpcore.http2", "httpcore.proxy")


def _is_warning(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING


for _name in _LOGGERS:  # Below a warning they print whole addresses. The filter holds even where somebody lowers the level.
    logging.getLogger(_name).setLevel(logging.WARNING)
    logging.getLogger(_name).addFilter(_is_warning)


class Bounds(Struct, frozen=True, kw_only=True):
    """How large one answer may be."""

    body_bytes: int = limits.BODY_BYTES_MAX
    wire_bytes: int = limits.WIRE_BYTES_MAX


_ERROR_BOUNDS: Final = Bounds(body_bytes=limits.ERROR_BODY_BYTES_MAX, wire_bytes=limits.ERROR_BODY_BYTES_MAX)


class Door:
    """The way to one source. Credentials join a request here, and go to its origin only."""

    def __init__(
        self, source: FetcherSource, clock: Callable[[], datetime], pacer: Pacer | None = None, *, resolve: Resolve = resolved
    ) -> None:
        self._source, self._clock = source, clock
        self._pacer = pacer or Pacer(None)
        self._client = httpx.AsyncClient(
            trust_env=False,
            follow_redirects=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            headers=[
                (b"User-Agent", source.user_agent.encode(errors="replace")),
                (b"Accept", b"application/json, */*;q=0.5"),
                (b"Accept-Encoding", b"gzip"),
            ],
            timeout=httpx.Timeout(connect=source.timeouts.connect_s, read=None, write=source.timeouts.idle_s, pool=None),
            transport=Transport(_context(source), source.allowed, resolve),
        )

    async def close(self) -> None:
        await self._client.aclose()

    @asynccontextmanager
    async def open(self, ask: Ask, bounds: Bounds) -> AsyncIterator["Download"]:
        """The answer to an authorized ask. Left early, its connection is closed; left at its end, it is kept for the next.

        Raises what the answer's status, encoding or redirect means, and Temporary errors for what breaks on the way.
        """
        patience = Patience(self._source.timeouts)
        address = self._address(ask)
        for _ in range(limits.REDIRECTS_MAX + 1):
            response = await self._send(ask, address, patience)
            try:
                target = self._redirected(response)
                if target is None:
                    await self._check(response, patience)
                    download = self._download(response, patience, bounds)
                    download.check_length(bounds)
                    yield download
                    return
                address = target
            finally:
                await response.aclose()
        raise RedirectRefused("the server redirects too often")

    def _address(self, ask: Ask) -> httpx.URL:
        query = urlencode(ask.params, quote_via=quote, safe="", errors="replace")
        try:
            return httpx.URL(f"{self._source.base_url}/{ask.path}" + (f"?{query}" if query else ""))
        except httpx.InvalidURL as error:
            raise failure_before_answer(error) from None

    async def _send(self, ask: Ask, address: httpx.URL, patience: "Patience") -> httpx.Response:
        await self._pacer.turn()  # Before the patience with the server begins: this wait is our own.
        headers = [(name.encode(), value.encode(errors="replace")) for name, value in ask.headers]
        if ask.body:
            headers.append((b"Content-Type", b"application/json"))
        try:
            request = self._client.build_request(ask.method, address, headers=headers, content=ask.body or None)
            await failpoints.reach(Point.FETCHER_REQUESTING)
            async with patience.for_the_first_byte():
                response = await self._client.send(request, stream=True)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise failure_before_answer(error) from None
        await failpoints.reach(Point.FETCHER_ANSWERED)
        return response

    def _redirected(self, response: httpx.Response) -> httpx.URL | None:
        if response.status_code not in _REDIRECTS:
            return None
        target = response.next_request.url if response.next_request else None
        if target is None:
            raise RedirectRefused("the server redirects to nowhere")
        if response.request.method != "GET":
            raise RedirectRefused("the server redirects the sign-in: set the source's url to where it really is")
        if _origin(target) != _origin(response.request.url):
            raise RedirectRefused("the server redirects to another address: set the source's url to where it really is")
        return target

    async def _check(self, response: httpx.Response, patience: "Patience") -> None:
        """Raises what the status means, with the server's own words where it has some."""
        status = response.status_code
        failure = failure_of(status, response.headers.get("Retry-After"), self._clock(), self._source.kind)
        if failure is None:
            return
        said = source_of(self._source.kind).words_of_failure(status, await self._error_body(response, patience))
        if said:
            failure.args = (f"{failure.text}: {said}",)
        raise failure

    async def _error_body(self, response: httpx.Response, patience: "Patience") -> bytes:
        """The beginning of an error's body; what breaks while it is read costs only the words."""
        body = bytearray()
        try:
            async with aclosing(self._download(response, patience, _ERROR_BOUNDS).pieces()) as pieces:
                async for piece in pieces:
                    body += piece
        except PlaybillError:
            pass
        return bytes(body[: limits.ERROR_BODY_BYTES_MAX])

    def _download(self, response: httpx.Response, patience: "Patience", bounds: Bounds) -> "Download":
        encoding = response.headers.get("Content-Encoding", "")
        inflater = Inflater(encoding, body_bytes_max=bounds.body_bytes, wire_bytes_max=bounds.wire_bytes)
        return Download(response, patience, inflater)


class Download:
    """An answer whose body is still coming."""

    def __init__(self, response: httpx.Response, patience: "Patience", inflater: Inflater) -> None:
        self._response, self._patience, self._inflater = response, patience, inflater
        length = response.headers.get("Content-Length", "")
        self._length_bytes = int(length) if length.isascii() and length.isdigit() else None
        self.date: str = response.headers.get("Date", "")
        """The server's clock, in its words; empty when it does not say."""

    def check_length(self, bounds: Bounds) -> None:
        """Raises AnswerTooLarge for a length that the server names itself and that is never to be read."""
        if self._length_bytes is not None and self._length_bytes > bounds.wire_bytes:
            raise AnswerTooLarge(f"the server announces an answer larger than {bounds.wire_bytes / limits.MIB:,.4g} MiB")

    def progress(self, body_bytes_expected: int | None) -> tuple[int, int | None]:
        """(bytes received, bytes expected), both of the wire if the server names its length, else both of the body."""
        if self._length_bytes is not None:
            return self._inflater.wire_bytes, self._length_bytes
        return self._inflater.body_bytes, body_bytes_expected

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """The body, inflated, a bounded piece at a time. To be closed by who iterates (`contextlib.aclosing`)."""
        async with aclosing(cast("AsyncGenerator[bytes, None]", self._response.aiter_raw())) as raw:
            while chunk := await self._read(raw):
                await failpoints.reach(Point.FETCHER_READING)
                for piece in self._inflater.feed(chunk):
                    yield piece
                    await asyncio.sleep(0)  # A cancel and the heartbeat of the bus get their turn between two pieces.
        self._inflater.finish()

    async def _read(self, raw: AsyncGenerator[bytes, None]) -> bytes:
        is_first = self._inflater.wire_bytes == 0
        try:
            async with self._patience.for_the_first_byte() if is_first else self._patience.for_more():
                return await anext(raw, b"")
        except httpx.HTTPError as error:
            raise failure_in_body(error) from None


class Patience:
    """What is left of one request's time. Only waiting for the source counts."""

    def __init__(self, timeouts: Timeouts) -> None:
        self._timeouts = timeouts
        self._first_byte_left_s = timeouts.first_byte_s
        self._total_left_s = timeouts.total_s

    @asynccontextmanager
    async def for_the_first_byte(self) -> AsyncIterator[None]:
        started_s = asyncio.get_running_loop().time()
        async with self._for(self._first_byte_left_s, f"nothing came within {self._timeouts.first_byte_s:g} s"):
            yield
        self._first_byte_left_s -= asyncio.get_running_loop().time() - started_s

    @asynccontextmanager
    async def for_more(self) -> AsyncIterator[None]:
        async with self._for(self._timeouts.idle_s, f"the answer stood still for {self._timeouts.idle_s:g} s"):
            yield

    @asynccontextmanager
    async def _for(self, wait_s: float, text: str) -> AsyncIterator[None]:
        if self._total_left_s < wait_s:
            wait_s, text = self._total_left_s, f"the answer took longer than {self._timeouts.total_s:g} s"
        started_s = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(wait_s):
                yield
        except TimeoutError:
            raise SourceTimeout(text) from None
        finally:
            self._total_left_s -= asyncio.get_running_loop().time() - started_s


def _context(source: FetcherSource) -> ssl.SSLContext:
    """Loading the public certificates takes tens of milliseconds, and a source without TLS never leaves its origin."""
    if not source.verify_tls or not source.base_url.lower().startswith("https:"):
        return httpx.create_ssl_context(verify=False)
    if source.ca_certificates:
        return ssl.create_default_context(cadata=source.ca_certificates)
    return httpx.create_ssl_context(trust_env=False)


def _origin(address: httpx.URL) -> tuple[str, str, int | None]:
    return address.scheme, address.host, address.port
