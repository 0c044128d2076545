"""Any answer of a Plex server taken out of its `MediaContainer`, or why it is none."""

import contextlib
from typing import Final

import msgspec

from actors.sources.mending import mended
from actors.sources.plex.entry import Container, MetadataEntry
from actors.sources.tolerant import decode_entry
from actors.sources.values import integer, optional_id
from contracts import limits
from contracts.errors import UnexpectedAnswer

TOO_OLD: Final = "this Plex Media Server is too old (its answers have no MediaContainer): update it to 1.20 or newer"
_BEGINNING_BYTES: Final = 1_024
_BOM: Final = b"\xef\xbb\xbf"
_ROWS: Final = "Metadata"
_list: Final = msgspec.json.Decoder(list[msgspec.Raw])
_container: Final = msgspec.json.Decoder(Container)
_metadata: Final = msgspec.json.Decoder(MetadataEntry)


class _Root(msgspec.Struct, frozen=True, kw_only=True):
    container: msgspec.Raw = msgspec.field(name="MediaContainer", default=msgspec.Raw(b""))
    old_children: msgspec.Raw = msgspec.field(name="_children", default=msgspec.Raw(b""))
    old_type: msgspec.Raw = msgspec.field(name="_elementType", default=msgspec.Raw(b""))


class _Id(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    rating_key: object = msgspec.field(name="ratingKey", default=None)
    key: object = None


_root: Final = msgspec.json.Decoder(_Root)
_id: Final = msgspec.json.Decoder(_Id)


def container(body: bytes, wanted: str) -> Container:
    """The answer's container. Raises UnexpectedAnswer, saying what came instead of what was wanted, and none of its words."""
    try:
        return _container.decode(contained(body, wanted))
    except (ValueError, RecursionError):
        raise UnexpectedAnswer(f"the server sent an object without a MediaContainer instead of {wanted}") from None


def contained(body: bytes, wanted: str) -> msgspec.Raw:
    """The JSON of the `MediaContainer`, if it is an object. Raises UnexpectedAnswer as `container`."""
    root = _rooted(body, wanted)
    if bytes(memoryview(root.container)[:1]) == b"{":
        return root.container
    if len(root.old_children) or len(root.old_type):
        raise UnexpectedAnswer(TOO_OLD)
    raise UnexpectedAnswer(f"the server sent an object without a MediaContainer instead of {wanted}")


def _rooted(body: bytes, wanted: str) -> _Root:
    """Without the entries that no decoder takes, and with the tolerance that entries have where the whole answer needs it."""
    body = body.removeprefix(_BOM)
    try:
        return _root.decode(body)
    except (ValueError, RecursionError):
        if not body[:_BEGINNING_BYTES].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
            raise UnexpectedAnswer(_instead(body, wanted)) from None
    with contextlib.suppress(ValueError, RecursionError):
        return _root.decode(mended(body, _ROWS))
    try:
        return _root.decode(msgspec.json.encode(decode_entry(body)))
    except (ValueError, RecursionError, OverflowError):
        raise UnexpectedAnswer(_instead(body, wanted)) from None


def children(raw: msgspec.Raw) -> list[msgspec.Raw]:
    """The children of one sort: none where the key is absent or null, one where a single object stands for a list of one."""
    first = bytes(memoryview(raw)[:1])
    if first == b"{":
        return [raw]
    return _list.decode(raw) if first == b"[" else []


def id_of(entry: msgspec.Raw) -> str | None:
    """The entry's `ratingKey`, as it will be read from the slice; none where it has none."""
    try:
        return optional_id(_id.decode(entry).rating_key)
    except (ValueError, RecursionError):
        return None


def id_or_key(entry: msgspec.Raw) -> str | None:
    """The same for what a hub shows, where a genre or a person has only a `key`."""
    try:
        found = _id.decode(entry)
    except (ValueError, RecursionError):
        return None
    return optional_id(found.rating_key) or optional_id(found.key)


def number(value: object) -> int | None:
    """A count that the server announces; none where it announces nothing of sense."""
    try:
        found = integer(value, "")
    except ValueError:
        return None
    return found if found is not None and found >= 0 else None


def announced_more(announced: int | None, rows: int) -> str | None:
    """The doubt about a listing that holds less than it says; none when it holds as much."""
    if announced is None or announced <= rows:
        return None
    return f"the server announced {announced:,} rows and gave {f'{rows:,}' if rows else 'nothing'}"


def slim(entry: bytes | msgspec.Raw, section_id: object = None) -> bytes:
    """The entry with the fields that a row is made of, and no others; as it came where it is no object.

    `section_id` is what the container says of its children, for an entry that does not say it itself.
    """
    if len(entry) > limits.SLIMMED_BYTES_MAX:
        return bytes(entry)
    try:
        found = _metadata.decode(entry)
        if found.section_id is None and section_id is not None:
            found = msgspec.structs.replace(found, section_id=section_id)
        return msgspec.json.encode(found)
    except (ValueError, RecursionError, OverflowError):
        return bytes(entry)


def _instead(body: bytes, wanted: str) -> str:
    beginning = body[:_BEGINNING_BYTES].decode(errors="replace").lstrip("\ufeff").strip().lower()
    if not beginning:
        return f"the server gave no answer: it sent nothing instead of {wanted}"
    if beginning.startswith(("<?xml", "<mediacontainer")):
        return f"the server sent XML instead of {wanted}, although JSON was asked for: something between drops the Accept header"
    if beginning.startswith("<"):
        return f"the server sent a web page instead of {wanted}: is the url that of the Plex Media Server itself?"
    kind = "JSON of another shape" if beginning[0] in '{["0123456789-tfn' else "text"
    return f"the server sent {kind} instead of {wanted}"
