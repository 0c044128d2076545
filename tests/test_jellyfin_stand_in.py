"""The stand-in Jellyfin server, browsed by the client that Jellyfin's own programs use."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from jellyfin_apiclient_python.exceptions import HTTPException

from actors.demo import JellyfinServer
from actors.demo.jellyfin_demo import FILMS_VIEW, MUSIC_VIEW, SERIALS_VIEW
from tests.jellyfin_stand_in_room import get, ids, names, real_client

pytest_plugins = ["tests.jellyfin_stand_in_fixtures"]

SPEC = Path(__file__).resolve().parents[1].parent / "shared" / "recorded" / "specs" / "jellyfin-openapi-10.11.5.json"


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def client(jellyfin: JellyfinServer) -> Any:
    running, signed_in = real_client(jellyfin)
    assert signed_in["AccessToken"]
    return running.jellyfin


def test_the_real_client_signs_in_and_names_server_and_user(jellyfin: JellyfinServer) -> None:
    client, signed_in = real_client(jellyfin)

    assert client.auth.server_id == signed_in["ServerId"] == jellyfin.library.server_id
    assert (signed_in["User"]["Name"], signed_in["User"]["Id"]) == ("demo", jellyfin.user_id())
    assert client.jellyfin.get_system_info_new()["Version"] == "10.11.5"
    assert client.jellyfin.get_user()["Policy"]["IsAdministrator"] is True


def test_a_known_token_is_good_when_the_real_client_comes_back(jellyfin: JellyfinServer) -> None:
    client, _ = real_client(jellyfin)
    again = client.auth.connect_to_address(jellyfin.url)
    state = client.authenticate(
        {"Servers": [{**again["Servers"][0], **client.auth.get_server_info(client.auth.server_id)}]}, {}, False
    )

    assert state["State"].name == "SignedIn"


def test_the_real_client_is_refused_with_a_wrong_password(jellyfin: JellyfinServer) -> None:
    _, signed_in = real_client(jellyfin, "wrong")

    assert signed_in == {}
    assert [(record.action, record.status) for record in jellyfin.served][-1] == ("login", 401)


def test_the_real_client_lists_views_films_shows_seasons_and_episodes(jellyfin: JellyfinServer, client: Any) -> None:
    views = {view["Name"]: view for view in client.get_views()["Items"]}
    films = client.get_user_items(parent_id=views["Films"]["Id"], include_item_types="Movie", recursive=True)
    shows = client.get_user_items(parent_id=views["Serials"]["Id"], include_item_types="Series", recursive=True)
    show = next(item for item in shows["Items"] if item["Name"] == "What Happened to Mary")
    seasons = client.get_seasons(show["Id"])["Items"]
    episodes = client.get_season(show["Id"], seasons[1]["Id"])["Items"]

    assert [view.get("CollectionType") for view in views.values()] == ["movies", "tvshows", None, "music", "boxsets", "livetv"]
    assert films["TotalRecordCount"] == len(films["Items"]) == 233
    assert shows["TotalRecordCount"] == 14
    assert [(season["Name"], season["IndexNumber"]) for season in seasons] == [("Specials", 0), ("Season 1", 1)]
    assert [episode["IndexNumber"] for episode in episodes] == list(range(1, 13))
    assert {episode["SeriesName"] for episode in episodes} == {"What Happened to Mary"}


def test_the_real_client_reads_items_by_id_and_drops_unknown_ones(jellyfin: JellyfinServer, client: Any) -> None:
    wanted = [film.id for film in jellyfin.library.items("Movie")[:3]]
    found = client.get_items([*wanted, "0" * 32])
    one = client.get_item(wanted[0])

    assert sorted(ids(found)) == sorted(wanted)
    assert (one["Id"], one["ChannelId"], one["DateCreated"]) == (wanted[0], None, "2024-01-01T12:00:00.7607520Z")
    assert one["Etag"] == found["Items"][ids(found).index(wanted[0])]["Etag"]


def test_the_real_client_pages_with_a_stable_order(jellyfin: JellyfinServer, client: Any) -> None:
    found: list[str] = []
    for start in range(0, 300, 50):
        page = client.get_user_items(
            parent_id=FILMS_VIEW.id,
            include_item_types="Movie",
            recursive=True,
            sort_by="DateCreated,SortName",
            sort_order="Ascending",
            start_index=start,
            limit=50,
        )
        assert (page["TotalRecordCount"], page["StartIndex"]) == (233, start)
        found += ids(page)

    assert len(found) == len(set(found)) == 233
    assert found == [film.id for film in jellyfin.library.items("Movie") if film.view_id == FILMS_VIEW.id]


def test_the_real_client_sees_the_home_screen(client: Any) -> None:
    sections = client.get_user_settings()["CustomPrefs"]

    assert sections["homesection1"] == "resume"
    assert [(item["Type"], item["Name"]) for item in client.get_resume_items()["Items"]] == [
        ("Episode", "Chapter 2"),
        ("Movie", "Sherlock Holmes"),
        ("Movie", "Ingeborg Holm"),
    ]
    assert names(client.get_next(limit=10)) == ["Chapter 2", "Chapter 4"]


def test_latest_is_a_bare_array_with_several_new_episodes_as_their_show(client: Any) -> None:
    films = client.get_recently_added(parent_id=FILMS_VIEW.id, limit=5)
    serials = client.get_recently_added(parent_id=SERIALS_VIEW.id, limit=3)
    albums = client.get_recently_added(parent_id=MUSIC_VIEW.id)

    assert [film["Type"] for film in films] == ["Movie"] * 5
    assert [(item["Type"], item["Name"], item.get("ChildCount")) for item in serials] == [
        ("Series", "The Broken Coin", 14),
        ("Episode", "Chapter 30", None),
    ]
    assert {album["Type"] for album in albums} == {"MusicAlbum"}


def test_marks_of_the_real_client_are_seen_at_once(jellyfin: JellyfinServer, client: Any) -> None:
    film = jellyfin.library.items("Movie")[0]
    marked = client.item_played(film.id, True)
    seen = client.get_item(film.id)["UserData"]
    jellyfin.library.set_position(film.id, 30)
    begun = client.get_item(film.id)["UserData"]

    assert marked == seen
    assert (seen["Played"], seen["PlayCount"]) == (True, 1)
    assert seen["LastPlayedDate"].endswith("0Z")
    assert (begun["Played"], begun["PlaybackPositionTicks"]) == (False, 300_000_000)


def test_the_real_client_lists_music_and_channels(jellyfin: JellyfinServer, client: Any) -> None:
    artists = client.get_user_items(parent_id=MUSIC_VIEW.id, include_item_types="MusicArtist", recursive=True)
    joplin = next(item for item in artists["Items"] if item["Name"] == "Scott Joplin")
    albums = client.get_user_items(parent_id=joplin["Id"])
    tracks = client.get_album_tracks(albums["Items"][0]["Id"])
    channels = client.get_channels()["Items"]

    assert names(albums) == ["Early Rags", "Later Rags"]
    assert names(tracks)[:2] == ["Original Rags", "Maple Leaf Rag"]
    assert [(item["Name"], item["ChannelNumber"], item["ChannelType"]) for item in channels] == [
        ("Playbill Classics", "1", "TV"),
        ("Radio Ragtime", "2.1", "Radio"),
    ]
    assert client.get_live_tv_info()["EnabledUsers"] == [jellyfin.user_id()]


def test_a_session_that_was_ended_is_told_so(jellyfin: JellyfinServer) -> None:
    client, _ = real_client(jellyfin)
    jellyfin.accounts.end_all()

    with pytest.raises(HTTPException) as refused:
        client.jellyfin.get_views()
    assert refused.value.args[0] == "Unauthorized"


@pytest.mark.parametrize(
    ("path", "schema"),
    [
        ("/Items?recursive=true", "BaseItemDto"),
        ("/UserViews", "BaseItemDto"),
        ("/LiveTv/Channels", "BaseItemDto"),
        ("/Users", "UserDto"),
        ("/System/Info", "SystemInfo"),
        ("/System/Info/Public", "PublicSystemInfo"),
        ("/DisplayPreferences/usersettings", "DisplayPreferencesDto"),
        ("/LiveTv/Info", "LiveTvInfo"),
        ("/Library/VirtualFolders", "VirtualFolderInfo"),
    ],
)
def test_every_field_is_one_of_the_real_interface(jellyfin: JellyfinServer, web: httpx.Client, path: str, schema: str) -> None:
    if not SPEC.exists():
        pytest.skip("the recorded OpenAPI document of Jellyfin is not here")
    schemas = json.loads(SPEC.read_bytes())["components"]["schemas"]
    fields = ",".join(schemas["ItemFields"]["enum"])
    answer = web.get(path, params={**dict(httpx.URL(path).params), "userId": jellyfin.user_id(), "fields": fields}).json()
    rows = answer if isinstance(answer, list) else answer.get("Items", [answer])

    assert rows
    for row in rows:
        assert set(row) <= set(schemas[schema]["properties"])
        if schema == "BaseItemDto":
            assert row["Type"] in schemas["BaseItemKind"]["enum"]
            assert set(row["UserData"]) <= set(schemas["UserItemDataDto"]["properties"])


def test_records_hold_no_secret(jellyfin: JellyfinServer) -> None:
    real_client(jellyfin)
    with httpx.Client(base_url=jellyfin.url, trust_env=False) as keyed:
        get(keyed, "/System/Info", ApiKey="demo-jellyfin-key", Fields="Etag")

    assert "demo-jellyfin-key" not in str(jellyfin.served)
    assert '"Pw"' not in str(jellyfin.served)
    assert jellyfin.served[-1].query == {"Fields": "Etag"}
