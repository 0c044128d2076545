"""Whatever JSON or bytes come, every entry of a Plex listing ends in one place and nothing else is raised."""

import contextlib
import json
from datetime import UTC, datetime
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from actors.sources.ask import Session
from actors.sources.plex import read, read_account, walk
from actors.sources.plex.entry import HubEntry, MetadataEntry, SectionEntry
from contracts.errors import UnexpectedAnswer

KINDS = {"movies.1": "movie", "shows.2": "show", "seasons.2": "season", "episodes.2": "episode", "tracks.5": "track"}
ODDITIES: st.SearchStrategy[Any] = st.sampled_from([
    "", " ", "0", "1", "N/A", "null", "7,1", "NaN", "1e400", "1922-03-04", "0000-00-00", "1600000000", "\x00", "\u2028", "/x?a=b",
    "https://a@b/?X-Plex-Token=x", "com.plexapp.agents.thetvdb://1/2/3?lang=en", "imdb://tt0013442", "plex://movie/1", "1" * 200,
    0, 1, -1, 2**31, 2**63, -(2**63) - 1, 10**130, 1e308, 0.5, True, False, None, [], {}, [None], [[]], [{"tag": "x"}], {"id": 1},
])  # fmt: skip
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS | ODDITIES
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=6
)
FIELDS = st.sampled_from([*MetadataEntry.__struct_encode_fields__, *SectionEntry.__struct_encode_fields__, "Media", "authToken"])
STEPS = st.sampled_from([*KINDS, "libraries"])
ENTRIES = st.builds(
    lambda fields, known: fields | known,
    st.dictionaries(FIELDS, VALUES, max_size=12),
    st.fixed_dictionaries({}, optional={"ratingKey": st.integers(0, 99), "type": st.sampled_from([*KINDS.values()])}),
)
HUBS = st.fixed_dictionaries(
    {},
    optional={
        "hub": st.dictionaries(
            st.sampled_from(["hubIdentifier", "title", "type", "context", "style", "size"]), VALUES, max_size=6
        ),
        "items": st.lists(ENTRIES | VALUES, max_size=4) | VALUES,
        "position": VALUES,
        "failure": VALUES,
    },
)


@given(STEPS, st.lists(ENTRIES | VALUES, max_size=6))
def test_every_entry_ends_in_exactly_one_place(step: str, entries: list[Any]) -> None:
    body = json.dumps(entries).encode()

    found = read(step, body, ())

    assert len(found.items) + len(found.libraries) + len(found.rejects) == len(entries)
    assert read(step, body, ()) == found
    assert msgspec.msgpack.encode((found.items, found.libraries, found.rejects))
    assert all(isinstance(json.loads(item.details), dict) for item in found.items)
    assert all(item.row_hash for item in found.items)


@given(st.lists(HUBS | VALUES, max_size=4))
def test_every_hub_is_a_section_or_a_reject(hubs: list[Any]) -> None:
    found = read("home", json.dumps(hubs).encode(), ())

    assert len(found.sections) <= len(hubs) <= len(found.sections) + len(found.rejects)
    assert msgspec.msgpack.encode((found.sections, found.rejects))


@given(st.lists(ENTRIES, max_size=4), st.sampled_from(["7", '{"x":NaN}', '"]"', '{"a":1e999}', '{"title":"\\ud800"}']))
def test_a_bad_neighbour_changes_no_row(entries: list[Any], neighbour: str) -> None:
    texts = [json.dumps(entry) for entry in entries]

    alone, beside = (read("movies.1", f"[{','.join(every)}]".encode(), ()) for every in (texts, [neighbour, *texts]))

    assert beside.items == alone.items
    assert len(beside.rejects) == len(alone.rejects) + 1


@given(STEPS | st.just("home"), st.binary(max_size=300) | st.text(alphabet='[]{}",:\\ax1é', max_size=60).map(str.encode))
def test_any_bytes_are_rows_rejects_or_an_unexpected_answer(step: str, body: bytes) -> None:
    for one in (body, b"[" + body + b"]"):
        with contextlib.suppress(UnexpectedAnswer):
            read(step, one, ())


@given(st.binary(max_size=200) | VALUES.map(lambda value: json.dumps({"MediaContainer": value}).encode()))
def test_any_account_is_read_or_refused(body: bytes) -> None:
    with contextlib.suppress(UnexpectedAnswer):
        assert read_account([body], datetime(2026, 11, 21, tzinfo=UTC)).server["machine_identifier"]


def test_the_shapes_that_are_read_have_no_field_of_another_type_than_any() -> None:
    for shape in (MetadataEntry, SectionEntry, HubEntry):
        assert {field.type for field in msgspec.structs.fields(shape)} == {Any}


CONTAINER_KEYS = st.sampled_from(["MediaContainer", "Metadata", "Directory", "Hub", "size", "totalSize", "ratingKey"])
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(CONTAINER_KEYS, inner), max_leaves=12)
ANSWERS = JSON | st.builds(lambda value: {"MediaContainer": value}, JSON)


@given(
    st.binary(max_size=200) | ANSWERS.map(lambda value: json.dumps(value).encode()),
    st.sampled_from(["movies.1", "libraries", "home"]),
)
def test_any_answer_becomes_slices_or_an_unexpected_answer(body: bytes, step: str) -> None:
    found = walk(step, Session(), 10)
    assert found is not None
    slices: list[bytes] = []

    with contextlib.suppress(UnexpectedAnswer):
        slices = found.take(body)

    assert all(isinstance(json.loads(one), list) for one in slices)
