"""How long a server is left alone after a connection to it was lost; pure."""

from typing import Final

from actors.push.config import Pace

_JITTER_SHARE: Final = 0.25
"""Up to this share of a wait is taken off by chance, so that not everybody comes back at once."""


class BackOff:
    """Of one source."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._next_s = pace.back_off_s

    def lived(self, seconds: float) -> None:
        """A connection is over that lived so long: after a good one it begins anew."""
        if seconds >= self._pace.settled_s:
            self._next_s = self._pace.back_off_s

    def refused(self) -> None:
        """The server is there and does not want us: it is asked as seldom as may be, as it may count how often."""
        self._next_s = self._pace.back_off_max_s

    def wait_s(self, chance: float) -> float:
        """How long to wait now; the next wait is twice as long. `chance` is from 0 to 1."""
        wait_s = self._next_s
        self._next_s = min(wait_s * 2, self._pace.back_off_max_s)
        return wait_s * (1 - chance * _JITTER_SHARE)
