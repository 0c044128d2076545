"""The account check of a Jellyfin source, and what its server says of its own trouble."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.sources.jellyfin import read_account, words_of_failure
from contracts import limits
from contracts.errors import AccountDisabled, AccountRejected, UnexpectedAnswer
from tests.jellyfin_room import encoded, fixture

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def server(**changed: Any) -> bytes:
    return encoded({**fixture("system_info_public.json"), **changed})


def user(**policy: Any) -> bytes:
    found = fixture("user.json")
    return encoded({**found, "Policy": {**found["Policy"], **policy}})


def test_a_good_account_says_who_the_server_is() -> None:
    found = read_account([server(), user()], NOW)

    assert found.server == {
        "server_id": "5ab2d1f0c3e94b5796874a1d2e3f4051",
        "version": "10.11.5",
        "name": "Attic",
        "live_tv": True,
    }
    assert found.warnings == []


def test_a_user_without_live_tv_is_remembered_as_such() -> None:
    assert read_account([server(), user(EnableLiveTvAccess=False)], NOW).server["live_tv"] is False
    assert read_account([server(), encoded({"Id": "1", "Name": "ada"})], NOW).server["live_tv"] is False


def test_a_user_who_is_switched_off_is_let_in_nowhere() -> None:
    with pytest.raises(AccountDisabled):
        read_account([server(), user(IsDisabled=True)], NOW)


def test_a_server_that_was_never_set_up_lets_nobody_in() -> None:
    with pytest.raises(AccountRejected) as rejected:
        read_account([server(StartupWizardCompleted=False), user()], NOW)

    assert "its first start has not been finished" in rejected.value.text


@pytest.mark.parametrize("value", [None, True, "", 0])
def test_only_a_plain_no_says_that_a_server_was_never_set_up(value: Any) -> None:
    assert read_account([server(StartupWizardCompleted=value), user()], NOW).warnings == []


@pytest.mark.parametrize(
    ("version", "words"),
    [
        ("10.7.7", "10.8 is the oldest"),
        ("4.8.0.80", "which no Jellyfin is"),
        (None, "does not say"),
        ("newest", "does not say"),
        (10.8, "does not say"),
    ],
)
def test_a_version_that_is_old_or_odd_is_a_warning(version: Any, words: str) -> None:
    found = read_account([server(Version=version), user()], NOW)

    assert len(found.warnings) == 1
    assert words in found.warnings[0]


@pytest.mark.parametrize("version", ["10.8.0", "10.8.13", "10.9.11", "10.10.0-rc2", "12.0.0", "13.1"])
def test_a_version_from_10_8_on_is_none(version: str) -> None:
    found = read_account([server(Version=version), user()], NOW)

    assert (found.warnings, found.server["version"]) == ([], version)


def test_nothing_but_what_is_expected_reaches_a_message() -> None:
    odd = server(Id="http://secret", Version="1 " * 40, ServerName="A\x00ttic\n" + "x" * 500)

    found = read_account([odd, user()], NOW).server

    assert (found["server_id"], found["version"]) == (None, None)
    assert str(found["name"]).startswith("Attic xxx")
    assert len(str(found["name"])) == 100


@pytest.mark.parametrize(
    "bodies",
    [
        [],
        [server()],
        [b"", user()],
        [b"<html></html>", user()],
        [b"[]", user()],
        [server(), b""],
        [server(), b"Error processing request."],
        [server(), b"{}"],
        [server(), b'{"Name": "ada", "Id": null}'],
        [b'{"Version": ', user()],
    ],
)
def test_an_answer_that_is_no_account_is_unexpected(bodies: list[bytes]) -> None:
    with pytest.raises(UnexpectedAnswer):
        read_account(bodies, NOW)


STARTING = b"""<!DOCTYPE html><html><head><title>Jellyfin Startup</title><style>body{color:red}</style></head>
<body><script>var secret = 1 < 2;</script><h1>Jellyfin Server still starting.</h1>
<p>Please&nbsp;wait &amp; come back.</p></body></html>"""


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (503, STARTING, "Jellyfin Server still starting. Please wait & come back."),
        (503, b"<html><head><title>Migrating</title></head><body>" + b"line of a log " * 50 + b"</body>", "Migrating"),
        (500, b"Error processing request.", "Error processing request."),
        (401, b"User is not permitted to access Library Films.", "User is not permitted to access Library Films."),
        (400, b'{"type":"https://tools.ietf.org/x","title":"One or more validation errors occurred.","status":400}',
         "One or more validation errors occurred."),
        (500, b'{"title": "", "message": "disk full"}', "disk full"),
        (500, b'"Out of\\r\\nmemory"', "Out of\\r\\nmemory"),
        (500, b"see http://ada:secret@attic/x?api_key=1 for more", "see \xe2\x80\xa6 for more".encode("latin-1").decode()),
        (401, b"", None),
        (502, b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>", None),
        (500, b"500 Internal Server Error", None),
        (500, b"Error 500", None),
        (500, b"{}", None),
        (500, b'{"title": 5}', None),
        (500, b"{broken", None),
        (500, b"[]", None),
        (500, b"\xff\xfe\x00\x01", None),
        (500, b"...", None),
    ],
)  # fmt: skip
def test_the_servers_own_words(status: int, body: bytes, words: str | None) -> None:
    assert words_of_failure(status, body) == words


@given(st.integers(400, 599), st.binary(max_size=400) | st.text("<html>title/{}\"':&;# a5", max_size=200).map(str.encode))
def test_words_are_one_bounded_line_whatever_comes(status: int, body: bytes) -> None:
    words = words_of_failure(status, body)

    assert words is None or (0 < len(words) <= limits.ERROR_TEXT_CHARS_MAX and words.isprintable())
