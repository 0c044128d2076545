"""Any bytes off the bus are a message or refused by name, and no message names itself with what would break a header."""

import string
from datetime import UTC, datetime
from types import UnionType
from typing import Annotated, Any, get_args, get_origin

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import codec, limits, subjects
from contracts.errors import BadMessage, MessageTooLarge, UnknownVersion
from contracts.messages import (
    Answer,
    DeadLetter,
    Event,
    Fact,
    HomeQuery,
    Message,
    Public,
    Query,
    RawSeries,
    RawSlice,
    SliceParsed,
    SyncRequest,
    ToWriter,
    Work,
)
from contracts.messages.kinds import SourceId, SyncId
from tests import golden_bytes
from tests.fuzz_room import fuzz, mutated, spell, values
from tests.samples import MESSAGES, PLACE, kinds

WORK: tuple[Any, ...] = (*kinds(Work), ToWriter)
PUBLIC: tuple[Any, ...] = (*kinds(Public), Event, Fact)
GOLDEN = [edition for message in MESSAGES for edition in golden_bytes.editions(message)]
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - its zone is drawn
HEADER_CHARS = frozenset(string.printable) - frozenset("\r\n\t\x0b\x0c")


def decoded(body: bytes, wanted: Any) -> object:
    """A message, or the reason why it is none; anything else flies."""
    try:
        return codec.decode_work(body, wanted) if wanted in WORK else codec.decode_public(body, wanted)
    except (BadMessage, UnknownVersion) as error:
        return error


def check(found: object, wanted: Any) -> None:
    """What was taken for a message is one: it is of the wanted kind, and can be said again."""
    if isinstance(found, BadMessage | UnknownVersion):
        assert 0 < len(found.text.encode()) <= 8 * limits.ERROR_TEXT_CHARS_MAX
    else:
        assert isinstance(found, get_args(wanted) if isinstance(wanted, UnionType) else wanted)
        assert decoded(codec.encode(found), type(found)) == found


@fuzz(300)
@given(st.binary(max_size=80), st.sampled_from([*WORK, *PUBLIC]))
def test_any_bytes_are_a_message_of_the_wanted_kind_or_refused(body: bytes, wanted: Any) -> None:
    check(decoded(body, wanted), wanted)
    place = codec.place_of(body)
    assert place.attempt is None or 0 <= place.attempt <= limits.INTEGER_MAX
    kept, is_clipped = codec.clipped(body)
    assert (kept, is_clipped) == (body, False)


@fuzz(300)
@given(st.sampled_from(GOLDEN), st.data())
def test_golden_bytes_that_are_cut_or_flipped_are_a_message_or_refused(edition: Any, data: st.DataObject) -> None:
    body = bytearray(edition.read_bytes())
    for _ in range(data.draw(st.integers(0, 3))):
        place = data.draw(st.integers(0, len(body) - 1))
        body[place] ^= 1 << data.draw(st.integers(0, 7))
    whole = bytes(body) if data.draw(st.booleans()) else bytes(body[: data.draw(st.integers(0, len(body)))])
    wanted = data.draw(st.sampled_from(WORK if edition.suffix == ".bin" else PUBLIC))

    check(decoded(whole, wanted), wanted)
    codec.place_of(whole)


@fuzz(200)
@given(st.sampled_from([message for message in MESSAGES if not codec.is_work(message)]), st.data())
def test_a_public_message_with_anything_in_its_fields_is_one_or_refused(message: Message, data: st.DataObject) -> None:
    body = spell(data.draw(mutated(msgspec.json.decode(codec.encode(message)))))

    check(decoded(body, type(message)), type(message))


@fuzz(200)
@given(st.sampled_from([message for message in MESSAGES if codec.is_work(message)]), st.data())
def test_a_work_message_with_anything_in_its_fields_is_one_or_refused(message: Message, data: st.DataObject) -> None:
    said = msgspec.msgpack.decode(codec.encode(message))
    name = data.draw(st.sampled_from(sorted(said)))
    try:
        body = msgspec.msgpack.encode(said | {name: msgspec.json.decode(spell(data.draw(values)))})
    except (ValueError, RecursionError, OverflowError):
        return

    check(decoded(body, type(message)), type(message))
    codec.place_of(body)


@pytest.mark.parametrize(
    "deep", [b"\x91" * 100_000, b"\x81\xa4type" * 100_000, b"\x81\xa1a" * 50_000 + b"\xc0"], ids=["[", "{", "a"]
)
@pytest.mark.parametrize("wanted", [SliceParsed, ToWriter, DeadLetter])
def test_nesting_without_end_is_refused_whatever_is_wanted(deep: bytes, wanted: Any) -> None:
    assert isinstance(decoded(deep, wanted), BadMessage)
    assert isinstance(decoded(b"\x82\xa4type\xaeraw_slice.v1\xa1x" + deep, wanted), BadMessage)
    assert codec.place_of(deep) == codec.PlaceRead()


# --- Names of messages -----------------------------------------------------------------------------------------


def bounded(kind: Any) -> st.SearchStrategy[Any]:
    """Values of one field's type, within its bounds."""
    if kind is SourceId:
        return st.from_regex(r"[a-z0-9_-]{1,64}", fullmatch=True)
    if kind is SyncId:
        return st.from_regex(r"[0-9a-f]{16}", fullmatch=True)
    if get_origin(kind) is Annotated:
        inner, meta = get_args(kind)[0], get_args(kind)[1]
        if inner is int:
            return st.integers(meta.ge, min(meta.le or limits.INTEGER_MAX, limits.INTEGER_MAX))
        return st.text(max_size=meta.max_length or 20) if inner is str else bounded(inner)
    return st.text(max_size=200)


NAMED: tuple[type[Any], ...] = tuple(
    kind for kind in kinds(Message) if kind not in kinds(Query | Answer) and not issubclass(kind, SyncRequest)
)
_PARTS = ("sync_id", "source_id", "step", "attempt", "page", "slice", "series_id", "issue", "revision")


@st.composite
def named(draw: st.DrawFn) -> Message:
    """A valid message with anything in the fields that it is named by."""
    message = draw(st.sampled_from([message for message in MESSAGES if isinstance(message, NAMED)]))
    hints = {field.name: field.type for field in msgspec.structs.fields(message)}
    hints |= {"source_id": SourceId} if "source_id" in hints else {}  # Of a request that is refused it is a token of its subject.
    changes = {name: draw(bounded(hints[name])) for name in _PARTS if name in hints and draw(st.booleans())}
    if "updated_at" in hints:
        changes["updated_at"] = draw(st.datetimes(EPOCH, EPOCH.replace(year=9_000), timezones=st.just(UTC)))
    changed: Message = msgspec.structs.replace(message, **changes)
    return changed


@fuzz(400)
@given(named())
def test_the_name_of_any_message_fits_into_a_header(message: Message) -> None:
    name = codec.message_id(message)

    assert name.strip() == name != ""
    assert not any(ord(character) < 32 or 127 <= ord(character) < 160 or ord(character) in (0x2028, 0x2029) for character in name)
    assert len(name.encode()) <= limits.HEADER_BYTES_RESERVED // 2


@fuzz(200)
@given(
    st.lists(st.tuples(st.text(max_size=40), st.integers(0, 9), st.integers(0, 9), st.integers(0, 9)), unique=True, max_size=8)
)
def test_slices_of_other_places_have_other_names(places: list[tuple[str, int, int, int]]) -> None:
    slices = [
        RawSlice(**PLACE | {"step": step, "attempt": attempt, "page": page, "slice": number}, body=b"[]")
        for step, attempt, page, number in places
    ]

    assert len({codec.message_id(one) for one in slices}) == len(places)


@fuzz(100)
@given(st.lists(st.text(max_size=40), unique=True, min_size=2, max_size=6))
def test_answers_about_other_series_have_other_names(series: list[str]) -> None:
    sample = next(message for message in MESSAGES if isinstance(message, RawSeries))

    names = {codec.message_id(msgspec.structs.replace(sample, series_id=one)) for one in series}

    assert len(names) == len(series)


@fuzz(150)
@given(named())
def test_the_subject_of_any_message_is_one_that_a_bus_takes(message: Message) -> None:
    try:
        subject = subjects.subject_of(message)
    except TypeError:
        return

    assert all(token and not set(token) & set(" \t\r\n*>") for token in subject.split("."))


# --- Found ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["iptv\n", "iptv\r", "ip tv", "ip.tv", "*", ">", "../iptv", "iptv\x00", "", "i" * 65, "ÏPTV"])
def test_an_id_that_would_not_fit_into_a_subject_is_refused(name: str) -> None:
    assert isinstance(decoded(msgspec.json.encode({"source": name}), HomeQuery), BadMessage)


@pytest.mark.parametrize("step", ["movies.a\r\nX: y", "movies.\x00", "m" * 4_000, "movies.\u2028", " "])
def test_a_step_that_would_break_a_header_is_named_by_its_digest(step: str) -> None:
    name = codec.message_id(RawSlice(**PLACE | {"step": step}, body=b"[]"))

    assert set(name) <= HEADER_CHARS
    assert len(name) < limits.HEADER_BYTES_RESERVED // 4


@pytest.mark.parametrize("tag", ["x" * 900_000, "sync_request.v" + "9" * 900_000])
def test_a_tag_without_an_end_is_not_repeated_at_length(tag: str) -> None:
    refusal = decoded(msgspec.json.encode({"type": tag}), SyncRequest)

    assert isinstance(refusal, BadMessage | UnknownVersion)
    assert len(refusal.text) < 2 * limits.ERROR_TEXT_CHARS_MAX


@pytest.mark.parametrize("name", ["step", "sync_id", "series_id"])
def test_what_names_its_place_without_an_end_still_fits_into_a_dead_letter(name: str) -> None:
    body = msgspec.msgpack.encode({"type": "raw_slice.v1", name: "x" * 900_000})
    kept, _ = codec.clipped(body)
    place = msgspec.structs.asdict(codec.place_of(body))

    letter = DeadLetter(
        actor="parser", reason="r", subject="s", message_id="m", body=kept, at=datetime(2026, 11, 21, tzinfo=UTC), **place
    )

    assert codec.encode(letter)


def test_a_message_that_is_too_large_is_refused_by_name_whichever_it_is() -> None:
    sample = next(message for message in MESSAGES if isinstance(message, RawSeries))

    with pytest.raises(MessageTooLarge):
        codec.encode(msgspec.structs.replace(sample, body=bytes(limits.MESSAGE_BYTES_MAX)))
