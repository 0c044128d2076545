"""A nats-server with the project's own nats.conf, as somebody has it who runs the bus by himself."""

import os
import shutil
import socket
import sys
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from actors.runtime.config import BusConfig
from faults.processes import Program, until

_CONF: Final = Path(__file__).resolve().parents[1] / "nats.conf"
_USERS: Final = ("admin", "scheduler", "push", "fetcher", "parser", "writer", "progress", "reader", "client")


class _Connections(msgspec.Struct, frozen=True):
    num_connections: int


class NatsServer:
    """Not started by itself: `program` is what runs it."""

    def __init__(self, directory: Path, more: str = "") -> None:
        """`more` are lines that are added to nats.conf, where they override what stands there."""
        self.directory = directory
        self.port, self.monitor_port = free_port(), free_port()
        self.passwords = {user: f"pw_canary_{user}_of_the_bus" for user in _USERS}
        self._conf = directory / "nats.conf"
        self._conf.write_text(_CONF.read_text(encoding="utf-8") + f"\n{more}\n", encoding="utf-8")

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    @property
    def store(self) -> Path:
        return self.directory / "jetstream"

    def config(self, user: str) -> BusConfig:
        return BusConfig(url=self.url, user=user, password=self.passwords[user], name=f"faults-{user}")

    def program(self) -> Program:
        variables = {
            "PLAYBILL_NATS_LISTEN": f"127.0.0.1:{self.port}",
            "PLAYBILL_NATS_STORE": f'"{self.store}"',
            "PLAYBILL_NATS_SYNC": "120s",
            "GOMEMLIMIT": "48MiB",
            **{f"PLAYBILL_PW_{user.upper()}": f'"{password}"' for user, password in self.passwords.items()},
        }
        command: Sequence[str] = (binary(), "-c", str(self._conf), "-m", str(self.monitor_port))
        return Program("nats-server", command, {**os.environ, **variables}, self.directory)

    async def listens(self) -> None:
        await until(self._is_listening, "nats-server listens")

    def _is_listening(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def has_connections(self, least: int) -> bool:
        """Whether so many clients are connected, by the server's own word."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.monitor_port}/connz", timeout=2) as answer:
                return msgspec.json.decode(answer.read(), type=_Connections).num_connections >= least
        except OSError:
            return False


def binary() -> str:
    """The one of the wheel, which lies beside the interpreter."""
    found = shutil.which("nats-server", path=str(Path(sys.executable).parent)) or shutil.which("nats-server")
    assert found is not None, "nats-server is missing: install requirements-dev.lock"
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
