"""A TCP proxy that spoils what passes through it: between an actor and the bus, or between the fetcher and a server."""

import asyncio
import contextlib
import random
import socket
import struct
from types import TracebackType
from typing import Final, Literal, Self

import msgspec

HOST: Final = "127.0.0.1"
_PIECE_BYTES: Final = 16_384
_LOOK_S: Final = 0.02
_RESET: Final = struct.pack("ii", 1, 0)
"""SO_LINGER of zero seconds: closing sends RST."""

Way = Literal["up", "down"]
"""`up` is from the one who connects."""


class Toxic(msgspec.Struct, frozen=True, kw_only=True):
    """How a connection is spoilt. The defaults spoil nothing."""

    refuse: bool = False
    """New connections are reset at once."""
    blackhole: bool = False
    """Nothing is passed on, and nobody is told."""
    latency_s: float = 0.0
    bytes_per_s: int | None = None
    reset_after_bytes: int | None = None
    """RST to both sides after so many bytes of one way."""
    cut_after_bytes: int | None = None
    """FIN instead."""
    corrupt_share: float = 0.0
    """Of the pieces, each with one bit turned."""
    ways: tuple[Way, ...] = ("up", "down")


CLEAN: Final = Toxic()


class Proxy:
    """Listens on a port of its own, and connects to `target_port` for each connection that comes. An async context manager."""

    def __init__(self, target_port: int, *, seed: int = 0) -> None:
        self.target_port = target_port
        self.port = 0
        self.toxic = CLEAN
        self.connections_total = 0
        self._random = random.Random(seed)
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._came, HOST, 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.close()
        self.toxic = CLEAN
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def set(self, toxic: Toxic) -> None:
        """From now on, on the connections that are open as well."""
        self.toxic = toxic

    def reset_all(self) -> int:
        """RST on every connection that is open; how many there were."""
        found = len(self._tasks)
        for writer in tuple(self._writers):
            _reset(writer)
        return found

    def _came(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections_total += 1
        task = asyncio.create_task(self._connected(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _: writer.transport.abort())

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.toxic.refuse:
            _reset(writer)
            return
        try:
            up_reader, up_writer = await asyncio.open_connection(HOST, self.target_port)
        except OSError:
            _reset(writer)
            return
        self._writers |= {writer, up_writer}
        pumps = [
            asyncio.create_task(self._pump(reader, up_writer, writer, "up")),
            asyncio.create_task(self._pump(up_reader, writer, up_writer, "down")),
        ]
        try:
            with contextlib.suppress(OSError):
                await asyncio.gather(*pumps)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            self._writers -= {writer, up_writer}
            for each in (writer, up_writer):
                each.transport.abort()

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, back: asyncio.StreamWriter, way: Way
    ) -> None:
        passed = 0
        while piece := await reader.read(_PIECE_BYTES):
            toxic = self.toxic
            while toxic.blackhole and way in toxic.ways:
                await asyncio.sleep(_LOOK_S)
                toxic = self.toxic
            if way not in toxic.ways:
                toxic = CLEAN
            piece, is_over = self._spoilt(piece, toxic, passed)
            await self._slowly(writer, piece, toxic)
            passed += len(piece)
            if is_over:
                for each in (writer, back):
                    _reset(each) if toxic.reset_after_bytes is not None else each.close()
                return
        with contextlib.suppress(OSError):
            writer.write_eof()

    def _spoilt(self, piece: bytes, toxic: Toxic, passed: int) -> tuple[bytes, bool]:
        end = toxic.reset_after_bytes if toxic.reset_after_bytes is not None else toxic.cut_after_bytes
        is_over = end is not None and passed + len(piece) >= end
        if end is not None and is_over:
            piece = piece[: max(0, end - passed)]
        if piece and toxic.corrupt_share and self._random.random() < toxic.corrupt_share:
            place = self._random.randrange(len(piece))
            piece = piece[:place] + bytes([piece[place] ^ 1 << self._random.randrange(8)]) + piece[place + 1 :]
        return piece, is_over

    async def _slowly(self, writer: asyncio.StreamWriter, piece: bytes, toxic: Toxic) -> None:
        if toxic.latency_s:
            await asyncio.sleep(toxic.latency_s * (0.5 + self._random.random()))
        if toxic.bytes_per_s is None:
            writer.write(piece)
            await writer.drain()
            return
        step = max(1, toxic.bytes_per_s // 20)
        for start in range(0, len(piece), step):
            writer.write(piece[start : start + step])
            await writer.drain()
            await asyncio.sleep(1 / 20)


def _reset(writer: asyncio.StreamWriter) -> None:
    found = writer.get_extra_info("socket")
    if found is not None:
        with contextlib.suppress(OSError):
            found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()
