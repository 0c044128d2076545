"""What the stand-in provider has to offer."""

from pathlib import Path

import pytest

from actors.demo import demo_catalogue, recorded_catalogue
from actors.demo.catalogue import LISTINGS, LIVE, MOVIES, SERIES, php_json
from actors.demo.demo import REPEATED, UNREADABLE


def test_the_demo_has_a_few_hundred_titles_and_channels() -> None:
    counts = demo_catalogue().counts()

    assert counts[MOVIES] > 220
    assert counts[SERIES] == 40
    assert counts[LIVE] > 110
    assert all(counts[action] for action in LISTINGS)


def test_the_demo_is_the_same_at_every_call() -> None:
    first = php_json(dict(demo_catalogue().listings))
    demo_catalogue.cache_clear()

    assert php_json(dict(demo_catalogue().listings)) == first


def test_the_demo_says_how_many_of_its_entries_are_unreadable_or_repeated() -> None:
    catalogue = demo_catalogue()

    for action in (LIVE, MOVIES, SERIES):
        ids = catalogue.ids(action)
        assert catalogue.count(action) - len(ids) == UNREADABLE.get(action, 0)
        assert len(ids) - len(set(ids)) == REPEATED.get(action, 0)


def test_the_demo_has_the_quirks_in_it() -> None:
    movies = [entry for entry in demo_catalogue().entries(MOVIES) if isinstance(entry, dict)]

    assert {type(entry.get("category_ids")) for entry in movies} >= {list, str, int, type(None)}
    assert {type(entry.get("rating")) for entry in movies} >= {str, float, type(None)}
    assert any("," in entry["rating"] for entry in movies if isinstance(entry.get("rating"), str))
    assert any(entry.get("rating") == "N/A" for entry in movies)
    assert any(entry["name"] is None for entry in demo_catalogue().entries(LIVE) if entry)


def test_changing_a_listing_makes_another_catalogue() -> None:
    catalogue = demo_catalogue()
    smaller = catalogue.with_listing(LIVE, catalogue.entries(LIVE)[:3])

    assert (smaller.count(LIVE), catalogue.count(LIVE), smaller.count(MOVIES)) == (3, 121, catalogue.count(MOVIES))


def test_a_directory_without_recordings_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        recorded_catalogue(tmp_path)
