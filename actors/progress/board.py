"""Every sync's state, and which of them are due to be told: pure apart from what it remembers."""

from datetime import datetime

import msgspec

from actors.progress.fold import fold, progress_of
from actors.progress.seed import state_of
from actors.progress.state import SyncState
from contracts import limits
from contracts.messages import Fact, SyncProgress


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
        if progress.started_at is not None:
            self._newest[_lane(progress)] = progress.started_at

    def fold(self, fact: Fact) -> None:
        """Take a fact in, in any order and any number of times."""
        state = self._states.pop(fact.sync_id, None) or SyncState()
        self._states[fact.sync_id] = fold(state, fact)
        self._due[fact.sync_id] = None
        while len(self._states) > limits.CONSUMERS_MAX:
            forgotten = next(iter(self._states))
            del self._states[forgotten]
            self._told.pop(forgotten, None)
            self._due.pop(forgotten, None)

    def due(self, now: datetime) -> list[SyncProgress]:
        """What is to be told now: one state of each source at most, an older sync before a newer one."""
        told: dict[str, SyncProgress] = {}
        for sync_id in tuple(self._due):
            progress = progress_of(self._states[sync_id], now=now, previous=self._told.get(sync_id))
            if progress is not None and progress.source_id in told:
                continue
            del self._due[sync_id]
            if progress is not None and self._is_news(progress):
                told[progress.source_id] = self._told[sync_id] = progress
                if progress.started_at is not None:
                    self._newest[_lane(progress)] = progress.started_at
        return list(told.values())

    def _is_news(self, progress: SyncProgress) -> bool:
        newest = self._newest.get(_lane(progress))
        if newest is not None and progress.started_at is not None and progress.started_at < newest:
            return False
        told = self._told.get(progress.sync_id)
        return told is None or msgspec.structs.replace(progress, updated_at=told.updated_at) != told


def _lane(progress: SyncProgress) -> str:
    return f"{progress.source_id}/{progress.parts[0] if progress.parts else ''}"
