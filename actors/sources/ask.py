"""What a source is asked with: requests without credentials, the credentials, and the steps of a sync."""

from msgspec import Struct

from contracts.catalog import ItemKind


class Ask(Struct, frozen=True, kw_only=True):
    """One GET, relative to the source's base URL. Credentials join it at the HTTP door only (`Source.authorize`)."""

    path: str
    params: tuple[tuple[str, str], ...] = ()
    """Decoded values; the door encodes them."""


class Credentials(Struct, frozen=True, kw_only=True):
    """A user name and a password. Nothing that prints this shows either."""

    username: str
    password: str

    def __repr__(self) -> str:
        return "Credentials(…)"

    def __rich_repr__(self) -> list[tuple[str, str]]:
        return []


class StepDefinition(Struct, frozen=True, kw_only=True):
    """One listing that a sync of a source is made of."""

    step: str
    """Its name, as in messages and in the database."""
    title: str
    weight: int = 1
    """Its share of the progress; 0 for the account check."""
    item_kind: ItemKind | None = None
    """What its rows are, or what its categories sort."""
    is_categories: bool = False
    library_remote_id: str | None = None
    """The library its rows belong to."""
    categories_step: str | None = None
    """The step that lists the categories its items name."""
