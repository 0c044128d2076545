"""The scheduler's process: hears how syncs go and asks for those that are due.

Any number of schedulers may run: a request's id is made of its source and slot, and the writer admits an id once.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import Final

from actors.logs import logger
from actors.runtime.following import Following, kept_progress
from actors.runtime.hearing import ASK_AGAIN_S
from actors.runtime.process import ActorBus
from actors.scheduler.config import SourceSchedule
from actors.scheduler.deciding import Ask
from actors.scheduler.planner import Note, Planner
from contracts import codec, subjects
from contracts.errors import BusUnavailable
from contracts.messages import SyncRequest

_log: Final = logger("scheduler")
_PUBLISH_S: Final = 10.0
"""What is not taken by then is looked at anew: a newer slot may have come meanwhile."""
_CLOCK_S: Final = 20.0
"""Between two looks at the clock, however long there is nothing to do: it may have been set."""
_BUG_PAUSE_S: Final = 60.0


class Scheduler:
    """Follows the schedules of its sources."""

    def __init__(self, bus: ActorBus, schedules: Iterable[SourceSchedule], clock: Callable[[], datetime]) -> None:
        self._bus, self._clock = bus, clock
        self._planner = Planner(schedules, clock())
        self._news = asyncio.Event()

    async def run(self) -> None:
        """Work until cancelled."""
        self._bus.control.on_reconnect(self._on_reconnect)
        try:
            await self._for_ever(self._work)
        finally:
            self._bus.control.forget(self._on_reconnect)

    async def _for_ever(self, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await work()
            except BusUnavailable as error:
                _log.warning("waits for the last progress", reason=error.text)
                await asyncio.sleep(ASK_AGAIN_S)
            except Exception:  # noqa: BLE001 - a bug of ours: what it met is read anew
                _log.exception("a bug")
                await asyncio.sleep(_BUG_PAUSE_S)

    async def _work(self) -> None:
        # Nothing is asked for before it is known what ran last.
        async with Following(self._bus.control, None) as following:
            for progress in await kept_progress(self._bus.control.client, None):
                self._planner.hear(progress, self._clock())
            async with asyncio.TaskGroup() as group:
                group.create_task(self._listen(following))
                group.create_task(self._ask_what_is_due())

    async def _listen(self, following: Following) -> None:
        while (message := await following.next()) is not None:
            if self._planner.hear(message, self._clock()):
                self._news.set()
        # The connection is closed for good, and with it the process ends.

    async def _ask_what_is_due(self) -> None:
        while True:
            self._news.clear()
            look = self._planner.look(self._clock())
            for note in look.notes:
                _say(note)
            taken = [await self._ask(ask) for ask in look.asks]
            if all(taken):
                await self._rest(look.until)
            else:
                await asyncio.sleep(ASK_AGAIN_S)

    async def _ask(self, ask: Ask) -> bool:
        """Whether its stream has it. Where that is unknown the same is said again: the same id is one sync."""
        request = SyncRequest(request_id=ask.request_id, parts=list(ask.parts), mode=ask.mode)
        message_id = f"{ask.source_id}:{ask.slot_id}"
        try:
            async with asyncio.timeout(_PUBLISH_S):
                subject = subjects.request(ask.source_id)
                await self._bus.publisher.publish_bytes(subject, message_id, codec.encode(request))
        except (TimeoutError, BusUnavailable) as error:
            reason = error.text if isinstance(error, BusUnavailable) else f"no stream took it within {_PUBLISH_S:.0f} s"
            _log.warning("a scheduled sync waits", source=ask.source_id, slot=ask.slot_id, reason=reason)
            return False
        self._planner.asked(ask, self._clock())
        _log.info("a sync is due", source=ask.source_id, slot=ask.slot_id, late_s=round(ask.delay_s, 1))
        return True

    async def _rest(self, until: datetime) -> None:
        seconds = min(_CLOCK_S, max(0.0, (until - self._clock()).total_seconds()))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._news.wait()

    async def _on_reconnect(self) -> None:
        self._planner.forget_asked()
        self._news.set()


def _say(note: Note) -> None:
    say = _log.warning if note.is_warning else _log.info
    say(note.text, source=note.source_id, **note.values)
