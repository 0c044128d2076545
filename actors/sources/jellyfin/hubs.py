"""A home section as the walk assembles it, which is one entry of a slice."""

from collections.abc import Iterable
from typing import Any, Final

import msgspec
from msgspec import Struct

from actors.sources.jellyfin.entry import Entry
from actors.sources.jellyfin.fields import other_id
from actors.sources.tolerant import decode_entry
from actors.sources.values import Unreadable
from contracts import limits

_ENVELOPE_BYTES: Final = 8 * limits.KIB
"""What a hub takes besides its items: texts of bounded lengths."""
_COPY_BYTES: Final = limits.REJECT_CHARS_MAX
_encode: Final = msgspec.json.Encoder().encode
_entry: Final = msgspec.json.Decoder(Entry)


class Hub(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One home section without its items."""

    identifier: str
    title: str
    section_type: str
    position: int
    context: str
    """The word by which the user's display preferences name it."""
    library_id: str | None = None
    """The library that all its items are in."""
    size: int | None = None


class HubEntry(Struct, frozen=True, kw_only=True, gc=False):
    """The entry of a slice. Anything may be anything: it is read again after a way over the bus."""

    hub: Any = None
    items: Any = None
    failure: Any = None


def assembled(hub: Hub, pieces: Iterable[bytes]) -> bytes:
    """The hub with its items, each once and in their order, as many as fit into one entry."""
    kept: list[bytes] = []
    seen: set[str] = set()
    room = limits.ENTRY_BYTES_MAX - _ENVELOPE_BYTES
    for piece in pieces:
        slim, item_id = slimmed(piece)
        if item_id is not None and item_id in seen:
            continue
        room -= len(slim) + 1
        if room < 0 or len(kept) == limits.SECTION_ITEMS_MAX:
            break
        if item_id is not None:
            seen.add(item_id)
        kept.append(slim)
    return b'{"hub":%b,"items":[%b]}' % (_encode(hub), b",".join(kept))


def failed(hub: Hub, reason: str) -> bytes:
    """The hub that could not be read; what it had stays."""
    return _encode({"hub": hub, "items": [], "failure": reason[: limits.ERROR_TEXT_CHARS_MAX]})


def slimmed(piece: bytes) -> tuple[bytes, str | None]:
    """The entry with nothing but what a row needs, and its id. What cannot be decoded becomes a text, which costs only itself."""
    try:
        entry = _decoded(piece)
    except Unreadable:
        return _encode(piece[:_COPY_BYTES].decode(errors="replace")), None
    return _encode(entry), other_id(entry.id)


def _decoded(piece: bytes) -> Entry:
    try:
        return _entry.decode(piece)
    except (ValueError, RecursionError):
        return msgspec.convert(decode_entry(piece), Entry)
