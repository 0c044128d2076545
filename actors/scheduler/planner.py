"""What a scheduler knows and has said, and what is to be said next: pure apart from what it remembers."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from actors.logs import logger
from actors.scheduler.config import SourceSchedule
from actors.scheduler.deciding import Ask, Wait, decide
from actors.scheduler.knowing import Known, asked_for, heard, refused, without_asked
from actors.scheduler.slots import is_scheduled
from contracts.catalog import Part
from contracts.messages import RequestRefused, SyncProgress

_log: Final = logger("scheduler")
_IDLE: Final = timedelta(hours=1)
"""Until the next look where there is nothing to wait for, and at a source that a bug of ours met."""


class Note(Struct, frozen=True, kw_only=True):
    """One thing worth a line in the log, said once."""

    text: str
    source_id: str
    values: dict[str, object] = {}
    is_warning: bool = False


class Look(Struct, frozen=True, kw_only=True):
    """What there is to do now."""

    asks: list[Ask]
    """Each is given again until `asked` says that it is in its stream."""
    notes: list[Note]
    until: datetime
    """Nothing more is due before, unless there is news or the clock is set back."""


class Planner:
    """Of the configured sources; what is said of others is passed over."""

    def __init__(self, schedules: Iterable[SourceSchedule], since: datetime) -> None:
        self._schedules = {source.source_id: source for source in schedules}
        self._known = {source_id: Known(since=since) for source_id in self._schedules}
        self._until: dict[str, datetime] = {}
        self._skipped: dict[tuple[str, Part], datetime] = {}
        self._notes: list[Note] = []
        self._looked_at = since

    @property
    def known(self) -> Mapping[str, Known]:
        """By source."""
        return self._known

    def hear(self, message: SyncProgress | RequestRefused, now: datetime) -> bool:
        """Take a word in, in any order and any number of times. Whether it was news."""
        before = self._known.get(message.source_id)
        if before is None:
            return False
        after = heard(before, message, now) if isinstance(message, SyncProgress) else self._refused(before, message)
        if after is before:
            return False
        self._known[message.source_id] = after
        self._until.pop(message.source_id, None)
        self._note_trouble(message.source_id, before, after)
        return True

    def _refused(self, before: Known, refusal: RequestRefused) -> Known:
        if not is_scheduled(refusal.request_id):
            return before
        after = refused(before, refusal)
        if after.refused is not None and after.refused != before.refused:
            values: dict[str, object] = {"code": refusal.code, "reason": refusal.text}
            self._notes.append(
                Note(text="a scheduled sync is refused", source_id=refusal.source_id, values=values, is_warning=True)
            )
        return after

    def _note_trouble(self, source_id: str, before: Known, after: Known) -> None:
        if before.troubles and not after.troubles:
            self._notes.append(Note(text="the source answers again; back to its schedule", source_id=source_id))
        for kind in sorted(after.trouble_kinds - before.trouble_kinds):
            code = next(trouble.code for trouble in after.troubles.values() if trouble.kind == kind)
            how = "asked once a day" if kind == "account" else "asked less often"
            text = f"the source cannot be synced; {how} until that changes"
            self._notes.append(Note(text=text, source_id=source_id, values={"code": code}, is_warning=True))

    def look(self, now: datetime) -> Look:
        """What is due now."""
        if now < self._looked_at:
            self._until.clear()  # The clock was set back: what was decided for later may be due sooner.
        self._looked_at = now
        asks = [ask for source_id in self._schedules for ask in self._asks_of(source_id, now)]
        notes, self._notes = self._notes, []
        return Look(asks=asks, notes=notes, until=min(self._until.values(), default=now + _IDLE))

    def _asks_of(self, source_id: str, now: datetime) -> list[Ask]:
        if now < self._until.get(source_id, now):
            return []
        try:
            decisions = decide(self._schedules[source_id], self._known[source_id], now)
        except Exception:  # noqa: BLE001 - a bug of ours: the other sources go on
            _log.exception("a schedule that cannot be followed", source=source_id)
            self._until[source_id] = now + _IDLE
            return []
        asks = [decision for decision in decisions if isinstance(decision, Ask)]
        waits = [decision for decision in decisions if isinstance(decision, Wait)]
        for wait in waits:
            self._note_skipped(source_id, wait)
        self._until[source_id] = now if asks else min((wait.until for wait in waits), default=now + _IDLE)
        return asks

    def _note_skipped(self, source_id: str, wait: Wait) -> None:
        if wait.skipped is None or self._skipped.get((source_id, wait.part)) == wait.skipped:
            return
        self._skipped[source_id, wait.part] = wait.skipped
        values: dict[str, object] = {"part": str(wait.part), "slot": wait.skipped.isoformat()}
        self._notes.append(Note(text="a slot is skipped: the part still runs", source_id=source_id, values=values))

    def asked(self, ask: Ask, now: datetime) -> None:
        """It is in its stream."""
        known = self._known[ask.source_id]
        self._known[ask.source_id] = asked_for(known, list(ask.parts), ask.slot, ask.request_id, now)
        self._until.pop(ask.source_id, None)

    def forget_asked(self) -> None:
        """The bus was away and may have lost requests: those that nobody took up are said once more."""
        self._known = {source_id: without_asked(known) for source_id, known in self._known.items()}
        self._until.clear()
