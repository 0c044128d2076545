"""The stand-in Jellyfin server's switches: each spoils what it says, and nothing else."""

import threading
from typing import Any

import httpx
import pytest

from actors.demo import Hold, JellyfinServer
from actors.demo.jellyfin_demo import FILMS_VIEW, SERIALS_VIEW
from tests.jellyfin_stand_in_room import WAIT_S, browser, get, ids, login, walk

pytest_plugins = ["tests.jellyfin_stand_in_fixtures"]

FILMS: dict[str, Any] = {"ParentId": FILMS_VIEW.id, "IncludeItemTypes": "Movie"}
LISTED: dict[str, Any] = {**FILMS, "Recursive": True}


def sizes(pages: list[dict[str, Any]]) -> list[int]:
    return [len(page["Items"]) for page in pages]


def totals(pages: list[dict[str, Any]]) -> set[int]:
    return {page["TotalRecordCount"] for page in pages}


@pytest.mark.parametrize("off", [5, -5])
def test_the_total_can_be_wrong(jellyfin: JellyfinServer, web: httpx.Client, off: int) -> None:
    jellyfin.set("items", total_off_by=off)
    pages = walk(web, 100, **FILMS)

    assert (sizes(pages), totals(pages)) == ([100, 100, 33, 0], {233 + off})


def test_pages_can_dry_up_before_the_total(jellyfin: JellyfinServer, web: httpx.Client) -> None:
    jellyfin.set("items", dries_up_after=150)
    pages = walk(web, 100, **FILMS)

    assert (sizes(pages), totals(pages)) == ([100, 50, 0], {233})


def test_the_first_page_can_come_for_ever(jellyfin: JellyfinServer, web: httpx.Client) -> None:
    jellyfin.set("items", repeat_pages=True)
    pages = walk(web, 100, pages_max=4, **FILMS)

    assert sizes(pages) == [100] * 4
    assert len({tuple(ids(page)) for page in pages}) == 1
    assert [page["StartIndex"] for page in pages] == [0, 100, 200, 300]


def test_paging_can_be_ignored(jellyfin: JellyfinServer, web: httpx.Client) -> None:
    jellyfin.set("items", ignore_paging=True)

    assert sizes(walk(web, 100, pages_max=2, **FILMS)) == [233, 233]


def test_pages_can_be_shorter_than_asked_for(jellyfin: JellyfinServer, web: httpx.Client) -> None:
    jellyfin.set("items", page_rows_max=60)
    capped = get(web, "/Items", Limit=100, **LISTED)
    jellyfin.set("items", hidden_every=10)
    pages = walk(web, 100, **FILMS)

    assert (len(capped["Items"]), capped["TotalRecordCount"]) == (60, 233)
    assert (sizes(pages), totals(pages)) == ([90, 90, 30, 0], {233})


def test_items_can_vanish_while_the_listing_is_read(jellyfin: JellyfinServer, web: httpx.Client) -> None:
    right = ids(get(web, "/Items", **LISTED))
    jellyfin.set("items", shrink_after_page=1, shrink_by=10)
    pages = walk(web, 100, **FILMS)
    seen = [item["Id"] for page in pages for item in page["Items"]]

    assert [page["TotalRecordCount"] for page in pages[:3]] == [233, 223, 223]
    assert set(right) - set(seen) == set(right[100:110])


def test_a_listing_can_be_empty_with_200(jellyfin: JellyfinServer, web: httpx.Client) -> None:
    jellyfin.set(empty_200=True)
    user = {"userId": jellyfin.user_id()}

    assert get(web, "/Items", **LISTED) == {"Items": [], "TotalRecordCount": 0, "StartIndex": 0}
    assert get(web, "/UserViews", **user)["Items"] == []
    assert get(web, "/Items/Latest", **user) == []


@pytest.mark.parametrize(
    ("switches", "status", "kind"),
    [
        ({"html_200": True}, 200, "text/html"),
        ({"body_text": "null"}, 200, "application/json"),
        ({"status": 401}, 401, "text/plain"),
        ({"status": 404}, 404, "application/problem+json"),
        ({"status": 500}, 500, "text/plain"),
        ({"redirect_to": "/login"}, 302, "text/html"),
    ],
)
def test_an_answer_can_be_another(
    jellyfin: JellyfinServer, web: httpx.Client, switches: dict[str, Any], status: int, kind: str
) -> None:
    jellyfin.set("items", **switches)
    answer = web.get("/Items")

    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (status, kind)
    assert (answer.content == b"") == (status in (302, 401))
    assert web.get("/System/Info").status_code == 200


def test_a_server_that_starts_says_so_to_everybody(jellyfin: JellyfinServer) -> None:
    jellyfin.set(starting=True)
    with browser(jellyfin, "") as nobody:
        answers = [nobody.get(path) for path in ("/System/Info/Public", "/Items", "/System/Info")]

    assert {(answer.status_code, answer.headers["retry-after"]) for answer in answers} == {(503, "005")}
    assert answers[0].text.startswith("<!DOCTYPE html>")


def test_only_the_first_requests_can_be_spoilt(jellyfin: JellyfinServer, web: httpx.Client) -> None:
    jellyfin.set("items", status=503, retry_after="1", first_requests=2, skip_requests=1)

    assert [web.get("/Items").status_code for _ in range(5)] == [200, 503, 503, 200, 200]


def test_one_listing_can_fail_alone(jellyfin: JellyfinServer, web: httpx.Client) -> None:
    user = {"userId": jellyfin.user_id()}
    jellyfin.set("items.Episode", status=500)
    jellyfin.set(f"latest.{SERIALS_VIEW.id}", status=500)
    jellyfin.set("resume", status=500)
    jellyfin.set("display_preferences", status=404)
    by_type = [web.get("/Items", params={"IncludeItemTypes": name}).status_code for name in ("Movie", "Episode")]
    by_view = [web.get("/Items/Latest", params={**user, "parentId": view.id}).status_code for view in (FILMS_VIEW, SERIALS_VIEW)]
    others = [web.get(path, params=user).status_code for path in ("/UserItems/Resume", "/DisplayPreferences/usersettings")]

    assert (by_type, by_view, others) == ([200, 500], [200, 500], [500, 404])


def test_an_answer_can_be_held_until_it_is_released(jellyfin: JellyfinServer, web: httpx.Client) -> None:
    hold = Hold()
    jellyfin.set("latest", hold=hold)
    found: list[Any] = []
    asking = threading.Thread(target=lambda: found.append(get(web, "/Items/Latest", userId=jellyfin.user_id())))
    asking.start()
    assert hold.reached.wait(WAIT_S)
    with browser(jellyfin) as other:
        meanwhile = other.get("/System/Info").status_code
    before = list(found)
    hold.release()
    asking.join(WAIT_S)

    assert (meanwhile, before) == (200, [])
    assert len(found[0]) == 20


def test_an_answer_can_be_cut(jellyfin: JellyfinServer, web: httpx.Client) -> None:
    jellyfin.set("items", cut_after_bytes=1000)

    with pytest.raises(httpx.RemoteProtocolError):
        web.get("/Items", params=LISTED)


def test_ids_can_have_dashes(jellyfin: JellyfinServer, web: httpx.Client) -> None:
    right = ids(get(web, "/Items", **LISTED))
    jellyfin.set(guid_dashes=True)
    dashed = get(web, "/Items", userId=jellyfin.user_id(), **LISTED)

    assert [found.replace("-", "") for found in ids(dashed)] == right
    assert dashed["Items"][0]["UserData"]["ItemId"] == ids(dashed)[0]
    assert len(dashed["Items"][0]["ServerId"]) == 36


def test_years_and_dates_can_be_texts(jellyfin: JellyfinServer, web: httpx.Client) -> None:
    jellyfin.set("items", string_years=True)
    rows = get(web, "/Items", Limit=20, **LISTED)["Items"]

    assert {type(row["ProductionYear"]) for row in rows} == {str}
    assert "" in {row["ProductionYear"] for row in rows}
    assert {len(row["PremiereDate"]) for row in rows if "PremiereDate" in row} == {10}


def test_rows_can_lack_user_data_or_name_ids_otherwise(jellyfin: JellyfinServer, web: httpx.Client) -> None:
    jellyfin.set("items", no_user_data=True, provider_case=True)
    rows = get(web, "/Items", userId=jellyfin.user_id(), Fields="ProviderIds", **LISTED)["Items"]

    assert not any("UserData" in row for row in rows)
    assert {name for row in rows for name in row["ProviderIds"]} == {"imdb", "tmdb", "TmdbCollection"}


def test_rows_can_be_repeated_unreadable_or_fewer(jellyfin: JellyfinServer, web: httpx.Client) -> None:
    seen = {}
    for name, value in {"duplicate_every": 4, "bad_entry_every": 4, "keep_share": 0.5}.items():
        jellyfin.set("items", **{name: value})
        seen[name] = get(web, "/Items", Limit=40, **LISTED)["Items"]

    assert len(seen["duplicate_every"]) == 50
    assert seen["duplicate_every"][3] == seen["duplicate_every"][4]
    assert sum(isinstance(row, dict) and isinstance(row.get("Id"), str) for row in seen["bad_entry_every"]) == 30
    assert len(seen["keep_share"]) == 20


def test_filters_can_be_ignored(jellyfin: JellyfinServer, web: httpx.Client) -> None:
    asked = {"Recursive": True, "IncludeItemTypes": "Episode", "ExcludeLocationTypes": "Virtual"}
    there = get(web, "/Items", **asked)["TotalRecordCount"]
    jellyfin.set("items", virtual_included=True)
    everything = get(web, "/Items", **asked)["TotalRecordCount"]
    jellyfin.set("items", ignore_date_filter=True)

    assert everything == there + 1
    assert get(web, "/Items", minDateLastSaved="2030-01-01", **LISTED)["TotalRecordCount"] == 233


def test_an_emulator_gives_nothing_without_a_token_and_breaks_on_a_bad_login(jellyfin: JellyfinServer) -> None:
    jellyfin.set(emulator=True)
    with browser(jellyfin, "") as nobody:
        listed = nobody.get("/Items", params=LISTED)
        others = nobody.get("/UserViews").status_code
        bad = login(nobody, "wrong").status_code
        good = login(nobody).status_code

    assert (listed.status_code, listed.json()["Items"]) == (200, [])
    assert (others, bad, good) == (401, 500, 200)
