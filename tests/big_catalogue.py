"""A catalogue large enough that an act in the middle of its sync is in the middle, and small enough for a test."""

from actors.demo import Catalogue
from actors.demo.catalogue import LIVE, LIVE_CATEGORIES, MOVIE_CATEGORIES, MOVIES, SERIES, SERIES_CATEGORIES


def big_catalogue(movies: int = 6_000, *, edition: str = "") -> Catalogue:
    """So many films of 300 bytes, a tenth as many channels and series; `edition` is part of every title."""
    plot = "A film that nobody has made. " * 6
    return Catalogue(
        listings={
            LIVE_CATEGORIES: _categories(3),
            LIVE: [
                {"num": n, "stream_id": n, "name": f"Channel {n}{edition}", "category_id": str(n % 3)}
                for n in range(movies // 10)
            ],
            MOVIE_CATEGORIES: _categories(9),
            MOVIES: [
                {"num": n, "stream_id": n, "name": f"Film {n}{edition}", "category_id": str(n % 9), "plot": plot}
                for n in range(movies)
            ],
            SERIES_CATEGORIES: _categories(3),
            SERIES: [
                {"num": n, "series_id": n, "name": f"Serial {n}{edition}", "category_id": str(n % 3)} for n in range(movies // 10)
            ],
        }
    )


def _categories(count: int) -> list[dict[str, object]]:
    return [{"category_id": str(n), "category_name": f"Category {n}", "parent_id": 0} for n in range(count)]
