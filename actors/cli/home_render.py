"""Home pages as a table per section, or as lines of a pipe; pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from actors.cli.titles import seen, title_of
from actors.cli.wording import clean, count_of, moment
from contracts.messages import CatalogueItem, HomeSectionShown

_COLUMNS: Final = ("#", "id", "title", "year", "seen", "where")
_NUMBERS: Final = ("#", "id", "year")
_LONG: Final = ("title", "where")
_ALWAYS: Final = ("#", "id", "title")
EMPTY: Final = "empty"
STALE: Final = "stale"


def page(sections: Sequence[HomeSectionShown], now: datetime, source: str | None = None) -> RenderableType:
    """Every section in its place; what to do where there is none."""
    if not sections:
        return Text(f"no home section yet; `playbill sync {source or 'SOURCE'} --only home` reads them")
    parts: list[RenderableType] = []
    for place, section in enumerate(sections):
        if place:
            parts.append(Text())
        parts += [_head(section, now), _items(section) if section.items else Text(EMPTY, style="dim")]
    return Group(*parts)


def _head(section: HomeSectionShown, now: datetime) -> Text:
    """`Continue Watching  plex, continue_watching, 12 items`, and whether it is as the server has it."""
    text = Text(clean(section.title) or section.hub_identifier, style="bold")
    text.append(f"  {section.source_id}, {clean(section.section_type)}{_size(section)}", style="not bold dim")
    if section.is_stale:
        text.append(f"  {STALE}: as it was at {moment(section.last_updated, now)}", style="not bold yellow")
    return text


def _size(section: HomeSectionShown) -> str:
    shown = len(section.items)
    if section.size is not None and section.size > shown > 0:
        return f", {shown} of {count_of(section.size, 'item')}"
    return f", {count_of(shown, 'item')}" if shown else ""


def _items(section: HomeSectionShown) -> Table:
    """A column that nobody fills is left out."""
    rows = [cells(place, item) for place, item in enumerate(section.items, 1)]
    shown = [place for place, name in enumerate(_COLUMNS) if name in _ALWAYS or any(row[place] for row in rows)]
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name in (_COLUMNS[place] for place in shown):
        table.add_column(name, justify="right" if name in _NUMBERS else "left", no_wrap=name not in _LONG)
    for row in rows:
        table.add_row(*(Text(row[place], no_wrap=True, overflow="ellipsis") for place in shown))
    return table


def cells(place: int, item: CatalogueItem) -> Sequence[str]:
    """One text per column, empty where nothing is known; `place` counts from 1."""
    year = str(item.year) if item.year is not None else ""
    return (str(place), str(item.id), title_of(item), year, seen(item), clean(item.library or ""))


def row_texts(sections: Sequence[HomeSectionShown]) -> Iterator[str]:
    """A line per item: source, section, place, id, title, year, seen, where, state. A section without items has one line too."""
    for section in sections:
        named, state = (section.source_id, clean(section.title)), STALE if section.is_stale else ""
        rows = [cells(place, item) for place, item in enumerate(section.items, 1)]
        if not rows:
            rows, state = [("",) * len(_COLUMNS)], f"{EMPTY}, {STALE}" if section.is_stale else EMPTY
        for row in rows:
            yield "\t".join((*named, *row, state))
