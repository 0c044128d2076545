"""Anything that is typed or sent to a reader of a real file: an answer, or a bad request; never SQLite's own words."""

import asyncio
import base64
import json
from collections.abc import Iterator
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any, Final, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.reader.catalogue import Catalogue
from actors.reader.home import HomePages
from actors.reader.questions import Asked, Questions
from actors.sources.folding import fold
from actors.store import Reader
from contracts import codec, limits
from contracts.catalog import ItemKind, SourceKind
from contracts.errors import BadMessage, BadRequest, UnknownVersion
from contracts.messages import ItemsQuery, SearchQuery, Sort
from tests.fuzz_room import ODD, fuzz, hostile, spell
from tests.store_room import (
    category,
    episode,
    movie,
    opened,
    put_categories,
    put_items,
    put_sections,
    season,
    section,
    show,
    source,
)

SORTS: Final = get_args(Sort)
TYPED: Final = (
    '"', "''", '""', '"a', "AND", "a AND", "OR b", "NOT", "NEAR(a b)", "NEAR(a b, 99999999999999999999)", "title:a",
    "folded_title : a",
    "-a", "^a", "a*", "*", "* a", "{a b}:c", "+", "a + b", "(", ")", "((a)", "a\x00b", "\x00", "%", "_", "\\", "[", "a;b",
    "';--", "?1",
    ":a", "@a", "$a", "\ue000", "\ue0001", "\ufffe", "\U0010ffff",
    "é" * 3, "ﷺ" * 50, "a" * 100_000, "a " * 50_000, '" ' * 50_000, "\u202e",
    "a\u0301", "ıİ", "ß", "1e999", "null", "🎬", "moon", "trip moon", "A Trip to the Mo",
)  # fmt: skip
typed = st.one_of(
    st.sampled_from(TYPED),
    st.text(max_size=40),
    st.lists(st.sampled_from(TYPED[:40]) | st.text(max_size=6), max_size=6).map(" ".join),
    st.text("\"*^():-+{}~,.'\\ aAND", max_size=30),
)
names = st.one_of(st.none(), typed, st.sampled_from(["iptv", "plex", "movies", "Films", "1", "0", "-1", "9" * 30]))
numbers = st.integers(-(2**70), 2**70) | st.integers(0, 12)


async def filled(path: Path) -> None:
    async with opened(path) as store:
        async with store.transaction() as tx:
            await tx.put_sources([source("iptv"), source("plex")])
        await put_categories(store, [category("1", 'Silent " films'), category("2", "AND")])
        await put_items(
            store,
            [
                movie(str(n), f'Film {n} "é" AND', year=1900 + n or None, category_remote_ids=["1", "2"][: n % 3])
                for n in range(9)
            ],
        )
        await put_items(
            store,
            [
                show("s", "The Show"),
                season("s1", 1),
                season("s2", None),
                episode("e", "Pilot"),
                episode("f", "é", at=(None, None)),
            ],
            source_id="plex",
        )
        await put_sections(store, section("resume", movie("9"), movie("10")))


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    """One loop for all examples: a test that is searched with cannot be a coroutine."""
    with asyncio.Runner() as found:
        yield found


@pytest.fixture(scope="module")
def path(runner: asyncio.Runner, tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("queries") / "playbill.db"
    runner.run(filled(found))
    return found


@pytest.fixture(scope="module")
def reader(runner: asyncio.Runner, path: Path) -> Iterator[Reader]:
    stack = AsyncExitStack()
    yield runner.run(stack.enter_async_context(Reader.open(path)))
    runner.run(stack.aclose())


@fuzz(200)
@given(text=typed, kind=st.none() | st.sampled_from(list(ItemKind)), source_id=names, limit=numbers)
def test_anything_that_is_typed_is_searched_for(
    runner: asyncio.Runner, reader: Reader, text: str, kind: ItemKind | None, source_id: str | None, limit: int
) -> None:
    for words in (text, fold(text)):
        found = runner.run(reader.search(words, kind=kind, source=source_id, limit=limit))

        assert len(found) <= limits.QUERY_ROWS_MAX
    runner.run(reader.search_titles(fold(text), kind=kind, source=source_id, limit=limit))


def cursors() -> st.SearchStrategy[str]:
    """What is no cursor, what might have been one, and what looks like one with anything in it."""
    keys = st.none() | st.text(max_size=8) | st.integers(-(2**70), 2**70) | st.floats() | st.sampled_from(ODD)
    inside = st.one_of(
        st.tuples(st.sampled_from(SORTS), st.booleans(), keys, numbers).map(list),
        st.tuples(numbers, keys, keys, st.text(max_size=5), numbers).map(list),
        hostile,
    )
    coded = inside.map(lambda value: base64.urlsafe_b64encode(spell(value)).decode().rstrip("="))
    return st.one_of(typed, coded, st.builds(lambda text, cut: text[: int(len(text) * cut)], coded, st.floats(0, 1)))


asked = st.fixed_dictionaries(
    {
        "kind": st.none() | st.sampled_from(list(ItemKind)),
        "source": names,
        "library": names | numbers,
        "category": names | numbers,
        "parent": st.none() | numbers,
        "sort": st.sampled_from(SORTS),
        "descending": st.booleans(),
        "limit": numbers,
        "after": st.none() | cursors(),
    }
)


@fuzz(200)
@given(asked=asked)
def test_any_list_is_a_page_or_a_bad_request(runner: asyncio.Runner, reader: Reader, asked: dict[str, Any]) -> None:
    with suppress(BadRequest):
        page = runner.run(reader.items(**asked))
        assert len(page.items) <= limits.QUERY_ROWS_MAX
        if page.next_cursor is not None:
            again = runner.run(reader.items(**asked | {"after": page.next_cursor}))
            assert not {item.id for item in page.items} & {item.id for item in again.items}


@fuzz(150)
@given(number=numbers, name=names, text=typed)
def test_any_other_question_is_answered_or_a_bad_request(
    runner: asyncio.Runner, reader: Reader, number: int, name: str | None, text: str
) -> None:
    async def ask() -> None:
        assert (await reader.item(number)) is None or 0 <= number < 100
        await reader.home(name, number)
        await reader.libraries(name)
        await reader.syncs(name, number)
        await reader.steps(text)
        await reader.last_syncs(text)
        await reader.rejects(sync_id=name, source_id=name, limit=number)
        await reader.dead_letters(number)
        await reader.categories(name)
        with suppress(BadRequest):
            await reader.history(name, number, text)

    runner.run(ask())


# --- As they come over the bus --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def questions(runner: asyncio.Runner, path: Path) -> Iterator[Questions]:
    catalogue = Catalogue(path)
    bases = {"iptv": (SourceKind.XTREAM, "http://a.invalid"), "plex": (SourceKind.PLEX, "http://b.invalid")}
    starts: Any = None  # Of no matter: nothing is asked to be read anew.
    yield Questions(catalogue, HomePages(catalogue, starts, {}, ()), bases)
    runner.run(catalogue.close())


FIELDS: Final = (
    "kind",
    "source",
    "library",
    "category",
    "parent",
    "sort",
    "descending",
    "limit",
    "after",
    "text",
    "id",
    "refresh",
)


@fuzz(200)
@given(
    wanted=st.sampled_from(get_args(Asked)),
    said=st.dictionaries(
        st.sampled_from(FIELDS),
        typed.filter(lambda text: len(text) < 2_000)
        | numbers
        | hostile
        | st.sampled_from([*SORTS, "movie", "iptv", True, 5])
        | cursors(),
        max_size=4,
    ),
)
def test_any_question_off_the_bus_is_answered_or_refused_by_name(
    runner: asyncio.Runner, questions: Questions, wanted: Any, said: dict[str, Any]
) -> None:
    try:
        asked = codec.decode_public(spell(said), wanted)
    except (BadMessage, UnknownVersion):
        return

    try:
        answer = runner.run(questions.answer(asked))
    except BadRequest:
        return
    assert len(codec.encode(answer)) <= limits.MESSAGE_BYTES_MAX


# --- Found -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["\udcff", "a\ud800b"])
def test_a_name_that_is_no_text_is_a_bad_request(runner: asyncio.Runner, reader: Reader, name: str) -> None:
    """A shell gives bytes that are no UTF-8 as lone surrogates, which SQLite does not take."""
    assert runner.run(reader.search(name)) == []
    for ask in (
        reader.items(library=name),
        reader.items(category=name, source=name),
        reader.libraries(name),
        reader.home(name),
        reader.syncs(name),
        reader.steps(name),
        reader.history(before=name),
        reader.rejects(source_id=name),
    ):
        with pytest.raises(BadRequest):
            runner.run(ask)


def test_the_texts_that_are_searched_for_are_within_what_a_message_may_hold() -> None:
    with pytest.raises(BadMessage):
        codec.decode_public(json.dumps({"text": "a" * 100_000}).encode(), SearchQuery)
    with pytest.raises(BadMessage):
        codec.decode_public(json.dumps({"after": "a" * 100_000}).encode(), ItemsQuery)
