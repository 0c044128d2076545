"""Any bytes in any chunks into the cutter, the inflater and the redactor: the same slices, bounded, or an error with a name."""

import gzip
import json
import zlib
from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.fetcher.cut import Cutter
from actors.fetcher.inflate import Inflater
from actors.fetcher.redact import Redactor
from actors.fetcher.scan import scan
from actors.sources import source
from actors.sources.ask import Credentials
from contracts import limits
from contracts.catalog import SourceKind
from contracts.errors import AnswerTooLarge, IncompleteAnswer, PlaybillError, UnexpectedAnswer
from tests.fuzz_room import answers, fuzz, listings, pieces, spell

unexpected_root = source(SourceKind.XTREAM).unexpected_root
Cut = tuple[list[bytes], str]
"""The slices, and the name of the error that ended them; empty when none did."""

bodies = st.one_of(
    listings("xtream").map(spell),
    listings("xtream").map(lambda listed: spell({str(place): one for place, one in enumerate(listed)})),
    answers("xtream"),
    pieces,
    st.lists(pieces | listings("xtream").map(spell), max_size=4).map(b",".join).map(lambda body: b"[" + body + b"]"),
    st.builds(lambda text, body: text + b"\n" + body, pieces, listings("xtream").map(spell)),
)
chunk_sizes = st.lists(st.integers(1, 60), min_size=1, max_size=12)


def chunks(body: bytes, sizes: Sequence[int]) -> Iterable[bytes]:
    start = place = 0
    while start < len(body):
        size = sizes[place % len(sizes)]
        yield body[start : start + size]
        start, place = start + size, place + 1


def cut(parts: Iterable[bytes], slice_bytes: int) -> Cut:
    cutter = Cutter(unexpected_root, slice_bytes=slice_bytes)
    slices: list[bytes] = []
    try:
        for part in parts:
            slices += cutter.feed(part)
        slices += cutter.finish()
    except PlaybillError as error:
        return slices, error.code
    return slices, ""


@fuzz(500)
@given(bodies, chunk_sizes, st.integers(16, 400))
def test_however_bytes_arrive_the_slices_and_the_verdict_are_the_same(body: bytes, sizes: list[int], slice_bytes: int) -> None:
    at_once, in_parts, one_by_one = (cut(parts, slice_bytes) for parts in ([body], chunks(body, sizes), chunks(body, [1])))

    assert in_parts == at_once
    assert one_by_one == at_once


@fuzz(300)
@given(bodies, st.integers(16, 400))
def test_slices_are_arrays_of_whole_entries_in_their_order_and_within_bounds(body: bytes, slice_bytes: int) -> None:
    slices, error = cut([body], slice_bytes)

    assert sum(map(len, slices)) <= 60 * len(body) + 2 * len(slices) + 2
    for one in slices:
        assert one[:1] + one[-1:] == b"[]"
        source(SourceKind.XTREAM).read("movies", one, ())
    assert slices or error


@fuzz(200)
@given(listings("xtream").map(spell), st.integers(16, 400), st.data())
def test_what_was_cut_before_a_listing_broke_is_what_is_cut_of_the_whole(
    body: bytes, slice_bytes: int, data: st.DataObject
) -> None:
    whole, error = cut([body], slice_bytes)
    broken, broken_error = cut([body[: data.draw(st.integers(0, len(body)))]], slice_bytes)

    assert broken == whole[: len(broken)] or error or not broken_error


@pytest.mark.parametrize(
    "endless", [b" ", b"[", b"{", b'"', b"[[", b'[{"a":', b'[{"a":"', b"[1", b'[{"a":1},', b"x", b"\\", b'["\\']
)
def test_bytes_without_an_end_stop_within_bounds(endless: bytes) -> None:
    cutter = Cutter(unexpected_root)
    begin, again = endless[:1], (endless[1:] or endless) * (64 * limits.KIB // max(1, len(endless[1:] or endless)))
    taken = given_bytes = 0

    def feed() -> None:
        nonlocal taken, given_bytes
        for part in [begin, *[again] * 24]:
            given_bytes += len(part)
            taken += sum(map(len, cutter.feed(part)))
            assert given_bytes - taken <= 2 * limits.SLICE_BYTES + len(part)
        taken += sum(map(len, cutter.finish()))

    with pytest.raises(PlaybillError):
        feed()


@fuzz(200)
@given(pieces)
def test_the_scan_finds_marks_inside_of_the_window_and_in_their_order(window: bytes) -> None:
    marks = scan(window)

    assert marks.commas == sorted(set(marks.commas))
    assert all(window[place : place + 1] == b"," for place in marks.commas)
    assert marks.closed_at is None or window[marks.closed_at : marks.closed_at + 1] in (b"]", b"}")


# --- Inflating -----------------------------------------------------------------------------------------------------


def inflated(parts: Iterable[bytes], encoding: str = "gzip") -> tuple[bytes, str]:
    inflater = Inflater(encoding, body_bytes_max=100_000, wire_bytes_max=50_000)
    found = bytearray()
    try:
        for part in parts:
            for piece in inflater.feed(part):
                assert len(piece) <= max(limits.INFLATE_CHUNK_BYTES, len(part))
                found += piece
        inflater.finish()
    except (AnswerTooLarge, IncompleteAnswer, UnexpectedAnswer) as error:
        return bytes(found), error.code
    return bytes(found), ""


wires = st.one_of(
    st.binary(max_size=200),
    st.binary(max_size=200).map(gzip.compress),
    st.builds(lambda a, b: gzip.compress(a) + b, st.binary(max_size=50), st.binary(max_size=20)),
    st.builds(lambda a, b: gzip.compress(a) + gzip.compress(b), st.binary(max_size=50), st.binary(max_size=50)),
    st.binary(max_size=200).map(zlib.compress),
    st.integers(0, 200_000).map(lambda size: gzip.compress(bytes(size))),
)


@fuzz(200)
@given(wires, chunk_sizes, st.data())
def test_however_a_compressed_answer_arrives_it_is_the_same_or_refused(
    wire: bytes, sizes: list[int], data: st.DataObject
) -> None:
    body = wire[: data.draw(st.integers(0, len(wire)))] if data.draw(st.booleans()) else wire

    at_once, in_parts = inflated([body]), inflated(chunks(body, sizes))

    assert in_parts[1] == at_once[1]
    assert in_parts[0] == at_once[0] or at_once[1]  # How much came out before the damage is of no use to anybody.
    assert len(at_once[0]) <= 100_000


# --- Redacting -----------------------------------------------------------------------------------------------------

secrets = st.one_of(
    st.text(min_size=1, max_size=24),
    st.text('abc"\\/&%+ é[]{},:0', min_size=1, max_size=12),
    st.sampled_from(
        ["password", "n", "u0026", "\\n", '"', "[redacted]", "12345678", "%2F", "a&b=c", "naïve päss", "\U0001f600" * 3]
    ),
)


@fuzz(300)
@given(secrets, secrets, st.data())
def test_a_slice_without_the_credentials_is_a_slice_of_as_many_entries(name: str, password: str, data: st.DataObject) -> None:
    redactor = Redactor(Credentials(username=name, password=password, token=data.draw(secrets | st.just(""))))
    texts = st.sampled_from(
        [name, password, f"http://h/movie/{name}/{password}/1.mkv", f"?username={name}&password={password}", "x"]
    )
    said: Any = data.draw(st.lists(st.dictionaries(texts | st.just("k"), texts | st.integers(), max_size=3), max_size=4))
    body = json.dumps(said, ensure_ascii=data.draw(st.booleans())).encode(errors="surrogatepass")

    try:
        redacted = redactor.body(body)
    except UnexpectedAnswer:
        return
    assert len(json.loads(redacted)) == len(said)


@fuzz(200)
@given(secrets, pieces)
def test_any_bytes_are_redacted_or_refused(secret: str, body: bytes) -> None:
    redactor = Redactor(Credentials(username="ada", password=secret, token=secret))

    for one in (body, b"[" + body + secret.encode(errors="surrogatepass") + b"]"):
        try:
            assert isinstance(redactor.body(one), bytes)
        except UnexpectedAnswer:
            continue


@fuzz(200)
@given(secrets.filter(lambda text: len(text) >= 8 and text.isalnum()), st.text(max_size=400), st.text(max_size=400))
def test_no_text_for_people_holds_a_password(secret: str, before: str, after: str) -> None:
    found = Redactor(Credentials(username="ada", password=secret)).text(f"{before}{secret}{after}")

    assert secret not in found
    assert len(found) <= limits.ERROR_TEXT_CHARS_MAX
