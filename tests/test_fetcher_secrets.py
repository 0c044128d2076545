"""User name and password leave through no message, no log and no exception, whatever the server does."""

import json
import logging
import traceback
from urllib.parse import quote, quote_plus, urlencode

import msgspec
import pytest

from actors.fetcher.config import RetryPolicy
from contracts import codec
from contracts.errors import CoolDown
from contracts.messages import Message
from tests.fetcher_room import PASSWORD, USERNAME, Answer, command, fetcher, http, source, wire

_QUERY = urlencode({"username": USERNAME, "password": PASSWORD})
_PATH = f"/movie/{USERNAME}/{PASSWORD}/1.mp4"
_QUOTED_PATH = f"/movie/{quote(USERNAME, safe='')}/{quote(PASSWORD, safe='')}/1.mp4"
_LISTING = [
    {"stream_id": 1, "direct_source": f"http://h/get.php?{_QUERY}"},
    {"u": f"http://h{_PATH}"},
    {"u": f"http://h{_QUOTED_PATH}"},
]
_ACCOUNT = {"user_info": {"auth": 1, "status": "Active", "message": f"hi {USERNAME}", "username": USERNAME, "password": PASSWORD}}
_REFUSED = {"user_info": {"auth": 0, "message": f"no {USERNAME} {PASSWORD}", "status": PASSWORD}}

ANSWERS: dict[str, Answer] = {
    "listing": http(json.dumps(_LISTING).encode()),
    "listing of php": http(json.dumps(_LISTING).replace("/", "\\/").encode()),
    "listing cut short": http(json.dumps(_LISTING).encode()[:-1]),
    "account": http(json.dumps(_ACCOUNT).encode()),
    "refused account": http(json.dumps(_REFUSED).encode()),
    "account without a user": http(json.dumps({"server_info": {"url": _PATH}}).encode()),
    "page": http(f"<html><title>{USERNAME}</title>bad password {PASSWORD} at player_api.php?{_QUERY}</html>".encode()),
    "text": http(f"Blocked: {_QUERY} {PASSWORD}".encode()),
    "redirect away": http(b"", f"Location: http://elsewhere.invalid/?{_QUERY}", status="302 Found"),
    "redirect round": http(b"", f"Location: /?{_QUERY}", f"Set-Cookie: a={quote_plus(PASSWORD)}", status="302 Found"),
    "redirect to nonsense": http(b"", f"Location: http://[{_QUERY}", status="302 Found"),
    "encoding": http(b"[]", f"Content-Encoding: {quote(PASSWORD, safe='')}"),
    "retry after": http(b"", f"Retry-After: {quote(PASSWORD)}", status="429 Later"),
    "reason": http(b"", status=f"500 {quote(PASSWORD)}"),
    "refusal": http(f"no {PASSWORD}".encode(), status="403 No"),
    "hang up": b"",
    "no http": f"{_QUERY}\r\n\r\n".encode(),
    "bad header": f"HTTP/1.1 200 OK\r\nContent-Length: {quote(PASSWORD)}\r\n\r\n".encode(),
    "cut short": http(b"[1,", "Connection: close", length=1000),
}
_CANARIES = ("canary", quote(USERNAME, safe=""), quote(PASSWORD, safe=""))


def _holds_secret(text: str) -> bool:
    return any(canary.lower() in text.lower() for canary in _CANARIES)


@pytest.fixture
def loud(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Every logger there is, at its loudest."""
    caplog.set_level(logging.DEBUG)
    for name in list(logging.root.manager.loggerDict):
        caplog.set_level(logging.DEBUG, logger=name)
    return caplog


@pytest.mark.parametrize("step", ["account", "movies"])
@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
async def test_the_credentials_stay_inside(answer: Answer, step: str, loud: pytest.LogCaptureFixture) -> None:
    messages: list[Message] = []
    said: list[str] = []
    retry = RetryPolicy(max_retries=1, initial_s=0.001)
    async with wire(answer) as server, fetcher(source(server.port, retry=retry)) as actor:
        try:
            async for message in actor.handle(command(step), 1):
                messages.append(message)  # noqa: PERF401 - what came before the error is wanted
        except CoolDown as error:
            said += [str(error), error.text, *traceback.format_exception(error)]
    said += [repr(message) for message in messages]
    said += [codec.encode(message).decode(errors="replace") for message in messages]
    said += [f"{record.getMessage()} {record.args} {record.exc_text}" for record in loud.records]

    assert server.requests
    assert [text for text in said if _holds_secret(text)] == []
    assert messages


async def test_an_unreachable_server_gives_nothing_away(loud: pytest.LogCaptureFixture, free_port: int) -> None:
    async with fetcher(source(free_port)) as actor:
        messages = [message async for message in actor.handle(command(), 1)]

    assert not _holds_secret(repr(messages) + loud.text)


def test_what_prints_a_source_shows_no_secret() -> None:
    configured = source(1)

    assert not _holds_secret(repr(configured) + str(configured) + repr(configured.credentials))
    assert PASSWORD in msgspec.json.decode(msgspec.json.encode(configured))["credentials"]["password"]
