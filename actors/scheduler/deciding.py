"""Whether a part is asked for now, or what it waits for: pure, and the same for every scheduler that knows the same.

A slot is open until a sync of its part started or ended at or after it, or was asked for under its name. Only the newest slot is
looked at: what was missed is caught up once. A slot that finds its part running is skipped.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from msgspec import Struct

from actors.scheduler.config import PartSchedule, SourceSchedule
from actors.scheduler.knowing import Asked, Known, Run, Trouble, is_past
from actors.scheduler.quiet import quiet_spell
from actors.scheduler.slots import due_at, is_slot, last_slot, next_slot, request_id, slot_id, slot_of_request
from contracts import limits
from contracts.catalog import Mode, Part

DOWN_MAX: Final = timedelta(hours=6)
"""A server that was away is asked after so long at the latest, or at the first slot after that."""
DOUBLINGS_MAX: Final = 16
"""More of them are past `DOWN_MAX` with any schedule."""
ACCOUNT_PAUSE: Final = timedelta(days=1)
CHANGE_OF_CLOCKS: Final = timedelta(hours=1)
"""What a day may lack: a daily slot stays daily."""
UNANSWERED_FREE: Final = 2
"""Requests that may wait for the writer before no more are said as often."""
UNANSWERED_FIRST: Final = timedelta(minutes=10)
RUN_AGE_MAX: Final = timedelta(seconds=limits.SYNC_AGE_MAX_S + 3_600)
"""The writer has ended every sync by then; one that still seems to run was lost from the bus."""

_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)


class Ask(Struct, frozen=True, kw_only=True):
    """Say this request now."""

    source_id: str
    parts: tuple[Part, ...]
    mode: Mode
    slot: datetime
    slot_id: str
    """Of the slot and of all the parts that have it, also of those that are left out: the same for every scheduler."""
    delay_s: float
    """How long after its slot: its jitter, or how long it was missed."""

    @property
    def request_id(self) -> str:
        return request_id(self.slot_id)


class Wait(Struct, frozen=True, kw_only=True):
    """Nothing to say of a part before then, unless there is news."""

    part: Part
    until: datetime
    why: str
    """For people."""
    skipped: datetime | None = None
    """The slot that comes to nothing, because the part still runs."""


class NextRun(Struct, frozen=True, kw_only=True):
    """When a part is synced next by itself."""

    source_id: str
    part: Part
    at: datetime
    """In UTC; now, where it is overdue."""
    why: str
    """For people."""


class _Due(Struct, frozen=True, kw_only=True):
    """An open slot, and when it is asked for."""

    schedule: PartSchedule
    slot: datetime
    at: datetime


def decide(source: SourceSchedule, known: Known, now: datetime) -> list[Ask | Wait]:
    """What to ask for now, and what every other part waits for. Parts with one slot in common are one request."""
    verdicts = {schedule.part: _verdict(source.source_id, schedule, known, now) for schedule in source.schedules}
    dues = [verdict for verdict in verdicts.values() if isinstance(verdict, _Due)]
    ready = dict.fromkeys((due.slot, due.schedule.mode) for due in dues if due.at <= now)
    asks = [_ask(source, slot, mode, dues, now) for slot, mode in ready]
    asked = {part for ask in asks for part in ask.parts}
    waits = [_wait(part, verdict) for part, verdict in verdicts.items() if part not in asked]
    return [*asks, *waits]


def next_runs(schedules: Iterable[SourceSchedule], known: Mapping[str, Known], now: datetime) -> list[NextRun]:
    """When each part is synced next, the soonest first, as far as that is known now."""
    runs = [
        _next_run(source.source_id, schedule, known.get(source.source_id, Known()), now)
        for source in schedules
        for schedule in source.schedules
    ]
    return sorted(runs, key=lambda run: (run.at, run.source_id, run.part))


def _next_run(source_id: str, schedule: PartSchedule, known: Known, now: datetime) -> NextRun:
    verdict = _verdict(source_id, schedule, known, now)
    if isinstance(verdict, Wait):
        return NextRun(source_id=source_id, part=schedule.part, at=verdict.until, why=verdict.why)
    why = f"overdue since {_shown(verdict.slot)}" if verdict.at <= now else rhythm(schedule)
    return NextRun(source_id=source_id, part=schedule.part, at=max(now, verdict.at), why=why)


def rhythm(schedule: PartSchedule) -> str:
    """`every 6 h`, or the cron line with its time zone."""
    if schedule.every_s is None:
        return f"cron {schedule.cron} {schedule.time_zone}"
    for unit, seconds in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if schedule.every_s % seconds == 0:
            return f"every {schedule.every_s / seconds:g} {unit}"
    return f"every {schedule.every_s:g} s"


def _ask(source: SourceSchedule, slot: datetime, mode: Mode, dues: list[_Due], now: datetime) -> Ask:
    sharing = [schedule.part for schedule in source.schedules if schedule.mode is mode and is_slot(schedule, slot)]
    asked = {due.schedule.part for due in dues if (due.slot, due.schedule.mode) == (slot, mode)}
    return Ask(
        source_id=source.source_id,
        parts=tuple(part for part in Part if part in asked),
        mode=mode,
        slot=slot,
        slot_id=slot_id([part for part in Part if part in sharing], slot),
        delay_s=(now - slot).total_seconds(),
    )


def _wait(part: Part, verdict: "_Due | Wait") -> Wait:
    return verdict if isinstance(verdict, Wait) else Wait(part=part, until=verdict.at, why=rhythm(verdict.schedule))


def _verdict(source_id: str, schedule: PartSchedule, known: Known, now: datetime) -> "_Due | Wait":
    run, asked = known.runs.get(schedule.part), known.asked.get(schedule.part)
    slot = last_slot(schedule, now)
    if slot is None or not _is_open(slot, schedule, known, now):
        return _later(source_id, schedule, known, now)
    if run is not None and _still_runs(run, now):
        return _later(source_id, schedule, known, now, skipped=slot)
    if slot < _resumes_at(schedule, known, now):
        return _later(source_id, schedule, known, now)
    held = _held_until(asked, now)
    if held is not None:
        return Wait(part=schedule.part, until=held, why=_unanswered(asked))
    spell = quiet_spell(schedule, now)
    if spell is not None:
        return Wait(part=schedule.part, until=spell.end, why="overdue, after the quiet hours")
    return _Due(schedule=schedule, slot=slot, at=due_at(source_id, schedule, slot))


def _later(source_id: str, schedule: PartSchedule, known: Known, now: datetime, skipped: datetime | None = None) -> Wait:
    """Until the next slot that a run may come of."""
    run, trouble = known.runs.get(schedule.part), known.troubles.get(schedule.part)
    slot = max(next_slot(schedule, now), _resumes_at(schedule, known, now))
    held = _held_until(known.asked.get(schedule.part), now) or now
    why = rhythm(schedule) if trouble is None else _less_often(trouble)
    if run is not None and _still_runs(run, now):
        why = f"runs now; {why}"
    return Wait(part=schedule.part, until=max(held, due_at(source_id, schedule, slot)), why=why, skipped=skipped)


def _is_open(slot: datetime, schedule: PartSchedule, known: Known, now: datetime) -> bool:
    asked = known.asked.get(schedule.part)
    if asked is not None and slot in asked.slots:
        return False
    if not schedule.on_start and (known.since is None or slot <= known.since <= now):
        return False
    run = known.runs.get(schedule.part)
    if run is None:
        return True
    served = (run.started_at, run.ended_at, slot_of_request(run.request_id))
    return not any(slot <= moment for moment in served if moment is not None and is_past(moment, now))


def _still_runs(run: Run, now: datetime) -> bool:
    return run.is_running and abs(now - run.started_at) < RUN_AGE_MAX


def _resumes_at(schedule: PartSchedule, known: Known, now: datetime) -> datetime:
    """The first slot that is asked for again after failures; long ago where nothing holds it back.

    Failures from before this scheduler's start do not: the settings may be others now, and the network may be there.
    """
    run, trouble = known.runs.get(schedule.part), known.troubles.get(schedule.part)
    if run is None or trouble is None or not is_past(run.started_at, now):
        return _LONG_AGO
    if known.since is not None and run.started_at < known.since <= now:
        return _LONG_AGO
    base = last_slot(schedule, run.started_at) or run.started_at
    if trouble.kind == "account":
        slack = min(CHANGE_OF_CLOCKS, (next_slot(schedule, base) - base) / 2)
        return _slot_from(schedule, base + ACCOUNT_PAUSE - slack)
    slot = base
    for _ in range(2 ** min(trouble.failures, DOUBLINGS_MAX)):
        slot = next_slot(schedule, slot)
        if slot >= base + DOWN_MAX:
            break
    return slot


def _slot_from(schedule: PartSchedule, moment: datetime) -> datetime:
    return moment if is_slot(schedule, moment) else next_slot(schedule, moment)


def _held_until(asked: Asked | None, now: datetime) -> datetime | None:
    """While the writer says nothing, requests would only pile up before it."""
    if asked is None or asked.unanswered <= UNANSWERED_FREE or asked.at > now:
        return None
    pause = min(DOWN_MAX, UNANSWERED_FIRST * 2 ** min(asked.unanswered - UNANSWERED_FREE - 1, DOUBLINGS_MAX))
    return asked.at + pause if now < asked.at + pause else None


def _unanswered(asked: Asked | None) -> str:
    return f"{asked.unanswered if asked else 0} requests without an answer"


def _less_often(trouble: Trouble) -> str:
    if trouble.kind == "account":
        return f"{trouble.code}: asked once a day"
    return f"{trouble.code}, {trouble.failures} in a row: asked less often"


def _shown(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
