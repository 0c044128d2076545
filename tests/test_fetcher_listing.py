"""A listing over real HTTP: whole, in order, in every odd shape, and asked for as the source wants it."""

import gzip
import json
from urllib.parse import parse_qsl, urlsplit

import pytest

from actors.sources import source as source_of
from contracts import codec, limits
from contracts.catalog import SourceKind
from contracts.messages import AccountChecked, RawSlice, SliceUnchanged
from tests.fetcher_room import (
    BODY,
    PASSWORD,
    ROWS,
    USERNAME,
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

ACCOUNT = {
    "user_info": {"auth": 1, "status": "Active", "exp_date": None, "username": USERNAME, "password": PASSWORD},
    "server_info": {},
}
_EITHER = ("unexpected_answer", "account_rejected")  # How the source reads a page of words is the source's own.


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
    assert first.digest == codec.slice_digest(source_of(SourceKind.XTREAM).lasting(first.body), b"salt")
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
        (b"<html>Blocked</html>", None),
        (b"x" * (limits.ACCOUNT_BYTES_MAX + 1), "answer_too_large"),
    ],
)
async def test_an_account_that_is_not_good_fails_its_step_at_once(body: bytes, code: str | None) -> None:
    async with wire(http(body)) as server:
        messages = await fetched(server, command("account"))

    assert failure_of(messages).error.code in ([code] if code else _EITHER)
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
        (b"Access denied", None),
        (b'{"user_info":{"auth":0}}', "account_rejected"),
        (b'[{"a":"' + b"x" * limits.SLICE_BYTES + b'"}]', "answer_too_large"),
    ],
)
async def test_a_200_that_is_no_listing_fails_the_step_and_is_not_repeated(body: bytes, code: str | None) -> None:
    async with wire(http(body)) as server:
        messages = await fetched(server)

    assert failure_of(messages).error.code in ([code] if code else _EITHER)
    assert not slices_of(messages)
    assert len(server.requests) == 1


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


async def test_cookies_are_not_kept_and_the_connection_is() -> None:
    async with wire(http(b"[]", "Set-Cookie: a=b; Path=/")) as server, fetcher(source(server.port)) as actor:
        await heard(actor, command())
        await heard(actor, command("channels"))

    assert "cookie" not in server.requests[1].lower()
    assert server.connections == 1
