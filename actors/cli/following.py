"""One sync from the request to its end, as a viewer follows it: refusals, cancel, and letting go."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any, Final, Literal, Protocol

from actors.cli import exits
from actors.cli.interrupts import Interrupts, unless
from actors.cli.shows import Show
from contracts import codec
from contracts.catalog import Part
from contracts.errors import BadRequest, BusUnavailable
from contracts.messages import RequestRefused, SyncProgress, SyncRequest

TAKEN_S: Final = 30.0
"""A writer takes a request within milliseconds; without one it stays in the queue."""
CANCELLED_S: Final = 30.0
"""A cancel is final within two seconds; a Playbill that does not answer is let go."""
FIRST_WORD_S: Final = 5.0
_SILENCE: Final = f"nobody took the request within {TAKEN_S:.0f} s; it is kept, and runs as soon as a writer does"
_SILENCE_CANCEL: Final = f"the sync did not end within {CANCELLED_S:.0f} s of the cancel; it ends as soon as its actors are back"

_PART_WORDS: Final = {
    Part.CATALOGUE: "the libraries are",
    Part.HOME: "the home page is",
    Part.EPISODES: "the episodes are",
}
_PLAIN: Final = frozenset({Part.CATALOGUE, Part.HOME})

Said = SyncProgress | RequestRefused


class Bus(Protocol):
    """What following needs of the bus."""

    async def request_sync(self, source_id: str, request: SyncRequest) -> None: ...
    async def cancel(self, target: tuple[Literal["sync", "source", "all"], str], reason: str = "") -> None: ...
    async def last_progress(self, source_id: str | None = None) -> list[SyncProgress]: ...
    def follow(self, source_id: str | None = None) -> AsyncIterator[Said]: ...


class Following:
    """What is known of the sync that was asked for; pure."""

    def __init__(self, source_id: str, request: SyncRequest) -> None:
        self._source_id, self._request = source_id, request
        self.sync_id = codec.sync_id_of(source_id, request.request_id)
        self.is_attached = False
        """Whether another's sync of the source is followed, because it was running already."""
        self.latest: SyncProgress | None = None
        self._seen: dict[str, SyncProgress] = {}

    def hear(self, said: Said) -> SyncProgress | None:
        """The state to show, if this was one of the followed sync. Raises BadRequest for a request that starts nothing."""
        if isinstance(said, SyncProgress):
            self._seen[said.sync_id] = said
            if said.sync_id != self.sync_id:
                return None
        elif said.request_id != self._request.request_id:
            return None
        elif said.running_sync_id is None:
            raise BadRequest(said.text)
        else:
            self.sync_id, self.is_attached = said.running_sync_id, True
        self.latest = self._seen.get(self.sync_id, self.latest)
        return self._seen.get(self.sync_id)

    def left_out(self) -> dict[Part, str]:
        """Parts that were asked for and are not in the sync, since another one runs them: each with that one's id."""
        if self.latest is None or self.is_attached:
            return {}
        missing = self._wanted() - set(self.latest.parts)
        running = [seen for seen in self._seen.values() if seen.source_id == self._source_id and not seen.status.is_final]
        return {part: other.sync_id for other in running for part in other.parts if part in missing}

    def _wanted(self) -> set[Part]:
        """Every part of a plain sync, where nothing narrows the request."""
        is_plain = not (self._request.parts or self._request.steps or self._request.libraries)
        return set(_PLAIN) if is_plain else set(self._request.parts)


class FollowedSync:
    """One sync, asked for and shown to its end. The first interrupt cancels it, the second lets go of it."""

    def __init__(self, bus: Bus, source_id: str, request: SyncRequest, show: Show, interrupts: Interrupts) -> None:
        self._bus, self._source_id, self._request = bus, source_id, request
        self._show, self._interrupts = show, interrupts
        self.known = Following(source_id, request)
        self._messages = bus.follow(source_id)
        self._arriving = asyncio.create_task(_next(self._messages))
        self._deadline: float | None = None
        self._is_cancelling = False
        self._is_shown = False

    async def to_end(self) -> int:
        """The exit code. Raises BadRequest when it is refused, BusUnavailable when nobody takes it or the bus is gone."""
        first, second = (asyncio.create_task(event.wait()) for event in (self._interrupts.first, self._interrupts.second))
        try:
            await self.ask()
            code = None
            while code is None:
                waits: set[asyncio.Task[Any]] = {self._arriving, second} | (set() if self._is_cancelling else {first})
                await asyncio.wait(waits, timeout=self._timeout(), return_when=asyncio.FIRST_COMPLETED)
                code = exits.CANCELLED if second.done() else await self._after(first)
            return code
        finally:
            await _ended(first, second)
            await self.close()

    async def ask(self) -> None:
        # A round trip on the same connection: when it is over, the subscriptions stand, and no refusal can be missed.
        await self._bus.last_progress(self._source_id)
        await self._bus.request_sync(self._source_id, self._request)
        self._deadline = asyncio.get_running_loop().time() + TAKEN_S

    async def first_word(self) -> SyncProgress | None:
        """The first state of the sync, or None when nothing is heard for a moment. Raises BadRequest when it is refused."""
        while True:
            await asyncio.wait({self._arriving}, timeout=FIRST_WORD_S)
            if not self._arriving.done():
                return None
            progress = self._hear()
            if progress is not None:
                return progress

    async def close(self) -> None:
        await _ended(self._arriving)
        if isinstance(self._messages, AsyncGenerator):
            await self._messages.aclose()

    def _timeout(self) -> float | None:
        return None if self._deadline is None else max(0.0, self._deadline - asyncio.get_running_loop().time())

    async def _after(self, first: "asyncio.Task[Any]") -> int | None:
        """What one round of waiting brought: the exit code, or None to go on."""
        if first.done() and not self._is_cancelling:
            await self._cancel()
        elif self._arriving.done():
            progress = self._hear()
            if progress is not None:
                return self._shown(progress)
        elif self._timeout() == 0.0:
            raise BusUnavailable(_SILENCE_CANCEL if self._is_cancelling else _SILENCE)
        return None

    async def _cancel(self) -> None:
        self._is_cancelling = True
        self._show.note("cancelling; Ctrl-C again to leave it to itself")
        await unless(self._interrupts.second, self._bus.cancel(("sync", self.known.sync_id), "Ctrl-C"))
        self._deadline = asyncio.get_running_loop().time() + CANCELLED_S

    def _hear(self) -> SyncProgress | None:
        said = self._arriving.result()
        if said is None:
            raise BusUnavailable("the connection to the bus is gone; the sync goes on without this command where Playbill runs")
        self._arriving = asyncio.create_task(_next(self._messages))
        was_attached = self.known.is_attached
        progress = self.known.hear(said)
        if self.known.is_attached and not was_attached:
            self._show.note(f"a sync of {self._source_id} runs already; this shows it, and Ctrl-C cancels it")
        return progress

    def _shown(self, progress: SyncProgress) -> int | None:
        if not self._is_cancelling:
            self._deadline = None
        self._show.progress(progress)
        if not self._is_shown:
            self._is_shown = True
            for text in left_out_texts(self.known):
                self._show.note(text)
        return exits.of_status(progress.status) if progress.status.is_final else None


def left_out_texts(known: Following) -> list[str]:
    """What of the request another sync does already, in words."""
    return [f"{_PART_WORDS[part]} left out: sync {sync_id} is at it already" for part, sync_id in known.left_out().items()]


async def _next(messages: AsyncIterator[Said]) -> Said | None:
    """The next of them; None at their end."""
    async for said in messages:
        return said
    return None


async def _ended(*tasks: "asyncio.Task[Any]") -> None:
    """Every task, cancelled and over."""
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
