"""How fast one source is asked: a small burst, then evenly, and never more than so many requests in any ten seconds."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

from msgspec import Struct

_WINDOW_S: Final = 10.0
_BURST: Final = 16
"""A sync of a catalogue is seven requests: two of them, one right after the other, should not wait."""
_BURST_SHARE: Final = 2 / 3
"""Of a window's requests, which may come at once."""
_TOLERANCE_S: Final = 1e-6
"""A sleep ends a rounding error before its time."""


class Ticks(Struct, frozen=True, kw_only=True):
    """The time that pacing goes by, which knows no date."""

    now_s: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


class Pace:
    """What was asked lately, and how long the next request has to wait for it; pure."""

    def __init__(self, requests_per_10_s: float) -> None:
        """More than 0; below 1 it is one request in more than ten seconds."""
        self._gap_s = _WINDOW_S / requests_per_10_s
        self._window_s = max(_WINDOW_S, self._gap_s)
        self._requests_max = max(1, int(requests_per_10_s))
        self._burst = max(1, min(_BURST, int(requests_per_10_s * _BURST_SHARE)))
        self._asked_s: deque[float] = deque(maxlen=self._requests_max)

    def wait_s(self, now_s: float) -> float:
        """Seconds until the next request may go; 0 when it may go now."""
        while self._asked_s and self._asked_s[0] + self._window_s <= now_s + _TOLERANCE_S:
            self._asked_s.popleft()
        if len(self._asked_s) < self._burst:
            return 0.0
        free_s = self._asked_s[-1] + self._gap_s
        if len(self._asked_s) == self._requests_max:
            free_s = max(free_s, self._asked_s[0] + self._window_s)
        return free_s - now_s if free_s > now_s + _TOLERANCE_S else 0.0

    def even_wait_s(self, now_s: float) -> float:
        """Seconds until the next request may go of somebody who takes no part in bursts."""
        free_s = self._asked_s[-1] + self._gap_s if self._asked_s else now_s
        return max(self.wait_s(now_s), free_s - now_s if free_s > now_s + _TOLERANCE_S else 0.0)

    def took(self, now_s: float) -> None:
        """A request goes."""
        self._asked_s.append(now_s)


class Pacer:
    """The pace of one source in this process: every request takes its turn, in the order in which they came."""

    def __init__(self, requests_per_10_s: float | None, ticks: Ticks | None = None) -> None:
        """None: nobody waits."""
        self._pace = None if requests_per_10_s is None else Pace(requests_per_10_s)
        self._ticks = ticks or Ticks()
        self._line = asyncio.Lock()

    @property
    def must_wait(self) -> bool:
        """Whether who asks evenly would not go at once."""
        return self._pace is not None and (self._line.locked() or self._pace.even_wait_s(self._ticks.now_s()) > 0)

    async def even(self) -> None:
        """Before a request of many: wait as long after the last one as if there were no bursts.

        A process that is started anew has forgotten what was asked; a second burst might be one too many.
        """
        while self._pace is not None and (wait_s := self._pace.even_wait_s(self._ticks.now_s())) > 0:
            await self._ticks.sleep(wait_s)

    async def turn(self) -> None:
        """Wait until the next request may go. A wait that is cancelled takes no turn."""
        if self._pace is None:
            return
        async with self._line:
            while (wait_s := self._pace.wait_s(self._ticks.now_s())) > 0:
                await self._ticks.sleep(wait_s)
            self._pace.took(self._ticks.now_s())
