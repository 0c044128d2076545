"""The entries of a slice one by one, so that a bad one costs only itself."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

import msgspec

from actors.sources.pieces import pieces
from actors.sources.rejects import reject
from actors.sources.tolerant import decode_entry
from actors.sources.values import Unreadable
from contracts.catalog import Reject

E = TypeVar("E", bound=msgspec.Struct)
Refused = dict[int, tuple[str, str | None]]
"""Of each entry that can be no row, by its place: the reason, and its id if that could be read."""


def entries(body: bytes, decoder: msgspec.json.Decoder[list[E]], shape: type[E], refused: Refused) -> Iterable[tuple[int, E]]:
    """Each entry with its place; those that cannot be decoded go to `refused`.

    The slice is decoded at once; only one with an entry that fails is taken apart. The fields of `shape` should be `Any`.
    Raises UnexpectedAnswer if the body is no JSON array.
    """
    try:
        return enumerate(decoder.decode(body))
    except (ValueError, RecursionError):
        return list(_each_entry(body, shape, refused))


def _each_entry(body: bytes, shape: type[E], refused: Refused) -> Iterator[tuple[int, E]]:
    for place, piece in enumerate(pieces(body)):
        try:
            yield place, msgspec.convert(decode_entry(piece), shape)
        except Unreadable as unreadable:
            refused[place] = (str(unreadable), None)


def rejects(body: bytes, refused: Refused) -> list[Reject]:
    """The entries that can be no row, in their order, each with its copy and its reason."""
    copies = pieces(body) if refused else []
    return [reject(reason, copies[place], remote_id) for place, (reason, remote_id) in sorted(refused.items())]
