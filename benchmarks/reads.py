"""How long reading takes: home pages, libraries, lists and searches of a large catalogue, at rest and while a sync writes.

`python -m benchmarks.reads` makes a catalogue of 500,000 rows with the store, asks each question many times with other words each
time, and prints a table. With `--writer` it is the process that writes meanwhile.
"""

import argparse
import asyncio
import contextlib
import random
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from actors.store import Reader, Store
from actors.store.records import SectionRow, SourceRow
from benchmarks.measure import RESULTS, scratch
from benchmarks.report import README, within
from contracts.catalog import Category, HomeSection, Item, ItemKind, Library, SourceKind

ROWS: Final = 500_000
_SLICE: Final = 5_000
_ASKED: Final = 300
_TARGET_MS: Final = 10.0
_SHARES: Final = {
    ("iptv", ItemKind.CHANNEL): 40,
    ("iptv", ItemKind.MOVIE): 200,
    ("iptv", ItemKind.SHOW): 20,
    ("plex", ItemKind.MOVIE): 40,
    ("plex", ItemKind.SHOW): 12,
    ("plex", ItemKind.SEASON): 36,
    ("plex", ItemKind.EPISODE): 102,
    ("jellyfin", ItemKind.MOVIE): 20,
    ("jellyfin", ItemKind.ARTIST): 2,
    ("jellyfin", ItemKind.ALBUM): 8,
    ("jellyfin", ItemKind.TRACK): 20,
}
"""Parts of 500."""
_PARENTS: Final = {
    ItemKind.SEASON: ItemKind.SHOW,
    ItemKind.EPISODE: ItemKind.SHOW,
    ItemKind.ALBUM: ItemKind.ARTIST,
    ItemKind.TRACK: ItemKind.ALBUM,
}
_SECTIONS: Final = {"plex": (15, 60), "jellyfin": (8, 24)}
"""Sections of a home page, and items of each."""
_CATEGORIES: Final = 60
_LETTERS: Final = "bdfgklmnprstv", "aeiou", "lmnrst"
_WORDS: Final = [
    a + b + c + d for a in _LETTERS[0] for b in _LETTERS[1] for c in _LETTERS[2] for d in ("", "a", "en", "os", "ing")
]

Question = Callable[[Reader, random.Random], Awaitable[object]]


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """One question's times, in milliseconds."""

    name: str
    median_ms: float
    p95_ms: float
    busy_p95_ms: float
    """While another process writes without a pause."""


def title_of(chance: random.Random) -> str:
    """Small places come more often, as in a language."""
    words = (_WORDS[int(chance.random() * chance.random() * len(_WORDS))] for _ in range(chance.randint(1, 4)))
    return " ".join(words).title()


def count_of(source_id: str, kind: ItemKind, rows: int) -> int:
    return _SHARES.get((source_id, kind), 0) * rows // 500


def item(source_id: str, kind: ItemKind, place: int, rows: int) -> Item:
    """The same for the same place, however often it is asked."""
    chance = random.Random(f"{source_id}{kind}{place}")
    title = title_of(chance)
    plot = " ".join(chance.choices(_WORDS, k=25))
    details = f'{{"plot":"{plot}","genres":["Drama","Comedy"],"external_ids":{{"tmdb":"{chance.randrange(300_000)}"}}}}'
    parent_kind = _PARENTS.get(kind)
    parents = count_of(source_id, parent_kind, rows) if parent_kind else 0
    return Item(
        remote_id=str(place),
        kind=kind,
        row_hash=chance.getrandbits(63),
        title=title,
        folded_title=title.lower(),
        year=chance.randint(1920, 2026),
        rating=chance.randint(0, 100) / 10,
        duration_s=chance.randint(60, 9_000),
        added_at=1_500_000_000 + chance.randrange(200_000_000),
        image=f"/library/metadata/{place}/thumb/{chance.randrange(10**9)}",
        library_remote_id=f"{source_id}-{kind}" if source_id == "iptv" else "1" if kind is ItemKind.MOVIE else "2",
        parent_remote_id=str(place % parents) if parents else None,
        index_number=place // parents if parents else None,
        parent_index=1 if kind in (ItemKind.EPISODE, ItemKind.TRACK) else None,
        category_remote_ids=[str(int(chance.random() * chance.random() * _CATEGORIES))] if source_id == "iptv" else [],
        details=details,
        view_count=None if source_id == "iptv" else chance.choice((0, 0, 1)),
    )


async def fill(store: Store, rows: int) -> None:
    async with store.transaction() as tx:
        kinds = {"iptv": SourceKind.XTREAM, "plex": SourceKind.PLEX, "jellyfin": SourceKind.JELLYFIN}
        await tx.put_sources([SourceRow(source_id=source_id, kind=kind, title=source_id) for source_id, kind in kinds.items()])
        for kind in (ItemKind.CHANNEL, ItemKind.MOVIE, ItemKind.SHOW):
            await tx.put_categories("iptv", [[_category(kind, number) for number in range(_CATEGORIES)]])
            await tx.put_libraries("iptv", [(f"iptv-{kind}", kind.capitalize(), kind)])
        for source_id in ("plex", "jellyfin"):
            others: list[ItemKind] = [kind for of, kind in _SHARES if of == source_id and kind is not ItemKind.MOVIE]
            libraries = [Library("1", "Films", "movies", 0, [ItemKind.MOVIE]), Library("2", "More", "mixed", 1, others)]
            await tx.put_revealed_libraries(source_id, libraries)
    for source_id, kind in _SHARES:
        count = count_of(source_id, kind, rows)
        for first in range(0, count, _SLICE):
            async with store.transaction() as tx:
                places = range(first, min(first + _SLICE, count))
                await tx.put_items(source_id, [[item(source_id, kind, place, rows) for place in places]])
    async with store.transaction() as tx:
        await tx.set_source_synced("iptv", datetime.now(UTC))


def _category(kind: ItemKind, number: int) -> Category:
    return Category(str(number), kind, number, f"{_WORDS[number]} {number}", f"{_WORDS[number]} {number}")


async def fill_home(store: Store, rows: int) -> float:
    """The milliseconds that computing the sections of the source without a home page takes."""
    chance = random.Random(1)
    for source_id, (sections, items) in _SECTIONS.items():
        kinds = [kind for of, kind in _SHARES if of == source_id]
        for number in range(sections):
            kind = kinds[number % len(kinds)]
            shown = [item(source_id, kind, chance.randrange(count_of(source_id, kind, rows)), rows) for _ in range(items)]
            async with store.transaction() as tx:
                section = HomeSection(f"hub.{number}", f"Section {number}", "recently_added", number, shown)
                await tx.put_home_section(source_id, section)
    async with store.transaction() as tx:
        started_s = time.perf_counter()
        lists = [await tx.recent_item_ids("iptv", kind, 50) for kind in (ItemKind.MOVIE, ItemKind.SHOW)]
        lists += [await tx.top_rated_item_ids("iptv", kind, 50) for kind in (ItemKind.MOVIE, ItemKind.SHOW)]
        for kind in (ItemKind.MOVIE, ItemKind.SHOW):
            for remote_id, _ in await tx.largest_categories("iptv", kind, 10):
                lists.append(await tx.category_item_ids("iptv", kind, remote_id, 50))
        computed_ms = (time.perf_counter() - started_s) * 1_000
        for number, ids in enumerate(lists):
            row = SectionRow(hub_identifier=f"c{number}", title=f"C {number}", section_type="x", position=number, item_ids=ids)
            await tx.put_section("iptv", row)
    return computed_ms


async def _children(reader: Reader, chance: random.Random) -> object:
    found = await reader.items(kind=ItemKind.SHOW, source="plex", limit=1, sort="added", descending=chance.random() < 0.5)
    return await reader.items(parent=found.items[0].id)


async def _deep_page(reader: Reader, chance: random.Random) -> object:
    """Behind a page that begins anywhere."""
    from actors.store.cursor import Cursor, written

    after = written(Cursor("title", False, chance.choice(_WORDS), 0))
    return await reader.items(kind=ItemKind.MOVIE, limit=50, after=after)


QUESTIONS: Final[dict[str, Question]] = {
    "home of one source, 15 sections of 50": lambda reader, _: reader.home("plex", 50),
    "home of all sources, 47 sections of 50": lambda reader, _: reader.home(None, 50),
    "home of all sources, 47 sections of 12": lambda reader, _: reader.home(None, 12),
    "libraries of all sources": lambda reader, _: reader.libraries(),
    "sources and their counts": lambda reader, _: reader.sources_status(),
    "page of 50 films by title, anywhere": _deep_page,
    "page of 50 films, latest first": lambda reader, _: reader.items(kind=ItemKind.MOVIE, sort="added", descending=True),
    "page of 50 of everything, best first": lambda reader, _: reader.items(sort="rating", descending=True),
    "a show, and its seasons and episodes": _children,
    "one item": lambda reader, chance: reader.item(chance.randint(1, ROWS // 2)),
    "search, two words": lambda reader, chance: reader.search(title_of(chance).lower()),
    "search, beginning of a word": lambda reader, chance: reader.search(chance.choice(_WORDS)[:3]),
    "search of titles over all sources": lambda reader, chance: reader.search_titles(chance.choice(_WORDS)),
}


async def ask(path: Path, asked: int) -> dict[str, list[float]]:
    """Milliseconds of each question, the questions by turns."""
    times: dict[str, list[float]] = {name: [] for name in QUESTIONS}
    chance = random.Random(7)
    async with Reader.open(path) as reader:
        for number in range(asked + 1):
            for name, question in QUESTIONS.items():
                started_s = time.perf_counter()
                await question(reader, chance)
                if number:
                    times[name].append((time.perf_counter() - started_s) * 1_000)
    return times


async def write(path: Path, rows: int) -> None:
    """Change films without a pause, as a sync in which everything differs."""
    async with _opened(path) as store:
        for turn in range(10**6):
            films = [item("iptv", ItemKind.MOVIE, (turn * 650 + number) % (rows // 5), rows) for number in range(650)]
            changed = [msgspec.structs.replace(film, row_hash=film.row_hash ^ (turn + 1), rating=turn % 10) for film in films]
            async with store.transaction() as tx:
                await tx.put_items("iptv", [changed])


@contextlib.asynccontextmanager
async def _opened(path: Path) -> AsyncIterator[Store]:
    async with Store.open(path, clock=lambda: datetime.now(UTC)) as store:
        yield store


@contextlib.contextmanager
def writing(path: Path, rows: int) -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.reads", "--writer", str(path), "--rows", str(rows)])
    try:
        yield
    finally:
        process.kill()
        process.wait()


async def measure(rows: int, asked: int) -> tuple[list[Measured], float]:
    with scratch() as directory:
        path = directory / "playbill.db"
        async with _opened(path) as store:
            await fill(store, rows)
            computed_ms = await fill_home(store, rows)
        quiet = await ask(path, asked)
        with writing(path, rows):
            busy = await ask(path, asked)
    return [_measured(name, quiet[name], busy[name]) for name in QUESTIONS], computed_ms


def _measured(name: str, quiet: Sequence[float], busy: Sequence[float]) -> Measured:
    return Measured(name=name, median_ms=_at(quiet, 0.5), p95_ms=_at(quiet, 0.95), busy_p95_ms=_at(busy, 0.95))


def _at(times: Sequence[float], share: float) -> float:
    return sorted(times)[min(int(len(times) * share), len(times) - 1)]


def markdown(measured: Sequence[Measured], rows: int, computed_ms: float) -> str:
    lines = [f"| read, {rows:,} rows | median | p95 | p95 while a sync writes |", "|---|---:|---:|---:|"]
    lines += [f"| {row.name} | {row.median_ms:.1f} ms | {row.p95_ms:.1f} ms | {row.busy_p95_ms:.1f} ms |" for row in measured]
    slow = [row.name for row in measured if row.p95_ms > _TARGET_MS]
    verdict = f"p95 over {_TARGET_MS:.0f} ms: {', '.join(slow) or 'none'}."
    return "\n".join([*lines, "", f"{verdict} Computing the 24 sections of an Xtream source: {computed_ms:.0f} ms.", ""])


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reads", description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--asked", type=int, default=_ASKED, help="how often each question is asked")
    parser.add_argument("--readme", action="store_true", help="put the table into README.md")
    parser.add_argument("--writer", type=Path, default=None, help="write into this catalogue until killed")
    options = parser.parse_args()
    if options.writer is not None:
        asyncio.run(write(options.writer, options.rows))
        return 0
    text = markdown(*_swapped(asyncio.run(measure(options.rows, options.asked)), options.rows))
    print(text)
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / "reads.md").write_text(text)
    if options.readme:
        README.write_text(within(README.read_text(), text, "reads"))
    return 0


def _swapped(result: tuple[list[Measured], float], rows: int) -> tuple[list[Measured], int, float]:
    return result[0], rows, result[1]


if __name__ == "__main__":
    sys.exit(main())
