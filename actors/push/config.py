"""What listening to a source takes: where it is, what lets us in, and the pace of waiting, asking and coming back."""

from typing import Final

from msgspec import Struct

from actors.addresses import Allowed
from actors.sources.ask import Credentials
from contracts.catalog import SourceKind

FRAME_BYTES_MAX: Final = 1_000_000
"""Of one message. A long scan of Jellyfin's ends in one that names every id; a larger one closes the connection, and coming
back asks for the same sync that it would have asked for."""
OPEN_S: Final = 10.0
"""For connecting, TLS and the server's word on the upgrade."""
CLOSE_S: Final = 2.0
PING_EVERY_S: Final = 20.0
"""Under the 60 s after which proxies drop a connection that says nothing; both kinds of server answer pings."""
SIGN_IN_S: Final = 10.0
SIGN_IN_BYTES_MAX: Final = 1_000_000
"""A user with all preferences is some 10 KB."""


class PushSource(Struct, frozen=True, kw_only=True):
    """A source that is listened to."""

    source_id: str
    kind: SourceKind
    """Plex or Jellyfin: nobody else has anything to say by itself."""
    base_url: str
    """Cleaned: scheme, host, port and sub-path; no query, no trailing slash, no credentials."""
    credentials: Credentials
    """Its `client_id` is a device of its own: Jellyfin ends the session of a device that signs in a second time."""
    verify_tls: bool = True
    ca_certificates: str = ""
    """PEM. Those that are trusted instead of the public ones; empty: the public ones."""
    allowed: Allowed = Allowed()
    """Where it may be; in no private network, where nothing is said."""

    @property
    def hears_nothing(self) -> bool:
        """Jellyfin tells of changes to sessions that have a user, which an API key has not."""
        return self.kind is SourceKind.JELLYFIN and bool(self.credentials.api_key)

    def __repr__(self) -> str:
        return f"PushSource(source_id={self.source_id!r})"


class Pace(Struct, frozen=True, kw_only=True):
    """How long things are let rest."""

    quiet_s: float = 30.0
    """Without news, after which a burst is over."""
    burst_s: float = 300.0
    """After its first news a burst is taken for over, however it goes on."""
    gap_s: float = 60.0
    """From one sync that is asked for to the next."""
    again_s: float = 60.0
    """Before a part that was running already is asked for again; twice as long each time, up to `burst_s`."""
    back_off_s: float = 1.0
    """Before a connection that was lost is tried again; twice as long each time."""
    back_off_max_s: float = 300.0
    settled_s: float = 60.0
    """A connection that lived so long was a good one: the next back-off begins anew."""
