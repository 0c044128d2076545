"""The way through a Plex home page: every hub an entry, filled up from its own key, and one that fails costs only itself."""

import json
from typing import Any

import pytest

from actors.sources.ask import Ask, Session
from actors.sources.plex import read, walk
from actors.sources.plex.home_walk import HomeWalk
from contracts import limits
from contracts.catalog import HomeSection
from contracts.errors import (
    AccountRejected,
    AnswerTooLarge,
    NotPermitted,
    PlaybillError,
    RequestRejected,
    SourceFailing,
    SourceTimeout,
    SourceUnreachable,
    UnexpectedAnswer,
)
from tests.plex_cases import Answer, bounds, container, data, entries, movies, pages, walked

NOT_FOUND = RequestRejected("the server refused the request with status 404")


def home(page_size: int = 10) -> HomeWalk:
    found = walk("home", Session(), page_size)
    assert isinstance(found, HomeWalk)
    return found


def hub(identifier: str = "home.movies.recent", **fields: Any) -> dict[str, Any]:
    return {"hubIdentifier": identifier, "title": "A hub", "type": "movie", "key": f"/hubs/of/{identifier}", **fields}


def server(*hubs: dict[str, Any], **keys: Answer) -> Answer:
    """Promoted hubs, and what the keys of some of them hold by the last part of their path."""

    def answer(ask: Ask) -> bytes | PlaybillError:
        if ask.path == "hubs/promoted":
            return container(size=len(hubs), Hub=list(hubs))
        return keys[ask.path.replace("/", ".").rpartition(".")[2]](ask)

    return answer


def sections(answer: Answer, page_size: int = 10) -> list[HomeSection]:
    return [section for body in walked(home(page_size), answer) for section in read("home", body, ()).sections]


def shown(section: HomeSection) -> list[str]:
    return [item.remote_id for item in section.items]


def test_the_promoted_hubs_are_asked_for_with_continue_watching() -> None:
    ask = home().ask()

    assert ask == Ask(path="hubs/promoted", params=(("count", "50"), ("excludeContinueWatching", "0")))


@pytest.mark.parametrize("path", ["hubs/promoted", "hubs"])
def test_a_page_that_is_too_large_comes_with_few_items_and_each_hub_is_asked_for_the_rest(path: str) -> None:
    asked: list[tuple[str, str]] = []

    def answers(ask: Ask) -> bytes | PlaybillError:
        if ask.path not in ("hubs/promoted", "hubs"):
            return pages(movies(12))(ask)
        count = dict(ask.params)["count"]
        asked.append((ask.path, count))
        if ask.path != path:
            return NOT_FOUND
        if int(count) > 5:
            return AnswerTooLarge("the answer is larger than 8 MiB")
        return container(size=1, Hub=[hub(size=5, more=True, Metadata=movies(5))])

    assert [len(shown(section)) for section in sections(answers)] == [12]
    assert asked[-2:] == [(path, "50"), (path, "5")]


def test_a_page_that_is_too_large_with_few_items_too_fails_the_step() -> None:
    found = home()
    too_large = AnswerTooLarge("the answer is larger than 8 MiB")

    assert (found.ask() is not None, found.failed(too_large)) == (True, [])
    assert found.failed(too_large) is None


@pytest.mark.parametrize(
    "answer",
    [
        NOT_FOUND,
        RequestRejected("the server refused the request with status 400"),
        NotPermitted("guests see none", is_unauthorized=False),
        container(size=0),
        b"<html>",
    ],
)
def test_all_hubs_are_asked_for_where_none_are_promoted(answer: bytes | PlaybillError) -> None:
    asked: list[str] = []

    def answers(ask: Ask) -> bytes | PlaybillError:
        asked.append(ask.path)
        return answer if ask.path == "hubs/promoted" else container(size=1, Hub=[hub(size=1, Metadata=movies(1))])

    assert [shown(section) for section in sections(answers)] == [["0"]]
    assert asked == ["hubs/promoted", "hubs"]


@pytest.mark.parametrize(
    "error",
    [
        SourceFailing("the server failed with status 503"),
        SourceTimeout("no answer"),
        AccountRejected("no"),
        NotPermitted("no", is_unauthorized=True),
    ],
)
def test_what_may_pass_is_no_reason_for_other_hubs(error: PlaybillError) -> None:
    with pytest.raises(type(error)):
        walked(home(), lambda ask: error)


def test_a_server_without_any_hubs_fails_the_step() -> None:
    with pytest.raises(RequestRejected):
        walked(home(), lambda ask: NOT_FOUND)


def test_a_home_page_without_hubs_is_no_slice() -> None:
    assert walked(home(), lambda ask: container(size=0)) == []


def test_hubs_that_are_announced_and_not_given_are_doubted() -> None:
    page = home()

    assert walked(page, lambda ask: container(size=14)) == []
    assert page.doubt == "the server announced 14 rows and gave nothing"


def test_a_whole_hub_needs_no_request_of_its_own() -> None:
    page = home()

    found = entries(walked(page, server(hub(size=3, more=False, Metadata=movies(3)))))

    assert len(found) == 1
    assert (page.doubt, page.rows_expected) == (None, 1)


def test_hubs_keep_their_order_and_their_place() -> None:
    names = ["a.1", "b.2", "c.3"]

    found = sections(
        server(*(hub(name, size=1, more=name == "b.2", Metadata=movies(1)) for name in names), **{"2": pages(movies(4))})
    )

    assert [(section.hub_identifier, section.position) for section in found] == [("a.1", 0), ("b.2", 1), ("c.3", 2)]


def test_a_hub_that_has_more_is_filled_up_behind_what_it_shows() -> None:
    rows = movies(25)

    found = sections(server(hub("x", size=2, more=True, Metadata=[rows[7], rows[3]]), x=pages(rows)))

    assert shown(found[0]) == ["7", "3", *(str(number) for number in range(25) if number not in (3, 7))]
    assert found[0].size == 25


def test_a_hub_whose_size_says_more_is_filled_up_too() -> None:
    found = sections(server(hub("x", size=2, totalSize=5, more=False, Metadata=movies(2)), x=pages(movies(5))))

    assert shown(found[0]) == ["0", "1", "2", "3", "4"]


def test_a_hub_without_its_items_is_filled_up_from_its_key() -> None:
    found = sections(server(hub("x", size=15, more=False), x=pages(movies(15))))

    assert len(found[0].items) == 15


def test_a_hub_is_filled_up_to_the_bound_and_no_further() -> None:
    asked: list[tuple[int, int]] = []

    def many(ask: Ask) -> bytes | PlaybillError:
        asked.append(bounds(ask))
        return pages(movies(1_000))(ask)

    found = sections(server(hub("x", size=50, more=True, Metadata=movies(50)), x=many), page_size=250)

    assert len(found[0].items) == limits.SECTION_ITEMS_MAX
    assert found[0].size == 1_000
    assert asked == [(0, 250), (250, 250)]


def test_a_short_page_does_not_end_a_hub_that_announces_more() -> None:
    found = sections(server(hub("x", size=2, more=True, Metadata=movies(2)), x=pages(movies(12), cap=5)))

    assert len(found[0].items) == 12


def test_a_hub_is_not_asked_for_an_empty_page() -> None:
    asked: list[tuple[int, int]] = []

    def few(ask: Ask) -> bytes | PlaybillError:
        asked.append(bounds(ask))
        return pages(movies(4))(ask)

    sections(server(hub("x", size=2, more=True, Metadata=movies(2)), x=few))

    assert asked == [(0, 10)]


def test_a_key_that_ignores_paging_is_asked_no_more_than_it_must() -> None:
    asked: list[tuple[int, int]] = []

    def everything(ask: Ask) -> bytes:
        asked.append(bounds(ask))
        return container(size=30, Metadata=movies(30))

    found = sections(server(hub("x", size=2, more=True, Metadata=movies(2)), x=everything))

    assert len(found[0].items) == 30
    assert len(asked) == 2


def test_a_key_that_answers_with_hubs_gives_the_items_of_its_own() -> None:
    other, own = hub("other", Metadata=movies(2, start=50)), hub("x", Metadata=movies(3))

    found = sections(server(hub("x", size=3, more=True), x=lambda ask: container(size=2, Hub=[other, own])))

    assert shown(found[0]) == ["0", "1", "2"]


def test_what_a_container_says_of_its_children_reaches_them() -> None:
    answer = container(size=1, librarySectionID=4, Metadata=movies(1))

    found = sections(server(hub("x", size=1, more=True), x=lambda ask: answer))

    assert found[0].items[0].library_remote_id == "4"


@pytest.mark.parametrize(
    "error",
    [
        NOT_FOUND,
        SourceFailing("the server failed with status 500"),
        SourceTimeout("no answer within 60 s"),
        NotPermitted("not for guests", is_unauthorized=False),
        SourceUnreachable("the connection broke"),
    ],
)
def test_a_hub_whose_key_fails_says_so_and_costs_only_itself(error: PlaybillError) -> None:
    others = [hub("a", size=1, Metadata=movies(1)), hub("b", size=1, Metadata=movies(1))]

    found = sections(server(others[0], hub("x", size=9, more=True, Metadata=movies(1)), others[1], x=lambda ask: error))

    assert [(section.hub_identifier, section.failure) for section in found] == [("a", None), ("x", error.text), ("b", None)]


def test_a_hub_whose_key_gives_a_web_page_says_so() -> None:
    found = sections(server(hub("x", size=9, more=True), x=lambda ask: b"<html>"))

    assert found[0].failure is not None
    assert found[0].failure.startswith("the server sent a web page instead of the items of a home section")


def test_a_hub_that_announces_items_and_gives_none_has_failed() -> None:
    found = sections(server(hub("x", size=14, more=False), x=lambda ask: container(size=0)))

    assert found[0].failure == "the server announced 14 rows and gave nothing"


def test_an_empty_hub_is_an_empty_section() -> None:
    found = sections(server(hub("x", size=0, more=False)))

    assert (found[0].items, found[0].failure, found[0].size) == ([], None, 0)


@pytest.mark.parametrize("error", [AccountRejected("no"), NotPermitted("no", is_unauthorized=True)])
def test_a_token_that_is_over_ends_the_step(error: PlaybillError) -> None:
    with pytest.raises(type(error)):
        walked(home(), server(hub("x", size=9, more=True), x=lambda ask: error))


def test_a_server_that_is_gone_is_not_asked_for_every_hub() -> None:
    asked: list[str] = []

    def gone(ask: Ask) -> PlaybillError:
        asked.append(ask.path)
        return SourceUnreachable("no connection")

    with pytest.raises(SourceUnreachable):
        walked(home(), server(*(hub(f"{number}.x", size=9, more=True) for number in range(20)), x=gone))
    assert len(asked) == 2


def test_one_identifier_for_two_hubs_is_two_sections() -> None:
    twins = [hub("tv.recentlyadded", title=title, size=1, Metadata=movies(1)) for title in ("In Serien", "In Kinderserien")]

    found = sections(server(*twins))

    assert [(section.hub_identifier, section.title, section.section_type) for section in found] == [
        ("tv.recentlyadded", "In Serien", "recently_added"),
        ("tv.recentlyadded#2", "In Kinderserien", "recently_added"),
    ]


def test_a_hub_without_an_identifier_goes_by_its_key() -> None:
    nameless = {"title": "A hub", "key": "/hubs/sections/1/recentlyAdded?type=1", "size": 1, "Metadata": movies(1)}

    assert [section.hub_identifier for section in sections(server(nameless))] == ["/hubs/sections/1/recentlyAdded"]


def test_hubs_beyond_the_bound_are_left() -> None:
    many = [hub(f"hub.{number}.x", size=0) for number in range(limits.SECTIONS_MAX + 50)]

    assert len(sections(server(*many))) == limits.SECTIONS_MAX


def test_a_hub_always_fits_one_slice() -> None:
    rows = [film | {"summary": "ä" * 4_000, "Media": ["x" * 9_000]} for film in movies(100)]

    slices = walked(home(), server(hub("x", size=100, Metadata=rows), hub("y", size=1, Metadata=movies(1))))
    kept = json.loads(slices[0])[0]["items"]

    assert all(len(body) <= limits.SLICE_BYTES for body in slices)
    assert 20 < len(kept) < 100
    assert [item["ratingKey"] for item in kept] == [str(number) for number in range(len(kept))]


def test_items_travel_with_what_a_row_is_made_of_and_nothing_else() -> None:
    page = walked(home(), lambda ask: data("hubs_promoted") if ask.path == "hubs/promoted" else container())

    assert b"Media" not in b"".join(page).replace(b"MediaContainer", b"")
    assert b"file" not in b"".join(page)


@pytest.mark.parametrize("broken", [[7, None, "x", []], {"a": 1}, "x", 7, None])
def test_hubs_that_are_none_cost_only_themselves(broken: Any) -> None:
    page = home()

    slices = walked(page, lambda ask: container(Hub=[*broken, hub("x", Metadata=movies(1))] if type(broken) is list else broken))

    found = [read("home", body, ()) for body in slices]
    assert [section.hub_identifier for one in found for section in one.sections] == (["x"] if type(broken) is list else [])


def test_a_refused_page_is_an_unexpected_answer_once_both_are_tried() -> None:
    with pytest.raises(UnexpectedAnswer):
        walked(home(), lambda ask: b"<html>")
