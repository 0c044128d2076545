"""Fixtures that all tests share."""

import socket
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from tests.bus_server import BusServer, bus_server

# How long an example takes depends on what else the machine does; how long a test takes is bounded by pytest's own timeout.
hypothesis.settings.register_profile("playbill", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("playbill")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def free_port() -> int:
    """A port of loopback that nobody listened on a moment ago."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture
def nats_server(tmp_path: Path) -> Iterator[BusServer]:
    """A real bus of the test's own, with the project's users and no streams yet."""
    with bus_server(tmp_path / "bus") as server:
        yield server
