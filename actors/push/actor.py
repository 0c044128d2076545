"""The push actor's process: listens to its sources and asks for a sync of each some while after its news."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import Final

from actors.logs import logger
from actors.push.config import Pace, PushSource
from actors.push.listening import Listener
from actors.push.meaning import Meaning
from actors.push.quiet import Quiet
from actors.runtime.process import ActorBus
from actors.runtime.starting import Starts, Word
from contracts import limits
from contracts.catalog import Part
from contracts.errors import BusUnavailable
from contracts.messages import RequestRefused, SyncRequest

_log: Final = logger("push")
_PUBLISH_S: Final = 10.0
_ASK_AGAIN_S: Final = 5.0
_BUG_PAUSE_S: Final = 60.0
_ALREADY: Final = "already_running"


class Push:
    """Listens to any number of sources. `clock` names the requests; what is waited is told by the event loop's own."""

    def __init__(
        self, bus: ActorBus, sources: Iterable[PushSource], clock: Callable[[], datetime], *, pace: Pace | None = None
    ) -> None:
        self._bus, self._clock, self._pace = bus, clock, pace or Pace()
        self._sources = tuple(sources)

    async def run(self) -> None:
        """Work until cancelled."""
        starts = await self._bus.starts()
        async with asyncio.TaskGroup() as group:
            for source in self._sources:
                caller = _Caller(source.source_id, starts, self._clock, self._pace)
                group.create_task(Listener(source, self._pace, caller.hear).run())
                group.create_task(caller.run())
            await asyncio.Event().wait()  # Also with nothing to listen to, a process ends when it is told to.


class _Caller:
    """Asks for the syncs of one source."""

    def __init__(self, source_id: str, starts: Starts, clock: Callable[[], datetime], pace: Pace) -> None:
        self._source_id, self._starts, self._clock = source_id, starts, clock
        self._quiet = Quiet(pace)
        self._news = asyncio.Event()

    def hear(self, meaning: Meaning) -> None:
        """Note what was heard."""
        if meaning is not Meaning.NOTHING:
            self._quiet.changed(meaning.parts, _now_s())
            self._news.set()

    async def run(self) -> None:
        while True:
            try:
                await self._rest()
                parts = self._quiet.take(_now_s())
                if parts:
                    await self._call(parts)
            except Exception:  # noqa: BLE001 - a bug of ours: one source must not cost the others
                _log.exception("a bug", source=self._source_id)
                await asyncio.sleep(_BUG_PAUSE_S)

    async def _rest(self) -> None:
        """Until something is due, or there are news that put it off."""
        self._news.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(self._quiet.due_s):
                await self._news.wait()

    async def _call(self, parts: frozenset[Part]) -> None:
        """Ask for one sync, until its stream has the request, and hear what becomes of it."""
        stamp = self._clock().strftime("%Y%m%dT%H%M%S")
        request = SyncRequest(request_id=f"push-{self._source_id}-{stamp}", parts=sorted(parts))
        _log.info("there are news; a sync is asked for", source=self._source_id, request_id=request.request_id)
        with self._starts.hearing(self._source_id, request.request_id) as hearing:
            await self._publish(request)
            word = await _within(limits.SYNC_ANSWER_S, hearing)
        if isinstance(word, RequestRefused) and word.code != _ALREADY:
            _log.warning("a sync that push asked for is refused", source=self._source_id, reason=word.text)
        self._quiet.started(left_out(word, parts), _now_s())

    async def _publish(self, request: SyncRequest) -> None:
        """However long no stream takes it. Where that is unknown the same is said again: the same id is one sync."""
        while not await self._published(request):  # noqa: ASYNC110 - the bus is asked again, nobody tells
            await asyncio.sleep(_ASK_AGAIN_S)

    async def _published(self, request: SyncRequest) -> bool:
        try:
            async with asyncio.timeout(_PUBLISH_S):
                await self._starts.publish(self._source_id, request)
        except (TimeoutError, BusUnavailable) as error:
            reason = error.text if isinstance(error, BusUnavailable) else f"no stream took it within {_PUBLISH_S:.0f} s"
            _log.warning("a sync that push asks for waits", source=self._source_id, reason=reason)
            return False
        return True


def left_out(word: Word | None, parts: frozenset[Part]) -> frozenset[Part]:
    """Which of the parts run already, and so may have read past the news.

    No word at all is no reason to ask once more: the request is safe in its stream.
    """
    match word:
        case None:
            return frozenset()
        case RequestRefused():
            return parts if word.code == _ALREADY else frozenset()
        case _:
            return frozenset(word.left_out)


async def _within(seconds: float, hearing: Awaitable[Word]) -> Word | None:
    try:
        async with asyncio.timeout(seconds):
            return await hearing
    except TimeoutError:
        return None


def _now_s() -> float:
    return asyncio.get_running_loop().time()
