"""The stand-in Plex server's hubs over plain HTTP, good ones and ones that lie or fail."""

from typing import Any

import pytest

from actors.demo import PlexServer
from tests.plex_room import CONTINUE, ask, film_ids, hub_items, page

pytest_plugins = ["tests.plex_fixtures"]


def test_the_promoted_hubs_are_the_home_page(plex: PlexServer) -> None:
    hubs = ask(plex, "/hubs/promoted?count=5").container["Hub"]
    names = [hub["hubIdentifier"].rpartition(".")[0] for hub in hubs]

    assert names == [
        *("home", "movie.recentlyadded", "movie.recentlyadded", "tv.recentlyadded", "music.recent.added"),
        *("custom.collection.1", "custom.collection.1", "movie.recentlyreleased", "movie.genre.1"),
    ]
    assert all(hub["size"] == len(hub.get("Metadata", [])) <= 5 for hub in hubs)
    assert [hub["title"] for hub in hubs if not hub["size"]] == ["Nothing Yet"]
    assert all(hub["hubKey"].count(",") == hub["size"] - 1 for hub in hubs if hub["size"])


def test_every_hub_leads_to_all_it_has_in_pages(plex: PlexServer) -> None:
    for hub in ask(plex, "/hubs/promoted?count=3").container["Hub"]:
        everything = hub_items(plex, hub["key"]).ids
        shown = [row["ratingKey"] for row in hub.get("Metadata", [])]
        assert everything[: len(shown)] == shown
        assert hub["more"] is (len(everything) > len(shown))
    recent = page(plex, "/hubs/home/recentlyAdded?type=1", 10, 10)

    assert (recent.container["size"], recent.container["offset"]) == (10, 10)


def test_recommendations_come_and_go(plex: PlexServer) -> None:
    def names() -> set[str]:
        return {hub["hubIdentifier"] for hub in ask(plex, "/hubs/promoted").container["Hub"]}

    before = names()
    plex.library.rotation += 1
    key = plex.library.add_collection("1", "For a rainy day", film_ids(plex)[:3])
    after = names()
    plex.library.remove_collection(key)
    plex.library.rotation -= 1

    assert {name.rpartition(".")[0] for name in before - after} == {"movie.genre.1"}
    assert after - before > {f"custom.collection.1.{key}"}
    assert names() == before


def test_a_hidden_library_has_no_row_on_the_home_page(plex: PlexServer) -> None:
    plex.library.change_section("2", hidden=1)
    names = [hub["hubIdentifier"] for hub in ask(plex, "/hubs/promoted").container["Hub"]]

    assert "movie.recentlyadded.1" in names
    assert "movie.recentlyadded.2" not in names


def test_a_hub_can_fail_alone(plex: PlexServer) -> None:
    plex.set(hub_fails=(CONTINUE,))
    hubs = ask(plex, "/hubs/promoted")

    assert (hubs.hub(CONTINUE)["size"], "Metadata" in hubs.hub(CONTINUE)) == (3, False)
    assert hub_items(plex, hubs.hub(CONTINUE)["key"]).status == 500
    assert hub_items(plex, hubs.hub("movie.recentlyadded.1")["key"]).status == 200


def test_a_hubs_own_address_has_switches_by_its_identifier(plex: PlexServer) -> None:
    plex.set(f"hub.{CONTINUE}", status=503)

    assert ask(plex, "/hubs/home/continueWatching").status == 503
    assert ask(plex, "/hubs/promoted").status == 200


@pytest.mark.parametrize(
    ("switches", "said"),
    [
        ({"hub_broken": (CONTINUE,)}, {"Metadata": "nothing that can be read"}),
        ({"hub_more": True}, {"more": True}),
        ({"hub_size": 40}, {"size": 40}),
    ],
)
def test_hubs_can_lie(plex: PlexServer, switches: dict[str, Any], said: dict[str, Any]) -> None:
    right = ask(plex, "/hubs").hub(CONTINUE)
    plex.set("hubs", **switches)
    wrong = ask(plex, "/hubs").hub(CONTINUE)

    assert {name: value for name, value in wrong.items() if right.get(name) != value} == said


def test_a_hub_can_be_gone_or_show_an_item_twice(plex: PlexServer) -> None:
    plex.set(hubs_gone=("home.playlists",), hub_duplicate=True)
    hubs = ask(plex, "/hubs").container["Hub"]

    assert "home.playlists" not in [hub["hubIdentifier"] for hub in hubs]
    shown = [row["ratingKey"] for row in hubs[0]["Metadata"]]
    assert shown[0] == shown[1]
    assert len(shown) == hubs[0]["size"] + 1
