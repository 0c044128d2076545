"""The server's side of RFC 6455, as far as notifications need it: the handshake, frames to whoever listens, frames from them."""

import asyncio
import base64
import hashlib
import threading
from collections.abc import Callable
from typing import Final

import msgspec

from actors.demo.answer import Answer, Upgrade, plain
from actors.demo.request import Request

_MAGIC: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_VERSION: Final = "13"
_TEXT, _BINARY, _CLOSE, _PING, _PONG = 1, 2, 8, 9, 10
_FINAL: Final = 0x80
_MASKED: Final = 0x80
_FRAME_BYTES_MAX: Final = 64 * 1024
"""Of what a client says: listeners say little."""


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """A text that a client sent."""

    user: str
    text: str


def upgraded(request: Request, upgrade: Upgrade) -> Answer:
    """The handshake's answer; 400 for a request that is none."""
    key = request.headers.get("sec-websocket-key", "")
    is_handshake = "websocket" in request.headers.get("upgrade", "").lower() and key
    if not is_handshake or request.headers.get("sec-websocket-version") != _VERSION:
        return plain(400, b"", "text/plain")
    headers = (("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", accepted(key)))
    return Answer(status=101, headers=headers, upgrade=upgrade)


def accepted(key: str) -> str:
    """What proves that the key was read."""
    return base64.b64encode(hashlib.sha1(key.encode("latin-1") + _MAGIC, usedforsecurity=False).digest()).decode()


def frame(body: bytes, opcode: int = _TEXT) -> bytes:
    """One whole frame from a server, which does not mask."""
    size = len(body)
    if size < 126:
        head = bytes((_FINAL | opcode, size))
    elif size < 1 << 16:
        head = bytes((_FINAL | opcode, 126)) + size.to_bytes(2, "big")
    else:
        head = bytes((_FINAL | opcode, 127)) + size.to_bytes(8, "big")
    return head + body


async def read_frame(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Opcode and body of a frame from a client. Raises ValueError for one that no listener sends."""
    first, second = await reader.readexactly(2)
    size = second & ~_MASKED
    if size == 126:
        size = int.from_bytes(await reader.readexactly(2), "big")
    if size == 127 or size > _FRAME_BYTES_MAX or not second & _MASKED or not first & _FINAL:
        raise ValueError("a frame that no listener sends")
    mask = await reader.readexactly(4)
    masked = await reader.readexactly(size)
    return first & ~_FINAL, bytes(byte ^ mask[place % 4] for place, byte in enumerate(masked))


class Sockets:
    """The open websockets of one server. What is public may be called from any thread, before and after the server as well."""

    def __init__(self, in_thread: Callable[[Callable[[], None]], None]) -> None:
        """`in_thread` has something done in the server's thread, or does nothing when that has ended."""
        self._in_thread = in_thread
        self._lock = threading.Lock()
        self._open: dict[asyncio.StreamWriter, Upgrade] = {}
        self._heard: list[Heard] = []

    @property
    def open_count(self) -> int:
        with self._lock:
            return len(self._open)

    @property
    def heard(self) -> list[Heard]:
        """Every text that clients have sent, in its order."""
        with self._lock:
            return list(self._heard)

    def say(self, text: str | bytes, *, to: Callable[[str], bool] = lambda _user: True) -> None:
        """A message to every socket whose user is wanted; bytes go as a binary one."""
        whole = frame(text.encode(), _TEXT) if isinstance(text, str) else frame(text, _BINARY)
        self.say_raw(whole, to=to)

    def say_raw(self, wire: bytes, *, to: Callable[[str], bool] = lambda _user: True) -> None:
        """Bytes on the wire as they are, a frame or not."""

        def write() -> None:
            for writer, upgrade in self._all():
                if to(upgrade.user):
                    writer.write(wire)

        self._in_thread(write)

    def ping(self) -> None:
        self.say_raw(frame(b"", _PING))

    def drop(self) -> None:
        """Break every connection off, without a farewell."""

        def abort() -> None:
            for writer, _ in self._all():
                writer.transport.abort()

        self._in_thread(abort)

    def close(self, code: int = 1001) -> None:
        """Say farewell to everybody."""
        self.say_raw(frame(code.to_bytes(2, "big"), _CLOSE))

    def _all(self) -> list[tuple[asyncio.StreamWriter, Upgrade]]:
        with self._lock:
            return list(self._open.items())

    # --- In the server's thread ---

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: Answer) -> None:
        """One socket, from the handshake's answer to its end. Raises what reading raises."""
        assert answer.upgrade is not None
        with self._lock:
            self._open[writer] = answer.upgrade
        lines = ["HTTP/1.1 101 Switching Protocols", *(f"{name}: {value}" for name, value in answer.headers)]
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
        for text in answer.upgrade.greeting:
            writer.write(frame(text.encode()))
        try:
            while await self._took(reader, writer, answer.upgrade):
                pass
        except TimeoutError:
            return  # Nothing was heard for too long.
        finally:
            with self._lock:
                del self._open[writer]

    async def _took(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, upgrade: Upgrade) -> bool:
        """One frame; whether others may follow. Pings and their answers are no sign of life to a server that is owed words."""
        async with asyncio.timeout(upgrade.patience_s):
            opcode, body = await read_frame(reader)
            while opcode in (_PING, _PONG):
                if opcode == _PING:
                    writer.write(frame(body, _PONG))
                opcode, body = await read_frame(reader)
        if opcode == _CLOSE:
            writer.write(frame(body, _CLOSE))
            await writer.drain()
            return False
        with self._lock:
            self._heard.append(Heard(user=upgrade.user, text=body.decode(errors="replace")))
        return True
