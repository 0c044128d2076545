"""The passes over what changed and what was watched in a Jellyfin library: what is asked for, and where they end."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.sources.ask import Ask
from actors.sources.jellyfin import library_steps, read, walk, watch_steps
from contracts.catalog import ItemKind, Library
from contracts.errors import PlaybillError, SourceFailing, UnexpectedAnswer
from tests.jellyfin_room import SESSION, Answer, Shelf, encoded, entries, films, params, result, walked

LIBRARY: Final = "a0000000000000000000000000000001"
CHANGES: Final = f"movies.{LIBRARY}"
VIEWS: Final = f"watched_movies.{LIBRARY}"
SINCE: Final = 1_795_264_200
"""12:30 of 2026-11-21."""
FIRST: Final = 100
Row = dict[str, Any]


class Asked:
    """A walk at its end: what was asked for, and what came."""

    def __init__(
        self, answer: Callable[[Ask], Answer], step: str = CHANGES, since: int | None = SINCE, page_size: int = 4
    ) -> None:
        found = walk(step, SESSION, page_size, since)
        assert found is not None
        self.walk = found
        asks, slices, self.error = walked(found, answer)
        self.asks = [params(ask) for ask in asks]
        self.rows = entries(slices)

    @property
    def ids(self) -> list[int]:
        return [int(row["Id"], 16) for row in self.rows]

    @property
    def said(self) -> tuple[str | None, int | None]:
        return self.walk.doubt, self.walk.announced


def counting(total: int, changed: list[Any]) -> Callable[[Ask], Answer]:
    """A server of so many rows, some of which have changed."""
    shelf = Shelf(changed)

    def answer(ask: Ask) -> Answer:
        return shelf(ask) if "minDateLastSaved" in params(ask) else result(films(1), total)

    return answer


# --- What changed ---


def test_the_whole_is_counted_and_then_only_what_changed_is_asked_for() -> None:
    asked = Asked(counting(5_000, films(6)))

    whole = walk(CHANGES, SESSION, 4)
    assert whole is not None
    first = whole.ask()
    assert first is not None
    counted, *pages = asked.asks
    assert counted == params(first) | {"Limit": "1"}
    assert [(page["StartIndex"], page["Limit"], page["EnableTotalRecordCount"]) for page in pages] == [
        ("0", "4", "true"), ("4", "4", "false"), ("6", "4", "true"),
    ]  # fmt: skip
    since = {"minDateLastSaved": "2026-11-21T12:30:00Z"}
    places = ("StartIndex", "Limit", "EnableTotalRecordCount")
    assert [{name: page[name] for name in page if name not in places} for page in pages] == [
        {name: value for name, value in params(first).items() if name not in places} | since
    ] * 3
    assert (asked.rows, asked.said, asked.walk.rows_expected) == (films(6), (None, 5_000), 6)


@pytest.mark.parametrize(
    ("since", "written"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (-300, "1970-01-01T00:00:00Z"),
        (951_782_399, "2000-02-28T23:59:59Z"),
        (4_102_444_800, "2100-01-01T00:00:00Z"),
        (2**62, "9999-12-31T23:59:59Z"),
    ],
)
def test_a_time_is_written_as_the_server_reads_it(since: int, written: str) -> None:
    assert Asked(counting(3, []), since=since).asks[1]["minDateLastSaved"] == written


def test_users_dates_are_never_asked_for() -> None:
    asked = Asked(counting(5, films(3))).asks + Asked(played(1, 2), VIEWS).asks

    assert not any("foruser" in name.lower() for page in asked for name in page)


def test_where_nothing_changed_two_requests_say_so() -> None:
    asked = Asked(counting(5_000, []))

    assert (len(asked.asks), asked.rows, asked.said) == (2, [], (None, 5_000))


def test_a_server_that_does_not_know_the_filter_gives_everything() -> None:
    asked = Asked(Shelf(films(10)))

    assert (asked.rows, asked.said) == (films(10), (None, 10))
    assert [page["StartIndex"] for page in asked.asks] == ["0", "0", "4", "8", "10"]


def test_a_server_that_does_not_know_limits_gives_everything_and_is_read_once() -> None:
    asked = Asked(lambda ask: encoded(films(9)))

    assert (asked.rows, asked.said) == (films(9), (None, None))


def test_an_empty_library_is_announced_as_empty() -> None:
    asked = Asked(Shelf([]))

    assert (asked.rows, asked.said) == ([], (None, 0))


def test_what_was_announced_and_did_not_come_leaves_a_doubt() -> None:
    asked = Asked(lambda ask: result([], 7))

    assert asked.said == ("the server announced 7 rows and gave none", 7)


def test_a_change_of_what_changed_leaves_a_doubt() -> None:
    asked = Asked(Shelf(films(6), counts=[50, 7, 6]))

    assert asked.said == ("the library changed while it was read: 7 rows were announced, then 6", 50)


@pytest.mark.parametrize("step", [CHANGES, VIEWS])
def test_a_page_that_fails_fails_the_pass(step: str) -> None:
    error = Asked(lambda ask: SourceFailing("the server failed"), step).error

    assert isinstance(error, SourceFailing)


@pytest.mark.parametrize("step", [CHANGES, VIEWS])
@pytest.mark.parametrize("body", [b"", b"<html></html>", b'{"error": 1}', b"null"])
def test_an_answer_that_is_no_page_is_unexpected_and_asked_for_again(step: str, body: bytes) -> None:
    found = walk(step, SESSION, 4, SINCE)
    assert found is not None
    before = found.ask()

    with pytest.raises(UnexpectedAnswer):
        found.take(body)

    assert found.ask() == before


def test_channels_are_always_asked_for_whole() -> None:
    asked = Asked(lambda ask: result([]), "channels.f0000000000000000000000000000006")

    assert len(asked.asks) == 1
    assert "minDateLastSaved" not in asked.asks[0]


@pytest.mark.parametrize("step", ["libraries", "home"])
def test_libraries_and_the_home_page_are_always_asked_for_whole(step: str) -> None:
    found, whole = walk(step, SESSION, 9, SINCE), walk(step, SESSION, 9)
    assert found is not None
    assert whole is not None

    assert found.ask() == whole.ask()


def test_a_whole_listing_tells_what_was_announced() -> None:
    found = walk(CHANGES, SESSION, 10)
    assert found is not None
    walked(found, Shelf(films(25), counts=[28]))

    assert found.announced == 28


# --- What was watched ---


def seen(number: int, at: int | None = None, *, played: bool = True, position: int = 0, **more: Any) -> Row:
    data: Row = {"Played": played, "PlaybackPositionTicks": position}
    if at is not None:
        data["LastPlayedDate"] = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.0000000Z")
    return {"Id": f"{number:032x}", "Name": f"Film {number}", "Type": "Movie", "UserData": data, **more}


def shelves(played: list[Any], resumable: list[Any]) -> Callable[[Ask], Answer]:
    by_filter = {"IsPlayed": Shelf(played), "IsResumable": Shelf(resumable)}
    return lambda ask: by_filter[params(ask)["Filters"]](ask)


def played(*ages: int | None) -> Callable[[Ask], Answer]:
    """Films by number from `FIRST`, played so many seconds before the time; None: without a date."""
    return shelves([seen(number, None if age is None else SINCE - age) for number, age in enumerate(ages, FIRST)], [])


def test_what_was_played_is_asked_for_last_first_and_then_what_is_in_progress() -> None:
    asked = Asked(shelves([seen(1, SINCE + 5), seen(2, SINCE - 5)], [seen(3, 7, played=False, position=9)]), VIEWS)

    whole = walk(CHANGES, SESSION, 4)
    assert whole is not None
    first = whole.ask()
    assert first is not None
    order = {"SortBy": "DatePlayed", "SortOrder": "Descending"}
    assert asked.asks[0] == params(first) | order | {"Filters": "IsPlayed"}
    assert asked.asks[1] == params(first) | order | {"Filters": "IsResumable"}
    assert (asked.ids, asked.said, asked.walk.rows_expected) == ([1, 3], (None, None), None)


@pytest.mark.parametrize(
    ("ages", "since", "found", "requests"),
    [
        ([], SINCE, [], 1),
        ([-9, 0, 1], SINCE, [0, 1], 1),
        ([0, 0, 0, 0, 1], SINCE, [0, 1, 2, 3], 2),
        ([0] * 5 + [1] * 90, SINCE, [0, 1, 2, 3, 4], 2),
        ([1] * 90, SINCE, [], 1),
        ([-5, None, None], SINCE, [0, 1, 2], 1),
        ([-5, -4, -3, -2] + [None] * 90, SINCE, [0, 1, 2, 3, 4, 5, 6, 7], 2),
        ([None] * 90, SINCE, [0, 1, 2, 3], 1),
        ([-5, 10, -6, None, -7, 1], SINCE, [0, 2, 3, 4], 3),
        ([-5, 10, 90, None, None], None, [0, 1, 2, 3, 4], 3),
    ],
)
def test_plays_are_read_until_they_are_older(ages: list[int | None], since: int | None, found: list[int], requests: int) -> None:
    asked = Asked(played(*ages), VIEWS, since)

    assert [number - FIRST for number in asked.ids] == found
    assert sum(page["Filters"] == "IsPlayed" for page in asked.asks) == requests
    assert asked.said == (None, None)


def test_a_time_in_the_future_costs_two_requests_and_brings_what_is_in_progress() -> None:
    asked = Asked(shelves([seen(1, SINCE)], [seen(2, SINCE, played=False, position=9)]), VIEWS, 2**40)

    assert (asked.ids, len(asked.asks)) == ([2], 3)


def test_all_that_is_in_progress_is_read_however_old_it_is() -> None:
    resumable = [seen(number, number, played=False, position=9) for number in range(10, 20)]
    asked = Asked(shelves([], resumable), VIEWS)

    assert asked.ids == list(range(10, 20))


def test_what_is_seen_again_comes_once() -> None:
    again = seen(1, SINCE + 5, position=90)

    assert Asked(shelves([again, seen(2, SINCE)], [again, seen(3, 1, played=False, position=9)]), VIEWS).ids == [1, 2, 3]


def test_a_server_that_does_not_know_the_filters_is_not_read_to_its_end() -> None:
    rows = [
        seen(1, SINCE + 9),
        seen(2, SINCE + 5, played=False, position=9),
        seen(3, SINCE - 5),
        *[seen(number, played=False) for number in range(10, 90)],
    ]
    asked = Asked(Shelf(rows), VIEWS)

    assert asked.ids == [1, 2]
    assert len(asked.asks) == 3


def test_a_server_that_knows_no_users_is_not_read_to_its_end() -> None:
    asked = Asked(Shelf(films(90)), VIEWS)

    assert len(asked.asks) == 2
    assert asked.ids == [1, 2, 3, 4]


@pytest.mark.parametrize("data", [None, 7, "x", [], {"LastPlayedDate": 5}, {"Played": "yes", "PlaybackPositionTicks": "many"}])
def test_what_a_row_says_of_its_watching_may_be_anything(data: Any) -> None:
    odd = {"Id": f"{1:032x}", "Name": "Odd", "UserData": data}

    assert Asked(shelves([odd, None, 5], [odd]), VIEWS).error is None


@given(st.lists(st.integers(-60, 60), max_size=30), st.integers(1, 7))
def test_of_a_server_that_sorts_what_was_played_since_then_is_read_and_hardly_more(ages: list[int], page_size: int) -> None:
    asked = Asked(played(*sorted(ages)), VIEWS, page_size=page_size)

    recent = [number for number, age in enumerate(sorted(ages), FIRST) if age <= 0]
    assert asked.ids == recent
    assert len(asked.asks) <= len(recent) // page_size + 3


def test_a_watched_row_is_the_row_of_its_listing() -> None:
    row = seen(7, SINCE + 5, DateCreated="2024-01-01T00:00:00.0000000Z", Etag="e", RunTimeTicks=36_000_000_000)
    rows = {CHANGES: Asked(Shelf([row])).rows, VIEWS: Asked(shelves([row], []), VIEWS).rows}
    first, second = (read(step, encoded(found), ()).items for step, found in rows.items())

    assert first == second
    assert (first[0].kind, first[0].library_remote_id, first[0].view_count) == (ItemKind.MOVIE, LIBRARY, 1)


@pytest.mark.parametrize(
    ("library_type", "kinds", "steps"),
    [
        ("movies", [ItemKind.MOVIE], ["watched_movies.1"]),
        ("shows", [ItemKind.SHOW, ItemKind.SEASON, ItemKind.EPISODE], ["watched_episodes.1"]),
        ("mixed", [ItemKind.MOVIE, ItemKind.SHOW, ItemKind.SEASON, ItemKind.EPISODE], ["watched_movies.1", "watched_episodes.1"]),
        ("videos", [ItemKind.MOVIE], ["watched_videos.1"]),
        ("music", [ItemKind.ARTIST, ItemKind.ALBUM, ItemKind.TRACK], []),
        ("channels", [ItemKind.CHANNEL], []),
        ("books", [], []),
    ],
)
def test_each_library_of_films_or_shows_has_its_views(library_type: str, kinds: list[ItemKind], steps: list[str]) -> None:
    library = Library("1", "Attic", library_type, item_kinds=kinds)

    found = watch_steps(library)
    assert [one.step for one in found] == steps
    assert [(one.library_remote_id, one.weight, one.title) for one in found] == [
        ("1", 1, f"Attic: {step.partition('.')[0].replace('_', ' ')}") for step in steps
    ]
    listed = {one.step for one in library_steps(library)}
    assert {step.removeprefix("watched_") for step in steps} <= listed


def test_a_library_of_videos_asks_for_all_that_its_listing_has() -> None:
    asked = [Asked(shelves([], []), "watched_videos.1"), Asked(Shelf([]), "videos.1")]

    assert [one.asks[0]["IncludeItemTypes"] for one in asked] == ["Movie,Video,MusicVideo"] * 2


def test_a_failure_never_lets_the_pass_go_on_without_a_page() -> None:
    for step in (CHANGES, VIEWS):
        found = walk(step, SESSION, 4, SINCE)
        assert found is not None
        assert found.failed(PlaybillError("anything")) is None
