"""A bus over TLS: the right authority works, a wrong one is said in one line, and nothing is ever said in the clear."""

import asyncio
import gc
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
import trustme

from actors.runtime import connection
from actors.runtime.config import BusConfig
from actors.runtime.connection import connect
from contracts.errors import BusUnavailable
from tests.tls_room import ca_file, configured_server, nats_tls, pair

USERS = "authorization { users: [ { user: fetcher, password: pw_canary } ] }\n"


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """So long that who waits for its end is never through: what no repetition mends is said at once."""
    monkeypatch.setattr(connection, "_CONNECT_TIMEOUT_S", 3_600)


@contextmanager
def tls_bus(folder: Path, authority: trustme.CA, *names: str, verify: bool = False) -> Iterator[int]:
    """The port of a nats-server with a certificate of the authority."""
    certificate, key = pair(authority, folder, *names)
    block = nats_tls({"cert_file": certificate, "key_file": key, "ca_file": ca_file(authority, folder), "verify": verify})
    with configured_server(folder, f"max_payload: 1MB\n{USERS}{block}") as port:
        yield port


def config(port: int, **more: str) -> BusConfig:
    return BusConfig(**{"url": f"tls://127.0.0.1:{port}", "user": "fetcher", "password": "pw_canary", **more})


async def refused(bus: BusConfig) -> str:
    """What is said when there is no way in."""
    with pytest.raises(BusUnavailable) as caught:
        await connect(bus, purpose="test")

    assert "pw_canary" not in caught.value.text
    assert "\n" not in caught.value.text
    return caught.value.text


async def test_a_bus_whose_authority_is_named_is_reached(tmp_path: Path) -> None:
    authority = trustme.CA()
    with tls_bus(tmp_path, authority) as port:
        opened = await connect(config(port, ca_file=str(ca_file(authority, tmp_path))), purpose="test")
        is_connected = opened.client.is_connected
        await opened.close()

    assert is_connected


async def test_a_bus_of_an_unknown_authority_is_refused_in_one_line(tmp_path: Path) -> None:
    with tls_bus(tmp_path, trustme.CA()) as port:
        of_others = await refused(config(port, ca_file=str(ca_file(trustme.CA(), tmp_path, "other.pem"))))
        of_the_machine = await refused(config(port))

    assert of_others == f"no bus at tls://127.0.0.1:{port}: certificate problem: unable to get local issuer certificate"
    assert of_the_machine.startswith(f"no bus at tls://127.0.0.1:{port}: certificate problem: ")


async def test_a_bus_with_a_certificate_for_another_name_is_refused(tmp_path: Path) -> None:
    authority = trustme.CA()
    with tls_bus(tmp_path, authority, "elsewhere.example") as port:
        text = await refused(config(port, ca_file=str(ca_file(authority, tmp_path))))

    assert "certificate problem: IP address mismatch" in text


async def test_a_bus_that_asks_for_a_certificate_takes_ours_and_refuses_none(tmp_path: Path) -> None:
    authority = trustme.CA()
    ours = tmp_path / "ours"
    ours.mkdir()
    certificate, key = pair(authority, ours, "playbill.example")
    with tls_bus(tmp_path, authority, verify=True) as port:
        trusted = str(ca_file(authority, tmp_path))
        opened = await connect(config(port, ca_file=trusted, cert_file=str(certificate), key_file=str(key)), purpose="test")
        await opened.close()
        without = await refused(config(port, ca_file=trusted))

    assert "TLS problem: " in without
    assert "certificate required" in without


@asynccontextmanager
async def plain_bus(heard: list[bytes]) -> AsyncIterator[int]:
    """Says that it needs no TLS, as who sits in between would, and notes what it is told."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'INFO {"server_id":"x","version":"2.15.1","max_payload":1048576}\r\n')
        heard.append(await reader.read(4096))
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def test_a_bus_without_tls_is_told_no_password_where_tls_was_asked_for() -> None:
    heard: list[bytes] = []
    async with plain_bus(heard) as port:
        text = await refused(config(port))

    assert text == f"no bus at tls://127.0.0.1:{port}: the server has no TLS; nothing was said to it"
    assert not any(b"pw_canary" in said for said in heard)


async def test_a_certificate_that_has_gone_since_the_settings_were_read_is_said(tmp_path: Path) -> None:
    text = await refused(config(1, ca_file=str(tmp_path / "gone.pem")))

    assert "No such file" in text


@pytest.mark.parametrize("scheme", ["nats", "tls"])
async def test_a_bus_that_does_not_answer_is_let_go_of(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_CONNECT_TIMEOUT_S", 0.5)
    let_go = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        let_go.set()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        text = await refused(config(port, url=f"{scheme}://127.0.0.1:{port}"))
        await asyncio.wait_for(let_go.wait(), 30)
    gc.collect()  # Says of a socket that nobody closed that it is one, which is an error here.

    assert text == f"no bus at {scheme}://127.0.0.1:{port}: it does not answer"


def test_a_context_trusts_what_is_named_alone(tmp_path: Path) -> None:
    from actors.runtime.encryption import context_of

    context = context_of(config(1, ca_file=str(ca_file(trustme.CA(), tmp_path))))

    assert context is not None
    assert context.cert_store_stats()["x509_ca"] == 1
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
