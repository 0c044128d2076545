"""How nats-server says it is: plain HTTP on its monitoring port, and when that is bad enough to start it anew."""

import asyncio
import time
from pathlib import Path
from typing import Final

import msgspec

from contracts import limits

_ANSWER_BYTES_MAX: Final = 64 * limits.KIB
_WELL_AGAIN_S: Final = 60.0
"""After so long without a complaint a restart is taken to have helped."""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """One answer of healthz."""

    is_well: bool
    text: str
    """The server's own words, which name the stream, or why there are none."""


class _Ports(msgspec.Struct, frozen=True):
    monitoring: list[str] = []


class _Body(msgspec.Struct, frozen=True):
    status: str = ""
    error: str = ""


def monitor_of(directory: Path) -> tuple[str, int] | None:
    """Host and port of the server that was started with `--ports_file_dir` for this directory; none when it is not known."""
    try:
        newest = max(directory.glob("*.ports"), key=lambda path: path.stat().st_mtime, default=None)
        if newest is None:
            return None
        ports = msgspec.json.decode(newest.read_bytes(), type=_Ports)
        host, _, port = ports.monitoring[0].rpartition("/")[2].rpartition(":")
        return host, int(port)
    except (OSError, ValueError, RecursionError, IndexError):
        return None


def forget_monitor(directory: Path) -> None:
    """Remove what a server that was killed has left: its port may be another program's by now."""
    for path in directory.glob("*.ports"):
        path.unlink(missing_ok=True)


async def ask_healthz(host: str, port: int) -> Verdict:
    """Ask it all: `js-enabled-only` would keep a stream that takes nothing any more to itself. Takes two seconds at most."""
    try:
        async with asyncio.timeout(limits.BUS_HEALTH_ANSWER_S):
            return verdict_of(await _get(host, port))
    except TimeoutError:
        return Verdict(is_well=False, text=f"no answer within {limits.BUS_HEALTH_ANSWER_S:.0f} s")
    except (OSError, ValueError) as error:
        return Verdict(is_well=False, text=f"no answer: {type(error).__name__}")


async def _get(host: str, port: int) -> bytes:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(f"GET /healthz HTTP/1.0\r\nHost: {host}:{port}\r\n\r\n".encode())
        answer = b""
        while (piece := await reader.read(_ANSWER_BYTES_MAX)) and len(answer) < _ANSWER_BYTES_MAX:
            answer += piece
        return answer
    finally:
        writer.transport.abort()


def verdict_of(answer: bytes) -> Verdict:
    """What an answer says. Only a status of 200 is good."""
    head, _, body = answer.partition(b"\r\n\r\n")
    status = [*head.split(maxsplit=2), b"", b""][1]
    if status == b"200":
        return Verdict(is_well=True, text="ok")
    try:
        said = msgspec.json.decode(body, type=_Body)
        words = said.error or said.status
    except (ValueError, RecursionError):
        words = ""
    told = words or f"status {status.decode('ascii', 'replace') or 'missing'}"
    return Verdict(is_well=False, text=" ".join(told.split())[: limits.HEALTH_TEXT_CHARS_MAX])


class Complaints:
    """How long a server has been unwell in a row, and whether that is long enough. Longer each time a restart did not help."""

    def __init__(self) -> None:
        self._times = 0
        self._first_s = 0.0
        self._well_since_s: float | None = None
        self._span_s = limits.BUS_UNWELL_S

    def hear(self, verdict: Verdict, now_s: float) -> bool:
        """Whether it is to be started anew."""
        if verdict.is_well:
            self._times = 0
            self._well_since_s = now_s if self._well_since_s is None else self._well_since_s
            if now_s - self._well_since_s >= _WELL_AGAIN_S:
                self._span_s = limits.BUS_UNWELL_S
            return False
        self._first_s = now_s if self._times == 0 else self._first_s
        self._well_since_s = None
        self._times += 1
        if self._times < limits.BUS_UNWELL_TIMES or now_s - self._first_s < self._span_s:
            return False
        self._times = 0
        self._span_s = min(limits.BUS_UNWELL_MAX_S, self._span_s * 2)
        return True

    async def enough(self, directory: Path) -> Verdict:
        """The verdict on the server of a directory for which it is to be started anew, however long that takes."""
        self._times = 0
        while True:
            await asyncio.sleep(limits.BUS_HEALTH_INTERVAL_S)
            address = monitor_of(directory)
            if address is None:
                continue
            verdict = await ask_healthz(*address)
            if self.hear(verdict, time.monotonic()):
                return verdict
