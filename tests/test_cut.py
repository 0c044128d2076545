"""Cutting a listing: whole entries, nothing lost, and the same slices however the bytes arrive."""

import json
import random
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.fetcher.cut import Cutter
from contracts import limits
from contracts.errors import AccountRejected, AnswerTooLarge, IncompleteAnswer, PlaybillError, UnexpectedAnswer

_RECORDED = Path(__file__).resolve().parents[1].parent / "shared" / "recorded" / "xtream"
_SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=12)
_TRICKY = st.sampled_from(["},{", '"},{"', "\\", '\\"', "]", "[", '},{"a":1},{', "/", "\u00e9\u20ac", "a,b"])
_VALUES = st.recursive(
    _SCALARS | _TRICKY,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4) | _TRICKY, inner, max_size=4),
    max_leaves=12,
)
_LAYOUTS = st.sampled_from(
    [
        {"separators": (",", ":")},
        {},
        {"indent": 2},
        {"separators": (" , ", " : ")},
        {"separators": (",\n\t", ":"), "ensure_ascii": False},
    ]
)


def _as_a_source_would(prefix: bytes) -> PlaybillError | None:
    if prefix.startswith(b'{"user_info"'):
        return AccountRejected("an account document")
    if prefix.startswith(b"{"):
        return None
    return UnexpectedAnswer("no listing")


def cut(body: bytes, *, slice_bytes: int = limits.SLICE_BYTES, chunk_bytes: int | None = None) -> list[bytes]:
    cutter = Cutter(_as_a_source_would, slice_bytes=slice_bytes)
    slices: list[bytes] = []
    for start in range(0, len(body), chunk_bytes or max(1, len(body))):
        slices += cutter.feed(body[start : start + (chunk_bytes or len(body))])
    return [*slices, *cutter.finish()]


def entries(slices: list[bytes]) -> list[object]:
    return [entry for body in slices for entry in json.loads(body)]


@given(st.lists(_VALUES, max_size=20), _LAYOUTS, st.randoms(use_true_random=False), st.booleans())
def test_any_list_is_cut_whole_and_equally_for_any_chunks(
    values: list[object], layout: dict[str, object], chance: random.Random, is_padded: bool
) -> None:
    body = json.dumps(values, **layout).encode()  # type: ignore[arg-type]
    largest = max((len(json.dumps(value, **layout)) for value in values), default=0)  # type: ignore[arg-type]
    slice_bytes = 4 * largest + 60
    body = b"\xef\xbb\xbf \n" + body + b"\n \n" if is_padded else body

    at_once = cut(body, slice_bytes=slice_bytes)
    cutter, start = Cutter(_as_a_source_would, slice_bytes=slice_bytes), 0
    bit_by_bit: list[bytes] = []
    while start < len(body):
        stop = start + chance.randint(1, 1 + chance.choice((2, 30, 3000)))
        bit_by_bit += cutter.feed(body[start:stop])
        start = stop
    bit_by_bit += cutter.finish()

    assert entries(at_once) == values
    assert bit_by_bit == at_once
    assert all(len(piece) <= slice_bytes + 2 for piece in at_once)


@given(st.dictionaries(st.integers(min_value=0).map(str), _VALUES, min_size=1, max_size=20), _LAYOUTS, st.integers(1, 50))
def test_an_object_with_numeric_keys_is_cut_as_the_list_of_its_values(
    values: dict[str, object], layout: dict[str, object], chunk_bytes: int
) -> None:
    body = json.dumps(values, **layout).encode()  # type: ignore[arg-type]
    slice_bytes = 4 * max(len(json.dumps({key: value}, **layout)) for key, value in values.items()) + 60  # type: ignore[arg-type]

    at_once = cut(body, slice_bytes=slice_bytes)

    assert entries(at_once) == list(values.values())
    assert cut(body, slice_bytes=slice_bytes, chunk_bytes=chunk_bytes) == at_once


@given(st.lists(_VALUES, min_size=1, max_size=8), st.data())
def test_a_listing_that_is_cut_short_anywhere_is_incomplete(values: list[object], data: st.DataObject) -> None:
    body = json.dumps(values).encode()
    kept = data.draw(st.integers(1, len(body) - 1))

    with pytest.raises(IncompleteAnswer):
        cut(body[:kept], slice_bytes=len(body))


@given(st.binary(max_size=300), st.integers(1, 40), st.integers(8, 100))
def test_any_bytes_end_in_slices_or_in_an_error_of_ours(body: bytes, chunk_bytes: int, slice_bytes: int) -> None:
    for start in (b"", b"[", b'[{"a":', b'{"1":'):
        try:
            slices = cut(start + body, slice_bytes=slice_bytes, chunk_bytes=chunk_bytes)
        except PlaybillError:
            continue
        assert all(isinstance(msgspec.json.decode(piece, type=list[msgspec.Raw]), list) for piece in slices)


@pytest.mark.parametrize("body", [b"[]", b" [ ] ", b"\xef\xbb\xbf[\n]\n", b"{}"])
def test_an_empty_listing_is_one_empty_slice(body: bytes) -> None:
    assert cut(body) == [b"[]"]
    assert cut(body, chunk_bytes=1) == [b"[]"]


@pytest.mark.parametrize(
    "text",
    [
        b"<br />\n<b>Warning</b>:  Undefined index: foo[bar] {x} in <b>/var/www/x.php</b> on line <b>12</b><br />\n",
        b"\nNotice: Undefined variable: a in x.php on line 3\n\n",
        b"\xef\xbb\xbf",
        b"Deprecated: strlen(): passing null\r\n\xef\xbb\xbf",
    ],
)
@pytest.mark.parametrize("listing", [b'[{"a":1},{"a":2}]', b"[]", b'{"0":{"a":1},"7":{"a":2}}'])
def test_warnings_of_a_php_server_before_a_listing_are_skipped(text: bytes, listing: bytes) -> None:
    wanted = json.loads(listing)
    wanted = list(wanted.values()) if isinstance(wanted, dict) else wanted

    assert entries(cut(text + listing)) == wanted
    assert entries(cut(text + listing, chunk_bytes=3)) == wanted


def test_warnings_after_a_listing_are_tolerated() -> None:
    text = b"\n<br />\n<b>Warning</b>: session_write_close(): {broken}, in [x], on line 3<br />\n"

    assert entries(cut(b'[{"a":1},{"a":2}]' + text)) == [{"a": 1}, {"a": 2}]
    assert entries(cut(b'[{"a":1},{"a":2}]' + text, chunk_bytes=1, slice_bytes=12)) == [{"a": 1}, {"a": 2}]


def test_endless_text_after_a_listing_is_not() -> None:
    with pytest.raises(AnswerTooLarge):
        cut(b'[{"a":1}]' + b" " * (limits.SNIFF_BYTES_MAX + 100), slice_bytes=1000, chunk_bytes=500)


@pytest.mark.parametrize("body", [b'[{"a":1}][{"a":2}]', b'[{"a":1}]]', b'[{"a":1}],{"a":2}', b'[{"a":1}]{"b":2}'])
def test_more_json_after_a_listing_is_refused(body: bytes) -> None:
    with pytest.raises((UnexpectedAnswer, IncompleteAnswer)):
        cut(body)


@pytest.mark.parametrize("body", [b'[{"a":1},]', b'[,{"a":1}]', b"[,]", b'[{"a":1}}', b'{"1":{"a":1}]', b'[{"a":1},,{"a":2}]'])
@pytest.mark.parametrize("slice_bytes", [9, 1000])
def test_broken_structure_is_never_a_complete_listing(body: bytes, slice_bytes: int) -> None:
    with pytest.raises((IncompleteAnswer, AnswerTooLarge)):
        cut(body, slice_bytes=slice_bytes)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"  \n",
        b"false",
        b"null",
        b"Access denied",
        b"<!DOCTYPE html><html><body>Blocked</body></html>",
        b"<html><style>\n{}</style><script type='x'>\n[{\"a\":1}]</script></html>",
        b'<html><script type="application/ld+json">[{"@context":"x"}]</script></html>',
        b"\xff\xfe[\x00]\x00",
        b"x" * (limits.SNIFF_BYTES_MAX + 5),
        b" " * (limits.SNIFF_BYTES_MAX + 5),
    ],
)
def test_an_answer_that_is_no_listing_is_what_the_source_says_it_is(body: bytes) -> None:
    with pytest.raises(UnexpectedAnswer):
        cut(body)
    with pytest.raises(UnexpectedAnswer):
        cut(body, chunk_bytes=1 + len(body) // 7)


def test_an_account_document_instead_of_a_listing_is_what_the_source_says_it_is() -> None:
    with pytest.raises(AccountRejected):
        cut(b'{"user_info":{"auth":0}}')


def test_an_entry_larger_than_a_slice_is_refused() -> None:
    with pytest.raises(AnswerTooLarge):
        cut(b'[{"a":"' + b"x" * (limits.SLICE_BYTES + 10) + b'"},{"a":1}]', chunk_bytes=65536)


def test_endless_bytes_without_an_entry_stop_at_one_slice() -> None:
    cutter = Cutter(_as_a_source_would, slice_bytes=1000)

    with pytest.raises(AnswerTooLarge):
        for _ in range(3):
            list(cutter.feed(b"[" * 600))


@pytest.mark.parametrize(
    "bad", [b'{"a":NaN}', b'{"a":"\\x"}', b'{"a":' + b"[" * 20_000 + b"]" * 20_000 + b"}"], ids=["nan", "escape", "depth"]
)
@pytest.mark.parametrize("place", [0, 3, 6])
def test_an_object_that_nobody_can_decode_costs_only_itself(bad: bytes, place: int) -> None:
    good = [json.dumps({"id": number, "name": "},{"}).encode() for number in range(6)]
    body = b"[" + b",".join([*good[:place], bad, *good[place:]]) + b"]"

    found = entries(cut(body, slice_bytes=41_000, chunk_bytes=1000))

    assert [entry for entry in found if isinstance(entry, dict)] == [json.loads(entry) for entry in good]
    assert [isinstance(entry, str) for entry in found].index(True) == place


def test_text_in_the_middle_of_a_listing_makes_it_incomplete() -> None:
    with pytest.raises(IncompleteAnswer):
        cut(b'[{"a":1},\n<b>Warning</b>: x, y\n{"a":2}]')


def test_nested_objects_cut_at_entries_only() -> None:
    rows = [{"id": n, "parts": [{"x": i} for i in range(30)], "text": "},{"} for n in range(200)]
    body = json.dumps(rows, separators=(",", ":")).encode()

    slices = cut(body, slice_bytes=2000, chunk_bytes=700)

    assert entries(slices) == rows
    assert len(slices) < len(body) / 1000


def test_a_change_at_the_end_leaves_the_slices_before_it_as_they_are() -> None:
    rows = [{"num": n, "name": f"Film {n}"} for n in range(1000)]
    before = cut(json.dumps(rows).encode(), slice_bytes=2000)
    rows[-1]["name"] = "Film X"

    after = cut(json.dumps(rows).encode(), slice_bytes=2000, chunk_bytes=333)

    assert after[:-1] == before[:-1]
    assert after[-1] != before[-1]


@pytest.mark.skipif(not _RECORDED.is_dir(), reason="the recorded payloads are not here")
def test_every_recorded_listing_is_cut_into_what_json_reads() -> None:
    listings = [
        body for body in (path.read_bytes() for path in sorted(_RECORDED.rglob("*.json"))) if body.lstrip().startswith(b"[")
    ]

    for body in listings:
        at_once = cut(body, slice_bytes=32 * limits.KIB)
        assert entries(at_once) == json.loads(body)
        assert cut(body, slice_bytes=32 * limits.KIB, chunk_bytes=1461) == at_once
    assert listings


@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")])
def test_behind_an_entry_that_is_new_in_front_the_old_cuts_are_found_again(separators: tuple[str, str]) -> None:
    def listing(names: list[str]) -> bytes:
        numbered = [{"num": number, "name": name, "plot": "x" * 60} for number, name in enumerate(names)]
        return json.dumps(numbered, separators=separators).encode()

    def contents(body: bytes) -> list[list[str]]:
        return [[entry["name"] for entry in json.loads(piece)] for piece in cut(body, slice_bytes=8_192)]

    names = [f"Film {number}" for number in range(2_000)]
    before, after = contents(listing(names)), contents(listing(["A new one", *names]))

    assert len(before) > 20
    assert sum(slice_names not in before for slice_names in after) <= 4
