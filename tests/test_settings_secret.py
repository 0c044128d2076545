"""Secrets: found when they are needed, and shown to nobody."""

import copy
import pickle
from pathlib import Path

import msgspec
import pytest

from actors.settings import Secret
from contracts.errors import BadSettings
from tests.test_settings_load import SOURCE, loaded

KEY = "source[0].password"


def read(value: object, folder: Path) -> Secret:
    return Secret.read(value, folder).named(KEY)


def test_a_secret_is_a_string_a_variable_or_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pw").write_text("from a file\n")
    monkeypatch.setenv("PW", "from a variable")

    assert read("literal", tmp_path).reveal() == "literal"
    assert read({"env": "PW"}, tmp_path).reveal() == "from a variable"
    assert read({"file": "pw"}, tmp_path).reveal() == "from a file"
    assert read({"file": str(tmp_path / "pw")}, Path("/")).reveal() == "from a file"


@pytest.mark.parametrize(("body", "secret"), [("a", "a"), ("a\n", "a"), ("a\r\n", "a"), ("a\n\n", "a\n"), (" a ", " a ")])
def test_one_newline_at_a_files_end_is_not_part_of_the_secret(tmp_path: Path, body: str, secret: str) -> None:
    (tmp_path / "pw").write_bytes(body.encode())

    assert read({"file": "pw"}, tmp_path).reveal() == secret


def test_a_secret_that_is_not_there_is_an_error_that_names_the_key(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (tmp_path / "long").write_text("x" * 100_000)

    for value, words in (
        ({"env": "PLAYBILL_TEST_NOT_SET"}, f"{KEY}: $PLAYBILL_TEST_NOT_SET is not set"),
        ({"file": "no"}, f"{KEY}: cannot read {tmp_path / 'no'}: No such file or directory"),
        ({"file": "."}, f"{KEY}: cannot read {tmp_path}: Is a directory"),
        ({"file": "empty"}, f"{KEY}: {tmp_path / 'empty'} is empty"),
        ({"file": "binary"}, f"{KEY}: {tmp_path / 'binary'} is not UTF-8 text"),
        ({"file": "long"}, f"{KEY}: {tmp_path / 'long'} is longer than 4096 characters"),
    ):
        with pytest.raises(BadSettings) as caught:
            read(value, tmp_path).reveal()
        assert caught.value.text == words


def test_loading_settings_reads_no_secret(tmp_path: Path) -> None:
    settings = loaded(tmp_path, SOURCE.replace('"s3cret-pw"', '{ file = "not-there" }'))

    with pytest.raises(BadSettings, match=r"^source\[0\]\.password: cannot read"):
        settings.sources[0].secrets[1].reveal()


def test_a_secret_shows_and_gives_itself_to_nobody(tmp_path: Path) -> None:
    secret = Secret.read("s3cret-pw", tmp_path)

    assert "s3cret-pw" not in f"{secret} {secret!r} {[secret]}"
    for give in (msgspec.json.encode, msgspec.msgpack.encode, msgspec.to_builtins, pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            give(secret)


def test_settings_show_no_secret(tmp_path: Path) -> None:
    settings = loaded(tmp_path, SOURCE + '[nats]\npassword = "pw_hidden"\n')

    assert "s3cret-pw" not in repr(settings)
    assert "alice" not in repr(settings)
    assert "pw_hidden" not in repr(settings)
    with pytest.raises(TypeError):
        msgspec.json.encode(settings, enc_hook=None)
