"""Which syncs run for too long, by a clock that nobody sets."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime

from actors.store.records import SyncRow
from contracts import limits


class Ages:
    """The wall clock tells only how old those are that were there at the first look; from then on the monotonic one counts.

    A small computer starts with the time at which it was switched off, and hears the right one when its first sync runs already:
    by the wall clock, that sync would be days old all at once.
    """

    def __init__(self, elapsed_s: Callable[[], float] = time.monotonic) -> None:
        self._elapsed_s = elapsed_s
        self._met: dict[str, tuple[float, float]] = {}
        """Age at the first look that saw the sync, and when that was."""
        self._has_looked = False

    def too_old(self, unfinished: Sequence[SyncRow], now: datetime) -> set[str]:
        """Ids of those older than `limits.SYNC_AGE_MAX_S`. `unfinished` are all there are."""
        elapsed_s = self._elapsed_s()
        self._met = {sync.sync_id: self._met.get(sync.sync_id, (self._age_s(sync, now), elapsed_s)) for sync in unfinished}
        self._has_looked = True
        return {id_ for id_, (age_s, met_s) in self._met.items() if age_s + (elapsed_s - met_s) > limits.SYNC_AGE_MAX_S}

    def _age_s(self, sync: SyncRow, now: datetime) -> float:
        return 0.0 if self._has_looked else (now - sync.started_at).total_seconds()
