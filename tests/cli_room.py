"""The command line as its users have it: a process of its own, a settings file, and a stand-in provider."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from actors.demo import XtreamServer

ROOT = Path(__file__).resolve().parents[1]
TIMEOUT_S = 60
USER, PASSWORD = "alice@home", "s3cret/pw&#x"


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def documents(self) -> list[Any]:
        return [msgspec.json.decode(line) for line in self.out.splitlines()]


class CommandLine:
    """`playbill` with one settings file."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def run(self, *arguments: str, **variables: str) -> Answer:
        with self.started(*arguments, **variables) as process:
            return ended(process)

    @contextmanager
    def started(self, *arguments: str, **variables: str) -> Iterator[subprocess.Popen[str]]:
        """The process; when the block is left, it and whatever it started are gone."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PLAYBILL_")}
        with subprocess.Popen(
            [sys.executable, "-m", "actors.cli", *arguments],
            cwd=self.file.parent,
            env={**environment, "PYTHONPATH": str(ROOT), "PLAYBILL_CONFIG": str(self.file), **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                yield process
            finally:
                if process.poll() is None:
                    process.send_signal(signal.SIGTERM)
                    process.send_signal(signal.SIGTERM)
                    process.communicate(timeout=TIMEOUT_S)


def ended(process: subprocess.Popen[str]) -> Answer:
    out, err = process.communicate(timeout=TIMEOUT_S)
    return Answer(code=process.returncode, out=out, err=err)


def command_line(folder: Path, provider: XtreamServer | None = None, more: str = "") -> CommandLine:
    """A settings file with one source, `iptv`, and an embedded bus on any free port."""
    file = folder / "playbill.toml"
    url = provider.url if provider is not None else "http://127.0.0.1:9"
    pace = "" if "requests_per_10_s" in more else "requests_per_10_s = 1000\n"
    file.write_text(
        f'[nats]\nport = 0\n[[source]]\nid = "iptv"\nkind = "xtream"\nurl = "{url}"\n{pace}'
        f'username = "{USER}"\npassword = "{PASSWORD}"\nmax_retries = 0\n{more}'
    )
    file.chmod(0o600)
    return CommandLine(file)


@contextmanager
def provider() -> Iterator[XtreamServer]:
    """The demo's provider with credentials that are hard to encode."""
    from actors.demo import demo_catalogue

    with XtreamServer(demo_catalogue(), username=USER, password=PASSWORD) as server:
        yield server
