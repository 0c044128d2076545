"""A Plex server's libraries: asked for in one answer, read as what they hold, and listed step by step."""

import json
from typing import Any

import pytest

from actors.sources import plex
from actors.sources.answer import Read
from actors.sources.ask import Ask, Session
from actors.sources.plex.walks import LibrariesWalk
from contracts.catalog import ItemKind, Library
from tests.plex_cases import container, data, entries, walked


def listed() -> list[Any]:
    found = json.loads(data("sections"))["MediaContainer"]["Directory"]
    assert isinstance(found, list)
    return found


def read_entries(step: str, entries: list[Any]) -> Read:
    return plex.read(step, json.dumps(entries).encode(), ())


def test_the_libraries_are_one_answer() -> None:
    libraries = plex.walk("libraries", Session(), 10)
    assert isinstance(libraries, LibrariesWalk)

    asked = libraries.ask()
    found = entries(walked(libraries, lambda ask: data("sections")))

    assert asked == Ask(path="library/sections")
    assert [entry["title"] for entry in found] == ["Films", "Serien", "Music", "Photos", "Podcasts", ""]
    assert (libraries.doubt, libraries.rows_expected) == (None, 6)


def test_libraries_that_are_announced_and_not_given_are_doubted() -> None:
    libraries = LibrariesWalk()

    assert walked(libraries, lambda ask: container(size=3)) == []
    assert libraries.doubt == "the server announced 3 rows and gave nothing"


def test_a_server_without_libraries_is_no_doubt() -> None:
    libraries = LibrariesWalk()

    assert walked(libraries, lambda ask: container(size=0)) == []
    assert libraries.doubt is None


def test_libraries_become_what_they_hold() -> None:
    found = read_entries("libraries", listed())

    assert found.rejects == []
    assert found.libraries == [
        Library("1", "Films", "movies", 0, [ItemKind.MOVIE], "18253756"),
        Library("2", "Serien", "shows", 1, [ItemKind.SHOW, ItemKind.SEASON, ItemKind.EPISODE], "18253803"),
        Library("5", "Music", "music", 2, [ItemKind.ARTIST, ItemKind.ALBUM, ItemKind.TRACK], "77"),
        Library("6", "Photos", "photos", 3, [], None),
        Library("7", "Podcasts", "podcast", 4, [], None),
        Library("8", "Library 8", "movies", 5, [ItemKind.MOVIE], None),
    ]


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ({"type": "movie"}, "key: missing"),
        ({"key": "a b", "type": "movie"}, "key: not the id of a library"),
        ({"key": "1.2", "type": "movie"}, "key: not the id of a library"),
        ({"key": "1"}, "type: missing"),
        (None, "the entry is no object"),
    ],
)
def test_a_library_that_cannot_be_read_costs_only_itself(entry: Any, reason: str) -> None:
    found = read_entries("libraries", [entry, {"key": "2", "type": "show", "title": "Serien"}])

    assert [library.remote_id for library in found.libraries] == ["2"]
    assert [one.reason for one in found.rejects] == [reason]


def test_the_steps_of_a_library_are_its_listings() -> None:
    libraries = read_entries("libraries", listed()).libraries

    found = [[(step.step, step.title) for step in plex.library_steps(library)] for library in libraries]

    assert found == [
        [("movies.1", "Films: movies")],
        [("shows.2", "Serien: shows"), ("seasons.2", "Serien: seasons"), ("episodes.2", "Serien: episodes")],
        [("artists.5", "Music: artists"), ("albums.5", "Music: albums"), ("tracks.5", "Music: tracks")],
        [],
        [],
        [("movies.8", "Library 8: movies")],
    ]
