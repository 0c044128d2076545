"""Any bytes into a source's readers: rows and rejects within every bound, or an error with a name."""

import contextlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.parser import parse, parse_series
from actors.sources import source
from actors.sources.ask import Credentials
from actors.sources.pieces import pieces as entries_of
from contracts import limits
from contracts.catalog import ItemKind, SourceKind
from contracts.errors import AccountRejected, AnswerTooLarge, BadSettings, IncompleteAnswer, PlaybillError, UnexpectedAnswer
from contracts.messages import RawSeries, RawSlice
from tests.fuzz_room import answers, documents, fuzz, hostile, listings, mutated, pieces, spell, texts, values
from tests.fuzz_rows import check_item, check_places, check_rows, every_step, readable_steps

NOW = datetime(2026, 11, 21, tzinfo=UTC)
CREDENTIALS = Credentials(username="ada", password="difference", user="ada")
of_every_kind = pytest.mark.parametrize("kind", list(SourceKind))
denied = st.lists(st.sampled_from(["1", "5", "7", "7734"]), max_size=3)


def refusal_of(work: Callable[[], object]) -> PlaybillError | None:
    try:
        work()
    except PlaybillError as error:
        return error
    return None


def check_words(error: PlaybillError) -> None:
    """An error is for people, is bounded, and can be sent."""
    assert 0 < len(error.text) <= 2 * limits.ERROR_TEXT_CHARS_MAX
    error.text.encode()
    assert "\x00" not in error.text


@of_every_kind
def test_every_listing_of_a_kind_is_tried(kind: SourceKind) -> None:
    assert {step.partition(".")[0] for step in every_step(kind)} - {step.partition(".")[0] for step in readable_steps(kind)} <= {
        "account", "home", "episodes"
    }  # fmt: skip
    assert len(readable_steps(kind)) >= 6


@of_every_kind
@fuzz(120)
@given(st.data())
def test_every_entry_of_any_listing_becomes_a_row_within_bounds_or_a_reject(kind: SourceKind, data: st.DataObject) -> None:
    step = data.draw(st.sampled_from(readable_steps(kind)))
    listed = data.draw(listings(kind))
    body = spell(listed)

    try:
        found = source(kind).read(step, body, data.draw(denied))
    except UnexpectedAnswer:
        with pytest.raises(UnexpectedAnswer):
            entries_of(body)
        return

    check_places(found, len(entries_of(body)))
    check_rows(found, body)


@of_every_kind
@fuzz(60)
@given(st.data())
def test_any_bytes_are_rows_or_an_unexpected_answer(kind: SourceKind, data: st.DataObject) -> None:
    step = data.draw(st.sampled_from(readable_steps(kind)))
    body = data.draw(pieces | answers(kind.value))

    for one in (body, b"[" + body + b"]", b'[{"hub":' + body + b"}]", b'[{"a":"' + body + b'"}]'):
        with contextlib.suppress(UnexpectedAnswer):
            check_rows(source(kind).read(step, one, ()), one)


@of_every_kind
@fuzz(40)
@given(st.data())
def test_a_slice_is_parsed_at_its_place_whatever_is_in_it(kind: SourceKind, data: st.DataObject) -> None:
    body = spell(data.draw(listings(kind)))
    place: dict[str, Any] = {"sync_id": "0" * 16, "source_id": "s", "source_kind": kind, "requested_ns": 1, "attempt": 1}
    raw = RawSlice(**place, step=data.draw(st.sampled_from(readable_steps(kind))), slice=3, digest=b"d" * 16, body=body)

    with contextlib.suppress(UnexpectedAnswer):
        parsed = parse(raw)
        assert parse(raw) == parsed
        assert (parsed.slice, parsed.digest) == (3, b"d" * 16)


@of_every_kind
@fuzz(80)
@given(st.data())
def test_any_account_is_read_or_refused_by_name(kind: SourceKind, data: st.DataObject) -> None:
    bodies = data.draw(st.lists(answers(kind.value), min_size=1, max_size=3))

    try:
        account = source(kind).read_account(bodies, NOW)
    except (AccountRejected, UnexpectedAnswer) as error:
        check_words(error)
        return

    sent = msgspec.json.encode(account)
    assert len(sent) <= 64 * limits.KIB
    for value in account.server.values():
        assert not isinstance(value, int) or limits.INTEGER_MIN <= value <= limits.INTEGER_MAX


@of_every_kind
@fuzz(80)
@given(st.data())
def test_any_other_answer_is_understood_or_refused_by_name(kind: SourceKind, data: st.DataObject) -> None:
    body = data.draw(answers(kind.value))
    module = source(kind)

    error = refusal_of(lambda: module.session(CREDENTIALS, body))
    assert error is None or isinstance(error, AccountRejected | UnexpectedAnswer)
    for found in (error, module.unexpected_root(body)):
        if found is not None:
            check_words(found)
    words = module.words_of_failure(data.draw(st.sampled_from([400, 401, 404, 500])), body)
    assert words is None or words.strip()
    assert isinstance(module.lasting(body), bytes)


@fuzz(150)
@given(st.data())
def test_any_answer_about_a_series_is_rows_within_bounds_or_refused_by_name(data: st.DataObject) -> None:
    module = source(SourceKind.XTREAM)
    body = data.draw(st.one_of(series.flatmap(mutated).map(spell), series.map(spell), answers("xtream")))
    raw = RawSeries(
        sync_id="0" * 16, source_id="s", source_kind=SourceKind.XTREAM, step="episodes", requested_ns=1, series_id="7", body=body
    )

    try:
        found = module.read_series("7", body)
    except (UnexpectedAnswer, AccountRejected, AnswerTooLarge) as error:
        check_words(error)
    else:
        check_rows(found, body)
        assert {item.kind for item in found.items} <= {ItemKind.SEASON, ItemKind.EPISODE}
        assert parse_series(raw).rejects == found.rejects
    with contextlib.suppress(UnexpectedAnswer, AccountRejected, AnswerTooLarge, IncompleteAnswer):
        travels = module.series_body(body)
        msgspec.json.decode(travels)
        for item in module.read_series("7", travels).items:
            check_item(item)


episode = st.fixed_dictionaries(
    {"id": st.integers(0, 9) | hostile},
    optional={
        "episode_num": hostile | st.integers(0, 9), "title": texts | hostile, "container_extension": hostile, "added": hostile,
        "season": st.integers(0, 3) | hostile, "direct_source": hostile,
        "info": st.fixed_dictionaries({}, optional=dict.fromkeys(
            ("plot", "movie_image", "rating", "duration_secs", "duration", "releasedate", "air_date", "tmdb_id", "name"), hostile
        )) | hostile,
    },
)  # fmt: skip
series = st.fixed_dictionaries(
    {"episodes": st.dictionaries(st.sampled_from(["0", "1", "x"]), st.lists(episode | hostile, max_size=3), max_size=3) | values},
    optional={
        "info": st.fixed_dictionaries({"name": hostile}) | values,
        "seasons": st.lists(st.fixed_dictionaries({"season_number": hostile, "name": hostile, "cover": hostile}), max_size=2),
    },
)


@of_every_kind
@fuzz(80)
@given(st.data())
def test_links_are_made_of_any_row_or_left_out(kind: SourceKind, data: st.DataObject) -> None:
    words = st.one_of(texts, hostile.filter(lambda value: isinstance(value, str)).map(str))
    server = st.dictionaries(
        st.sampled_from(["server_id", "machine_identifier", "version"]), words | st.integers() | st.booleans() | st.none()
    )

    links = source(kind).links(
        data.draw(st.sampled_from(list(ItemKind))),
        data.draw(words),
        data.draw(words | st.none()),
        base_url="http://home.invalid:8080",
        server=data.draw(server),
    )

    msgspec.json.encode(links)
    for address in (links.web, links.image):
        assert address is None or address.startswith(("http://", "https://"))


@of_every_kind
@fuzz(60)
@given(st.data())
def test_any_address_is_cleaned_or_refused_with_its_key(kind: SourceKind, data: st.DataObject) -> None:
    odd = hostile.filter(lambda value: isinstance(value, str)).map(str)
    pasted = data.draw(st.one_of(texts, odd, st.builds("http://{}:{}/{}?{}".format, odd | texts, odd | texts, odd, odd)))

    try:
        found = source(kind).base_url(pasted)
    except BadSettings:
        with pytest.raises(BadSettings, match=r"^url: "):
            source(kind).base_url(pasted)
        return
    assert source(kind).base_url(found) == found
    assert found.isprintable()
    assert not set(found) & set(" \\?#")
    with contextlib.suppress(httpx.InvalidURL):  # Of a host that no name server knows; the fetcher says so.
        assert httpx.URL(f"{found}/x").host


def test_the_answers_that_are_mutated_are_there() -> None:
    assert {kind.value: len(documents(kind.value)) > 2 for kind in SourceKind} == dict.fromkeys(
        ("plex", "jellyfin", "xtream"), True
    )


# --- Found -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("image", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "http://[", "A://[::1/x"])
def test_a_picture_that_is_none_has_no_address(image: str) -> None:
    links = source(SourceKind.XTREAM).links(ItemKind.MOVIE, "1", image, base_url="http://home.invalid:8080", server={})

    assert links.image is None


@pytest.mark.parametrize("entry", [b"\x00", b"\x1bc", b"\x07\x7f\xc2\x9b"])
def test_the_copy_of_a_reject_holds_nothing_that_a_terminal_obeys(entry: bytes) -> None:
    copy = source(SourceKind.PLEX).read("movies.1", b"[1," + entry + b"]", ()).rejects[1].entry

    assert "\ufffd" in copy
    assert copy.replace("\ufffd", "").isprintable()


@of_every_kind
@pytest.mark.parametrize("pasted", ["\x00", "http://ho\x00st", "http://host/a\x1bb", "http://ho\x7fst", "http://host/\x85x"])
def test_an_address_with_a_control_character_is_refused(kind: SourceKind, pasted: str) -> None:
    with pytest.raises(BadSettings, match=r"^url: "):
        source(kind).base_url(pasted)
