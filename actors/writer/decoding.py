"""A parsed slice, from its bytes to its rows."""

import msgspec

from contracts.catalog import Category, Item
from contracts.errors import BadMessage
from contracts.messages import SliceParsed

_categories: msgspec.msgpack.Decoder[list[Category]] = msgspec.msgpack.Decoder(list[Category])
_items: msgspec.msgpack.Decoder[list[Item]] = msgspec.msgpack.Decoder(list[Item])


class Rows(msgspec.Struct, frozen=True):
    """A parsed slice, decoded."""

    message: SliceParsed
    categories: list[Category]
    items: list[Item]

    @property
    def remote_ids(self) -> list[str]:
        return [row.remote_id for row in self.categories] + [row.remote_id for row in self.items]


def decoded(message: SliceParsed) -> Rows:
    """The rows of a slice. Raises BadMessage when they cannot be decoded."""
    try:
        return Rows(message, _categories.decode(message.categories), _items.decode(message.items))
    except (ValueError, RecursionError) as error:
        raise BadMessage(f"slice_parsed.v1: rows: {error}") from None
