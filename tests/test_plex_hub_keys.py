"""A hub's key, as servers write it, becomes a request."""

from typing import Any

import pytest

from actors.sources.plex.hubs import key_of


@pytest.mark.parametrize(
    ("key", "path", "params"),
    [
        ("/hubs/home/recentlyAdded?type=1", "hubs/home/recentlyAdded", {"type": "1"}),
        (
            "/library/sections/1/all?sort=originallyAvailableAt:desc&originallyAvailableAt>=-1y",
            "library/sections/1/all",
            {"sort": "originallyAvailableAt:desc", "originallyAvailableAt>": "-1y"},
        ),
        ("/library/sections/1/all?title=A%20B%26C&genre=1,2", "library/sections/1/all", {"title": "A B&C", "genre": "1,2"}),
        ("/x?sort=a%3Adesc", "x", {"sort": "a:desc"}),
        ("/x?push=1&&", "x", {"push": "1"}),
        ("/x?a=1&X-Plex-Token=sesame&x-plex-container-size=5#y", "x", {"a": "1"}),
    ],
)
def test_a_key_is_taken_apart_so_that_it_is_encoded_once(key: str, path: str, params: dict[str, str]) -> None:
    found = key_of(key)

    assert found is not None
    assert (found.path, dict(found.params)) == (path, params)


@pytest.mark.parametrize("key", [None, 7, "", "/", "x", "https://elsewhere.example/x", "/../x", "/a\nb", "/" + "x" * 3_000])
def test_what_is_no_path_on_the_server_is_not_asked_for(key: Any) -> None:
    assert key_of(key) is None
