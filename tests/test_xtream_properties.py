"""Whatever JSON or bytes come, every entry ends in one place and nothing else is raised."""

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from actors.sources.xtream import base_url, read, read_account, steps, unexpected_root
from actors.sources.xtream.entry import CategoryEntry, ItemEntry
from contracts.errors import AccountRejected, BadSettings, PlaybillError, UnexpectedAnswer

LISTINGS = st.sampled_from([definition.step for definition in steps if definition.library_remote_id])
FIELDS = st.sampled_from([*ItemEntry.__struct_fields__, *CategoryEntry.__struct_fields__, "num", "direct_source", "password"])
ODDITIES: st.SearchStrategy[Any] = st.sampled_from([
    "", " ", "0", "1", "N/A", "null", "7,1", "NaN", "1e400", "[1,2]", "1535225504", "1535225504123", "2018-08-25 19:31:44",
    "0000-00-00", "(1999)", "A (1999)", "&#0;", "&#xD800;", "&amp;", "\x00", "\u2028", "a@b", "//@", "?token=x", "1" * 200,
    0, 1, -1, 2**31, 2**63, -(2**63) - 1, 10**130, 1e308, 0.5, True, False, None, [], {}, [None], [[]], {"0": 1},
])  # fmt: skip
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS | ODDITIES
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=6
)
IDS = st.fixed_dictionaries({}, optional={name: st.integers(0, 99) for name in ("stream_id", "series_id", "category_id")})
ENTRIES = st.builds(lambda fields, ids: fields | ids, st.dictionaries(FIELDS, VALUES, max_size=12), IDS)
DENIED = st.lists(st.integers(0, 9).map(str), max_size=4)
NOW = datetime(2026, 11, 21, tzinfo=UTC)


@given(LISTINGS, st.lists(ENTRIES | VALUES, max_size=6), DENIED)
def test_every_entry_ends_in_exactly_one_place(step: str, entries: list[Any], denied: list[str]) -> None:
    body = json.dumps(entries).encode()

    found = read(step, body, denied)

    assert len(found.categories) + len(found.items) + len(found.rejects) + found.excluded == len(entries)
    assert read(step, body, denied) == found
    assert msgspec.msgpack.encode(found.items)
    assert all(isinstance(json.loads(item.details), dict) for item in found.items)


@given(LISTINGS, st.lists(ENTRIES, min_size=1, max_size=4), st.integers())
def test_the_ordinal_is_no_content(step: str, entries: list[dict[str, Any]], number: int) -> None:
    numbered = [entry | {"num": number} for entry in entries]

    before, after = read(step, json.dumps(entries).encode(), ()), read(step, json.dumps(numbered).encode(), ())

    assert [row.row_hash for row in before.items] == [row.row_hash for row in after.items]
    assert (before.items, before.categories) == (after.items, after.categories)


@given(LISTINGS, st.lists(ENTRIES, max_size=4), st.sampled_from(["7", '{"x":NaN}', '"]"', '{"a":1e999}']))
def test_a_bad_neighbour_changes_no_row(step: str, entries: list[Any], neighbour: str) -> None:
    texts = [json.dumps(entry) for entry in entries]

    alone, beside = (read(step, f"[{','.join(every)}]".encode(), ()) for every in (texts, [neighbour, *texts]))

    assert beside.items == alone.items
    assert [row.row_hash for row in beside.categories] == [row.row_hash for row in alone.categories]
    assert beside.rejects[1:] == alone.rejects


@given(LISTINGS, st.binary(max_size=60) | st.text('[]{}",:\\ 1aeE.-+NI\ufeff', max_size=40).map(str.encode))
def test_any_bytes_are_rows_or_no_array(step: str, body: bytes) -> None:
    for given_body in (body, b"[" + body + b"]", b'[{"stream_id":1,"name":"' + body + b'"}]'):
        try:
            read(step, given_body, ())
        except UnexpectedAnswer:
            continue


@given(st.binary(max_size=60) | VALUES.map(lambda value: json.dumps(value).encode()) | TEXTS.map(str.encode))
def test_any_root_is_a_listing_or_an_error_that_has_a_code(body: bytes) -> None:
    found = unexpected_root(body)

    assert found is None or isinstance(found, PlaybillError)


USER_INFO = st.dictionaries(
    st.sampled_from(["auth", "status", "exp_date", "max_connections", "active_cons", "is_trial", "created_at"]), VALUES
)
DOCUMENTS = st.fixed_dictionaries({}, optional={"user_info": USER_INFO | VALUES, "server_info": VALUES})


@given(st.binary(max_size=60) | (DOCUMENTS | VALUES).map(lambda value: json.dumps(value).encode()))
def test_any_account_is_read_or_refused(body: bytes) -> None:
    try:
        found = read_account([body], NOW)
    except (AccountRejected, UnexpectedAnswer):
        return
    assert msgspec.msgpack.encode(found)


@given(st.text(max_size=30) | TEXTS.map(lambda text: f"http://h:80/{text}"))
def test_any_pasted_address_is_cleaned_or_refused(pasted: str) -> None:
    try:
        found = base_url(pasted)
    except BadSettings:
        return
    assert base_url(found) == found
