"""The passes over what changed and what was watched in a Plex library: newest first, and no further than need be."""

from collections.abc import Callable
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.sources import plex
from actors.sources.ask import Ask, Session
from actors.sources.plex import library_steps, read, walk, watch_steps
from actors.sources.walk import Walk
from contracts.catalog import ItemKind, Library
from contracts.errors import BadRequest
from tests.plex_cases import Answer, bounds, container, ids, pages, walked

SINCE: Final = 1_000
CHANGES: Final = "movies.1"
VIEWS: Final = "watched_movies.1"
Row = dict[str, Any]


def film(number: int, **dates: Any) -> Row:
    return {"ratingKey": str(number), "type": "movie", "title": f"Film {number}", **dates}


def changed(*dates: int) -> list[Row]:
    """Films by number, each with the date of its change."""
    return [film(number, addedAt=1, updatedAt=date) for number, date in enumerate(dates)]


def viewed(*dates: int | None) -> list[Row]:
    return [film(number, **({} if date is None else {"lastViewedAt": date})) for number, date in enumerate(dates)]


class Asked:
    """A walk at its end: what was asked for, and what came."""

    def __init__(self, answer: Answer, step: str = CHANGES, since: int | None = SINCE, page_size: int = 4) -> None:
        self.asks: list[Ask] = []
        found = walk(step, Session(), page_size, since)
        assert found is not None
        self.walk: Walk = found
        self.ids = ids(walked(found, self._noting(answer)))

    def _noting(self, answer: Answer) -> Answer:
        def noted(ask: Ask) -> Any:
            self.asks.append(ask)
            return answer(ask)

        return noted

    @property
    def said(self) -> tuple[str | None, int | None]:
        return self.walk.doubt, self.walk.announced


def test_what_changed_is_asked_for_newest_first_and_without_a_filter() -> None:
    (ask,) = Asked(pages(changed(999))).asks

    assert ask.path == "library/sections/1/all"
    assert dict(ask.params) == {
        "type": "1", "includeGuids": "1", "sort": "updatedAt:desc", "X-Plex-Container-Start": "0", "X-Plex-Container-Size": "4",
    }  # fmt: skip


def test_a_whole_listing_is_asked_for_as_before() -> None:
    assert dict(Asked(pages(changed(5, 4)), since=None).asks[0].params)["sort"] == "id"


@pytest.mark.parametrize(
    ("dates", "found", "requests"),
    [
        ([], [], 1),
        ([999, 998, 997], [], 1),
        ([1000], ["0"], 2),
        ([1000, 999], ["0"], 1),
        ([2000, 1500, 1001, 1000, 999, 998], ["0", "1", "2", "3"], 2),
        ([2000, 1500, 1000, 999, 998], ["0", "1", "2"], 1),
        ([1000] * 6 + [999] * 6, [str(number) for number in range(6)], 2),
        ([1000] * 4 + [999] * 90, [str(number) for number in range(4)], 2),
        ([1000] * 8, [str(number) for number in range(8)], 3),
    ],
)
def test_it_stops_at_the_first_page_with_something_older(dates: list[int], found: list[str], requests: int) -> None:
    asked = Asked(pages(changed(*dates)))

    assert (asked.ids, len(asked.asks)) == (found, requests)
    assert asked.said == (None, len(dates))


def test_a_time_in_the_future_costs_one_request_and_brings_nothing() -> None:
    asked = Asked(pages(changed(*range(999, 900, -1))), since=2**40)

    assert (asked.ids, len(asked.asks), asked.said) == ([], 1, (None, 99))


@pytest.mark.parametrize("page_size", [1, 2, 3, 50])
def test_equal_times_over_the_border_of_a_page_are_all_read(page_size: int) -> None:
    asked = Asked(pages(changed(*[1000] * 7, *[999] * 40)), page_size=page_size)

    assert asked.ids == [str(number) for number in range(7)]


@given(st.lists(st.integers(900, 1100), max_size=40), st.integers(1, 9), st.integers(880, 1120))
def test_of_a_server_that_sorts_what_is_recent_is_read_and_hardly_more(dates: list[int], page_size: int, since: int) -> None:
    rows = changed(*sorted(dates, reverse=True))
    asked = Asked(pages(rows), since=since, page_size=page_size)

    recent = [row["ratingKey"] for row in rows if row["updatedAt"] >= since]
    assert asked.ids == recent
    assert asked.said == (None, len(rows))
    assert len(asked.asks) <= len(recent) // page_size + 2


@given(st.lists(st.integers(900, 1100), max_size=30), st.integers(1, 6))
def test_of_a_server_that_sorts_by_something_else_all_that_is_recent_is_read(dates: list[int], page_size: int) -> None:
    rows = changed(*dates)
    first = [row["updatedAt"] for row in rows[:page_size]]
    is_seen_through = first != sorted(first, reverse=True)
    asked = Asked(pages(rows), page_size=page_size)

    recent = [row["ratingKey"] for row in rows if row["updatedAt"] >= SINCE]
    assert set(asked.ids) <= set(recent)
    if is_seen_through:
        assert (asked.ids, asked.said) == (recent, (None, len(rows)))


@given(st.lists(st.integers(900, 1100), min_size=1, max_size=30), st.lists(st.integers(0, 29), max_size=12), st.integers(1, 6))
def test_what_changes_while_it_is_read_hides_nothing_else_or_leaves_a_doubt(
    dates: list[int], touched: list[int], page_size: int
) -> None:
    """Before each page one row is changed: it goes to the front, and those before it move down, a whole page of them at worst."""
    rows = changed(*sorted(dates, reverse=True))
    before = {row["ratingKey"] for row in rows if row["updatedAt"] >= SINCE}
    waiting, clock = list(touched), [1100]

    def answer(ask: Ask) -> Any:
        if waiting:
            clock[0] += 1
            row = rows.pop(waiting.pop() % len(rows))
            rows.insert(0, {**row, "updatedAt": clock[0]})
            before.discard(row["ratingKey"])
        return pages(rows)(ask)

    asked = Asked(answer, page_size=page_size)

    assert before <= set(asked.ids) or asked.walk.doubt is not None
    assert len(asked.ids) == len(set(asked.ids))


def test_a_row_that_goes_while_it_is_read_leaves_a_doubt() -> None:
    rows = changed(*range(1100, 1080, -1))

    def answer(ask: Ask) -> Any:
        found = pages(rows)(ask)
        del rows[0]
        return found

    doubt, _ = Asked(answer).said

    assert doubt is not None
    assert doubt.startswith("the library changed while it was read: 20 rows were announced, then ")


def test_of_an_entry_without_a_change_the_day_it_came_counts() -> None:
    rows = [film(1, addedAt=1200), film(2, addedAt=800), *changed(1100, 999)]

    assert Asked(pages(rows), page_size=9).ids == ["1", "0"]


def test_entries_without_a_change_do_not_end_the_pass_wherever_they_are_sorted() -> None:
    undated = [film(number, addedAt=5) for number in range(10, 16)]
    asked = Asked(pages([*undated, *changed(1100, 1001, 999)]))

    assert (asked.ids, len(asked.asks)) == (["0", "1"], 3)


@pytest.mark.parametrize(
    "dates", [{}, {"updatedAt": None}, {"updatedAt": ""}, {"updatedAt": -1_700_000_000}, {"updatedAt": 2**70}]
)
def test_an_entry_of_which_nobody_knows_is_read(dates: Row) -> None:
    assert Asked(pages([film(9, **dates), *changed(999)])).ids == ["9"]


def test_times_may_come_as_text() -> None:
    assert Asked(pages([film(1, updatedAt="1001"), film(2, updatedAt="999")])).ids == ["1"]


def test_what_is_no_entry_is_handed_on_to_be_rejected() -> None:
    rows: list[Any] = [*changed(1100), "nobody", 17, film(5, updatedAt=999)]
    found = walk(CHANGES, Session(), 9, SINCE)
    assert found is not None
    slices = found.take(container(totalSize=4, Metadata=rows))
    whole = read(CHANGES, slices[0], ())

    assert ([item.remote_id for item in whole.items], len(whole.rejects)) == (["0"], 2)


@pytest.mark.parametrize(
    ("answer", "found", "requests", "said"),
    [
        (lambda ask: container(size=0, totalSize=0), [], 1, (None, 0)),
        (lambda ask: container(size=0), [], 1, (None, 0)),
        (lambda ask: container(size=0, totalSize=30), [], 1, ("the server announced 30 rows and gave nothing", 30)),
        (lambda ask: container(size=3, Metadata=changed(1100, 999, 998)), ["0"], 1, (None, None)),
        (lambda ask: container(size=2, Metadata=changed(1100, 1050)), ["0", "1"], 2, (None, 2)),
    ],
)
def test_what_a_server_announces_of_the_whole_is_told(
    answer: Answer, found: list[str], requests: int, said: tuple[str | None, int | None]
) -> None:
    asked = Asked(answer)

    assert (asked.ids, len(asked.asks), asked.said) == (found, requests, said)


def test_a_server_that_ignores_paging_is_asked_once() -> None:
    rows = changed(*range(1010, 900, -1))
    asked = Asked(lambda ask: container(size=len(rows), Metadata=rows))

    assert (len(asked.ids), len(asked.asks)) == (11, 1)


def test_a_server_that_repeats_its_first_page_is_not_asked_for_ever() -> None:
    rows = changed(*range(1100, 1000, -1))
    asked = Asked(lambda ask: container(totalSize=100, Metadata=rows[:4]))

    assert (asked.ids, len(asked.asks)) == (["0", "1", "2", "3"], 2)
    assert asked.said[0] == "the server gives the same page again and again; 4 rows came"


# --- What was watched ---


def test_what_was_watched_is_asked_for_by_its_last_view() -> None:
    (ask,) = Asked(pages(viewed(None)), "watched_episodes.2").asks

    assert ask.path == "library/sections/2/all"
    assert (dict(ask.params)["type"], dict(ask.params)["sort"]) == ("4", "lastViewedAt:desc")


@pytest.mark.parametrize(
    ("dates", "since", "found", "requests"),
    [
        ([], SINCE, [], 1),
        ([None] * 9, SINCE, [], 1),
        ([1001, 1000, 999, 5, None], SINCE, ["0", "1"], 1),
        ([1001, 1000, None, None, None], SINCE, ["0", "1"], 1),
        ([1000] * 4 + [None] * 90, SINCE, ["0", "1", "2", "3"], 2),
        ([1000] * 5 + [999] * 90, SINCE, ["0", "1", "2", "3", "4"], 2),
        ([1000, 999, 5, 4, 3, None], None, ["0", "1", "2", "3", "4"], 2),
        ([1000, None, 2000, None, None, 1500], SINCE, ["0", "2", "5"], 3),
    ],
)
def test_views_are_read_until_they_are_older(dates: list[int | None], since: int | None, found: list[str], requests: int) -> None:
    asked = Asked(pages(viewed(*dates)), VIEWS, since)

    assert (asked.ids, len(asked.asks)) == (found, requests)
    assert asked.said == (None, None)


def test_what_was_left_in_the_middle_is_among_the_views() -> None:
    rows = [film(1, lastViewedAt=1100, viewOffset=60_000), film(2, lastViewedAt=1050), film(3)]

    assert Asked(pages(rows), VIEWS).ids == ["1", "2"]


def test_a_watched_row_is_the_row_of_its_listing() -> None:
    row = film(7, lastViewedAt=1100, viewCount=2, updatedAt=5, addedAt=4, summary="Of the moon.")
    slices = [walked_once(step, row) for step in (CHANGES, VIEWS)]
    first, second = (read(step, body, ()).items for step, body in zip((CHANGES, VIEWS), slices, strict=True))

    assert first == second
    assert (first[0].kind, first[0].library_remote_id, first[0].view_count) == (ItemKind.MOVIE, "1", 2)


def walked_once(step: str, row: Row) -> bytes:
    found = walk(step, Session(), 9, 1)
    assert found is not None
    (body,) = found.take(container(totalSize=1, Metadata=[row]))
    return body


def test_each_library_of_films_or_shows_has_its_views() -> None:
    shows = Library("2", "Serials", "shows", item_kinds=[ItemKind.SHOW, ItemKind.SEASON, ItemKind.EPISODE])
    films = Library("1", "Films", "movies", item_kinds=[ItemKind.MOVIE])
    others = [Library("5", "Music", "music", item_kinds=[ItemKind.ARTIST, ItemKind.TRACK]), Library("6", "Slides", "photos")]

    found = [step for library in (films, shows, *others) for step in watch_steps(library)]

    assert [(one.step, one.title, one.item_kind, one.library_remote_id, one.weight) for one in found] == [
        ("watched_movies.1", "Films: watched movies", ItemKind.MOVIE, "1", 1),
        ("watched_episodes.2", "Serials: watched episodes", ItemKind.EPISODE, "2", 1),
    ]
    assert not any(step.step.startswith("watched") for library in (films, shows) for step in library_steps(library))


@pytest.mark.parametrize("step", ["watched_movies", "watched_movies.", "watched_shows.2", "watched_tracks.5", "watched.1"])
@pytest.mark.parametrize("use", [lambda step: walk(step, Session(), 9), lambda step: read(step, b"[]", ())], ids=["walk", "read"])
def test_there_are_no_other_views(step: str, use: Callable[[str], object]) -> None:
    with pytest.raises(BadRequest):
        use(step)


@pytest.mark.parametrize("step", ["libraries", "home"])
def test_libraries_and_the_home_page_are_always_asked_for_whole(step: str) -> None:
    found, whole = (plex.walk(step, Session(), 9, since) for since in (SINCE, None))
    assert found is not None
    assert whole is not None

    assert found.ask() == whole.ask()


def test_pages_of_the_pass_begin_where_the_last_one_ended() -> None:
    asked = Asked(pages(changed(*[1100] * 10, 5)))

    assert [bounds(ask) for ask in asked.asks] == [(0, 4), (4, 4), (8, 4)]
