"""Every form of guid that Plex has had."""

from typing import Any

import pytest

from actors.sources.plex.guids import external_ids


@pytest.mark.parametrize(
    ("guid", "found"),
    [
        ("plex://movie/5d776831a091de001f2e7756", {}),
        ("plex://episode/5d9c13e47d06d9001fffd7a2", {}),
        ("com.plexapp.agents.imdb://tt0368667?lang=en", {"imdb": "tt0368667"}),
        ("com.plexapp.agents.themoviedb://603?lang=de", {"tmdb": "603"}),
        ("com.plexapp.agents.thetvdb://268592?lang=en", {"tvdb": "268592"}),
        ("com.plexapp.agents.thetvdb://268592/1?lang=en", {"tvdb_season": "268592/1"}),
        ("com.plexapp.agents.thetvdb://268592/1/2?lang=en", {"tvdb_episode": "268592/1/2"}),
        ("com.plexapp.agents.themoviedb://1399/0/3?lang=en", {"tmdb_episode": "1399/0/3"}),
        ("com.plexapp.agents.hama://anidb-17061?lang=en", {"anidb": "17061"}),
        ("com.plexapp.agents.hama://tvdb-347734?lang=en", {"tvdb": "347734"}),
        ("com.plexapp.agents.hama://tvdb2-347734/1/5?lang=en", {"tvdb_episode": "347734/1/5"}),
        ("com.plexapp.agents.hama://imdb-tt0368667?lang=en", {"imdb": "tt0368667"}),
        ("com.plexapp.agents.anidb://4880", {"anidb": "4880"}),
        ("com.plexapp.agents.myanimelist://21?lang=en", {"mal": "21"}),
        ("com.plexapp.agents.xbmcnfo://tt0133093?lang=xn", {"imdb": "tt0133093"}),
        ("com.plexapp.agents.xbmcnfo://603?lang=xn", {}),
        ("com.plexapp.agents.none://66e3055097fd3dc8003b147345523588db2d0a7b?lang=xn", {}),
        ("com.plexapp.agents.lastfm://Skrillex/Try%20It%20Out?lang=en", {}),
        ("mbid://37b4e401-fe8f-4e22-a4ba-13ad9bb33f3b", {"mbid": "37b4e401-fe8f-4e22-a4ba-13ad9bb33f3b"}),
        ("imdb://tt0013442", {"imdb": "tt0013442"}),
        ("local://55513", {}),
        ("collection://29a32816-e9bd-45e5-b8c4-e657fffbdc5b", {}),
        ("iva://api.internetvideoarchive.com/2.0/DataService/VideoAssets(351980)", {}),
        ("com.plexapp.agents.imdb://?lang=en", {}),
        ("com.plexapp.agents.imdb://0368667", {}),
        ("com.plexapp.agents.thetvdb://268592/1/2/3", {}),
        ("tvdb://268592/x", {}),
        ("nonsense", {}),
        ("", {}),
        (None, {}),
        (7, {}),
        (["imdb://tt0013442"], {}),
    ],
)
def test_a_guid_names_the_ids_that_are_in_it(guid: Any, found: dict[str, str]) -> None:
    assert external_ids(guid, None) == found


@pytest.mark.parametrize(
    ("guids", "found"),
    [
        (
            [{"id": "imdb://tt0013442"}, {"id": "tmdb://653"}, {"id": "tvdb://2107"}],
            {"imdb": "tt0013442", "tmdb": "653", "tvdb": "2107"},
        ),
        ({"id": "imdb://tt0013442"}, {"imdb": "tt0013442"}),
        ([{"id": "tmdb://1"}, {"id": "tmdb://2"}], {"tmdb": "1"}),
        (["imdb://tt0013442"], {"imdb": "tt0013442"}),
        ([None, 7, {}, {"id": None}, {"id": "imdb://tt0013442"}], {"imdb": "tt0013442"}),
        ([{"id": "imdb://tt0013442"}] * 1_000, {"imdb": "tt0013442"}),
        ([], {}),
        (None, {}),
    ],
)
def test_listed_guids_are_read_in_every_shape(guids: Any, found: dict[str, str]) -> None:
    assert external_ids("plex://movie/5d776831a091de001f2e7756", guids) == found


def test_a_listed_guid_counts_before_the_item_s_own() -> None:
    own = "com.plexapp.agents.themoviedb://1?lang=en"

    assert external_ids(own, [{"id": "tmdb://653"}]) == {"tmdb": "653"}
    assert external_ids(own, [{"id": "imdb://tt0013442"}]) == {"imdb": "tt0013442", "tmdb": "1"}
