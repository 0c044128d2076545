"""Items of the catalogue as a table."""

import io

import msgspec
import pytest
from rich.console import Console

from actors.cli.items_render import row_text, table
from actors.store import CatalogueItem
from contracts.catalog import ItemKind

FILM = CatalogueItem(
    id=137,
    source_id="iptv",
    kind=ItemKind.MOVIE,
    remote_id="1002",
    title="Excursion to the Moon",
    year=1908,
    rating=8.1,
    categories=["Science Fiction and other long words"],
)


def lines_of(*items: CatalogueItem, width: int = 80) -> list[str]:
    console = Console(file=io.StringIO(), width=width, record=True, color_system=None)
    console.print(table(items, width))
    return console.export_text().splitlines()


def test_a_column_that_nobody_fills_is_left_out() -> None:
    assert lines_of(FILM)[0].split() == ["id", "kind", "title", "year", "rating", "source", "categories"]
    assert "time" in lines_of(msgspec.structs.replace(FILM, duration_s=60), FILM)[0]


def test_where_it_is_tight_categories_give_way_before_titles() -> None:
    (_, line) = lines_of(FILM, width=70)

    assert "Excursion to the Moon" in line
    assert "…" in line


@pytest.mark.parametrize("width", [30, 60, 120])
def test_a_table_fits_the_terminal(width: int) -> None:
    assert all(len(line.rstrip()) <= width for line in lines_of(msgspec.structs.replace(FILM, title="x" * 300), width=width))


def test_in_a_pipe_every_column_has_its_place() -> None:
    assert row_text(FILM).split("\t")[3:6] == ["1908", "8.1", ""]
