"""The installation's id: made once, whoever comes first."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from actors.settings.client_id import FILE_NAME, client_id, device_id

ROOT = Path(__file__).resolve().parents[1]


def test_it_is_made_once_and_kept(tmp_path: Path) -> None:
    first = client_id(tmp_path / "not/there/yet")

    assert len(first) == 32
    assert client_id(tmp_path / "not/there/yet") == first
    assert client_id(tmp_path) != first


def test_two_processes_that_come_at_once_get_the_same(tmp_path: Path) -> None:
    def asked(_: int) -> str:
        command = [
            sys.executable,
            "-c",
            "import sys, pathlib; from actors.settings.client_id import client_id; print(client_id(pathlib.Path(sys.argv[1])))",
            str(tmp_path),
        ]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60).stdout

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(asked, range(4)))) == 1


@pytest.mark.parametrize("body", [b"", b"half", b"\xff" * 100])
def test_a_file_that_holds_no_id_is_given_one(tmp_path: Path, body: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(body)
    made = client_id(tmp_path)

    assert (tmp_path / FILE_NAME).read_text() == f"{made}\n"
    assert client_id(tmp_path) == made


def test_where_nothing_can_be_kept_it_is_the_machines_own(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    (tmp_path / FILE_NAME).mkdir()

    assert client_id(tmp_path / "plain/folder") == client_id(tmp_path)
    assert len(client_id(tmp_path)) == 32


def test_a_device_has_an_id_of_its_own_that_tells_nothing_of_the_installations() -> None:
    assert device_id("a", "jellyfin") == device_id("a", "jellyfin")
    assert len({device_id("a", "jellyfin"), device_id("b", "jellyfin"), device_id("a", "jellyfin", "check"), "a"}) == 4
