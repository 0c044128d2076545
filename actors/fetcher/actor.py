"""The fetcher: one command in, the slices of its listing out while they stream."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from datetime import datetime
from typing import Final, Self

from actors.fetcher.config import FetcherSource
from actors.fetcher.cut import Cutter
from actors.fetcher.http import Bounds, Door, Download
from actors.fetcher.redact import Redactor
from actors.fetcher.retry import RETRIED, Tries
from actors.fetcher.say import WAITING, Speaker
from actors.fetcher.slices import Slices
from actors.sources import source as source_of
from actors.sources.ask import Credentials
from contracts import limits
from contracts.errors import BadRequest, CoolDown, PlaybillError
from contracts.messages import FetchPage, Message

_ACCOUNT: Final = "account"
_ACCOUNT_BOUNDS: Final = Bounds(body_bytes=limits.ACCOUNT_BYTES_MAX, wire_bytes=limits.ACCOUNT_BYTES_MAX)
_NOBODY: Final = Redactor(Credentials(username="", password=""))

Messages = AsyncGenerator[Message, None]


class Fetcher:
    """Fetches from the sources it is given. Safe to use for several commands at once; `clock` tells the time in UTC."""

    def __init__(self, sources: Mapping[str, FetcherSource], *, clock: Callable[[], datetime]) -> None:
        self._sources, self._clock = dict(sources), clock
        self._redactors = {source_id: Redactor(source.credentials) for source_id, source in sources.items()}
        self._doors: dict[str, Door] = {}
        self._revision = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for door in self._doors.values():
            await door.close()
        self._doors.clear()

    async def handle(self, command: FetchPage, delivery: int) -> Messages:
        """StepFetching along the way; slices in order, or AccountChecked; FetchFailed for whatever the source does wrong.

        Raises CoolDown, after having said so, when the source asks to be left alone; the same command may come again then.
        May be closed or cancelled anywhere: back-off and download end at once.
        """
        source = self._sources.get(command.source_id)
        redactor = self._redactors.get(command.source_id, _NOBODY)
        speaker = Speaker(command, delivery, redactor, clock=self._clock, revise=self._revise)
        speaker.begin(0)
        if source is None:
            yield speaker.failed(BadRequest(f"no source {command.source_id!r} is configured here"))
            return
        try:
            async with aclosing(self._tries(source, command, speaker, redactor)) as messages:
                async for message in messages:
                    yield message
            return
        except PlaybillError as error:
            failure = error
        if isinstance(failure, CoolDown) and delivery <= limits.COOL_DOWNS_MAX:
            yield speaker.cooling_down(failure)
            raise CoolDown(redactor.text(failure.text), failure.delay_s) from None
        yield speaker.failed(failure)

    async def _tries(self, source: FetcherSource, command: FetchPage, speaker: Speaker, redactor: Redactor) -> Messages:
        async for one in Tries(source.retry):
            speaker.begin(one.number)
            try:
                async with aclosing(self._once(source, command, speaker, redactor)) as messages:
                    async for message in messages:
                        yield message
                return
            except RETRIED as error:
                failure = error
            wait_s = one.failed(failure)
            if one.number < source.retry.max_retries:
                yield speaker.retrying(failure, source.retry.max_retries, wait_s)

    async def _once(self, source: FetcherSource, command: FetchPage, speaker: Speaker, redactor: Redactor) -> Messages:
        yield speaker.fetching(WAITING, bytes_expected=command.bytes_expected)
        kind = source_of(source.kind)
        ask = kind.authorize(kind.ask(command.step), source.credentials)
        is_account = command.step == _ACCOUNT
        async with self._door(source).get(ask, _ACCOUNT_BOUNDS if is_account else Bounds()) as download:
            if is_account:
                account = kind.read_account(await _whole(download), self._clock())
                yield speaker.fetching(bytes_received=download.progress(None)[0])
                yield speaker.checked(account)
                return
            slices = Slices(command, speaker.attempt, redactor, kind.lasting)
            async with aclosing(_listing(download, Cutter(kind.unexpected_root), slices, command, speaker)) as messages:
                async for message in messages:
                    yield message

    def _door(self, source: FetcherSource) -> Door:
        if source.source_id not in self._doors:
            self._doors[source.source_id] = Door(source, self._clock)
        return self._doors[source.source_id]

    def _revise(self) -> int:
        """Milliseconds of the clock, growing with every word."""
        self._revision = max(self._revision + 1, int(self._clock().timestamp() * 1000))
        return self._revision


async def _whole(download: Download) -> bytes:
    async with aclosing(download.pieces()) as pieces:
        return b"".join([piece async for piece in pieces])


async def _listing(download: Download, cutter: Cutter, slices: Slices, command: FetchPage, speaker: Speaker) -> Messages:
    try:
        async with aclosing(_streamed(download, cutter, slices, command, speaker)) as messages:
            async for message in messages:
                yield message
    except PlaybillError as error:
        failure: PlaybillError | None = error
    else:
        failure = None
    message_left = slices.left() if failure else slices.last()
    speaker.slices_cut = slices.sent
    if message_left is not None:
        yield message_left
    if failure is not None:
        raise failure from None
    yield _how_far(download, command, speaker)


async def _streamed(download: Download, cutter: Cutter, slices: Slices, command: FetchPage, speaker: Speaker) -> Messages:
    said_s = -limits.FETCH_FACT_INTERVAL_S
    async with aclosing(download.pieces()) as pieces:
        async for piece in pieces:
            for body in cutter.feed(piece):
                message = slices.take(body)
                speaker.slices_cut = slices.sent
                if message is not None:
                    yield message
            now_s = asyncio.get_running_loop().time()
            if now_s - said_s >= limits.FETCH_FACT_INTERVAL_S:
                said_s = now_s
                yield _how_far(download, command, speaker)
    for body in cutter.finish():
        message = slices.take(body)
        if message is not None:
            yield message


def _how_far(download: Download, command: FetchPage, speaker: Speaker) -> Message:
    bytes_received, bytes_expected = download.progress(command.bytes_expected)
    return speaker.fetching(bytes_received=bytes_received, bytes_expected=bytes_expected)
