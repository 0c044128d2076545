"""Bytes to message and back, message ids, and attempt numbers.

`encode` and `decode` are the only way on and off the bus: JSON for what people see, MessagePack for work.
"""

import hashlib
import re
from functools import cache
from types import UnionType
from typing import Annotated, Any, Final, TypeVar, assert_never, overload

import msgspec

from contracts import limits
from contracts.errors import BadMessage, MessageTooLarge, UnknownVersion
from contracts.messages import (
    AccountChecked,
    Answer,
    CancelSync,
    Count,
    DeadLetter,
    FetchFailed,
    FetchPage,
    FetchSeries,
    Heartbeat,
    HomeSectionsRefreshed,
    ItemsAdded,
    MendDeadLetters,
    Message,
    Query,
    RawSeries,
    RawSlice,
    RequestRefused,
    SeriesParsed,
    SliceParsed,
    SliceUnchanged,
    SourceUnreachable,
    StepCounted,
    StepEnded,
    StepFetching,
    SyncClosed,
    SyncEnded,
    SyncPlanned,
    SyncProgress,
    SyncRequest,
    SyncStarted,
)

CONTENT_TYPE_JSON: Final = "application/json"
CONTENT_TYPE_MSGPACK: Final = "application/msgpack"

_WORK: Final = (
    FetchPage,
    FetchSeries,
    RawSeries,
    SeriesParsed,
    RawSlice,
    SliceUnchanged,
    SliceParsed,
    AccountChecked,
    FetchFailed,
    DeadLetter,
)
_NAME_CHARS_MAX: Final = limits.HEADER_BYTES_RESERVED // 8
"""Of a message's id: at four bytes each, half of what headers may take."""
_TAG_CHARS_SHOWN: Final = 64
"""Of a foreign tag: the reason for a dead letter has to fit into it beside the body."""
_TAG: Final = re.compile(r"^([a-z_]+)\.v(\d+)$")
_json: Final = msgspec.json.Encoder()
_msgpack: Final = msgspec.msgpack.Encoder()

M = TypeVar("M")


class _Tag(msgspec.Struct):
    type: str = ""


Name = Annotated[str, msgspec.Meta(max_length=limits.TITLE_CHARS_MAX)]
"""What a place may be named by: longer, it would not fit into a dead letter beside the body."""


class PlaceRead(msgspec.Struct, frozen=True, kw_only=True):
    """What can be read of a message's place, whatever else is wrong with it."""

    sync_id: Name | None = None
    source_id: Name | None = None
    step: Name | None = None
    attempt: Count | None = None
    page: Count | None = None
    slice: Count | None = None
    slices_total: Count | None = None
    series_id: Name | None = None


def is_work(message: Message) -> bool:
    """Whether it travels as MessagePack."""
    return isinstance(message, _WORK)


def content_type(message: Message) -> str:
    return CONTENT_TYPE_MSGPACK if is_work(message) else CONTENT_TYPE_JSON


def encode(message: Message) -> bytes:
    """The message's bytes. Raises MessageTooLarge before a byte is sent that would close the connection."""
    body = _msgpack.encode(message) if is_work(message) else _json.encode(message)
    if len(body) > limits.MESSAGE_BYTES_MAX - limits.HEADER_BYTES_RESERVED:
        raise MessageTooLarge(f"a {type(message).__name__} of {len(body)} bytes does not fit into a message")
    return body


@overload
def decode_work(body: bytes, wanted: type[M]) -> M: ...
@overload
def decode_work(body: bytes, wanted: UnionType) -> Any: ...
def decode_work(body: bytes, wanted: Any) -> Any:
    """A work message of the wanted type, or of one of a union. Raises BadMessage or UnknownVersion."""
    return _decode(body, wanted, _msgpack_decoder(wanted), _tag_msgpack)


@overload
def decode_public(body: bytes, wanted: type[M]) -> M: ...
@overload
def decode_public(body: bytes, wanted: UnionType) -> Any: ...
def decode_public(body: bytes, wanted: Any) -> Any:
    """A public message. An empty body is a message of defaults; the tag may be left out. Raises BadMessage or UnknownVersion."""
    return _decode(body.strip() or b"{}", wanted, _json_decoder(wanted), _tag_json)


def _decode(body: bytes, wanted: Any, decoder: Any, tag_decoder: Any) -> Any:
    try:
        return decoder.decode(body)
    except (ValueError, RecursionError) as error:
        raise _why(body, wanted, tag_decoder, error) from None


def _why(body: bytes, wanted: Any, tag_decoder: Any, error: Exception) -> BadMessage | UnknownVersion:
    try:
        tag = tag_decoder.decode(body).type
    except (ValueError, RecursionError):
        return BadMessage(f"not a message: {str(error)[: limits.ERROR_TEXT_CHARS_MAX]}")
    known = _tags(wanted)
    match = _TAG.match(tag)
    if match and tag not in known and match[1] in {name.partition(".")[0] for name in known}:
        return UnknownVersion(f"{tag[:_TAG_CHARS_SHOWN]} is of a version this build does not know")
    return BadMessage(f"{tag[:_TAG_CHARS_SHOWN] or 'untagged'}: {str(error)[: limits.ERROR_TEXT_CHARS_MAX]}")


_tag_json: Final = msgspec.json.Decoder(_Tag)
_tag_msgpack: Final = msgspec.msgpack.Decoder(_Tag)


@cache
def _json_decoder(wanted: Any) -> Any:
    return msgspec.json.Decoder(wanted)


@cache
def _msgpack_decoder(wanted: Any) -> Any:
    return msgspec.msgpack.Decoder(wanted)


@cache
def _tags(wanted: Any) -> frozenset[str]:
    members = getattr(wanted, "__args__", (wanted,))
    return frozenset(str(member.__struct_config__.tag) for member in members)


def sync_id_of(source_id: str, request_id: str) -> str:
    """The sync that a request becomes: the same request is the same sync, and the asker knows it before the answer."""
    return hashlib.blake2b(f"{source_id}/{request_id}".encode(), digest_size=8).hexdigest()


def attempt_number(*, issue: int, delivery: int, http_try: int, now_ms: int) -> int:
    """A number that no other attempt at a step has, and that grows with each.

    12 bits of issue (the ledger's), 10 of delivery (the bus's), 5 of HTTP try, 36 of milliseconds: a bus that lost its
    delivery counts in a crash would repeat the first three, and a repeated attempt mixes two listings into one.
    """
    return min(issue, 0xFFF) << 51 | min(delivery, 0x3FF) << 41 | min(http_try, 0x1F) << 36 | now_ms & 0xF_FFFF_FFFF


def slice_digest(body: bytes, salt: bytes) -> bytes:
    """16 bytes of blake2b over a slice, keyed by what its rows depend on besides its bytes."""
    return hashlib.blake2b(body, digest_size=16, key=salt[:64]).digest()


def message_id(message: Message) -> str:
    """A name made from what the message says, so that saying it twice is saying it once.

    It travels in a header: what does not fit into one, such as a line's end in the name of a step, is told by its digest.
    """
    name = _name_of(message)
    if len(name) <= _NAME_CHARS_MAX and name.isprintable():
        return name
    return hashlib.blake2b(name.encode(errors="surrogatepass"), digest_size=16).hexdigest()


def _name_of(message: Message) -> str:  # noqa: C901 - one line for each message, held complete by the checker
    match message:
        case FetchPage() | FetchSeries():
            return f"{message.sync_id}:{message.step}:fetch:{message.issue}"
        case RawSlice():
            return f"{_place(message)}:raw"
        case SliceParsed() | SliceUnchanged():
            return f"{_place(message)}:rows"
        case RawSeries():
            return f"{message.sync_id}:{message.step}:{message.series_id}:raw"
        case SeriesParsed():
            return f"{message.sync_id}:{message.step}:{message.series_id}:rows"
        case AccountChecked() | FetchFailed():
            return f"{message.sync_id}:{message.step}:{message.attempt}:ended"
        case StepFetching():
            return f"{message.sync_id}:{message.step}:fetching:{message.revision}"
        case StepCounted():
            return f"{message.sync_id}:{message.step}:counted:{message.revision}"
        case StepEnded():
            return f"{message.sync_id}:{message.step}:ended"
        case SyncPlanned():
            return f"{message.sync_id}:SyncPlanned:{len(message.steps)}"
        case SyncStarted() | SyncClosed() | SyncEnded() | ItemsAdded() | HomeSectionsRefreshed():
            return f"{message.sync_id}:{type(message).__name__}"
        case SyncProgress():
            return f"{message.sync_id}:progress:{message.updated_at.timestamp()}"
        case Heartbeat():
            return f"{message.role}.{message.instance}:{message.at.timestamp()}"
        case SourceUnreachable():
            return f"{message.sync_id}:unreachable"
        case RequestRefused() | DeadLetter() | SyncRequest() | CancelSync() | MendDeadLetters():
            return _digest(message)
        case _:
            if isinstance(message, Query | Answer):
                return _digest(message)
            assert_never(message)


def _digest(message: Message) -> str:
    return hashlib.blake2b(encode(message), digest_size=16).hexdigest()


def _place(message: RawSlice | SliceParsed | SliceUnchanged) -> str:
    return f"{message.sync_id}:{message.step}:{message.attempt}:{message.page}:{message.slice}"


def place_of(body: bytes) -> PlaceRead:
    """The place that a work message names, for its dead letter; nothing where it cannot be read."""
    try:
        return _place_msgpack.decode(body)
    except (ValueError, RecursionError):
        return PlaceRead()


_place_msgpack: Final = msgspec.msgpack.Decoder(PlaceRead)


def clipped(body: bytes) -> tuple[bytes, bool]:
    """The part of a dead message's body that is kept, and whether something was cut off."""
    kept = body[: limits.DEAD_LETTER_BYTES_MAX]
    return kept, len(kept) < len(body)
