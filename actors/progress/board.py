"""Every sync's state, and which of them are due to be told: pure apart from what it remembers."""

from datetime import datetime
from typing import Final

import msgspec

from actors.logs import logger
from actors.progress.fold import fold, progress_of
from actors.progress.seed import state_of
from actors.progress.state import SyncState
from contracts import limits
from contracts.messages import Fact, SyncPlanned, SyncProgress

_log: Final = logger("progress")


class Board:
    """At most `limits.CONSUMERS_MAX` syncs, the oldest forgotten first."""

    def __init__(self) -> None:
        self._states: dict[str, SyncState] = {}
        self._told: dict[str, SyncProgress] = {}
        self._due: dict[str, None] = {}
        self._newest: dict[str, datetime] = {}

    @property
    def has_due(self) -> bool:
        return bool(self._due)

    def seed(self, progress: SyncProgress) -> None:
        """Go on from the last state that was told."""
        self._states[progress.sync_id] = state_of(progress)
        self._told[progress.sync_id] = progress
        self._begin_lane(progress)

    def fold(self, fact: Fact, *, is_first_delivery: bool = False) -> None:
        """Take a fact in, in any order and any number of times.

        Facts that are delivered for the first time come in the order in which they were said: a plan among them is of the newest
        sync of its lane, also where the wall clock was set back since the one before.
        """
        state = self._states.pop(fact.sync_id, None) or SyncState()
        if is_first_delivery and isinstance(fact, SyncPlanned) and state.plan is None and fact.sync_id not in self._told:
            self._newest.pop(_lane(fact), None)
        self._states[fact.sync_id] = state  # The latest spoken of is the last to be forgotten.
        folded = fold(state, fact)
        if folded is not state:
            self._states[fact.sync_id] = folded
            self._due[fact.sync_id] = None
        while len(self._states) > limits.CONSUMERS_MAX:
            self._forget(next(iter(self._states)))

    def _forget(self, sync_id: str) -> None:
        del self._states[sync_id]
        self._told.pop(sync_id, None)
        self._due.pop(sync_id, None)

    def due(self, now: datetime) -> list[SyncProgress]:
        """What is to be told now: one state of each source at most, an older sync before a newer one."""
        told: dict[str, SyncProgress] = {}
        for sync_id in tuple(self._due):
            try:
                progress = progress_of(self._states[sync_id], now=now, previous=self._told.get(sync_id))
                is_news = progress is not None and self._is_news(progress)
            except Exception:  # noqa: BLE001 - a bug of ours, or facts that nobody should have said: the other syncs go on
                _log.exception("a progress that cannot be told", sync=sync_id)
                self._forget(sync_id)
                continue
            if progress is not None and progress.source_id in told:
                continue
            del self._due[sync_id]
            if progress is not None and is_news:
                told[progress.source_id] = self._told[sync_id] = progress
                self._begin_lane(progress)
        return list(told.values())

    def _begin_lane(self, progress: SyncProgress) -> None:
        lane = _lane(progress)
        if progress.started_at is not None:
            self._newest[lane] = max(progress.started_at, self._newest.pop(lane, progress.started_at))
        while len(self._newest) > limits.CONSUMERS_MAX:
            del self._newest[next(iter(self._newest))]

    def _is_news(self, progress: SyncProgress) -> bool:
        newest = self._newest.get(_lane(progress))
        if newest is not None and progress.started_at is not None and progress.started_at < newest:
            return False
        told = self._told.get(progress.sync_id)
        return told is None or msgspec.structs.replace(progress, updated_at=told.updated_at) != told


def _lane(of: SyncProgress | SyncPlanned) -> str:
    return f"{of.source_id}/{of.parts[0] if of.parts else ''}"
