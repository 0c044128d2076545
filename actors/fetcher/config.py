"""What the fetcher must know of a configured source."""

from typing import Final

from msgspec import Struct

from actors.addresses import Allowed
from actors.sources.ask import Credentials
from contracts.catalog import SourceKind

USER_AGENT: Final = "VLC/3.0.21 LibVLC/3.0.21"
"""Providers block agents they do not know, with a 200 `Blocked`, a 403, a 404 or an 884; players are let in."""


class RetryPolicy(Struct, frozen=True, kw_only=True):
    """How often and how fast a failed request is repeated."""

    max_retries: int = 3
    """Requests after the first one."""
    initial_s: float = 1.0
    factor: float = 2.0
    max_s: float = 30.0
    jitter_share: float = 0.25
    """Up to this share of a wait is added to it, by chance; never beyond `max_s`."""


class Timeouts(Struct, frozen=True, kw_only=True):
    """How long one request may take, by phase."""

    connect_s: float = 10.0
    first_byte_s: float = 180.0
    """From the request's start to the first byte of the body. Large panels build their answer in memory for minutes."""
    idle_s: float = 30.0
    """Between two reads of the body."""
    total_s: float = 900.0
    """All waiting for the source in one request; what our own conveyor makes it wait is not counted."""


class FetcherSource(Struct, frozen=True, kw_only=True):
    """A source with its address and credentials."""

    source_id: str
    kind: SourceKind
    base_url: str
    """Cleaned: scheme, host, port and sub-path; no query, no trailing slash, no credentials."""
    credentials: Credentials
    user_agent: str = USER_AGENT
    retry: RetryPolicy = RetryPolicy()
    timeouts: Timeouts = Timeouts()
    verify_tls: bool = True
    ca_certificates: str = ""
    """PEM. Those that are trusted instead of the public ones; empty: the public ones."""
    allow_private_addresses: bool = False
    """Whether it may be in a private network, as most are. No by default, so that who brings a source in from outside, where
    its address is somebody else's word, has to say so; the owner of playbill.toml has said so by writing it down."""
    bus: tuple[tuple[str, int], ...] = ()
    """Host and port of our own bus, where no source can be."""
    page_size: int = 250
    """Entries asked for at once, where the source has pages."""
    requests_per_10_s: float | None = None
    """So many requests in any ten seconds, of this process and whatever they ask; none: as fast as it answers.

    An Xtream source's is `limits.REQUESTS_PER_10_S` where its settings say nothing: panels count, and ban.
    """

    @property
    def allowed(self) -> Allowed:
        """Where it may be."""
        return Allowed(private=self.allow_private_addresses, bus=self.bus)

    def __repr__(self) -> str:
        return f"FetcherSource(source_id={self.source_id!r})"
