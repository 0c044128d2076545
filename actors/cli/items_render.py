"""Items of the catalogue as a table or as lines of a pipe; pure."""

from collections.abc import Sequence
from typing import Final

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from actors.cli.titles import title_of
from actors.cli.wording import clean, duration
from contracts.messages import CatalogueItem

_COLUMNS: Final = ("id", "kind", "title", "year", "rating", "time", "source", "categories")
_NUMBERS: Final = ("id", "year", "rating", "time")
_LONG: Final = ("title", "categories")
_ALWAYS: Final = ("id", "kind", "title")
_CATEGORIES_CHARS_MIN: Final = 12


def table(items: Sequence[CatalogueItem], width: int) -> Table:
    """For a terminal so wide: a column that nobody fills is left out; categories that do not fit are cut, then titles."""
    result = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    rows = [cells(item) for item in items]
    shown = [place for place, name in enumerate(_COLUMNS) if name in _ALWAYS or any(row[place] for row in rows)]
    for name in (_COLUMNS[place] for place in shown):
        # Columns that may wrap give way first; their cells are cut instead.
        most = _left_for_categories(rows, shown, width) if name == "categories" else None
        result.add_column(name, justify="right" if name in _NUMBERS else "left", no_wrap=name not in _LONG, max_width=most)
    for row in rows:
        result.add_row(*(Text(row[place], no_wrap=True, overflow="ellipsis") for place in shown))
    return result


def _left_for_categories(rows: Sequence[Sequence[str]], shown: Sequence[int], width: int) -> int:
    others = [max(cell_len(text) for text in (_COLUMNS[place], *(row[place] for row in rows))) + 2 for place in shown[:-1]]
    return max(_CATEGORIES_CHARS_MIN, width - sum(others))


def cells(item: CatalogueItem) -> Sequence[str]:
    """One text per column, empty where nothing is known."""
    return (
        str(item.id),
        item.kind.value,
        title_of(item),
        str(item.year) if item.year is not None else "",
        f"{item.rating:.1f}" if item.rating is not None else "",
        duration(item.duration_s) if item.duration_s else "",
        item.source_id,
        clean(", ".join(item.categories)),
    )


def row_text(item: CatalogueItem) -> str:
    """The same columns between tabs."""
    return "\t".join(cells(item))
