"""A token, a key, a session and a password leave through no message, no log and no exception, whatever a media server does."""

import json
import logging
import traceback
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote

import pytest

from actors.fetcher.config import RetryPolicy
from actors.sources.ask import Credentials
from contracts import codec
from contracts.catalog import SourceKind
from contracts.errors import CoolDown
from contracts.messages import Message
from tests.fetcher_room import Answer, fetcher, http, source, wire
from tests.paged_room import PLEX_TOKEN, asked

PASSWORD: Final = "canary pass&word/9"
API_KEY: Final = "canary-api-key"
_SESSION: Final = "canary-session-token"
_LOGIN: Final = json.dumps({"AccessToken": _SESSION, "User": {"Id": "1ae8a43ed293456da28274f1a89cd2a5", "Name": "x"}}).encode()


def _plex_rows(secret: str) -> bytes:
    row = {
        "ratingKey": "1",
        "type": "movie",
        "title": f"Film {secret}",
        "thumb": f"/library/metadata/1/thumb/1?X-Plex-Token={quote(secret)}",
        "summary": secret,
    }
    return json.dumps({"MediaContainer": {"size": 1, "Metadata": [row]}}).encode()


def _plex_hubs(secret: str) -> bytes:
    row = {"ratingKey": "1", "type": "movie", "title": secret, "thumb": f"/t?X-Plex-Token={secret}"}
    hub = {"hubIdentifier": f"hub.{secret}", "title": secret, "key": f"/hubs/x?X-Plex-Token={secret}", "Metadata": [row]}
    return json.dumps({"MediaContainer": {"size": 1, "Hub": [hub]}}).encode()


def _jellyfin_rows(secret: str) -> bytes:
    rows = [{"Id": "1", "Name": f"Film {secret}", "Type": "Movie", "Overview": f"http://h/?ApiKey={quote(secret)}"}]
    return json.dumps({"Items": rows, "TotalRecordCount": 1}).encode()


def _answers(secret: str, rows: bytes) -> dict[str, Answer]:
    quoted = quote(secret, safe="")
    return {
        "rows": http(rows),
        "rows cut short": http(rows[:-1]),
        "page": http(f"<html><title>{secret}</title>no token {secret} at ?X-Plex-Token={quoted}</html>".encode()),
        "xml": http(f'<Response code="503" status="bad {secret}"/>'.encode(), status="503 No"),
        "problem": http(json.dumps({"title": f"bad {secret}"}).encode(), status="500 No"),
        "unauthorized": http(f"no {secret}".encode(), status="401 No"),
        "refusal": http(f"<title>{secret}</title>".encode(), status="403 No"),
        "retry after": http(secret.encode(), f"Retry-After: {quoted}", status="429 Later"),
        "redirect away": http(b"", f"Location: http://elsewhere.invalid/?token={quoted}", status="302 Found"),
        "redirect round": http(b"", f"Location: /?token={quoted}", status="302 Found"),
        "null": http(b"null"),
        "other object": http(json.dumps({"error": secret, "AccessToken": secret}).encode()),
        "cut short": http(b"{", "Connection: close", length=1000),
        "hang up": b"",
    }


def _cases() -> Iterator[Any]:
    plex = Credentials(token=PLEX_TOKEN, client_id="c")
    password = Credentials(username="demo", password=PASSWORD, client_id="c")
    key = Credentials(api_key=API_KEY, user="x", client_id="c")
    users = http(json.dumps([{"Id": "1ae8a43ed293456da28274f1a89cd2a5", "Name": "x"}]).encode())
    for name, answer in _answers(PLEX_TOKEN, _plex_rows(PLEX_TOKEN)).items():
        yield pytest.param(SourceKind.PLEX, plex, (answer,), id=f"plex {name}")
    yield pytest.param(SourceKind.PLEX, plex, (http(_plex_hubs(PLEX_TOKEN)),), id="plex hubs")
    for name, answer in _answers(_SESSION, _jellyfin_rows(_SESSION)).items():
        yield pytest.param(SourceKind.JELLYFIN, password, (http(_LOGIN), answer), id=f"session {name}")
    for name, answer in _answers(API_KEY, _jellyfin_rows(API_KEY)).items():
        yield pytest.param(SourceKind.JELLYFIN, key, (users, answer), id=f"key {name}")
    for name, answer in _answers(PASSWORD, _jellyfin_rows(PASSWORD)).items():
        yield pytest.param(SourceKind.JELLYFIN, password, (answer,), id=f"login {name}")
        yield pytest.param(SourceKind.JELLYFIN, password, (http(_LOGIN), answer), id=f"password {name}")


def _holds_secret(text: str) -> bool:
    return any(form in text.lower() for form in ("canary", quote(PASSWORD, safe="").lower()))


@pytest.fixture
def loud(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Every logger there is, at its loudest."""
    caplog.set_level(logging.DEBUG)
    for name in list(logging.root.manager.loggerDict):
        caplog.set_level(logging.DEBUG, logger=name)
    return caplog


@pytest.mark.parametrize("step", ["account", "home", "libraries", "movies.1"])
@pytest.mark.parametrize(("kind", "credentials", "answers"), list(_cases()))
async def test_what_opens_a_server_stays_inside(
    kind: SourceKind, credentials: Credentials, answers: tuple[Answer, ...], step: str, loud: pytest.LogCaptureFixture
) -> None:
    said: list[str] = []
    messages: list[Message] = []
    async with wire(*answers) as server:
        retry = RetryPolicy(max_retries=1, initial_s=0.001)
        configured = source(server.port, kind=kind, credentials=credentials, retry=retry)
        async with fetcher(configured) as actor:
            try:
                async for message in actor.handle(asked(configured, step), 1):
                    messages.append(message)  # noqa: PERF401 - what came before the error is wanted
            except CoolDown as error:
                said += [str(error), error.text, *traceback.format_exception(error)]
    said += [repr(message) for message in messages]
    said += [codec.encode(message).decode(errors="replace") for message in messages]
    said += [f"{record.getMessage()} {record.args} {record.exc_text}" for record in loud.records]

    assert server.requests
    assert messages
    assert [text for text in said if _holds_secret(text)] == []
