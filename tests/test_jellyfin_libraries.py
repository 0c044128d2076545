"""The walk through the user's views, which are the libraries."""

import pytest

from actors.sources.ask import Ask
from actors.sources.jellyfin import read, walk
from contracts.errors import NotPermitted, PlaybillError, RequestRejected, SourceFailing
from tests.jellyfin_room import SESSION, Answer, encoded, entries, fixture, params, result, walked


def test_the_libraries_are_one_answer() -> None:
    through = walk("libraries", SESSION, 10)

    asks, slices, _ = walked(through, lambda ask: encoded(fixture("views.json")))

    assert [(ask.path, params(ask)) for ask in asks] == [("UserViews", {"userId": SESSION.user_id})]
    assert len(read("libraries", slices[0], ()).libraries) == 10
    assert through.doubt is None
    assert through.rows_expected == 10


def test_an_older_server_is_asked_for_its_libraries_where_it_has_them() -> None:
    def answer(ask: Ask) -> Answer:
        return RequestRejected("404") if ask.path == "UserViews" else encoded(fixture("views.json"))

    asks, slices, error = walked(walk("libraries", SESSION, 10), answer)

    assert error is None
    assert [ask.path for ask in asks] == ["UserViews", f"Users/{SESSION.user_id}/Views"]
    assert len(entries(slices)) == 10


@pytest.mark.parametrize("error", [RequestRejected("404"), NotPermitted("no", is_unauthorized=True), SourceFailing("500")])
def test_libraries_that_cannot_be_had_fail_the_step(error: PlaybillError) -> None:
    _, slices, found = walked(walk("libraries", SESSION, 10), lambda ask: error)

    assert found is error
    assert slices == []


def test_a_library_that_comes_twice_is_kept_once() -> None:
    views = fixture("views.json")["Items"][:2]
    dashed = {**views[0], "Id": "A0000000-0000-0000-0000-000000000001"}

    _, slices, _ = walked(walk("libraries", SESSION, 10), lambda ask: result([*views, dashed]))

    assert [entry["Name"] for entry in entries(slices)] == ["Films", "Serien"]


def test_fewer_libraries_than_announced_are_a_doubt() -> None:
    through = walk("libraries", SESSION, 10)

    walked(through, lambda ask: result(fixture("views.json")["Items"][:2], 5))

    assert through.doubt == "the server announced 5 libraries and gave 2"
