"""The way through a Plex listing: every row once, whatever the server does, and doubt where its end cannot be believed."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.sources.ask import Ask, Session
from actors.sources.plex import walk
from actors.sources.plex.walks import ListingWalk
from actors.sources.walk import Walk
from contracts import limits
from contracts.errors import BadRequest, RequestRejected, SourceFailing, UnexpectedAnswer
from tests.plex_cases import Answer, bounds, container, data, entries, ids, movies, pages, walked

FILMS = movies(25)
ALL = [str(number) for number in range(25)]


def listing(step: str = "movies.1", page_size: int = 10) -> Walk:
    found = walk(step, Session(), page_size)
    assert isinstance(found, ListingWalk)
    return found


def at_last(answer: Answer, page_size: int = 10) -> tuple[list[str | None], str | None]:
    """The ids that were read, and the doubt about them."""
    films = listing(page_size=page_size)
    return ids(walked(films, answer)), films.doubt


@pytest.mark.parametrize(
    ("step", "path", "number"),
    [
        ("movies.1", "library/sections/1/all", "1"),
        ("shows.2", "library/sections/2/all", "2"),
        ("seasons.2", "library/sections/2/all", "3"),
        ("episodes.2", "library/sections/2/all", "4"),
        ("artists.5", "library/sections/5/all", "8"),
        ("albums.5", "library/sections/5/all", "9"),
        ("tracks.5", "library/sections/5/all", "10"),
    ],
)
def test_a_page_is_asked_for_with_both_bounds_and_in_the_order_of_ids(step: str, path: str, number: str) -> None:
    ask = listing(step).ask()

    assert ask is not None
    assert ask.path == path
    assert dict(ask.params) == {
        "type": number, "includeGuids": "1", "sort": "id", "X-Plex-Container-Start": "0", "X-Plex-Container-Size": "10",
    }  # fmt: skip


@pytest.mark.parametrize("step", ["account", "movies", "movies.", "channels.1", "nonsense.1", ""])
def test_a_step_that_plex_does_not_have_is_a_bad_request(step: str) -> None:
    with pytest.raises(BadRequest):
        walk(step, Session(), 10)


def test_a_true_listing_is_read_whole_and_without_doubt() -> None:
    films = listing()

    slices = walked(films, pages(FILMS))

    assert ids(slices) == ALL
    assert (films.doubt, films.rows_expected) == (None, 25)


def test_pages_not_titles_are_asked_for() -> None:
    asked: list[tuple[int, int]] = []

    def answer(ask: Ask) -> bytes:
        asked.append(bounds(ask))
        found = pages(FILMS)(ask)
        assert isinstance(found, bytes)
        return found

    walked(listing(), answer)

    assert asked == [(0, 10), (10, 10), (20, 10), (25, 10)]


@given(st.integers(0, 60), st.integers(1, 20), st.integers(1, 20))
def test_a_server_that_gives_fewer_rows_than_asked_is_read_whole(rows: int, page_size: int, cap: int) -> None:
    assert at_last(pages(movies(rows), cap=cap), page_size) == ([str(number) for number in range(rows)], None)


def test_a_server_that_announces_no_total_is_read_whole() -> None:
    def answer(ask: Ask) -> bytes:
        start, size = bounds(ask)
        return container(size=len(FILMS[start : start + size]), Metadata=FILMS[start : start + size])

    assert at_last(answer) == (ALL, None)


def test_a_server_that_announces_too_much_is_read_whole_and_doubted() -> None:
    assert at_last(pages(FILMS, total=300)) == (ALL, "the server announced 300 rows and gave 25")


def test_a_server_that_announces_too_little_is_read_whole() -> None:
    assert at_last(pages(FILMS, total=3)) == (ALL, None)


def test_a_server_that_ignores_paging_is_read_once() -> None:
    assert at_last(lambda ask: container(size=25, Metadata=FILMS)) == (ALL, None)


def test_a_server_that_gives_more_rows_than_asked_is_read_whole() -> None:
    def answer(ask: Ask) -> bytes:
        start, size = bounds(ask)
        return container(totalSize=25, Metadata=FILMS[start : start + size + 7])

    assert at_last(answer) == (ALL, None)


def test_a_server_whose_pages_overlap_gives_each_row_once() -> None:
    def answer(ask: Ask) -> bytes:
        start, size = bounds(ask)
        return container(totalSize=25, Metadata=FILMS[max(start - 4, 0) : max(start - 4, 0) + size])

    found, _ = at_last(answer)

    assert len(found) == len(set(found))


def test_a_server_that_repeats_its_first_page_is_not_asked_for_ever() -> None:
    found, doubt = at_last(lambda ask: container(totalSize=25, Metadata=FILMS[:10]))

    assert found == ALL[:10]
    assert doubt == "the server gives the same page again and again; 10 rows came"


def test_a_library_that_shrinks_while_it_is_read_is_doubted() -> None:
    rows = list(FILMS)

    def answer(ask: Ask) -> bytes:
        found = pages(rows)(ask)
        del rows[0]
        assert isinstance(found, bytes)
        return found

    found, doubt = at_last(answer)

    assert len(found) < 25
    assert doubt is not None
    assert doubt.startswith("the library changed while it was read: 25 rows were announced, then ")


def test_an_empty_200_where_rows_were_announced_is_doubted() -> None:
    assert at_last(lambda ask: container(size=0, totalSize=300)) == ([], "the server announced 300 rows and gave nothing")


def test_an_empty_library_is_no_slice_and_no_doubt() -> None:
    films = listing()

    assert walked(films, lambda ask: container(size=0, totalSize=0)) == []
    assert films.doubt is None


def test_a_server_that_says_nothing_of_what_it_gives_is_believed_by_its_empty_page() -> None:
    assert at_last(lambda ask: container()) == ([], None)


def test_a_page_that_holds_less_than_it_says_is_doubted() -> None:
    answers = iter([container(size=14, Metadata=FILMS[:10]), container(size=0)])

    assert at_last(lambda ask: next(answers)) == (ALL[:10], "the server announced 14 rows and gave 10")


def test_numbers_may_come_as_text() -> None:
    answers = iter([container(size="10", totalSize="12", Metadata=FILMS[:10]), container(size="0", totalSize="12")])

    assert at_last(lambda ask: next(answers)) == (ALL[:10], "the server announced 12 rows and gave 10")


def test_one_child_may_come_as_an_object_instead_of_a_list() -> None:
    answers = iter([data("shows"), container(size=0)])
    shows = listing("shows.2")

    assert ids(walked(shows, lambda ask: next(answers))) == ["200"]


def test_what_clients_show_beside_a_listing_is_no_row_of_it() -> None:
    answers = iter([data("seasons"), container(size=0)])
    seasons = listing("seasons.2")

    assert ids(walked(seasons, lambda ask: next(answers))) == ["205", "206"]
    assert seasons.doubt is None


def test_an_entry_without_an_id_is_handed_on_and_keeps_deletions_away() -> None:
    rows: list[dict[str, Any]] = [*movies(3), {"type": "movie", "title": "Nobody"}]

    assert at_last(pages(rows)) == (["0", "1", "2", None], "the server announced 4 rows and gave 3")


def test_a_page_of_entries_without_ids_ends_the_listing_in_doubt() -> None:
    nobody = {"type": "movie", "title": "Nobody"}
    answers = iter([container(Metadata=FILMS[:10]), container(Metadata=[nobody] * 3)])

    assert at_last(lambda ask: next(answers)) == (ALL[:10], "the listing ends at a page of entries without a ratingKey")


def test_an_entry_that_is_too_large_loses_what_no_row_is_made_of() -> None:
    roles = [{"tag": "x" * 1000}] * 400
    answers = iter([container(Metadata=[movies(1)[0] | {"Role": roles}]), container()])

    found = entries(walked(listing(), lambda ask: next(answers)))

    assert found == movies(1)


def test_slices_stay_within_their_bound() -> None:
    rows = [film | {"summary": "x" * 5000} for film in movies(250)]

    slices = walked(listing(page_size=250), pages(rows))

    assert len(slices) > 1
    assert all(len(body) <= limits.SLICE_BYTES for body in slices)
    assert entries(slices) == rows


def test_half_a_character_in_one_entry_costs_no_other() -> None:
    answers = iter([b'{"MediaContainer":{"Metadata":[{"ratingKey":"1","title":"\\ud800A"},{"ratingKey":"2"}]}}', container()])

    assert ids(walked(listing(), lambda ask: next(answers))) == ["1", "2"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "the server gave no answer: it sent nothing instead of a page of the listing"),
        (b" \n", "the server gave no answer: it sent nothing instead of a page of the listing"),
        (
            b"<!DOCTYPE html><html><body>Hello</body></html>",
            "the server sent a web page instead of a page of the listing: is the",
        ),
        (
            b'<?xml version="1.0"?><MediaContainer size="0"/>',
            "the server sent XML instead of a page of the listing, although JSON",
        ),
        (b'\xef\xbb\xbf<?xml version="1.0"?><MediaContainer/>', "the server sent XML instead of a page of the listing"),
        (b'<MediaContainer size="0"/>', "the server sent XML instead of a page of the listing"),
        (b"Hello", "the server sent text instead of a page of the listing"),
        (b"[]", "the server sent JSON of another shape instead of a page of the listing"),
        (b"null", "the server sent JSON of another shape instead of a page of the listing"),
        (b"{}", "the server sent an object without a MediaContainer instead of a page of the listing"),
        (b'{"MediaContainer":[]}', "the server sent an object without a MediaContainer instead of a page of the listing"),
        (b'{"MediaContainer":null}', "the server sent an object without a MediaContainer instead of a page of the listing"),
        (b'{"errors":[{"code":1}]}', "the server sent an object without a MediaContainer instead of a page of the listing"),
        (
            data("root_legacy"),
            "this Plex Media Server is too old (its answers have no MediaContainer): update it to 1.20 or newer",
        ),
    ],
)
def test_what_is_no_container_ends_the_step_in_words(body: bytes, words: str) -> None:
    with pytest.raises(UnexpectedAnswer) as caught:
        walked(listing(), lambda ask: body)

    assert caught.value.text.startswith(words)


@pytest.mark.parametrize("error", [SourceFailing("the server failed with status 500"), RequestRejected("status 404")])
@pytest.mark.parametrize("step", ["movies.1", "libraries"])
def test_a_page_that_fails_for_good_fails_the_step(step: str, error: SourceFailing | RequestRejected) -> None:
    found = walk(step, Session(), 10)

    assert found is not None
    assert found.failed(error) is None


def test_after_a_failed_try_the_same_page_is_asked_for_again() -> None:
    films = listing()
    films.take(container(Metadata=FILMS[:10]))
    before = films.ask()

    with pytest.raises(UnexpectedAnswer):
        films.take(b"<html>")

    assert films.ask() == before
