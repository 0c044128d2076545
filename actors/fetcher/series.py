"""Some series of one source, asked for one by one: which answers are believed, and when the source is left alone.

An answer without episodes may be a provider's bad day: one that has had enough of us goes on answering, with nothing in it.
So such answers, and failures, wait until the source has shown that it still gives episodes.
"""

from collections.abc import Callable, Iterator
from contextlib import aclosing
from datetime import datetime
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from actors.fetcher.access import Access
from actors.fetcher.http import Bounds
from actors.fetcher.retry import RETRIED, Tries
from actors.fetcher.say import Messages, Speaker
from actors.fetcher.status import NoSuchEndpoint
from contracts import limits
from contracts.errors import (
    AnswerTooLarge,
    CoolDown,
    PlaybillError,
    RedirectRefused,
    RequestRejected,
    UnexpectedAnswer,
)
from contracts.messages import ErrorReport, FetchSeries, Message, RawSeries, SeriesAsk

_BOUNDS: Final = Bounds(body_bytes=limits.SERIES_BYTES_MAX, wire_bytes=limits.SERIES_BYTES_MAX)
_BODY_BYTES_MAX: Final = limits.MESSAGE_BYTES_MAX - 16 * limits.KIB
"""Of an answer in its message, beside the message's other fields."""
_COSTS_ITSELF: Final = (*RETRIED, AnswerTooLarge, RedirectRefused, RequestRejected, UnexpectedAnswer)
"""Failures that one series may have while the next has none."""
_BARREN_MAX: Final = limits.SERIES_BATCH // 2
"""Series in a row without episodes, though none had any before, after which one that has some is asked: no accident any more."""


class Memory(Struct, kw_only=True):
    """What is remembered of one source from command to command, while this process lives."""

    witness: str | None = None
    """The series that last came with episodes: while it does, the source is well."""
    sync_id: str = ""
    bytes_received: int = 0
    """Of all series of the last sync."""


class Answered(Struct, frozen=True, kw_only=True):
    """What one request for a series came to."""

    body: bytes = b""
    has_episodes: bool = False
    is_unknown: bool = False
    is_missing: bool = False
    """Unknown by status 404, with which panels also refuse an account."""
    failure: PlaybillError | None = None
    error: ErrorReport | None = None
    """The failure in words."""


class Series:
    """One delivery of one command. Messages come in the order of the series, some of them later than their answers."""

    def __init__(
        self,
        access: Access,
        command: FetchSeries,
        delivery: int,
        speaker: Speaker,
        memory: Memory,
        clock: Callable[[], datetime],
    ) -> None:
        self._access, self._command, self._delivery = access, command, delivery
        self._speaker, self._memory, self._clock = speaker, memory, clock
        self._held: list[tuple[SeriesAsk, Answered]] = []
        self._sent = 0
        self._is_account_good = False
        self._answered = Answered()

    async def messages(self) -> Messages:
        """A RawSeries for each series, and words. Raises CoolDown while the command may come again, and AccountRejected."""
        if self._memory.sync_id != self._command.sync_id:
            self._memory.sync_id, self._memory.bytes_received = self._command.sync_id, 0
        try:
            async with aclosing(self._each()) as messages:
                async for message in messages:
                    yield message
            return
        except CoolDown as error:
            if self._delivery <= limits.COOL_DOWNS_MAX:
                raise
            failure = error
        for asked in self._command.series[self._sent :]:
            yield self._raw(asked, self._failed(asked.remote_id, failure))

    async def _each(self) -> Messages:
        last = len(self._command.series)
        for number, asked in enumerate(self._command.series, 1):
            async with aclosing(self._ask(asked.remote_id, f"series {number} of {last}")) as words:
                async for word in words:
                    yield word
            self._held.append((asked, self._answered))
            if self._answered.has_episodes:
                self._memory.witness = asked.remote_id
            if self._answered.has_episodes or await self._is_well() or number == last:
                await self._check_account(are_all_in=number == last)
                for message in self._released():
                    yield message

    # --- Asking

    async def _ask(self, series_id: str, place: str) -> Messages:
        """Words while it waits; what became of it is in `_answered` then. Raises CoolDown, AccountRejected, BadRequest."""
        yield self._fetching(f"{place}: waiting its turn" if self._access.pacer.must_wait else place)
        try:
            async with aclosing(self._tries(series_id, place)) as words:
                async for word in words:
                    yield word
        except NoSuchEndpoint:
            self._answered = Answered(is_unknown=True, is_missing=True)
        except _COSTS_ITSELF as error:
            self._answered = self._failed(series_id, error)
            self._speaker.again(0)

    async def _tries(self, series_id: str, place: str) -> Messages:
        retry = self._access.source.retry
        async for one in Tries(retry):
            self._speaker.again(one.number)
            try:
                self._answered = await self._once(series_id)
                return
            except RETRIED as error:
                failure = error
            wait_s = one.failed(failure)
            if one.number < retry.max_retries:
                word = self._speaker.retrying(failure, retry.max_retries, wait_s, place=f"{place}: ")
                yield replace(word, bytes_received=self._memory.bytes_received)

    async def _once(self, series_id: str) -> Answered:
        kind = self._access.kind
        await self._access.pacer.even()
        body = await self._access.whole(kind.series_ask(series_id), _BOUNDS)
        self._memory.bytes_received += len(body)
        value = kind.series_body(body)
        if kind.is_unknown_series(value):
            return Answered(is_unknown=True)
        redacted = self._access.redactor.body(b"[" + value + b"]")[1:-1]
        if len(redacted) > _BODY_BYTES_MAX:
            raise AnswerTooLarge("the answer repeats the credentials so often that it passes the bus's limit")
        return Answered(body=redacted, has_episodes=bool(kind.read_series(series_id, value).items))

    def _failed(self, series_id: str, error: PlaybillError) -> Answered:
        return Answered(failure=error, error=self._speaker.report(error, f"series {series_id}: "))

    # --- Judging

    async def _is_well(self) -> bool:
        """Whether the source has shown just now that it still gives episodes.

        Raises CoolDown where it has shown that it does not, and AccountRejected where it lets us in no more.
        """
        await self._check_account(are_all_in=False)
        suspects = [answered for asked, answered in self._held if asked.episodes_known or answered.failure is not None]
        if len(suspects) < limits.SERIES_EMPTY_MAX:
            return len(self._held) >= _BARREN_MAX and self._memory.witness is not None and await self._has_witness()
        failure = suspects[-1].failure
        if failure is not None:
            raise CoolDown(f"{len(suspects)} series in a row could not be read: {failure.text}", limits.COOL_DOWN_DEFAULT_S)
        if self._memory.witness is None:
            raise _suddenly_empty()
        return await self._has_witness()

    async def _has_witness(self) -> bool:
        """Whether the series that last came with episodes has them still. Raises CoolDown when it has none, and forgets it."""
        witness, self._memory.witness = self._memory.witness, None
        assert witness is not None
        try:
            answered = await self._once(witness)
        except (*_COSTS_ITSELF, NoSuchEndpoint):
            raise _suddenly_empty() from None
        if not answered.has_episodes:
            raise _suddenly_empty()
        self._memory.witness = witness
        return True

    async def _check_account(self, *, are_all_in: bool) -> None:
        """Where series answer 404, ask once whether the account is good: then it is the series. Raises AccountRejected."""
        missing = [answered for _, answered in self._held if answered.is_missing]
        if self._is_account_good or not missing or any(answered.has_episodes for _, answered in self._held):
            return
        if are_all_in or len(missing) >= limits.SERIES_EMPTY_MAX:
            try:
                self._access.kind.read_account(await self._access.account(), self._clock())
            except RETRIED as error:
                raise CoolDown(f"the account cannot be checked: {error.text}", limits.COOL_DOWN_DEFAULT_S) from None
            self._is_account_good = True

    # --- Saying

    def _fetching(self, detail: str) -> Message:
        return self._speaker.fetching(detail, bytes_received=self._memory.bytes_received)

    def _released(self) -> Iterator[Message]:
        held, self._held = self._held, []
        for asked, answered in held:
            self._sent += 1
            yield self._raw(asked, answered)

    def _raw(self, asked: SeriesAsk, answered: Answered) -> RawSeries:
        command = self._command
        return RawSeries(
            sync_id=command.sync_id,
            source_id=command.source_id,
            source_kind=command.source_kind,
            step=command.step,
            requested_ns=command.requested_ns,
            series_id=asked.remote_id,
            body=answered.body,
            is_unknown=answered.is_unknown,
            error=answered.error,
            part=command.part,
        )


def _suddenly_empty() -> CoolDown:
    return CoolDown("series suddenly come back empty", limits.COOL_DOWN_DEFAULT_S)
