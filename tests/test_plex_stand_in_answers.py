"""The stand-in Plex server's good answers over plain HTTP: pages, both encodings, errors, watches and changes."""

import xml.etree.ElementTree as ET

import pytest

from actors.demo import PlexServer
from tests.plex_room import FILMS, SIZE, START, TOTAL, TOTAL_FILMS, ask, film_ids, page

pytest_plugins = ["tests.plex_fixtures"]


def test_a_part_says_the_total_and_its_place_and_the_whole_says_neither(plex: PlexServer) -> None:
    part, whole = page(plex, FILMS, 50, 25), ask(plex, FILMS)

    assert part.ids == film_ids(plex)[50:75]
    assert {name: part.container[name] for name in ("size", "offset", "totalSize")} == {
        "size": 25,
        "offset": 50,
        "totalSize": TOTAL_FILMS,
    }
    assert (part.headers[START], part.headers[TOTAL]) == ("50", str(TOTAL_FILMS))
    assert (len(whole.ids), whole.container["size"]) == (TOTAL_FILMS, TOTAL_FILMS)
    assert "totalSize" not in whole.container
    assert "offset" not in whole.container
    assert TOTAL not in whole.headers


def test_a_part_can_be_asked_for_in_the_query_with_both_or_not_at_all(plex: PlexServer) -> None:
    both, size_alone = ask(plex, f"{FILMS}&{START}=10&{SIZE}=5"), ask(plex, f"{FILMS}&{SIZE}=5")

    assert both.ids == film_ids(plex)[10:15]
    assert len(size_alone.ids) == TOTAL_FILMS


def test_the_page_after_the_last_has_no_list_at_all(plex: PlexServer) -> None:
    container = page(plex, FILMS, 400, 50).container

    assert (container["size"], container["totalSize"], "Metadata" in container) == (0, TOTAL_FILMS, False)


def test_a_size_of_0_counts_and_so_does_a_head(plex: PlexServer) -> None:
    counted = page(plex, FILMS, 0, 0)
    head = ask(plex, FILMS, method="HEAD", **{START: "0", SIZE: "10"})

    assert (counted.container["totalSize"], counted.rows) == (TOTAL_FILMS, [])
    assert (head.status, head.headers[TOTAL], head.body) == (200, str(TOTAL_FILMS), b"")


def test_json_and_xml_say_the_same(plex: PlexServer) -> None:
    rows = page(plex, FILMS + "&includeGuids=1", 0, 20).rows
    body = ask(plex, FILMS + "&includeGuids=1", Accept="*/*", **{START: "0", SIZE: "20"})
    videos = ET.fromstring(body.body).findall("Video")

    assert body.headers["Content-Type"].startswith("text/xml")
    scalars = [{name: str(value) for name, value in row.items() if not isinstance(value, list)} for row in rows]
    assert [video.attrib for video in videos] == scalars
    assert [[guid.attrib["id"] for guid in video.findall("Guid")] for video in videos] == [
        [guid["id"] for guid in row.get("Guid", [])] for row in rows
    ]


def test_guids_come_only_when_asked_for_and_always_with_one_item(plex: PlexServer) -> None:
    key = film_ids(plex)[1]
    without, with_guids = page(plex, FILMS, 0, 50), page(plex, FILMS + "&includeGuids=1", 0, 50)

    assert not any("Guid" in row for row in without.rows)
    assert sum("Guid" in row for row in with_guids.rows) > 30
    assert "Guid" in ask(plex, f"/library/metadata/{key}").rows[0]


def test_the_small_library_has_the_oddities_of_real_ones(plex: PlexServer) -> None:
    films, shorts = ask(plex, FILMS).rows, ask(plex, "/library/sections/2/all?type=1").rows
    moon = [row["guid"] for row in films + shorts if row["title"] == "A Trip to the Moon"]

    assert {row["guid"].partition("://")[0] for row in films} > {"plex", "local", "com.plexapp.agents.imdb"}
    assert 0 < sum("updatedAt" not in row for row in films) < 30
    assert {type(row["audienceRating"]) for row in films} == {int, float}
    assert len(moon) == 2
    assert len(set(moon)) == 1


def test_the_identity_needs_no_token_and_everything_else_does(plex: PlexServer) -> None:
    identity, refused = ask(plex, "/identity", token=""), ask(plex, "/library/sections", token="wrong")
    in_query = ask(plex, f"/library/sections?X-Plex-Token={plex.token}", token=plex.token)

    assert identity.container["machineIdentifier"] == plex.library.machine_identifier
    assert (refused.status, refused.headers["Content-Type"].split(";")[0]) == (401, "text/html")
    assert refused.headers["X-Plex-Protocol"] == "1.0"
    assert b"401 Unauthorized" in refused.body
    assert in_query.status == 200
    assert plex.token not in str(plex.served)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/library/metadata/999999", 404),
        ("/library/sections/99/all", 404),
        ("/library/sections/nonsense/all", 400),
        ("/library/sections/0/all", 400),
        ("/hubs/items?identifier=nobody", 404),
        ("/no/such/thing", 404),
        (FILMS + "&limit=0", 500),
        ("/library/sections/1/all?originallyAvailableAt%253E=-1y", 400),
    ],
)
def test_errors_are_html_whatever_is_accepted(plex: PlexServer, path: str, status: int) -> None:
    answer = ask(plex, path)

    assert (answer.status, answer.headers["Content-Type"].split(";")[0]) == (status, "text/html")
    assert answer.body.startswith(b"<html>")


def test_some_of_several_items_are_the_found_ones(plex: PlexServer) -> None:
    first, second = film_ids(plex)[:2]

    assert ask(plex, f"/library/metadata/{second},999999,{first}").ids == [second, first]


def test_the_children_of_a_show_have_a_row_for_all_episodes_beside_them(plex: PlexServer) -> None:
    show = str(plex.library.keys("3", "show")[0])
    container = ask(plex, f"/library/metadata/{show}/children").container

    assert [row["title"] for row in container["Directory"]] == ["All episodes"]
    assert {row["type"] for row in container["Metadata"]} == {"season"}


def test_filters_work_and_can_be_ignored(plex: PlexServer) -> None:
    dated = "/library/sections/1/all?type=1&year%3E=1925"
    filtered = ask(plex, dated)
    plex.set(ignore_filters=True)

    assert {row["year"] >= 1925 for row in filtered.rows} == {True}
    assert len(ask(plex, dated).ids) == TOTAL_FILMS


def test_what_was_watched_last_comes_first_if_so_asked(plex: PlexServer) -> None:
    key = film_ids(plex)[77]
    plex.library.mark_watched(key)
    first, *_ = page(plex, "/library/sections/1/all?type=1&sort=lastViewedAt:desc", 0, 5).rows

    assert (first["ratingKey"], first["viewCount"]) == (key, 1)


def test_a_mark_without_a_count_leaves_a_date_alone(plex: PlexServer) -> None:
    key = film_ids(plex)[5]
    plex.library.mark_watched(key, counted=False)
    (row,) = ask(plex, f"/library/metadata/{key}").rows

    assert "lastViewedAt" in row
    assert "viewCount" not in row


def test_content_moves_the_counter_of_its_library_alone_and_watching_moves_none(plex: PlexServer) -> None:
    def counters() -> list[int]:
        return [section["contentChangedAt"] for section in ask(plex, "/library/sections").container["Directory"]]

    before = counters()
    plex.library.mark_watched(film_ids(plex)[0])
    watched = counters()
    plex.library.change(film_ids(plex)[0], title="Another")
    changed = counters()

    assert watched == before
    assert changed[0] > max(before)
    assert changed[1:] == before[1:]


def test_a_picture_is_there_as_long_as_its_item(plex: PlexServer) -> None:
    (row,) = ask(plex, f"/library/metadata/{film_ids(plex)[0]}").rows
    picture = ask(plex, row["thumb"])
    plex.library.remove(row["ratingKey"])

    assert (picture.headers["Content-Type"], picture.body[:4]) == ("image/png", b"\x89PNG")
    assert ask(plex, row["thumb"]).status == 404
