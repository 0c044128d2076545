"""Quiet hours: the spells of time in which a schedule starts nothing."""

from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final

from msgspec import Struct

from actors.scheduler.config import PartSchedule, minutes_of
from actors.scheduler.zone import zone_of

_DAYS: Final = range(-2, 3)
"""Around a moment. A spell is shorter than a day, and where a daylight-saving change closes the gap after it, than two."""
_MINUTE: Final = timedelta(minutes=1)


class Spell(Struct, frozen=True):
    """From `start`, which is in it, to `end`, which is not; windows that touch are one spell."""

    start: datetime
    end: datetime


def quiet_spell(schedule: PartSchedule, moment: datetime) -> Spell | None:
    """The spell that a moment lies in; its bounds are in UTC."""
    return next((spell for spell in _spells(schedule, moment) if spell.start <= moment < spell.end), None)


def _spells(schedule: PartSchedule, moment: datetime) -> list[Spell]:
    if not schedule.quiet:
        return []
    zone = zone_of(schedule.time_zone)
    today = moment.astimezone(zone).date()
    days = [today + timedelta(days=day) for day in _DAYS]
    windows = [(minutes_of(start), minutes_of(end)) for start, end in schedule.quiet]
    return _merged([_spell(day, window, zone) for day in days for window in windows])


def _spell(day: date, window: tuple[int, int], zone: tzinfo) -> Spell:
    start, end = window
    return Spell(_instant(day, start, zone), _instant(day if start < end else day + timedelta(days=1), end, zone))


def _instant(day: date, minutes: int, zone: tzinfo) -> datetime:
    """In UTC. A time that comes twice is the first; one that the clocks jump over is the end of the jump, as in a cron line."""
    local = datetime(day.year, day.month, day.day, minutes // 60, minutes % 60, tzinfo=zone)
    while local != local.astimezone(UTC).astimezone(zone):
        local += _MINUTE
    return local.astimezone(UTC)


def _merged(spells: list[Spell]) -> list[Spell]:
    merged: list[Spell] = []
    for spell in sorted(spells, key=lambda each: each.start):
        if merged and spell.start <= merged[-1].end:
            merged[-1] = Spell(merged[-1].start, max(merged[-1].end, spell.end))
        else:
            merged.append(spell)
    return merged
