"""A source that refuses, fails or is not there: what is asked again, what waits, and what is given up."""

import asyncio
import shutil
import ssl
import subprocess
from pathlib import Path

import pytest

from actors.fetcher.config import RetryPolicy
from contracts import limits
from contracts.errors import CoolDown
from contracts.messages import Message
from tests.fetcher_room import (
    BODY,
    NO_RETRY,
    NOW,
    ROWS,
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


@pytest.mark.parametrize(("status", "code"), [(401, "account_rejected"), (403, "account_rejected"), (404, "account_rejected")])
async def test_a_refused_account_is_not_asked_again(status: int, code: str) -> None:
    async with wire(http(b"<html>no</html>", status=f"{status} No")) as server:
        messages = await fetched(server)

    assert failure_of(messages).error.code == code
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [400, 405, 410, 451])
async def test_another_4xx_is_not_asked_again(status: int) -> None:
    async with wire(http(b"{}", status=f"{status} No")) as server:
        messages = await fetched(server)

    assert failure_of(messages).error.code == "request_rejected"
    assert len(server.requests) == 1


async def test_an_answer_of_nothing_is_unexpected() -> None:
    async with wire(b"HTTP/1.1 204 No Content\r\n\r\n") as server:
        messages = await fetched(server)

    assert failure_of(messages).error.code == "unexpected_answer"


@pytest.mark.parametrize("status", [408, 425, 500, 502, 503, 504, 520, 527])
async def test_a_failing_server_is_asked_again_until_it_answers(status: int) -> None:
    bad = http(b"", status=f"{status} Oops")
    async with wire(bad, bad, http(b'[{"a":1}]')) as server:
        messages = await fetched(server)

    slices = slices_of(messages)
    assert rows_of(slices) == [{"a": 1}]
    assert len(server.requests) == 3
    waits = [word for word in words_of(messages) if word.waiting_until]
    assert [(word.detail or "").partition(" in ")[0] for word in waits] == ["retry 1 of 2", "retry 2 of 2"]
    assert all(str(status) in (word.detail or "") for word in waits)


async def test_a_server_that_goes_on_failing_fails_the_step_after_its_retries() -> None:
    async with wire(http(b"", status="500 Oops")) as server:
        messages = await fetched(server, retry=RetryPolicy(max_retries=3, initial_s=0.001, max_s=0.01))

    failure = failure_of(messages)
    assert failure.error.code == "server_error"
    assert failure.error.text == "the server failed with status 500 (tried 4 times)"
    assert failure.error.step == "movies"
    assert len(server.requests) == 4


async def test_retries_wait_longer_each_time_and_never_longer_than_the_cap() -> None:
    policy = RetryPolicy(max_retries=4, initial_s=0.04, factor=2, max_s=0.1, jitter_share=0.25)
    async with wire(http(b"", status="500 Oops")) as server:
        messages = await fetched(server, retry=policy)

    told_s = [(word.waiting_until - NOW).total_seconds() for word in words_of(messages) if word.waiting_until]
    slept_s = [after - before for before, after in zip(server.at_s, server.at_s[1:], strict=False)]
    assert 0.04 <= told_s[0] <= 0.05
    assert 0.08 <= told_s[1] <= 0.1
    assert told_s[2:] == [0.1, 0.1]
    assert all(slept >= told - 0.005 for slept, told in zip(slept_s, told_s, strict=True))


async def test_each_try_is_an_attempt_of_its_own_that_counts_its_slices_from_0() -> None:
    async with wire(http(BODY[:-1]), http(BODY)) as server:
        messages = await fetched(server)

    slices = slices_of(messages)
    attempts = sorted({piece.attempt for piece in slices})
    assert len(attempts) == 2
    assert rows_of([piece for piece in slices if piece.attempt == attempts[1]]) == ROWS
    assert all(piece.slices_total is None for piece in slices if piece.attempt == attempts[0])


@pytest.mark.parametrize(
    ("status", "header", "delay_s"),
    [
        (429, "Retry-After: 5", 5),
        (429, "Retry-After: Sat, 21 Nov 2026 12:31:00 GMT", 60),
        (429, "Retry-After: -1", limits.COOL_DOWN_DEFAULT_S),
        (429, "Retry-After: 99999999", limits.COOL_DOWN_MAX_S),
        (429, "Retry-After: abc", limits.COOL_DOWN_DEFAULT_S),
        (456, "X: y", limits.COOL_DOWN_DEFAULT_S),
        (458, "X: y", limits.COOL_DOWN_DEFAULT_S),
        (503, "Retry-After: 30", 30),
        (509, "X: y", limits.COOL_DOWN_DEFAULT_S),
        (884, "X: y", limits.COOL_DOWN_DEFAULT_S),
    ],
)
async def test_a_server_that_wants_to_be_left_alone_is(status: int, header: str, delay_s: float) -> None:
    async with wire(http(b"", header, status=f"{status} Later")) as server, fetcher(source(server.port)) as actor:
        messages: list[Message] = []
        with pytest.raises(CoolDown) as raised:
            async for message in actor.handle(command(), limits.COOL_DOWNS_MAX):
                messages.append(message)  # noqa: PERF401 - what came before the error is wanted

    assert raised.value.delay_s == delay_s
    last = words_of(messages)[-1]
    assert last == messages[-1]
    assert last.waiting_until is not None
    assert (last.waiting_until - NOW).total_seconds() == delay_s
    assert f"the server said {status}" in (last.detail or "")
    assert (last.detail or "").startswith("cooling down until 12:")
    assert len(server.requests) == 1


async def test_a_server_that_never_stops_wanting_that_fails_the_step() -> None:
    async with wire(http(b"", status="429 Later")) as server:
        messages = await fetched(server, delivery=limits.COOL_DOWNS_MAX + 1)

    assert failure_of(messages).error.code == "cool_down"


async def test_a_port_where_nobody_listens_is_unreachable(free_port: int) -> None:
    async with fetcher(source(free_port)) as actor:
        messages = await heard(actor, command())

    assert failure_of(messages).error.code == "unreachable"
    assert failure_of(messages).error.text == "connection refused (tried 3 times)"


async def test_a_name_that_does_not_exist_is_unreachable() -> None:
    async with fetcher(source(1, base_url="http://nobody.invalid", retry=NO_RETRY)) as actor:
        messages = await heard(actor, command())

    assert failure_of(messages).error.text == "name not found"


async def test_a_server_that_hangs_up_or_speaks_no_http_is_unreachable() -> None:
    async with wire(b"", b"SSH-2.0-OpenSSH\r\n\r\n") as server:
        messages = await fetched(server, retry=RetryPolicy(max_retries=1, initial_s=0.001))

    assert failure_of(messages).error.code == "unreachable"


async def test_a_server_without_tls_under_https_is_told_so() -> None:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, fetcher(source(port, base_url=f"https://127.0.0.1:{port}", retry=NO_RETRY)) as actor:
        messages = await heard(actor, command())

    assert failure_of(messages).error.code == "unreachable"
    assert failure_of(messages).error.text.startswith("TLS problem: ")


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")
async def test_a_certificate_that_nobody_signed_is_refused_unless_the_source_allows_it(tmp_path: Path) -> None:
    key, certificate = str(tmp_path / "key.pem"), str(tmp_path / "certificate.pem")
    making = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"]
    subprocess.run([*making, "-subj", "/CN=localhost", "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)

    async with wire(http(b"[]"), tls=context) as server:
        address = f"https://127.0.0.1:{server.port}"
        refused = await fetched(server, base_url=address, retry=NO_RETRY)
        allowed = await fetched(server, base_url=address, verify_tls=False)

    assert failure_of(refused).error.text.startswith("certificate problem: self")
    assert rows_of(slices_of(allowed)) == []
    assert slices_of(allowed)[0].slices_total == 1


async def test_a_user_agent_that_no_header_can_hold_fails_the_step() -> None:
    async with wire(http(b"[]")) as server:
        messages = await fetched(server, user_agent="a\r\nb")

    assert failure_of(messages).error.code == "request_rejected"


async def test_a_source_or_a_step_that_does_not_exist_is_a_bad_request() -> None:
    async with wire(http(b"[]")) as server:
        unknown_source = await fetched(server, command(source_id="other"))
        unknown_step = await fetched(server, command("nonsense"))

    assert [failure_of(messages).error.code for messages in (unknown_source, unknown_step)] == ["bad_request", "bad_request"]
    assert server.requests == []
