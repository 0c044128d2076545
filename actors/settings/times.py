"""When a source is synced by itself, and how long what is known of it holds: bounds and schedules; pure."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from actors.settings.duration import DAY_S, HOUR_S
from actors.settings.shape import SourceSettings
from contracts import limits
from contracts.catalog import Part, SourceKind
from contracts.errors import BadSettings

if TYPE_CHECKING:
    from actors.scheduler.config import PartSchedule, SourceSchedule

_BOUNDS_S: Final[Mapping[str, tuple[float, float]]] = {
    "grace": (0.0, 366 * DAY_S),
    "full_every": (HOUR_S, 366 * DAY_S),
    "home_stale_after": (60.0, 31 * DAY_S),
}
_RHYTHMS: Final = ("every", "home_every", "episodes_every")
_PLAIN: Final = (Part.CATALOGUE, Part.HOME)
"""Parts of a plain sync, which `every` and `cron` are for."""


def is_scheduled(row: SourceSettings) -> bool:
    """Whether something of it is synced by itself."""
    return row.cron is not None or any(getattr(row, name) is not None for name in _RHYTHMS)


def home_stale_s(row: SourceSettings) -> float | None:
    """Age at which its home page is stale; none where it is made of the catalogue, and as old as that."""
    if row.kind is SourceKind.XTREAM:
        return None
    return limits.HOME_STALE_S if row.home_stale_after is None else float(row.home_stale_after)


def check_times(key: str, row: SourceSettings) -> None:
    """Raises BadSettings for what cannot be; `key` is the path of the source's table."""
    for name, (least_s, most_s) in _BOUNDS_S.items():
        _check_bounds(f"{key}.{name}", getattr(row, name), least_s, most_s)
    if row.every is not None and row.cron is not None:
        raise BadSettings(f"{key}.cron: not together with every; name the one that is meant")
    if row.episodes_every is not None and row.episodes == "never":
        raise BadSettings(f'{key}.episodes_every: episodes is "never"; set it to "changed" or "all"')
    for name, words in _schedule_words(row):
        _check_alone(f"{key}.{name}", words)
    if row.quiet:
        _check_quiet(f"{key}.quiet", row.quiet)


def schedule_of(row: SourceSettings) -> "SourceSchedule | None":
    """The schedule of each of its parts; none where nothing is synced by itself."""
    if not is_scheduled(row):
        return None
    from actors.scheduler.config import SourceSchedule

    return SourceSchedule(source_id=row.source_id, schedules=tuple(_part_schedules(row)))


def _part_schedules(row: SourceSettings) -> "Iterator[PartSchedule]":
    from actors.scheduler.config import PartSchedule
    from actors.scheduler.zone import machine_time_zone

    shared: dict[str, Any] = {
        "time_zone": row.time_zone or machine_time_zone(),
        "quiet": tuple(_window(text) for text in row.quiet),
        "jitter_s": float(row.jitter),
        "on_start": row.sync_when_overdue,
    }
    own = {Part.HOME: row.home_every, Part.EPISODES: row.episodes_every}
    for part in Part:
        every = own.get(part)
        if every is not None:
            yield PartSchedule(part=part, every_s=float(every), **shared)
        elif part in _PLAIN and (row.every is not None or row.cron is not None):
            every_s = None if row.every is None else float(row.every)
            yield PartSchedule(part=part, every_s=every_s, cron=row.cron, **shared)


def _check_bounds(key: str, value_s: float | None, least_s: float, most_s: float) -> None:
    if value_s is not None and not least_s <= value_s <= most_s:
        raise BadSettings(f"{key}: expected {_span(least_s)} to {_span(most_s)}")


def _span(seconds: float) -> str:
    unit, size = next(
        (unit, size) for unit, size in (("d", DAY_S), ("h", HOUR_S), ("m", 60.0), ("s", 1.0)) if seconds % size == 0
    )
    return f"{seconds / size:g}{unit}" if seconds else "0s"


def _schedule_words(row: SourceSettings) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each key that is set, with what it says of a schedule."""
    for name in _RHYTHMS:
        if getattr(row, name) is not None:
            yield name, {"every_s": float(getattr(row, name))}
    if row.cron is not None:
        yield "cron", {"every_s": None, "cron": row.cron}
    if row.time_zone is not None:
        yield "time_zone", {"time_zone": row.time_zone}
    if row.jitter:
        yield "jitter", {"jitter_s": float(row.jitter)}


def _check_alone(key: str, words: Mapping[str, Any]) -> None:
    """One key at a time, so that what is wrong is said of the right one."""
    from actors.scheduler.config import PartSchedule

    try:
        PartSchedule(part=Part.CATALOGUE, **{"every_s": HOUR_S, **words})
    except ValueError as error:
        raise BadSettings(f"{key}: {error}") from None


def _check_quiet(key: str, texts: tuple[str, ...]) -> None:
    for text in texts:
        if text.count("-") != 1:
            raise BadSettings(f"{key}: {text[:32]!r} is no window; write two times of day, such as 23:00-07:00")
    _check_alone(key, {"quiet": tuple(_window(text) for text in texts)})


def _window(text: str) -> tuple[str, str]:
    start, _, end = text.partition("-")
    return start.strip(), end.strip()
