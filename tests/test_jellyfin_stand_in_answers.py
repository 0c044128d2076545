"""The stand-in Jellyfin server over plain HTTP: who is let in, what a listing holds, and how content changes."""

import threading
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from actors.demo import JellyfinItem, JellyfinServer, JellyfinView, big_jellyfin_library, demo_jellyfin_library
from actors.demo.jellyfin_big import BIG_FILMS_VIEW, BIG_SHOWS_VIEW
from actors.demo.jellyfin_demo import COLLECTIONS_VIEW, FILMS_VIEW, SERIALS_VIEW
from tests.jellyfin_stand_in_room import browser, get, header, ids, login, names, walk

pytest_plugins = ["tests.jellyfin_stand_in_fixtures"]

FILMS: dict[str, Any] = {"ParentId": FILMS_VIEW.id, "IncludeItemTypes": "Movie", "Recursive": True}
EPISODES: dict[str, Any] = {"ParentId": SERIALS_VIEW.id, "IncludeItemTypes": "Episode", "Recursive": True}


# --- Who is let in ---


def test_a_missing_or_wrong_token_is_401_without_a_body(jellyfin: JellyfinServer) -> None:
    with browser(jellyfin, "") as nobody, browser(jellyfin, "wrong") as stranger:
        answers = [client.get(path) for client in (nobody, stranger) for path in ("/Items", "/UserViews", "/System/Info")]

    assert {(answer.status_code, answer.content) for answer in answers} == {(401, b"")}


def test_the_public_places_need_no_token(jellyfin: JellyfinServer) -> None:
    film = jellyfin.library.items("Movie")[1]
    with browser(jellyfin, "") as nobody:
        answers = [nobody.get(path) for path in ("/System/Info/Public", "/system/ping", f"/Items/{film.id}/Images/Primary?tag=x")]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert answers[1].json() == "Jellyfin Server"
    assert answers[2].content.startswith(b"\x89PNG")


@pytest.mark.parametrize("name", ["X-Emby-Token", "X-MediaBrowser-Token", "X-Emby-Authorization", "Authorization", "api_key"])
def test_old_forms_of_the_token_count_only_where_they_are_switched_on(jellyfin: JellyfinServer, name: str) -> None:
    scheme = 'Emby Client="x", Token="demo-jellyfin-key"'
    value = scheme if name.endswith("Authorization") else "demo-jellyfin-key"
    headers, params = ({}, {name: value}) if name == "api_key" else ({name: value}, {})
    with browser(jellyfin, "") as client:
        before = client.get("/System/Info", headers=headers, params=params)
        jellyfin.set(legacy_auth=True)
        after = client.get("/System/Info", headers=headers, params=params)

    assert (before.status_code, after.status_code) == (401, 200)


def test_a_second_login_of_user_and_device_ends_the_first(jellyfin: JellyfinServer) -> None:
    with browser(jellyfin, "") as client:
        first, other = (login(client, device_id=device).json()["AccessToken"] for device in ("one", "two"))
        second = login(client, device_id="one").json()["AccessToken"]
        seen = [client.get("/Users/Me", headers=header(token)).status_code for token in (first, other, second)]
        client.post("/Sessions/Logout", headers=header(second))
        left = client.get("/Users/Me", headers=header(second)).status_code

    assert seen == [401, 200, 200]
    assert left == 401


def test_three_wrong_passwords_disable_the_user(jellyfin: JellyfinServer) -> None:
    with browser(jellyfin, "") as client:
        token = login(client).json()["AccessToken"]
        wrong = [login(client, "wrong") for _ in range(3)]
        right = login(client)
        with_token = client.get("/Users/Me", headers=header(token))
        jellyfin.accounts.enable("demo")
        again = login(client)

    assert {(answer.status_code, answer.content) for answer in wrong} == {(401, b"")}
    assert (right.status_code, with_token.status_code, again.status_code) == (403, 401, 200)


def test_an_api_key_is_nobody_until_it_names_a_user(jellyfin: JellyfinServer, web: httpx.Client) -> None:
    anonymous = get(web, "/Items", Limit=1, **FILMS)["Items"][0]
    named = get(web, "/Items", Limit=1, userId=jellyfin.user_id(), **FILMS)["Items"][0]
    refused = [web.get(path).status_code for path in ("/UserViews", "/Users/Me", "/Items/Latest", "/UserItems/Resume")]

    assert "UserData" not in anonymous
    assert named["UserData"]["ItemId"] == named["Id"]
    assert refused == [400] * 4


def test_users_see_only_themselves_and_the_administrator_everybody() -> None:
    users = {"boss": "1", "guest": "2"}
    with JellyfinServer(demo_jellyfin_library(), users=users) as server, browser(server, "") as client:
        tokens = {user: login(client, password, user=user).json()["AccessToken"] for user, password in users.items()}
        seen = {
            (asker, user): client.get(
                "/UserViews", params={"userId": server.user_id(user)}, headers=header(tokens[asker])
            ).status_code
            for asker in users
            for user in users
        }
        listed = client.get("/Users", headers=header(tokens["boss"])).json()

    assert seen == {("boss", "boss"): 200, ("boss", "guest"): 200, ("guest", "boss"): 403, ("guest", "guest"): 200}
    assert [user["Name"] for user in listed] == ["boss", "guest"]


def test_a_base_path_is_part_of_every_address() -> None:
    with JellyfinServer(demo_jellyfin_library(), base_path="/media/jelly") as server, browser(server) as client:
        inside = client.get("/System/Info")
        outside = client.get(f"http://127.0.0.1:{server.port}/System/Info")

    assert server.url.endswith("/media/jelly")
    assert (inside.status_code, outside.status_code) == (200, 404)


def test_what_cannot_be_read_is_a_problem_document(web: httpx.Client) -> None:
    answers = [web.get("/Items", params={name: "x"}) for name in ("Limit", "ParentId", "minDateLastSaved", "recursive")]

    assert {answer.status_code for answer in answers} == {400}
    assert answers[0].headers["content-type"].startswith("application/problem+json")
    assert answers[0].json()["errors"] == {"limit": ["The value 'x' is not valid."]}
    assert web.get("/Items/" + "0" * 32).status_code == 404
    assert web.get("/Nowhere").status_code == 404


# --- What a listing holds ---


def test_fields_come_only_when_they_are_asked_for(web: httpx.Client) -> None:
    plain = get(web, "/Items", Limit=1, **FILMS)["Items"][0]
    asked = get(web, "/items", limit=1, fields="Etag,ProviderIds,ParentId,Overview,Genres,Studios", **FILMS)["Items"][0]

    assert plain["ChannelId"] is None
    assert None not in [value for name, value in plain.items() if name != "ChannelId"]
    assert set(asked) - set(plain) >= {"Etag", "ProviderIds", "ParentId", "Genres", "GenreItems", "Studios"}


def test_the_total_is_of_the_page_when_counting_is_switched_off(web: httpx.Client) -> None:
    counted = get(web, "/Items", Limit=10, **FILMS)
    uncounted = get(web, "/Items", Limit=10, EnableTotalRecordCount="false", **FILMS)

    assert (counted["TotalRecordCount"], uncounted["TotalRecordCount"]) == (233, 10)


def test_legacy_addresses_answer_as_the_new_ones(jellyfin: JellyfinServer, web: httpx.Client) -> None:
    user = jellyfin.user_id()
    pairs = [("/Items", ""), ("/UserViews", "/Views"), ("/UserItems/Resume", "/Items/Resume"), ("/Items/Latest", "/Items/Latest")]
    answers = [(web.get(new, params={"userId": user}).json(), web.get(f"/Users/{user}{old or new}").json()) for new, old in pairs]

    assert all(new == old for new, old in answers)


def test_ids_with_dashes_are_understood(jellyfin: JellyfinServer, web: httpx.Client) -> None:
    film = jellyfin.library.items("Movie")[0]
    dashed = f"{film.id[:8]}-{film.id[8:12]}-{film.id[12:16]}-{film.id[16:20]}-{film.id[20:]}".upper()

    assert (ids(get(web, "/Items", Ids=dashed)), get(web, f"/Items/{dashed}")["Id"]) == ([film.id], film.id)


def test_missing_episodes_are_left_out_when_that_is_asked_for(web: httpx.Client) -> None:
    everything = get(web, "/Items", **EPISODES)["TotalRecordCount"]
    there = get(web, "/Items", ExcludeLocationTypes="Virtual", **EPISODES)["TotalRecordCount"]
    not_missing = get(web, "/Items", IsMissing="false", **EPISODES)["TotalRecordCount"]

    assert (everything - there, everything - not_missing) == (1, 1)


def test_a_key_is_shown_a_shows_missing_episodes_and_a_user_is_not(jellyfin: JellyfinServer, web: httpx.Client) -> None:
    missing = next(item for item in jellyfin.library.items("Episode") if item.is_virtual)
    with browser(jellyfin, login(web).json()["AccessToken"]) as user:
        of_user = ids(get(user, f"/Shows/{missing.series_id}/Episodes"))
    of_key = ids(get(web, f"/Shows/{missing.series_id}/Episodes"))

    assert set(of_key) - set(of_user) == {missing.id}


def test_films_of_a_collection_give_way_to_it_where_that_is_set(jellyfin: JellyfinServer, web: httpx.Client) -> None:
    def listed(**params: object) -> tuple[int, int]:
        items = get(web, "/Items", **FILMS, **params)["Items"]
        return len(items), sum(item["Type"] == "BoxSet" for item in items)

    plain = listed()
    jellyfin.set("items", collapses_box_sets=True)
    box = get(web, "/Items", ParentId=COLLECTIONS_VIEW.id)["Items"][0]
    inside = get(web, "/Items", ParentId=box["Id"])["TotalRecordCount"]

    assert plain == (233, 0)
    assert listed() == (233 - inside + 1, 1)
    assert listed(CollapseBoxSetItems="false") == (233, 0)


def test_what_was_watched_can_be_sorted_and_filtered_by(jellyfin: JellyfinServer, web: httpx.Client) -> None:
    user = jellyfin.user_id()
    films = jellyfin.library.items("Movie")
    jellyfin.library.mark_played(films[5].id, at=datetime(2026, 11, 20, tzinfo=UTC))
    played = get(web, "/Items", userId=user, Filters="IsPlayed", SortBy="DatePlayed", SortOrder="Descending", **FILMS)
    begun = get(web, "/Items", userId=user, Filters="IsResumable", **FILMS)
    undated = next(item for item in played["Items"] if item["Id"] == films[16].id)

    assert played["Items"][0]["Id"] == films[5].id
    assert len(played["Items"]) == 3
    assert "LastPlayedDate" not in undated["UserData"]
    assert sorted(names(begun)) == ["Ingeborg Holm", "Sherlock Holmes"]


def test_a_show_is_played_when_all_its_episodes_are(jellyfin: JellyfinServer, web: httpx.Client) -> None:
    show = jellyfin.library.items("Series")[4]
    episodes = [item for item in jellyfin.library.items("Episode") if item.series_id == show.id]
    for episode in episodes[1:]:
        jellyfin.library.mark_played(episode.id)
    nearly = get(web, f"/Items/{show.id}", userId=jellyfin.user_id())["UserData"]
    jellyfin.library.mark_played(episodes[0].id)
    wholly = get(web, f"/Items/{show.id}", userId=jellyfin.user_id())["UserData"]

    assert (nearly["UnplayedItemCount"], nearly["Played"]) == (1, False)
    assert (wholly["UnplayedItemCount"], wholly["Played"]) == (0, True)


# --- How content changes ---


def test_a_changed_item_has_another_etag_and_is_saved_later(jellyfin: JellyfinServer, web: httpx.Client) -> None:
    film = jellyfin.library.items("Movie")[7]
    since = "2026-01-01T00:00:00Z"
    before = get(web, f"/Items/{film.id}")["Etag"]
    unchanged = names(get(web, "/Items", minDateLastSaved=since, **FILMS))
    jellyfin.library.change(film.id, name="Another Name")
    after = get(web, f"/Items/{film.id}")["Etag"]

    assert before != after
    assert unchanged == []
    assert names(get(web, "/Items", minDateLastSaved=since, **FILMS)) == ["Another Name"]


def test_items_come_and_go(jellyfin: JellyfinServer, web: httpx.Client) -> None:
    show = jellyfin.library.items("Series")[0]
    new = jellyfin.library.add(JellyfinItem(id="f" * 32, type="Movie", name="A New Film", view_id=FILMS_VIEW.id))
    latest = web.get("/Items/Latest", params={"userId": jellyfin.user_id(), "parentId": FILMS_VIEW.id}).json()
    jellyfin.library.remove(show.id)

    assert latest[0]["Id"] == new.id
    assert get(web, "/Items", Limit=0, **FILMS)["TotalRecordCount"] == 234
    assert show.name not in {item.get("SeriesName") for item in get(web, "/Items", **EPISODES)["Items"]}
    assert web.get(f"/Shows/{show.id}/Episodes").status_code == 404


def test_a_library_can_be_renamed_taken_away_and_forbidden(jellyfin: JellyfinServer, web: httpx.Client) -> None:
    jellyfin.library.add_view(JellyfinView(id=FILMS_VIEW.id, name="Pictures", collection_type="movies"))
    jellyfin.library.forbid_view(SERIALS_VIEW.id)
    jellyfin.library.remove_view(COLLECTIONS_VIEW.id)
    forbidden = web.get("/Items", params=EPISODES)

    assert names(get(web, "/UserViews", userId=jellyfin.user_id())) == ["Pictures", "Reels from Space", "Music", "Live TV"]
    assert (forbidden.status_code, b"is not permitted to access Library" in forbidden.content) == (401, True)
    assert get(web, "/Items", ParentId=COLLECTIONS_VIEW.id, Recursive=True)["Items"] == []
    assert get(web, "/Items", Recursive=True, IncludeItemTypes="Episode")["Items"] == []


def test_a_big_library_is_paged_without_gaps() -> None:
    library = big_jellyfin_library(shows=30, episodes=100, films=7)
    with JellyfinServer(library) as server, browser(server) as client:
        pages = walk(client, 40, ParentId=BIG_SHOWS_VIEW.id, IncludeItemTypes="Episode", SortBy="DateCreated,SortName")
        films = get(client, "/Items", ParentId=BIG_FILMS_VIEW.id, Recursive=True)
        show = get(client, "/Items", ParentId=BIG_SHOWS_VIEW.id, IncludeItemTypes="Series", Recursive=True)["Items"][29]
        episodes = get(client, f"/Shows/{show['Id']}/Episodes")["Items"]
        removed = library.items("Episode")[50]
        library.remove(removed.id)
        shorter = get(client, "/Items", ParentId=BIG_SHOWS_VIEW.id, IncludeItemTypes="Episode", Recursive=True)

    assert [len(page["Items"]) for page in pages] == [40, 40, 20, 0]
    assert len({item["Id"] for page in pages for item in page["Items"]}) == 100
    assert films["TotalRecordCount"] == 7
    assert [episode["IndexNumber"] for episode in episodes] == [1, 2, 3]
    assert shorter["TotalRecordCount"] == 99


def test_content_and_watching_may_change_while_pages_are_read(jellyfin: JellyfinServer, web: httpx.Client) -> None:
    library, done = jellyfin.library, threading.Event()

    def churn() -> None:
        for number, film in enumerate(library.items("Movie")):
            library.mark_played(film.id)
            library.change(film.id, name=f"Film {number}")
            library.add(JellyfinItem(id=f"{number:032x}", type="Movie", name="New", view_id=FILMS_VIEW.id))
            library.remove(f"{number:032x}")
        done.set()

    churning = threading.Thread(target=churn)
    churning.start()
    read = 0
    while not done.is_set() or not read:
        walk(web, 100, userId=jellyfin.user_id(), ParentId=FILMS_VIEW.id, SortBy="DatePlayed")
        read += 1
    churning.join()

    assert get(web, "/Items", userId=jellyfin.user_id(), Filters="IsPlayed", **FILMS)["TotalRecordCount"] == 233
