"""Titles that were found as a table, each with every place that has it; pure."""

from collections.abc import Iterator, Sequence
from typing import Final

from rich.table import Table
from rich.text import Text

from actors.cli.titles import seen, title_of
from actors.cli.wording import clean
from contracts.catalog import ItemKind
from contracts.messages import FoundPlace, FoundTitle

_COLUMNS: Final = ("title", "kind", "year", "where", "id", "seen")
_NUMBERS: Final = ("year", "id")
_LONG: Final = ("title", "where")
_ALWAYS: Final = ("title", "kind", "where", "id")


def table(titles: Sequence[FoundTitle]) -> Table:
    """A row per place; the title stands in the first of its rows alone. A column that nobody fills is left out."""
    rows = [row for title in titles for row in cells(title)]
    shown = [place for place, name in enumerate(_COLUMNS) if name in _ALWAYS or any(row[place] for row in rows)]
    result = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name in (_COLUMNS[place] for place in shown):
        result.add_column(name, justify="right" if name in _NUMBERS else "left", no_wrap=name not in _LONG)
    for row in rows:
        result.add_row(*(Text(row[place], no_wrap=True, overflow="ellipsis") for place in shown))
    return result


def cells(title: FoundTitle) -> Iterator[Sequence[str]]:
    """One text per column, a row per place."""
    year = str(title.year) if title.year is not None else ""
    for number, place in enumerate(title.places):
        head = ("", "", "") if number else (_name(title), title.kind.value, year)
        yield (*head, where(place), str(place.item.id), seen(place.item))


def _name(title: FoundTitle) -> str:
    """With its show, where that is what an episode is known by."""
    return title_of(title.places[0].item) if title.places and title.kind is ItemKind.EPISODE else clean(title.title)


def where(place: FoundPlace) -> str:
    """`plex: Films`, or the source alone for what its home page shows and no library has given yet."""
    return f"{place.source_id}: {clean(place.library)}" if place.library else place.source_id
