"""A listing in many answers is one attempt, whatever becomes of a single page."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from actors.demo import Hold, PlexServer
from contracts.errors import CoolDown
from contracts.messages import Message, RawSlice, StepFetching
from tests.fetcher_room import failure_of, fetcher, heard, http, rows_of, slices_of, wire, words_of
from tests.paged_room import FILMS, PAGE, PLEX_TOKEN, asked, plex_source, small_plex
from tests.playbill_room import until

MOVIES = "movies.1"
SECOND_PAGE: dict[str, Any] = {"skip_requests": 1, "first_requests": 1}


@pytest.fixture
def plex() -> Iterator[PlexServer]:
    with PlexServer(small_plex(), token=PLEX_TOKEN) as server:
        yield server


async def fetched(server: PlexServer, step: str = MOVIES, **changes: Any) -> list[Message]:
    configured = plex_source(server, **changes)
    async with fetcher(configured) as actor:
        return await heard(actor, asked(configured, step))


def keys_of(messages: list[Message]) -> list[str]:
    return [row["ratingKey"] for row in rows_of(slices_of(messages)) if isinstance(row, dict)]


def served_keys(server: PlexServer) -> list[str]:
    return [str(key) for key in server.library.keys("1", "movie")]


def doubt_of(messages: list[Message]) -> str | None:
    *before, last = slices_of(messages)
    assert [piece.doubt for piece in before] == [None] * len(before)
    assert last.slices_total == len(before) + 1
    return last.doubt


def is_one_attempt(messages: list[Message]) -> bool:
    """Slices of one attempt, numbered from 0, the last of which knows how many they are."""
    slices = slices_of(messages)
    totals = [piece.slices_total for piece in slices]
    return (
        len({piece.attempt for piece in slices}) == 1
        and [piece.slice for piece in slices] == list(range(len(slices)))
        and totals == [None] * (len(slices) - 1) + [len(slices)]
    )


async def test_pages_are_asked_for_until_one_is_empty_and_are_slices_of_one_attempt(plex: PlexServer) -> None:
    messages = await fetched(plex)

    assert is_one_attempt(messages)
    assert len(slices_of(messages)) == 3
    assert keys_of(messages) == served_keys(plex)
    starts = [served.query["X-Plex-Container-Start"] for served in plex.served]
    assert starts == ["0", "10", "20", "25"]
    last = words_of(messages)[-1]
    assert (last.slices_cut, last.rows_expected) == (3, FILMS)
    assert last.bytes_received > sum(len(piece.body) for piece in slices_of(messages) if isinstance(piece, RawSlice))


@pytest.mark.parametrize(
    "trouble",
    [
        {"status": 500},
        {"migrating": True},
        {"cut_after_bytes": 700},
        {"cut_after_bytes": 700, "framing": "close"},
        {"reset_after_bytes": 700},
        {"gzip": "truncated"},
    ],
    ids=lambda trouble: "-".join(trouble),
)
async def test_a_page_that_fails_once_is_asked_for_again_alone_in_the_same_attempt(
    plex: PlexServer, trouble: dict[str, Any]
) -> None:
    plex.set(MOVIES, **trouble, **SECOND_PAGE)
    messages = await fetched(plex)

    assert is_one_attempt(messages)
    assert keys_of(messages) == served_keys(plex)
    assert [served.query["X-Plex-Container-Start"] for served in plex.served] == ["0", "10", "10", "20", "25"]
    (retry,) = [word for word in words_of(messages) if word.waiting_until is not None]
    assert (retry.detail or "").startswith("retry 1 of 2 in ")


async def test_a_page_that_fails_for_good_ends_the_step_after_the_slices_that_came(plex: PlexServer) -> None:
    plex.set(MOVIES, cut_after_bytes=700, framing="close", skip_requests=1)
    messages = await fetched(plex)

    failure = failure_of(messages)
    assert failure.error.code == "incomplete_answer"
    assert failure.error.text.endswith("(tried 3 times)")
    slices = slices_of(messages)
    assert (failure.slices_cut, [piece.slices_total for piece in slices]) == (1, [None])
    assert {piece.attempt for piece in slices} == {failure.attempt}
    assert keys_of(messages) == served_keys(plex)[:PAGE]


async def test_a_cool_down_in_the_middle_is_another_attempt_from_the_start(plex: PlexServer) -> None:
    plex.set(MOVIES, status=429, retry_after="7", **SECOND_PAGE)
    configured = plex_source(plex)
    messages: list[Message] = []
    async with fetcher(configured) as actor:
        with pytest.raises(CoolDown) as raised:
            async for message in actor.handle(asked(configured, MOVIES), 1):
                messages.append(message)  # noqa: PERF401 - what came before the error is wanted
        again = await heard(actor, asked(configured, MOVIES), 2)

    assert raised.value.delay_s == 7
    assert words_of(messages)[-1].waiting_until is not None
    assert [piece.slices_total for piece in slices_of(messages)] == [None]
    assert is_one_attempt(again)
    assert keys_of(again) == served_keys(plex)
    assert slices_of(again)[0].attempt > slices_of(messages)[0].attempt


async def test_a_server_that_migrates_is_asked_again_and_told_of_in_its_own_words(plex: PlexServer) -> None:
    plex.set(MOVIES, migrating=True)
    messages = await fetched(plex)

    said = "Plex Media Server is currently running database migrations."
    details = [word.detail or "" for word in words_of(messages) if word.waiting_until is not None]
    assert len(details) == 2
    assert all(said in detail for detail in details)
    failure = failure_of(messages)
    assert (failure.error.code, said in failure.error.text) == ("server_error", True)


async def test_a_server_that_migrates_and_says_until_when_is_left_alone_until_then(plex: PlexServer) -> None:
    plex.set(MOVIES, migrating=True, retry_after="005")
    configured = plex_source(plex)
    said: list[StepFetching] = []
    async with fetcher(configured) as actor:
        with pytest.raises(CoolDown) as raised:
            async for message in actor.handle(asked(configured, MOVIES), 1):
                said += words_of([message])

    assert raised.value.delay_s == 5
    assert "database migrations" in (said[-1].detail or "")
    assert len(plex.served) == 1


@pytest.mark.parametrize("trouble", [{"gzip": "bomb"}, {"body_text": '{"a":"' + "x" * 17_000_000 + '"}'}], ids=["bomb", "large"])
async def test_a_page_that_is_too_large_ends_the_step_without_another_try(plex: PlexServer, trouble: dict[str, Any]) -> None:
    plex.set(MOVIES, **trouble, skip_requests=1)
    messages = await fetched(plex)

    failure = failure_of(messages)
    assert (failure.error.code, failure.slices_cut) == ("answer_too_large", 1)
    assert failure.error.text.endswith("a smaller page_size asks for less at once")
    assert len(plex.served) == 2


@pytest.mark.parametrize(
    ("lie", "rows", "doubt"),
    [
        ({"wrong_total": 40}, FILMS, "announced 40 rows and gave 25"),
        ({"wrong_total": 7}, FILMS, None),
        ({"no_total_size": True}, FILMS, None),
        ({"ignore_paging": True}, FILMS, None),
        ({"repeat_pages": True}, PAGE, "the same page again and again"),
        ({"rows_more": 3}, FILMS, None),
        ({"rows_more": -3}, FILMS, None),
        ({"duplicate_every": 4}, FILMS, None),
        ({"shrink_after_page": 1, "shrink_by": 5}, 20, "changed while it was read: 25 rows were announced, then 20"),
        ({"empty_200": True}, 0, None),
        ({"empty_200": True, "wrong_total": 25}, 0, "announced 25 rows and gave nothing"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else None,
)
async def test_a_listing_that_cannot_be_believed_comes_with_a_doubt_on_its_last_slice(
    plex: PlexServer, lie: dict[str, Any], rows: int, doubt: str | None
) -> None:
    plex.set(MOVIES, **lie)
    messages = await fetched(plex)

    assert is_one_attempt(messages)
    assert (len(keys_of(messages)), len(set(keys_of(messages)))) == (rows, rows)
    told = doubt_of(messages)
    assert told is None if doubt is None else doubt in (told or "")


async def test_a_walk_without_a_slice_is_an_empty_listing(plex: PlexServer) -> None:
    plex.set(MOVIES, empty_200=True)

    (only,) = slices_of(await fetched(plex))
    assert isinstance(only, RawSlice)
    assert (only.body, only.slice, only.slices_total) == (b"[]", 0, 1)


async def test_a_cancel_in_a_page_ends_its_request_at_once(plex: PlexServer) -> None:
    hold = Hold(at_bytes=300)
    plex.set(MOVIES, hold=hold, skip_requests=1)
    configured = plex_source(plex)
    async with fetcher(configured) as actor:
        task = asyncio.create_task(heard(actor, asked(configured, MOVIES)))
        await until(hold.reached.is_set)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await until(lambda: plex.active_requests == 0)
        plex.set(MOVIES)

        assert keys_of(await heard(actor, asked(configured, MOVIES), 2)) == served_keys(plex)


@pytest.mark.parametrize("status", [401, 403, 404])
async def test_one_library_that_is_refused_costs_its_own_step(plex: PlexServer, status: int) -> None:
    plex.set(MOVIES, status=status)
    configured = plex_source(plex)
    async with fetcher(configured) as actor:
        refused = await heard(actor, asked(configured, MOVIES))
        good = await heard(actor, asked(configured, "episodes.2"))

    assert failure_of(refused).error.code == ("request_rejected" if status == 404 else "not_permitted")
    assert len(rows_of(slices_of(good))) == 4
    assert len(plex.served) == 1 + 2


# --- The home page ---


def hubs_of(messages: list[Message]) -> dict[str, Any]:
    assert is_one_attempt(messages)
    return {row["hub"]["hubIdentifier"]: row for row in rows_of(slices_of(messages)) if isinstance(row, dict)}


async def test_a_hub_that_fails_is_an_entry_that_says_so_and_the_others_are_whole(plex: PlexServer) -> None:
    recent = "movie.recentlyadded.1"
    plex.set(None, hub_fails=(recent,))
    messages = await fetched(plex, "home")

    hubs = hubs_of(messages)
    assert "500" in hubs[recent]["failure"]
    assert [identifier for identifier, hub in hubs.items() if hub.get("failure")] == [recent]
    assert hubs["home.continue"]["items"]
    assert not [message for message in messages if message is messages[-1] and not isinstance(message, StepFetching)]


@pytest.mark.parametrize("status", [400, 404])
async def test_a_server_without_promoted_hubs_is_asked_for_all(plex: PlexServer, status: int) -> None:
    plex.set("hubs.promoted", status=status)

    assert "home.movies.recent" in hubs_of(await fetched(plex, "home"))


async def test_hubs_that_cannot_be_had_end_the_step(plex: PlexServer) -> None:
    plex.set("hubs.promoted", status=500)

    failure = failure_of(await fetched(plex, "home"))
    assert (failure.error.code, failure.slices_cut) == ("server_error", 0)


async def test_a_hub_goes_on_being_read_after_one_that_is_cut_off_once(plex: PlexServer) -> None:
    plex.set("hubs.promoted", hub_more=True)
    plex.set("hub", cut_after_bytes=300, first_requests=1)

    assert [hub["failure"] for hub in hubs_of(await fetched(plex, "home")).values() if hub.get("failure")] == []


# --- Redirects ---


async def test_a_redirect_on_the_same_server_is_followed_with_the_token() -> None:
    page = json.dumps({"MediaContainer": {"size": 0}}).encode()
    moved = http(b"", "Location: /plex/library/sections/1/all", status="301 Moved")
    async with wire(moved, http(page)) as server:
        configured = plex_source(PlexServer(small_plex(0), token=PLEX_TOKEN, port=server.port))
        async with fetcher(configured) as actor:
            messages = await heard(actor, asked(configured, MOVIES))

    assert is_one_attempt(messages)
    assert server.requests[1].startswith("GET /plex/library/sections/1/all")
    assert [f"X-Plex-Token: {PLEX_TOKEN}" in request for request in server.requests] == [True, True]


async def test_a_redirect_elsewhere_is_refused_and_the_token_goes_nowhere(plex: PlexServer) -> None:
    async with wire(http(b"{}")) as elsewhere:
        plex.set(MOVIES, redirect_to=f"http://127.0.0.1:{elsewhere.port}/?X-Plex-Token={PLEX_TOKEN}")
        messages = await fetched(plex)

    failure = failure_of(messages)
    assert failure.error.code == "redirect_refused"
    assert PLEX_TOKEN not in repr(messages)
    assert elsewhere.connections == 0
