"""Hubs become home sections with their items in order."""

import json
from typing import Any

import pytest

from actors.sources.answer import Read
from actors.sources.ask import Session
from actors.sources.plex import read, walk
from actors.sources.plex.hub_types import section_type
from contracts.catalog import HomeSection, ItemKind
from tests.plex_cases import container, data, movies, walked


def home_page() -> Read:
    """The recorded-like home page: what keys hold besides is nothing."""
    page = walk("home", Session(), 50)
    assert page is not None
    slices = walked(page, lambda ask: data("hubs_promoted") if ask.path == "hubs/promoted" else container(size=0))
    found = [read("home", body, ()) for body in slices]
    return Read(
        sections=[one for part in found for one in part.sections], rejects=[one for part in found for one in part.rejects]
    )


def by_title() -> dict[str, HomeSection]:
    return {section.title: section for section in home_page().sections}


def read_hubs(*hubs: Any) -> Read:
    return read("home", json.dumps(hubs).encode(), ())


def assembled(*items: Any, **fields: Any) -> dict[str, Any]:
    return {"hub": {"hubIdentifier": "x", "title": "A hub"}, "position": 0, "items": list(items)} | fields


def test_a_home_page_is_its_hubs_in_order() -> None:
    found = home_page()

    assert [(section.position, section.hub_identifier, section.section_type) for section in found.sections] == [
        (0, "home.continue", "continue_watching"),
        (1, "movie.recentlyreleased.1", "recently_released"),
        (2, "custom.collection.1.571285.571285", "collection"),
        (3, "tv.recentlyadded", "recently_added"),
        (4, "tv.recentlyadded#2", "recently_added"),
        (5, "home.onDeck", "continue_watching"),
        (6, "movie.genres.1", "movie.genres"),
        (7, "home.photos.recent", "recently_added"),
    ]
    assert found.rejects == []


def test_a_section_keeps_what_the_server_says_of_it() -> None:
    section = by_title()["Continue Watching"]

    assert (section.context, section.style, section.hub_type, section.size) == ("hub.home.continue", "hero", "mixed", 2)


def test_a_section_s_items_are_rows_of_their_own() -> None:
    film, episode = by_title()["Continue Watching"].items

    assert (film.kind, film.remote_id, film.view_offset_s, film.library_remote_id) == (ItemKind.MOVIE, "101", 60, "1")
    assert (episode.kind, episode.parent_remote_id, episode.parent_index, episode.index_number) == (ItemKind.EPISODE, "200", 1, 2)
    assert (episode.library_remote_id, json.loads(episode.details)["show"]) == ("2", "A Serial")


def test_a_hub_that_announced_more_than_its_key_gave_has_failed() -> None:
    assert by_title()["✨ Picked for You"].failure == "the server announced 15 rows and gave nothing"


def test_an_item_twice_in_a_hub_is_once_in_its_section() -> None:
    assert [item.remote_id for item in by_title()["Recently Added in Kinderserien"].items] == ["900"]


def test_one_item_may_come_as_an_object() -> None:
    assert [item.kind for item in by_title()["Recently Added in Serien"].items] == [ItemKind.SEASON]


def test_what_has_only_a_key_is_a_folder() -> None:
    found = by_title()["Genres"].items

    assert [(item.kind, item.remote_id, item.title) for item in found] == [
        (ItemKind.FOLDER, "/library/sections/1/all?genre=5", "Horror"),
        (ItemKind.FOLDER, "/library/sections/1/all?genre=6", "Fantasy"),
    ]


def test_of_photos_the_albums_are_shown_and_the_pictures_are_not() -> None:
    found = by_title()["Photos"]

    assert [(item.kind, item.remote_id) for item in found.items] == [(ItemKind.FOLDER, "401"), (ItemKind.VIDEO, "403")]
    assert found.failure is None


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"type": "movie"}, ItemKind.MOVIE),
        ({"type": "clip"}, ItemKind.VIDEO),
        ({"type": "trailer"}, ItemKind.VIDEO),
        ({"type": "collection"}, ItemKind.COLLECTION),
        ({"type": "playlist"}, ItemKind.PLAYLIST),
        ({"type": "photoalbum"}, ItemKind.FOLDER),
        ({"type": "person"}, ItemKind.FOLDER),
        ({"type": "live", "duration": 1_000}, ItemKind.VIDEO),
        ({"type": "channel"}, ItemKind.FOLDER),
        ({}, ItemKind.FOLDER),
    ],
)
def test_every_type_has_a_kind(fields: dict[str, Any], kind: ItemKind) -> None:
    (section,) = read_hubs(assembled({"ratingKey": "1", "title": "x"} | fields)).sections

    assert [item.kind for item in section.items] == [kind]


def test_an_item_that_cannot_be_read_is_a_reject_and_the_hub_keeps_the_others() -> None:
    found = read_hubs(assembled(movies(1)[0], {"title": "x"}, 7, {"ratingKey": "2", "type": "movie", "addedAt": 2**70}))

    assert [item.remote_id for item in found.sections[0].items] == ["0"]
    assert [(one.reason, one.remote_id) for one in found.rejects] == [
        ("items of x: ratingKey: missing", None),
        ("items of x: ratingKey: missing", None),
        ("items of x: addedAt: a number beyond 64 bits", "2"),
    ]


def test_a_hub_of_which_nothing_can_be_read_has_failed() -> None:
    (section,) = read_hubs(assembled({"title": "x"}, 7)).sections

    assert (section.items, section.failure) == ([], "none of its 2 items can be read")


def test_a_key_with_a_token_names_nothing() -> None:
    found = read_hubs(assembled({"key": "/x?X-Plex-Token=sesame", "title": "x", "type": "genre"}, *movies(1)))

    assert [one.reason for one in found.rejects] == ["items of x: key: holds a token"]
    assert "sesame" not in repr(found)


@pytest.mark.parametrize(
    ("hub", "reason"),
    [
        (7, "the entry is no object"),
        ({}, "hub: missing"),
        ({"hub": {}}, "hubIdentifier: missing"),
        ({"hub": {"hubIdentifier": "x" * 200}}, "hubIdentifier: longer than 128 characters"),
    ],
)
def test_a_hub_that_is_none_is_a_reject(hub: Any, reason: str) -> None:
    found = read_hubs(hub, assembled(*movies(1)))

    assert [section.hub_identifier for section in found.sections] == ["x"]
    assert [one.reason for one in found.rejects] == [reason]


def test_a_hub_without_a_title_is_named_by_its_identifier() -> None:
    (section,) = read_hubs({"hub": {"hubIdentifier": "x.1"}, "items": None, "position": None}).sections

    assert (section.title, section.items, section.position, section.size) == ("x.1", [], 0, None)


@pytest.mark.parametrize(
    ("identifier", "context", "found"),
    [
        ("home.continue", "hub.home.continue", "continue_watching"),
        ("home.ondeck", "", "continue_watching"),
        ("movie.inprogress.1", "hub.movie.inprogress", "continue_watching"),
        ("home.movies.recent", "", "recently_added"),
        ("home.television.recent", "", "recently_added"),
        ("movie.recentlyadded.1", "", "recently_added"),
        ("recentlyAdded", "", "recently_added"),
        ("movie.recentlyreleased.1", "", "recently_released"),
        ("tv.recentlyaired.2", "", "recently_released"),
        ("music.recent.added.4", "hub.music.recent.added", "recently_added"),
        ("music.recent.played.4", "", "recently_viewed"),
        ("movie.recentlyviewed.1", "", "recently_viewed"),
        ("movie.toprated.1", "", "top_rated"),
        ("movie.topunwatched.1", "", "top_unwatched"),
        ("home.playlists", "", "playlists"),
        ("custom.collection.571285", "hub.custom.collection~68", "collection"),
        ("custom.collection.1.577628.577628", "", "collection"),
        ("something.else.9", "hub.movie.recentlyadded~3", "recently_added"),
        ("movie.genre.1.176", "hub.movie.genre", "movie.genre"),
        ("movie.by.actor.or.director.1.252", "", "movie.by.actor.or.director"),
        ("Movie.Genre.1.176#2", "", "movie.genre"),
        ("123", "", "123"),
    ],
)
def test_the_identifier_says_what_kind_of_section_it_is(identifier: str, context: str, found: str) -> None:
    assert section_type(identifier, context) == found
