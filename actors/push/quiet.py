"""When the news of a source are worth a sync: after a quiet while, or after a long burst; pure, in seconds of any clock."""

from msgspec import Struct
from msgspec.structs import replace

from actors.push.config import Pace
from contracts.catalog import Part


class _Burst(Struct, frozen=True, kw_only=True):
    """News that no sync has been asked for yet."""

    parts: frozenset[Part]
    first_s: float
    last_s: float


class Quiet:
    """The news of one source. Time may stand still and must not go back."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._burst: _Burst | None = None
        self._not_before_s = float("-inf")
        self._left_out = 0
        """How often in a row a part was running already."""

    @property
    def due_s(self) -> float | None:
        """When a sync is to be asked for, if nothing more is heard; none while there are no news."""
        if self._burst is None:
            return None
        over_s = min(self._burst.last_s + self._pace.quiet_s, self._burst.first_s + self._pace.burst_s)
        return max(over_s, self._not_before_s)

    def changed(self, parts: frozenset[Part], now_s: float) -> None:
        """Something of these parts is not as it was. No parts are no news."""
        if not parts:
            return
        if self._burst is None:
            self._burst = _Burst(parts=parts, first_s=now_s, last_s=now_s)
        else:
            self._burst = replace(self._burst, parts=self._burst.parts | parts, last_s=now_s)

    def take(self, now_s: float) -> frozenset[Part]:
        """The parts to ask for now, which are no news any more; none while nothing is due."""
        if self._burst is None or self.due_s is None or now_s < self.due_s:
            return frozenset()
        parts, self._burst = self._burst.parts, None
        self._not_before_s = now_s + self._pace.gap_s
        return parts

    def started(self, left_out: frozenset[Part], now_s: float) -> None:
        """The word on what was asked for. What ran already may have read past the news: it is news again, after a while."""
        if not left_out:
            self._left_out = 0
            return
        wait_s = min(self._pace.again_s * 2.0 ** min(self._left_out, 16), self._pace.burst_s)
        self._left_out += 1
        self._not_before_s = max(self._not_before_s, now_s + wait_s)
        self.changed(left_out, now_s)
