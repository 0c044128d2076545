"""Home pages, libraries, titles and single items as a terminal and a pipe show them."""

from typing import Any

import msgspec
import pytest

from actors.cli import home_render, item_render, libraries_render, search_render
from actors.cli.item import Known
from contracts.catalog import ItemKind
from contracts.messages import CatalogueItem, FoundPlace, FoundTitle, HomeSectionShown, LibraryShown, Links
from tests.progress_room import at, row_of, text_of
from tests.test_cli_titles import item

EPISODE = item(
    ItemKind.EPISODE,
    "The Tunnel",
    parent_title="Flash Gordon",
    parent_index=1,
    index_number=2,
    view_offset_s=30,
    duration_s=60,
    library="Serials",
)


def section(*items: CatalogueItem, title: str = "Continue Watching", **fields: Any) -> HomeSectionShown:
    fields.setdefault("section_type", "continue_watching")
    return HomeSectionShown(
        id=1,
        source_id="plex",
        hub_identifier=title.lower(),
        title=title,
        position=0,
        last_updated=at(0),
        items=list(items),
        **fields,
    )


def lines_of(*sections: HomeSectionShown, width: int = 110) -> list[str]:
    return [line.rstrip() for line in text_of(home_render.page(sections, at(60)), width).splitlines()]


def test_each_section_has_a_head_and_its_items_in_order() -> None:
    lines = lines_of(section(EPISODE, item(year=1922, library="Films", view_count=1)), section(item(), title="Films"))

    assert lines[0] == "Continue Watching  plex, continue_watching, 2 items"
    assert lines[1].split() == ["#", "id", "title", "year", "seen", "where"]
    assert lines[2].split() == ["1", "1", "Flash", "Gordon", "S01E02", "The", "Tunnel", "50", "%", "Serials"]
    assert lines[3].split() == ["2", "1", "Nosferatu", "1922", "seen", "Films"]
    assert lines[5] == "Films  plex, continue_watching, 1 item"


def test_a_section_that_is_empty_or_stale_says_so() -> None:
    lines = lines_of(section(title="Next Up"), section(item(), title="Old", is_stale=True))

    assert lines[0] == "Next Up  plex, continue_watching"
    assert lines[1] == "empty"
    assert "stale: as it was at " in lines[3]
    assert lines[3].endswith(", 1 min ago")
    assert lines[5].split() == ["1", "1", "Nosferatu"]


def test_a_section_of_which_more_is_on_the_server_says_so() -> None:
    assert lines_of(section(item(), size=300))[0].endswith(", 1 of 300 items")
    assert lines_of(section(item(), size=1))[0].endswith(", 1 item")


def test_a_column_that_nobody_fills_is_left_out() -> None:
    assert lines_of(section(item()))[1].split() == ["#", "id", "title"]


def test_where_there_is_no_section_it_says_how_to_get_one() -> None:
    assert "playbill sync SOURCE --only home" in text_of(home_render.page([], at(0)))
    assert "playbill sync plex --only home" in text_of(home_render.page([], at(0), "plex"))


def test_in_a_pipe_each_item_and_each_empty_section_is_a_line() -> None:
    rows = home_render.row_texts([section(EPISODE, is_stale=True), section(title="Next Up"), section(title="X", is_stale=True)])

    assert [row.split("\t") for row in rows] == [
        ["plex", "Continue Watching", "1", "1", "Flash Gordon S01E02 The Tunnel", "", "50 %", "Serials", "stale"],
        ["plex", "Next Up", "", "", "", "", "", "", "empty"],
        ["plex", "X", "", "", "", "", "", "", "empty, stale"],
    ]


@pytest.mark.parametrize("width", [30, 60, 120])
def test_a_home_page_fits_the_terminal(width: int) -> None:
    wide = msgspec.structs.replace(EPISODE, title="x" * 300, library="y" * 100)

    assert all(len(line) <= width for line in lines_of(section(wide), width=width)[1:])


def test_text_of_a_server_cannot_command_the_terminal() -> None:
    text = text_of(home_render.page([section(item(title="\x1b[2J"), title="[bold]\x1b[31m")], at(0)))

    assert "\x1b" not in text
    assert "[bold]" in text


def test_libraries_say_what_is_in_them() -> None:
    films = LibraryShown(
        source_id="plex",
        remote_id="1",
        title="Films",
        library_type="movies",
        items={ItemKind.EPISODE: 2, ItemKind.MOVIE: 1_500, ItemKind.SHOW: 1},
    )
    photos = LibraryShown(source_id="plex", remote_id="9", title="Photos")
    table = libraries_render.table([films, photos])

    assert row_of(table, "plex").split() == ["plex", "1", "Films", "movies", "1,500", "movies,", "1", "show,", "2", "episodes"]
    assert libraries_render.row_text(photos) == "plex\t9\tPhotos\t\t"


def found(*places: FoundPlace, **fields: Any) -> FoundTitle:
    return FoundTitle(title="Nosferatu", kind=ItemKind.MOVIE, places=list(places), **fields)


def test_a_title_that_was_found_says_every_place_that_has_it() -> None:
    here = FoundPlace(source_id="plex", library="Films", item=item(view_count=1))
    there = FoundPlace(source_id="iptv", item=item())
    lines = text_of(search_render.table([found(here, there, year=1922), found(there)])).splitlines()

    assert lines[0].split() == ["title", "kind", "year", "where", "id", "seen"]
    assert lines[1].split() == ["Nosferatu", "movie", "1922", "plex:", "Films", "1", "seen"]
    assert lines[2].split() == ["iptv", "1"]
    assert lines[3].split() == ["Nosferatu", "movie", "iptv", "1"]


def test_an_episode_that_was_found_is_said_with_its_show() -> None:
    place = FoundPlace(source_id="plex", library="Serials", item=EPISODE)
    title = FoundTitle(title="The Tunnel", kind=ItemKind.EPISODE, places=[place])

    assert "Flash Gordon S01E02 The Tunnel" in text_of(search_render.table([title]))


def lines_of_item(known: Known, width: int = 110) -> dict[str, str]:
    lines = [line for line in text_of(item_render.rendered(known), width).splitlines() if "  " in line]
    return {name.strip(): text.strip() for name, _, text in (line.partition("  ") for line in lines)}


def test_an_item_says_all_that_is_known_of_it() -> None:
    details = {
        "external_ids": {"imdb": "tt0013442", "tmdb": "653"},
        "plot": "A vampire.\nIt moves.",
        "genres": ["Horror", "Silent"],
        "in_trash": True,
        "guid": "plex://movie/5d77",
        "trailer": "http://h/x?X-Plex-Token=abc",
    }
    shown = item(
        year=1922,
        rating=7.9,
        duration_s=5_640,
        added_at=at(0),
        view_count=3,
        last_viewed_at=at(0),
        library="Films",
        details=details,
    )
    links = Links(web="https://app.plex.tv/desktop/#!/server/x", image="http://h:32400/library/1/thumb/2")
    lines = lines_of_item(Known(item=shown, links=links, children=[], next_cursor=None))

    assert lines["year"] == "1922"
    assert lines["external ids"] == "imdb tt0013442, tmdb 653"
    assert lines["genres"] == "Horror, Silent"
    assert lines["seen"].startswith("3×, last on 2026-11-2")
    assert (lines["plot"], lines["in trash"], lines["time"]) == ("A vampire. It moves.", "yes", "1 h 34 min")
    assert (lines["web"], lines["image"]) == (links.web, links.image)
    assert "abc" not in lines["trailer"]
    assert "guid" not in lines


def test_an_item_that_little_is_known_of_says_little() -> None:
    shown = item(image="/library/metadata/7/thumb/1", view_count=0)
    lines = lines_of_item(Known(item=shown, links=Links(), children=[], next_cursor=None))

    assert set(lines) == {"id", "kind", "source", "library", "remote id", "seen", "image"}
    assert (lines["seen"], lines["library"]) == ("no", "none yet; known from a home section")


def test_the_children_of_a_show_are_listed_with_their_numbers() -> None:
    season = item(ItemKind.SEASON, "Season 1", index_number=1)
    show = item(ItemKind.SHOW, "Flash Gordon", view_count=0)
    text = text_of(item_render.rendered(Known(item=show, links=Links(), children=[season, EPISODE], next_cursor="next")))

    assert "2 children" in text
    assert [line.split() for line in text.splitlines() if " season " in line] == [["1", "season", "1", "Season", "1"]]
    assert [line.split()[:5] for line in text.splitlines() if " episode " in line] == [["1", "episode", "1x02", "The", "Tunnel"]]
    assert "playbill items --parent 1 --after next" in text
