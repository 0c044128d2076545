"""The stand-in provider's good answers, over real HTTP."""

from pathlib import Path

import httpx
import pytest

from actors.demo import XtreamServer, demo_catalogue, recorded_catalogue
from actors.demo.catalogue import LISTINGS, LIVE, SERIES
from tests.demo_room import WAIT_S, ask, last, until

pytest_plugins = ["tests.demo_fixtures"]

RECORDED = Path(__file__).resolve().parents[1].parent / "shared" / "recorded" / "xtream"


@pytest.mark.parametrize("action", LISTINGS)
async def test_every_listing_is_served_whole(server: XtreamServer, client: httpx.AsyncClient, action: str) -> None:
    answer = await ask(client, action)
    await until(lambda: last(server).ended_s)

    assert answer.json() == list(demo_catalogue().entries(action))
    record = last(server)
    assert (record.action, record.status, record.whole) == (action, 200, True)
    assert record.body_bytes == len(answer.content)
    assert list(record.ids) == demo_catalogue().ids(action)


async def test_the_account_document_is_valid_and_names_the_server(server: XtreamServer, client: httpx.AsyncClient) -> None:
    document = (await ask(client)).json()

    assert document["user_info"]["auth"] == 1
    assert (document["user_info"]["status"], document["user_info"]["exp_date"]) == ("Active", None)
    assert document["server_info"]["port"] == str(server.port)


async def test_wrong_credentials_are_refused_with_200(server: XtreamServer, client: httpx.AsyncClient) -> None:
    answer = await client.get("/player_api.php", params={"username": "demo", "password": "wrong", "action": LIVE})

    assert (answer.status_code, answer.json()) == (200, {"user_info": {"auth": 0}})
    assert last(server).credentials_ok is False


async def test_credentials_with_reserved_characters_are_understood() -> None:
    with XtreamServer(demo_catalogue(), username="a@b & c#d", password="+/ &=?") as server:
        async with httpx.AsyncClient(base_url=server.url, trust_env=False) as client:
            answer = await client.get("/base/player_api.php", params={"username": "a@b & c#d", "password": "+/ &=?"})

    assert answer.json()["user_info"]["auth"] == 1


async def test_a_form_is_understood(client: httpx.AsyncClient) -> None:
    answer = await client.post("/player_api.php", data={"username": "demo", "password": "demo", "action": SERIES})

    assert len(answer.json()) == 40


async def test_another_path_is_not_found(client: httpx.AsyncClient) -> None:
    answer = await client.get("/get.php")

    assert answer.status_code == 404
    assert answer.text.startswith("<!DOCTYPE html>")


async def test_an_unknown_action_gets_the_account_document(client: httpx.AsyncClient) -> None:
    answer = await ask(client, "get_everything")

    assert answer.json()["user_info"]["auth"] == 1


async def test_a_film_and_a_series_have_details_and_unknown_ones_the_panels_empty_shapes(client: httpx.AsyncClient) -> None:
    film, series = (await ask(client, "get_vod_info", vod_id="1005")), (await ask(client, "get_series_info", series_id="5004"))

    assert str(film.json()["movie_data"]["stream_id"]) == "1005"
    assert len(series.json()["episodes"]["1"]) == 20
    assert (await ask(client, "get_vod_info", vod_id="7")).json() == {"info": []}
    assert (await ask(client, "get_series_info", series_id="7")).json() == []


async def test_a_category_can_be_asked_for(client: httpx.AsyncClient) -> None:
    shown = (await ask(client, SERIES, category_id="301")).json()

    assert 0 < len(shown) < 40
    assert {entry["category_id"] for entry in shown} == {"301"}


async def test_the_catalogue_can_be_replaced_between_requests(server: XtreamServer, client: httpx.AsyncClient) -> None:
    before = len((await ask(client, LIVE)).json())
    server.catalogue = server.catalogue.with_listing(LIVE, server.catalogue.entries(LIVE)[:5])

    assert (before, len((await ask(client, LIVE)).json())) == (121, 5)


@pytest.mark.parametrize("directory", ["telly-provider1", "telly-provider3", "ektotv-raw", "captured-xtreamcodeserver"])
async def test_recorded_answers_are_served_byte_for_byte_with_a_valid_account(directory: str) -> None:
    if not (RECORDED / directory).is_dir():
        pytest.skip("the recorded answers are not here")
    with XtreamServer(recorded_catalogue(RECORDED / directory)) as server:
        async with httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=WAIT_S) as client:
            account = (await ask(client)).json()["user_info"]
            bodies = {action: (await ask(client, action)).content for action in LISTINGS}

    assert (account["auth"], account["status"], account["exp_date"], account["username"]) == (1, "Active", None, "demo")
    names = {path.name: path.read_bytes() for path in (RECORDED / directory).iterdir()}
    assert all(bodies[action] == names.get(f"{action}.json", bodies[action]) for action in LISTINGS)
    assert any(len(body) > 2 for body in bodies.values())
