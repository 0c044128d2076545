"""What can be set: one Struct per table of playbill.toml, with every default and every bound."""

from pathlib import Path
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct, field

from actors.runtime.config import BusConfig
from actors.settings.duration import DAY_S, Duration
from actors.settings.secret import Secret
from contracts import limits
from contracts.catalog import SourceKind
from contracts.errors import BadRequest

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
    """The name of the role itself, `client` for the command line, where it is left out and a password is set."""
    password: Secret | None = None
    """Without a `url`: of the user `client` of the embedded server, which makes one up otherwise."""
    credentials: Path | None = None
    """A `.creds` file."""
    ca_file: Path | None = None
    """Certificates that are trusted with a `tls://` or `wss://` url instead of the machine's own."""
    cert_file: Path | None = None
    """With `key_file`: our own certificate, for a server that asks for one."""
    key_file: Path | None = None
    port: Annotated[int, Meta(ge=0, le=65_535)] = BUS_PORT
    """Of the embedded server; 0 takes any that is free."""
    directory: Path = field(name="dir", default=Path("playbill-bus"))
    """Where the embedded server keeps its state."""
    sync_interval: Annotated[str, Meta(pattern=r"^(default|always|[1-9][0-9]{0,3}s)\Z")] = "default"
    """How often the embedded server forces to the disk what it holds: every two minutes, after each message, or every so many
    seconds. What a power cut takes from it is asked for again from the database, whatever is set here."""

    @property
    def client_password(self) -> str | None:
        """What the embedded server is to ask of the user `client`. Raises BadSettings when the secret is not to be found."""
        return self.password.reveal() if self.url is None and self.password is not None else None

    def bus_config(self, role: str) -> BusConfig:
        """How a role reaches the server of `url`. Raises BadSettings when the secret is not to be found."""
        password = self.password.reveal() if self.password is not None else None
        return BusConfig(
            url=self.url or f"nats://127.0.0.1:{self.port}",
            user=self.user or (role if password is not None else None),
            password=password,
            credentials_file=_named(self.credentials),
            ca_file=_named(self.ca_file),
            cert_file=_named(self.cert_file),
            key_file=_named(self.key_file),
            name=f"playbill-{role}",
        )


def _named(path: Path | None) -> str | None:
    return None if path is None else str(path)


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

    source_id: SourceId = field(name="id")
    kind: SourceKind
    url: Annotated[str, Meta(min_length=1, max_length=limits.URL_CHARS_MAX)]
    """Cleaned of scripts and queries when it is loaded."""
    username: Secret | None = None
    """With `password`: of an Xtream account, or of a Jellyfin user."""
    password: Secret | None = None
    token: Secret | None = None
    """Of a Plex server."""
    api_key: Secret | None = None
    """Of a Jellyfin server, together with `user`."""
    user: Text | None = None
    """Name or id of the Jellyfin user whose view is synced with an API key."""
    title: Text | None = None
    """For people; the id where it is left out."""
    music: bool = False
    """Whether artists, albums and tracks are synced too."""
    concurrency: Annotated[int, Meta(ge=1, le=8)] | None = None
    """Requests at once, over all hosts; 1 of an Xtream account, 2 of the others where it is left out."""
    page_size: Annotated[int, Meta(ge=1, le=limits.QUERY_ROWS_MAX)] | None = None
    """Entries asked for at once; 250 of Plex and 500 of Jellyfin where it is left out."""
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
    ca_file: Path | None = None
    """Certificates that are trusted instead of the public ones, as of a home with an authority of its own."""
    allow_private_addresses: bool = True
    """Whether it may be in a private network, where most are: whoever writes it down here means it."""
    include_categories: Categories = ()
    """Ids, names or wildcards. Empty: all that are not excluded."""
    exclude_categories: Categories = ()
    sync_on_start: bool = True
    """Whether a source that was never synced is synced when Playbill starts."""
    gone_share_max: Annotated[float, Meta(ge=0, le=1)] = limits.GONE_SHARE_MAX
    """Of a listing's rows that may be gone at once; more is held back until `playbill confirm`."""
    grace: Duration = Duration(limits.GRACE_DAYS * DAY_S)
    """How long a row that is gone is kept, hidden."""
    full_every: Duration = Duration(limits.FULL_EVERY_DAYS * DAY_S)
    """After which whole listings are read again."""
    home_stale_after: Duration | None = None
    """Age at which home sections are stale; 30 minutes where it is left out."""
    episodes: Literal["never", "changed", "all"] = "never"
    """Whether the episodes of an Xtream account's series are read, one request each."""
    requests_per_10_s: Annotated[float, Meta(gt=0, le=1_000)] | None = None
    """Of an Xtream account, all its parts together; 25 where it is left out."""
    push: bool = False
    """Whether the server's own notifications of changes start a sync."""
    every: Duration | None = None
    """How often libraries and home page are synced by themselves; `cron` is the other way to say it."""
    cron: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    """Minute, hour, day of month, month and day of week of it, on the clocks of `time_zone`."""
    home_every: Duration | None = None
    """How often the home page is read, instead of together with the libraries."""
    episodes_every: Duration | None = None
    """How often the episodes are asked for, beside after each sync of the catalogue."""
    time_zone: Text | None = None
    """Of `cron` and `quiet`, such as Europe/Berlin; the machine's own where it is left out."""
    quiet: Annotated[tuple[Text, ...], Meta(max_length=24)] = ()
    """Windows such as `23:00-07:00` in which nothing starts by itself."""
    jitter: Duration = Duration(0)
    """How long after its time a scheduled sync starts at most."""
    sync_when_overdue: bool = True
    """Whether what was missed while Playbill was down is caught up, once."""

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Those that are set."""
        return tuple(secret for secret in (self.username, self.password, self.token, self.api_key) if secret is not None)


class Settings(Struct, frozen=True, kw_only=True):
    """All settings, checked: every path absolute, every address cleaned, every secret still where it is kept."""

    file: Path
    """Where they are from."""
    nats: NatsSettings
    store: StoreSettings
    log: LogSettings
    sources: tuple[SourceSettings, ...]
    warnings: tuple[str, ...] = ()
    """What is allowed and still deserves a word."""

    def source(self, source_id: str) -> SourceSettings:
        """Raises BadRequest, naming the sources there are."""
        found = next((row for row in self.sources if row.source_id == source_id), None)
        if found is None:
            there = ", ".join(row.source_id for row in self.sources) or "none"
            raise BadRequest(f"there is no source {source_id!r} in {self.file.name}; there is {there}")
        return found
