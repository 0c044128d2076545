"""TLS towards the bus: what is trusted, who we are, and nothing said in the clear."""

import ssl
from typing import Any

from nats.aio.client import Client
from nats.errors import Error

from actors.runtime.config import BusConfig


class Unencrypted(Error):
    """A server that was to be reached over TLS has none."""

    def __str__(self) -> str:
        return "the server has no TLS; nothing was said to it"


class EncryptedClient(Client):
    """nats-py takes `tls://` for a wish: to a server that says it needs no TLS it would send the password in the clear."""

    is_encrypted = False

    async def _process_info(self, info: dict[str, Any], initial_connection: bool = False) -> None:
        is_plain = self._current_server is not None and self._current_server.uri.scheme != "wss" and not info.get("tls_required")
        if initial_connection and self.is_encrypted and is_plain:
            raise Unencrypted
        await super()._process_info(info, initial_connection)


def context_of(config: BusConfig) -> ssl.SSLContext | None:
    """What TLS needs; none where the address has none. Raises OSError for files that cannot be read or are something else."""
    if not config.is_encrypted:
        return None
    context = ssl.create_default_context(cafile=config.ca_file)
    if config.cert_file is not None:
        context.load_cert_chain(config.cert_file, config.key_file, password="")
    return context


def reason_of(error: BaseException) -> str:
    """What went wrong, in one line."""
    match error:
        case ssl.SSLCertVerificationError():
            return f"certificate problem: {error.verify_message}"
        case ssl.SSLError():
            return f"TLS problem: {(error.reason or 'handshake failed').lower().replace('_', ' ')}"
        case TimeoutError():
            return str(error) or "it does not answer"
        case _:
            return str(error) or type(error).__name__
