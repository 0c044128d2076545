"""A provider's listings as files: deterministic synthetic rows that look like a panel's, and variants of them.

195,450 rows are 34,000 channels, 150,000 movies, 11,209 series and 241 categories, 131 MB together; other sizes keep the shares.
A row depends on its place alone, so a smaller data set is the beginning of a larger one.
"""

import argparse
import contextlib
import random
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from actors.demo.catalogue import LIVE, LIVE_CATEGORIES, MOVIE_CATEGORIES, MOVIES, SERIES, SERIES_CATEGORIES, php_json

ROWS: Final = 195_450
"""The size that the numbers to reach are about."""
FORMAT: Final = 2
"""Raise it when the rows change, so that files made before are made anew."""
ONE_CHANGED: Final = "one_changed"
ONE_IN_FRONT: Final = "one_in_front"
VARIANTS: Final = (ONE_CHANGED, ONE_IN_FRONT)

_CHANNELS, _SERIES = 34_000, 11_209
_CATEGORIES: Final = {LIVE_CATEGORIES: 96, MOVIE_CATEGORIES: 92, SERIES_CATEGORIES: 53}
_WRITE_BYTES: Final = 1024 * 1024


def _syllables(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_STARTS: Final = _syllables(
    "ba be bo bri ca che cla co da del do dra el fa fer flo ga gre ha hel in ja jo ka ke la le li lo ma mar me mo na ne no"
)
_MIDDLES: Final = _syllables(
    "ber bin cal dan der fel gar gon han ker lan len lin lor man mer min mon nar nel nor ran ren rin ron sar sen tan ten tor"
)
_ENDS: Final = _syllables("a as ck d den e el en er et ia in is ka l la le ll n na ne ng nt o on or ra rd re s st t ta te th y")
_WORDS: Final = tuple(start + middle + end for middle in ["", *_MIDDLES] for end in _ENDS for start in _STARTS)
_MARKED = (
    "Éloïse",
    "Ångström",
    "Żółw",
    "Größe",
    "Señora",
    "Übermut",
    "Čarolija",
    "Œuvre",
    "Þing",
    "Москва",
    "Ночь",
    "東京",
    "السفر",
)
_GENRES = ("Drama", "Comedy", "Action", "Thriller", "Crime", "Romance", "Documentary", "Horror", "Family", "Sci-Fi & Fantasy")
_RATINGS = ("7.1", "6.4", "5", "8.25", "", "N/A", "6,8", "4.9", "0", "7.7")


class DataSet(msgspec.Struct, frozen=True, kw_only=True):
    """What a directory holds."""

    format: int
    rows: int
    counts: dict[str, int]
    body_bytes: dict[str, int]
    """Of each file, by its name."""

    @property
    def total_bytes(self) -> int:
        """Of the six listings."""
        return sum(self.body_bytes[f"{action}.json"] for action in self.counts)


class _Numbers:
    """Numbers that look random and depend on the place alone. `random()` of an integer seed is the same in every Python."""

    def __init__(self, place: int) -> None:
        self._next = random.Random(place).random

    def below(self, end: int) -> int:
        return int(self._next() * end)

    def one_of(self, choices: "tuple[str, ...] | list[str]") -> str:
        return choices[int(self._next() * len(choices))]

    def word(self) -> str:
        """Small places come more often, as in a language."""
        return _WORDS[int(self._next() * self._next() * len(_WORDS))]

    def words(self, count: int) -> str:
        return " ".join([self.word() for _ in range(count)])

    def name(self) -> str:
        return f"{self.word().capitalize()} {self.word().capitalize()}"


def counts_of(rows: int) -> dict[str, int]:
    """How many entries each listing has, so that they are `rows` together."""
    channels, series = round(rows * _CHANNELS / ROWS), round(rows * _SERIES / ROWS)
    movies = rows - channels - series - sum(_CATEGORIES.values())
    return {
        LIVE_CATEGORIES: _CATEGORIES[LIVE_CATEGORIES],
        LIVE: channels,
        MOVIE_CATEGORIES: _CATEGORIES[MOVIE_CATEGORIES],
        MOVIES: movies,
        SERIES_CATEGORIES: _CATEGORIES[SERIES_CATEGORIES],
        SERIES: series,
    }


def make(directory: Path, rows: int = ROWS) -> DataSet:
    """Write the listings `<action>.json` and the variants `get_vod_streams.<variant>.json`, unless they are there already."""
    manifest = directory / "manifest.json"
    if manifest.is_file():
        kept = msgspec.json.decode(manifest.read_bytes(), type=DataSet)
        if (kept.format, kept.rows) == (FORMAT, rows):
            return kept
    directory.mkdir(parents=True, exist_ok=True)
    counts = counts_of(rows)
    sizes = {f"{action}.json": _write(directory / f"{action}.json", entries) for action, entries in _listings(counts)}
    sizes |= _write_movies(directory, counts[MOVIES])
    made = DataSet(format=FORMAT, rows=rows, counts=counts, body_bytes=sizes)
    manifest.write_bytes(msgspec.json.encode(made))
    return made


def _listings(counts: dict[str, int]) -> Iterator[tuple[str, Iterable[bytes]]]:
    for action, first_id in ((LIVE_CATEGORIES, 1), (MOVIE_CATEGORIES, 201), (SERIES_CATEGORIES, 401)):
        yield action, _categories(first_id, counts[action])
    yield LIVE, _each(counts[LIVE], _channel)
    yield SERIES, _each(counts[SERIES], _one_series)


def _each(count: int, entry: Callable[[int], dict[str, Any]]) -> Iterator[bytes]:
    for place in range(count):
        yield php_json({"num": place + 1, **entry(place)})


def _write_movies(directory: Path, count: int) -> dict[str, int]:
    """The movies as they are, with one changed in the middle, and with a new one in front and every `num` one higher."""
    names = [f"{MOVIES}.json", *(f"{MOVIES}.{variant}.json" for variant in VARIANTS)]
    with contextlib.ExitStack() as stack:
        plain, changed, in_front = (stack.enter_context((directory / name).open("wb", _WRITE_BYTES)) for name in names)
        plain.write(b"[")
        changed.write(b"[")
        in_front.write(b"[" + php_json({"num": 1, **_movie(count + 7), "name": "The New One", "stream_id": 9_000_000}))
        for place in range(count):
            entry, comma = _movie(place), b"," if place else b""
            rest = php_json(entry)[1:]
            other = php_json({**entry, "name": "The Changed One"})[1:] if place == count // 2 else rest
            plain.write(b'%b{"num":%d,%b' % (comma, place + 1, rest))
            changed.write(b'%b{"num":%d,%b' % (comma, place + 1, other))
            in_front.write(b',{"num":%d,%b' % (place + 2, rest))
        for file in (plain, changed, in_front):
            file.write(b"]")
    return {name: (directory / name).stat().st_size for name in names}


def _write(path: Path, entries: Iterable[bytes]) -> int:
    with path.open("wb", _WRITE_BYTES) as file:
        file.write(b"[")
        for place, entry in enumerate(entries):
            file.write(b"," + entry if place else entry)
        file.write(b"]")
        return file.tell()


def _categories(first_id: int, count: int) -> Iterator[bytes]:
    for place in range(count):
        title = f"{_Numbers(10**9 + first_id + place).words(2).upper()} | {place}"
        yield php_json({"category_id": str(first_id + place), "category_name": title, "parent_id": 0})


def _channel(place: int) -> dict[str, Any]:
    numbers = _Numbers(2 * 10**9 + place)
    name = f"{numbers.one_of(('UK', 'DE', 'FR', 'PL', 'US'))}: {_title(numbers, 2)} {numbers.one_of(('HD', 'FHD', 'SD', '4K'))}"
    return {
        "name": name,
        "stream_type": "live",
        "stream_id": 10_000 + place,
        "stream_icon": f"http://img.provider.example:8080/logos/{numbers.word()}/{numbers.word()}-{place}.png",
        "epg_channel_id": f"{numbers.word()}.{place}.example" if place % 3 else None,
        "added": str(1_500_000_000 + place * 37),
        "is_adult": "0",
        "category_id": str(1 + numbers.below(_CATEGORIES[LIVE_CATEGORIES])),
        "custom_sid": "",
        "tv_archive": int(place % 4 == 0),
        "direct_source": "",
        "tv_archive_duration": "7" if place % 4 == 0 else 0,
    }


def _movie(place: int) -> dict[str, Any]:
    numbers = _Numbers(place)
    year = 1950 + numbers.below(75)
    category = 201 + numbers.below(_CATEGORIES[MOVIE_CATEGORIES])
    rating = numbers.one_of(_RATINGS)
    return {
        "name": f"{_title(numbers, 1 + numbers.below(4))} ({year})",
        "stream_type": "movie",
        "stream_id": 1_000_000 + place,
        "stream_icon": f"https://image.provider.example/t/p/w600_and_h900/{numbers.word()}{numbers.below(10**12)}.jpg",
        "rating": rating,
        "rating_5based": 0,
        "tmdb": str(numbers.below(10**6)) if place % 5 else "",
        "plot": f"{numbers.words(17 + numbers.below(13)).capitalize()}.",
        "cast": ", ".join(numbers.name() for _ in range(4)),
        "director": numbers.name(),
        "genre": ", ".join(_two_genres(numbers)),
        "release_date": f"{year}-{1 + numbers.below(12):02}-{1 + numbers.below(28):02}",
        "added": str(1_500_000_000 + place * 11),
        "is_adult": "0",
        "category_id": str(category),
        "category_ids": [category] if place % 10 else [category, 201 + numbers.below(_CATEGORIES[MOVIE_CATEGORIES])],
        "container_extension": numbers.one_of(("mkv", "mp4", "avi")),
        "custom_sid": None,
        "direct_source": "",
    }


def _one_series(place: int) -> dict[str, Any]:
    numbers = _Numbers(3 * 10**9 + place)
    released = f"{1980 + numbers.below(45)}-{1 + numbers.below(12):02}-{1 + numbers.below(28):02}"
    art = f"https://image.provider.example/t/p/original/{numbers.word()}{numbers.below(10**12)}.jpg"
    return {
        "name": _title(numbers, 1 + numbers.below(4)),
        "series_id": 1 + place,
        "cover": art,
        "plot": f"{numbers.words(40 + numbers.below(30)).capitalize()}.",
        "cast": ", ".join(numbers.name() for _ in range(6)),
        "director": numbers.name(),
        "genre": " / ".join(_two_genres(numbers)),
        "releaseDate": released,
        "release_date": released,
        "last_modified": str(1_600_000_000 + place * 101),
        "rating": numbers.one_of(_RATINGS),
        "rating_5based": 3.5,
        "backdrop_path": [art],
        "youtube_trailer": "",
        "episode_run_time": str(20 + numbers.below(50)),
        "category_id": str(401 + numbers.below(_CATEGORIES[SERIES_CATEGORIES])),
    }


def _two_genres(numbers: _Numbers) -> tuple[str, str]:
    first = numbers.below(len(_GENRES))
    return _GENRES[first], _GENRES[(first + 1 + numbers.below(len(_GENRES) - 1)) % len(_GENRES)]


def _title(numbers: _Numbers, words: int) -> str:
    """One in six has letters that are not ASCII."""
    title = numbers.words(words).title()
    return title if numbers.below(6) else f"{numbers.one_of(_MARKED)} {title}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rows", description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--rows", type=int, default=ROWS)
    options = parser.parse_args()
    made = make(options.directory, options.rows)
    for action, count in made.counts.items():
        size = made.body_bytes[f"{action}.json"]
        print(f"{action}: {count} rows, {size} bytes, {size / max(count, 1):.0f} a row")
    print(f"together {sum(made.counts.values())} rows, {made.total_bytes / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
