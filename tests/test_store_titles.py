"""A search over all sources: what is one title, and where it can be played."""

from pathlib import Path

import pytest

from actors.store import FoundTitle, Reader
from contracts.catalog import Item, ItemKind, Library
from tests.store_room import episode, movie, opened, put_items, show

Sources = dict[str, list[Item]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "playbill.db"


async def found(path: Path, sources: Sources, text: str, **more: object) -> list[FoundTitle]:
    async with opened(path) as store:
        for source_id, items in sources.items():
            async with store.transaction() as tx:
                await tx.put_revealed_libraries(
                    source_id, [Library("movies", f"Films of {source_id}", "movies", 0, [ItemKind.MOVIE])]
                )
            await put_items(store, items, source_id=source_id)
        async with Reader.open(path) as reader:
            return await reader.search_titles(text, **more)  # type: ignore[arg-type]


def places(titles: list[FoundTitle]) -> list[tuple[str, list[str]]]:
    return [(title.title, [f"{place.source_id}/{place.item.remote_id}" for place in title.places]) for title in titles]


def ids(**external_ids: str | int) -> str:
    said = ",".join(
        f'"{name}":{value if isinstance(value, int) else chr(34) + value + chr(34)}' for name, value in external_ids.items()
    )
    return f'{{"external_ids":{{{said}}}}}'


async def test_the_same_title_and_year_is_one_with_its_places(path: Path) -> None:
    sources: Sources = {
        "plex": [movie("1", "Metropolis", year=1927)],
        "jellyfin": [movie("1", "metropolis", year=1927), movie("2", "Metropolis", year=2001)],
        "iptv": [movie("7", "Metropolis Now", year=1927)],
    }
    titles = await found(path, sources, "metropolis")

    assert sorted(places(titles)[:2]) == [("Metropolis", ["jellyfin/2"]), ("Metropolis", ["plex/1", "jellyfin/1"])]
    assert places(titles)[2] == ("Metropolis Now", ["iptv/7"])
    assert [(title.kind, title.year) for title in titles if len(title.places) == 2] == [(ItemKind.MOVIE, 1927)]
    assert titles[2].places[0].library == "Films of iptv"


async def test_a_shared_external_id_makes_one_title_of_two_names(path: Path) -> None:
    sources: Sources = {
        "plex": [movie("1", "The Trip", year=1902, details=ids(imdb="tt0000417", tmdb="775"))],
        "jellyfin": [movie("1", "A Trip to the Moon", details=ids(tmdb="775"))],
        "iptv": [movie("1", "Trip to the Moon HD", details=ids(tmdb=775)), movie("2", "A trip", details=ids(tmdb="776"))],
    }
    titles = await found(path, sources, "trip")

    assert sorted(len(title.places) for title in titles) == [1, 3]
    assert next(title.year for title in titles if len(title.places) == 3) == 1902


async def test_an_item_may_bring_two_groups_together(path: Path) -> None:
    sources: Sources = {
        "a": [movie("1", "Nosferatu", year=1922)],
        "b": [movie("1", "Nosferatu: A Symphony of Horror", details=ids(imdb="tt0013442"))],
        "c": [movie("1", "Nosferatu", year=1922, details=ids(imdb="tt0013442"))],
    }

    assert places(await found(path, sources, "nosferatu")) == [("Nosferatu", ["a/1", "c/1", "b/1"])]


async def test_two_kinds_are_two_titles_and_an_id_is_of_one_kind(path: Path) -> None:
    sources: Sources = {
        "a": [movie("1", "Fantomas", year=1913, details=ids(tmdb="5")), show("1", "Fantomas", year=1913, details=ids(tmdb="5"))]
    }

    assert len(await found(path, sources, "fantomas")) == 2


async def test_episodes_of_two_shows_with_one_name_are_two_titles(path: Path) -> None:
    sources: Sources = {
        "a": [
            show("s", "First"),
            show("t", "Second"),
            episode("1", of="s"),
            episode("2", of="t"),
            episode("3", of="s", at=(2, 1)),
        ],
        "b": [show("x", "First"), episode("9", of="x")],
    }

    assert sorted(places(await found(path, sources, "pilot"))) == [
        ("Pilot", ["a/1", "b/9"]),
        ("Pilot", ["a/2"]),
        ("Pilot", ["a/3"]),
    ]


async def test_episodes_that_carry_the_id_of_their_show_are_not_one_title(path: Path) -> None:
    told = ids(tvdb="78804")
    sources: Sources = {"a": [episode("1", "Part 1", details=told, at=(1, 1)), episode("2", "Part 2", details=told, at=(1, 2))]}

    assert len(await found(path, sources, "part")) == 2


@pytest.mark.parametrize(
    "details", ["{}", "[]", '{"external_ids":null}', '{"external_ids":{"imdb":["x"]}}', '{"external_ids":"x"}']
)
async def test_details_of_any_shape_are_borne(path: Path, details: str) -> None:
    sources: Sources = {"a": [movie("1", "Faust", details=details)], "b": [movie("1", "Faust", details=details)]}

    assert places(await found(path, sources, "faust")) == [("Faust", ["a/1", "b/1"])]


async def test_a_search_may_be_of_one_source_and_kind(path: Path) -> None:
    sources: Sources = {"a": [movie("1", "Faust"), show("1", "Faust")], "b": [movie("1", "Faust")]}

    assert places(await found(path, sources, "faust", kind=ItemKind.MOVIE, source="b")) == [("Faust", ["b/1"])]
    async with Reader.open(path) as reader:
        assert places(await reader.search_titles("faust", ItemKind.SHOW)) == [("Faust", ["a/1"])]
        assert await reader.search_titles("") == []
        assert sum(len(title.places) for title in await reader.search_titles("faust", limit=2)) == 2


async def test_the_year_behind_a_title_is_no_part_of_it(path: Path) -> None:
    sources: Sources = {
        "plex": [movie("1", "Apollo 15", year=1971)],
        "iptv": [movie("7", "Apollo 15 (1971)", year=1971), movie("8", "Apollo 1971", year=1971)],
    }
    titles = await found(path, sources, "apollo")

    assert sorted(places(titles)) == [("Apollo 15", ["plex/1", "iptv/7"]), ("Apollo 1971", ["iptv/8"])]
