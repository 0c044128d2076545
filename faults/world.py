"""The servers that a faulty run syncs: how they are made, how a settings file reaches them, and what they truly have."""

from collections.abc import Mapping
from typing import Any, Final

from actors.demo import Catalogue, JellyfinServer, PlexServer, XtreamServer
from actors.demo.catalogue import LIVE, LIVE_CATEGORIES, MOVIE_CATEGORIES, MOVIES, SERIES, SERIES_CATEGORIES
from actors.demo.jellyfin_item import Item, View, digest
from actors.demo.jellyfin_library import JellyfinLibrary
from actors.demo.plex_library import PlexLibrary

Server = XtreamServer | PlexServer | JellyfinServer

USER: Final = "canary-user-3f7a"
PASSWORD: Final = "canary-pass-91c2"
TOKEN: Final = "canary-token-5d08"
_PLOT: Final = "A film that nobody has made, about people who never lived, told by somebody who was not there. "

ACTIONS: Final[Mapping[str, tuple[str, str, str]]] = {
    "channel_categories": (LIVE_CATEGORIES, "categories", "channel"),
    "channels": (LIVE, "items", "channel"),
    "movie_categories": (MOVIE_CATEGORIES, "categories", "movie"),
    "movies": (MOVIES, "items", "movie"),
    "series_categories": (SERIES_CATEGORIES, "categories", "show"),
    "series": (SERIES, "items", "show"),
}
"""Each listing of an Xtream account: the action that asks for it, the table it goes to, and the kind of its rows."""


def catalogue(films: int = 3_000, *, edition: str = "", skip: frozenset[int] = frozenset()) -> Catalogue:
    """So many films of some 1.2 kB, so that a slice holds under 400, and a tenth as many channels and series.

    `edition` is part of every title, so that another one changes every row; films in `skip` are left out.
    """
    tenth = films // 10
    return Catalogue(
        listings={
            LIVE_CATEGORIES: _categories(4),
            LIVE: [_entry("stream_id", n, f"Channel {n}{edition}", 4) for n in range(tenth)],
            MOVIE_CATEGORIES: _categories(9),
            MOVIES: [
                _entry("stream_id", n, f"Film {n}{edition}", 9) | {"plot": _PLOT * 11} for n in range(films) if n not in skip
            ],
            SERIES_CATEGORIES: _categories(4),
            SERIES: [_entry("series_id", n, f"Serial {n}{edition}", 4) for n in range(tenth)],
        }
    )


def _entry(id_field: str, number: int, title: str, categories: int) -> dict[str, Any]:
    return {"num": number, id_field: number, "name": title, "category_id": str(number % categories)}


def _categories(count: int) -> list[dict[str, object]]:
    return [{"category_id": str(n), "category_name": f"Category {n}", "parent_id": 0} for n in range(count)]


def provider(films: int = 3_000, **changes: Any) -> XtreamServer:
    """An Xtream account whose user and password occur nowhere else."""
    return XtreamServer(catalogue(films), username=USER, password=PASSWORD, **changes)


def small_plex(films: int = 60, *, episodes: int = 40) -> PlexLibrary:
    """Library 1 has the films, 2 one serial of a season; the first film stands in the middle of it."""
    library = PlexLibrary()
    section, serials = library.add_section("Films", "movie"), library.add_section("Serials", "show")
    added = [library.add(section, "movie", f"Film {number}", year=1920) for number in range(1, films + 1)]
    show = library.add(serials, "show", "Serial")
    season = library.add(serials, "season", "Season 1", parent=show, index=1)
    for number in range(1, episodes + 1):
        library.add(serials, "episode", f"Chapter {number}", parent=season, index=number)
    library.set_offset(added[0], 60_000)
    return library


def small_jellyfin(films: int = 60) -> JellyfinLibrary:
    """One library of films."""
    view = View(id=digest("view", "Films"), name="Films", collection_type="movies")
    return JellyfinLibrary((view,), [_film(view, f"Film {number}") for number in range(1, films + 1)])


def _film(view: View, name: str) -> Item:
    created = "2024-01-01T12:00:00.0000000Z"
    return Item(
        id=digest("Movie", name),
        type="Movie",
        name=name,
        sort_name=name.lower(),
        view_id=view.id,
        date_created=created,
        date_last_saved=created,
        run_time_ticks=36_000_000_000,
    )


def plex(library: PlexLibrary) -> PlexServer:
    return PlexServer(library, token=TOKEN)


def jellyfin(library: JellyfinLibrary) -> JellyfinServer:
    return JellyfinServer(library, users={USER: PASSWORD})


FILMS_VIEW: Final = View(id=digest("view", "Films"), name="Films", collection_type="movies")
SHORTS_VIEW: Final = View(id=digest("view", "Shorts"), name="Shorts", collection_type="movies")


def films_of_jellyfin(films: int = 600, shorts: int = 3) -> JellyfinLibrary:
    """Two libraries of films, of which the first has more than a page; the first film stands in its middle."""
    items = [_film(FILMS_VIEW, f"Film {number}") for number in range(1, films + 1)]
    items += [_film(SHORTS_VIEW, f"Short {number}") for number in range(1, shorts + 1)]
    library = JellyfinLibrary((FILMS_VIEW, SHORTS_VIEW), items)
    library.set_position(items[0].id, 60, USER)
    return library


def access_to(server: Server, url: str) -> str:
    """The lines of playbill.toml by which a server is reached at a URL."""
    match server:
        case PlexServer():
            return f'kind = "plex"\nurl = "{url}"\ntoken = "{server.token}"'
        case JellyfinServer():
            return f'kind = "jellyfin"\nurl = "{url}"\nusername = "{USER}"\npassword = "{PASSWORD}"'
        case _:
            login = f'username = "{server.username}"\npassword = "{server.password}"'
            return f'kind = "xtream"\nurl = "{url}"\n{login}\nrequests_per_10_s = 1000'
