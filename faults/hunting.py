"""Looks for secrets, in every form in which they could have been written down, in everything that a run left behind."""

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import nats

from actors.runtime.config import BusConfig
from faults.processes import children
from faults.trial import expect

_PIECE_BYTES: Final = 1 << 20
_LOOK_S: Final = 0.02


class Hunt:
    """Counts what it looked through, and remembers what it found."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        """`secrets` by what they are called in a finding, which never shows them."""
        self._forms = [(f"{name} ({form})", wanted) for name, secret in secrets.items() for form, wanted in forms_of(secret)]
        self._overlap_bytes = max(len(wanted) for _, wanted in self._forms)
        self.found: set[str] = set()
        self.bytes_total = self.places_total = 0

    def look(self, place: str, pieces: Iterable[bytes]) -> None:
        """Look through something that comes in pieces; a secret may lie across two of them."""
        self.places_total += 1
        tail = b""
        for piece in pieces:
            self.bytes_total += len(piece)
            body = tail + piece
            self.found |= {f"{place}: {form}" for form, wanted in self._forms if wanted in body}
            tail = body[-self._overlap_bytes :]

    def look_at_files(self, root: Path, *, but: Iterable[str]) -> None:
        """Every file below a folder, but those of these names."""
        for path in sorted(root.rglob("*")):
            if path.is_file() and path.name not in but:
                self.look(str(path.relative_to(root)), _pieces(path))

    async def look_at_streams(self, config: BusConfig) -> None:
        """Every message of every stream: subject, headers and body."""
        client = await nats.connect(config.url, user=config.user, password=config.password)
        try:
            for info in await client.jetstream().streams_info():
                for number in range(max(1, info.state.first_seq), info.state.last_seq + 1):
                    await self._look_at_message(client.jetstream(), str(info.config.name), number)
        finally:
            await client.close()

    async def _look_at_message(self, streams: nats.js.JetStreamContext, stream: str, number: int) -> None:
        with contextlib.suppress(nats.js.errors.NotFoundError):
            kept = await streams.get_msg(stream, number)
            headers = repr(kept.headers or {}).encode()
            self.look(f"{stream} {number}", [(kept.subject or "").encode(), headers, kept.data or b""])

    def check(self) -> None:
        """I9."""
        expect(not self.found, f"I9: secrets were found: {sorted(self.found)[:10]}")


def forms_of(secret: str) -> Iterator[tuple[str, bytes]]:
    """As it is, and as it is on its way: in URLs, in JSON, in base64 wherever it begins, in hexadecimal digits."""
    raw = secret.encode()
    yield "as it is", raw
    yield "in capitals", raw.upper()
    yield "percent-encoded", "".join(f"%{byte:02X}" for byte in raw).encode()
    yield "percent-encoded small", "".join(f"%{byte:02x}" for byte in raw).encode()
    yield "percent-encoded marks", "".join(chr(byte) if chr(byte).isalnum() else f"%{byte:02X}" for byte in raw).encode()
    yield "escaped", "".join(f"\\u{byte:04x}" for byte in raw).encode()
    yield "in hexadecimal", raw.hex().encode()
    yield "in two bytes a character", secret.encode("utf-16-le")
    for before in range(3):
        # Of what base64 writes of a text that begins so, the characters that depend on the secret alone.
        whole = base64.b64encode(b"\0" * before + raw)[(before * 4 + 2) // 3 : len(raw) * 4 // 3 - 1]
        yield f"in base64, {before} off", whole
        yield f"in base64 of URLs, {before} off", whole.replace(b"+", b"-").replace(b"/", b"_")


def _pieces(path: Path) -> Iterator[bytes]:
    with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            yield piece


@asynccontextmanager
async def command_lines(pid: int) -> AsyncIterator[set[str]]:
    """The command lines of a process and of all below it, those that come and go too; whole when the block has ended."""
    seen: set[str] = set()

    async def watch() -> None:
        while True:
            seen.update(_lines_below(pid))
            await asyncio.sleep(_LOOK_S)

    watching = asyncio.create_task(watch())
    try:
        yield seen
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


def _lines_below(pid: int) -> Iterator[str]:
    with contextlib.suppress(OSError):
        yield Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
    for child, _ in children(pid):
        yield from _lines_below(child)
