"""The three ways a sync is shown: live bars and a table, a line per ended step, one JSON document per state."""

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Protocol, Self

from actors.cli.progress_view import SyncView, ended_since, viewed
from actors.cli.wording import clean
from contracts import codec
from contracts.messages import SyncProgress

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.live import Live

_ENDED_SHOWN: Final = 5
"""Sources whose last sync ended and is still shown live."""


class Show(Protocol):
    """Takes every state of the syncs that are followed. A context manager: what it put on the terminal it takes off.

    Processes that are started within `overhearing` may write on standard error without spoiling it.
    """

    def progress(self, progress: SyncProgress) -> None: ...
    def note(self, text: str) -> None: ...
    def summary(self, sync_id: str) -> None: ...
    def overhearing(self) -> AbstractContextManager[None]: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *_: object) -> None: ...


def show_for(*, as_json: bool, console: "Console | None" = None, is_lasting: bool = False) -> Show:
    """Bars on a terminal, lines elsewhere, JSON where it is asked for. Bars that are not lasting make room for the summary."""
    if as_json:
        return JsonShow()
    from rich.console import Console

    found = console or Console(highlight=False)
    return BarShow(found, is_lasting=is_lasting) if found.is_terminal else LineShow(found)


class JsonShow:
    """SyncProgress as it is on the bus, one document a line. Notes go to standard error."""

    def progress(self, progress: SyncProgress) -> None:
        sys.stdout.write(codec.encode(progress).decode() + "\n")
        sys.stdout.flush()

    def note(self, text: str) -> None:
        print(text, file=sys.stderr)

    def summary(self, sync_id: str) -> None:
        """The last line says it all."""

    def overhearing(self) -> AbstractContextManager[None]:
        return nullcontext()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None


class QuietShow(JsonShow):
    """Nothing but notes and reasons, on standard error: for a command whose own answer comes after the sync."""

    def progress(self, progress: SyncProgress) -> None:
        if progress.status.is_final:
            for error in progress.errors:
                self.note(f"{progress.source_id}: {clean(error.text)}")


class LineShow:
    """A line when a step ends and when a sync ends."""

    def __init__(self, console: "Console") -> None:
        self._console = console
        self._views: dict[str, SyncView] = {}

    def progress(self, progress: SyncProgress) -> None:
        from actors.cli.progress_render import end_line, step_line

        before = self._views.get(progress.sync_id)
        view = self._views[progress.sync_id] = viewed(before, progress)
        for step in ended_since(before, view):
            self._line(step_line(view, step))
        if progress.status.is_final and not (before and before.progress.status.is_final):
            self._line(end_line(progress))

    def note(self, text: str) -> None:
        self._line(text)

    def summary(self, sync_id: str) -> None:
        from actors.cli.summary_render import summary

        view = self._views.get(sync_id)
        if view is not None:
            self._console.print()
            self._console.print(summary(view, datetime.now(UTC)))

    def overhearing(self) -> AbstractContextManager[None]:
        return nullcontext()

    def _line(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None


class BarShow:
    """Bars of every sync that runs, drawn again eight times a second so that waiting shows too."""

    def __init__(
        self, console: "Console", now: Callable[[], datetime] = lambda: datetime.now(UTC), *, is_lasting: bool = False
    ) -> None:
        self._console, self._now, self._is_lasting = console, now, is_lasting
        self._views: dict[str, SyncView] = {}
        self._note = "starting"
        self._live: Live | None = None

    def progress(self, progress: SyncProgress) -> None:
        if not self._views or progress.status.is_final:
            self._note = ""
        views = {sync_id: view for sync_id, view in self._views.items() if not _is_replaced(view.progress, progress)}
        views[progress.sync_id] = viewed(self._views.get(progress.sync_id), progress)
        ended = [sync_id for sync_id, view in views.items() if view.progress.status.is_final]
        for sync_id in ended[:-_ENDED_SHOWN]:
            del views[sync_id]
        self._views = views  # one assignment: the drawing thread sees the old ones or the new ones

    def note(self, text: str) -> None:
        self._note = text

    def summary(self, sync_id: str) -> None:
        from actors.cli.summary_render import summary

        view = self._views.get(sync_id)
        if view is not None:
            self._console.print(summary(view, self._now(), with_head=True))

    def overhearing(self) -> AbstractContextManager[None]:
        from actors.cli.overhearing import overhearing

        if not sys.stderr.isatty():
            return nullcontext()
        return overhearing(lambda line: self._console.print(clean(line), markup=False, highlight=False, soft_wrap=True))

    def drawing(self) -> "RenderableType":
        """What is on the terminal now."""
        from rich.console import Group
        from rich.text import Text

        from actors.cli.progress_render import bars

        views, now = self._views, self._now()
        if not views:
            return Text(self._note, style="dim")
        notes = [self._note if index == len(views) - 1 else "" for index in range(len(views))]
        # The empty line is for the `^C` that a terminal writes of itself: next to the bars it would push them up.
        return Group(*(bars(view, now, note) for view, note in zip(views.values(), notes, strict=True)), Text())

    def __enter__(self) -> Self:
        from rich.live import Live

        self._live = Live(
            console=self._console,
            get_renderable=self.drawing,
            refresh_per_second=8,
            redirect_stdout=False,
            redirect_stderr=True,
            transient=not self._is_lasting,
        )
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._live.stop()


def _is_replaced(shown: SyncProgress, new: SyncProgress) -> bool:
    """Whether an ended sync gives way to a newer one of its source and part."""
    of_same = (shown.source_id, shown.parts) == (new.source_id, new.parts)
    return of_same and shown.sync_id != new.sync_id and shown.status.is_final
