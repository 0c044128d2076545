"""The slots of a schedule: the moments its part is asked for once each, the same for every scheduler; pure.

A slot is a moment in UTC, without jitter. Those that fall into quiet hours are one slot at their end. A cron line of fixed times
runs as under Debian's cron: a time that the clocks jump over runs at the end of the jump, and one that comes twice runs the first
time; a line with a star for its minutes or hours follows the hours as they pass.
"""

import hashlib
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from cronsim import CronSim

from actors.scheduler.config import PartSchedule
from actors.scheduler.quiet import quiet_spell
from actors.scheduler.zone import zone_of
from contracts.catalog import Part

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TICK: Final = timedelta(microseconds=1)
_MINUTE: Final = timedelta(minutes=1)
_BACK_H: Final = (1, 24, 24 * 8, 24 * 64, 24 * 400, 24 * 366 * 8 + 24)
"""How far back the last slot is looked for: eight years pass between two leap days around 2100."""
_STEPS_MAX: Final = 64
"""Halvings of such a span until it is a minute: twenty."""
_STAMP: Final = "%Y-%m-%dT%H:%M:%SZ"
_REQUEST: Final = "schedule-"
_REQUEST_ID: Final = re.compile(r"schedule-[a-z+]+-([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)")


def next_slot(schedule: PartSchedule, after: datetime) -> datetime:
    """The first slot later than a moment."""
    spell = quiet_spell(schedule, after)
    found = _next_planned(schedule, after if spell is None else spell.start - _TICK)
    into = quiet_spell(schedule, found)
    return found if into is None else into.end


def last_slot(schedule: PartSchedule, at: datetime) -> datetime | None:
    """The newest slot at or before a moment; none where there was none for eight years."""
    moment = at
    for _ in range(2):  # Before a spell that has not ended there is none that has not.
        found = _last_planned(schedule, moment)
        into = None if found is None else quiet_spell(schedule, found)
        if into is None:
            return found
        if into.end <= at:
            return into.end
        moment = into.start - _TICK
    return None


def is_slot(schedule: PartSchedule, moment: datetime) -> bool:
    """Whether a moment is one of its slots."""
    return next_slot(schedule, moment - _TICK) == moment


def due_at(source_id: str, schedule: PartSchedule, slot: datetime) -> datetime:
    """When a slot is asked for: after its jitter, which is less than half the way to the next slot, and never in quiet hours."""
    if not schedule.jitter_s:
        return slot
    room_s = min(schedule.jitter_s, (next_slot(schedule, slot) - slot).total_seconds() / 2)
    digest = hashlib.blake2b(f"{source_id}/{schedule.part}/{slot.strftime(_STAMP)}".encode(), digest_size=4).digest()
    at = slot + timedelta(milliseconds=int(room_s * 1_000 * int.from_bytes(digest, "big") / 2**32))
    return slot if quiet_spell(schedule, at) else at


def slot_id(parts: Sequence[Part], slot: datetime) -> str:
    """`home-2026-11-21T04:00:00Z`, or `catalogue+home-…` for the parts that have this slot in common."""
    return f"{'+'.join(parts)}-{slot.strftime(_STAMP)}"


def request_id(named: str) -> str:
    """The request for a slot of that id."""
    return _REQUEST + named


def is_scheduled(request: str) -> bool:
    """Whether a request's id is one of a scheduler."""
    return request.startswith(_REQUEST)


def slot_of_request(request: str) -> datetime | None:
    """The slot that a scheduler's request names; none for anybody else's."""
    match = _REQUEST_ID.fullmatch(request)
    if match is None:
        return None
    try:
        return datetime.strptime(match[1], _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None


def _next_planned(schedule: PartSchedule, after: datetime) -> datetime:
    """The first planned moment later than another, quiet or not."""
    if schedule.every_s is not None:
        step = timedelta(seconds=schedule.every_s)
        return _EPOCH + ((after - _EPOCH) // step + 1) * step
    assert schedule.cron is not None, "a schedule has one of the two"
    for found in CronSim(schedule.cron, after.astimezone(zone_of(schedule.time_zone))):
        # In the hour that comes twice, a fixed time of its first turn is found once more from within the second.
        moment = found.astimezone(UTC)
        if moment > after:
            return moment
    raise ValueError(f"{schedule.cron} names a day that never comes")


def _last_planned(schedule: PartSchedule, at: datetime) -> datetime | None:
    if schedule.every_s is not None:
        step = timedelta(seconds=schedule.every_s)
        return _EPOCH + (at - _EPOCH) // step * step
    # cronsim's way backwards misses slots in the hour that comes twice; searched forwards, both ways name the same slots.
    spans = (timedelta(hours=hours) for hours in _BACK_H)
    low = next((at - span for span in spans if _next_planned(schedule, at - span) <= at), None)
    return None if low is None else _newest(schedule, low, at)


def _newest(schedule: PartSchedule, low: datetime, high: datetime) -> datetime:
    """The newest planned moment up to `high`, by halving: one comes after `low`, and cron's lie a minute apart at least."""
    at = high
    for _ in range(_STEPS_MAX):
        if high - low <= _MINUTE:
            break
        middle = low + (high - low) / 2
        if _next_planned(schedule, middle) <= at:
            low = middle
        else:
            high = middle
    return _next_planned(schedule, low)
