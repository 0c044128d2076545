"""Which libraries a sync reads, under which names, and that servers with the same ids never meet."""

from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from actors.demo import JellyfinServer, PlexServer
from actors.demo.jellyfin_item import Item
from actors.demo.jellyfin_library import JellyfinLibrary
from contracts.catalog import ItemKind, Mode, Part, StepStatus, SyncStatus
from tests.paged_room import FILMS, FILMS_VIEW, JELLYFIN_FILMS, home_page, small_jellyfin, small_plex, step_of, titles
from tests.playbill_room import Running, access_to, playbill

ONLY: Final = [Part.CATALOGUE]

pytestmark = pytest.mark.timeout(180)


def steps_of(progress: Any) -> list[str]:
    return [step.step for step in progress.steps]


async def test_only_the_libraries_that_were_named_are_read(tmp_path: Path) -> None:
    with PlexServer(small_plex()) as plex, JellyfinServer(small_jellyfin()) as jellyfin:
        async with playbill(tmp_path, {}, servers={"plex": plex, "jelly": jellyfin}) as running:
            by_title = await running.sync("plex", mode=Mode.FULL, libraries=["fILMS"])
            assert (by_title.status, steps_of(by_title)) == (SyncStatus.COMPLETED, ["account", "libraries", "movies.1"])
            by_id = await running.sync("plex", mode=Mode.FULL, libraries=["2"])
            assert steps_of(by_id) == ["account", "libraries", "shows.2", "seasons.2", "episodes.2"]
            both = await running.sync("plex", mode=Mode.FULL, libraries=["2", "Films"])
            assert (both.movies_synced, both.episodes_synced) == (FILMS, 4)

            unknown = await running.sync("plex", mode=Mode.FULL, libraries=["Films", "Filmz"])
            assert (unknown.status, unknown.movies_synced) == (SyncStatus.PARTIAL, FILMS)
            assert [error.text for error in unknown.errors] == ["there is no library 'Filmz'; there is Films, Serials"]
            nothing = await running.sync("plex", mode=Mode.FULL, libraries=["Filmz"])
            assert (nothing.status, steps_of(nothing)) == (SyncStatus.PARTIAL, ["account", "libraries"])

            of_jellyfin = await running.sync("jelly", mode=Mode.FULL, libraries=[FILMS_VIEW.id])
            assert steps_of(of_jellyfin) == ["account", "libraries", JELLYFIN_FILMS]
            with_home = await running.sync("jelly", mode=Mode.FULL, libraries=["films"], parts=[Part.CATALOGUE, Part.HOME])
            assert steps_of(with_home) == ["account", "home", "libraries", JELLYFIN_FILMS]
            assert with_home.home_sections_synced


async def test_music_is_read_where_it_is_switched_on_and_stays_when_it_is_switched_off(tmp_path: Path) -> None:
    library = small_plex(3)
    music = library.add_section("Music", "artist")
    artist = library.add(music, "artist", "A Band")
    album = library.add(music, "album", "An Album", parent=artist)
    library.add(music, "track", "A Track", parent=album, index=1)
    kinds = (
        "SELECT kind, count(*) FROM items WHERE NOT is_stub AND kind IN ('artist', 'album', 'track') AND source_id = ?"
        " GROUP BY 1 ORDER BY 1"
    )
    all_of_it = [("album", 1), ("artist", 1), ("track", 1)]
    listings = [f"{plural}.{music}" for plural in ("artists", "albums", "tracks")]
    with PlexServer(library) as plex:
        loud = {"quiet": access_to(plex), "loud": f"{access_to(plex)}\nmusic = true"}
        async with playbill(tmp_path, {}, servers=loud) as running:
            off, on = await running.sync("quiet", mode=Mode.FULL), await running.sync("loud", mode=Mode.FULL)
            assert (off.status, running.rows(kinds, "quiet")) == (SyncStatus.COMPLETED, [])
            assert not set(listings) & set(steps_of(off))
            assert (on.status, running.rows(kinds, "loud")) == (SyncStatus.COMPLETED, all_of_it)
            assert steps_of(on)[-3:] == listings
        async with playbill(tmp_path, {}, servers={"loud": plex}) as running:
            again = await running.sync("loud", mode=Mode.FULL)
            assert (again.status, again.counts.changed) == (SyncStatus.COMPLETED, 0)
            assert not set(listings) & set(steps_of(again))
            assert running.rows(kinds, "loud") == all_of_it


def with_plex_ids(library: JellyfinLibrary) -> JellyfinLibrary:
    """The same films under the ids that a Plex server counts up."""
    renamed: list[Item] = [
        msgspec.structs.replace(item, id=str(101 + place), name=f"Jelly {place + 1}")
        for place, item in enumerate(library.items("Movie"))
    ]
    other = JellyfinLibrary(library.views, renamed)
    other.set_position(renamed[0].id, 60)
    return other


async def test_servers_with_the_same_ids_never_meet(tmp_path: Path) -> None:
    one, two, three = small_plex(title="One"), small_plex(title="Two"), with_plex_ids(small_jellyfin())
    with PlexServer(one) as first, PlexServer(two) as second, JellyfinServer(three) as jellyfin:
        servers: dict[str, PlexServer | JellyfinServer | str] = {"one": first, "two": second, "jelly": jellyfin}
        async with playbill(tmp_path, {}, servers=servers) as running:
            for source_id in servers:
                assert (await running.sync(source_id)).status is SyncStatus.COMPLETED
            films = {source_id: titles(running, source_id) for source_id in servers}

            assert films["one"].keys() == films["two"].keys()
            assert len(set(films["one"]) & set(films["jelly"])) == FILMS
            for source_id, word in (("one", "One "), ("two", "Two "), ("jelly", "Jelly ")):
                assert all(title.startswith(word) for title in films[source_id].values())
                check_shown(running, source_id, word)
            two.change("101", title="Two Changed")
            changed = await running.sync("two", mode=Mode.FULL)
            assert (changed.counts.new, changed.counts.changed) == (0, 1)
            assert (titles(running, "one"), titles(running, "jelly")) == (films["one"], films["jelly"])
            assert titles(running, "two") == {**films["two"], "101": "Two Changed"}


def check_shown(running: Running, source_id: str, word: str) -> None:
    """Its home page shows its own items, its episodes have its own shows."""
    shown = running.rows(
        "SELECT items.source_id, items.title FROM home_section_items AS places"
        " JOIN home_sections AS sections ON sections.id = section_id JOIN items ON items.id = media_item_id"
        " WHERE sections.source_id = ? AND kind = 'movie'",
        source_id,
    )
    assert shown
    assert all(source == source_id and title.startswith(word) for source, title in shown)
    strangers = (
        "SELECT 1 FROM items JOIN items AS parents ON parents.id = items.parent_id WHERE items.source_id <> parents.source_id"
    )
    assert running.rows(strangers) == []
    assert home_page(running, source_id)


async def test_an_api_key_and_a_user_bring_what_the_user_sees(tmp_path: Path) -> None:
    library = small_jellyfin()
    film = library.items("Movie")[4]
    library.mark_played(film.id, "guest")
    with JellyfinServer(library, users={"demo": "demo", "guest": "g"}, api_key="canary-api-key") as jellyfin:
        way = f'kind = "jellyfin"\nurl = "{jellyfin.url}"\napi_key = "canary-api-key"\nuser = "Guest"'
        async with playbill(tmp_path, {}, servers={"jelly": way}) as running:
            ended = await running.sync("jelly", mode=Mode.FULL)
            again = await running.sync("jelly", mode=Mode.FULL)

            assert (ended.status, ended.movies_synced) == (SyncStatus.COMPLETED, FILMS + 3)
            assert ended.home_sections_synced
            assert running.rows("SELECT remote_id, view_count FROM items WHERE view_count > 0") == [(film.id, 1)]
            assert [served.action for served in jellyfin.served].count("users") == 1
            assert not any(served.action == "login" for served in jellyfin.served)
            assert (again.counts.changed, step_of(again, "home").status) == (0, StepStatus.COMPLETED)
            assert {row[0] for row in running.rows("SELECT DISTINCT kind FROM items")} == {ItemKind.MOVIE, ItemKind.FOLDER}
