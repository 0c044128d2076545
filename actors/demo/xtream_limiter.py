"""A provider that counts: too many requests in a while, and it answers nobody for a while."""

import threading
import time
from collections import deque
from collections.abc import Callable


class Limiter:
    """Counts the requests of one login. May be asked from any thread; `clock_s` tells seconds that only grow."""

    def __init__(
        self,
        *,
        requests_max: int = 30,
        window_s: float = 10.0,
        ban_s: float = 60.0,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """More than `requests_max` in `window_s` are a ban."""
        self._requests_max, self._window_s, self._ban_s, self._clock_s = requests_max, window_s, ban_s, clock_s
        self._lock = threading.Lock()
        self._asked_s: deque[float] = deque()
        self._banned_until_s = float("-inf")
        self._bans_s: list[float] = []
        self._refused = 0
        self._busiest = 0

    @property
    def bans_s(self) -> list[float]:
        """When each ban began."""
        with self._lock:
            return list(self._bans_s)

    @property
    def refused(self) -> int:
        """Requests that came during a ban, its first included."""
        return self._refused

    @property
    def busiest(self) -> int:
        """The most requests that ever fell into one window."""
        return self._busiest

    def ban_left_s(self) -> float:
        """Count a request; 0 lets it pass, anything else is how long the ban lasts yet."""
        with self._lock:
            now_s = self._clock_s()
            while self._asked_s and self._asked_s[0] + self._window_s < now_s:
                self._asked_s.popleft()
            self._asked_s.append(now_s)
            self._busiest = max(self._busiest, len(self._asked_s))
            if now_s >= self._banned_until_s and len(self._asked_s) > self._requests_max:
                self._bans_s.append(now_s)
                self._banned_until_s = now_s + self._ban_s
            left_s = max(0.0, self._banned_until_s - now_s)
            self._refused += left_s > 0
            return left_s
