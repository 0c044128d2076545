"""What a log line shows, and what it never shows."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from actors import logs
from actors.redaction import HIDDEN, redact

USER, PASSWORD = "alice@home", "s3cr&t#pw"


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    yield
    logs.reset()


def lines_of(*, as_json: bool = False, level: str = "info") -> io.StringIO:
    stream = io.StringIO()
    logs.configure(json=as_json, level=level, role="fetcher", stream=stream)
    return stream


def test_a_line_for_people_names_time_role_event_and_values() -> None:
    stream = lines_of()
    logs.logger("here").info("a slice was sent", source="iptv", slice=3, detail="two words", nothing=None)

    assert stream.getvalue()[12:] == " fetcher   info    a slice was sent  source=iptv slice=3 detail='two words'\n"


def test_a_json_line_is_one_object_with_the_same_values() -> None:
    stream = lines_of(as_json=True)
    logs.logger("here").warning("a slice was sent", source="iptv", slice=3)
    line = json.loads(stream.getvalue())

    assert line.pop("time").endswith("Z")
    assert line == {
        "at": "here",
        "source": "iptv",
        "slice": 3,
        "event": "a slice was sent",
        "level": "warning",
        "role": "fetcher",
    }


def test_what_is_below_the_level_is_not_written() -> None:
    stream = lines_of(level="warning")
    logs.logger("here").info("not this")
    logging.getLogger("elsewhere").info("nor this")

    assert stream.getvalue() == ""


def test_the_standard_librarys_loggers_go_the_same_way() -> None:
    stream = lines_of()
    logging.getLogger("elsewhere").warning("over %s", "http://alice:pw@host/")

    assert f"over http://{HIDDEN}@host/" in stream.getvalue()
    assert "at=elsewhere" in stream.getvalue()


@pytest.mark.parametrize("name", ["httpx", "httpcore", "nats", "stamina"])
def test_libraries_that_log_addresses_are_quiet(name: str) -> None:
    stream = lines_of(level="debug")
    logging.getLogger(name).info("GET http://host/")

    assert stream.getvalue() == ""


def test_configuring_again_replaces_the_first() -> None:
    first = lines_of()
    second = lines_of()
    logging.getLogger("elsewhere").warning("once")

    assert first.getvalue() == ""
    assert second.getvalue().count("once") == 1


@pytest.mark.parametrize("as_json", [False, True])
def test_an_exceptions_text_and_traceback_hide_their_secrets(as_json: bool) -> None:
    stream = lines_of(as_json=as_json)
    try:
        raise ValueError(f"GET http://host/player_api.php?username={USER}&password={PASSWORD}&action=x")
    except ValueError as error:
        logs.logger("here").exception("a bug", error=error)

    assert "ValueError" in stream.getvalue()
    assert "action=x" in stream.getvalue()
    assert USER not in stream.getvalue()
    assert PASSWORD not in stream.getvalue()


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize(
    "values",
    [
        {"password": PASSWORD},
        {"Authorization": PASSWORD},
        {"plex_token": PASSWORD},
        {"api_key": PASSWORD},
        {"settings": {"password": PASSWORD, "port": 1}},
        {"settings": [{"username": PASSWORD}]},
    ],
)
def test_a_key_that_names_a_secret_hides_its_value(values: dict[str, object], as_json: bool) -> None:
    stream = lines_of(as_json=as_json)
    logs.logger("here").info("settings", **values)

    assert PASSWORD not in stream.getvalue()
    assert HIDDEN in stream.getvalue()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("http://h/player_api.php?username=bob&password=abc&action=x", f"username={HIDDEN}&password={HIDDEN}&action=x"),
        ("username%3Dbob", f"username%3D{HIDDEN}"),
        ("http://h:80/live/bob/abc/12.ts", f"http://h:80/live/{HIDDEN}/{HIDDEN}/12.ts"),
        (r"http:\/\/h\/movie\/bob\/abc\/12.mkv", rf"\/movie\/{HIDDEN}\/{HIDDEN}\/12.mkv"),
        ("/series/bob/abc/9.mkv", f"/series/{HIDDEN}/{HIDDEN}/9.mkv"),
        ("http://h:80/bob/abc/12", f"http://h:80/{HIDDEN}/{HIDDEN}/12"),
        ("https://h/x?X-Plex-Token=abc", f"X-Plex-Token={HIDDEN}"),
        ("X-Plex-Token: abc", f"X-Plex-Token: {HIDDEN}"),
        ("http://h/Items?ApiKey=abc&x=1", f"?ApiKey={HIDDEN}&x=1"),
        ('MediaBrowser Client="P", Token="abc"', f'MediaBrowser Client="P", Token="{HIDDEN}"'),
        (r'"MediaBrowser Client=\"P\", Token=\"abc\""', rf'Client=\"P\", Token=\"{HIDDEN}\""'),
        (r'"{\"AccessToken\":\"abc\"}"', rf'"{{\"AccessToken\":\"{HIDDEN}\"}}"'),
        ('{"Username":"bob","Pw":"abc"}', f'{{"Username":"{HIDDEN}","Pw":"{HIDDEN}"}}'),
        ("Authorization: Bearer abc.def", f"Authorization: {HIDDEN}"),
        ("nats://client:abc@127.0.0.1:4222", f"nats://{HIDDEN}@127.0.0.1:4222"),
        ("http://bob:a@b@host/x", f"http://{HIDDEN}@host/x"),
        ("{'password': 'abc', 'n': 1}", f"{{'password': '{HIDDEN}', 'n': 1}}"),
        ('{"password":"a\\"bc"}', f'{{"password":"{HIDDEN}"}}'),
        ("Credentials(username='bob', password='abc')", f"Credentials(username='{HIDDEN}', password='{HIDDEN}')"),
    ],
)
def test_a_secret_is_known_by_its_shape(text: str, shown: str) -> None:
    assert shown in redact(text)
    assert "abc" not in redact(text)
    assert "bob" not in redact(text)


@pytest.mark.parametrize(
    "text", ["http://image.example/t/p/w500/a.jpg", "12:31:04", "a/b/c", "tokens=3", "http://host:8080/path", "mail me @ home"]
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redact(text) == text


def test_hiding_is_repeatable_and_quick_on_hostile_text() -> None:
    hostile = "a-" * 20_000 + "=" + "&a" * 20_000 + "http://" * 5_000

    assert redact(redact("password=abc")) == redact("password=abc")
    assert redact(hostile)


def test_a_line_stays_one_line_and_bounded() -> None:
    stream = lines_of()
    logs.logger("here").info("two\nlines", text="x\n\x1b[31m", long="y" * 10_000)

    assert stream.getvalue().count("\n") == 1
    assert "\x1b" not in stream.getvalue()
    assert len(stream.getvalue()) < 3_000


def test_a_stream_that_is_closed_stops_nobody() -> None:
    stream = lines_of()
    stream.close()

    logs.logger("here").info("nobody hears this")
