"""A sync as rich shows it: live bars, a line per ended step, and the table at the end; pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from actors.cli.progress_view import SyncView, rows_per_second, step_seconds
from actors.cli.wording import byte_size, clean, clock, duration, number
from contracts.catalog import StepStatus, SyncStatus
from contracts.messages import Counts, StepProgress, SyncProgress

_WAIT_SHOWN_S: Final = 1.0
_ERRORS_SHOWN: Final = 3
_STYLES: Final = {
    StepStatus.PENDING: "dim",
    StepStatus.RUNNING: "cyan",
    StepStatus.COMPLETED: "green",
    StepStatus.PARTIAL: "yellow",
    StepStatus.FAILED: "red",
    StepStatus.CANCELLED: "yellow",
    StepStatus.SKIPPED: "dim",
}
_SYNC_STYLES: Final = {
    SyncStatus.PENDING: "dim",
    SyncStatus.SYNCING: "cyan",
    SyncStatus.COMPLETED: "green",
    SyncStatus.PARTIAL: "yellow",
    SyncStatus.FAILED: "red",
    SyncStatus.CANCELLED: "yellow",
}


def bars(view: SyncView, now: datetime, note: str = "") -> RenderableType:
    """The head, a row per step, and the last errors."""
    table = Table.grid(padding=(0, 1), expand=True)
    table.add_column(no_wrap=True)
    table.add_column(width=20)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    for step in view.progress.steps:
        table.add_row(*_step_cells(view, step, now))
    return Group(head(view.progress, now), table, *_errors(view.progress), *([Text(note, style="yellow")] if note else []))


def head(progress: SyncProgress, now: datetime) -> Text:
    """`iptv  syncing  42 %  12 s  about 4 s left  52.1 MB  64,000 rows/s`."""
    text = Text(no_wrap=True, overflow="ellipsis")
    text.append(progress.source_id, style="bold").append("  ")
    text.append(progress.status.value, style=_SYNC_STYLES[progress.status]).append(f"  {progress.progress} %")
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
    style = _STYLES[step.status]
    bar = ProgressBar(total=1.0, completed=step.fraction, width=20, complete_style=style, finished_style=style)
    rate = rows_per_second(view, step, now)
    rows = number(step.counts.synced) if step.status is not StepStatus.PENDING and step.item_kind is not None else ""
    return (
        Text(clean(step.title), style=style),
        bar if step.item_kind is not None else Text(""),
        Text(rows),
        Text(f"{number(round(rate))}/s" if rate is not None else "", style="dim"),
        detail(view, step, now),
    )


def detail(view: SyncView, step: StepProgress, now: datetime) -> Text:
    """What a step waits for, how far its download is, what became of its rows, or why it failed."""
    if step.error is not None:
        return Text(clean(step.error.text), style="red")
    if step.status.is_final:
        return Text(outcome(step.counts) if _says_rows(step) else step.status.value, style="dim")
    if step.detail:
        return Text(_waiting(view, step, now), style="yellow")
    if step.bytes_expected:
        return Text(f"{byte_size(step.bytes_received)} of {byte_size(step.bytes_expected)}", style="dim")
    return Text(byte_size(step.bytes_received) if step.bytes_received else "", style="dim")


def _waiting(view: SyncView, step: StepProgress, now: datetime) -> str:
    text = clean(step.detail or "")
    if step.waiting_until is not None:
        return text if "until" in text or step.waiting_until <= now else f"{text}, until {clock(step.waiting_until)}"
    since = view.step_times(step.step).waiting_since
    waited_s = (now - since).total_seconds() if since is not None else 0.0
    return f"{text} {waited_s:.0f} s" if waited_s >= _WAIT_SHOWN_S else text


def outcome(counts: Counts) -> str:
    """`34,000 new, 12 changed, 3 rejected`; `nothing new` where all is as it was."""
    if counts.served == 0:
        return "empty"
    parts = [(counts.new, "new"), (counts.changed, "changed"), (counts.rejected, "rejected"), (counts.excluded, "left out")]
    said = [f"{number(count)} {what}" for count, what in parts if count]
    return ", ".join(said if counts.new or counts.changed else ["nothing new", *said])


def _says_rows(step: StepProgress) -> bool:
    """Whether its rows are worth a word: a step that was cancelled or skipped before it had any is not `empty`."""
    return step.counts.served > 0 or (step.item_kind is not None and step.status is StepStatus.COMPLETED)


def _errors(progress: SyncProgress) -> Sequence[Text]:
    of_steps = {(step.error.code, step.error.text) for step in progress.steps if step.error is not None}
    others = [error for error in progress.errors if (error.code, error.text) not in of_steps]
    return [Text(f"error: {clean(error.text)}", style="red") for error in others[-_ERRORS_SHOWN:]]


def step_line(view: SyncView, step: StepProgress) -> str:
    """A step that ended, on one line: `iptv  movies  completed  150,000 rows: 150,000 new  1.2 s`."""
    seconds = step_seconds(view, step)
    rows = f"{number(step.counts.synced)} rows: {outcome(step.counts)}" if _says_rows(step) else ""
    error = f"error: {clean(step.error.text)}" if step.error is not None else ""
    parts = (view.progress.source_id, step.step, step.status.value, rows, error, duration(seconds) if seconds is not None else "")
    return "  ".join(part for part in parts if part)


def end_line(progress: SyncProgress) -> str:
    """A sync that ended, on one line."""
    parts = [progress.source_id, progress.status.value, f"{progress.progress} %"]
    if progress.counts.served or progress.status is SyncStatus.COMPLETED:
        parts.append(outcome(progress.counts))
    if progress.started_at is not None and progress.ended_at is not None:
        parts.append(duration((progress.ended_at - progress.started_at).total_seconds()))
    return "  ".join(parts)


def summary(view: SyncView) -> RenderableType:
    """What became of the rows of each step and how long it took, and below it what went wrong."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("step", no_wrap=True)
    table.add_column("status", no_wrap=True)
    for name in ("new", "changed", "unchanged", "rejected", "time"):
        table.add_column(name, justify="right", no_wrap=True)
    for step in view.progress.steps:
        table.add_row(*_summary_cells(view, step))
    progress = view.progress
    table.add_row(Text("all", style="bold"), _status_text(progress.status), *_count_cells(progress.counts), _total_time(progress))
    failures = [Text(f"{step.step}: {clean(step.error.text)}", style="red") for step in progress.steps if step.error is not None]
    return Group(table, *failures, *_errors(progress))


def _summary_cells(view: SyncView, step: StepProgress) -> Sequence[RenderableType]:
    seconds = step_seconds(view, step)
    return (
        Text(clean(step.title)),
        Text(step.status.value, style=_STYLES[step.status]),
        *(_count_cells(step.counts) if _says_rows(step) else [""] * 4),
        duration(seconds) if seconds is not None else "",
    )


def _count_cells(counts: Counts) -> Sequence[str]:
    return [number(count) for count in (counts.new, counts.changed, counts.unchanged, counts.rejected)]


def _status_text(status: SyncStatus) -> Text:
    return Text(status.value, style=_SYNC_STYLES[status])


def _total_time(progress: SyncProgress) -> str:
    if progress.started_at is None or progress.ended_at is None:
        return ""
    return duration((progress.ended_at - progress.started_at).total_seconds())
