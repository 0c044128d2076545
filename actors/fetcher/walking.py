"""One listing in many answers: asked for one by one, each again by itself when it fails, all of them one attempt."""

from contextlib import aclosing
from typing import Final

from actors.fetcher.access import Access
from actors.fetcher.http import Bounds
from actors.fetcher.retry import RETRIED, Tries
from actors.fetcher.say import WAITING, Messages, Speaker
from actors.fetcher.slices import Slices
from actors.sources.ask import Ask
from actors.sources.walk import Walk
from contracts import limits
from contracts.catalog import Part
from contracts.errors import AnswerTooLarge, CoolDown, IncompleteAnswer, PlaybillError
from contracts.messages import FetchPage, Message

_PAGE: Final = Bounds(body_bytes=limits.PAGE_BYTES_MAX, wire_bytes=limits.PAGE_BYTES_MAX)
_TAIL_BYTES: Final = 1_024
"""Behind which blanks are looked for first: to take them off a whole page copies it."""
_CLOSINGS: Final = {b"{": b"}", b"[": b"]"}


class Walker:
    """One attempt at one step of a paged source."""

    def __init__(self, access: Access, walk: Walk, command: FetchPage, speaker: Speaker) -> None:
        self._access, self._walk, self._speaker = access, walk, speaker
        self._slices = Slices(command, speaker.attempt, access.redactor, access.kind.lasting)
        self._way_out = "" if command.part is Part.HOME else "; a smaller page_size asks for less at once"
        self._bytes_received = 0
        self._taken: list[bytes] = []

    async def messages(self) -> Messages:
        """The slices of the listing, and how far it is. Raises what ends it early, after the slices that came before."""
        try:
            async with aclosing(self._pages()) as messages:
                async for message in messages:
                    yield message
        except PlaybillError as error:
            failure: PlaybillError | None = error
        else:
            failure = None
        left = self._slices.left() if failure else self._slices.last(self._walk.doubt, self._walk.announced)
        self._speaker.slices_cut = self._slices.sent
        if left is not None:
            yield left
        if failure is not None:
            raise failure from None
        yield self._how_far()

    async def _pages(self) -> Messages:
        yield self._speaker.fetching(WAITING)
        while (ask := self._walk.ask()) is not None:
            async with aclosing(self._page(ask)) as messages:
                async for message in messages:
                    yield message
            for body in self._taken:
                before = self._slices.take(body)
                self._speaker.slices_cut = self._slices.sent
                if before is not None:
                    yield before
            yield self._how_far()

    async def _page(self, ask: Ask) -> Messages:
        """Words while it waits; what the answer holds is in `_taken` then."""
        try:
            async with aclosing(self._tries(ask)) as messages:
                async for message in messages:
                    yield message
        except CoolDown:
            raise
        except PlaybillError as error:
            instead = self._walk.failed(error)
            if instead is None:
                raise
            self._taken = instead

    async def _tries(self, ask: Ask) -> Messages:
        retry = self._access.source.retry
        async for one in Tries(retry):
            self._speaker.again(one.number)
            try:
                self._taken = self._walk.take(await self._body(ask))
                return
            except RETRIED as error:
                failure = error
            wait_s = one.failed(failure)
            if one.number < retry.max_retries:
                yield self._speaker.retrying(failure, retry.max_retries, wait_s)

    async def _body(self, ask: Ask) -> bytes:
        try:
            body = await self._access.whole(ask, _PAGE)
        except AnswerTooLarge as error:
            raise AnswerTooLarge(error.text + self._way_out) from None
        self._bytes_received += len(body)
        closing = _CLOSINGS.get(body[:1])
        ending = body[-_TAIL_BYTES:].rstrip() or body.rstrip()
        if closing is not None and ending[-1:] != closing:
            raise IncompleteAnswer("the answer ended in the middle")
        return body

    def _how_far(self) -> Message:
        return self._speaker.fetching(bytes_received=self._bytes_received, rows_expected=self._walk.rows_expected)
