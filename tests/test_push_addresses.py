"""Push goes where the fetcher may go and nowhere else, for its sign-in and for its websocket."""

import io

import pytest

from actors.addresses import Allowed
from actors.demo import JellyfinServer, PlexServer, demo_jellyfin_library, demo_plex_library
from actors.push import session
from actors.push.config import PushSource
from actors.push.door import opened
from actors.push.session import sign_in
from actors.sources.ask import Session
from contracts.errors import AddressRefused, SourceUnreachable
from tests.push_room import AT_HOME, listening, log, of_jellyfin, of_plex, until

__all__ = ["log"]

OF_THE_BUS = "the address is not allowed: it is Playbill's own bus"


async def refused(source: PushSource) -> str:
    with pytest.raises(AddressRefused) as caught:
        async with opened(source, Session(), None):
            pass
    return caught.value.text


async def test_a_websocket_goes_to_no_private_address_unless_that_is_said() -> None:
    with PlexServer(demo_plex_library()) as plex:
        text = await refused(of_plex(plex, allowed=Allowed()))

        assert plex.served == []
    assert text == "the address is not allowed: it is private, and allow_private_addresses is off"


async def test_a_websocket_goes_to_no_door_of_our_own_bus() -> None:
    with PlexServer(demo_plex_library()) as plex:
        allowed = Allowed(private=True, bus=(("127.0.0.1", plex.port),))
        assert await refused(of_plex(plex, base_url=f"http://localhost:{plex.port}", allowed=allowed)) == OF_THE_BUS


async def test_a_sign_in_goes_to_no_private_address_unless_that_is_said() -> None:
    with JellyfinServer(demo_jellyfin_library()) as jellyfin:
        with pytest.raises(AddressRefused):
            await sign_in(of_jellyfin(jellyfin, allowed=Allowed()), None)
        assert jellyfin.served == []

        found = await sign_in(of_jellyfin(jellyfin, allowed=AT_HOME), None)
    assert found.token


async def test_a_sign_in_that_lost_its_connection_looks_for_no_other_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """As when it was given up before its thread began: the library would dial anew, whatever was judged."""
    with JellyfinServer(demo_jellyfin_library()) as jellyfin:
        monkeypatch.setattr(session, "_tuned", lambda wire, host, context: wire.close())
        with pytest.raises(SourceUnreachable):
            await sign_in(of_jellyfin(jellyfin), None)

        assert jellyfin.served == []


async def test_an_address_that_is_refused_is_said_once_in_the_log(log: io.StringIO) -> None:
    with PlexServer(demo_plex_library()) as plex:
        async with listening(of_plex(plex, allowed=Allowed())):
            await until(lambda: "the address is not allowed" in log.getvalue())

    assert "push is down" in log.getvalue()
