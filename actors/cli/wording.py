"""Numbers, times and foreign text in the form a terminal shows; pure."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from contracts.catalog import ItemKind

_UNITS: Final = ("B", "KB", "MB", "GB", "TB")


def number(value: int) -> str:
    return f"{value:,}"


def count_of(value: int, singular: str) -> str:
    """`1 row`, `2 rows`."""
    return f"{value:,} {singular}" if value == 1 else f"{value:,} {singular}s"


def kinds_counted(counts: Mapping[ItemKind, int]) -> Iterator[str]:
    """`1,500 movies`, `1 show`, in the order of the kinds; those of which there are none are left out."""
    for kind in ItemKind:
        count = counts.get(kind, 0)
        if count:
            yield f"{number(count)} {kind.value}{'' if count == 1 else 's'}"


def sections_text(sections: int, items: int) -> str:
    """`12 home sections, 240 items`."""
    return f"{count_of(sections, 'home section')}, {count_of(items, 'item')}" if sections else "no home section"


def byte_size(value: int) -> str:
    """`512 B`, `1.5 MB`; decimal units."""
    size, unit = float(value), _UNITS[0]
    for unit in _UNITS:
        if size < 1_000 or unit == _UNITS[-1]:
            break
        size /= 1_000
    return f"{size:.0f} {unit}" if unit == "B" or size >= 100 else f"{size:.1f} {unit}"


def duration(seconds: float) -> str:
    """`0.4 s`, `12 s`, `3 min 05 s`, `2 h 10 min`."""
    if seconds < 10:
        return f"{max(0.0, seconds):.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    if seconds < 3_600:
        return f"{int(seconds) // 60} min {int(seconds) % 60:02d} s"
    return f"{int(seconds) // 3_600} h {int(seconds) % 3_600 // 60:02d} min"


def clock(at: datetime) -> str:
    """The time of day where this machine is."""
    return f"{at.astimezone():%H:%M:%S}"


def moment(at: datetime, now: datetime) -> str:
    """`12:31, 5 min ago`, and `2026-11-21, 3 days ago` from a day on, in this machine's time."""
    local, ago = at.astimezone(), now - at
    if ago < timedelta(0):
        return f"{local:%Y-%m-%d %H:%M}"
    if ago < timedelta(minutes=1):
        return f"{local:%H:%M}, just now"
    if ago < timedelta(hours=1):
        return f"{local:%H:%M}, {ago.seconds // 60} min ago"
    if ago < timedelta(days=1):
        return f"{local:%H:%M}, {ago.seconds // 3_600} h ago"
    return f"{local:%Y-%m-%d}, {count_of(ago.days, 'day')} ago"


def ago(at: datetime, now: datetime) -> str:
    """`just now`, `12 min ago`, `3 h ago`, `2 days ago`."""
    seconds = max(0.0, (now - at).total_seconds())
    if seconds < 60:
        return "just now"
    if seconds < 3_600:
        return f"{seconds // 60:.0f} min ago"
    if seconds < 86_400:
        return f"{seconds // 3_600:.0f} h ago"
    return f"{count_of(int(seconds // 86_400), 'day')} ago"


def upcoming(at: datetime, now: datetime) -> str:
    """`18:00` today, `2026-11-22 04:00` later, in this machine's time."""
    local = at.astimezone()
    return f"{local:%H:%M}" if local.date() == now.astimezone().date() else f"{local:%Y-%m-%d %H:%M}"


def clean(text: str) -> str:
    """Foreign text on one line, without anything a terminal would obey."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else " " for character in text).strip()
