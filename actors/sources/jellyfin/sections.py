"""Which sections the user's home page has, in which order, and how each is asked for."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec
from msgspec import Struct

from actors.sources.ask import Ask, Session
from actors.sources.jellyfin.entry import FIELDS, IMAGES, Entry
from actors.sources.jellyfin.fields import other_id
from actors.sources.jellyfin.hubs import Hub
from actors.sources.jellyfin.kinds import contents
from actors.sources.jellyfin.views import older_path
from actors.sources.texts import one_line
from actors.sources.tolerant import decode_entry
from actors.sources.values import Unreadable
from contracts import limits

_DEFAULTS: Final = ("smalllibrarytiles", "resume", "resumeaudio", "resumebook", "livetv", "nextup", "latestmedia")
"""What the web client shows in each place for which the user has chosen nothing."""
_PLACES: Final = 10
_SAME_AS: Final = {"librarybuttons": "smalllibrarytiles", "folders": "smalllibrarytiles"}
_LATEST: Final = "latestmedia"
_VIEWS: Final = "smalllibrarytiles"
_HUBS: Final = {
    _VIEWS: ("views", "My Media", "my_media"),
    "resume": ("resume", "Continue Watching", "continue_watching"),
    "resumeaudio": ("resumeaudio", "Continue Listening", "continue_listening"),
    "nextup": ("nextup", "Next Up", "next_up"),
}
"""By the word of the preferences. Books, recordings and what is on now are no items of the catalogue: they have no section."""
_ITEMS_ASKED: Final = ("Limit", "50")
_DETAILS: Final = (_ITEMS_ASKED, ("Fields", FIELDS), *IMAGES)


class View(Struct, frozen=True, kw_only=True):
    """A library as the home page shows it."""

    id: str
    title: str
    has_latest: bool
    """Whether it holds what is listed, other than channels."""
    piece: bytes
    """The server's own entry."""


class Choice(Struct, frozen=True, kw_only=True):
    """What the user has chosen of views, by their ids. What the user has hidden from the latest when played, the server hides."""

    ordered: tuple[str, ...] = ()
    not_in_my_media: frozenset[str] = frozenset()
    not_in_latest: frozenset[str] = frozenset()


class Section(Struct, frozen=True, kw_only=True):
    """One hub, and how to ask for its items: nothing to ask where the views are the items."""

    hub: Hub
    ask: Ask | None = None
    older: Ask | None = None
    """The same of a server before 10.9."""


def chosen_words(preferences: dict[str, Any]) -> list[str]:
    """The sections in their places, each once; `none` and what nobody knows are left out."""
    custom = preferences.get("CustomPrefs")
    custom = {str(key).lower(): value for key, value in custom.items()} if type(custom) is dict else {}
    words = (_word(custom.get(f"homesection{place}")) or default for place, default in enumerate(_padded(_DEFAULTS)))
    known = (_SAME_AS.get(word, word) for word in words)
    return list(dict.fromkeys(word for word in known if word in _HUBS or word == _LATEST))


def _padded(defaults: tuple[str, ...]) -> tuple[str, ...]:
    return defaults + ("",) * (_PLACES - len(defaults))


def _word(value: Any) -> str:
    return value.strip().lower() if type(value) is str else ""


def choice(user: dict[str, Any]) -> Choice:
    """What is in the user's `Configuration`; nothing of it where there is none."""
    configuration = user.get("Configuration")
    configuration = configuration if type(configuration) is dict else {}
    return Choice(
        ordered=tuple(_ids(configuration.get("OrderedViews"))),
        not_in_my_media=frozenset(_ids(configuration.get("MyMediaExcludes"))),
        not_in_latest=frozenset(_ids(configuration.get("LatestItemsExcludes"))),
    )


def _ids(value: Any) -> Iterator[str]:
    return filter(None, map(other_id, value)) if type(value) is list else iter(())


def views(pieces: Iterable[bytes]) -> list[View]:
    """The views that can be read, each once; the step `libraries` says what is wrong with the others."""
    found: dict[str, View] = {}
    for piece in pieces:
        try:
            entry = msgspec.convert(decode_entry(piece), Entry)
        except Unreadable:
            continue
        view_id = other_id(entry.id)
        if view_id is not None:
            library_type, kinds = contents(_word(entry.collection_type), _word(entry.type))
            has_latest = bool(kinds) and library_type != "channels"
            found.setdefault(view_id, View(id=view_id, title=one_line(entry.name) or view_id, has_latest=has_latest, piece=piece))
    return list(found.values())


def in_order(found: list[View], chosen: Choice) -> list[View]:
    """The views in the user's order; those that it does not name stay behind it in the server's."""
    places = {view_id: place for place, view_id in enumerate(chosen.ordered)}
    return sorted(found, key=lambda view: places.get(view.id, len(places)))


def planned(words: list[str], found: list[View], chosen: Choice, session: Session) -> list[Section]:
    """The sections from the top of the page to its end."""
    sections: list[Section] = []
    for word in words:
        if word == _LATEST:
            latest = (view for view in found if view.has_latest and view.id not in chosen.not_in_latest)
            sections += [_latest(view, position, session) for position, view in enumerate(latest, len(sections))]
        else:
            sections.append(_section(word, len(sections), session))
    return sections[: limits.SECTIONS_MAX]


def _section(word: str, position: int, session: Session) -> Section:
    identifier, title, section_type = _HUBS[word]
    hub = Hub(identifier=identifier, title=title, section_type=section_type, position=position, context=word)
    user = ("userId", session.user_id)
    if word == _VIEWS:
        return Section(hub=hub)
    if word == "nextup":
        return Section(hub=hub, ask=Ask(path="Shows/NextUp", params=(user, ("EnableResumable", "false"), *_DETAILS)))
    params = (("MediaTypes", "Audio" if word == "resumeaudio" else "Video"), *_DETAILS)
    return Section(
        hub=hub,
        ask=Ask(path="UserItems/Resume", params=(user, *params)),
        older=Ask(path=older_path(session, "Items/Resume"), params=params),
    )


def _latest(view: View, position: int, session: Session) -> Section:
    hub = Hub(
        identifier=f"latest:{view.id}",
        title=f"Latest in {view.title}"[: limits.TITLE_CHARS_MAX],
        section_type="recently_added",
        position=position,
        context=_LATEST,
        library_id=view.id,
    )
    params = (("ParentId", view.id), ("GroupItems", "true"), *_DETAILS)
    return Section(
        hub=hub,
        ask=Ask(path="Items/Latest", params=(("userId", session.user_id), *params)),
        older=Ask(path=older_path(session, "Items/Latest"), params=params),
    )
