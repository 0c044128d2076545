"""What changed and what was watched is fetched over real HTTP with a few requests, whatever the server's clock says."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from actors.demo import JellyfinServer, PlexServer, big_jellyfin_library, big_plex_library
from actors.demo.jellyfin_big import BIG_FILMS_VIEW
from actors.fetcher.actor import Fetcher
from actors.fetcher.config import FetcherSource
from actors.sources import source as source_of
from contracts import limits
from contracts.catalog import ACCOUNT_STEP, Item
from contracts.messages import AccountChecked, FetchPage, Message, RawSlice, SlicePlace
from tests.fetcher_room import NOW, command, heard, http, slices_of, source, wire
from tests.paged_room import JELLYFIN_FILMS, asked, jellyfin_source, plex_source, small_jellyfin, small_plex

ROWS: Final = 5_000
PAGE: Final = 250
FILMS: Final = f"movies.{BIG_FILMS_VIEW.id}"
WATCHED: Final = f"watched_movies.{BIG_FILMS_VIEW.id}"


@pytest.fixture
def plex() -> Iterator[PlexServer]:
    with PlexServer(big_plex_library(films=ROWS, shows=0)) as server:
        yield server


@pytest.fixture
def jellyfin() -> Iterator[JellyfinServer]:
    with JellyfinServer(big_jellyfin_library(shows=0, episodes=0, films=ROWS)) as server:
        yield server


class Pass:
    """What a command brought: the rows as the parser reads them, the last slice, and what it cost."""

    def __init__(self, messages: list[Message], wanted: FetchPage, served: Mapping[str, int]) -> None:
        slices = slices_of(messages)
        self.last: SlicePlace = slices[-1]
        self.requests, self.body_bytes = served["requests"], served["body_bytes"]
        read = source_of(wanted.source_kind).read
        self.items: list[Item] = [
            item for piece in slices if isinstance(piece, RawSlice) for item in read(wanted.step, piece.body, ()).items
        ]

    @property
    def titles(self) -> list[str]:
        return [item.title for item in self.items]

    @property
    def said(self) -> tuple[int | None, str | None]:
        return self.last.announced, self.last.doubt


def by_the_wall() -> datetime:
    return datetime.now(UTC)


async def passed(server: PlexServer | JellyfinServer, configured: FetcherSource, step: str, since: int | None) -> Pass:
    wanted = asked(configured, step, since=since)
    async with Fetcher({"iptv": configured}, clock=by_the_wall) as actor:
        await heard(actor, asked(configured, ACCOUNT_STEP))
        before = len(server.served)
        messages = await heard(actor, wanted)
    served = server.served[before:]
    return Pass(messages, wanted, {"requests": len(served), "body_bytes": sum(one.body_bytes for one in served)})


async def offset_of(configured: FetcherSource, clock: Any = by_the_wall) -> int:
    async with Fetcher({"iptv": configured}, clock=clock) as actor:
        *_, last = await heard(actor, asked(configured, ACCOUNT_STEP))
    assert isinstance(last, AccountChecked)
    found = last.server["clock_offset_s"]
    assert type(found) is int
    return found


async def mark_of(configured: FetcherSource) -> int:
    """The time from which on changes are asked for, as the writer makes it: now by the server's clock, and the overlap."""
    offset_s = await offset_of(configured)
    return int(by_the_wall().timestamp()) + offset_s - limits.OVERLAP_S


async def test_of_5000_plex_films_the_one_that_changed_costs_one_request(plex: PlexServer) -> None:
    configured = plex_source(plex, page_size=PAGE)
    whole = await passed(plex, configured, "movies.1", None)
    since = await mark_of(configured)
    nothing = await passed(plex, configured, "movies.1", since)
    key = str(plex.library.keys("1", "movie")[4321])
    plex.library.change(key, title="Changed")
    one = await passed(plex, configured, "movies.1", since)

    assert (len(whole.items), whole.requests, whole.said) == (ROWS, ROWS // PAGE + 1, (ROWS, None))
    assert (nothing.titles, nothing.requests, nothing.said) == ([], 1, (ROWS, None))
    assert (one.titles, one.requests, one.said) == (["Changed"], 1, (ROWS, None))
    assert one.items[0].remote_id == key
    assert one.body_bytes * 15 < whole.body_bytes


async def test_of_5000_jellyfin_films_the_one_that_changed_costs_three_requests(jellyfin: JellyfinServer) -> None:
    configured = jellyfin_source(jellyfin, page_size=PAGE)
    whole = await passed(jellyfin, configured, FILMS, None)
    since = await mark_of(configured)
    nothing = await passed(jellyfin, configured, FILMS, since)
    film = jellyfin.library.items("Movie")[4321]
    jellyfin.library.change(film.id, name="Changed")
    one = await passed(jellyfin, configured, FILMS, since)

    assert (len(whole.items), whole.requests, whole.said) == (ROWS, ROWS // PAGE + 1, (ROWS, None))
    assert (nothing.titles, nothing.requests, nothing.said) == ([], 2, (ROWS, None))
    assert (one.titles, one.requests, one.said) == (["Changed"], 3, (ROWS, None))
    assert one.items[0].remote_id == film.id
    assert one.body_bytes * 500 < whole.body_bytes


async def test_what_came_and_what_went_is_seen_in_what_the_server_announces(plex: PlexServer) -> None:
    configured = plex_source(plex, page_size=PAGE)
    since = await mark_of(configured)
    plex.library.add("1", "movie", "New")
    plex.library.remove(*[str(key) for key in plex.library.keys("1", "movie")[:3]])

    found = await passed(plex, configured, "movies.1", since)
    assert (found.titles, found.said) == (["New"], (ROWS + 1 - 3, None))


async def test_of_a_plex_server_that_ignores_the_order_all_is_read_and_only_the_change_is_kept(plex: PlexServer) -> None:
    configured = plex_source(plex, page_size=PAGE)
    since = await mark_of(configured)
    plex.library.change(str(plex.library.keys("1", "movie")[4321]), title="Changed")
    plex.set("movies.1", ignore_sort=True)

    found = await passed(plex, configured, "movies.1", since)
    assert (found.titles, found.requests, found.said) == (["Changed"], ROWS // PAGE + 1, (ROWS, None))


async def test_of_a_jellyfin_server_that_ignores_the_filter_all_is_read() -> None:
    with JellyfinServer(small_jellyfin()) as server:
        configured = jellyfin_source(server)
        server.set("items", ignore_date_filter=True)

        found = await passed(server, configured, JELLYFIN_FILMS, await mark_of(configured))
        assert (len(found.items), found.requests, found.said) == (25, 5, (25, None))


async def test_what_was_watched_on_plex_is_found_by_its_view(plex: PlexServer) -> None:
    configured = plex_source(plex, page_size=PAGE)
    keys = [str(key) for key in plex.library.keys("1", "movie")]
    for key in keys[:600]:
        plex.library.mark_watched(key)
    since = await mark_of(configured) + limits.OVERLAP_S
    nothing = await passed(plex, configured, "watched_movies.1", since + 60)
    plex.library.mark_watched(keys[4000])
    plex.library.set_offset(keys[4001], 60_000)
    plex.library.mark_watched(keys[4002], counted=False)
    found = await passed(plex, configured, "watched_movies.1", since + 60)

    assert (nothing.titles, nothing.requests, nothing.said) == ([], 1, (None, None))
    assert ([item.remote_id for item in found.items], found.requests) == ([keys[4002], keys[4001], keys[4000]], 1)
    assert [(item.view_count, item.view_offset_s) for item in found.items] == [(1, None), (0, 60), (1, None)]
    whole = {item.remote_id: item for item in (await passed(plex, configured, "movies.1", None)).items}
    assert all(item == whole[item.remote_id] for item in found.items)


async def test_what_was_watched_on_jellyfin_is_found_by_its_date(jellyfin: JellyfinServer) -> None:
    configured = jellyfin_source(jellyfin, page_size=PAGE)
    ids = [film.id for film in jellyfin.library.items("Movie")]
    for number, film in enumerate(ids[:600]):
        jellyfin.library.mark_played(film, at=by_the_wall() - timedelta(days=1, minutes=number))
    jellyfin.library.set_position(ids[700], 60, at=by_the_wall() - timedelta(days=90))
    since = await mark_of(configured)
    nothing = await passed(jellyfin, configured, WATCHED, since)
    jellyfin.library.mark_played(ids[4000])
    jellyfin.library.set_position(ids[4001], 90)
    found = await passed(jellyfin, configured, WATCHED, since)

    assert ([item.remote_id for item in nothing.items], nothing.requests, nothing.said) == ([ids[700]], 3, (None, None))
    assert ([item.remote_id for item in found.items], found.requests) == ([ids[4000], ids[4001], ids[700]], 3)
    assert [(item.view_count, item.view_offset_s) for item in found.items] == [(1, None), (0, 90), (0, 60)]
    whole = {item.remote_id: item for item in (await passed(jellyfin, configured, FILMS, None)).items}
    assert all(item == whole[item.remote_id] for item in found.items)


@pytest.mark.parametrize("unknown", [{"ignore_filters": True}, {"ignore_sort": True}])
async def test_of_a_jellyfin_server_that_ignores_filters_or_the_order_what_was_watched_is_found(unknown: dict[str, Any]) -> None:
    with JellyfinServer(small_jellyfin()) as server:
        configured = jellyfin_source(server)
        film = server.library.items("Movie")[20]
        server.library.mark_played(film.id)
        server.library.mark_played(server.library.items("Movie")[3].id, at=NOW - timedelta(days=400))
        server.set("items", **unknown)

        found = await passed(server, configured, JELLYFIN_FILMS.replace("movies", "watched_movies"), await mark_of(configured))
        assert [item.remote_id for item in found.items if item.view_count] == [film.id]
        assert found.requests < 6


# --- Clocks ---


@pytest.mark.parametrize("ahead_s", [0, 3_600, -86_400])
async def test_a_change_is_found_by_the_servers_own_clock(ahead_s: int) -> None:
    with JellyfinServer(small_jellyfin()) as server:
        server.library.clock_offset_s = ahead_s
        configured = jellyfin_source(server)
        since = await mark_of(configured)
        film = server.library.items("Movie")[7]
        server.library.change(film.id, name="Changed")

        assert (await passed(server, configured, JELLYFIN_FILMS, since)).titles == ["Changed"]
        assert abs(await offset_of(configured) - ahead_s) <= 2


async def test_the_account_check_tells_how_far_the_clocks_are_apart() -> None:
    with PlexServer(small_plex()) as server:
        server.library.now_s = int(NOW.timestamp()) + 7
        assert await offset_of(plex_source(server), lambda: NOW) == 7

        server.set(clock_offset_s=-100)
        assert await offset_of(plex_source(server), lambda: NOW) == -93


async def test_a_proxys_clock_is_taken_for_the_servers() -> None:
    with JellyfinServer(small_jellyfin()) as server:
        server.set(clock_offset_s=900)

        assert 898 <= await offset_of(jellyfin_source(server)) <= 901


@pytest.mark.parametrize(
    ("headers", "offset_s"),
    [
        ([], 0),
        (["Date: Sat, 21 Nov 2026 12:31:00 GMT"], 60),
        (["Date: never"], 0),
        (["Date: Sat, 21 Nov 2026 12:31:00 GMT", "Date: Sat, 21 Nov 2026 12:32:00 GMT"], 60),
    ],
)
async def test_an_xtream_account_tells_it_too(headers: list[str], offset_s: int) -> None:
    body = b'{"user_info":{"auth":1,"status":"Active"},"server_info":{}}'
    async with wire(http(body, *headers)) as served, Fetcher({"iptv": source(served.port)}, clock=lambda: NOW) as actor:
        *_, last = await heard(actor, command(ACCOUNT_STEP))

    assert isinstance(last, AccountChecked)
    assert last.server["clock_offset_s"] == offset_s


async def test_an_answer_without_a_date_leaves_what_is_known() -> None:
    body = b'{"user_info":{"auth":1,"status":"Active"},"server_info":{}}'
    dated = http(body, "Date: Sat, 21 Nov 2026 12:31:00 GMT")
    async with wire(dated, http(body)) as served, Fetcher({"iptv": source(served.port)}, clock=lambda: NOW) as actor:
        checks = [(await heard(actor, command(ACCOUNT_STEP)))[-1] for _ in range(2)]

    assert [check.server["clock_offset_s"] for check in checks if isinstance(check, AccountChecked)] == [60, 60]


async def test_a_listing_of_one_answer_announces_nothing() -> None:
    async with wire(http(b'[{"stream_id":1}]')) as served, Fetcher({"iptv": source(served.port)}, clock=lambda: NOW) as actor:
        (only,) = slices_of(await heard(actor, command(since=5)))

    assert (only.slices_total, only.announced) == (1, None)


async def test_only_the_last_slice_announces() -> None:
    with PlexServer(small_plex()) as server:
        configured = plex_source(server)
        async with Fetcher({"iptv": configured}, clock=lambda: NOW) as actor:
            slices = slices_of(await heard(actor, asked(configured, "movies.1")))

    assert [piece.announced for piece in slices] == [None, None, 25]
