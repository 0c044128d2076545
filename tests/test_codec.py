"""On and off the bus: round trips, golden bytes, versions, garbage, ids and attempts."""

import contextlib
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import codec, limits
from contracts.catalog import Category, HomeSection, Item, Library, Reject
from contracts.errors import BadMessage, MessageTooLarge, UnknownVersion
from contracts.messages import Answer, HomeQuery, Message, Public, Query, RawSlice, SliceParsed, SyncRequest, ToWriter, Work
from tests import golden_bytes
from tests.samples import ITEM, MESSAGES, PLACE, kinds, tag_of

by_kind = pytest.mark.parametrize("message", MESSAGES, ids=lambda message: type(message).__name__)


def decode(body: bytes, kind: type[Any]) -> Any:
    return codec.decode_work(body, kind) if kind in kinds(Work) else codec.decode_public(body, kind)


def loosely(body: bytes, message: Message) -> dict[str, Any]:
    """The bytes as plain values, whatever their schema."""
    values = msgspec.msgpack.decode(body) if codec.is_work(message) else msgspec.json.decode(body)
    assert isinstance(values, dict)
    return values


def encode_loosely(values: Any, message: Message) -> bytes:
    return msgspec.msgpack.encode(values) if codec.is_work(message) else msgspec.json.encode(values)


# --- Round trips and golden bytes --------------------------------------------------------------------------


def test_there_is_a_sample_of_every_message_with_no_field_at_its_default() -> None:
    assert {type(message) for message in MESSAGES} == set(kinds(Message))
    for message in MESSAGES:
        for field in msgspec.structs.fields(message):
            assert getattr(message, field.name) != field.default, f"{type(message).__name__}.{field.name}"


@by_kind
def test_a_message_comes_back_as_it_went(message: Message) -> None:
    assert decode(codec.encode(message), type(message)) == message


@by_kind
def test_what_was_ever_sent_can_still_be_read_and_means_the_same(message: Message) -> None:
    for edition in golden_bytes.editions(message):
        golden = edition.read_bytes()

        again = codec.encode(decode(golden, type(message)))

        assert _contains(loosely(again, message), loosely(golden, message)), edition.name


@by_kind
def test_what_is_sent_today_is_what_was_ever_sent_and_at_most_more(message: Message) -> None:
    today = loosely(codec.encode(message), message)

    assert [
        edition.name for edition in golden_bytes.editions(message) if not _contains(today, loosely(edition.read_bytes(), message))
    ] == []


ROWS = {"category": Category, "home_section": HomeSection, "item": Item, "library": Library, "reject": Reject}


@pytest.mark.parametrize(("name", "kind"), ROWS.items())
def test_rows_keep_the_order_of_their_fields(name: str, kind: type[Any]) -> None:
    today = msgspec.msgpack.encode(golden_bytes.ROWS[name])

    for edition in golden_bytes.editions_of_row(name):
        golden = edition.read_bytes()
        again = msgspec.msgpack.encode(msgspec.msgpack.decode(golden, type=kind))

        assert _contains(msgspec.msgpack.decode(again), msgspec.msgpack.decode(golden)), edition.name
        assert _contains(msgspec.msgpack.decode(today), msgspec.msgpack.decode(golden)), edition.name


def test_every_version_of_every_message_has_its_golden_bytes() -> None:
    missing = [path.name for path in golden_bytes.missing()]

    assert missing == [], "run `python -m tests.golden_bytes`, look at what it adds, and commit it"


def test_rows_inside_a_slice_are_decoded_when_they_are_wanted() -> None:
    parsed = next(message for message in MESSAGES if isinstance(message, SliceParsed))

    arrived = codec.decode_work(codec.encode(parsed), SliceParsed)

    assert msgspec.msgpack.decode(arrived.items, type=list[Item]) == [ITEM]


def _contains(values: Any, part: Any) -> bool:
    """Whether all of `part` is in `values`, which may have more fields: an object's anywhere, a row's at its end."""
    if isinstance(part, dict) and isinstance(values, dict):
        return all(key in values and _contains(values[key], value) for key, value in part.items())
    if isinstance(part, list) and isinstance(values, list) and len(part) <= len(values):
        return all(_contains(value, wanted) for value, wanted in zip(values, part, strict=False))
    return bool(values == part)


# --- What others may send ----------------------------------------------------------------------------------


@by_kind
def test_unknown_fields_are_ignored(message: Message) -> None:
    values = loosely(codec.encode(message), message) | {"of_a_newer_build": {"deep": [1]}}

    assert decode(encode_loosely(values, message), type(message)) == message


@by_kind
def test_another_version_is_told_from_garbage(message: Message) -> None:
    name = tag_of(type(message)).partition(".")[0]
    values = loosely(codec.encode(message), message)

    for tag, error in ((f"{name}.v99", UnknownVersion), ("something_else.v1", BadMessage), (f"{name}.vx", BadMessage)):
        with pytest.raises(error):
            decode(encode_loosely(values | {"type": tag}, message), type(message))


def test_of_a_union_the_tag_decides() -> None:
    for message in MESSAGES:
        if isinstance(message, ToWriter):
            assert codec.decode_work(codec.encode(message), ToWriter) == message


@pytest.mark.parametrize("body", [b"", b"  \n", b"{}", b'{"type":"sync_request.v1"}'])
def test_an_empty_request_is_a_plain_sync(body: bytes) -> None:
    assert codec.decode_public(body, SyncRequest) == SyncRequest()


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"null",
        b"{",
        b"\xff\xfe",
        b'{"mode":"sometimes"}',
        b'{"force":"yes"}',
        b'{"request_id":"%s"}' % (b"x" * 129),
        b'{"parts":' + b"[" * 100_000,
        b"[" * 100_000,
        b"\x00",
    ],
    ids=lambda body: repr(body[:24]),
)
def test_a_request_that_is_none_is_a_bad_message(body: bytes) -> None:
    with pytest.raises(BadMessage):
        codec.decode_public(body, SyncRequest)


@given(st.binary(max_size=64), st.sampled_from(kinds(Message)))
def test_any_bytes_are_a_message_or_refused(body: bytes, kind: type[Any]) -> None:
    with contextlib.suppress(BadMessage, UnknownVersion):
        assert isinstance(decode(body, kind), kind)


@given(st.sampled_from(MESSAGES), st.data())
def test_a_damaged_message_is_a_message_or_refused(message: Message, data: st.DataObject) -> None:
    body = bytearray(codec.encode(message))
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(body)))

    with contextlib.suppress(BadMessage, UnknownVersion):
        assert isinstance(decode(bytes(body[:cut]), type(message)), type(message))
    assert isinstance(codec.place_of(bytes(body)), codec.PlaceRead)


def test_a_message_that_does_not_fit_is_refused_before_it_is_sent() -> None:
    room = limits.MESSAGE_BYTES_MAX - limits.HEADER_BYTES_RESERVED

    with pytest.raises(MessageTooLarge):
        codec.encode(RawSlice(**PLACE, body=bytes(room)))
    assert len(codec.encode(RawSlice(**PLACE, body=bytes(limits.SLICE_BYTES + limits.ENTRY_BYTES_MAX)))) < room


# --- Kinds, ids, attempts ------------------------------------------------------------------------------------


def test_work_travels_as_messagepack_and_what_people_see_as_json() -> None:
    assert {type(message) for message in MESSAGES if codec.is_work(message)} == set(kinds(Work))
    assert {codec.content_type(message) for message in MESSAGES if isinstance(message, kinds(Public))} == {"application/json"}
    assert {codec.content_type(message) for message in MESSAGES if isinstance(message, kinds(Work))} == {"application/msgpack"}


def test_a_message_is_named_by_what_it_says() -> None:
    sync, place = "0123456789abcdef", "0123456789abcdef:movies:2251799813685248:1:2"
    names = {type(message).__name__: codec.message_id(message) for message in MESSAGES if not isinstance(message, Query | Answer)}

    assert names | dict.fromkeys(("SyncRequest", "CancelSync", "MendDeadLetters", "RequestRefused", "DeadLetter"), "") == {
        "SyncRequest": "",
        "CancelSync": "",
        "RequestRefused": "",
        "DeadLetter": "",
        "MendDeadLetters": "",
        "FetchSeries": f"{sync}:movies:fetch:1",
        "RawSeries": f"{sync}:movies:5:raw",
        "SeriesParsed": f"{sync}:movies:5:rows",
        "SyncProgress": f"{sync}:progress:1795264500.0",
        "SyncStarted": f"{sync}:SyncStarted",
        "StepEnded": f"{sync}:movies:ended",
        "SyncEnded": f"{sync}:SyncEnded",
        "ItemsAdded": f"{sync}:ItemsAdded",
        "HomeSectionsRefreshed": f"{sync}:HomeSectionsRefreshed",
        "SourceUnreachable": f"{sync}:unreachable",
        "Heartbeat": "writer.attic-4711:1795264500.0",
        "SyncPlanned": f"{sync}:SyncPlanned:1",
        "StepFetching": f"{sync}:movies:fetching:1",
        "StepCounted": f"{sync}:movies:counted:1",
        "SyncClosed": f"{sync}:SyncClosed",
        "FetchPage": f"{sync}:movies:fetch:1",
        "RawSlice": f"{place}:raw",
        "SliceUnchanged": f"{place}:rows",
        "SliceParsed": f"{place}:rows",
        "AccountChecked": f"{sync}:movies:1:ended",
        "FetchFailed": f"{sync}:movies:1:ended",
    }


def test_a_question_is_named_by_all_it_asks() -> None:
    assert codec.message_id(HomeQuery(limit=2)) == codec.message_id(HomeQuery(limit=2)) != codec.message_id(HomeQuery())


def test_messages_that_name_no_place_are_named_by_all_they_say() -> None:
    names = [codec.message_id(SyncRequest(request_id=request_id)) for request_id in ("a", "b", "a")]

    assert names[0] == names[2] != names[1]


def test_the_place_of_a_slice_is_its_id() -> None:
    slices = [RawSlice(**PLACE | {key: value}, body=b"[]") for key in ("attempt", "page", "slice") for value in (7, 8)]

    assert len({codec.message_id(one) for one in slices}) == len(slices)


def test_a_request_is_the_same_sync_for_everyone_and_another_for_another_source() -> None:
    assert codec.sync_id_of("iptv", "tonight") == "f9b2c0a6da3bf213"
    assert len({codec.sync_id_of(source, request) for source in ("a", "b") for request in ("x", "y")}) == 4


attempts = st.tuples(st.integers(1, 0xFFF), st.integers(1, 0x3FF), st.integers(0, 0x1F), st.integers(0, 2**36 - 1))


@given(st.lists(attempts, min_size=2, max_size=8, unique=True))
def test_attempts_are_unique_and_grow_with_issue_delivery_try_and_time(places: list[tuple[int, int, int, int]]) -> None:
    numbers = [
        codec.attempt_number(issue=issue, delivery=delivery, http_try=http_try, now_ms=now_ms)
        for issue, delivery, http_try, now_ms in sorted(places)
    ]

    assert numbers == sorted(set(numbers))
    assert numbers[-1] <= limits.INTEGER_MAX


def test_an_attempt_beyond_every_bound_is_still_a_number_of_the_store() -> None:
    assert codec.attempt_number(issue=10**6, delivery=10**6, http_try=10**6, now_ms=10**18) <= limits.INTEGER_MAX


def test_a_digest_depends_on_the_bytes_and_on_the_salt() -> None:
    digests = {codec.slice_digest(body, salt) for body in (b"[]", b"[1]") for salt in (b"", b"a", b"b" * 64)}

    assert len(digests) == 6
    assert {len(digest) for digest in digests} == {16}


def test_a_dead_body_is_clipped_and_says_so() -> None:
    assert codec.clipped(b"short") == (b"short", False)
    kept, was_clipped = codec.clipped(bytes(limits.DEAD_LETTER_BYTES_MAX + 1))
    assert (len(kept), was_clipped) == (limits.DEAD_LETTER_BYTES_MAX, True)
