"""The stand-in Plex server as a real client sees it: plexapi browses it whole."""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from actors.demo import PlexLibrary, PlexServer, big_plex_library
from tests.plex_room import plex_client

pytest_plugins = ["tests.plex_fixtures"]


@pytest.fixture(autouse=True)
def no_files_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client reads its settings when it is imported, which the tests do late for that reason."""
    monkeypatch.setenv("PLEXAPI_CONFIG_PATH", os.devnull)
    monkeypatch.setenv("NO_PROXY", "*")


@pytest.fixture
def client(plex: PlexServer) -> Iterator[Any]:
    found = plex_client(plex)
    yield found
    found._session.close()


def keys(items: Any) -> list[str]:
    return [str(item.ratingKey) for item in items]


def library_keys(library: PlexLibrary, section: str, kind: str) -> list[str]:
    return [str(key) for key in library.keys(section, kind)]


def test_the_server_says_who_it_is(plex: PlexServer, client: Any) -> None:
    assert client.friendlyName == plex.library.name
    assert client.version == plex.library.version
    assert client.identity().machineIdentifier == client.machineIdentifier == plex.library.machine_identifier


def test_every_library_is_listed_with_its_type(client: Any) -> None:
    sections = client.library.sections()

    assert [(section.key, section.type, section.title) for section in sections] == [
        (1, "movie", "Films"),
        (2, "movie", "Short Films"),
        (3, "show", "Serials"),
        (4, "artist", "Music"),
        (5, "photo", "Lantern Slides"),
    ]
    assert all(section.uuid and section.updatedAt for section in sections)


def test_all_of_a_library_comes_in_pages_of_the_clients_size(plex: PlexServer, client: Any) -> None:
    films = client.library.section("Films").all(container_size=50)

    assert sorted(keys(films)) == sorted(library_keys(plex.library, "1", "movie"))
    pages = [record for record in plex.served if record.path == "/library/sections/1/all"]
    assert [record.query["X-Plex-Container-Start"] for record in pages] == ["0", "50", "100", "150", "200"]
    assert [len(record.ids) for record in pages] == [50, 50, 50, 50, 21]


@pytest.mark.parametrize(
    ("section", "kinds"), [("3", ("show", "season", "episode")), ("4", ("artist", "album", "track"))], ids=["show", "music"]
)
def test_every_level_of_a_library_can_be_searched(plex: PlexServer, client: Any, section: str, kinds: tuple[str, ...]) -> None:
    found = {kind: keys(client.library.sectionByID(int(section)).search(libtype=kind)) for kind in kinds}

    assert {kind: sorted(listed) for kind, listed in found.items()} == {
        kind: sorted(library_keys(plex.library, section, kind)) for kind in kinds
    }


def test_a_film_has_what_clients_show(client: Any) -> None:
    (film,) = client.library.section("Films").search(title="A Trip to the Moon")

    assert (film.year, film.title, film.librarySectionID) == (1902, "A Trip to the Moon", 1)
    assert [director.tag for director in film.directors] == ["Georges Méliès"]
    assert [genre.tag for genre in film.genres] == ["Science Fiction"]
    assert [guid.id.partition("://")[0] for guid in film.guids] == ["imdb", "tmdb"]
    assert film.media[0].parts[0].file.endswith(".mkv")


def test_a_show_leads_to_its_seasons_and_episodes(plex: PlexServer, client: Any) -> None:
    show = client.library.section("Serials").get("What Happened to Mary")
    seasons = show.seasons()

    assert [season.index for season in seasons] == [1, 2, 0]
    assert [len(season.episodes()) for season in seasons] == [6, 6, 1]
    assert keys(show.episodes()) == [str(key) for key in plex.library.leaves(show.ratingKey)]
    assert (show.childCount, show.leafCount) == (3, 13)
    assert {episode.grandparentTitle for episode in show.episodes()} == {show.title}
    assert {episode.seasonNumber for episode in show.episodes()} == {0, 1, 2}


def test_an_artist_leads_to_albums_and_tracks(client: Any) -> None:
    artist = client.library.section("Music").get("Scott Joplin")

    assert [album.title for album in artist.albums()] == ["Early Rags", "Later Rags"]
    assert [track.title for track in artist.albums()[0].tracks()][:2] == ["Original Rags", "Maple Leaf Rag"]
    assert len(artist.tracks()) == 10


def test_a_library_is_sorted_as_asked(plex: PlexServer, client: Any) -> None:
    films = client.library.section("Films")
    by_title, by_date = films.all(), films.search(sort="addedAt:desc")

    assert [film.titleSort for film in by_title] == sorted((film.titleSort for film in by_title), key=str.casefold)
    assert keys(by_date) == library_keys(plex.library, "1", "movie")[::-1]


def test_hubs_of_the_server_and_of_a_library_show_their_items(client: Any) -> None:
    hubs = {hub.hubIdentifier: hub for hub in client.library.hubs()}
    section_hubs = [hub.hubIdentifier for hub in client.library.section("Films").hubs()]

    assert [name for name in hubs if not name.startswith("custom.")] == [
        *("home.continue", "home.movies.recent", "home.television.recent", "home.music.recent", "home.playlists")
    ]
    assert sum(name.startswith("custom.collection.1.") for name in hubs) == 2
    assert hubs["home.movies.recent"].more
    assert len(hubs["home.movies.recent"]._partialItems) == 12
    assert len(hubs["home.movies.recent"].items()) > 200
    assert {item.type for item in hubs["home.continue"].items()} == {"movie", "episode"}
    assert section_hubs[:3] == ["movie.inprogress.1", "movie.recentlyadded.1", "movie.recentlyreleased.1"]


def test_a_hub_is_found_by_its_identifier(client: Any) -> None:
    (hub,) = client.library.hubs(identifier="home.music.recent")

    assert {item.type for item in hub.items()} == {"album"}


def test_a_hub_whose_address_holds_a_raw_sign_can_be_followed(client: Any) -> None:
    hub = next(hub for hub in client.library.section("Films").hubs() if hub.hubIdentifier == "movie.recentlyreleased.1")

    assert ">" in hub.key
    assert len(hub.items()) == 221


def test_on_deck_is_what_was_stopped_and_what_comes_next(plex: PlexServer, client: Any) -> None:
    deck = client.library.onDeck()

    assert [(item.type, item.title) for item in deck] == [
        ("episode", "Chapter 2"),
        ("episode", "Chapter 2"),
        ("movie", deck[2].title),
    ]
    assert [item.viewOffset for item in deck] == [300_000, 0, 1_020_000]
    assert keys(client.continueWatching()) == keys(deck)


def test_what_is_new_comes_first_in_recently_added(plex: PlexServer, client: Any) -> None:
    key = plex.library.add("1", "movie", "Found in an attic", year=1911)

    assert str(client.library.recentlyAdded()[0].ratingKey) == key


def test_watching_is_seen_by_a_reload(plex: PlexServer, client: Any) -> None:
    film = client.library.section("Films").get("The Abyss")
    before = (film.isPlayed, film.viewCount, film.viewOffset)
    plex.library.set_offset(str(film.ratingKey), 61_000)
    film.reload()
    halfway = (film.isPlayed, film.viewOffset, film.lastViewedAt is not None)
    plex.library.mark_watched(str(film.ratingKey))
    film.reload()

    assert before == (False, 0, 0)
    assert halfway == (False, 61_000, True)
    assert (film.isPlayed, film.viewCount) == (True, 1)


def test_the_client_marks_a_show_watched_and_not(plex: PlexServer, client: Any) -> None:
    show = client.library.section("Serials").get("Les Vampires")
    show.markPlayed()
    show.reload()
    played = (show.isPlayed, show.viewedLeafCount, show.leafCount)
    show.markUnplayed()
    show.reload()

    assert played == (True, 10, 10)
    assert (show.isPlayed, show.viewedLeafCount) == (False, 0)


def test_a_wrong_token_is_unauthorized(plex: PlexServer) -> None:
    from plexapi.exceptions import Unauthorized

    with pytest.raises(Unauthorized):
        plex_client(plex, token="another")


def test_changes_are_seen_at_once(plex: PlexServer, client: Any) -> None:
    films = client.library.section("Films")
    film = films.get("The Abyss")
    thumb, updated_at = film.thumb, film.updatedAt
    plex.library.change(str(film.ratingKey), title="Afgrunden", year=1911)
    film.reload()
    plex.library.remove(str(films.get("Enoch Arden").ratingKey))
    plex.library.remove_section("2")
    plex.library.change_section("3", title="Chapter Plays")

    assert (film.title, film.year) == ("Afgrunden", 1911)
    assert film.updatedAt > updated_at
    assert film.thumb != thumb
    assert len(films.all()) == 220
    listed = [section.attrib["title"] for section in client.query("/library/sections")]
    assert listed == ["Films", "Chapter Plays", "Music", "Lantern Slides"]


def test_items_that_are_gone_are_not_found(plex: PlexServer, client: Any) -> None:
    from plexapi.exceptions import NotFound

    first, second = plex.library.keys("1", "movie")[:2]
    plex.library.remove(str(first))

    assert keys(client.fetchItems([first, second])) == [str(second)]
    with pytest.raises(NotFound):
        client.fetchItem(first)


def test_a_big_library_is_made_as_it_is_read() -> None:
    with PlexServer(big_plex_library(shows=120, episodes=1_000, films=500)) as plex:
        client = plex_client(plex)
        shows = client.library.section("Shows")
        episodes = shows.search(libtype="episode", container_size=300)
        seasons = shows.search(libtype="season", container_size=300)
        counted = {str(show.ratingKey): show.leafCount for show in shows.all()}
        client._session.close()

    below = [str(episode.grandparentRatingKey) for episode in episodes]
    assert (len(set(keys(episodes))), len(seasons), len(counted)) == (1_000, 240, 120)
    assert {show: below.count(show) for show in counted} == counted
    assert sum(season.leafCount for season in seasons) == 1_000
