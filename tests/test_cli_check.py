"""`playbill check` against media servers: who they are when they let us in, and what to do when they do not."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from actors import logs
from actors.cli import exits
from actors.cli.main import main
from actors.demo import JellyfinServer, PlexServer, demo_jellyfin_library, demo_plex_library
from tests.test_settings_kinds import written

TOKEN, KEY, PASSWORD = "s3cret-token", "s3cret-key", "s3cret-pw"


@pytest.fixture
def plex() -> Iterator[PlexServer]:
    with PlexServer(demo_plex_library(), token=TOKEN) as server:
        yield server


@pytest.fixture
def jellyfin() -> Iterator[JellyfinServer]:
    with JellyfinServer(demo_jellyfin_library(), users={"anna": PASSWORD}, api_key=KEY) as server:
        yield server


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("PLAYBILL_CONFIG", str(tmp_path / "playbill.toml"))
    yield tmp_path
    logs.reset()


def checked(folder: Path, capsys: pytest.CaptureFixture[str], kind: str, url: str, **keys: Any) -> tuple[int, str]:
    """The exit code, and what is said of the source."""
    file = folder / "playbill.toml"
    file.write_text("[nats]\nport = 0\n" + written(kind, **{**keys, "url": url, "max_retries": 0}))
    file.chmod(0o600)
    code = main(["check"])
    said = capsys.readouterr()
    for text in (said.out, said.err):
        assert "s3cret" not in text
    return code, said.out.splitlines()[0]


def test_a_plex_server_says_its_name_and_version(folder: Path, capsys: pytest.CaptureFixture[str], plex: PlexServer) -> None:
    code, line = checked(folder, capsys, "plex", plex.url, token=TOKEN)

    assert code == exits.COMPLETED, line
    assert line.startswith("ok       source plex: ")
    assert ", version 1." in line


@pytest.mark.parametrize(
    "keys", [{"api_key": KEY, "user": "Anna"}, {"username": "anna", "password": PASSWORD}], ids=["by key", "by name"]
)
def test_a_jellyfin_server_says_its_name_and_version(
    folder: Path, capsys: pytest.CaptureFixture[str], jellyfin: JellyfinServer, keys: dict[str, str]
) -> None:
    code, line = checked(folder, capsys, "jellyfin", jellyfin.url, **keys)

    assert code == exits.COMPLETED, line
    assert line.startswith("ok       source jellyfin: ")
    assert ", version 10.11.5" in line


def test_a_wrong_token_is_said_with_what_to_do(folder: Path, capsys: pytest.CaptureFixture[str], plex: PlexServer) -> None:
    code, line = checked(folder, capsys, "plex", plex.url, token="s3cret-other")

    assert code == exits.FAILED
    assert "check its token" in line


@pytest.mark.parametrize(
    "keys",
    [
        {"api_key": "s3cret-other", "user": "anna"},
        {"api_key": KEY, "user": "nobody"},
        {"username": "anna", "password": "s3cret-no"},
    ],
    ids=["key", "user", "password"],
)
def test_what_a_jellyfin_server_does_not_let_in_with_is_said_with_what_to_do(
    folder: Path, capsys: pytest.CaptureFixture[str], jellyfin: JellyfinServer, keys: dict[str, str]
) -> None:
    code, line = checked(folder, capsys, "jellyfin", jellyfin.url, **keys)

    assert code == exits.FAILED
    assert "check api_key and user, or username and password" in line


def test_a_server_that_migrates_says_so_in_its_own_words(
    folder: Path, capsys: pytest.CaptureFixture[str], plex: PlexServer
) -> None:
    plex.set(migrating=True)
    code, line = checked(folder, capsys, "plex", plex.url, token=TOKEN)

    assert code == exits.FAILED
    assert "database migrations" in line


def test_a_server_of_another_kind_is_said_to_be_none_of_this_one(
    folder: Path, capsys: pytest.CaptureFixture[str], plex: PlexServer
) -> None:
    code, line = checked(folder, capsys, "jellyfin", plex.url, username="anna", password=PASSWORD)

    assert code == exits.FAILED
    assert line.startswith("problem  source jellyfin: ")
