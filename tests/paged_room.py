"""Small media servers for tests: a Plex and a Jellyfin of a few films, the fetcher's way to them, and what is kept of them."""

from datetime import timedelta
from typing import Any, Final

import msgspec

from actors.demo import JellyfinServer, PlexServer
from actors.demo.jellyfin_item import Item, View, digest
from actors.demo.jellyfin_library import JellyfinLibrary
from actors.demo.plex_library import PlexLibrary
from actors.fetcher.actor import Fetcher
from actors.fetcher.config import FetcherSource
from actors.sources.ask import Credentials
from contracts.catalog import Part, SourceKind
from contracts.messages import FetchPage, StepProgress, SyncProgress
from tests.fetcher_room import NOW, command, source
from tests.playbill_room import Running

FILMS: Final = 25
PAGE: Final = 10
PLEX_TOKEN: Final = "canary-plex-token"
FILMS_VIEW: Final = View(id=digest("view", "Films"), name="Films", collection_type="movies")
SHORTS_VIEW: Final = View(id=digest("view", "Shorts"), name="Shorts", collection_type="movies")
SHOWS_VIEW: Final = View(id=digest("view", "Serials"), name="Serials", collection_type="tvshows")
JELLYFIN_FILMS: Final = f"movies.{FILMS_VIEW.id}"
JELLYFIN_SHORTS: Final = f"movies.{SHORTS_VIEW.id}"


def small_plex(films: int = FILMS, *, title: str = "Film", chapters: int = 4) -> PlexLibrary:
    """Library 1 has the films, 2 one serial of a season; the first film stands in the middle of it."""
    library = PlexLibrary()
    section, serials = library.add_section("Films", "movie"), library.add_section("Serials", "show")
    added = [library.add(section, "movie", f"{title} {number}", year=1920) for number in range(1, films + 1)]
    show = library.add(serials, "show", f"{title} Serial")
    season = library.add(serials, "season", "Season 1", parent=show, index=1)
    for number in range(1, chapters + 1):
        library.add(serials, "episode", f"{title} Chapter {number}", parent=season, index=number)
    if added:
        library.set_offset(added[0], 60_000)
    return library


def small_jellyfin(films: int = FILMS, *, title: str = "Film", shorts: int = 3) -> JellyfinLibrary:
    """Two libraries of films; the first film stands in the middle of it."""
    items = [_film(FILMS_VIEW, f"{title} {number}") for number in range(1, films + 1)]
    items += [_film(SHORTS_VIEW, f"{title} Short {number}") for number in range(1, shorts + 1)]
    library = JellyfinLibrary((FILMS_VIEW, SHORTS_VIEW), items)
    if items:
        library.set_position(items[0].id, 60, at=NOW - timedelta(days=1))
    return library


def _film(view: View, name: str) -> Item:
    created = "2024-01-01T12:00:00.0000000Z"
    ticks = 36_000_000_000
    return Item(
        id=digest("Movie", name),
        type="Movie",
        name=name,
        sort_name=name.lower(),
        view_id=view.id,
        date_created=created,
        date_last_saved=created,
        run_time_ticks=ticks,
    )


def plex_source(server: PlexServer, **changes: Any) -> FetcherSource:
    fields = {"credentials": Credentials(token=server.token, client_id="canary-client"), "page_size": PAGE, **changes}
    return source(server.port, kind=SourceKind.PLEX, **fields)


def jellyfin_source(server: JellyfinServer, *, password: str = "demo", **changes: Any) -> FetcherSource:
    credentials = Credentials(username="demo", password=password, client_id="canary-client")
    return source(server.port, kind=SourceKind.JELLYFIN, **{"credentials": credentials, "page_size": PAGE, **changes})


def asked(configured: FetcherSource, step: str, **changes: Any) -> FetchPage:
    """The command for a step of this source."""
    part = Part.HOME if step == "home" else Part.CATALOGUE
    return command(step, source_kind=configured.kind, part=part, **changes)


class Clock:
    """Stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> Any:
        return self.now


def fetcher_at(configured: FetcherSource, clock: Clock) -> Fetcher:
    return Fetcher({"iptv": configured}, clock=clock)


class Section(msgspec.Struct, frozen=True):
    """A home section as the file has it."""

    identifier: str
    title: str
    is_stale: bool
    items: tuple[str, ...] = ()
    """Remote ids in order."""


def home_page(running: Running, source_id: str) -> list[Section]:
    """The sections of a home page in their order."""
    sections = "SELECT id, hub_identifier, title, is_stale FROM home_sections WHERE source_id = ? ORDER BY position"
    items = (
        "SELECT remote_id FROM home_section_items AS places JOIN items ON items.id = media_item_id"
        " WHERE section_id = ? ORDER BY places.position"
    )
    return [
        Section(identifier, title, bool(is_stale), tuple(row[0] for row in running.rows(items, section_id)))
        for section_id, identifier, title, is_stale in running.rows(sections, source_id)
    ]


def titles(running: Running, source_id: str) -> dict[str, str]:
    """Every film that is listed, by its remote id."""
    sql = "SELECT remote_id, title FROM items WHERE source_id = ? AND kind = 'movie' AND NOT is_stub AND missing_since IS NULL"
    return dict(running.rows(sql, source_id))


def step_of(progress: SyncProgress, name: str) -> StepProgress:
    return next(step for step in progress.steps if step.step == name)
