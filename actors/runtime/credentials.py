"""What lets us into a cluster in operator mode: a token, and the seed of the key that signs what the server asks.

nats-py's own reader of such files needs a package that comes as source alone, and looks for ever in a file without a token.
"""

import base64
import binascii
import re
from pathlib import Path
from typing import Final

from nats.errors import Error

_PART: Final = r"-----BEGIN {name}-----\s+(\S+)\s+-+END {name}-+"
_TOKEN: Final = re.compile(_PART.format(name="NATS USER JWT"))
_SEED: Final = re.compile(_PART.format(name="USER NKEY SEED"))
_BYTES_MAX: Final = 65_536
_SEED_BYTES: Final = slice(2, 34)
"""Behind two bytes that say what it is a seed of, before two of a checksum."""


class CredentialsUnusable(Error):
    """The file is not what it should be."""


class CredentialsFile:
    """Read anew for each connection, so that one that is replaced is used from the next on."""

    def __init__(self, path: str) -> None:
        self._path = path

    def token(self) -> bytes:
        """Raises CredentialsUnusable."""
        return self._found(_TOKEN)

    def signature(self, nonce: str) -> bytes:
        """Of what the server asks, as it wants it. Raises CredentialsUnusable."""
        from nacl.signing import SigningKey  # Loaded here, since few have such a bus.

        seed = self._found(_SEED)
        try:
            raw = base64.b32decode(seed + b"=" * (-len(seed) % 8))
            key = SigningKey(raw[_SEED_BYTES])
        except (binascii.Error, ValueError):
            raise CredentialsUnusable("the seed in the credentials file is damaged") from None
        return base64.urlsafe_b64encode(key.sign(nonce.encode()).signature)

    def _found(self, part: re.Pattern[str]) -> bytes:
        try:
            with Path(self._path).open("rb") as file:
                text = file.read(_BYTES_MAX).decode("ascii", errors="replace")
        except OSError as error:
            raise CredentialsUnusable(f"the credentials file cannot be read: {error.strerror}") from None
        match = part.search(text)
        if match is None:
            raise CredentialsUnusable("the credentials file holds no user's JWT and seed, as `nsc generate creds` writes them")
        return match[1].encode()
