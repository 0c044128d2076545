"""The commands that read the catalogue, on a real database, with every server and Playbill itself off."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from actors import logs
from actors.cli import exits
from actors.cli.main import main
from actors.store.records import SourceRow
from contracts.catalog import HomeSection, Item, ItemKind, Library, SourceKind
from contracts.messages import CatalogueItem, HomeAnswer, ItemAnswer, ItemsAnswer, LibrariesAnswer, SearchAnswer
from tests.store_room import movie, opened
from tests.test_settings_kinds import BY_NAME, PLEX, written

MACHINE = "f" * 40
FILMS = Library(remote_id="1", title="Films", library_type="movies", item_kinds=[ItemKind.MOVIE])
SERIALS = Library(
    remote_id="2",
    title="Serials",
    library_type="shows",
    position=1,
    item_kinds=[ItemKind.SHOW, ItemKind.SEASON, ItemKind.EPISODE],
)
KINDS = {"plex": SourceKind.PLEX, "two": SourceKind.PLEX, "jellyfin": SourceKind.JELLYFIN, "iptv": SourceKind.XTREAM}
DETAILS = '{"external_ids":{"imdb":"tt0013442"},"plot":"A vampire."}'


def film(title: str = "Nosferatu", remote_id: str = "7", library: str | None = "1", **fields: Any) -> Item:
    fields.setdefault("year", 1922)
    return movie(remote_id, title, library_remote_id=library, **fields)


def of_show(remote_id: str, title: str, kind: ItemKind, **fields: Any) -> Item:
    return movie(remote_id, title, kind=kind, library_remote_id="2", **fields)


SHOW = of_show("20", "Flash Gordon", ItemKind.SHOW, image="/library/metadata/20/thumb/1")
SEASON = of_show("21", "Season 1", ItemKind.SEASON, parent_remote_id="20", index_number=1)
EPISODES = [
    of_show(
        str(30 + number),
        f"Chapter {number}",
        ItemKind.EPISODE,
        parent_remote_id="20",
        index_number=number,
        parent_index=1,
        duration_s=1_200,
        view_offset_s=600 if number == 2 else None,
        view_count=1 if number == 1 else 0,
    )
    for number in (1, 2, 3)
]


def section(position: int, title: str, *items: Item, **fields: Any) -> HomeSection:
    fields.setdefault("section_type", "recently_added")
    return HomeSection(hub_identifier=title.lower(), title=title, position=position, items=list(items), **fields)


async def _fill(path: Path) -> None:
    async with opened(path, datetime.now(UTC)) as store:
        async with store.transaction() as tx:
            await tx.put_sources([SourceRow(source_id=name, kind=kind, title=name) for name, kind in KINDS.items()])
            await tx.set_server("plex", {"machine_identifier": MACHINE, "name": "Attic", "version": "1.41.3"})
            await tx.put_libraries("iptv", [("movies", "Movies", ItemKind.MOVIE)])
            for source_id in ("plex", "two", "jellyfin"):
                await tx.put_revealed_libraries(source_id, [FILMS, SERIALS])
        async with store.transaction() as tx:
            for source_id in ("plex", "two"):
                await tx.put_items(source_id, [[film(details=DETAILS, view_count=2), SHOW, SEASON, *EPISODES]])
            await tx.put_items("jellyfin", [[film(details=DETAILS, title="Nosferatu: A Symphony of Horror")]])
            await tx.put_items("iptv", [[film(library="movies")]])
        async with store.transaction() as tx:
            await tx.put_home_section("plex", section(1, "Recently Added", film("Faust", "99", None), film(), size=40))
            await tx.put_home_section("plex", section(0, "Continue Watching", EPISODES[1], section_type="continue_watching"))
            await tx.put_home_section("plex", section(2, "Next Up"))
            await tx.put_home_section("two", section(0, "Recently Added", film()))
        async with store.transaction() as tx:
            await tx.mark_home_stale("two")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Settings that know all but `two`, beside a filled database."""
    file = tmp_path / "playbill.toml"
    file.write_text(
        written("plex", **PLEX) + written("jellyfin", **BY_NAME) + written("xtream", **BY_NAME).replace('"xtream"', '"iptv"', 1)
    )
    file.chmod(0o600)
    monkeypatch.setenv("PLAYBILL_CONFIG", str(file))
    asyncio.run(_fill(tmp_path / "playbill.db"))
    yield tmp_path
    logs.reset()


def said(capsys: pytest.CaptureFixture[str], *tokens: str, code: int = exits.COMPLETED) -> list[str]:
    assert main(tokens) == code
    return capsys.readouterr().out.splitlines()


def id_of(capsys: pytest.CaptureFixture[str], title: str, source: str = "plex") -> int:
    (line,) = said(capsys, "search", title, "--source", source, "--json")
    return msgspec.json.decode(line, type=SearchAnswer).titles[0].places[0].item.id


def test_the_home_pages_are_shown_section_by_section_in_order(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [line.split("\t") for line in said(capsys, "home")]

    assert [(row[0], row[1], row[2], *row[4:]) for row in rows] == [
        ("plex", "Continue Watching", "1", "Flash Gordon S01E02 Chapter 2", "", "50 %", "Serials", ""),
        ("plex", "Recently Added", "1", "Faust", "1922", "", "", ""),
        ("plex", "Recently Added", "2", "Nosferatu", "1922", "seen 2×", "Films", ""),
        ("plex", "Next Up", "", "", "", "", "", "empty"),
        ("two", "Recently Added", "1", "Nosferatu", "1922", "seen 2×", "Films", "stale"),
    ]


def test_the_home_page_of_one_source_is_one_document(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (line,) = said(capsys, "home", "plex", "--json", "--limit", "1")
    sections = msgspec.json.decode(line, type=HomeAnswer).sections

    assert [(section.title, section.position, section.size, len(section.items)) for section in sections] == [
        ("Continue Watching", 0, None, 1),
        ("Recently Added", 1, 40, 1),
        ("Next Up", 2, None, 0),
    ]
    assert msgspec.json.decode(line)["type"] == "home_answer.v1"


def test_a_home_page_that_was_never_read_says_what_to_do(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "playbill sync jellyfin --only home" in " ".join(said(capsys, "home", "jellyfin"))
    assert [line.split("\t")[0] for line in said(capsys, "home", "two")] == ["two"]


@pytest.mark.parametrize("command", ["home", "libraries"])
def test_a_source_that_nobody_knows_is_refused(folder: Path, capsys: pytest.CaptureFixture[str], command: str) -> None:
    assert main([command, "attic"]) == exits.USAGE
    assert "there is no source 'attic' in playbill.toml; there is plex, jellyfin, iptv" in capsys.readouterr().err


def test_the_libraries_say_how_much_of_each_is_there(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [line.split("\t") for line in said(capsys, "libraries")]

    assert ["plex", "1", "Films", "movies", "1 movie"] in rows
    assert ["plex", "2", "Serials", "shows", "1 show, 1 season, 3 episodes"] in rows
    (line,) = said(capsys, "libraries", "plex", "--json")
    assert [library.remote_id for library in msgspec.json.decode(line, type=LibrariesAnswer).libraries] == ["1", "2"]


def test_the_children_of_a_show_come_in_their_own_order_page_by_page(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    show = str(id_of(capsys, "Flash Gordon"))
    titles: list[str] = []
    after: list[str] = []
    for _ in range(4):
        (line,) = said(capsys, "items", "--parent", show, "--limit", "2", "--json", *after)
        answer = msgspec.json.decode(line, type=ItemsAnswer)
        titles += [item.title for item in answer.items]
        if answer.next_cursor is None:
            break
        after = ["--after", answer.next_cursor]

    assert titles == ["Season 1", "Chapter 1", "Chapter 2", "Chapter 3"]
    assert main(["items", "--parent", show, "--sort", "year"]) == exits.USAGE


def test_items_are_chosen_by_library_and_kind(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [line.split("\t") for line in said(capsys, "items", "--library", "Serials", "--kind", "episode", "--source", "plex")]

    assert [row[2] for row in rows] == [f"Flash Gordon S01E0{number} Chapter {number}" for number in (1, 2, 3)]


def test_a_title_that_several_sources_have_is_found_once_with_each_of_its_places(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (line,) = said(capsys, "search", "NOSFÉRATU", "--json")
    (title,) = msgspec.json.decode(line, type=SearchAnswer).titles

    assert {(place.source_id, place.library) for place in title.places} == {
        ("plex", "Films"),
        ("two", "Films"),
        ("jellyfin", "Films"),
        ("iptv", "Movies"),
    }
    assert len(said(capsys, "search", "nosferatu")) == 4
    assert said(capsys, "search", "nothing like it") == []


def item_of(capsys: pytest.CaptureFixture[str], item_id: int) -> tuple[CatalogueItem, ItemAnswer, str]:
    (line,) = said(capsys, "item", str(item_id), "--json")
    answer = msgspec.json.decode(line, type=ItemAnswer)
    assert answer.item is not None
    return answer.item, answer, "\n".join(said(capsys, "item", str(item_id)))


def test_an_item_is_shown_with_its_links_which_hold_no_secret(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    item, answer, text = item_of(capsys, id_of(capsys, "Flash Gordon"))

    assert (item.kind, item.library) == (ItemKind.SHOW, "Serials")
    assert answer.links.web is not None
    assert MACHINE in answer.links.web
    assert answer.links.image == "http://192.168.1.5:32400/library/metadata/20/thumb/1"
    assert f"web\t{answer.links.web}" in text.splitlines()
    children = [line.split("\t")[2:4] for line in text.splitlines() if line.startswith("child")]
    assert children[0] == ["season", "Flash Gordon: Season 1"]
    assert [kind for kind, _ in children[1:]] == ["episode"] * 3
    assert "s3cret" not in text


def test_an_item_says_its_ids_elsewhere_and_whether_it_was_seen(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, _, text = item_of(capsys, id_of(capsys, "Nosferatu"))

    assert {"external ids\timdb tt0013442", "seen\t2×", "plot\tA vampire."} <= set(text.splitlines())


def test_an_item_that_only_a_home_section_tells_of_is_shown_too(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    faust = next(line.split("\t")[3] for line in said(capsys, "home", "plex") if "Faust" in line)
    item, _, text = item_of(capsys, int(faust))

    assert (item.title, item.library) == ("Faust", None)
    assert "known from a home section" in text


def test_an_item_of_a_source_that_is_not_set_any_more_has_no_links(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, answer, text = item_of(capsys, id_of(capsys, "Flash Gordon", "two"))

    assert (answer.links.web, answer.links.image) == (None, None)
    assert "two" in text


@pytest.mark.parametrize("number", ["999", "0", "99999999999999999999"])
def test_an_item_that_is_not_there_is_refused(folder: Path, capsys: pytest.CaptureFixture[str], number: str) -> None:
    assert main(["item", number]) == exits.USAGE
    assert f"there is no item {number} in the catalogue" in capsys.readouterr().err


@pytest.mark.parametrize("tokens", [["home"], ["libraries"], ["item", "1"], ["search", "x"], ["items"]])
def test_without_a_catalogue_each_says_how_to_get_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tokens: list[str]
) -> None:
    (tmp_path / "playbill.toml").write_text("")
    monkeypatch.setenv("PLAYBILL_CONFIG", str(tmp_path / "playbill.toml"))

    assert main(tokens) == exits.FAILED
    assert "no catalogue yet" in capsys.readouterr().err
    logs.reset()
