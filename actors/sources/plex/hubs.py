"""One hub while it is read: what the home page shows of it, filled up from its own key."""

from collections.abc import Iterable
from typing import Final
from urllib.parse import unquote

import msgspec

from actors.sources.ask import Ask
from actors.sources.paging import Paging
from actors.sources.plex.ask import paged
from actors.sources.plex.container import announced_more, children, id_or_key, number, slim
from actors.sources.plex.entry import Container, HubAnswer, HubEntry
from actors.sources.texts import one_line
from actors.sources.values import yes
from contracts import limits

_hub: Final = msgspec.json.Decoder(HubAnswer)
_OWN_PARAMETERS: Final = "x-plex-"
"""Parameters that are ours to set: a key may hold the bounds of a page, or a token."""
_SEPARATOR_BYTES: Final = 1
_ITEMS: Final = b'{"items":[%b],%b'


def hub_in(answer: msgspec.Raw) -> HubAnswer | None:
    """A hub as it came; none for what is no object."""
    try:
        return _hub.decode(answer)
    except (ValueError, RecursionError):
        return None


class Hub:
    """Its items in order, each once: those that the home page gave, then what its key has besides."""

    def __init__(self, answer: HubAnswer, identifier: str, position: int, page_size: int) -> None:
        self._answer, self.identifier, self._position = answer, identifier, position
        self._page_size = min(page_size, limits.SECTION_ITEMS_MAX)
        self._key = key_of(answer.key)
        self._items: list[bytes] = []
        self._ids: set[str] = set()
        self._paging = Paging(self._page_size)
        self._is_full = False
        self.failure: str | None = None
        given = [*children(answer.metadata), *children(answer.directory)]
        self._total = max((count for count in (number(answer.total_size), number(answer.size)) if count), default=0)
        self._add(given)
        self.wants_more = self._key is not None and not self._is_full and (yes(answer.more) or len(given) < self._total)

    def ask(self) -> Ask | None:
        """The next page of what its key names; none when it is as full as it gets."""
        is_done = not self.wants_more or self._is_full or self.failure is not None or self._is_through
        return None if is_done or self._key is None else paged(self._key, self._paging.start, self._page_size)

    @property
    def _is_through(self) -> bool:
        """Without the empty page that ends a listing: nothing is ever deleted because a hub ended too soon."""
        expected = self._paging.rows_expected
        is_missing_some = expected is not None and self._paging.start < expected
        return self._paging.is_through or (self._paging.seems_last and not is_missing_some)

    def take(self, page: Container) -> None:
        """A page of items, or of hubs of which this is one (`/hubs/continueWatching`)."""
        found = self._among(page) or page
        entries = [*children(found.metadata), *children(found.directory)]
        self._paging.take([id_or_key(entry) for entry in entries], number(page.total_size))
        self._total = max(self._total, number(page.total_size) or 0)
        self._add(entries, page.section_id)

    def _among(self, page: Container) -> HubAnswer | None:
        hubs = [hub for raw in children(page.hub) if (hub := hub_in(raw)) is not None]
        same = [hub for hub in hubs if one_line(hub.hub_identifier) == one_line(self._answer.hub_identifier)]
        candidates = same or hubs
        return candidates[0] if candidates else None

    def _add(self, entries: Iterable[msgspec.Raw], section_id: object = None) -> None:
        for entry in entries:
            entry_id = id_or_key(entry)
            if entry_id is not None and entry_id in self._ids:
                continue
            if len(self._items) == limits.SECTION_ITEMS_MAX:
                self._is_full = True
                return
            if entry_id is not None:
                self._ids.add(entry_id)
            self._items.append(slim(entry, section_id))

    def entry(self) -> bytes:
        """The hub as one entry of the home listing, small enough for a slice: what does not fit goes, from the end."""
        head = self._head()
        room = limits.ENTRY_BYTES_MAX - len(head) - len(_ITEMS)
        kept: list[bytes] = []
        for item in self._items:
            room -= len(item) + _SEPARATOR_BYTES
            if room < 0:
                break
            kept.append(item)
        return _ITEMS % (b",".join(kept), head[1:])

    def _head(self) -> bytes:
        answer = self._answer
        fields = {
            "hubIdentifier": self.identifier,
            "title": one_line(answer.title),
            "type": one_line(answer.type),
            "context": one_line(answer.context),
            "style": one_line(answer.style),
            "size": max(self._total, len(self._items)),
        }
        failure = self.failure or (None if self._items else announced_more(self._total, 0))
        return msgspec.json.encode(HubEntry(hub=fields, position=self._position, failure=failure))


def key_of(key: object) -> Ask | None:
    """What a hub's `key` asks for, taken apart so that the door encodes it once; none where there is none to ask.

    Servers write `>`, `:` and `,` into it as they are, and may percent-encode the rest: both mean the same here.
    """
    if type(key) is not str or not key.startswith("/") or len(key) > limits.URL_CHARS_MAX:
        return None
    path, _, query = key.partition("#")[0].partition("?")
    params = [(unquote(name), unquote(value)) for name, _, value in (part.partition("=") for part in query.split("&") if part)]
    kept = tuple((name, value) for name, value in params if not name.lower().startswith(_OWN_PARAMETERS))
    return Ask(path=path.lstrip("/"), params=kept) if path.strip("/") and path.isprintable() and ".." not in path else None
