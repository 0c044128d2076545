"""A real nats-server with the project's own `nats.conf`, for as long as a test lasts."""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from actors.runtime.config import BusConfig

NATS_CONF: Final = Path(__file__).resolve().parents[1] / "nats.conf"
ROLES: Final = ("admin", "scheduler", "push", "fetcher", "parser", "writer", "progress", "reader", "client")
_STOP_S: Final = 10.0


class BusServer(msgspec.Struct, frozen=True, kw_only=True):
    """A running server: where it listens, and each role's password."""

    port: int
    passwords: dict[str, str]
    process: subprocess.Popen[str]
    directory: Path
    lines: list[str]
    """What it has said so far."""

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    def config(self, role: str) -> BusConfig:
        return BusConfig(url=self.url, user=role, password=self.passwords[role])


def nats_server_path() -> str:
    """The binary of the wheel, which lies beside the interpreter."""
    path = shutil.which("nats-server", path=str(Path(sys.executable).parent)) or shutil.which("nats-server")
    assert path is not None, "nats-server is missing: install requirements-dev.lock"
    return path


def environment(directory: Path, port: int, passwords: dict[str, str]) -> dict[str, str]:
    """What `nats.conf` asks of its environment."""
    return {
        **os.environ,
        "PLAYBILL_NATS_LISTEN": f"127.0.0.1:{port}",
        "PLAYBILL_NATS_STORE": f'"{directory}"',
        "PLAYBILL_NATS_SYNC": "120s",
        **{f"PLAYBILL_PW_{role.upper()}": f'"{password}"' for role, password in passwords.items()},
    }


@contextmanager
def bus_server(directory: Path, port: int = -1) -> Iterator[BusServer]:
    """Start it, wait until it says that it is ready, and end it. With `port` -1 it takes a free one."""
    passwords = {role: f"pw_{role}_of_a_test" for role in ROLES}
    process = subprocess.Popen(
        [nats_server_path(), "-c", str(NATS_CONF)],
        env=environment(directory, port, passwords),
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    lines: list[str] = []
    reader = threading.Thread(target=_keep_reading, args=(process, lines), daemon=True)
    # Its end closes the pipe, the closed pipe ends the reader, and only then is the pipe's other end closed.
    with process:
        try:
            taken_port = _port_when_ready(process, lines)
            reader.start()
            yield BusServer(port=taken_port, passwords=passwords, process=process, directory=directory, lines=lines)
        finally:
            _stop(process)
            if reader.ident is not None:
                reader.join(_STOP_S)


def _port_when_ready(process: subprocess.Popen[str], lines: list[str]) -> int:
    assert process.stderr is not None
    port = 0
    for line in process.stderr:
        lines.append(line)
        if "Listening for client connections" in line:
            port = int(line.rsplit(":", 1)[1])
        if "Server is ready" in line:
            return port
    raise AssertionError("nats-server did not start:\n" + "".join(lines))


def _keep_reading(process: subprocess.Popen[str], lines: list[str]) -> None:
    # A pipe that nobody empties would stop the server.
    assert process.stderr is not None
    lines.extend(process.stderr)


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
