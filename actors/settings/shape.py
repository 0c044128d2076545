"""What can be set: one Struct per table of playbill.toml, with every default and every bound."""

from pathlib import Path
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from actors.settings.secret import Secret
from contracts import limits
from contracts.catalog import SourceKind

BUS_PORT: Final = 14222
"""Of the embedded server: fixed, so that whoever connects from outside finds it, and not NATS's own, which may be taken."""

SourceId = Annotated[str, Meta(pattern=r"^[a-z0-9_-]{1,64}\Z")]
Seconds = Annotated[float, Meta(gt=0, le=3_600)]
Text = Annotated[str, Meta(min_length=1, max_length=200)]
Category = Annotated[str, Meta(min_length=1, max_length=limits.TITLE_CHARS_MAX)]
Categories = Annotated[tuple[Category, ...], Meta(max_length=10_000)]


class NatsSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The bus. Without a `url`, Playbill starts its own server on loopback."""

    url: Annotated[str, Meta(pattern=r"^(nats|tls|ws|wss)://[^\s@/]+/?\Z")] | None = None
    """Of a NATS server that runs already, without credentials."""
    user: Text | None = None
    password: Secret | None = None
    credentials: Path | None = None
    """A `.creds` file."""
    port: Annotated[int, Meta(ge=1, le=65_535)] = BUS_PORT
    """Of the embedded server."""
    dir: Path = Path("playbill-bus")
    """Where the embedded server keeps its state; made absolute when it is loaded."""


class StoreSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The database."""

    path: Path = Path("playbill.db")
    durability: Literal["full", "normal"] = "full"
    """`full` loses no committed transaction in a power cut; `normal` may lose the last ones, and is never corrupt."""


class LogSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the processes say on standard error."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    json: bool = False


class SourceSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One server or account."""

    id: SourceId
    kind: SourceKind
    url: Annotated[str, Meta(min_length=1, max_length=limits.URL_CHARS_MAX)]
    """Cleaned of scripts and queries when it is loaded."""
    username: Secret
    password: Secret
    title: Text | None = None
    """For people; the id where it is left out."""
    concurrency: Annotated[int, Meta(ge=1, le=8)] = 1
    """Requests at once, over all hosts."""
    max_retries: Annotated[int, Meta(ge=0, le=20)] = 3
    retry_initial_s: Seconds = 1.0
    retry_factor: Annotated[float, Meta(ge=1, le=10)] = 2.0
    retry_max_s: Seconds = 30.0
    connect_timeout_s: Seconds = 10.0
    first_byte_timeout_s: Seconds = 180.0
    """Big panels think that long before they answer."""
    idle_timeout_s: Seconds = 30.0
    total_timeout_s: Annotated[float, Meta(gt=0, le=24 * 3_600)] = 900.0
    user_agent: Annotated[str, Meta(pattern=r"^[\x20-\x7e]{1,300}\Z")] | None = None
    verify_tls: bool = True
    include_categories: Categories = ()
    """Ids, names or wildcards. Empty: all that are not excluded."""
    exclude_categories: Categories = ()
    sync_on_start: bool = True
    """Whether a source that was never synced is synced when Playbill starts."""


class Settings(Struct, frozen=True, kw_only=True):
    """All settings, checked: every path absolute, every address cleaned, every secret still where it is kept."""

    path: Path
    """The file they are from."""
    nats: NatsSettings
    store: StoreSettings
    log: LogSettings
    sources: tuple[SourceSettings, ...]
    warnings: tuple[str, ...] = ()
    """What is allowed and still deserves a word."""
