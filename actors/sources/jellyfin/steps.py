"""The steps of a Jellyfin sync, and those that its libraries become."""

from typing import Final

from msgspec import Struct

from actors.sources.ask import StepDefinition
from contracts.catalog import ACCOUNT_STEP, WATCHED, ItemKind, Library, Part
from contracts.errors import BadRequest

HOME: Final = "home"
LIBRARIES: Final = "libraries"

libraries: Final[tuple[tuple[str, str, ItemKind], ...]] = ()
"""None is known beforehand."""

steps: Final = (
    StepDefinition(step=ACCOUNT_STEP, title="Account", weight=0),
    StepDefinition(step=HOME, title="Home sections", part=Part.HOME),
    StepDefinition(step=LIBRARIES, title="Libraries", reveals=True),
)


class Plural(Struct, frozen=True, kw_only=True):
    """What a listing of a library is called, asks for and gives."""

    kind: ItemKind
    types: str
    """Jellyfin's `IncludeItemTypes`."""
    is_of_watching: bool = False
    """Whether only what the user has watched of them is wanted."""


PLURALS: Final[dict[str, Plural]] = {
    "movies": Plural(kind=ItemKind.MOVIE, types="Movie"),
    "videos": Plural(kind=ItemKind.MOVIE, types="Movie,Video,MusicVideo"),
    "shows": Plural(kind=ItemKind.SHOW, types="Series"),
    "seasons": Plural(kind=ItemKind.SEASON, types="Season"),
    "episodes": Plural(kind=ItemKind.EPISODE, types="Episode"),
    "artists": Plural(kind=ItemKind.ARTIST, types="MusicArtist"),
    "albums": Plural(kind=ItemKind.ALBUM, types="MusicAlbum"),
    "tracks": Plural(kind=ItemKind.TRACK, types="Audio"),
    "channels": Plural(kind=ItemKind.CHANNEL, types=""),
    f"{WATCHED}movies": Plural(kind=ItemKind.MOVIE, types="Movie", is_of_watching=True),
    f"{WATCHED}videos": Plural(kind=ItemKind.MOVIE, types="Movie,Video,MusicVideo", is_of_watching=True),
    f"{WATCHED}episodes": Plural(kind=ItemKind.EPISODE, types="Episode", is_of_watching=True),
}
"""`videos` are the films of a library of home or music videos: a step's name is all that is known when it is asked for."""

_PLURAL_OF: Final = {plural.kind: name for name, plural in PLURALS.items() if name != "videos" and not plural.is_of_watching}
_WATCHED: Final = (ItemKind.MOVIE, ItemKind.EPISODE)


def library_steps(library: Library) -> tuple[StepDefinition, ...]:
    """One step for each kind that is listed of it; none for a library that holds nothing we list."""
    return tuple(_library_step(library, kind) for kind in library.item_kinds)


def watch_steps(library: Library) -> tuple[StepDefinition, ...]:
    """What was watched of its films and episodes; a show has been seen when its episodes have."""
    return tuple(_watch_step(library, kind) for kind in library.item_kinds if kind in _WATCHED)


def _watch_step(library: Library, kind: ItemKind) -> StepDefinition:
    plural = _plural(library, kind)
    return StepDefinition(
        step=f"{WATCHED}{plural}.{library.remote_id}",
        title=f"{library.title}: watched {plural}",
        item_kind=kind,
        library_remote_id=library.remote_id,
    )


def _plural(library: Library, kind: ItemKind) -> str:
    return "videos" if library.library_type == "videos" else _PLURAL_OF[kind]


def _library_step(library: Library, kind: ItemKind) -> StepDefinition:
    plural = _plural(library, kind)
    return StepDefinition(
        step=f"{plural}.{library.remote_id}",
        title=f"{library.title}: {plural}",
        item_kind=kind,
        library_remote_id=library.remote_id,
    )


def listing(step: str) -> tuple[str, Plural, str]:
    """The plural, what it means, and the library's id, of the name of a library's step. Raises BadRequest for any other."""
    name, _, library_id = step.partition(".")
    if name not in PLURALS or not library_id:
        raise BadRequest(f"a Jellyfin source has no listing {step!r}")
    return name, PLURALS[name], library_id
