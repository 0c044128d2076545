"""How a process reaches the bus."""

import msgspec


class BusConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Address and credentials of one user of the bus. Its text shows no password."""

    url: str
    """`nats://host:port` or `tls://host:port`, without credentials."""
    user: str | None = None
    password: str | None = None
    credentials_file: str | None = None
    """A `.creds` file of a cluster in operator mode."""
    ca_file: str | None = None
    """Certificates that are trusted instead of the machine's own."""
    cert_file: str | None = None
    """With `key_file`: our own certificate, for a server that asks for one."""
    key_file: str | None = None
    name: str = "playbill"
    """Connection name, for the server's own lists."""

    @property
    def is_encrypted(self) -> bool:
        """Whether it is to be reached over TLS, and not at all without."""
        return self.url.startswith(("tls://", "wss://"))

    @property
    def inbox_prefix(self) -> str:
        """Each role has its own, so that no role reads another's replies."""
        return f"_INBOX_{self.user}" if self.user else "_INBOX"

    def __repr__(self) -> str:
        return f"BusConfig(url={self.url!r}, user={self.user!r})"
