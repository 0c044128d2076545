"""States of a sync as the bus says them, and what a terminal makes of them."""

import io
from datetime import UTC, datetime, timedelta

import msgspec
from rich.console import Console, RenderableType

from actors.cli.progress_view import SyncView, viewed
from contracts.catalog import ItemKind, StepStatus, SyncStatus
from contracts.messages import Counts, StepProgress, SyncProgress

START = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
ACCOUNT = StepProgress(step="account", title="Account", weight=0)
CHANNELS = StepProgress(step="channels", title="Channels", item_kind=ItemKind.CHANNEL)
MOVIES = StepProgress(step="movies", title="Movies", item_kind=ItemKind.MOVIE)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def progress(*steps: StepProgress, seconds: float = 0, status: SyncStatus = SyncStatus.SYNCING, percent: int = 0) -> SyncProgress:
    return SyncProgress(
        sync_id="0123456789abcdef",
        source_id="iptv",
        status=status,
        progress=percent,
        steps=list(steps),
        counts=sum((step.counts for step in steps), Counts()),
        started_at=START,
        updated_at=at(seconds),
        ended_at=at(seconds) if status.is_final else None,
    )


def running(step: StepProgress, rows: int = 0, **more: object) -> StepProgress:
    return msgspec.structs.replace(step, status=StepStatus.RUNNING, counts=Counts(new=rows), **more)


def ended(step: StepProgress, counts: Counts, status: StepStatus = StepStatus.COMPLETED, **more: object) -> StepProgress:
    return msgspec.structs.replace(step, status=status, counts=counts, fraction=1.0, **more)


def view_of(*states: SyncProgress) -> SyncView:
    view: SyncView | None = None
    for state in states:
        view = viewed(view, state)
    assert view is not None
    return view


def text_of(shown: RenderableType, width: int = 110) -> str:
    console = Console(file=io.StringIO(), width=width, record=True, color_system=None)
    console.print(shown)
    return console.export_text()


def row_of(shown: RenderableType, title: str, width: int = 110) -> str:
    return next(line for line in text_of(shown, width).splitlines() if line.startswith(title))
