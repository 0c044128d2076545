"""An entry that no decoder takes costs only itself, also where the answer it stands in is held whole."""

import msgspec
import pytest

from actors.sources import source
from actors.sources.ask import Session
from actors.sources.mending import UNREADABLE, mended, mended_entry
from contracts.catalog import SourceKind

GOOD = b'{"ratingKey":"1","Id":"1","title":"Film 1"}'
BAD = [
    b'{"ratingKey":"2","Id":"2","rating":NaN}',
    b'{"ratingKey":"2","Id":"2","deep":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    b'{"ratingKey":"2","Id":"2",}',
    b'{"ratingKey":"2" "Id":"2"}',
]
PAGES = {
    SourceKind.PLEX: ("movies.1", b'{"MediaContainer":{"size":3,"Metadata":[%b, %b ,%b]}}'),
    SourceKind.JELLYFIN: ("movies.ab", b'{"Items":[%b, %b ,%b],"TotalRecordCount":3}'),
}


@pytest.mark.parametrize("bad", BAD, ids=["number", "depth", "comma", "colon"])
@pytest.mark.parametrize("kind", PAGES)
def test_an_entry_that_cannot_be_decoded_costs_only_itself(kind: SourceKind, bad: bytes) -> None:
    step, page = PAGES[kind]
    walk = source(kind).walk(step, Session(), 3)
    assert walk is not None
    slices = walk.take(page % (GOOD, bad, GOOD.replace(b'"1"', b'"3"')))

    entries = [entry for body in slices for entry in msgspec.json.decode(body, type=list[msgspec.Raw])]
    assert len(entries) == 3
    assert bytes(entries[1]) == UNREADABLE


@pytest.mark.parametrize("kind", PAGES)
def test_a_page_may_begin_with_a_byte_order_mark(kind: SourceKind) -> None:
    step, page = PAGES[kind]
    walk = source(kind).walk(step, Session(), 3)
    assert walk is not None

    assert walk.take(b"\xef\xbb\xbf" + page % (GOOD, GOOD.replace(b'"1"', b'"2"'), GOOD.replace(b'"1"', b'"3"')))


def test_what_tolerance_can_read_becomes_clean_json() -> None:
    assert mended_entry(rb'{"name":"a \ud800 b"}') == b'{"name":"a  b"}'
    assert mended_entry(GOOD) == GOOD
    assert mended_entry(b'{"a":') == UNREADABLE


@pytest.mark.parametrize("body", [b"", b"[", b'{"Items":[', b'{"Items":[}', b'{"Items":["', b'{"Items":{}}'])
def test_what_has_no_whole_list_is_left_as_it_is(body: bytes) -> None:
    assert mended(body, "Items") == body


def test_every_list_of_the_name_is_mended() -> None:
    body = b'{"Hub":[{"Metadata":[{"a":1},{"a":NaN}]},{"Metadata":[]},{"Metadata":[NaN]}],"size":1}'

    assert mended(body, "Metadata") == (
        b'{"Hub":[{"Metadata":[{"a":1},%b]},{"Metadata":[]},{"Metadata":[%b]}],"size":1}' % (UNREADABLE, UNREADABLE)
    )
