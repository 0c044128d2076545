"""A running stand-in provider and a client of it, as fixtures: a module names this one in `pytest_plugins`."""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from actors.demo import XtreamServer, demo_catalogue
from tests.demo_room import WAIT_S


@pytest.fixture
def server() -> Iterator[XtreamServer]:
    with XtreamServer(demo_catalogue()) as running:
        yield running


@pytest.fixture
async def client(server: XtreamServer) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=WAIT_S) as running:
        yield running
