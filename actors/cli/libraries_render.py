"""Libraries as a table or as lines of a pipe; pure."""

from collections.abc import Sequence
from typing import Final

from rich.table import Table
from rich.text import Text

from actors.cli.wording import clean, kinds_counted
from contracts.messages import LibraryShown

_COLUMNS: Final = ("source", "id", "title", "type", "in the catalogue")
_LONG: Final = ("title", "in the catalogue")


def table(libraries: Sequence[LibraryShown]) -> Table:
    """A row per library. Its id is the server's own, which `playbill sync --library` takes as well as the title."""
    result = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name in _COLUMNS:
        result.add_column(name, no_wrap=name not in _LONG)
    for library in libraries:
        result.add_row(*(Text(cell, overflow="fold") for cell in cells(library)))
    return result


def cells(library: LibraryShown) -> Sequence[str]:
    """One text per column."""
    return (
        library.source_id,
        clean(library.remote_id),
        clean(library.title),
        clean(library.library_type or ""),
        ", ".join(kinds_counted(library.items)),
    )


def row_text(library: LibraryShown) -> str:
    """The same columns between tabs."""
    return "\t".join(cells(library))
