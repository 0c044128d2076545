"""Plex entries become rows: what each field means, in every spelling that servers send."""

import json
from typing import Any

import pytest

from actors.sources import plex
from actors.sources.answer import Read
from actors.sources.hashing import row_hash
from contracts.catalog import Item, ItemKind
from contracts.errors import BadRequest, UnexpectedAnswer
from tests.plex_cases import data, movies


def entries_of(name: str, key: str = "Metadata") -> list[dict[str, Any]]:
    found = json.loads(data(name))["MediaContainer"][key]
    return found if type(found) is list else [found]


def read_entries(step: str, entries: list[Any]) -> Read:
    return plex.read(step, json.dumps(entries).encode(), ())


def one(step: str = "movies.1", **fields: Any) -> Item:
    """The row of one entry, which is a film unless it says otherwise."""
    found = read_entries(step, [{"ratingKey": "1", "type": "movie", "title": "A film"} | fields])
    assert found.rejects == []
    return found.items[0]


def details(item: Item) -> dict[str, Any]:
    found = json.loads(item.details)
    assert isinstance(found, dict)
    return found


FILMS = read_entries("movies.1", entries_of("movies")).items
EPISODES = read_entries("episodes.2", entries_of("episodes"))
MUSIC = json.loads(data("music"))


def test_a_film_is_a_row() -> None:
    film = FILMS[0]

    assert (film.remote_id, film.kind, film.title, film.folded_title) == ("101", ItemKind.MOVIE, "Nosferatu", "nosferatu")
    assert (film.year, film.rating, film.duration_s, film.added_at) == (1922, 8.7, 5664, 1600000000)
    assert (film.image, film.library_remote_id, film.parent_remote_id) == ("/library/metadata/101/thumb/1763600001", "1", None)
    assert (film.view_count, film.view_offset_s, film.last_viewed_at) == (2, None, 1763600000)
    assert film.change_token == "1763600001"
    assert details(film) == {
        "external_ids": {"imdb": "tt0013442", "tmdb": "653", "tvdb": "2107"},
        "plot": "A count moves house.\nIt goes badly.",
        "genres": ["Horror", "Fantasy"],
        "studio": "Prana-Film",
        "content_rating": "Not Rated",
        "tagline": "A thrilling mystery",
        "original_title": "Nosferatu, eine Symphonie des Grauens",
        "guid": "plex://movie/5d776831a091de001f2e7756",
        "released": "1922-03-04",
        "backdrop": "/library/metadata/101/art/1763600001",
    }


def test_a_film_in_progress_says_where_the_user_stopped() -> None:
    film = FILMS[1]

    assert (film.view_count, film.view_offset_s, film.last_viewed_at) == (0, 3723, 1763650000)


def test_a_film_of_an_old_agent_has_its_ids_and_the_year_of_its_release() -> None:
    film = FILMS[1]

    assert (film.year, film.rating, film.added_at) == (1927, 8.3, 1600000001)
    assert details(film)["external_ids"] == {"imdb": "tt0017136"}
    assert details(film)["released"] == "1927-02-06"
    assert details(film)["genres"] == ["Science Fiction"]


def test_a_film_in_the_trash_is_kept_and_says_so() -> None:
    assert details(FILMS[1])["in_trash"] is True
    assert "in_trash" not in details(FILMS[0])


def test_no_token_reaches_a_row() -> None:
    assert FILMS[1].image == "/library/metadata/102/thumb/9"
    assert "sesame" not in repr(FILMS)


def test_what_is_marked_as_seen_counts_as_seen_once() -> None:
    assert (FILMS[2].view_count, FILMS[2].last_viewed_at) == (1, 1763660000)


def test_numbers_and_texts_may_stand_for_each_other() -> None:
    film = FILMS[2]

    assert (film.remote_id, film.title, film.year) == ("103", "1917", 1917)
    assert (film.added_at, film.rating, film.duration_s) == (-1, None, 1)


def test_a_film_without_a_title_is_named_by_its_id() -> None:
    film = FILMS[3]

    assert (film.title, film.image, film.view_count) == ("Untitled 104", "/library/metadata/1/thumb/2", 0)
    assert details(film) == {"edition": "Director's Cut"}


def test_an_episode_hangs_on_its_show_and_knows_its_season() -> None:
    episode = EPISODES.items[0]

    assert (episode.kind, episode.parent_remote_id) == (ItemKind.EPISODE, "200")
    assert (episode.parent_index, episode.index_number, episode.library_remote_id) == (1, 2, "2")
    assert details(episode) == {
        "external_ids": {"tvdb_episode": "268592/1/2"},
        "plot": "What came next.",
        "guid": "com.plexapp.agents.thetvdb://268592/1/2?lang=en",
        "released": "2014-03-26",
        "show": "A Serial",
        "season": "Season 1",
        "backdrop": "/library/metadata/200/art/6",
        "thumb_of_show": "/library/metadata/200/thumb/8",
    }


def test_an_episode_without_a_change_mark_is_marked_by_when_it_came() -> None:
    assert EPISODES.items[0].change_token == "1579478991"


def test_a_special_has_the_numbers_nought_and_the_picture_of_its_show() -> None:
    special = EPISODES.items[1]

    assert (special.parent_index, special.index_number) == (0, 0)
    assert (special.image, special.change_token) == ("/library/metadata/200/thumb/8", "-12")


def test_an_entry_of_another_kind_is_a_reject_that_names_the_field() -> None:
    (reject,) = EPISODES.rejects

    assert (reject.reason, reject.remote_id) == ("type: 'season' in a listing of episodes", "205")
    assert '"title": "Season 1"' in reject.entry


def test_a_show_counts_its_episodes_and_is_not_seen_itself() -> None:
    show = read_entries("shows.2", entries_of("shows")).items[0]

    assert (show.kind, show.parent_remote_id, show.index_number) == (ItemKind.SHOW, None, None)
    assert (show.view_count, show.view_offset_s, show.last_viewed_at) == (None, None, 1763600000)
    assert details(show)["episodes"] == 18
    assert details(show)["episodes_viewed"] == 3
    assert details(show)["external_ids"] == {"tvdb": "268592"}


def test_a_season_hangs_on_its_show_and_its_number_is_its_own() -> None:
    first, specials = read_entries("seasons.2", entries_of("seasons")).items

    assert [(season.parent_remote_id, season.index_number, season.parent_index) for season in (first, specials)] == [
        ("200", 1, None),
        ("200", 0, None),
    ]
    assert (first.image, specials.image) == ("/library/metadata/205/thumb/7", "/library/metadata/200/thumb/8")
    assert (details(first)["show"], details(first)["episodes"], details(first)["episodes_viewed"]) == ("A Serial", 9, 9)


def test_music_hangs_together() -> None:
    artist = one("artists.5", **MUSIC["artists"])
    album = one("albums.5", **MUSIC["albums"])
    track = one("tracks.5", **MUSIC["tracks"])

    assert (artist.kind, artist.parent_remote_id, artist.view_count) == (ItemKind.ARTIST, None, None)
    assert (album.kind, album.parent_remote_id, album.rating, details(album)["artist"]) == (ItemKind.ALBUM, "300", 7.0, "A Band")
    assert (track.kind, track.parent_remote_id) == (ItemKind.TRACK, "301")
    assert (track.parent_index, track.index_number, track.duration_s, track.view_count) == (2, 3, 5, 7)
    assert track.image == "/library/metadata/301/thumb/4"
    assert (details(track)["artist"], details(track)["album"]) == ("A Band", "An Album")
    assert details(track)["original_title"] == "A Band feat. Another"


def test_the_watch_state_is_part_of_the_hash_and_the_change_mark_is_not() -> None:
    plain = one(updatedAt=1)

    assert one(updatedAt=2).row_hash == plain.row_hash
    assert one(updatedAt=2).change_token != plain.change_token
    seen: list[dict[str, Any]] = [{}, {"viewCount": 7_000}, {"viewOffset": 7_000}, {"lastViewedAt": 7_000}]
    assert len({one(**fields).row_hash for fields in seen}) == len(seen)


def test_a_row_hash_is_the_same_in_every_process() -> None:
    assert row_hash(("a", 1, None)) == -3_869_352_194_979_727_858


@pytest.mark.parametrize(
    ("fields", "rating"),
    [
        ({"audienceRating": 8.7, "rating": 9.7}, 8.7),
        ({"rating": 7}, 7.0),
        ({"rating": "7.5"}, 7.5),
        ({"audienceRating": 95, "rating": 9.5}, 9.5),
        ({"audienceRating": 0}, 0.0),
        ({"audienceRating": None}, None),
        ({"audienceRating": "n/a"}, None),
        ({"audienceRating": -1}, None),
        ({"audienceRating": [8]}, None),
    ],
)
def test_the_audience_rates_before_the_critics(fields: dict[str, Any], rating: float | None) -> None:
    assert one(**fields).rating == rating


@pytest.mark.parametrize(("year", "found"), [(1922, 1922), ("1922", 1922), (0, None), (9999, None), ("", None), (1e9, None)])
def test_a_year_is_plausible_or_none(year: Any, found: int | None) -> None:
    assert one(year=year).year == found


@pytest.mark.parametrize(
    ("thumb", "image"),
    [
        ("/library/metadata/1/thumb/2", "/library/metadata/1/thumb/2"),
        ("https://metadata-static.example.org/a.jpg?width=300", "https://metadata-static.example.org/a.jpg?width=300"),
        ("https://example.org/a?X-Plex-Token=sesame&width=300", "https://example.org/a?width=300"),
        ("https://user:sesame@example.org/a", "https://example.org/a"),
        ("C:\\pictures\\a.jpg", None),
        ("", None),
        (7, None),
        ("/" + "x" * 3_000, None),
    ],
)
def test_a_picture_is_a_path_or_an_address_without_credentials(thumb: Any, image: str | None) -> None:
    assert one(thumb=thumb).image == image


@pytest.mark.parametrize(
    ("entry", "reason", "remote_id"),
    [
        ({"type": "movie", "title": "x"}, "ratingKey: missing", None),
        ({"ratingKey": "", "type": "movie"}, "ratingKey: empty", None),
        ({"ratingKey": True, "type": "movie"}, "ratingKey: not an id but a boolean", None),
        ({"ratingKey": "x" * 200, "type": "movie"}, "ratingKey: longer than 128 characters", None),
        ({"ratingKey": "1"}, "type: missing in a listing of movies", "1"),
        ({"ratingKey": "1", "type": 4}, "type: '4' in a listing of movies", "1"),
        ({"ratingKey": "1", "type": "movie", "addedAt": 2**63}, "addedAt: a number beyond 64 bits", "1"),
        ({"ratingKey": "1", "type": "movie", "duration": "9" * 20}, "duration: a number beyond 64 bits", "1"),
        (7, "the entry is no object", None),
        ([], "the entry is no object", None),
    ],
)
def test_what_can_be_no_row_is_a_reject_that_says_why(entry: Any, reason: str, remote_id: str | None) -> None:
    found = read_entries("movies.1", [*movies(1), entry, *movies(1, start=1)])

    assert [item.remote_id for item in found.items] == ["0", "1"]
    assert [(one.reason, one.remote_id) for one in found.rejects] == [(reason, remote_id)]


def test_the_copy_of_a_reject_holds_no_token() -> None:
    entry = {"thumb": "/a?X-Plex-Token=sesame", "X-Plex-Token": "sesame", "authToken": "sesame", "accessToken": "sesame"}

    (reject,) = read_entries("movies.1", [entry]).rejects

    assert "sesame" not in reject.entry


def test_what_is_no_array_is_an_unexpected_answer() -> None:
    for step in ("movies.1", "libraries", "home"):
        for body in (b"", b"{}", b"null", b"[1", b"<html>"):
            with pytest.raises(UnexpectedAnswer):
                plex.read(step, body, ())


@pytest.mark.parametrize("step", ["account", "movies", "channels.1", "", "photos.3"])
def test_a_step_without_rows_is_a_bad_request(step: str) -> None:
    with pytest.raises(BadRequest):
        plex.read(step, b"[]", ())
