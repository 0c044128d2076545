"""A bus in operator mode, to which a file of credentials is the way in."""

import base64
import binascii
import json
import os
from pathlib import Path
from typing import Final

import pytest
from msgspec.structs import replace
from nacl.signing import SigningKey

from actors.runtime.config import BusConfig
from actors.runtime.connection import connect
from actors.runtime.credentials import CredentialsFile, CredentialsUnusable
from contracts.errors import BusUnavailable
from tests.tls_room import configured_server

OPERATOR, ACCOUNT, USER = 14 << 3, 0, 20 << 3
SEED: Final = 18 << 3


class Key:
    """A key of NATS, in its own spelling: what it is of, 32 bytes, a checksum."""

    def __init__(self, kind: int) -> None:
        raw = os.urandom(32)
        self._key = SigningKey(raw)
        self.name = _spelled(bytes((kind,)) + bytes(self._key.verify_key))
        self.seed = _spelled(bytes((SEED | kind >> 5, (kind & 31) << 3)) + raw)

    def token(self, claims: dict[str, object], of: "Key", **nats: object) -> str:
        """A JWT about another key, or this one."""
        body = {"jti": "test", "iat": 1, "iss": self.name, "sub": of.name, **claims, "nats": {**nats, "version": 2}}
        text = f"{_part({'typ': 'JWT', 'alg': 'ed25519-nkey'})}.{_part(body)}"
        return f"{text}.{_url_safe(self._key.sign(text.encode()).signature)}"


def _spelled(raw: bytes) -> str:
    return base64.b32encode(raw + binascii.crc_hqx(raw, 0).to_bytes(2, "little")).decode().rstrip("=")


def _part(value: object) -> str:
    return _url_safe(json.dumps(value).encode())


def _url_safe(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def operator_mode(credentials: Path) -> str:
    """The configuration of a server in operator mode; what lets one user in is written to the file."""
    operator, account, user = Key(OPERATOR), Key(ACCOUNT), Key(USER)
    unbound = dict.fromkeys(("subs", "data", "payload"), -1)
    bounds = {**unbound, **dict.fromkeys(("imports", "exports", "conn", "leaf"), -1), "wildcards": True}
    of_operator = operator.token({"name": "operator"}, operator, type="operator")
    of_account = operator.token({"name": "account"}, account, type="account", limits=bounds)
    of_user = account.token({"name": "user"}, user, type="user", **unbound)
    credentials.write_text(
        f"-----BEGIN NATS USER JWT-----\n{of_user}\n------END NATS USER JWT------\n\n"
        f"-----BEGIN USER NKEY SEED-----\n{user.seed}\n------END USER NKEY SEED------\n",
        encoding="utf-8",
    )
    return f"max_payload: 1MB\noperator: {of_operator}\nresolver: MEMORY\nresolver_preload: {{ {account.name}: {of_account} }}\n"


async def test_a_credentials_file_lets_us_in_and_another_does_not(tmp_path: Path) -> None:
    ours, others = tmp_path / "ours.creds", tmp_path / "others.creds"
    operator_mode(others)
    with configured_server(tmp_path, operator_mode(ours)) as port:
        bus = BusConfig(url=f"nats://127.0.0.1:{port}", credentials_file=str(ours))
        connection = await connect(bus, purpose="test")
        is_connected = connection.client.is_connected
        await connection.close()
        with pytest.raises(BusUnavailable) as caught:
            await connect(replace(bus, credentials_file=str(others)), purpose="test")

    assert is_connected
    assert caught.value.text == f"no bus at nats://127.0.0.1:{port}: nats: 'Authorization Violation'"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "holds no user's JWT and seed"),
        ("-----BEGIN NATS USER JWT-----\n", "holds no user's JWT and seed"),
        ("-----BEGIN USER NKEY SEED-----\nSUAcanary!\n------END USER NKEY SEED------", "is damaged"),
        ("-----BEGIN USER NKEY SEED-----\nSUAA\n------END USER NKEY SEED------", "is damaged"),
        (None, "No such file"),
    ],
)
def test_a_file_that_is_none_is_said_and_not_repeated(tmp_path: Path, text: str | None, said: str) -> None:
    file = tmp_path / "x.creds"
    if text is not None:
        file.write_text(text, encoding="utf-8")

    with pytest.raises(CredentialsUnusable, match=said) as caught:
        CredentialsFile(str(file)).signature("nonce")
    assert "canary" not in str(caught.value)
