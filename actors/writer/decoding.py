"""A parsed slice, from its bytes to its rows."""

import msgspec

from contracts.catalog import Category, HomeSection, Item, Library
from contracts.errors import BadMessage
from contracts.messages import SliceParsed

_categories: msgspec.msgpack.Decoder[list[Category]] = msgspec.msgpack.Decoder(list[Category])
_items: msgspec.msgpack.Decoder[list[Item]] = msgspec.msgpack.Decoder(list[Item])
_libraries: msgspec.msgpack.Decoder[list[Library]] = msgspec.msgpack.Decoder(list[Library])
_sections: msgspec.msgpack.Decoder[list[HomeSection]] = msgspec.msgpack.Decoder(list[HomeSection])


class Rows(msgspec.Struct, frozen=True):
    """A parsed slice, decoded."""

    message: SliceParsed
    categories: list[Category]
    items: list[Item]
    libraries: list[Library]
    sections: list[HomeSection]

    @property
    def remote_ids(self) -> list[str]:
        """Of every entry that the server has: a section that could not be read is on the home page nevertheless."""
        rows = (self.categories, self.items, self.libraries)
        return [row.remote_id for each in rows for row in each] + [section.hub_identifier for section in self.sections]


def decoded(message: SliceParsed) -> Rows:
    """The rows of a slice. Raises BadMessage when they cannot be decoded."""
    try:
        return Rows(
            message,
            _categories.decode(message.categories),
            _items.decode(message.items),
            _libraries.decode(message.libraries),
            _sections.decode(message.sections),
        )
    except (ValueError, RecursionError) as error:
        raise BadMessage(f"slice_parsed.v1: rows: {error}") from None
