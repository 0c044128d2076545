"""A running stand-in Plex server as a fixture: a module names this one in `pytest_plugins`."""

from collections.abc import Iterator

import pytest

from actors.demo import PlexServer, demo_plex_library


@pytest.fixture
def plex() -> Iterator[PlexServer]:
    with PlexServer(demo_plex_library()) as running:
        yield running
