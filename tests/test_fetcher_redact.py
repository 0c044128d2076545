"""Credentials that a server repeats are gone before a slice leaves, and the slice is still JSON."""

import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.fetcher.redact import Redactor
from actors.sources.ask import Credentials
from contracts import limits

_USER, _PASSWORD = "ann@home", "p&ss/w+rd #1é"
_PAIRS = [
    (_USER, _PASSWORD),
    (quote(_USER, safe=""), quote(_PASSWORD, safe="")),
    (quote(_USER), quote(_PASSWORD)),
    (quote_plus(_USER), quote_plus(_PASSWORD)),
    (quote(_USER, safe="").lower(), "p%26ss%2fw%2brd%20%231%c3%a9"),
]


def redactor(username: str, password: str) -> Redactor:
    return Redactor(Credentials(username=username, password=password))


@pytest.mark.parametrize("pair", _PAIRS)
@pytest.mark.parametrize(
    "form",
    ["http://host/movie/{}/{}/1.mp4", "http://host/get.php?username={}&password={}&type=m3u", "http://{}:{}@host/movie/1.mp4"],
)
@pytest.mark.parametrize("is_ascii", [True, False])
@pytest.mark.parametrize("is_slashed", [True, False])
def test_credentials_in_an_address_are_taken_out_in_every_spelling(
    pair: tuple[str, str], form: str, is_ascii: bool, is_slashed: bool
) -> None:
    text = json.dumps([{"name": "Ann", "direct_source": form.format(*pair)}], ensure_ascii=is_ascii)
    body = (text.replace("/", "\\/") if is_slashed else text).encode()

    redacted = json.loads(redactor(_USER, _PASSWORD).body(body))

    assert pair[0] not in str(redacted)
    assert pair[1] not in str(redacted)
    assert redacted[0]["name"] == "Ann"
    assert "[redacted]" in redacted[0]["direct_source"]


def test_a_long_password_is_taken_out_wherever_it_stands_in_a_text() -> None:
    body = json.dumps(["say hunter2hunter2!", {"hunter2hunter2": 1}]).encode()

    assert json.loads(redactor("u", "hunter2hunter2").body(body)) == ["say [redacted]!", {"[redacted]": 1}]


def test_a_short_password_that_is_a_word_of_a_title_spoils_no_title() -> None:
    body = b'[{"name":"Live at the film festival"},{"url":"http:\\/\\/h\\/movie\\/ann\\/film\\/1.mp4"}]'

    assert json.loads(redactor("ann", "film").body(body)) == [
        {"name": "Live at the film festival"},
        {"url": "http://h/movie/[redacted]/[redacted]/1.mp4"},
    ]


def test_a_password_of_digits_spoils_no_number() -> None:
    body = b'[{"id":12345678,"url":"/live/7/12345678/1.ts","n":"x12345678"}]'

    redacted = json.loads(redactor("7", "12345678").body(body))

    assert redacted == [{"id": 12345678, "url": "/live/[redacted]/[redacted]/1.ts", "n": "x[redacted]"}]


def test_a_name_that_begins_like_an_escape_breaks_no_escape() -> None:
    body = b'[{"a":"line\\nick/secret and nick/secret"}]'

    assert json.loads(redactor("nick", "secret").body(body)) == [{"a": "line\nick/secret and [redacted]/[redacted]"}]


def test_bytes_without_the_credentials_are_the_same_object() -> None:
    body = b'[{"name":"A film"}]'

    assert redactor("ann", "wonderland").body(body) is body
    assert redactor("", "").body(body) is body


@given(st.text(max_size=12), st.text(max_size=12), st.lists(st.text(max_size=20) | st.integers(), max_size=5), st.booleans())
def test_a_redacted_slice_is_json_of_as_many_entries(
    username: str, password: str, entries: list[str | int], is_ascii: bool
) -> None:
    entries = [*entries, f"x{username}/{password}x", f"username={username}&password={password}"]
    body = json.dumps(entries, ensure_ascii=is_ascii).encode(errors="surrogatepass")

    assert len(json.loads(redactor(username, password).body(body))) == len(entries)


def test_a_text_for_people_is_redacted_and_clipped() -> None:
    text = redactor("ann", "wonderland").text("user ann with wonderland: " + "x" * 1000)

    assert text.startswith("user [redacted] with [redacted]: ")
    assert len(text) == limits.ERROR_TEXT_CHARS_MAX
