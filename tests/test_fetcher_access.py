"""Signing in: once for all commands, never twice with what was refused, and anew when a session is over."""

import asyncio
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

import pytest

from actors.demo import JellyfinServer, PlexServer
from actors.fetcher.config import FetcherSource
from actors.sources.ask import Credentials
from contracts import limits
from contracts.errors import CoolDown
from contracts.messages import AccountChecked, Message, StepFetching
from tests.fetcher_room import failure_of, fetcher, heard, http, rows_of, slices_of, wire, words_of
from tests.paged_room import (
    FILMS,
    FILMS_VIEW,
    JELLYFIN_FILMS,
    JELLYFIN_SHORTS,
    PLEX_TOKEN,
    Clock,
    asked,
    fetcher_at,
    jellyfin_source,
    plex_source,
    small_jellyfin,
    small_plex,
)

PASSWORD: Final = "canary pass&word/9"
API_KEY: Final = "canary-api-key"


@pytest.fixture
def jellyfin() -> Iterator[JellyfinServer]:
    with JellyfinServer(small_jellyfin(), users={"demo": PASSWORD, "guest": "g"}, api_key=API_KEY) as server:
        yield server


def by_password(server: JellyfinServer, **changes: Any) -> FetcherSource:
    return jellyfin_source(server, password=PASSWORD, **changes)


def by_key(server: JellyfinServer, user: str = "demo", key: str = API_KEY) -> FetcherSource:
    return jellyfin_source(server, credentials=Credentials(api_key=key, user=user, client_id="canary-client"))


def logins(server: JellyfinServer) -> int:
    return sum(served.action == "login" for served in server.served)


def is_whole(messages: list[Message], rows: int = FILMS) -> bool:
    slices = slices_of(messages)
    return len(rows_of(slices)) == rows and slices[-1].slices_total == len(slices)


# --- Signing in ---


async def test_commands_that_come_at_once_sign_in_once(jellyfin: JellyfinServer) -> None:
    configured = by_password(jellyfin)
    async with fetcher(configured) as actor:
        steps = ("account", "home", "libraries", JELLYFIN_FILMS, JELLYFIN_SHORTS)
        all_said = await asyncio.gather(*(heard(actor, asked(configured, step)) for step in steps))

    assert logins(jellyfin) == 1
    assert isinstance(all_said[0][-1], AccountChecked)
    assert is_whole(all_said[3])
    assert is_whole(all_said[4], 3)


async def test_a_refused_password_is_tried_once_for_all_commands_and_again_only_when_time_has_passed(
    jellyfin: JellyfinServer,
) -> None:
    configured, clock = jellyfin_source(jellyfin, password="canary-wrong"), Clock()
    async with fetcher_at(configured, clock) as actor:
        steps = ("account", "home", "libraries", JELLYFIN_FILMS)
        all_said = await asyncio.gather(*(heard(actor, asked(configured, step)) for step in steps))
        failures = [failure_of(said).error for said in all_said]
        assert {failure.code for failure in failures} == {"account_rejected"}
        assert len({failure.text for failure in failures}) == 1
        assert "refused the sign-in" in failures[0].text
        assert logins(jellyfin) == 1

        clock.now += timedelta(seconds=limits.SIGN_IN_REFUSED_S - 1)
        await heard(actor, asked(configured, "account"))
        assert logins(jellyfin) == 1

        clock.now += timedelta(seconds=2)
        jellyfin.accounts.users["demo"] = "canary-wrong"
        assert is_whole(await heard(actor, asked(configured, JELLYFIN_FILMS)))
        assert logins(jellyfin) == 2


async def test_a_sign_in_that_fails_by_itself_is_tried_again_and_told_of(jellyfin: JellyfinServer) -> None:
    jellyfin.set("login", status=500, first_requests=1)
    configured = by_password(jellyfin)
    async with fetcher(configured) as actor:
        said = await heard(actor, asked(configured, JELLYFIN_FILMS))

    assert logins(jellyfin) == 2
    assert is_whole(said)
    assert [word.detail for word in words_of(said) if (word.detail or "").startswith("retry 1 of 2")]


async def test_a_server_that_starts_is_left_alone_for_as_long_as_it_says(jellyfin: JellyfinServer) -> None:
    jellyfin.set(None, starting=True)
    configured = by_password(jellyfin)
    said: list[Message] = []
    async with fetcher(configured) as actor:
        with pytest.raises(CoolDown) as raised:
            async for message in actor.handle(asked(configured, JELLYFIN_FILMS), 1):
                said.append(message)  # noqa: PERF401 - what came before the error is wanted

    assert raised.value.delay_s == 5
    assert "Jellyfin is starting up." in (words_of(said)[-1].detail or "")
    assert logins(jellyfin) == 1


async def test_a_revoked_session_is_renewed_once_in_the_middle_of_a_walk(jellyfin: JellyfinServer) -> None:
    configured = by_password(jellyfin)
    said: list[Message] = []
    async with fetcher(configured) as actor:
        async for message in actor.handle(asked(configured, JELLYFIN_FILMS), 1):
            said.append(message)
            if isinstance(message, StepFetching) and message.rows_expected and logins(jellyfin) == 1:
                jellyfin.accounts.end_all()

    assert logins(jellyfin) == 2
    assert is_whole(said)
    assert len({piece.attempt for piece in slices_of(said)}) == 1


async def test_several_walks_whose_session_was_revoked_renew_it_together(jellyfin: JellyfinServer) -> None:
    configured = by_password(jellyfin)
    async with fetcher(configured) as actor:
        await heard(actor, asked(configured, "account"))
        jellyfin.accounts.end_all()
        steps = (JELLYFIN_FILMS, JELLYFIN_SHORTS)
        films, shorts = await asyncio.gather(*(heard(actor, asked(configured, step)) for step in steps))

    assert logins(jellyfin) == 2
    assert is_whole(films)
    assert is_whole(shorts, 3)


async def test_a_library_that_is_always_unauthorized_costs_its_own_step_and_no_other(jellyfin: JellyfinServer) -> None:
    jellyfin.set(f"items.{FILMS_VIEW.id}", status=401)
    configured = by_password(jellyfin)
    async with fetcher(configured) as actor:
        for _ in range(5):
            both = (JELLYFIN_FILMS, JELLYFIN_SHORTS, JELLYFIN_FILMS)
            refused, shorts, _ = await asyncio.gather(*(heard(actor, asked(configured, step)) for step in both))
            assert failure_of(refused).error.code == "not_permitted"
            assert is_whole(shorts, 3)


async def test_a_request_that_met_two_sessions_others_had_ended_is_made_with_the_third() -> None:
    """Each sign-in ends the session before it, and a library that is always refused signs in again and again."""
    logged_in = asyncio.Condition()
    issued = met = 0

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal issued, met
        request = server.requests[-1]
        if "AuthenticateByName" in request:
            async with logged_in:
                issued += 1
                logged_in.notify_all()
            login = {"AccessToken": f"session-{issued}", "User": {"Id": "1ae8a43ed293456da28274f1a89cd2a5"}}
            writer.write(http(json.dumps(login).encode(), "Connection: close"))
        elif "ParentId=refused" in request:
            writer.write(http(b"", "Connection: close", status="401 No"))
        elif met < 2:
            met += 1
            async with logged_in:
                await logged_in.wait_for(lambda: issued > met)
            writer.write(http(b"", "Connection: close", status="401 No"))
        else:
            writer.write(http(b'{"Items":[]}', "Connection: close"))
        await writer.drain()

    async with wire(serve) as server:
        configured = by_password(JellyfinServer(small_jellyfin(0), port=server.port))
        async with fetcher(configured) as actor:
            patient = asyncio.create_task(heard(actor, asked(configured, "movies.good")))
            while not patient.done() and issued < 5:
                await heard(actor, asked(configured, "movies.refused"))
            said = await patient

    assert is_whole(said, 0)


async def test_a_user_who_was_locked_out_meanwhile_is_one_refusal(jellyfin: JellyfinServer) -> None:
    configured = by_password(jellyfin)
    async with fetcher(configured) as actor:
        await heard(actor, asked(configured, "account"))
        jellyfin.accounts.end_all()
        jellyfin.accounts.users["demo"] = "another"
        steps = (JELLYFIN_FILMS, JELLYFIN_SHORTS, "home")
        all_said = [await heard(actor, asked(configured, step)) for step in steps]

    assert [failure_of(said).error.code for said in all_said] == ["account_rejected"] * 3
    assert logins(jellyfin) == 2


async def test_an_api_key_looks_its_user_up_once(jellyfin: JellyfinServer) -> None:
    configured = by_key(jellyfin, user="DEMO")
    async with fetcher(configured) as actor:
        await heard(actor, asked(configured, "account"))
        assert is_whole(await heard(actor, asked(configured, JELLYFIN_FILMS)))

    assert logins(jellyfin) == 0
    assert [served.action for served in jellyfin.served].count("users") == 1


@pytest.mark.parametrize(
    ("key", "user", "words"), [(API_KEY, "nobody", "no user of that name"), ("canary-other-key", "demo", "refused the sign-in")]
)
async def test_an_api_key_that_opens_nothing_is_one_refusal(jellyfin: JellyfinServer, key: str, user: str, words: str) -> None:
    configured = by_key(jellyfin, user=user, key=key)
    async with fetcher(configured) as actor:
        failures = [failure_of(await heard(actor, asked(configured, step))).error for step in ("account", JELLYFIN_FILMS)]

    assert {failure.code for failure in failures} == {"account_rejected"}
    assert all(words in failure.text for failure in failures)
    assert len(jellyfin.served) == 1


async def test_a_revoked_api_key_is_not_asked_for_anew(jellyfin: JellyfinServer) -> None:
    configured = by_key(jellyfin)
    async with fetcher(configured) as actor:
        await heard(actor, asked(configured, "account"))
        jellyfin.accounts.api_key = "another"
        asked_before = len(jellyfin.served)
        listing = failure_of(await heard(actor, asked(configured, JELLYFIN_FILMS))).error
        account = failure_of(await heard(actor, asked(configured, "account"))).error

    assert (listing.code, account.code) == ("not_permitted", "account_rejected")
    assert [served.action for served in jellyfin.served[asked_before:]].count("users") == 0


async def test_a_sign_in_that_is_redirected_sends_no_password_along() -> None:
    async with wire(http(b"{}")) as elsewhere:
        moved = http(b"", f"Location: http://127.0.0.1:{elsewhere.port}/", status="307 Moved")
        async with wire(moved) as server:
            configured = by_password(JellyfinServer(small_jellyfin(0), port=server.port))
            async with fetcher(configured) as actor:
                failure = failure_of(await heard(actor, asked(configured, "libraries"))).error

    assert failure.code == "redirect_refused"
    assert elsewhere.connections == 0


async def test_a_plex_token_that_is_refused_is_one_request(jellyfin: JellyfinServer) -> None:
    with PlexServer(small_plex(), token="another") as plex:
        configured = plex_source(plex, credentials=Credentials(token=PLEX_TOKEN))
        async with fetcher(configured) as actor:
            failure = failure_of(await heard(actor, asked(configured, "account"))).error

        assert failure.code == "account_rejected"
        assert len(plex.served) == 1
