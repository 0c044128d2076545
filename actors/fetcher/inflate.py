"""Turns the bytes of an answer's body into the body, a bounded piece at a time."""

import zlib
from collections.abc import Iterator
from typing import Final

from contracts import limits
from contracts.errors import AnswerTooLarge, IncompleteAnswer, UnexpectedAnswer

_GZIP_WBITS: Final = 31


class Inflater:
    """Counts what comes in and what goes out, and stops a bomb after one piece of it."""

    def __init__(self, encoding: str, *, body_bytes_max: int, wire_bytes_max: int) -> None:
        name = encoding.strip().lower()
        if name not in ("", "identity", "gzip", "x-gzip"):
            # The name is the server's own word, and a clipped secret in it would not be recognised any more.
            raise UnexpectedAnswer("the server encodes its answer in a way that was not asked for")
        self._gzip = zlib.decompressobj(_GZIP_WBITS) if name.endswith("gzip") else None
        self._body_bytes_max, self._wire_bytes_max = body_bytes_max, wire_bytes_max
        self.wire_bytes = 0
        self.body_bytes = 0

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """The body's next pieces. Raises AnswerTooLarge, IncompleteAnswer on damage, UnexpectedAnswer on bytes after the end."""
        self.wire_bytes += len(chunk)
        if self.wire_bytes > self._wire_bytes_max:
            raise AnswerTooLarge(f"the answer is larger than {_mib(self._wire_bytes_max)}")
        for piece in self._pieces(chunk):
            self.body_bytes += len(piece)
            if self.body_bytes > self._body_bytes_max:
                raise AnswerTooLarge(f"the answer is larger than {_mib(self._body_bytes_max)}")
            yield piece

    def finish(self) -> None:
        """Raises IncompleteAnswer when the gzip stream did not end."""
        if self._gzip is not None and not self._gzip.eof and self.wire_bytes:
            raise IncompleteAnswer("the compressed answer was cut short")

    def _pieces(self, chunk: bytes) -> Iterator[bytes]:
        gzip = self._gzip
        if gzip is None:
            yield chunk
            return
        while chunk:
            if gzip.eof:
                raise UnexpectedAnswer("more bytes follow the end of the compressed answer")
            try:
                piece = gzip.decompress(chunk, limits.INFLATE_CHUNK_BYTES)
            except zlib.error:
                raise IncompleteAnswer("the compressed answer is damaged") from None
            chunk = gzip.unconsumed_tail or gzip.unused_data
            if piece:
                yield piece


def _mib(size_bytes: int) -> str:
    return f"{size_bytes / limits.MIB:,.4g} MiB"
