"""A sync as rich shows it while it runs: live bars, and a line per ended step; pure."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from actors.cli.grouping import StepLine, lines_of
from actors.cli.progress_view import SyncView, rows_per_second, step_seconds
from actors.cli.wording import byte_size, clean, clock, duration, number, sections_text
from contracts.catalog import Mode, Part, StepStatus, SyncStatus
from contracts.messages import Counts, StepProgress, SyncProgress

_WAIT_SHOWN_S: Final = 1.0
_ERRORS_SHOWN: Final = 3
_IN_SECONDS: Final = re.compile(r"\bin \d+(?:\.\d+)? s\b")
_UNTIL: Final = re.compile(r"\buntil \d\d:\d\d UTC\b")
STEP_STYLES: Final = {
    StepStatus.PENDING: "dim",
    StepStatus.RUNNING: "cyan",
    StepStatus.COMPLETED: "green",
    StepStatus.PARTIAL: "yellow",
    StepStatus.FAILED: "red",
    StepStatus.CANCELLED: "yellow",
    StepStatus.SKIPPED: "dim",
}
SYNC_STYLES: Final = {
    SyncStatus.PENDING: "dim",
    SyncStatus.SYNCING: "cyan",
    SyncStatus.COMPLETED: "green",
    SyncStatus.PARTIAL: "yellow",
    SyncStatus.FAILED: "red",
    SyncStatus.CANCELLED: "yellow",
}


def bars(view: SyncView, now: datetime, note: str = "") -> RenderableType:
    """The head, a row per step or per library where there are many, and the last errors."""
    table = Table.grid(padding=(0, 1), expand=True)
    table.add_column(no_wrap=True)
    table.add_column(ratio=1)
    # Room for what is to come, so that nothing moves when it does.
    table.add_column(justify="right", no_wrap=True, min_width=7)
    table.add_column(ratio=3, no_wrap=True, overflow="ellipsis")
    for line in lines_of(view.progress.steps):
        table.add_row(*(_step_cells(view, line.steps[0], now) if len(line.steps) == 1 else _line_cells(view, line, now)))
    return Group(head(view.progress, now), table, *errors(view.progress), *([Text(note, style="yellow")] if note else []))


def head(progress: SyncProgress, now: datetime) -> Text:
    """`iptv  syncing  42 %  12 s  about 4 s left  52.1 MB  64,000 rows/s`."""
    text = Text(no_wrap=True, overflow="ellipsis")
    text.append(progress.source_id, style="bold").append("  ")
    text.append(progress.status.value, style=SYNC_STYLES[progress.status]).append(f"  {progress.progress} %")
    if progress.started_at is not None:
        text.append(f"  {duration(((progress.ended_at or now) - progress.started_at).total_seconds())}")
    if progress.seconds_left is not None and not progress.status.is_final:
        text.append(f"  about {duration(progress.seconds_left)} left")
    if progress.bytes_received:
        text.append(f"  {byte_size(progress.bytes_received)}")
    if progress.rows_per_second >= 1:
        text.append(f"  {number(round(progress.rows_per_second))} rows/s")
    return text


def _step_cells(view: SyncView, step: StepProgress, now: datetime) -> Sequence[RenderableType]:
    style = STEP_STYLES[step.status]
    bar = ProgressBar(total=1.0, completed=step.fraction, complete_style=style, finished_style=style)
    has_rows = is_listing(step) and (step.status is StepStatus.RUNNING or says_rows(step))
    return (
        Text(clean(step.title), style=style),
        bar if is_listing(step) else Text(""),
        Text(number(step.counts.synced) if has_rows else ""),
        detail(view, step, now),
    )


def _line_cells(view: SyncView, line: StepLine, now: datetime) -> Sequence[RenderableType]:
    """Several steps as one: where they are together, and what the one that runs is at."""
    style = STEP_STYLES[line.status]
    counts = line.counts
    return (
        Text(clean(line.title), style=style),
        ProgressBar(total=1.0, completed=line.fraction, complete_style=style, finished_style=style),
        Text(number(counts.synced) if line.status is not StepStatus.PENDING else ""),
        _line_detail(view, line, now),
    )


def _line_detail(view: SyncView, line: StepLine, now: datetime) -> Text:
    """What went wrong first, else `2 of 3, episodes: 52.1 MB`, else what became of the rows."""
    if line.failed:
        first = line.failed[0]
        more = f", and {len(line.failed) - 1} more" if len(line.failed) > 1 else ""
        return Text(f"{first.step}: {clean(first.error.text) if first.error else ''}{more}", style="red")
    if line.status.is_final:
        said = outcome(line.counts, line.removed, line.held_back)
        return Text(said if any(map(says_rows, line.steps)) else line.status.value, style=_outcome_style(line.held_back))
    if line.current is None:
        return Text(f"{line.ended} of {len(line.steps)}" if line.ended else "", style="dim")
    now_at = detail(view, line.current, now)
    head = f"{line.ended} of {len(line.steps)}, {clean(line.current.title.rpartition(': ')[2])}"
    return Text(f"{head}: " if now_at.plain else head, style="dim").append_text(now_at)


def detail(view: SyncView, step: StepProgress, now: datetime) -> Text:
    """What a step waits for, how far its download is, what became of its rows, or why it failed."""
    if step.error is not None:
        return Text(clean(step.error.text), style="red")
    if step.status.is_final:
        return Text(_outcome(step) if says_rows(step) else step.status.value, style=_outcome_style(step.held_back))
    if step.detail:
        return Text(_waiting(view, step, now), style="yellow")
    if step.status is StepStatus.PENDING:
        return Text("")
    return Text(", ".join(_arriving(view, step, now)), style="dim")


def _arriving(view: SyncView, step: StepProgress, now: datetime) -> Iterator[str]:
    """`52.1 MB of 90.0 MB`, `64,000/s`."""
    if step.bytes_received or step.bytes_expected:
        expected = f" of {byte_size(step.bytes_expected)}" if step.bytes_expected else ""
        yield f"{byte_size(step.bytes_received)}{expected}"
    rate = rows_per_second(view, step, now)
    if rate is not None:
        yield f"{number(round(rate))}/s"


def _waiting(view: SyncView, step: StepProgress, now: datetime) -> str:
    text = clean(step.detail or "")
    if step.waiting_until is not None:
        return _until(text, step.waiting_until, now)
    since = view.step_times(step.step).waiting_since
    waited_s = (now - since).total_seconds() if since is not None else 0.0
    return f"{text} {waited_s:.0f} s" if waited_s >= _WAIT_SHOWN_S else text


def _until(text: str, end: datetime, now: datetime) -> str:
    """The text with its wait counted down, or with its end on this machine's clock."""
    if end <= now:
        return text
    left = duration((end - now).total_seconds())
    counted, found = _IN_SECONDS.subn(f"in {left}", text, count=1)
    if found:
        return counted
    moved, found = _UNTIL.subn(f"until {clock(end)}", text, count=1)
    return moved if found or "until" in text else f"{text}, until {clock(end)}"


def outcome(counts: Counts, removed: int = 0, held_back: int = 0) -> str:
    """`34,000 new, 12 changed, 3 gone, 3 rejected`; `nothing new` where all is as it was."""
    if counts.served == 0 and not removed and not held_back:
        return "empty"
    parts = [
        (counts.new, "new"),
        (counts.changed, "changed"),
        (removed, "gone"),
        (held_back, "gone and held back"),
        (counts.rejected, "rejected"),
        (counts.excluded, "left out"),
    ]
    said = [f"{number(count)} {what}" for count, what in parts if count]
    return ", ".join(said if counts.new or counts.changed or removed else ["nothing new", *said])


def outcome_of(step: StepProgress) -> str:
    """Of a pass over what changed, nothing served is nothing changed, and no empty listing."""
    if step.mode is Mode.INCREMENTAL and not (step.counts.served or step.removed or step.held_back):
        return "nothing new"
    return outcome(step.counts, step.removed, step.held_back)


def _outcome_style(held_back: int) -> str:
    return "yellow" if held_back else "dim"


def _outcome(step: StepProgress) -> str:
    """Of a home page its sections, which are its rows, and the items in them."""
    if step.part is not Part.HOME:
        return outcome_of(step)
    changes = outcome(step.counts) if step.counts.served else ""
    return ": ".join(text for text in (sections_text(step.counts.synced, step.section_items), changes) if text)


def is_listing(step: StepProgress) -> bool:
    """Whether it has rows, and a bar: a check has no weight."""
    return step.weight > 0


def says_rows(step: StepProgress) -> bool:
    """Whether its rows are worth a word: a step that was cancelled or skipped before it had any is not `empty`."""
    has_rows = step.counts.served > 0 or step.removed > 0 or step.held_back > 0
    return has_rows or (is_listing(step) and step.status is StepStatus.COMPLETED)


def errors(progress: SyncProgress) -> Sequence[Text]:
    of_steps = {(step.error.code, step.error.text) for step in progress.steps if step.error is not None}
    others = [error for error in progress.errors if (error.code, error.text) not in of_steps]
    return [Text(f"error: {clean(error.text)}", style="red") for error in others[-_ERRORS_SHOWN:]]


def step_line(view: SyncView, step: StepProgress) -> str:
    """A step that ended, on one line: `iptv  movies  completed  150,000 rows: 150,000 new  1.2 s`."""
    seconds = step_seconds(view, step)
    rows = _rows_text(step) if says_rows(step) else ""
    error = f"error: {clean(step.error.text)}" if step.error is not None else ""
    notice = f"note: {clean(step.notice)}" if step.notice else ""
    time = duration(seconds) if seconds is not None else ""
    parts = (view.progress.source_id, step.step, step.status.value, rows, error, notice, time)
    return "  ".join(part for part in parts if part)


def _rows_text(step: StepProgress) -> str:
    return _outcome(step) if step.part is Part.HOME else f"{number(step.counts.synced)} rows: {outcome_of(step)}"


def home_text(progress: SyncProgress) -> str:
    """`12 home sections, 240 items`; empty where the home page was not read."""
    if progress.home_sections_synced is None:
        return ""
    return sections_text(progress.home_sections_synced, progress.home_items_synced)


def _sync_outcome(progress: SyncProgress) -> str:
    says_changes = any(step.mode is Mode.INCREMENTAL and step.weight for step in progress.steps)
    if says_changes and not (progress.counts.served or progress.removed or progress.held_back):
        return "nothing new"
    return outcome(progress.counts, progress.removed, progress.held_back)


def end_line(progress: SyncProgress) -> str:
    """A sync that ended, on one line."""
    parts = [progress.source_id, progress.status.value, f"{progress.progress} %"]
    if progress.parts != [Part.HOME] and (progress.counts.served or progress.status is SyncStatus.COMPLETED):
        parts.append(_sync_outcome(progress))
    if home := home_text(progress):
        parts.append(home)
    if progress.started_at is not None and progress.ended_at is not None:
        parts.append(duration((progress.ended_at - progress.started_at).total_seconds()))
    return "  ".join(parts)
