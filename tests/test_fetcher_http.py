"""Fetching over real HTTP: every good and every hostile answer, byte by byte."""

import asyncio
import gzip
import json
from urllib.parse import parse_qsl, urlsplit

import pytest

from actors.fetcher.config import RetryPolicy, Timeouts
from contracts import codec, limits
from contracts.errors import CoolDown
from contracts.messages import AccountChecked, FetchFailed, RawSlice, SliceUnchanged
from tests.fetcher_room import (
    NOW,
    PASSWORD,
    USERNAME,
    Answer,
    command,
    failure_of,
    fetched,
    fetcher,
    heard,
    http,
    silence,
    slices_of,
    source,
    wire,
    words_of,
)

ROWS = [{"num": number, "stream_id": 1000 + number, "name": f"Film {number} " + "x" * 500} for number in range(2500)]
BODY = json.dumps(ROWS, separators=(",", ":")).encode()
ACCOUNT = {
    "user_info": {"auth": 1, "status": "Active", "exp_date": None, "username": USERNAME, "password": PASSWORD},
    "server_info": {},
}
NO_RETRY = RetryPolicy(max_retries=0)


def rows_of(slices: list[RawSlice | SliceUnchanged]) -> list[object]:
    return [row for piece in slices if isinstance(piece, RawSlice) for row in json.loads(piece.body)]


async def test_a_listing_comes_as_slices_in_order_and_the_last_says_how_many() -> None:
    async with wire(http(BODY)) as server:
        messages = await fetched(server, command(denied_category_ids=["7"], digest_salt=b"salt"))

    slices = slices_of(messages)
    assert rows_of(slices) == ROWS
    assert [piece.slice for piece in slices] == list(range(len(slices)))
    assert [piece.slices_total for piece in slices] == [None] * (len(slices) - 1) + [len(slices)]
    assert all(len(codec.encode(piece)) <= limits.MESSAGE_BYTES_MAX for piece in slices)
    first = slices[0]
    assert isinstance(first, RawSlice)
    assert first.digest == codec.slice_digest(first.body, b"salt")
    assert first.body_bytes == len(first.body)
    assert first.denied_category_ids == ["7"]
    assert len({piece.attempt for piece in slices}) == 1


async def test_the_first_and_the_last_word_say_how_far_it_is() -> None:
    async with wire(http(BODY)) as server:
        messages = await fetched(server)

    words = words_of(messages)
    assert words[0] == messages[0]
    assert words[0].detail == "waiting for the first byte"
    assert words[-1] == messages[-1]
    assert (words[-1].bytes_received, words[-1].bytes_expected) == (len(BODY), len(BODY))
    assert words[-1].slices_cut == len(slices_of(messages))
    assert words[-1].detail is None
    assert [word.revision for word in words] == sorted({word.revision for word in words})


async def test_slices_that_are_known_travel_without_their_bytes() -> None:
    async with wire(http(BODY), http(BODY.replace(b"Film 2499", b"Film XXXX"))) as server:
        first = slices_of(await fetched(server))
        second = slices_of(await fetched(server, command(known_digests=[piece.digest for piece in first])))

    assert [type(piece) for piece in second[:-1]] == [SliceUnchanged] * (len(first) - 1)
    assert isinstance(second[-1], RawSlice)
    assert [piece.slice for piece in second] == [piece.slice for piece in first]
    assert second[-1].slices_total == len(first)


async def test_what_is_asked_is_what_the_source_wants_with_credentials_of_any_characters() -> None:
    async with wire(http(b"[]")) as server:
        await fetched(server, base_url=f"http://127.0.0.1:{server.port}/sub/path", user_agent="Player/1.0")

    line, *headers = server.requests[0].split("\r\n")
    method, target, _ = line.split(" ")
    assert (method, urlsplit(target).path) == ("GET", "/sub/path/player_api.php")
    assert dict(parse_qsl(urlsplit(target).query, strict_parsing=True)) == {
        "username": USERNAME,
        "password": PASSWORD,
        "action": "get_vod_streams",
    }
    sent = {header.partition(": ")[0].lower(): header.partition(": ")[2] for header in headers if header}
    assert sent["user-agent"] == "Player/1.0"
    assert sent["accept-encoding"] == "gzip"


async def test_the_account_check_says_that_the_account_is_good() -> None:
    async with wire(http(json.dumps(ACCOUNT).encode())) as server:
        messages = await fetched(server, command("account"))

    assert isinstance(messages[-1], AccountChecked)
    assert messages[-1].server["status"] == "Active"
    assert "action" not in server.requests[0]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"user_info":{"auth":0}}', "account_rejected"),
        (b'{"user_info":{"auth":1,"status":"Expired"}}', "account_expired"),
        (b"", "unexpected_answer"),
        (b"<html>Blocked</html>", "account_rejected"),
        (b"x" * (limits.ACCOUNT_BYTES_MAX + 1), "answer_too_large"),
    ],
)
async def test_an_account_that_is_not_good_fails_its_step_at_once(body: bytes, code: str) -> None:
    async with wire(http(body)) as server:
        messages = await fetched(server, command("account"))

    assert failure_of(messages).error.code == code
    assert len(server.requests) == 1


@pytest.mark.parametrize("body", [b"[]", b"[ ]", b"\xef\xbb\xbf[]\n"])
async def test_an_empty_listing_is_one_empty_slice(body: bytes) -> None:
    async with wire(http(body)) as server:
        slices = slices_of(await fetched(server))

    assert [(piece.slice, piece.slices_total) for piece in slices] == [(0, 1)]
    assert rows_of(slices) == []


@pytest.mark.parametrize(
    "body",
    [
        b'{"0":{"a":1},"5":{"a":2}}',
        b'<br />\n<b>Warning</b>: foo[] in x.php<br />\n[{"a":1},{"a":2}]\n<b>Warning</b>',
        b'\xef\xbb\xbf[{"a":1}, {"a":2}]',
    ],
)
async def test_odd_shapes_of_a_listing_are_listings(body: bytes) -> None:
    async with wire(http(body)) as server:
        slices = slices_of(await fetched(server))

    assert rows_of(slices) == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "unexpected_answer"),
        (b"false", "unexpected_answer"),
        (b"null", "unexpected_answer"),
        (b"<!DOCTYPE html><html><title>Just a moment</title></html>", None),
        (b"Access denied", "account_rejected"),
        (b'{"user_info":{"auth":0}}', "account_rejected"),
        (b'[{"a":"' + b"x" * limits.SLICE_BYTES + b'"}]', "answer_too_large"),
    ],
)
async def test_a_200_that_is_no_listing_fails_the_step_and_is_not_repeated(body: bytes, code: str | None) -> None:
    async with wire(http(body)) as server:
        messages = await fetched(server)

    assert failure_of(messages).error.code in ([code] if code else ["unexpected_answer", "account_rejected"])
    assert not slices_of(messages)
    assert len(server.requests) == 1


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
        messages = []
        with pytest.raises(CoolDown) as raised:
            async for message in actor.handle(command(), limits.COOL_DOWNS_MAX):
                messages.append(message)

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


async def _half_then_silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(http(BODY[: len(BODY) // 2], length=len(BODY)))
    await reader.read()


async def _drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n[")
    while not writer.is_closing():
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.01)


async def _drip_of_headers(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while not writer.is_closing():
        writer.write(b"X-A: b\r\n")
        await writer.drain()
        await asyncio.sleep(0.01)


async def _headers_then_silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
    await reader.read()


@pytest.mark.parametrize(
    ("answer", "timeouts", "text"),
    [
        (silence, Timeouts(first_byte_s=0.1), "nothing came within 0.1 s"),
        (_headers_then_silence, Timeouts(first_byte_s=0.1), "nothing came within 0.1 s"),
        (_drip_of_headers, Timeouts(first_byte_s=0.1), "nothing came within 0.1 s"),
        (_half_then_silence, Timeouts(idle_s=0.1), "the answer stood still for 0.1 s"),
        (_drip, Timeouts(total_s=0.15), "the answer took longer than 0.15 s"),
    ],
)
async def test_a_slow_server_runs_out_of_time(answer: Answer, timeouts: Timeouts, text: str) -> None:
    async with wire(answer) as server:
        messages = await fetched(server, timeouts=timeouts, retry=RetryPolicy(max_retries=1, initial_s=0.001))

    assert failure_of(messages).error.code == "timeout"
    assert failure_of(messages).error.text == f"{text} (tried 2 times)"
    assert server.connections == 2


async def test_time_that_our_own_side_takes_is_not_the_servers() -> None:
    async with wire(http(BODY)) as server, fetcher(source(server.port, timeouts=Timeouts(total_s=0.2, idle_s=0.2))) as actor:
        messages = []
        async for message in actor.handle(command(), 1):
            messages.append(message)
            if isinstance(message, RawSlice):
                await asyncio.sleep(0.15)  # The bus pushes back: three slices of this pass the server's total.

    assert not [message for message in messages if isinstance(message, FetchFailed)]
    assert rows_of(slices_of(messages)) == ROWS


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
    async with wire(b"HTTP/1.1 400 Bad\r\n\r\n") as server:
        messages = await fetched(server, base_url=f"https://127.0.0.1:{server.port}", retry=NO_RETRY)

    assert failure_of(messages).error.code == "unreachable"


@pytest.mark.parametrize(
    "answer",
    [
        http(BODY[:900_000], "Connection: close", length=len(BODY)),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFF\r\n" + BODY[:900_000],
        b"HTTP/1.1 200 OK\r\n\r\n" + BODY[:900_000],
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(BODY)[:-20],
        http(BODY[:900_000]),
    ],
    ids=["length", "chunk", "close", "gzip", "json"],
)
async def test_an_answer_that_is_cut_short_is_never_a_complete_listing(answer: bytes) -> None:
    async with wire(answer) as server:
        messages = await fetched(server, retry=RetryPolicy(max_retries=1, initial_s=0.001))

    failure = failure_of(messages)
    assert failure.error.code == "incomplete_answer"
    assert all(piece.slices_total is None for piece in slices_of(messages))
    kept = [piece for piece in slices_of(messages) if piece.attempt == failure.attempt]
    assert len(kept) == failure.slices_cut > 0
    assert len(server.requests) == 2


async def test_a_compressed_listing_is_inflated() -> None:
    async with wire(http(gzip.compress(BODY), "Content-Encoding: gzip")) as server:
        messages = await fetched(server)

    assert rows_of(slices_of(messages)) == ROWS
    assert words_of(messages)[-1].bytes_received == len(gzip.compress(BODY))


async def test_without_a_length_progress_counts_against_the_last_listing() -> None:
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (BODY[:70_000], BODY[70_000:], b""))
    async with wire(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks) as server:
        messages = await fetched(server, command(bytes_expected=1_500_000))

    assert rows_of(slices_of(messages)) == ROWS
    assert (words_of(messages)[-1].bytes_received, words_of(messages)[-1].bytes_expected) == (len(BODY), 1_500_000)


@pytest.mark.parametrize("encoding", ["gzip, gzip", "br", "deflate"])
async def test_an_encoding_that_was_not_asked_for_is_refused(encoding: str) -> None:
    async with wire(http(gzip.compress(gzip.compress(BODY)), f"Content-Encoding: {encoding}")) as server:
        messages = await fetched(server)

    assert failure_of(messages).error.code == "unexpected_answer"


async def _infinite(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n[1")
    while not writer.is_closing():
        writer.write(b",1" * 50_000)
        await writer.drain()


async def test_an_endless_answer_stops_at_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("actors.fetcher.http.Bounds.__struct_defaults__", (), raising=False)
    async with wire(_infinite) as server:
        messages = await fetched(server, timeouts=Timeouts(total_s=0.4), retry=NO_RETRY)

    assert failure_of(messages).error.code == "timeout"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_on_the_same_server_is_followed(status: int) -> None:
    async with wire(http(b"", "Location: /other/player_api.php?x=1", status=f"{status} Moved"), http(b'[{"a":1}]')) as server:
        messages = await fetched(server)

    assert rows_of(slices_of(messages)) == [{"a": 1}]
    assert server.requests[1].startswith("GET /other/player_api.php?x=1 ")


@pytest.mark.parametrize(
    "location", ["http://127.0.0.1:1/x", "http://localhost/x", "https://127.0.0.1/x", "file:///etc/passwd", "//169.254.169.254/x"]
)
async def test_a_redirect_to_another_origin_is_refused(location: str) -> None:
    async with wire(http(b"", f"Location: {location}", status="302 Found")) as server:
        messages = await fetched(server)

    assert failure_of(messages).error.code == "redirect_refused"
    assert len(server.requests) == 1


async def test_redirects_in_a_circle_are_refused() -> None:
    async with wire(http(b"", "Location: /again", status="302 Found")) as server:
        messages = await fetched(server)

    assert failure_of(messages).error.code == "redirect_refused"
    assert len(server.requests) == limits.REDIRECTS_MAX + 1


async def test_a_redirect_to_nowhere_is_refused() -> None:
    async with wire(http(b"", status="302 Found")) as server:
        messages = await fetched(server)

    assert failure_of(messages).error.code == "redirect_refused"


async def test_cookies_are_not_kept_and_the_connection_is() -> None:
    async with wire(http(b"[]", "Set-Cookie: a=b; Path=/")) as server, fetcher(source(server.port)) as actor:
        await heard(actor, command())
        await heard(actor, command("channels"))

    assert "cookie" not in server.requests[1].lower()
    assert server.connections == 1


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
