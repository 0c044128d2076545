"""A world for schedulers: a clock turned by hand, and a writer in memory that admits by request id and says how it goes."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from actors.scheduler.config import PartSchedule, SourceSchedule
from actors.scheduler.deciding import Ask
from actors.scheduler.knowing import Known, heard
from actors.scheduler.planner import Note, Planner
from actors.scheduler.slots import slot_of_request
from contracts.catalog import Mode, Part, StepStatus, SyncStatus
from contracts.codec import sync_id_of
from contracts.messages import ErrorReport, RequestRefused, StepProgress, SyncProgress

BERLIN: Final = "Europe/Berlin"
NEW_YORK: Final = "America/New_York"
NOON: Final = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


def utc(text: str) -> datetime:
    """`2026-11-21 04:00`, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def texts(moments: Iterable[datetime]) -> list[str]:
    return [f"{moment:%Y-%m-%d %H:%M}" for moment in moments]


def home(**fields: Any) -> PartSchedule:
    return PartSchedule(part=Part.HOME, **({"every_s": 900.0} | fields if "cron" not in fields else fields))


def catalogue(**fields: Any) -> PartSchedule:
    return PartSchedule(part=Part.CATALOGUE, **({"every_s": 21_600.0} | fields if "cron" not in fields else fields))


def source(*schedules: PartSchedule, source_id: str = "plex") -> SourceSchedule:
    return SourceSchedule(source_id=source_id, schedules=schedules)


def progress(
    *parts: Part,
    started_at: datetime,
    ended_at: datetime | None = None,
    status: SyncStatus | None = None,
    ended_parts: Iterable[Part] = (),
    error: str | None = None,
    request_id: str = "by-hand",
    source_id: str = "plex",
    updated_at: datetime | None = None,
    bytes_received: int = 1_000,
) -> SyncProgress:
    """A word about a sync: running, unless it has an end."""
    named = status or (SyncStatus.COMPLETED if ended_at else SyncStatus.SYNCING)
    done = set(parts) if ended_at else set(ended_parts)
    check = StepProgress(step="account", title="Account", part=parts[0], weight=0, status=StepStatus.RUNNING)
    steps = [
        StepProgress(step=part, title=part, part=part, status=StepStatus.COMPLETED if part in done else StepStatus.RUNNING)
        for part in parts
    ]
    return SyncProgress(
        sync_id=sync_id_of(source_id, f"{request_id}{started_at}" if request_id == "by-hand" else request_id),
        source_id=source_id,
        request_id=request_id,
        parts=list(parts),
        status=named,
        steps=[check, *steps],
        errors=[ErrorReport(code=error, text="it did not go well")] if error else [],
        bytes_received=0 if error else bytes_received,
        started_at=started_at,
        updated_at=updated_at or ended_at or started_at,
        ended_at=ended_at,
    )


def known(*words: SyncProgress, now: datetime = NOON, since: datetime | None = None) -> Known:
    told = Known(since=since)
    for word in words:
        told = heard(told, word, now)
    return told


class Sync(msgspec.Struct, kw_only=True):
    """One that was admitted."""

    source_id: str
    request_id: str
    parts: tuple[Part, ...]
    mode: Mode
    started_at: datetime
    """On the clock of its time, which may have been wrong."""
    ends: dict[Part, datetime]
    """When each part will have ended, in true time."""
    error: str | None = None


class World:
    """Everything but the schedulers is well: requests and words arrive at once."""

    def __init__(self, sources: Iterable[SourceSchedule], now: datetime, lasts: Callable[[str, Part], timedelta]) -> None:
        self.sources, self.true_now, self._lasts = tuple(sources), now, lasts
        self.clock_error = timedelta()
        self.planners: dict[str, Planner] = {}
        self.admitted: list[Sync] = []
        self.asked: list[Ask] = []
        self.notes: list[Note] = []
        self.refused = 0
        self.error: str | None = None
        """What every sync ends with, while it is set."""
        self.is_writer_up = True
        self._waiting: list[Ask] = []
        self._running: list[Sync] = []
        self._kept: dict[tuple[str, Part], SyncProgress] = {}
        self._ids: set[tuple[str, str]] = set()

    @property
    def now(self) -> datetime:
        """What the clock on the wall shows."""
        return self.true_now + self.clock_error

    def start(self, name: str) -> None:
        """Start a scheduler, or start it anew: it knows what the bus has kept."""
        planner = Planner(self.sources, self.now)
        for word in self._kept.values():
            planner.hear(word, self.now)
        self.planners[name] = planner

    def stop(self, name: str) -> None:
        self.planners.pop(name, None)

    def run(self, until: datetime, step: timedelta = 10 * SECOND) -> None:
        """Let time pass, in true time."""
        while self.true_now < until:
            self.tick()
            self.true_now += step

    def tick(self) -> None:
        self._end_syncs()
        for planner in tuple(self.planners.values()):
            self._ask(planner)
        if self.is_writer_up:
            waiting, self._waiting = self._waiting, []
            for ask in waiting:
                self._admit(ask)

    def _ask(self, planner: Planner) -> None:
        look = planner.look(self.now)
        self.notes += look.notes
        for ask in look.asks:
            self.asked.append(ask)
            self._waiting.append(ask)
            planner.asked(ask, self.now)

    def _admit(self, ask: Ask) -> None:
        if (ask.source_id, ask.request_id) in self._ids:
            return
        running = {part for sync in self._running if sync.source_id == ask.source_id for part in sync.ends}
        parts = tuple(part for part in ask.parts if part not in running)
        if not parts:
            self._refuse(ask)
            return
        self._ids.add((ask.source_id, ask.request_id))
        ends = {part: self.true_now + (SECOND if self.error else self._lasts(ask.source_id, part)) for part in parts}
        sync = Sync(
            source_id=ask.source_id,
            request_id=ask.request_id,
            parts=parts,
            mode=ask.mode,
            started_at=self.now,
            ends=ends,
            error=self.error,
        )
        self.admitted.append(sync)
        self._running.append(sync)
        self._say(sync)

    def _refuse(self, ask: Ask) -> None:
        self.refused += 1
        refusal = RequestRefused(
            source_id=ask.source_id, request_id=ask.request_id, code="already_running", text="it runs", at=self.now
        )
        for planner in self.planners.values():
            planner.hear(refusal, self.now)

    def _end_syncs(self) -> None:
        for sync in tuple(self._running):
            left = {part: end for part, end in sync.ends.items() if end > self.true_now}
            if left != sync.ends:
                sync.ends = left
                self._say(sync)
            if not left:
                self._running.remove(sync)

    def _say(self, sync: Sync) -> None:
        failed = SyncStatus.FAILED if sync.error else SyncStatus.COMPLETED
        word = progress(
            *sync.parts,
            started_at=sync.started_at,
            ended_at=None if sync.ends else self.now,
            status=None if sync.ends else failed,
            ended_parts=set(sync.parts) - set(sync.ends),
            error=sync.error,
            request_id=sync.request_id,
            source_id=sync.source_id,
            updated_at=self.now,
        )
        self._kept[sync.source_id, sync.parts[0]] = word
        for planner in self.planners.values():
            planner.hear(word, self.now)

    def slots_of(self, source_id: str, part: Part) -> list[datetime]:
        """Of the syncs that were admitted, in their order."""
        slots = [slot_of_request(sync.request_id) for sync in self.admitted if sync.source_id == source_id and part in sync.parts]
        return [slot for slot in slots if slot is not None]

    def times_said(self, text: str) -> int:
        return sum(text in note.text for note in self.notes)
