"""Hashes by which it is known whether a row, or what the rows of a slice depend on, has changed."""

import struct
from collections.abc import Collection
from hashlib import blake2b
from typing import Any, Final

import msgspec

from contracts.catalog import SourceKind

_encode: Final = msgspec.msgpack.Encoder().encode
_signed: Final = struct.Struct("<q").unpack


def row_hash(content: tuple[Any, ...]) -> int:
    """blake2b over the content, 8 bytes, as a signed 64-bit integer. The same for the same content in every process."""
    digest: int = _signed(blake2b(_encode(content), digest_size=8).digest())[0]
    return digest


def salt_of(kind: SourceKind, reader_version: int, denied_category_ids: Collection[str]) -> bytes:
    """What the rows of a slice depend on besides its bytes: the reader's version and the category filter; 32 bytes."""
    said = _encode((kind.value, reader_version, sorted(set(denied_category_ids))))
    return blake2b(said, digest_size=32).digest()
