"""The hash of a row, by which it is known whether the row has changed."""

import struct
from hashlib import blake2b
from typing import Any, Final

import msgspec

_encode: Final = msgspec.msgpack.Encoder().encode
_signed: Final = struct.Struct("<q").unpack


def row_hash(content: tuple[Any, ...]) -> int:
    """blake2b over the content, 8 bytes, as a signed 64-bit integer. The same for the same content in every process."""
    digest: int = _signed(blake2b(_encode(content), digest_size=8).digest())[0]
    return digest
