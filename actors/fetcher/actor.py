"""The fetcher: one command in, the slices of its listing or the answers of its series out while they come."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import aclosing
from datetime import datetime
from typing import Final, Self

from msgspec.structs import replace

from actors.fetcher.access import Access
from actors.fetcher.config import FetcherSource, RetryPolicy
from actors.fetcher.pacing import Ticks
from actors.fetcher.redact import Redactor
from actors.fetcher.retry import RETRIED, Tries
from actors.fetcher.say import WAITING, Messages, Speaker
from actors.fetcher.series import Memory, Series
from actors.fetcher.streaming import streamed
from actors.fetcher.walking import Walker
from actors.sources.ask import Credentials
from contracts import limits
from contracts.catalog import ACCOUNT_STEP
from contracts.errors import BadRequest, CoolDown, PlaybillError
from contracts.messages import FetchPage, FetchSeries

_NOBODY: Final = Redactor(Credentials())


class Fetcher:
    """Fetches from the sources it is given. Safe to use for several commands at once.

    `clock` tells the time in UTC; `ticks` is what requests are paced by.
    """

    def __init__(
        self, sources: Mapping[str, FetcherSource], *, clock: Callable[[], datetime], ticks: Ticks | None = None
    ) -> None:
        self._sources, self._clock, self._ticks = dict(sources), clock, ticks or Ticks()
        self._accesses: dict[str, Access] = {}
        self._turn = asyncio.Lock()
        self._memories: dict[str, Memory] = {}
        self._revision = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for access in self._accesses.values():
            await access.close()
        self._accesses.clear()

    async def handle(self, command: FetchPage | FetchSeries, delivery: int) -> Messages:
        """StepFetching along the way; slices in order, AccountChecked, or a RawSeries for each series; FetchFailed at the end.

        FetchFailed is for whatever the source does wrong, but for what concerns one series alone: its RawSeries says that.
        Raises CoolDown, after having said so, when the source asks to be left alone; the same command may come again then.
        May be closed or cancelled anywhere: back-off, turn and download end at once.
        """
        access = self._access(command.source_id)
        redactor = access.redactor if access else _NOBODY
        speaker = Speaker(command, delivery, redactor, clock=self._clock, revise=self._revise)
        speaker.begin(0)
        if access is None:
            yield speaker.failed(BadRequest(f"no source {command.source_id!r} is configured here"))
            return
        try:
            async with aclosing(self._fetched(access, command, delivery, speaker)) as messages:
                async for message in messages:
                    yield message
            return
        except PlaybillError as error:
            failure = error
        if isinstance(failure, CoolDown) and delivery <= limits.COOL_DOWNS_MAX:
            yield speaker.cooling_down(failure)
            raise CoolDown(redactor.text(failure.text), failure.delay_s) from None
        yield speaker.failed(failure)

    async def _fetched(self, access: Access, command: FetchPage | FetchSeries, delivery: int, speaker: Speaker) -> Messages:
        if isinstance(command, FetchSeries):
            memory = self._memories.setdefault(command.source_id, Memory())
            messages = Series(access, command, delivery, speaker, memory, self._clock).messages()
        elif command.step == ACCOUNT_STEP:
            messages = _again(access.source.retry, speaker, lambda: self._account(access, speaker))
        else:
            messages = self._listing(access, command, speaker)
        async with aclosing(messages):
            async for message in messages:
                yield message

    async def _account(self, access: Access, speaker: Speaker) -> Messages:
        yield speaker.fetching(WAITING)
        bodies = await access.account()
        account = access.kind.read_account(bodies, self._clock())
        account = replace(account, server={**account.server, "clock_offset_s": access.clock_offset_s})
        yield speaker.fetching(bytes_received=sum(map(len, bodies)))
        yield speaker.checked(account)

    async def _listing(self, access: Access, command: FetchPage, speaker: Speaker) -> Messages:
        retry = access.source.retry
        if not access.is_signed_in:
            async with aclosing(_again(retry, speaker, lambda: _sign_in(access, speaker))) as words:
                async for word in words:
                    yield word
        walk = access.kind.walk(command.step, await access.session(), access.source.page_size, command.since)
        if walk is not None:
            messages = Walker(access, walk, command, speaker).messages()
        else:
            messages = _again(retry, speaker, lambda: streamed(access, command, speaker))
        async with aclosing(messages):
            async for message in messages:
                yield message

    def _access(self, source_id: str) -> Access | None:
        source = self._sources.get(source_id)
        if source is None:
            return None
        if source_id not in self._accesses:
            self._accesses[source_id] = Access(source, self._clock, self._ticks, self._turn)
        return self._accesses[source_id]

    def _revise(self) -> int:
        """Milliseconds of the clock, growing with every word."""
        self._revision = max(self._revision + 1, int(self._clock().timestamp() * 1000))
        return self._revision


async def _sign_in(access: Access, speaker: Speaker) -> Messages:
    """Only words; the access has its session then."""
    yield speaker.fetching(WAITING)
    await access.session()


async def _again(retry: RetryPolicy, speaker: Speaker, once: Callable[[], Messages]) -> Messages:
    """The messages of the first try that goes through; each try is a new attempt."""
    async for one in Tries(retry):
        speaker.begin(one.number)
        try:
            async with aclosing(once()) as messages:
                async for message in messages:
                    yield message
            return
        except RETRIED as error:
            failure = error
        wait_s = one.failed(failure)
        if one.number < retry.max_retries:
            yield speaker.retrying(failure, retry.max_retries, wait_s)
