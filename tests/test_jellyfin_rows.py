"""Entries of a Jellyfin server become rows."""

import json
from typing import Any

import pytest

from actors.sources.jellyfin import fields, read
from actors.sources.values import Unreadable
from contracts.catalog import Item, ItemKind
from tests.jellyfin_room import encoded, fixture

LIBRARY = "a0000000000000000000000000000001"


def rows(plural: str, *listed: Any) -> list[Item]:
    found = read(f"{plural}.{LIBRARY}", encoded(listed), ())
    assert found.rejects == []
    return found.items


def movie(**changed: Any) -> Item:
    return rows("movies", {"Id": "1", "Name": "Film", "Type": "Movie", **changed})[0]


def details(item: Item) -> Any:
    return json.loads(item.details)


def test_a_film_with_all_that_is_told_of_it() -> None:
    film = read(f"movies.{LIBRARY}", encoded(fixture("movies.json")["Items"]), ()).items[0]

    assert (film.remote_id, film.kind, film.title, film.year, film.rating) == (
        "aaaabbbbccccddddeeeeffff00001111", ItemKind.MOVIE, "Nosferatu", 1922, 7.9,
    )  # fmt: skip
    assert (film.duration_s, film.added_at, film.library_remote_id) == (5678, 1709374272, LIBRARY)
    assert film.image == "Items/aaaabbbbccccddddeeeeffff00001111/Images/Primary?tag=3f1d"
    assert (film.view_count, film.view_offset_s, film.last_viewed_at) == (2, 1234, 1790884800)
    assert film.change_token == "d41d8cd98f00b204e9800998ecf8427e"
    assert details(film) == {
        "external_ids": {"tmdb": "653", "imdb": "tt0013442"},
        "plot": "A count buys a house.\nThe rats come too.",
        "genres": ["Horror", "Fantasy"],
        "studio": "Prana-Film",
        "content_rating": "PG",
        "tagline": "A symphony of horror",
        "original_title": "Nosferatu, eine Symphonie des Grauens",
        "released": "1922-03-04",
        "backdrop": "Items/aaaabbbbccccddddeeeeffff00001111/Images/Backdrop?tag=77aa",
        "favorite": True,
    }


def test_every_entry_of_a_listing_is_in_one_place() -> None:
    found = read(f"movies.{LIBRARY}", encoded(fixture("movies.json")["Items"]), ())

    assert [item.title for item in found.items] == ["Nosferatu", "Metropolis"]
    assert [(one.reason, one.remote_id) for one in found.rejects] == [
        ("Type: 'BoxSet' in a listing of the kind movie", "31112222333344445555666677778888"),
        ("Id: missing", None),
    ]
    assert found.excluded == 1


def test_an_episode_belongs_to_its_show_and_to_the_season_of_its_number() -> None:
    episode = rows("episodes", *fixture("episodes.json")["Items"])[0]

    assert (episode.parent_remote_id, episode.parent_index, episode.index_number) == ("5000000000000000000000000000000a", 1, 1)
    assert episode.image == "Items/5000000000000000000000000000000a/Images/Primary?tag=aa01"
    assert (episode.year, episode.added_at, episode.duration_s) == (1915, None, 2040)
    assert details(episode) == {
        "released": "1915-11-13", "show": "Les Vampires", "season": "Season 1", "index_number_end": 2,
    }  # fmt: skip


def test_a_season_has_its_number_or_none() -> None:
    specials, unknown = rows("seasons", *fixture("seasons.json")["Items"])

    assert (specials.index_number, unknown.index_number) == (0, None)
    assert specials.parent_remote_id == unknown.parent_remote_id == "5000000000000000000000000000000a"
    assert specials.parent_index is None


def test_a_show_that_nobody_rated_has_no_rating() -> None:
    show = rows("shows", *fixture("shows.json")["Items"])[0]

    assert (show.kind, show.rating, show.year, show.view_count) == (ItemKind.SHOW, None, 1915, 0)
    assert details(show) == {"external_ids": {"tvdb": "72173"}, "status": "Ended"}


def test_music_has_its_artist_its_album_and_only_its_own_ids() -> None:
    found = {plural: rows(plural, entry)[0] for plural, entry in fixture("music.json").items()}

    artist, album, track = found["artists"], found["albums"], found["tracks"]
    assert (artist.duration_s, album.duration_s, track.duration_s) == (None, 2761, 195)
    assert (album.parent_remote_id, track.parent_remote_id) == (artist.remote_id, album.remote_id)
    assert (track.title, track.index_number, track.parent_index) == ("Gulf Coast Blues", 2, 1)
    assert track.image == "Items/70000000000000000000000000000002/Images/Primary?tag=b2"
    assert details(album)["external_ids"] == dict.fromkeys(("musicbrainzalbum", "mbid"), "bf25b030-0cbb-495a-8d79-6c7fee20a089")
    assert details(track)["external_ids"] == dict.fromkeys(("musicbrainztrack", "mbid"), "17d1019d-d4f4-326c-b4bb-d8aec2607bd7")
    assert (details(track)["artist"], details(track)["album"]) == ("Bessie Smith", "Downhearted Blues")


def test_a_channel_has_a_whole_number_or_the_one_it_has() -> None:
    whole, fraction = rows("channels", *fixture("channels.json")["Items"])

    assert (whole.index_number, fraction.index_number) == (7, None)
    assert details(whole) == {"channel_type": "TV"}
    assert details(fraction) == {"number": "5.1", "channel_type": "Radio"}


def test_an_emulators_spellings_are_read() -> None:
    kid, last, nameless = rows("movies", *fixture("emulator.json"))

    assert (kid.remote_id, kid.year, kid.rating, kid.duration_s) == ("0" * 31 + "1", 1921, 8.3, 4080)
    assert (last.remote_id, last.year, last.image) == ("17", 1923, None)
    assert details(last) == {"studio": "Hal Roach", "released": "1923-04-01"}
    assert (nameless.remote_id, nameless.title, nameless.view_count) == ("film:3", "Untitled film:3", None)


@pytest.mark.parametrize(
    ("user_data", "count"),
    [
        ({"Played": True, "PlayCount": 0}, 1),
        ({"Played": True, "PlayCount": 3}, 3),
        ({"Played": True}, 1),
        ({"Played": False, "PlayCount": 0}, 0),
        ({"Played": False, "PlayCount": 2}, 0),
        ({"PlayCount": 2}, 2),
        ({"PlayCount": "2", "Played": None}, 2),
        ({"PlayCount": -1, "Played": "true"}, 1),
        ({}, 0),
        (None, None),
        ([], None),
    ],
)
def test_seen_is_what_the_server_calls_played(user_data: Any, count: int | None) -> None:
    """It counts a play when it begins, and marks one as played without counting it."""
    assert movie(UserData=user_data).view_count == count


@pytest.mark.parametrize(
    ("ticks", "offset_s"),
    [(0, None), (9_999_999, None), (10_000_000, 1), ("12345678900", 1234), (None, None), ("x", None), (-5, None)],
)
def test_where_the_user_stopped_is_in_seconds(ticks: Any, offset_s: int | None) -> None:
    assert movie(UserData={"PlaybackPositionTicks": ticks}).view_offset_s == offset_s


@pytest.mark.parametrize(
    ("date", "at"),
    [
        ("2011-11-21T00:00:00.0000000Z", 1321833600),
        ("2023-12-11T12:10:40.7607527Z", 1702296640),
        ("2023-12-11T12:10:40.76Z", 1702296640),
        ("2023-12-11T14:10:40+02:00", 1702296640),
        ("2023-12-11T12:10:40", 1702296640),
        ("1981-01-02", 347241600),
        ("1969-12-31T23:59:00Z", -60),
        ("0001-01-01T00:00:00.0000000Z", None),
        ("0001-01-01T00:00:00.0000000+14:00", None),
        ("1601-01-01T00:00:00.0000000Z", None),
        ("9999-12-31T23:59:59-14:00", None),
        ("yesterday", None),
        ("", None),
        (1321833600, None),
        (None, None),
    ],
)
def test_dates_are_read_in_every_spelling(date: Any, at: int | None) -> None:
    assert movie(DateCreated=date).added_at == at


@pytest.mark.parametrize(
    ("made", "shown", "year"),
    [
        (1922, None, 1922),
        ("1922", "1930-01-01", 1922),
        ("", "1930-01-01T00:00:00.0000000Z", 1930),
        (0, None, None),
        (None, "x", None),
        (99999, None, None),
        ([], {}, None),
    ],
)
def test_the_year_is_of_making_or_of_the_first_showing(made: Any, shown: Any, year: int | None) -> None:
    assert movie(ProductionYear=made, PremiereDate=shown).year == year


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("AAAABBBB-CCCC-DDDD-EEEE-FFFF00001111", "aaaabbbbccccddddeeeeffff00001111"),
        ("AAAABBBBCCCCDDDDEEEEFFFF00001111", "aaaabbbbccccddddeeeeffff00001111"),
        (" {aaaabbbb-cccc-dddd-eeee-ffff00001111} ", "aaaabbbbccccddddeeeeffff00001111"),
        ("Film:3", "Film:3"),
        ("some-id", "some-id"),
        (17, "17"),
    ],
)
def test_an_id_has_one_spelling(value: Any, found: str) -> None:
    assert fields.item_id(value) == found
    assert fields.item_id(found) == found


@pytest.mark.parametrize("value", [None, "", " ", [], {}, True, "0" * 32, "00000000-0000-0000-0000-000000000000", "x" * 129])
def test_what_is_no_id_is_unreadable(value: Any) -> None:
    with pytest.raises(Unreadable, match=r"^Id: "):
        fields.item_id(value)


def test_a_picture_falls_back_to_the_shows_and_to_the_albums() -> None:
    show = {"SeriesId": "5000000000000000000000000000000A", "SeriesPrimaryImageTag": "aa"}

    assert movie(ImageTags={"Primary": "bb"}, **show).image == "Items/1/Images/Primary?tag=bb"
    assert movie(ImageTags={"Thumb": "bb"}, **show).image == "Items/5000000000000000000000000000000a/Images/Primary?tag=aa"
    assert movie(ImageTags=None, AlbumId="9", AlbumPrimaryImageTag="cc").image == "Items/9/Images/Primary?tag=cc"
    assert movie(Id="film/3?x", ImageTags={"Primary": "b&c"}).image == "Items/film%2F3%3Fx/Images/Primary?tag=b%26c"


def test_ids_that_many_items_share_are_left_out() -> None:
    """A search takes items with an id in common for one title."""
    shared = {
        "TmdbCollection": "9",
        "MusicBrainzAlbumArtist": "x",
        "Tmdb": "5",
        "tmdb": "6",
        "Imdb": "",
        "AniDB": None,
        " Tvdb ": 7,
    }

    assert details(movie(ProviderIds=shared))["external_ids"] == {"tmdb": "5", "tvdb": "7"}


def test_a_home_video_is_a_film_of_its_library() -> None:
    found = rows("videos", {"Id": "1", "Name": "Beach", "Type": "Video"}, {"Id": "2", "Name": "Clip", "Type": "MusicVideo"})

    assert {item.kind for item in found} == {ItemKind.MOVIE}


def test_the_hash_knows_the_watch_state_and_not_the_change_token() -> None:
    seen = {"Played": True, "PlayCount": 1, "LastPlayedDate": "2026-10-01T20:00:00.0000000Z"}

    assert movie(Etag="a").row_hash == movie(Etag="b").row_hash
    assert movie(Etag="a").change_token != movie(Etag="b").change_token
    assert movie().row_hash != movie(UserData=seen).row_hash
    assert movie(UserData=seen).row_hash != movie(UserData={**seen, "PlaybackPositionTicks": 600_000_000}).row_hash


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ({"Id": "1", "Type": "Series"}, "Type: 'Series' in a listing of the kind movie"),
        ({"Id": "1", "Type": "Photo"}, "Type: 'Photo' is no kind"),
        ({"Id": "1", "Type": 5}, "Type: '5' is no kind"),
        ({"Id": [], "Type": "Movie"}, "Id: not an id but a list"),
        ({"Id": "1", "Type": "Movie", "RunTimeTicks": 2**63}, "RunTimeTicks: a number beyond 64 bits"),
        (7, "the entry is no object"),
        (None, "the entry is no object"),
    ],
)
def test_what_can_be_no_row_is_a_reject_that_says_why(entry: Any, reason: str) -> None:
    found = read(f"movies.{LIBRARY}", encoded([entry, {"Id": "2", "Type": "Movie"}]), ())

    assert [one.reason for one in found.rejects] == [reason]
    assert len(found.items) == 1
