"""Inflating a body: all of it, in bounded pieces, and nothing but it."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.fetcher.inflate import Inflater
from contracts import limits
from contracts.errors import AnswerTooLarge, IncompleteAnswer, PlaybillError, UnexpectedAnswer


def inflated(
    wire: bytes, encoding: str = "gzip", *, chunk_bytes: int = 1000, body_bytes_max: int = limits.BODY_BYTES_MAX
) -> bytes:
    inflater = Inflater(encoding, body_bytes_max=body_bytes_max, wire_bytes_max=limits.WIRE_BYTES_MAX)
    pieces: list[bytes] = []
    for start in range(0, len(wire), chunk_bytes):
        pieces += inflater.feed(wire[start : start + chunk_bytes])
    inflater.finish()
    assert all(len(piece) <= limits.INFLATE_CHUNK_BYTES for piece in pieces)
    return b"".join(pieces)


@pytest.mark.parametrize("chunk_bytes", [1, 7, 1000, 1 << 20])
@pytest.mark.parametrize(
    "size_bytes", [0, 1, limits.INFLATE_CHUNK_BYTES - 1, limits.INFLATE_CHUNK_BYTES, 3 * limits.INFLATE_CHUNK_BYTES + 5]
)
def test_a_compressed_body_comes_out_whole(size_bytes: int, chunk_bytes: int) -> None:
    body = bytes(size_bytes)

    assert inflated(gzip.compress(body), chunk_bytes=chunk_bytes) == body


@pytest.mark.parametrize("encoding", ["", "identity", " Identity "])
def test_a_plain_body_stays_as_it_is(encoding: str) -> None:
    assert inflated(b"abc", encoding) == b"abc"


@pytest.mark.parametrize("encoding", ["gzip, gzip", "br", "deflate", "gzip;q=1", "x" * 500])
def test_an_encoding_that_was_not_asked_for_is_refused(encoding: str) -> None:
    with pytest.raises(UnexpectedAnswer):
        inflated(b"", encoding)


@given(st.binary(min_size=1, max_size=2000), st.data())
def test_a_compressed_body_that_is_cut_short_is_incomplete(body: bytes, data: st.DataObject) -> None:
    wire = gzip.compress(body)

    with pytest.raises(IncompleteAnswer):
        inflated(wire[: data.draw(st.integers(1, len(wire) - 1))], chunk_bytes=100)


@given(st.binary(max_size=200))
def test_any_bytes_said_to_be_compressed_end_in_a_body_or_an_error_of_ours(wire: bytes) -> None:
    try:
        inflated(wire)
    except PlaybillError:
        return
    assert not wire or gzip.decompress(wire) is not None


@pytest.mark.parametrize("chunk_bytes", [1, 1 << 20])
def test_bytes_after_the_end_of_a_compressed_body_are_refused(chunk_bytes: int) -> None:
    with pytest.raises(UnexpectedAnswer):
        inflated(gzip.compress(b"[]") + gzip.compress(b"[]"), chunk_bytes=chunk_bytes)


def test_a_bomb_stops_at_the_bound() -> None:
    with pytest.raises(AnswerTooLarge, match="1 MiB"):
        inflated(gzip.compress(bytes(20 * limits.MIB)), body_bytes_max=limits.MIB, chunk_bytes=1 << 20)


def test_too_many_bytes_on_the_wire_stop_at_the_bound() -> None:
    inflater = Inflater("", body_bytes_max=1 << 30, wire_bytes_max=limits.MIB)

    with pytest.raises(AnswerTooLarge):
        list(inflater.feed(bytes(limits.MIB + 1)))
