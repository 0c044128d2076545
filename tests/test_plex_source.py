"""What a Plex source is besides its listings: its address, its token, its account, its words and its links."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.sources import plex, source
from actors.sources.ask import Ask, Credentials, Session
from contracts.catalog import ItemKind, Part, SourceKind
from contracts.errors import BadRequest, BadSettings, UnexpectedAnswer
from tests.plex_cases import data

NOW = datetime(2026, 11, 21, tzinfo=UTC)
CREDENTIALS = Credentials(token="sesame", client_id="4b6f0c1e")
UNAUTHORIZED = b"<html><head><title>Unauthorized</title></head><body><h1>401 Unauthorized</h1></body></html>"
MIGRATING = b'<Response code="503" title="Maintenance" status="Plex Media Server is currently running database migrations."/>'


def root(**fields: Any) -> bytes:
    return json.dumps({"MediaContainer": {"machineIdentifier": "abc", "version": "1.43.2.1-a"} | fields}).encode()


def test_the_module_is_the_source_of_its_kind() -> None:
    assert source(SourceKind.PLEX) is plex


def test_the_account_comes_first_and_weighs_nothing_and_home_is_a_part_of_its_own() -> None:
    assert [(step.step, step.part, step.weight, step.reveals) for step in plex.steps] == [
        ("account", Part.CATALOGUE, 0, False),
        ("home", Part.HOME, 1, False),
        ("libraries", Part.CATALOGUE, 1, True),
    ]
    assert plex.libraries == ()


def test_no_step_is_streamed() -> None:
    for step in ("account", "home", "libraries", "movies.1"):
        with pytest.raises(BadRequest):
            plex.ask(step)


def test_nobody_signs_in() -> None:
    assert plex.sign_in(CREDENTIALS) is None
    assert plex.session(CREDENTIALS, b"") == Session()


def test_the_account_is_what_the_server_says_of_itself() -> None:
    assert plex.account_asks(Session()) == (Ask(path=""),)


def test_the_token_is_in_a_header_and_never_in_the_query() -> None:
    ask = Ask(path="library/sections", params=(("a", "b"),))

    found = plex.authorize(ask, CREDENTIALS, Session())

    assert (found.path, found.params, found.method) == (ask.path, ask.params, "GET")
    headers = dict(found.headers)
    assert headers["Accept"] == "application/json"
    assert (headers["X-Plex-Token"], headers["X-Plex-Client-Identifier"]) == ("sesame", "4b6f0c1e")
    assert (headers["X-Plex-Product"], headers["X-Plex-Device-Name"]) == ("Playbill", "Playbill")
    assert all(headers[name] for name in ("X-Plex-Version", "X-Plex-Platform", "X-Plex-Device"))
    assert "sesame" not in repr(found)


def test_what_rows_depend_on_is_in_the_salt() -> None:
    assert plex.digest_salt(()) == plex.digest_salt([])
    assert plex.digest_salt(()) != plex.digest_salt(["1"])
    assert len(plex.digest_salt(())) <= 64
    assert (plex.USES_DIGESTS, plex.lasting(b"[1]"), plex.unexpected_root(b"<html>")) == (False, b"[1]", None)


@pytest.mark.parametrize(
    ("pasted", "address"),
    [
        ("192.168.1.5:32400", "http://192.168.1.5:32400"),
        ("192.168.1.5", "http://192.168.1.5:32400"),
        ("nas.local", "http://nas.local:32400"),
        ("[fe80::1]", "http://[fe80::1]:32400"),
        ("http://nas.local", "http://nas.local"),
        ("http://host:32400/", "http://host:32400"),
        ("  https://Host:32400//  ", "https://host:32400"),
        ("http://host:32400/web/index.html#!/server/abc/details?key=x", "http://host:32400"),
        ("http://host:32400/web", "http://host:32400"),
        ("https://host/plex/", "https://host/plex"),
        ("https://host/plex/web/index.html#!/", "https://host/plex"),
        ("http://host:32400/library/sections/1/all?X-Plex-Token=sesame", "http://host:32400"),
        ("https://1-2-3-4.0123abcd.plex.direct:32400", "https://1-2-3-4.0123abcd.plex.direct:32400"),
        ("http://host:32400?X-Plex-Token=sesame", "http://host:32400"),
    ],
)
def test_the_address_is_found_in_what_people_paste(pasted: str, address: str) -> None:
    assert plex.base_url(pasted) == address


@pytest.mark.parametrize(
    ("pasted", "words"),
    [
        ("https://app.plex.tv/desktop/#!/server/abc", "url: that is Plex's own web page, not your server"),
        ("app.plex.tv", "url: that is Plex's own web page, not your server"),
        ("https://plex.tv", "url: that is Plex's own web page, not your server"),
        ("http://me:sesame@host:32400", "url: must not hold a user name or password; set token instead"),
        ("ftp://host", "url: must start with http:// or https://"),
        ("http://host:99999", "url: has a port that is no number from 1 to 65535"),
        ("http://", "url: names no host"),
        ("", "url: names no host"),
        ("http://a b", "url: names no host"),
        ("http://host/a b", "url: has a blank or a backslash in its path"),
        ("http://[::1", "url: is no address"),
    ],
)
def test_what_is_no_address_is_refused_in_words(pasted: str, words: str) -> None:
    with pytest.raises(BadSettings) as caught:
        plex.base_url(pasted)

    assert caught.value.text == words


@given(st.text(max_size=40))
def test_whatever_is_pasted_is_an_address_or_refused_without_its_query(pasted: str) -> None:
    try:
        address = plex.base_url(f"{pasted}?X-Plex-Token=sesame")
    except BadSettings as error:
        address = error.text

    assert "sesame" not in address
    assert address.startswith(("http://", "https://", "url: "))


def test_an_account_says_which_server_it_is() -> None:
    account = plex.read_account([data("root")], NOW)

    assert account.server == {
        "machine_identifier": "0123456789abcdef0123456789abcdef01234567",
        "version": "1.43.2.10687-563d026ea",
        "name": "Attic & Cellar",
        "platform": "Linux",
    }
    assert account.warnings == []
    assert "example.org" not in repr(account)


@pytest.mark.parametrize(
    "fields",
    [{"claimed": False}, {"myPlex": False}, {"myPlexSigninState": "none"}, {"myPlex": True, "myPlexSigninState": "None"}],
)
def test_an_unclaimed_server_is_a_warning(fields: dict[str, Any]) -> None:
    (warning,) = plex.read_account([root(**fields)], NOW).warnings

    assert warning.startswith("the server is not claimed")


def test_an_old_server_is_a_warning() -> None:
    (warning,) = plex.read_account([root(version="1.19.5.3112-b23ab3896")], NOW).warnings

    assert "1.19.5.3112-b23ab3896" in warning


def test_a_server_that_says_little_is_one() -> None:
    account = plex.read_account([root(version=None, friendlyName=7, platform="<b>")], NOW)

    assert account.server == {"machine_identifier": "abc", "version": None, "name": "7", "platform": None}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            data("root_legacy"),
            "this Plex Media Server is too old (its answers have no MediaContainer): update it to 1.20 or newer",
        ),
        (UNAUTHORIZED, "the server sent a web page instead of the account: is the url that of the Plex Media Server itself?"),
        (b'<?xml version="1.0"?><MediaContainer/>', "the server sent XML instead of the account, although JSON was asked for"),
        (b"", "the server gave no answer"),
        (b"{}", "the server sent an object without a MediaContainer instead of the account"),
        (b'{"MediaContainer":{}}', "the server answers like Plex, but names no machineIdentifier"),
        (b'{"MediaContainer":{"machineIdentifier":"<b>"}}', "the server answers like Plex, but names no machineIdentifier"),
    ],
)
def test_what_is_no_account_is_refused_in_words(body: bytes, words: str) -> None:
    with pytest.raises(UnexpectedAnswer) as caught:
        plex.read_account([body], NOW)

    assert caught.value.text.startswith(words)


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (503, MIGRATING, "Plex Media Server is currently running database migrations."),
        (
            503,
            b"<?xml version='1.0'?>\n<Response code='503' title='Maintenance' status='Starting &amp; waiting'/>",
            "Starting & waiting",
        ),
        (503, b'<Response code="503" title="Maintenance"/>', "Maintenance"),
        (503, b'<Response code="503" title="Service Unavailable" status=""/>', None),
        (401, UNAUTHORIZED, None),
        (404, b"<html><head><title>Not Found</title></head></html>", None),
        (404, b"<html><head><TITLE>404 - Page not found | Error</TITLE></head></html>", None),
        (502, b"<html><head><title>The cellar is\n flooded &lt;again&gt;</title></head></html>", "The cellar is flooded <again>"),
        (502, b"<title>See https://example.org/?X-Plex-Token=sesame for more</title>", "See … for more"),
        (500, b"<title>" + b"x " * 4_000, None),
        (500, b'{"errors":[]}', None),
        (599, b"<title>Error 599</title>", None),
        (500, b"", None),
    ],
)
def test_the_server_s_own_words_are_kept_when_they_say_more_than_the_status(status: int, body: bytes, words: str | None) -> None:
    assert plex.words_of_failure(status, body) == words


def test_words_are_bounded() -> None:
    found = plex.words_of_failure(503, b'<Response status="' + b"word " * 1_000 + b'"/>')

    assert found is not None
    assert len(found) <= 300


@given(
    st.integers(100, 999),
    st.binary(max_size=300) | st.text(alphabet="<>/title Response status=\"'&;x", max_size=200).map(str.encode),
)
def test_no_body_of_an_error_is_too_much(status: int, body: bytes) -> None:
    found = plex.words_of_failure(status, body)

    assert found is None or 0 < len(found) <= 300


@pytest.mark.parametrize(
    ("kind", "remote_id", "address"),
    [
        (ItemKind.MOVIE, "101", "details?key=%2Flibrary%2Fmetadata%2F101"),
        (ItemKind.COLLECTION, "7", "details?key=%2Flibrary%2Fcollections%2F7"),
        (ItemKind.PLAYLIST, "8", "playlist?key=%2Fplaylists%2F8"),
        (ItemKind.FOLDER, "/library/sections/1/all?genre=5", "details?key=%2Flibrary%2Fsections%2F1%2Fall%3Fgenre%3D5"),
    ],
)
def test_the_page_of_an_item_is_in_plex_s_web_client(kind: ItemKind, remote_id: str, address: str) -> None:
    found = plex.links(kind, remote_id, None, base_url="http://host:32400", server={"machine_identifier": "abc"})

    assert found.web == f"https://app.plex.tv/desktop/#!/server/abc/{address}"
    assert found.image is None


def test_without_the_server_s_identifier_there_is_no_page() -> None:
    assert plex.links(ItemKind.MOVIE, "1", None, base_url="http://host:32400", server={}).web is None


@pytest.mark.parametrize(
    ("image", "address"),
    [
        ("/library/metadata/1/thumb/2", "https://host/plex/library/metadata/1/thumb/2"),
        ("https://elsewhere.example/a.jpg", "https://elsewhere.example/a.jpg"),
        ("//elsewhere.example/a.jpg", "https://elsewhere.example/a.jpg"),
    ],
)
def test_a_picture_is_on_the_server_unless_it_is_elsewhere(image: str, address: str) -> None:
    assert plex.links(ItemKind.MOVIE, "1", image, base_url="https://host/plex", server={}).image == address
