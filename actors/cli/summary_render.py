"""A sync that is over, as rich shows it: what became of each step's rows, what went wrong, and what to do; pure."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, NamedTuple, Protocol

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from actors.cli.findings import advice_for
from actors.cli.grouping import StepLine, lines_of
from actors.cli.progress_render import STEP_STYLES, SYNC_STYLES, errors, head, home_text, says_rows
from actors.cli.progress_view import SyncView, step_seconds
from actors.cli.wording import clean, duration, number
from contracts.messages import Counts, SyncProgress

_STEPS_NAMED: Final = 6
"""Of the steps that one reason hit."""


class Counted(Protocol):
    """A step, several of them, or the sync."""

    @property
    def counts(self) -> Counts: ...
    @property
    def removed(self) -> int: ...
    @property
    def held_back(self) -> int: ...


class _Column(NamedTuple):
    """A number of each step; one that is `rare` is left out where it is 0 everywhere."""

    name: str
    count: Callable[[Counted], int]
    rare: bool = False


_COLUMNS: Final = (
    _Column("new", lambda rows: rows.counts.new),
    _Column("changed", lambda rows: rows.counts.changed),
    _Column("unchanged", lambda rows: rows.counts.unchanged),
    _Column("gone", lambda rows: rows.removed, rare=True),
    _Column("held", lambda rows: rows.held_back, rare=True),
    _Column("rejected", lambda rows: rows.counts.rejected),
    _Column("left out", lambda rows: rows.counts.excluded, rare=True),
)


def summary(view: SyncView, now: datetime, *, with_head: bool = False) -> RenderableType:
    """A row per step, or per library where there are many, with what became of its rows; below it what went wrong.

    A sync that got no row and no complete step has no table: its reason says it all.
    """
    progress = view.progress
    parts: list[RenderableType] = [head(progress, now)] if with_head else []
    if any(says_rows(step) for step in progress.steps):
        parts.append(_table(view))
    if home := home_text(progress):
        parts.append(Text(home))
    return Group(*parts, *_notices(progress), *_failures(progress), *errors(progress))


def _table(view: SyncView) -> Table:
    progress = view.progress
    columns = [column for column in _COLUMNS if not column.rare or column.count(progress)]
    lines = lines_of(progress.steps)
    times = [_time(step_seconds(view, *line.steps)) for line in lines]
    total = _total_time(progress)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("step", no_wrap=True)
    table.add_column("status", no_wrap=True)
    for name in (*(column.name for column in columns), *(["time"] if total or any(times) else [])):
        table.add_column(name, justify="right", no_wrap=True)
    for line, time in zip(lines, times, strict=True):
        table.add_row(*_line(columns, line), time)
    status = Text(progress.status.value, style=SYNC_STYLES[progress.status])
    table.add_row(Text("all", style="bold"), status, *_cells(columns, progress), total)
    return table


def _line(columns: Sequence[_Column], line: StepLine) -> Sequence[str | Text]:
    cells = _cells(columns, line) if any(map(says_rows, line.steps)) else [""] * len(columns)
    return Text(clean(line.title)), Text(line.status.value, style=STEP_STYLES[line.status]), *cells


def _cells(columns: Sequence[_Column], rows: Counted) -> Sequence[str]:
    return [number(column.count(rows)) for column in columns]


def _time(seconds: float | None) -> str:
    return duration(seconds) if seconds is not None else ""


def _total_time(progress: SyncProgress) -> str:
    if progress.started_at is None or progress.ended_at is None:
        return ""
    return duration((progress.ended_at - progress.started_at).total_seconds())


def _notices(progress: SyncProgress) -> Sequence[Text]:
    """What a person should know of steps that went well."""
    return [Text(f"{step.step}: {clean(step.notice)}", style="yellow") for step in progress.steps if step.notice]


def _failures(progress: SyncProgress) -> Sequence[Text]:
    """Each reason once, with the steps it hit and what to do about it."""
    steps_of: dict[tuple[str, str], list[str]] = {}
    for step in progress.steps:
        if step.error is not None:
            steps_of.setdefault((step.error.code, clean(step.error.text)), []).append(step.step)
    return [_failure(steps, text, advice_for(code)) for (code, text), steps in steps_of.items()]


def _failure(steps: Sequence[str], text: str, advice: str | None) -> Text:
    named = ", ".join(steps[:_STEPS_NAMED]) + (f" and {len(steps) - _STEPS_NAMED} more" if len(steps) > _STEPS_NAMED else "")
    return Text(f"{named}: {text}", style="red").append(f"; {advice}" if advice else "", style="default")
