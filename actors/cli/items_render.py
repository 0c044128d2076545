"""Items of the catalogue as a table or as lines of a pipe; pure."""

from collections.abc import Sequence
from typing import Final

from rich.table import Table
from rich.text import Text

from actors.cli.wording import clean, duration
from actors.store import CatalogueItem

_COLUMNS: Final = ("id", "kind", "title", "year", "rating", "time", "source", "categories")
_NUMBERS: Final = ("id", "year", "rating", "time")
_LONG: Final = ("title", "categories")


def table(items: Sequence[CatalogueItem]) -> Table:
    """For people: titles and categories that do not fit are cut."""
    result = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name in _COLUMNS:
        # Columns that may wrap give way first; their cells are cut instead.
        result.add_column(name, justify="right" if name in _NUMBERS else "left", no_wrap=name not in _LONG)
    for item in items:
        result.add_row(*(Text(cell, no_wrap=True, overflow="ellipsis") for cell in cells(item)))
    return result


def cells(item: CatalogueItem) -> Sequence[str]:
    """One text per column, empty where nothing is known."""
    return (
        str(item.id),
        item.kind.value,
        clean(item.title),
        str(item.year) if item.year is not None else "",
        f"{item.rating:.1f}" if item.rating is not None else "",
        duration(item.duration_s) if item.duration_s else "",
        item.source_id,
        clean(", ".join(item.categories)),
    )


def row_text(item: CatalogueItem) -> str:
    """The same columns between tabs."""
    return "\t".join(cells(item))
