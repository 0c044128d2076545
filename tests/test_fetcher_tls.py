"""TLS towards sources: what is wrong with a certificate is said, nothing is sent to who cannot show one, and once is enough."""

import asyncio
import ssl
import warnings
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
import trustme

from actors.fetcher.config import RetryPolicy
from contracts.messages import Message
from tests.fetcher_room import (
    PASSWORD,
    Wire,
    command,
    failure_of,
    fetched,
    fetcher,
    heard,
    http,
    rows_of,
    slices_of,
    source,
    wire,
    words_of,
)
from tests.tls_room import server_context

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
LATER = datetime(2020, 2, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def trusting(authority: trustme.CA) -> str:
    return authority.cert_pem.bytes().decode()


async def asked(server: Wire, **changes: Any) -> Sequence[Message]:
    return await fetched(server, **{"base_url": f"https://127.0.0.1:{server.port}", **changes})


async def test_a_home_with_an_authority_of_its_own_names_it(authority: trustme.CA) -> None:
    async with wire(http(b'[{"a":1}]'), tls=server_context(authority)) as server:
        messages = await asked(server, ca_certificates=trusting(authority))

    assert rows_of(slices_of(messages)) == [{"a": 1}]


async def test_the_name_of_the_certificate_is_that_of_the_url_though_an_address_is_dialed(authority: trustme.CA) -> None:
    async with wire(http(b"[]"), tls=server_context(authority, "localhost")) as server:
        by_name = await asked(server, base_url=f"https://localhost:{server.port}", ca_certificates=trusting(authority))
        by_address = await asked(server, ca_certificates=trusting(authority))

    assert slices_of(by_name)[0].slices_total == 1
    assert failure_of(by_address).error.text.startswith("certificate problem: IP address mismatch")


async def test_an_authority_that_is_named_is_trusted_alone(authority: trustme.CA) -> None:
    async with wire(http(b"[]"), tls=server_context(authority)) as server:
        messages = await asked(server, ca_certificates=trusting(trustme.CA()))

    assert failure_of(messages).error.text.startswith("certificate problem: ")


SERVERS = {
    "of an unknown authority": (lambda authority: server_context(trustme.CA()), "unable to get local issuer certificate"),
    "expired": (lambda authority: server_context(authority, not_before=LONG_AGO, not_after=LATER), "certificate has expired"),
    "for another name": (lambda authority: server_context(authority, "elsewhere.example"), "IP address mismatch"),
}


@pytest.mark.parametrize(("made", "said"), SERVERS.values(), ids=SERVERS)
async def test_a_certificate_that_is_wrong_is_said_and_nothing_is_sent(authority: trustme.CA, made: object, said: str) -> None:
    assert callable(made)
    async with wire(http(b"[]"), tls=made(authority)) as server:
        messages = await asked(server, ca_certificates=trusting(authority))

    failure = failure_of(messages).error
    assert failure.code == "certificate_problem"
    assert failure.text.startswith(f"certificate problem: {said}")
    assert PASSWORD not in failure.text
    assert server.requests == []


@pytest.mark.parametrize(("made", "said"), SERVERS.values(), ids=SERVERS)
async def test_no_certificate_is_looked_at_where_that_is_said(authority: trustme.CA, made: object, said: str) -> None:
    assert callable(made)
    async with wire(http(b'[{"a":1}]'), tls=made(authority)) as server:
        messages = await asked(server, verify_tls=False)

    assert rows_of(slices_of(messages)) == [{"a": 1}]


async def test_a_certificate_that_is_wrong_is_not_asked_for_again_and_again(authority: trustme.CA) -> None:
    async with wire(http(b"[]"), tls=server_context(trustme.CA())) as server:
        messages = await asked(server, retry=RetryPolicy(max_retries=3, initial_s=60))

    assert not [word for word in words_of(messages) if word.waiting_until is not None]
    assert "tried" not in failure_of(messages).error.text


async def test_an_old_version_of_tls_is_not_spoken(authority: trustme.CA) -> None:
    context = server_context(authority)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # That is the point of it.
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    async with wire(http(b"[]"), tls=context) as server:
        messages = await asked(server, ca_certificates=trusting(authority), retry=RetryPolicy(max_retries=0))

    assert failure_of(messages).error.text.startswith("TLS problem: ")
    assert server.requests == []


async def test_a_server_without_tls_under_https_is_told_in_one_line() -> None:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, fetcher(source(port, base_url=f"https://127.0.0.1:{port}", retry=RetryPolicy(max_retries=0))) as actor:
        messages = await heard(actor, command())

    assert failure_of(messages).error.text == "TLS problem: wrong version number"


async def test_a_redirect_from_https_to_http_is_refused(authority: trustme.CA) -> None:
    async with wire(http(b"[]")) as plain:
        location = f"Location: http://127.0.0.1:{plain.port}/x"
        async with wire(http(b"", location, status="302 Found"), tls=server_context(authority)) as server:
            messages = await asked(server, ca_certificates=trusting(authority))

    assert failure_of(messages).error.code == "redirect_refused"
    assert plain.requests == []
