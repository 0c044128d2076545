"""The stand-in provider's switches for statuses, accounts, bodies and entries: each does what it says."""

import json

import httpx
import pytest

from actors.demo import Catalogue, XtreamServer, demo_catalogue
from actors.demo.catalogue import LISTINGS, LIVE, MOVIES, SERIES
from tests.demo_room import ask, last

pytest_plugins = ["tests.demo_fixtures"]


# --- The switches: status, redirect, account ---


@pytest.mark.parametrize("status", [401, 404, 429, 456, 500, 503, 884])
async def test_a_status_is_given_so_many_times_for_each_action(
    server: XtreamServer, client: httpx.AsyncClient, status: int
) -> None:
    server.set(status=status, retry_after="7", first_requests=2)
    answers = [await ask(client, LIVE) for _ in range(3)]
    other = await ask(client, SERIES)

    assert [answer.status_code for answer in answers] == [status, status, 200]
    assert answers[0].headers["retry-after"] == "7"
    assert "retry-after" not in answers[2].headers
    assert other.status_code == status


async def test_a_switch_can_be_for_one_action_alone_and_be_taken_back(server: XtreamServer, client: httpx.AsyncClient) -> None:
    server.set(LIVE, status=500)
    spoilt, spared = await ask(client, LIVE), await ask(client, MOVIES)
    server.set()

    assert (spoilt.status_code, spared.status_code, (await ask(client, LIVE)).status_code) == (500, 200, 200)


async def test_a_redirect_carries_the_query(server: XtreamServer, client: httpx.AsyncClient) -> None:
    server.set(LIVE, redirect_to="http://other.example/player_api.php?{query}")
    answer = await ask(client, LIVE)

    assert answer.status_code == 302
    assert answer.headers["location"] == f"http://other.example/player_api.php?username=demo&password=demo&action={LIVE}"


@pytest.mark.parametrize(
    ("shape", "status", "account", "listing"),
    [
        ("auth_0", 200, {"user_info": {"auth": 0}}, {"user_info": {"auth": 0}}),
        ("unauthorized_json", 401, {"error": "Unauthorized"}, {"error": "Unauthorized"}),
        ("empty_list", 200, [], []),
    ],
)
async def test_an_account_is_refused_in_every_shape(
    server: XtreamServer, client: httpx.AsyncClient, shape: str, status: int, account: object, listing: object
) -> None:
    server.set(account=shape)
    first, second = await ask(client), await ask(client, LIVE)

    assert (first.status_code, first.json(), second.status_code, second.json()) == (status, account, status, listing)


async def test_an_unknown_user_may_get_a_page(server: XtreamServer, client: httpx.AsyncClient) -> None:
    server.set(account="not_found_html")
    answer = await ask(client)

    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=UTF-8")


async def test_an_account_can_be_over_by_its_status_by_its_date_or_banned(
    server: XtreamServer, client: httpx.AsyncClient
) -> None:
    said = {}
    for shape in ("expired_status", "expired_date", "banned"):
        server.set(account=shape)
        user = (await ask(client)).json()["user_info"]
        said[shape] = (user["auth"], user["status"], user["exp_date"], type((await ask(client, LIVE)).json()))

    assert said == {
        "expired_status": (1, "Expired", "1537821177", list),
        "expired_date": (1, "Active", "1537821177", list),
        "banned": (1, "Banned", None, dict),
    }


# --- The switches: the body and its entries ---


@pytest.mark.parametrize("text", ["false", "null", "", "Blocked", '{"user_info":{"auth":1}}'])
async def test_a_text_can_stand_where_a_list_is_due(server: XtreamServer, client: httpx.AsyncClient, text: str) -> None:
    server.set(body_text=text)

    assert (await ask(client, LIVE)).text == text


async def test_a_page_can_stand_where_a_list_is_due(server: XtreamServer, client: httpx.AsyncClient) -> None:
    server.set(html_200=True)
    answer = await ask(client, LIVE)

    assert (answer.status_code, answer.text[:9]) == (200, "<!DOCTYPE")


async def test_warnings_stand_before_or_after_the_right_body(server: XtreamServer, client: httpx.AsyncClient) -> None:
    right = (await ask(client, LIVE)).text
    server.set(php_warning="before")
    before = (await ask(client, LIVE)).text
    server.set(php_warning="after")
    after = (await ask(client, LIVE)).text

    assert before.startswith("<br />")
    assert before.endswith(right)
    assert after.startswith(right)
    assert after.endswith("<br />\n")


async def test_a_list_can_be_empty_shrunk_renumbered_or_repeated(server: XtreamServer, client: httpx.AsyncClient) -> None:
    right = (await ask(client, SERIES)).json()
    seen = {}
    for name, value in {"empty_list": True, "keep_share": 0.5, "renumber_by": 1, "duplicate_every": 4}.items():
        server.set(SERIES, **{name: value})
        seen[name] = (await ask(client, SERIES)).json()

    assert seen["empty_list"] == []
    assert seen["keep_share"] == right[:20]
    assert seen["renumber_by"] == [{**entry, "num": entry["num"] + 1} for entry in right]
    assert len(seen["duplicate_every"]) == 50
    assert seen["duplicate_every"][3] == seen["duplicate_every"][4] == right[3]


async def test_a_list_can_come_as_an_object_with_numeric_keys(server: XtreamServer, client: httpx.AsyncClient) -> None:
    server.set(numeric_keys=True)
    answer = (await ask(client, SERIES)).json()

    assert list(answer.values()) == list(demo_catalogue().entries(SERIES))
    assert all(key.isdecimal() for key in answer)
    assert list(answer) != [str(place) for place in range(40)]


@pytest.mark.parametrize("action", LISTINGS)
async def test_bad_entries_are_mixed_in_at_a_rate(server: XtreamServer, client: httpx.AsyncClient, action: str) -> None:
    readable = [entry for entry in demo_catalogue().entries(action) if isinstance(entry, dict)][:40] * 2
    server.catalogue = Catalogue(listings={action: readable})
    server.set(bad_entry_every=2)
    answer = (await ask(client, action)).json()

    assert len(answer) == len(readable)
    assert len(last(server).ids) == len(readable) - len(readable) // 2


async def test_recorded_bytes_give_way_to_a_switch_that_changes_entries(client: httpx.AsyncClient, server: XtreamServer) -> None:
    body = b'[ {"num": 1, "series_id": 5} ]'
    server.catalogue = Catalogue(listings={SERIES: json.loads(body)}, bodies={SERIES: body})
    verbatim = (await ask(client, SERIES)).content
    server.set(renumber_by=1)

    assert (verbatim, (await ask(client, SERIES)).content) == (body, b'[{"num":2,"series_id":5}]')
