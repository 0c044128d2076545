"""The websockets of the stand-in servers, through the client that push uses."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from actors.demo import JellyfinServer, PlexServer
from actors.demo.websocket import accepted, frame
from tests.jellyfin_stand_in_room import browser, header, login
from tests.push_room import WAIT_S, until

pytest_plugins = ("tests.plex_fixtures", "tests.jellyfin_stand_in_fixtures")

PATH: Final = "/:/websockets/notifications"


@asynccontextmanager
async def client(url: str, path: str, headers: dict[str, str]) -> AsyncIterator[ClientConnection]:
    address = f"ws{url.removeprefix('http')}{path}"
    async with asyncio.timeout(WAIT_S), connect(address, additional_headers=headers, proxy=None, close_timeout=1) as connection:
        yield connection


def plex_client(plex: PlexServer, token: str | None = None) -> Any:
    return client(plex.url, PATH, {"X-Plex-Token": token or plex.token})


def user_token(jellyfin: JellyfinServer, user: str = "demo", password: str = "demo") -> str:
    with browser(jellyfin, "") as web:
        token: str = login(web, password, user=user, device_id=f"socket-of-{user}").json()["AccessToken"]
        return token


def jellyfin_client(jellyfin: JellyfinServer, token: str) -> Any:
    return client(jellyfin.url, "/socket", header(token))


async def notice(connection: ClientConnection) -> Any:
    return json.loads(await connection.recv())["NotificationContainer"]


async def message(connection: ClientConnection) -> Any:
    return json.loads(await connection.recv())


def test_the_handshake_is_that_of_the_standard() -> None:
    assert accepted("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


async def test_a_change_of_a_plex_library_is_told_to_everybody(plex: PlexServer) -> None:
    async with plex_client(plex) as first, plex_client(plex) as second:
        film = plex.library.add("1", "movie", "A Trip to the Moon")
        told = [await notice(first), await notice(second)]
        plex.library.change(film, title="Le Voyage dans la Lune")
        plex.library.set_offset(film, 60_000)
        plex.library.mark_watched(film)
        plex.library.remove(film)
        more = [await notice(first) for _ in range(4)]

    assert told[0] == told[1]
    assert [(entry["itemID"], entry["state"]) for entry in told[0]["TimelineEntry"]] == [(film, 5)]
    assert [one["type"] for one in more[:3]] == ["timeline", "playing", "activity"]
    assert more[1]["PlaySessionStateNotification"][0]["state"] == "stopped"
    assert more[2]["ActivityNotification"][0]["Activity"]["Context"]["key"] == f"/library/metadata/{film}"


async def test_a_watched_item_that_is_removed_is_told_as_deleted(plex: PlexServer) -> None:
    async with plex_client(plex) as connection:
        plex.library.remove(str(plex.library.keys("1", "movie")[0]))

        assert (await notice(connection))["TimelineEntry"][0]["state"] == 9


async def test_what_a_player_says_is_told(plex: PlexServer) -> None:
    from tests.plex_room import ask

    async with plex_client(plex) as connection:
        ask(plex, f"/:/scrobble?key={plex.library.keys('1', 'movie')[5]}&identifier=com.plexapp.plugins.library")

        assert (await notice(connection))["ActivityNotification"][0]["event"] == "ended"


async def test_a_wrong_token_is_refused_and_no_handshake_is_a_bad_request(plex: PlexServer) -> None:
    from tests.plex_room import ask

    with pytest.raises(InvalidStatus) as refused:
        async with plex_client(plex, "wrong"):
            pass

    assert refused.value.response.status_code == 401
    assert ask(plex, PATH).status == 400


async def test_a_socket_can_be_spoilt_like_any_answer(plex: PlexServer) -> None:
    plex.set("notifications", status=502, first_requests=1)

    with pytest.raises(InvalidStatus):
        async with plex_client(plex):
            pass
    async with plex_client(plex):
        assert plex.sockets.open_count == 1


async def test_jellyfin_tells_users_of_changes_and_api_keys_of_none(jellyfin: JellyfinServer) -> None:
    item = jellyfin.library.items("Movie")[0].id
    async with (
        jellyfin_client(jellyfin, user_token(jellyfin)) as user,
        jellyfin_client(jellyfin, jellyfin.accounts.api_key) as key,
    ):
        greetings = [await message(user), await message(key)]
        jellyfin.library.change(item, name="Another")
        jellyfin.library.mark_played(item)
        jellyfin.library.remove(item)
        told = [await message(user) for _ in range(3)]
        jellyfin.sockets.say("the end")
        last = await key.recv()

    assert [(one["MessageType"], one["Data"]) for one in greetings] == [("ForceKeepAlive", 60.0)] * 2
    assert [one["MessageType"] for one in told] == ["LibraryChanged", "UserDataChanged", "LibraryChanged"]
    assert told[0]["Data"]["ItemsUpdated"] == told[2]["Data"]["ItemsRemoved"] == [item]
    assert told[1]["Data"]["UserId"] == jellyfin.user_id()
    assert [entry["ItemId"] for entry in told[1]["Data"]["UserDataList"]] == [item]
    assert last == "the end"


async def test_jellyfin_tells_nobody_what_another_user_watched(jellyfin: JellyfinServer) -> None:
    async with jellyfin_client(jellyfin, user_token(jellyfin)) as connection:
        await message(connection)
        jellyfin.library.mark_played(jellyfin.library.items("Movie")[0].id, "somebody")
        jellyfin.library.add_view(jellyfin.library.views[0])

        assert (await message(connection))["MessageType"] == "LibraryChanged"


async def test_jellyfin_breaks_off_with_who_says_nothing(jellyfin: JellyfinServer) -> None:
    jellyfin.patience_s = 0.2
    async with jellyfin_client(jellyfin, user_token(jellyfin)) as connection:
        await message(connection)

        with pytest.raises(ConnectionClosed):
            await connection.recv()


async def test_pings_are_answered_both_ways_and_a_farewell_is_returned(plex: PlexServer) -> None:
    async with plex_client(plex) as connection:
        await (await connection.ping())
        plex.sockets.ping()
        await connection.send("hello")
        await until(lambda: plex.sockets.heard)
    await until(lambda: not plex.sockets.open_count)

    assert [heard.text for heard in plex.sockets.heard] == ["hello"]
    assert connection.close_code == 1000


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536])
async def test_messages_of_every_size_arrive(plex: PlexServer, size: int) -> None:
    async with plex_client(plex) as connection:
        plex.sockets.say("x" * size)
        plex.sockets.say(b"\x00" * size)

        assert await connection.recv() == "x" * size
        assert await connection.recv() == b"\x00" * size


async def test_connections_are_dropped_closed_and_spoilt(plex: PlexServer) -> None:
    codes = []
    for act in (plex.sockets.drop, plex.sockets.close, lambda: plex.sockets.say_raw(b"\xff\xff garbage")):
        async with plex_client(plex) as connection:
            act()
            with contextlib.suppress(ConnectionClosed):
                await connection.recv()
        codes.append(connection.close_code)

    assert codes == [1006, 1001, 1006]


def test_a_server_that_has_ended_says_nothing(plex: PlexServer) -> None:
    plex.close()

    plex.library.add("1", "movie", "Late")

    assert plex.sockets.open_count == 0


def test_a_frame_names_its_length_in_the_shortest_way() -> None:
    assert frame(b"hi") == b"\x81\x02hi"
    assert frame(b"x" * 126)[:4] == b"\x81\x7e\x00\x7e"
    assert frame(b"x" * 65_536)[:10] == b"\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00"
