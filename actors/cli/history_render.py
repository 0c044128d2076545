"""The syncs that ran as a table, one of them with its steps, or lines of a pipe; pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from actors.cli.progress_render import STEP_STYLES, SYNC_STYLES
from actors.cli.told import StepTold, SyncTold
from actors.cli.wording import clean, duration, moment, number
from contracts.catalog import Mode

_NUMBERS: Final = ("new", "changed", "gone", "held", "rejected")
_RARE: Final = ("gone", "held", "rejected")
"""Left out where they are 0 everywhere."""


def table(lines: Sequence[SyncTold], now: datetime, source_id: str | None = None) -> RenderableType:
    """A row per sync; what to do where there is none."""
    if not lines:
        return Text(f"no sync yet; `playbill sync {source_id or 'SOURCE'}` runs one")
    shown = [name for name in _NUMBERS if name not in _RARE or any(_number(line, name) for line in lines)]
    grid = _grid(("sync", "when", "source", "parts", "mode", "status", "took"), shown)
    for line in lines:
        grid.add_row(
            line.sync_id,
            moment(line.started_at, now),
            line.source_id,
            ", ".join(line.parts),
            line.mode.value,
            Text(line.status.value, style=SYNC_STYLES[line.status]),
            _time(line),
            *(_cell(line, name) for name in shown),
            Text(_words(line)),
        )
    return grid


def steps_table(line: SyncTold, now: datetime) -> RenderableType:
    """One sync: a line about it, and a row per step."""
    steps = line.steps or []
    shown = [name for name in _NUMBERS if name not in _RARE or any(_number(step, name) for step in steps)]
    grid = _grid(("step", "asked for", "status", "took"), shown)
    for step in steps:
        asked = "what changed" if step.mode is Mode.INCREMENTAL else "all"
        status = Text(step.status.value, style=STEP_STYLES[step.status])
        numbers = (_cell(step, name) for name in shown)
        grid.add_row(Text(clean(step.title)), asked, status, _time(step), *numbers, Text(_words(step)))
    return Group(_head(line, now), grid)


def _head(line: SyncTold, now: datetime) -> Text:
    text = Text(line.source_id, style="bold").append(f"  {line.sync_id}  ", style="not bold")
    text.append(line.status.value, style=SYNC_STYLES[line.status])
    parts = (moment(line.started_at, now), _time(line), ", ".join(line.parts), line.mode.value, f"asked for as {line.request_id}")
    return text.append("".join(f"  {clean(part)}" for part in parts if part), style="not bold")


def _grid(names: Sequence[str], numbers: Sequence[str]) -> Table:
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name in names:
        grid.add_column(name, no_wrap=True, justify="right" if name == "took" else "left")
    for name in numbers:
        grid.add_column(name, no_wrap=True, justify="right")
    grid.add_column("", ratio=1)
    return grid


def _number(line: SyncTold | StepTold, name: str) -> int:
    counts = line.counts
    numbers = (counts.new, counts.changed, line.removed, line.held_back, counts.rejected)
    return dict(zip(_NUMBERS, numbers, strict=True))[name]


def _cell(line: SyncTold | StepTold, name: str) -> str:
    return number(_number(line, name))


def _time(line: SyncTold | StepTold) -> str:
    return duration(line.seconds) if line.seconds is not None else ""


def _words(line: SyncTold | StepTold) -> str:
    return clean(line.error or line.notice or "")


def row_text(line: SyncTold) -> str:
    """Sync, when, source, parts, mode, status, seconds, new, changed, gone, held back, rejected, first error or notice."""
    seconds = f"{line.seconds:.1f}" if line.seconds is not None else ""
    named = (line.sync_id, line.started_at.isoformat(), line.source_id, ",".join(line.parts), line.mode.value, line.status.value)
    return "\t".join((*named, seconds, *(str(_number(line, name)) for name in _NUMBERS), _words(line)))
