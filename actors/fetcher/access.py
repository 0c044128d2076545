"""The way into one source: its door, its session where it needs one, and what must not leave it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from datetime import datetime, timedelta
from io import BytesIO
from typing import Final

from actors.fetcher.clocks import clock_offset_s
from actors.fetcher.config import FetcherSource
from actors.fetcher.http import Bounds, Door, Download
from actors.fetcher.pacing import Pacer, Ticks
from actors.fetcher.redact import Redactor
from actors.sources import Source
from actors.sources import source as source_of
from actors.sources.ask import Ask, Session
from actors.sources.crowds import check_entries
from contracts import limits
from contracts.errors import AccountRejected, NotPermitted

_SMALL: Final = Bounds(body_bytes=limits.ACCOUNT_BYTES_MAX, wire_bytes=limits.ACCOUNT_BYTES_MAX)
_SIGN_IN: Final = Bounds(body_bytes=4 * limits.MIB, wire_bytes=4 * limits.MIB)
"""An administrator's list of users carries every user's policy."""
_SESSIONS_TRIED_MAX: Final = 4
"""By one request: each new session may end the one before, while a request of another command travels with that."""


class Access:
    """One source as the fetcher reaches it. Several commands use it at once; they sign in once."""

    def __init__(
        self,
        source: FetcherSource,
        clock: Callable[[], datetime],
        ticks: Ticks | None = None,
        turn: asyncio.Lock | None = None,
    ) -> None:
        """`turn` is whose turn it is to hold a large answer, of all sources of this process."""
        self.source, self._clock = source, clock
        self._turn = turn or asyncio.Lock()
        self.kind: Source = source_of(source.kind)
        self.redactor = Redactor(source.credentials)
        self.pacer = Pacer(source.requests_per_10_s, ticks)
        self._door = Door(source, clock, self.pacer)
        self._session: Session | None = None
        self._signing_in = asyncio.Lock()
        self._refused: tuple[datetime, str] | None = None
        self.clock_offset_s = 0
        """Seconds that the server's clock is ahead of ours, by the last answer that had a `Date`."""

    @property
    def is_signed_in(self) -> bool:
        """Whether `session` asks nothing of the server."""
        return self._session is not None or self.kind.sign_in(self.source.credentials) is None

    async def close(self) -> None:
        await self._door.close()

    async def session(self) -> Session:
        """The session, signed in when there is none yet. Raises AccountRejected, also for a while after it was refused."""
        async with self._signing_in:
            if self._session is None:
                self._session = await self._signed_in()
                if self._session.token:
                    self.redactor.learn(self._session.token)
            return self._session

    async def _signed_in(self) -> Session:
        ask = self.kind.sign_in(self.source.credentials)
        if ask is None:
            return self.kind.session(self.source.credentials, b"")
        if self._refused is not None and self._clock() < self._refused[0]:
            raise AccountRejected(self._refused[1])
        try:
            return self.kind.session(self.source.credentials, await self._whole(ask, _SIGN_IN))
        except (NotPermitted, AccountRejected) as error:
            # Once more would be once more wrong: servers lock a user after a few.
            text = f"the server refused the sign-in: {error.text}"
            self._refused = self._clock() + timedelta(seconds=limits.SIGN_IN_REFUSED_S), text
            raise AccountRejected(text) from None

    async def account(self) -> list[bytes]:
        """The answers of the account check. Raises AccountRejected where the server lets nobody in."""
        try:
            asks = self.kind.account_asks(await self.session())
            return [await self.whole(ask, _SMALL) for ask in asks]
        except NotPermitted as error:
            raise AccountRejected(error.text) from None

    async def whole(self, ask: Ask, bounds: Bounds) -> bytes:
        """The whole answer to an ask, with our credentials; after a 401 once more with a new session."""
        has_renewed = False
        for tried in range(1, _SESSIONS_TRIED_MAX + 1):
            session = await self.session()
            try:
                return await self._whole(self._authorized(ask, session), bounds)
            except NotPermitted as error:
                may_be_over = error.is_unauthorized and session.is_renewable and tried < _SESSIONS_TRIED_MAX
                if not may_be_over or (has_renewed and self._session is session):
                    raise
            has_renewed = self._renew(session) or has_renewed
        raise AssertionError("the last session that is tried has an outcome")

    @asynccontextmanager
    async def streamed(self, ask: Ask) -> AsyncIterator[Download]:
        """The answer to an ask while it comes in."""
        async with self._opened(self._authorized(ask, await self.session()), Bounds()) as download:
            yield download

    def _renew(self, over: Session) -> bool:
        """Let the next command that needs a session sign in, unless another one has done so since."""
        is_ours = self._session is over
        if is_ours:
            self._session = None
        return is_ours

    def _authorized(self, ask: Ask, session: Session) -> Ask:
        return self.kind.authorize(ask, self.source.credentials, session)

    async def _whole(self, ask: Ask, bounds: Bounds) -> bytes:
        # A buffer's value is the buffer itself, where joined pieces would be there twice; and it is closed, since an error that
        # is on its way holds it for a while.
        with BytesIO() as body:
            await self._read(ask, bounds, body)
            answer = body.getvalue()
        check_entries(answer)
        return answer

    async def _read(self, ask: Ask, bounds: Bounds, body: BytesIO) -> None:
        async with AsyncExitStack() as large, self._opened(ask, bounds) as download, aclosing(download.pieces()) as pieces:
            is_large = False
            async for piece in pieces:
                if not is_large and body.tell() + len(piece) > limits.LARGE_BYTES:
                    is_large = True
                    await large.enter_async_context(self._turn)  # Our own wait: it is not the server's time.
                    _make_room(body, bounds.body_bytes)
                body.write(piece)
            body.truncate()

    @asynccontextmanager
    async def _opened(self, ask: Ask, bounds: Bounds) -> AsyncIterator[Download]:
        async with self._door.open(ask, bounds) as download:
            offset_s = clock_offset_s(download.date, self._clock())
            self.clock_offset_s = self.clock_offset_s if offset_s is None else offset_s
            yield download


def _make_room(body: BytesIO, size_bytes: int) -> None:
    """All that may come, at once: a buffer that grows is copied, and is there twice while it is."""
    place = body.tell()
    body.seek(size_bytes)
    body.write(b"\0")
    body.seek(place)
