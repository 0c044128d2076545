"""The stand-in provider's series: any number, in every shape, and counted."""

from collections.abc import AsyncIterator

import httpx
import pytest

from actors.demo import XtreamServer
from actors.demo.catalogue import SERIES
from actors.demo.xtream_limiter import Limiter
from actors.demo.xtream_series import SERIES_MANY, episode_ids, many_series
from tests.demo_room import WAIT_S, ask

ACTION = "get_series_info"


class Clock:
    """Stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def limiter(clock: Clock) -> Limiter:
    return Limiter(clock_s=clock)


@pytest.fixture
async def client(limiter: Limiter) -> AsyncIterator[httpx.AsyncClient]:
    with XtreamServer(many_series(50), limiter=limiter) as server:
        async with httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=WAIT_S) as running:
            yield running


def test_the_series_of_a_large_provider_are_made_when_they_are_asked_for() -> None:
    catalogue = many_series()

    assert catalogue.count(SERIES) == len(catalogue.series_info) == SERIES_MANY
    assert catalogue.entries(SERIES)[-1]["series_id"] == SERIES_MANY
    assert catalogue.series_info[str(SERIES_MANY)]["info"]["name"] == f"Serial {SERIES_MANY}"
    assert str(SERIES_MANY + 1) not in catalogue.series_info
    assert [entry["series_id"] for entry in catalogue.entries(SERIES)[:2]] == [1, 2]


async def test_a_series_has_its_episodes_and_an_unknown_one_is_an_empty_list(client: httpx.AsyncClient) -> None:
    found = (await ask(client, ACTION, series_id="7")).json()

    assert sorted(entry["id"] for season in found["episodes"].values() for entry in season) == sorted(episode_ids(7))
    assert (await ask(client, ACTION, series_id="51")).json() == []
    assert len((await ask(client, SERIES)).json()) == 50


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ("dict", {"1": list, "2": list}),
        ("lists", [list, list]),
        ("flat", [dict] * 12),
        ("gaps", {"1": dict, "2": dict}),
        ("one", {"1": dict, "2": dict}),
        ("empty", []),
        ("null", None),
    ],
)
async def test_the_episodes_come_in_the_shape_that_is_asked_for(shape: str, expected: object) -> None:
    with XtreamServer(many_series(9)) as server:
        server.set(ACTION, episodes_as=shape)
        async with httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=WAIT_S) as client:
            episodes = (await ask(client, ACTION, series_id="7")).json()["episodes"]

    if isinstance(episodes, dict):
        assert {number: type(season) for number, season in episodes.items()} == expected
    else:
        assert ([type(part) for part in episodes] if isinstance(episodes, list) else episodes) == expected


async def test_some_series_can_be_missing_and_all_can_suddenly_be_empty() -> None:
    with XtreamServer(many_series(9)) as server:
        async with httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=WAIT_S) as client:
            server.set(ACTION, series_missing_every=3)
            statuses = [(await ask(client, ACTION, series_id=str(number))).status_code for number in range(1, 7)]
            server.set(ACTION, skip_requests=2, episodes_as="empty")
            counts = [len((await ask(client, ACTION, series_id="1")).json()["episodes"]) for _ in range(4)]

    assert statuses == [200, 200, 404, 200, 200, 404]
    assert counts == [2, 2, 0, 0]


async def test_the_thirty_first_request_in_ten_seconds_is_a_ban_of_a_minute(
    client: httpx.AsyncClient, limiter: Limiter, clock: Clock
) -> None:
    first = [(await ask(client)).status_code for _ in range(31)]
    clock.now_s += 59.0
    during = (await ask(client)).status_code
    clock.now_s += 2.0
    after = (await ask(client)).status_code

    assert first == [200] * 30 + [429]
    assert (during, after) == (429, 200)
    assert limiter.bans_s == [100.0]
    assert (limiter.refused, limiter.busiest) == (2, 31)


async def test_thirty_requests_in_each_ten_seconds_are_no_ban(client: httpx.AsyncClient, limiter: Limiter, clock: Clock) -> None:
    for _ in range(3):
        for _ in range(30):
            await ask(client)
        clock.now_s += 10.001

    assert limiter.bans_s == []


async def test_wrong_credentials_are_not_counted(client: httpx.AsyncClient, limiter: Limiter) -> None:
    await client.get("/player_api.php", params={"username": "demo", "password": "wrong"})

    assert limiter.busiest == 0
