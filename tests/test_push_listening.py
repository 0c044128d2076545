"""Listening to the stand-in servers over real websockets: what is heard, what is said, and how a lost one comes back."""

import asyncio
import contextlib
import io
import re
import shutil
import ssl
import subprocess
from functools import partial
from pathlib import Path

import pytest

from actors.demo import Hold, JellyfinServer, PlexServer, demo_jellyfin_library, demo_plex_library
from actors.demo.plex_notices import PATH, scan, text
from actors.push import session
from actors.push.config import FRAME_BYTES_MAX, Pace, PushSource
from actors.push.listening import Listener
from actors.push.meaning import Meaning
from actors.sources.ask import Credentials
from contracts.catalog import SourceKind
from tests.push_room import AT_HOME, DEVICE, FAST, listening, log, of_jellyfin, of_plex, until

pytest_plugins = ("tests.plex_fixtures", "tests.jellyfin_stand_in_fixtures")
__all__ = ["log"]

SLOW = Pace(back_off_s=0.01, back_off_max_s=3_600, settled_s=3_600)


def logins(server: JellyfinServer) -> int:
    return sum(request.action == "login" for request in server.served)


def upgrades(server: PlexServer | JellyfinServer) -> list[int]:
    return [request.status for request in server.served if request.action in ("notifications", "socket")]


def again_in_s(log: io.StringIO) -> float:
    found = re.search(r"again_in_s=([0-9.]+)", log.getvalue())
    assert found is not None
    return float(found[1])


async def test_a_change_of_a_plex_library_is_heard(plex: PlexServer, log: io.StringIO) -> None:
    async with listening(of_plex(plex)) as heard:
        await until(lambda: plex.sockets.open_count)
        film = plex.library.add("1", "movie", "A Trip to the Moon")
        await until(lambda: heard == [Meaning.LIBRARY])
        plex.library.mark_watched(film)
        await until(lambda: heard == [Meaning.LIBRARY, Meaning.WATCHED])

    assert "push listens" in log.getvalue()
    assert "push is" not in log.getvalue()


async def test_the_token_is_in_a_header_and_never_in_the_address(plex: PlexServer) -> None:
    async with listening(of_plex(plex)):
        await until(lambda: plex.sockets.open_count)
    (request,) = plex.served

    assert (request.path, dict(request.query), request.status) == (PATH, {}, 101)
    assert request.user_agent.startswith("Playbill/")


async def test_a_jellyfin_user_signs_in_once_and_hears_of_changes(jellyfin: JellyfinServer) -> None:
    async with listening(of_jellyfin(jellyfin)) as heard:
        await until(lambda: jellyfin.sockets.open_count)
        item = jellyfin.library.items("Movie")[0].id
        jellyfin.library.mark_played(item)
        jellyfin.library.remove(item)
        await until(lambda: heard == [Meaning.WATCHED, Meaning.LIBRARY])
        for _ in range(3):
            jellyfin.sockets.drop()
            await until(partial(_is_longer, heard, len(heard)))

    assert logins(jellyfin) == 1
    assert upgrades(jellyfin) == [101] * 4


def _is_longer(heard: list[Meaning], than: int) -> bool:
    return len(heard) > than


async def test_a_server_that_wants_to_hear_that_we_live_hears_it_at_once_and_again(jellyfin: JellyfinServer) -> None:
    jellyfin.patience_s = 2.0
    async with listening(of_jellyfin(jellyfin)):
        await until(lambda: len(jellyfin.sockets.heard) >= 3)

        assert jellyfin.sockets.open_count == 1
    assert {heard.text for heard in jellyfin.sockets.heard} == {'{"MessageType":"KeepAlive"}'}


async def test_the_fetcher_s_own_session_outlives_push_s_sign_in(jellyfin: JellyfinServer) -> None:
    token = jellyfin.accounts.login("demo", "demo", "device-of-the-fetcher")
    async with listening(of_jellyfin(jellyfin)):
        await until(lambda: jellyfin.sockets.open_count)

    assert jellyfin.accounts.caller(str(token)) is not None


async def test_an_api_key_hears_nothing_and_is_told_so_once(jellyfin: JellyfinServer, log: io.StringIO) -> None:
    credentials = Credentials(api_key=jellyfin.accounts.api_key, user="demo", client_id=DEVICE)
    source = PushSource(
        source_id="jellyfin", kind=SourceKind.JELLYFIN, base_url=jellyfin.url, credentials=credentials, allowed=AT_HOME
    )

    await Listener(source, FAST, lambda _: None).run()

    assert log.getvalue().count("push needs a user") == 1
    assert jellyfin.served == []


async def test_a_lost_connection_comes_back_is_said_once_and_counts_as_news(plex: PlexServer, log: io.StringIO) -> None:
    async with listening(of_plex(plex)) as heard:
        await until(lambda: plex.sockets.open_count)
        plex.set("notifications", status=502, first_requests=4)
        plex.sockets.drop()
        await until(lambda: heard == [Meaning.LIBRARY])

        assert upgrades(plex) == [101, *[502] * 4, 101]
    assert (log.getvalue().count("push is down"), log.getvalue().count("push is back")) == (1, 1)


async def test_a_server_that_is_gone_is_found_when_it_is_there_again(free_port: int, log: io.StringIO) -> None:
    library = demo_plex_library()
    with PlexServer(library, port=free_port) as first:
        source = of_plex(first)
    async with listening(source) as heard:
        await until(lambda: "push is down" in log.getvalue())
        assert heard == []
        with PlexServer(library, port=free_port) as second:
            await until(lambda: second.sockets.open_count)
            await until(lambda: heard == [Meaning.LIBRARY])

        await until(lambda: log.getvalue().count("push is down") == 2)

    assert log.getvalue().count("push is back") == 1


async def test_garbage_is_passed_over_and_a_broken_protocol_begins_anew(plex: PlexServer) -> None:
    async with listening(of_plex(plex)) as heard:
        await until(lambda: plex.sockets.open_count)
        for garbage in ("", "null", "<html>", "{" * 500, b"\xff\x00", '{"NotificationContainer":{"type":{}}}'):
            plex.sockets.say(garbage)
        plex.sockets.say(text(scan("1")))
        await until(lambda: heard == [Meaning.LIBRARY])
        plex.sockets.say_raw(b"\xff\xff no frame at all")
        await until(lambda: len(heard) == 2)

    assert upgrades(plex) == [101, 101]


async def test_a_message_that_is_too_large_ends_the_connection_and_is_news_all_the_same(
    plex: PlexServer, log: io.StringIO
) -> None:
    async with listening(of_plex(plex)) as heard:
        await until(lambda: plex.sockets.open_count)
        plex.sockets.say("x" * (FRAME_BYTES_MAX + 1))
        await until(lambda: heard == [Meaning.LIBRARY])

    assert f"a message was larger than {FRAME_BYTES_MAX} bytes" in log.getvalue()


async def test_a_refused_token_of_plex_is_said_once_and_tried_as_seldom_as_may_be(plex: PlexServer, log: io.StringIO) -> None:
    async with listening(of_plex(plex, token="wrong"), SLOW):
        await until(lambda: "push is down" in log.getvalue())

    assert upgrades(plex) == [401]
    assert 0.75 * SLOW.back_off_max_s <= again_in_s(log) <= SLOW.back_off_max_s
    async with listening(of_plex(plex, token="wrong")):
        await until(lambda: len(upgrades(plex)) > 4)
    assert log.getvalue().count("push is down") == 2
    assert "status 401" in log.getvalue()


async def test_a_refused_password_is_tried_once_for_good(jellyfin: JellyfinServer, log: io.StringIO) -> None:
    await Listener(of_jellyfin(jellyfin, password="wrong"), FAST, lambda _: None).run()

    assert logins(jellyfin) == 1
    assert log.getvalue().count("no push, and no other try before a restart") == 1


async def test_a_session_that_the_server_has_ended_is_replaced_once(jellyfin: JellyfinServer) -> None:
    async with listening(of_jellyfin(jellyfin)) as heard:
        await until(lambda: jellyfin.sockets.open_count)
        jellyfin.accounts.end_all()
        jellyfin.sockets.drop()
        await until(lambda: heard)

    assert logins(jellyfin) == 2
    assert upgrades(jellyfin) == [101, 401, 101]


async def test_a_token_that_is_refused_from_the_start_is_no_loop_of_logins(jellyfin: JellyfinServer, log: io.StringIO) -> None:
    jellyfin.set("socket", status=403)

    await Listener(of_jellyfin(jellyfin), FAST, lambda _: None).run()

    assert logins(jellyfin) == 1
    assert "refuses the token that its own sign-in gave" in log.getvalue()


@pytest.mark.parametrize(
    "switches", [{"status": 500}, {"status": 503, "retry_after": "5"}, {"body_text": "{}"}, {"html_200": True}, {"body_text": ""}]
)
async def test_an_odd_answer_is_asked_for_late(jellyfin: JellyfinServer, log: io.StringIO, switches: dict[str, object]) -> None:
    jellyfin.set("login", **switches)
    async with listening(of_jellyfin(jellyfin), SLOW):
        await until(lambda: "push is down" in log.getvalue())

    assert logins(jellyfin) == 1
    assert 0.75 * SLOW.back_off_max_s <= again_in_s(log) <= SLOW.back_off_max_s


async def test_a_login_that_breaks_off_comes_again(jellyfin: JellyfinServer, log: io.StringIO) -> None:
    jellyfin.set("login", reset_after_bytes=5, first_requests=2)
    async with listening(of_jellyfin(jellyfin)):
        await until(lambda: jellyfin.sockets.open_count)

    assert logins(jellyfin) == 3
    assert log.getvalue().count("push is down") == 1


async def test_a_login_that_never_ends_is_left(
    jellyfin: JellyfinServer, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "SIGN_IN_S", 0.1)
    hold = Hold()
    jellyfin.set("login", hold=hold)
    async with listening(of_jellyfin(jellyfin)):
        await until(lambda: "the server did not answer the sign-in" in log.getvalue())
    hold.release()


@pytest.mark.parametrize("scheme", ["http", "ws"])
async def test_a_redirect_is_not_followed(plex: PlexServer, log: io.StringIO, scheme: str) -> None:
    with PlexServer(demo_plex_library()) as elsewhere:
        plex.set("notifications", redirect_to=f"{scheme}{elsewhere.url.removeprefix('http')}{PATH}")
        async with listening(of_plex(plex)):
            await until(lambda: len(upgrades(plex)) > 2)

        assert elsewhere.served == []
    assert "status 302" in log.getvalue()


async def test_a_base_path_is_kept() -> None:
    with JellyfinServer(demo_jellyfin_library(), base_path="/jellyfin") as server:
        async with listening(of_jellyfin(server)):
            await until(lambda: server.sockets.open_count)

    assert {request.path for request in server.served} == {"/jellyfin/Users/AuthenticateByName", "/jellyfin/socket"}


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")
async def test_a_server_without_a_good_certificate_is_listened_to_only_when_that_is_set(
    plex: PlexServer, tmp_path: Path, log: io.StringIO
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*_certificate(tmp_path))
    tunnel = Tunnel(plex.port)
    async with asyncio.timeout(20), await asyncio.start_server(tunnel.carry, "127.0.0.1", 0, ssl=context) as tls:
        url = f"https://127.0.0.1:{tls.sockets[0].getsockname()[1]}"
        async with listening(of_plex(plex, base_url=url)):
            await until(lambda: "push is down" in log.getvalue())
            assert plex.sockets.open_count == 0
        assert "certificate problem: self" in log.getvalue()
        async with listening(of_plex(plex, base_url=url, verify_tls=False)):
            await until(lambda: plex.sockets.open_count)
        await until(lambda: not tunnel.open_count)


def _certificate(folder: Path) -> tuple[Path, Path]:
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"]
    subprocess.run([*made, "-subj", "/CN=nobody", "-keyout", key, "-out", certificate], check=True, capture_output=True)
    return certificate, key


class Tunnel:
    """Carries what comes over TLS to a port without."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.open_count = 0

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open_count += 1
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self._port)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._pour(reader, inner_writer))
            group.create_task(self._pour(inner_reader, writer))
        self.open_count -= 1

    async def _pour(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while piece := await reader.read(65_536):
                writer.write(piece)
                await writer.drain()
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
