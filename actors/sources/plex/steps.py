"""The steps of a Plex sync, and the listings that each of its libraries becomes."""

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


class Listing(Struct, frozen=True, kw_only=True):
    """A step that lists one kind of item of one library."""

    kind: ItemKind
    type_number: int
    """Plex's number of the kind, for `type=`."""
    section_id: str
    is_of_watching: bool = False
    """Whether only what the user has watched of them is wanted."""


_PLURALS: Final = {
    ItemKind.MOVIE: "movies",
    ItemKind.SHOW: "shows",
    ItemKind.SEASON: "seasons",
    ItemKind.EPISODE: "episodes",
    ItemKind.ARTIST: "artists",
    ItemKind.ALBUM: "albums",
    ItemKind.TRACK: "tracks",
}
_TYPE_NUMBERS: Final = {
    ItemKind.MOVIE: 1,
    ItemKind.SHOW: 2,
    ItemKind.SEASON: 3,
    ItemKind.EPISODE: 4,
    ItemKind.ARTIST: 8,
    ItemKind.ALBUM: 9,
    ItemKind.TRACK: 10,
}
_KINDS: Final = {plural: kind for kind, plural in _PLURALS.items()}
_WATCHED: Final = {kind: f"{WATCHED}{_PLURALS[kind]}" for kind in (ItemKind.MOVIE, ItemKind.EPISODE)}
_WATCHED_KINDS: Final = {plural: kind for kind, plural in _WATCHED.items()}


def library_steps(library: Library) -> tuple[StepDefinition, ...]:
    """One listing per kind of item it holds, holders before what they hold."""
    return tuple(
        StepDefinition(
            step=f"{_PLURALS[kind]}.{library.remote_id}",
            title=f"{library.title}: {_PLURALS[kind]}",
            item_kind=kind,
            library_remote_id=library.remote_id,
        )
        for kind in library.item_kinds
        if kind in _PLURALS
    )


def watch_steps(library: Library) -> tuple[StepDefinition, ...]:
    """What was watched of its films and episodes; a show has been seen when its episodes have."""
    return tuple(
        StepDefinition(
            step=f"{_WATCHED[kind]}.{library.remote_id}",
            title=f"{library.title}: watched {_PLURALS[kind]}",
            item_kind=kind,
            library_remote_id=library.remote_id,
        )
        for kind in library.item_kinds
        if kind in _WATCHED
    )


def listing(step: str) -> Listing:
    """What a step such as `episodes.2` or `watched_episodes.2` lists. Raises BadRequest for a step that is no such listing."""
    plural, _, section_id = step.partition(".")
    is_of_watching = plural in _WATCHED_KINDS
    kind = _WATCHED_KINDS[plural] if is_of_watching else _KINDS.get(plural)
    if kind is None or not section_id:
        raise BadRequest(f"a Plex source has no listing {step!r}")
    return Listing(kind=kind, type_number=_TYPE_NUMBERS[kind], section_id=section_id, is_of_watching=is_of_watching)
