"""What a source is asked with: requests without credentials, the credentials, and the steps of a sync."""

from typing import Literal

from msgspec import Struct

from contracts.catalog import ItemKind, Part


class Ask(Struct, frozen=True, kw_only=True):
    """One request, relative to the source's base URL. Credentials join it at the HTTP door only (`Source.authorize`)."""

    path: str
    params: tuple[tuple[str, str], ...] = ()
    """Decoded values; the door encodes them."""
    headers: tuple[tuple[str, str], ...] = ()
    method: Literal["GET", "POST"] = "GET"
    body: bytes = b""
    """JSON of a POST."""

    def __repr__(self) -> str:
        return f"Ask({self.method} {self.path!r}, …)"

    def __rich_repr__(self) -> list[tuple[str, str]]:
        return []


class Credentials(Struct, frozen=True, kw_only=True):
    """What a source lets us in with; which of them a kind needs, its module says. Nothing that prints this shows any."""

    username: str = ""
    password: str = ""
    token: str = ""
    """Plex's `X-Plex-Token`."""
    api_key: str = ""
    """Jellyfin's, made by its administrator."""
    user: str = ""
    """Name or id of the Jellyfin user whose view is synced with an API key."""
    client_id: str = ""
    """Identifies this installation to Plex, and this source's device to Jellyfin. No secret, and none to publish either."""

    def secrets(self) -> tuple[str, ...]:
        """What no message, log or row may hold."""
        return tuple(secret for secret in (self.username, self.password, self.token, self.api_key) if secret)

    def __repr__(self) -> str:
        return "Credentials(…)"

    def __rich_repr__(self) -> list[tuple[str, str]]:
        return []


class Session(Struct, frozen=True, kw_only=True):
    """What signing in gave. Nothing that prints this shows any."""

    token: str = ""
    user_id: str = ""
    is_renewable: bool = False
    """Whether a 401 may mean that the token is over and signing in once more gives a new one."""

    def __repr__(self) -> str:
        return "Session(…)"

    def __rich_repr__(self) -> list[tuple[str, str]]:
        return []


class StepDefinition(Struct, frozen=True, kw_only=True):
    """One listing that a sync of a source is made of."""

    step: str
    """Its name, as in messages and in the database: `movies`, or `movies.3` for those of the server's library 3."""
    title: str
    part: Part = Part.CATALOGUE
    weight: int = 1
    """Its share of the progress; 0 for what takes no time worth a bar."""
    item_kind: ItemKind | None = None
    """What its rows are, or what its categories sort."""
    is_categories: bool = False
    library_remote_id: str | None = None
    """The library its rows belong to."""
    categories_step: str | None = None
    """The step that lists the categories its items name."""
    reveals: bool = False
    """Whether its rows are libraries, each of which becomes steps."""
    is_local: bool = False
    """Made by the writer from what is in the catalogue; nothing is asked of the source."""
