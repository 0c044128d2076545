"""A running stand-in Jellyfin server and a client of it, as fixtures: a module names this one in `pytest_plugins`."""

from collections.abc import Iterator

import httpx
import pytest

from actors.demo import JellyfinServer, demo_jellyfin_library
from tests.jellyfin_stand_in_room import browser


@pytest.fixture
def jellyfin() -> Iterator[JellyfinServer]:
    with JellyfinServer(demo_jellyfin_library()) as running:
        yield running


@pytest.fixture
def web(jellyfin: JellyfinServer) -> Iterator[httpx.Client]:
    """Signs requests with the API key."""
    with browser(jellyfin) as running:
        yield running
