"""What lets us in is in no line of the log, no error and no address, whatever the server does."""

import io
import logging
from collections.abc import Callable
from typing import Any, Final

import pytest

from actors.demo import JellyfinServer, PlexServer, demo_jellyfin_library, demo_plex_library
from actors.push.config import PushSource
from actors.sources.ask import Credentials
from contracts.catalog import SourceKind
from tests.push_room import AT_HOME, DEVICE, listening, log, until

__all__ = ["log"]

TOKEN: Final = "canary-token-7c2e"
USER: Final = "canary-user-5e1f"
PASSWORD: Final = "canary-pass&word/9#c+ 77"
FORMS: Final = ("canary", PASSWORD, "9#c+ 77", "9%23c")


def plex_source(server: PlexServer, token: str = TOKEN) -> PushSource:
    credentials = Credentials(token=token, client_id=DEVICE)
    return PushSource(source_id="plex", kind=SourceKind.PLEX, base_url=server.url, credentials=credentials, allowed=AT_HOME)


def jellyfin_source(server: JellyfinServer) -> PushSource:
    credentials = Credentials(username=USER, password=PASSWORD, client_id=DEVICE)
    return PushSource(
        source_id="jellyfin", kind=SourceKind.JELLYFIN, base_url=server.url, credentials=credentials, allowed=AT_HOME
    )


@pytest.fixture
def loud(log: io.StringIO, caplog: pytest.LogCaptureFixture) -> Callable[[], str]:
    """Everything that was said, by our own logger and by every other at its loudest."""
    caplog.set_level(logging.DEBUG)
    for name in list(logging.root.manager.loggerDict):
        caplog.set_level(logging.DEBUG, logger=name)
    return lambda: "\n".join(
        [log.getvalue(), *(f"{record.getMessage()} {record.args} {record.exc_text}" for record in caplog.records)]
    )


SPOILT: Final[list[dict[str, Any]]] = [
    {"status": 401},
    {"status": 403, "body_text": TOKEN},
    {"status": 500, "body_text": TOKEN},
    {"status": 101},
    {"redirect_to": f"http://127.0.0.1:1/?X-Plex-Token={TOKEN}"},
    {"html_200": True},
    {"body_text": TOKEN},
]


@pytest.mark.parametrize("switches", SPOILT, ids=str)
async def test_a_server_that_does_not_let_plex_in_gives_nothing_away(loud: Callable[[], str], switches: dict[str, Any]) -> None:
    with PlexServer(demo_plex_library(), token=TOKEN) as server:
        server.set("notifications", **switches)
        async with listening(plex_source(server)):
            await until(lambda: "push is down" in loud())

        assert [request.query for request in server.served if request.query] == []
    assert not [form for form in FORMS if form in loud()]


async def test_a_server_that_repeats_what_it_was_told_gives_nothing_away(loud: Callable[[], str]) -> None:
    with PlexServer(demo_plex_library(), token=TOKEN) as server:
        async with listening(plex_source(server)) as heard:
            await until(lambda: server.sockets.open_count)
            server.sockets.say(TOKEN)
            server.sockets.say(f'{{"NotificationContainer":{{"type":"{TOKEN}"}}}}')
            server.sockets.say_raw(b"\x88\x14\x03\xe8" + f"{TOKEN:18.18}".encode())
            await until(lambda: "push is back" in loud())
            server.sockets.say_raw(TOKEN.encode() * 100)
            await until(lambda: len(heard) > 1)

    assert not [form for form in FORMS if form in loud()]


@pytest.mark.parametrize(
    ("kind", "switches"),
    [
        ("login", {"status": 401, "body_text": PASSWORD}),
        ("login", {"status": 500, "body_text": PASSWORD}),
        ("login", {"body_text": f'{{"AccessToken":"{PASSWORD}"'}),
        ("login", {"body_text": f'{{"AccessToken":"canary\\r\\nX: {TOKEN}","User":{{"Id":"{"a" * 32}"}}}}'}),
        ("login", {"redirect_to": f"http://127.0.0.1:1/{PASSWORD}"}),
        ("login", {"reset_after_bytes": 10}),
        ("socket", {"status": 403}),
        ("socket", {"status": 500}),
        ("-", {}),
    ],
    ids=str,
)
async def test_a_login_gives_nothing_away(loud: Callable[[], str], kind: str, switches: dict[str, Any]) -> None:
    with JellyfinServer(demo_jellyfin_library(), users={USER: PASSWORD}) as server:
        server.set(kind, **switches)
        async with listening(jellyfin_source(server)):
            await until(lambda: "push" in loud())

        assert [request.query for request in server.served if request.query] == []
    assert not [form for form in FORMS if form in loud()]


async def test_a_token_that_would_begin_another_header_is_sent_to_nobody(loud: Callable[[], str]) -> None:
    with PlexServer(demo_plex_library(), token=TOKEN) as server:
        async with listening(plex_source(server, f"{TOKEN}\r\nX-Evil: yes")):
            await until(lambda: "the token holds characters that no header can carry" in loud())

        assert server.served == []
    assert not [form for form in FORMS if form in loud()]


def test_what_prints_a_source_shows_no_secret() -> None:
    source = plex_source(PlexServer(demo_plex_library()))

    assert not [form for form in FORMS if form in repr(source) + str(source)]
