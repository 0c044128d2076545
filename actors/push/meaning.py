"""What a message of a server means, and whether it wants an answer; pure, and never an exception, whatever the bytes."""

import enum
from collections.abc import Iterator
from typing import Final

import msgspec

from actors.push.config import FRAME_BYTES_MAX
from contracts.catalog import Part, SourceKind

_KEEP_ALIVE: Final = '{"MessageType":"KeepAlive"}'
_KEEP_ALIVE_S: Final = 60.0
_KEEP_ALIVE_MIN_S: Final = 2.0
_KEEP_ALIVE_MAX_S: Final = 3_600.0
_FINISHED: Final = 5
_DELETED: Final = 9
_FOREIGN: Final = "tv.plex"
"""What identifiers of other catalogues begin with: recordings have ids of their own, which collide with the library's."""

Entry = dict[str, object]


class Meaning(enum.Enum):
    """What is not any more as it was."""

    NOTHING = "nothing"
    WATCHED = "what was watched"
    LIBRARY = "the library"

    @property
    def parts(self) -> frozenset[Part]:
        """What to sync for it.

        What was watched needs the catalogue as well: a film that was seen to its end has left every section of the home page,
        and only the pass over what was watched tells of it. Where nothing else changed that is a few requests.
        """
        return frozenset() if self is Meaning.NOTHING else frozenset({Part.CATALOGUE, Part.HOME})


class KeepAlive(msgspec.Struct, frozen=True, kw_only=True):
    """The server wants to hear `answer` now and every so often, or closes the connection."""

    every_s: float
    answer: str = _KEEP_ALIVE


class _Plex(msgspec.Struct, frozen=True):
    container: Entry = msgspec.field(name="NotificationContainer")


class _Jellyfin(msgspec.Struct, frozen=True, rename="pascal"):
    message_type: str
    data: object = None


_plex_json: Final = msgspec.json.Decoder(_Plex)
_jellyfin_json: Final = msgspec.json.Decoder(_Jellyfin)


def meaning(kind: SourceKind, frame: str | bytes) -> Meaning | KeepAlive:
    """What a message of a server of this kind means; nothing where it is none, or too long to be looked at."""
    if len(frame) > FRAME_BYTES_MAX:
        return Meaning.NOTHING
    try:
        match kind:
            case SourceKind.PLEX:
                return _of_plex(_plex_json.decode(frame).container)
            case SourceKind.JELLYFIN:
                return _of_jellyfin(_jellyfin_json.decode(frame))
            case SourceKind.XTREAM:
                return Meaning.NOTHING
    except (ValueError, RecursionError):
        return Meaning.NOTHING


def _of_plex(container: Entry) -> Meaning:
    match container.get("type"):
        case "timeline":
            found = {_of_timeline(entry) for entry in _entries(container.get("TimelineEntry"))}
        case "activity":
            found = {_of_activity(news) for news in _entries(container.get("ActivityNotification"))}
        case "playing":
            found = {_of_play(play) for play in _entries(container.get("PlaySessionStateNotification"))}
        case name:
            found = {Meaning.LIBRARY} if _is_update(name) else set()
    return next((one for one in (Meaning.LIBRARY, Meaning.WATCHED) if one in found), Meaning.NOTHING)


def _of_timeline(entry: Entry) -> Meaning:
    """Finished or gone. The states between (matching, loading, analysing) are on their way to one of them."""
    identifier = entry.get("identifier")
    is_foreign = isinstance(identifier, str) and identifier.startswith(_FOREIGN)
    is_over = _number(entry.get("state")) in (_FINISHED, _DELETED)
    return Meaning.LIBRARY if is_over and not is_foreign and _number(entry.get("type")) != -1 else Meaning.NOTHING


def _of_activity(news: Entry) -> Meaning:
    """The end of a scan, or of a look at some items.

    Such a look is all that tells of an item that somebody marked, and it also comes when somebody only opens its page; where it
    says that it refreshed nothing, it was one of these.
    """
    activity = next(_entries(news.get("Activity")), {})
    if news.get("event") != "ended":
        return Meaning.NOTHING
    if activity.get("type") == "library.refresh.items":
        context = next(_entries(activity.get("Context")), {})
        return Meaning.WATCHED if context.get("refreshed") is False else Meaning.LIBRARY
    return Meaning.LIBRARY if _is_update(activity.get("type")) else Meaning.NOTHING


def _of_play(play: Entry) -> Meaning:
    """It is told every few seconds while somebody watches; what stays of it is known when it stops."""
    return Meaning.WATCHED if play.get("state") == "stopped" else Meaning.NOTHING


def _is_update(name: object) -> bool:
    """`library.update.section`, and the other ways in which a library is brought up to date."""
    return isinstance(name, str) and f"{name}.".startswith("library.update.")


def _of_jellyfin(message: _Jellyfin) -> Meaning | KeepAlive:
    match message.message_type:
        case "LibraryChanged":
            is_empty = isinstance(message.data, dict) and message.data.get("IsEmpty") is True
            return Meaning.NOTHING if is_empty else Meaning.LIBRARY
        case "UserDataChanged":
            return Meaning.WATCHED
        case "ForceKeepAlive":
            return KeepAlive(every_s=_keep_alive_s(message.data))
        case _:
            return Meaning.NOTHING


def _keep_alive_s(patience_s: object) -> float:
    """Half of the patience that the server has, as it says; and never so often that answering is all we do."""
    if not isinstance(patience_s, int | float) or not _KEEP_ALIVE_MIN_S <= patience_s <= _KEEP_ALIVE_MAX_S:
        return _KEEP_ALIVE_S / 2
    return float(patience_s) / 2


def _number(value: object) -> int | None:
    """An integer, also one that was sent as a text."""
    if isinstance(value, str) and len(value) <= 3:
        return next((number for number in (-1, _FINISHED, _DELETED) if value == str(number)), None)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _entries(found: object) -> Iterator[Entry]:
    """The objects of a list, or one object that stands for a list of one."""
    yield from (entry for entry in (found if isinstance(found, list) else [found]) if isinstance(entry, dict))
