"""What a source's answers become: the account, and the rows of a listing."""

from msgspec import Struct

from contracts.catalog import Category, HomeSection, Item, Library, Reject


class Account(Struct, frozen=True, kw_only=True):
    """What the server says of itself and of the account. Never a name, a password, an address or the server's own message."""

    server: dict[str, str | int | bool | None] = {}
    warnings: list[str] = []
    """What a person should know, one sentence each."""


class Read(Struct, frozen=True, kw_only=True):
    """One slice of a listing, each entry in exactly one place."""

    categories: list[Category] = []
    items: list[Item] = []
    libraries: list[Library] = []
    sections: list[HomeSection] = []
    rejects: list[Reject] = []
    excluded: int = 0
    """Entries that the source's category filter leaves out."""
