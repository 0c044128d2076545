"""What a source's schedule is: values that are checked when they are made."""

import re
from datetime import UTC, datetime
from itertools import pairwise
from typing import Final

from cronsim import CronSim, CronSimError
from msgspec import Struct

from actors.scheduler.zone import zone_of
from contracts.catalog import Mode, Part

EVERY_MIN_S: Final = 60.0
"""No server likes to be asked more often, and cron lines cannot say it either."""
EVERY_MAX_S: Final = 31 * 86_400.0
JITTER_MAX_S: Final = 3_600.0
QUIET_MAX: Final = 24
"""Windows of one schedule."""
CRON_CHARS_MAX: Final = 200

_UNITS_S: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_DURATION: Final = re.compile(r"([0-9]{1,9})([smhd])")
_TIME: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_DAY_MINUTES: Final = 1_440


class PartSchedule(Struct, frozen=True, kw_only=True):
    """When one part of a source is synced by itself. Making one raises ValueError, in a sentence, for what cannot be."""

    part: Part
    every_s: float | None = None
    """Seconds from slot to slot. They are counted from 1970, so that all schedulers agree; one of this and `cron` is set."""
    cron: str | None = None
    """Minute, hour, day of month, month, day of week, on the clocks of `time_zone`."""
    time_zone: str = "UTC"
    """IANA name; of `cron` and `quiet`."""
    quiet: tuple[tuple[str, str], ...] = ()
    """(`HH:MM`, `HH:MM`) in which nothing starts, perhaps over midnight. The slots inside become one, at the end."""
    jitter_s: float = 0.0
    """How long after its slot a run starts at most: always the same for one source, part and slot."""
    mode: Mode = Mode.INCREMENTAL
    on_start: bool = True
    """Whether a slot that passed while no scheduler ran is caught up; a part that was never synced is overdue, too."""

    def __post_init__(self) -> None:
        zone_of(self.time_zone)
        if (self.every_s is None) == (self.cron is None):
            raise ValueError("name one of every and cron, and not both")
        if self.every_s is not None:
            _check_every(self.every_s)
        if self.cron is not None:
            _check_cron(self.cron)
        if not 0 <= self.jitter_s <= JITTER_MAX_S:
            raise ValueError(f"a jitter of {self.jitter_s:g} s is not between 0 and {JITTER_MAX_S:g} s")
        _check_quiet(self.quiet)


class SourceSchedule(Struct, frozen=True, kw_only=True):
    """When the parts of one source are synced by themselves, each on its own; a part without a schedule is not."""

    source_id: str
    schedules: tuple[PartSchedule, ...] = ()

    def __post_init__(self) -> None:
        parts = [schedule.part for schedule in self.schedules]
        twice = next((part for part in parts if parts.count(part) > 1), None)
        if twice is not None:
            raise ValueError(f"{twice} has two schedules")


def every(text: str) -> float:
    """Seconds of `90s`, `15m`, `6h` or `1d`. Raises ValueError."""
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text[:32]!r} is no duration; write a whole number and s, m, h or d, such as 15m or 6h")
    return float(int(match[1]) * _UNITS_S[match[2]])


def minutes_of(text: str) -> int:
    """Minutes after midnight of `HH:MM`. Raises ValueError."""
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError(f"{text[:32]!r} is no time of day; write hours and minutes, such as 07:00 or 23:30")
    return int(match[1]) * 60 + int(match[2])


def _check_every(every_s: float) -> None:
    if not EVERY_MIN_S <= every_s <= EVERY_MAX_S:
        raise ValueError(f"{every_s:g} s is not between {EVERY_MIN_S:g} s and {EVERY_MAX_S / 86_400:g} days")
    if every_s != int(every_s):
        raise ValueError(f"{every_s:g} s is not a whole number of seconds")


def _check_cron(cron: str) -> None:
    shown = repr(cron[:64])
    if len(cron) > CRON_CHARS_MAX or len(cron.split()) != 5:
        raise ValueError(f"{shown} is no cron line of five fields: minute, hour, day of month, month, day of week")
    try:
        found = next(iter(CronSim(cron, datetime(2026, 1, 1, tzinfo=UTC))), None)
    except CronSimError as error:
        raise ValueError(f"{shown} is no cron line: {str(error)[:64].lower()}") from None
    if found is None:
        raise ValueError(f"{shown} names a day that never comes")


def _check_quiet(quiet: tuple[tuple[str, str], ...]) -> None:
    if len(quiet) > QUIET_MAX:
        raise ValueError(f"{len(quiet)} windows are too many; {QUIET_MAX} are the most")
    windows = [(minutes_of(start), minutes_of(end)) for start, end in quiet]
    for start, end in windows:
        if start == end:
            raise ValueError("a quiet window that ends when it starts is none; leave quiet out, or name another end")
    ends = sorted({bound for window in windows for bound in window})
    spans = [*pairwise(ends), (ends[-1], ends[0])] if ends else []
    if spans and all(any(_covers(window, span[0]) for window in windows) for span in spans):
        raise ValueError("the quiet windows leave no time of the day to sync in")


def _covers(window: tuple[int, int], minute: int) -> bool:
    start, end = window
    return (minute - start) % _DAY_MINUTES < (end - start) % _DAY_MINUTES
