"""Whatever a server sends becomes rows, rejects, or one error that says what it is."""

import json
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from actors.sources.ask import Ask
from actors.sources.jellyfin import read, walk
from contracts.errors import AnswerTooLarge, UnexpectedAnswer
from tests.jellyfin_room import SESSION, encoded, params, result, walked

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3), max_leaves=6
)
NAMES = (
    "Id", "Name", "Type", "CollectionType", "LocationType", "ProductionYear", "PremiereDate", "CommunityRating",
    "OfficialRating", "RunTimeTicks", "DateCreated", "Etag", "ImageTags", "BackdropImageTags", "SeriesId", "SeriesName",
    "SeriesPrimaryImageTag", "SeasonName", "Status", "Album", "AlbumId", "AlbumPrimaryImageTag", "AlbumArtist", "AlbumArtists",
    "IndexNumber", "IndexNumberEnd", "ParentIndexNumber", "Number", "ChannelNumber", "ChannelType", "UserData", "ProviderIds",
    "Genres", "Overview", "OriginalTitle", "Studios", "Taglines",
)  # fmt: skip
TYPES = st.sampled_from(["Movie", "Series", "Episode", "Season", "Audio", "MusicAlbum", "TvChannel", "BoxSet", "Photo", "Video"])
ENTRIES = st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, VALUES) | {"Type": TYPES | VALUES})
STEPS = st.sampled_from(["movies.1", "episodes.1", "tracks.1", "albums.1", "channels.1", "libraries", "home"])


def places(step: str, body: bytes) -> tuple[int, int]:
    """Entries that came to be in some place, and how many there are of them."""
    found = read(step, body, ())
    if step == "home":
        hub_rejects = sum(1 for one in found.rejects if one.reason.startswith(("hub:", "the entry")))
        return len(found.sections) + hub_rejects, len(json.loads(body))
    return len(found.items) + len(found.libraries) + len(found.rejects) + found.excluded, len(json.loads(body))


@given(STEPS, st.lists(ENTRIES | VALUES, max_size=5))
def test_every_entry_is_in_one_place(step: str, listed: list[Any]) -> None:
    body = json.dumps(listed).encode()

    placed, there = places(step, body)

    assert placed == there


@given(STEPS, st.binary(max_size=200) | st.text('[]{}",:IdName123 ', max_size=100).map(str.encode))
def test_any_bytes_are_rows_rejects_or_unexpected(step: str, body: bytes) -> None:
    try:
        found = read(step, body, ())
    except UnexpectedAnswer:
        return

    msgspec.msgpack.encode((found.items, found.libraries, found.sections, found.rejects))


@given(st.sampled_from(["movies.1", "channels.1", "libraries", "home"]), st.lists(st.binary(max_size=60), max_size=4))
def test_any_answers_end_a_walk(step: str, bodies: list[bytes]) -> None:
    answers = iter(bodies)

    _, slices, error = walked(walk(step, SESSION, 10), lambda ask: next(answers, b"[]"))

    assert error is None or isinstance(error, UnexpectedAnswer | AnswerTooLarge)
    for body in slices:
        read(step, body, ())


@given(st.lists(ENTRIES | VALUES, max_size=8), st.integers(1, 4), st.none() | st.integers(0, 20))
def test_what_a_listing_gives_is_read_entry_by_entry(listed: list[Any], page_size: int, total: int | None) -> None:
    def answer(ask: Ask) -> bytes:
        start = int(params(ask)["StartIndex"])
        return json.dumps({"Items": listed[start : start + page_size], "TotalRecordCount": total}).encode()

    _, slices, _ = walked(walk("movies.1", SESSION, page_size), answer)

    for body in slices:
        placed, there = places("movies.1", body)
        assert placed == there


@given(st.lists(ENTRIES | VALUES, max_size=6))
def test_whatever_a_section_holds_the_home_page_is_read(listed: list[Any]) -> None:
    usual = {"UserViews": encoded({"Items": [{"Id": "1", "Name": "Films", "CollectionType": "movies"}]})}
    shown = json.dumps(listed).encode()

    _, slices, error = walked(walk("home", SESSION, 10), lambda ask: usual.get(ask.path, shown))
    sections = [section for body in slices for section in read("home", body, ()).sections]

    assert error is None
    assert {section.hub_identifier for section in sections} == {"views", "resume", "resumeaudio", "nextup", "latest:1"}
    msgspec.msgpack.encode(sections)


def test_a_result_without_entries_is_one() -> None:
    assert walked(walk("movies.1", SESSION, 10), lambda ask: result([]))[1:] == ([], None)
