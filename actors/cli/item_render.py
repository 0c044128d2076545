"""One item for people: what is known of it, line by line, its addresses, and what it holds; pure."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.style import Style
from rich.table import Table
from rich.text import Text

from actors.cli.item import Known
from actors.cli.items_render import row_text
from actors.cli.titles import details_of, seen, title_of
from actors.cli.wording import clean, count_of, duration
from actors.redaction import redact
from contracts.messages import CatalogueItem

_HANDLED: Final = frozenset({"external_ids", "plot", "guid", "show", "episodes_viewed"})
_TEXT_CHARS_MAX: Final = 1_000


def rendered(known: Known) -> RenderableType:
    """The title, a line per thing that is known, and its children."""
    item = known.item
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, text in _lines(known):
        # A link stays one where it has to be folded.
        style = Style(link=text) if text.startswith(("http://", "https://")) and text.isprintable() else ""
        table.add_row(name, Text(clean(text), overflow="fold", style=style))
    parts: list[RenderableType] = [Text(title_of(item), style="bold"), table]
    if known.children:
        parts += [Text(), _children(known)]
    if known.next_cursor is not None:
        parts.append(Text(f"there is more: playbill items --parent {item.id} --after {known.next_cursor}", style="dim"))
    return Group(*parts)


def row_texts(known: Known) -> Iterator[str]:
    """A line per thing that is known, its name in front of a tab, then one per child with the columns of a list of items."""
    yield f"title\t{title_of(known.item)}"
    for name, text in _lines(known):
        yield f"{name}\t{clean(text)}"
    for child in known.children:
        yield f"child\t{row_text(child)}"
    if known.next_cursor is not None:
        yield f"next\t{known.next_cursor}"


def _lines(known: Known) -> Iterator[tuple[str, str]]:
    """(name, text) of what is known, in the order in which a person asks."""
    item, details = known.item, details_of(known.item)
    lines: tuple[tuple[str, object], ...] = (
        ("id", item.id),
        ("kind", item.kind.value),
        ("part of", _whole(item)),
        ("year", item.year),
        ("rating", f"{item.rating:.1f}" if item.rating is not None else None),
        ("time", duration(item.duration_s) if item.duration_s else None),
        ("for adults", "yes" if item.is_adult else None),
        ("source", item.source_id),
        ("library", item.library or "none yet; known from a home section"),
        ("categories", ", ".join(item.categories)),
        ("remote id", item.remote_id),
        ("external ids", _external_ids(details)),
        ("added", _day(item.added_at)),
        ("seen", _seen(item)),
        *((name.replace("_", " "), _text(value)) for name, value in details.items() if name not in _HANDLED),
        ("plot", _text(details.get("plot"))),
        ("web", known.links.web),
        ("image", known.links.image or item.image),
    )
    return ((name, str(value)) for name, value in lines if value not in (None, ""))


def _whole(item: CatalogueItem) -> str | None:
    if item.parent_id is None:
        return None
    return f"{item.parent_title} ({item.parent_id})" if item.parent_title else str(item.parent_id)


def _external_ids(details: Mapping[str, Any]) -> str:
    """`imdb tt0000417, tmdb 775`."""
    found = details.get("external_ids")
    return ", ".join(f"{name} {value}" for name, value in found.items()) if isinstance(found, dict) else ""


def _seen(item: CatalogueItem) -> str:
    """`3×, last on 2026-11-20`, of a show `3 of 12`; what stands after the word `seen`."""
    last = f"last on {_day(item.last_viewed_at)}" if item.last_viewed_at is not None else ""
    said = seen(item).removeprefix("seen ").removesuffix(" seen") or ("no" if item.view_count == 0 else "")
    said = "yes" if said == "seen" else said
    return ", ".join(part for part in (said, last) if part)


def _day(at: datetime | None) -> str | None:
    return f"{at.astimezone():%Y-%m-%d}" if at is not None else None


def _text(value: object) -> str:
    """What a source gave, on one line, without anything secret that it may have put there."""
    if isinstance(value, list | tuple):
        return ", ".join(filter(None, map(_text, value)))
    if isinstance(value, dict):
        return ", ".join(f"{name} {_text(inner)}" for name, inner in value.items())
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = redact(str(value)) if value is not None else ""
    return text if len(text) <= _TEXT_CHARS_MAX else f"{text[:_TEXT_CHARS_MAX]}…"


def _children(known: Known) -> Table:
    """Seasons, then episodes; albums; tracks: each with its number in front."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("id", "kind", "number", "title", "time", "seen"):
        table.add_column(name, justify="right" if name in ("id", "number") else "left", no_wrap=name != "title")
    for child in known.children:
        time = duration(child.duration_s) if child.duration_s else ""
        cells = (str(child.id), child.kind.value, _number(child), clean(child.title), time, seen(child))
        table.add_row(*(Text(cell, no_wrap=True, overflow="ellipsis") for cell in cells))
    shown = count_of(len(known.children), "child") if len(known.children) == 1 else f"{len(known.children)} children"
    table.title, table.title_justify, table.title_style = shown, "left", "bold"
    return table


def _number(child: CatalogueItem) -> str:
    """`1x02`, of an episode in its season or a track on its disc; `3` of a season."""
    own = str(child.index_number) if child.index_number is not None else ""
    return f"{child.parent_index}x{own.zfill(2)}" if child.parent_index is not None and own else own
