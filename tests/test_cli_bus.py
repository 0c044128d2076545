"""How the command line says to connect to the bus."""

import shlex
from pathlib import Path

import msgspec
import pytest

from actors import logs
from actors.cli import bus, exits
from actors.cli.main import main
from actors.settings import load
from tests.cli_room import command_line


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return command_line(tmp_path).file


def test_the_bus_is_described_ready_to_paste_and_without_its_password(file: Path) -> None:
    access = bus.Access(url="nats://127.0.0.1:14222", running=True, user="client", password_from="bus.json", password="pw_it's")
    text = bus.described(msgspec.structs.replace(access, password=None), "iptv")

    assert "nats pub playbill.sync.request.iptv ''" in text
    assert 'eval "$(playbill bus --env)"' in text
    assert "pw_it's" in bus.described(access, "iptv")
    for login in ("user", "credentials", "neither"):
        other = msgspec.structs.replace(access, user="client" if login == "user" else None, credentials="a.creds")
        shown = bus.described(other if login != "neither" else msgspec.structs.replace(other, credentials=None), "iptv")
        compile(shown[shown.index("import asyncio") :], "snippet", "exec")


def test_what_a_shell_exports_is_quoted_and_whole(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    access = bus.Access(url="nats://h:4222", running=True, user="client", password="pw_it's $HOME")
    exported = bus.exported(access)

    assert shlex.split(exported) == ["export", "NATS_URL=nats://h:4222", "NATS_USER=client", "NATS_PASSWORD=pw_it's $HOME"]
    assert main(["bus", "--env", "--config", str(file)]) == exits.FAILED
    assert capsys.readouterr().err.startswith("error: no Playbill runs here")
    logs.reset()


def test_the_password_of_the_bus_is_said_to_be_where_it_is(file: Path) -> None:
    plain = load(file, {})
    given = load(file, {"PLAYBILL_NATS__URL": "nats://h:4222", "PLAYBILL_NATS__USER": "me", "PLAYBILL_NATS__PASSWORD": "pw_x"})

    assert bus.access_to(plain, show_password=True).password is None
    assert "bus.json" in str(bus.access_to(plain, show_password=False).password_from)
    assert bus.access_to(given, show_password=False).password is None
    assert bus.access_to(given, show_password=True).password == "pw_x"
    assert bus.access_to(given, show_password=True).user == "me"
