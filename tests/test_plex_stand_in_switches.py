"""The stand-in Plex server's switches over plain HTTP: each does what it says."""

import json
import xml.etree.ElementTree as ET
from typing import Any

import pytest

from actors.demo import Hold, PlexServer, PlexSwitches
from actors.demo.__main__ import KINDS, switch
from tests.plex_room import CONTINUE, FILMS, SIZE, START, TOTAL, TOTAL_FILMS, Reply, ask, film_ids, page

pytest_plugins = ["tests.plex_fixtures"]


# --- Pages that lie ---


def test_the_total_can_be_missing_or_wrong(plex: PlexServer) -> None:
    plex.set(no_total_size=True)
    missing = page(plex, FILMS, 0, 10)
    plex.set(wrong_total=300)
    wrong = page(plex, FILMS, 0, 10)

    assert "totalSize" not in missing.container
    assert TOTAL not in missing.headers
    assert (wrong.container["totalSize"], wrong.headers[TOTAL], len(wrong.ids)) == (300, "300", 10)


def test_paging_can_be_ignored_and_pages_can_repeat(plex: PlexServer) -> None:
    plex.set(ignore_paging=True)
    everything = page(plex, FILMS, 50, 10)
    plex.set(repeat_pages=True)
    again = page(plex, FILMS, 50, 10)

    assert (everything.ids, "totalSize" in everything.container) == (film_ids(plex), False)
    assert (again.ids, again.container["offset"]) == (film_ids(plex)[:10], 50)


@pytest.mark.parametrize(("more", "served"), [(3, 13), (-4, 6)])
def test_a_page_can_hold_more_or_fewer_rows_than_asked(plex: PlexServer, more: int, served: int) -> None:
    plex.set(rows_more=more)

    assert page(plex, FILMS, 20, 10).ids == film_ids(plex)[20 : 20 + served]


def test_items_can_vanish_while_a_listing_is_read(plex: PlexServer) -> None:
    plex.set("movies", shrink_after_page=2, shrink_by=7)
    pages = [page(plex, FILMS, start, 50) for start in range(0, 250, 50)]
    seen = [key for answer in pages for key in answer.ids]

    assert [answer.container["totalSize"] for answer in pages] == [221, 221, 214, 214, 214]
    assert film_ids(plex)[100:107] == [key for key in film_ids(plex) if key not in seen]


def test_a_listing_can_be_empty_without_a_reason(plex: PlexServer) -> None:
    plex.set("movies.1", empty_200=True)
    empty = page(plex, FILMS, 0, 50)
    plex.set("movies.1", empty_200=True, wrong_total=TOTAL_FILMS)

    assert (empty.status, empty.container) == (200, {"size": 0})
    assert page(plex, FILMS, 0, 50).container == {"size": 0, "totalSize": TOTAL_FILMS, "offset": 0}
    assert len(ask(plex, "/library/sections/2/all?type=1").ids) == 26


def test_a_listing_can_shrink_hold_bad_rows_or_the_same_twice(plex: PlexServer) -> None:
    plex.set(keep_share=0.5)
    half = page(plex, FILMS, 0, 200)
    plex.set(bad_entry_every=5)
    bad = page(plex, FILMS, 0, 50)
    plex.set(duplicate_every=10)
    twice = page(plex, FILMS, 0, 20)

    assert (len(half.ids), half.container["totalSize"]) == (110, 110)
    assert sum(not isinstance(row, dict) or not isinstance(row.get("ratingKey"), str) for row in bad.rows) == 10
    assert len(twice.ids) == 22
    assert len(set(twice.ids)) == 20


def test_a_list_of_one_can_be_that_one_alone_and_guids_can_be_missing(plex: PlexServer) -> None:
    plex.set(lone_object=True)
    lone = page(plex, FILMS, 0, 1).container["Metadata"]
    plex.set(no_guids=True)
    rows = page(plex, FILMS + "&includeGuids=1", 0, 50).rows

    assert lone["ratingKey"] == film_ids(plex)[0]
    assert not any("Guid" in row for row in rows)


# --- Answers that are none ---


def test_an_old_server_speaks_old_json(plex: PlexServer) -> None:
    plex.set(legacy_children=True)
    document = json.loads(page(plex, FILMS, 0, 3).body)

    assert (document["_elementType"], "MediaContainer" in document) == ("MediaContainer", False)
    assert [child["_elementType"] for child in document["_children"]] == ["Video"] * 3
    assert document["_children"][0]["_children"]


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 502, 503])
def test_a_status_brings_the_page_that_goes_with_it(plex: PlexServer, status: int) -> None:
    plex.set("movies", status=status, retry_after="3", first_requests=1)
    first, second = ask(plex, FILMS), ask(plex, FILMS)

    assert (first.status, first.headers["Retry-After"], second.status) == (status, "3", 200)
    assert f"<h1>{status} ".encode() in first.body


def test_a_status_can_bring_another_text(plex: PlexServer) -> None:
    plex.set(status=502, body_text="upstream is gone")

    assert (ask(plex, FILMS).status, ask(plex, FILMS).body) == (502, b"upstream is gone")


def test_a_page_in_the_middle_can_be_the_one_that_fails(plex: PlexServer) -> None:
    plex.set("movies", status=500, skip_requests=2, first_requests=1)

    assert [page(plex, FILMS, start, 50).status for start in range(0, 200, 50)] == [200, 200, 500, 200]


@pytest.mark.parametrize("retry_after", [None, "20"])
def test_a_server_can_be_migrating(plex: PlexServer, retry_after: str | None) -> None:
    plex.set(migrating=True, retry_after=retry_after)
    answer = ask(plex, "/")

    assert (answer.status, answer.headers.get("Retry-After")) == (503, retry_after)
    assert ET.fromstring(answer.body).attrib["status"].endswith("running database migrations.")


@pytest.mark.parametrize(("switches", "body"), [({"html_200": True}, b"<html>"), ({"body_text": "null"}, b"null")])
def test_a_page_or_a_text_can_stand_where_json_is_due(plex: PlexServer, switches: dict[str, Any], body: bytes) -> None:
    plex.set(**switches)
    answer = ask(plex, FILMS)

    assert (answer.status, answer.body[: len(body)]) == (200, body)


def test_the_switches_of_the_wire_work_here_too(plex: PlexServer) -> None:
    plex.set("libraries", gzip="always", framing="chunked")
    coded = ask(plex, "/library/sections")
    hold = Hold()
    hold.release()
    plex.set("libraries", hold=hold, drip_bytes_per_s=1_000_000, first_byte_delay_s=0.01)

    assert coded.headers["Content-Encoding"] == "gzip"
    assert coded.body[:2] == b"\x1f\x8b"
    assert len(ask(plex, "/library/sections").container["Directory"]) == 5


def test_the_record_shows_what_was_asked_without_the_token(plex: PlexServer) -> None:
    answer: Reply = page(plex, f"{FILMS}&X-Plex-Token={plex.token}", 10, 5)
    record = plex.served[-1]

    assert (record.method, record.path, record.action, record.status) == ("GET", "/library/sections/1/all", "movies.1", 200)
    assert record.query == {START: "10", SIZE: "5", "type": "1", "sort": "id"}
    assert list(record.ids) == answer.ids


def test_the_switches_can_be_given_by_hand() -> None:
    assert KINDS["plex"].switches is PlexSwitches
    assert switch("movies.1.wrong_total=300", "plex") == ("movies.1", "wrong_total", 300)
    assert switch("hub_fails=home.continue,movie.recentlyadded.1", "plex") == (
        *(None, "hub_fails"),
        (CONTINUE, "movie.recentlyadded.1"),
    )
