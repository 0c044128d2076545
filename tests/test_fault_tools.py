"""The tools by which system calls, disks and memory fail do what they say, and leave nothing behind."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from faults import cgroups, disks, syscalls


def skip_for(missing: str | None) -> None:
    """Skip, saying why, what this machine cannot do."""
    if missing is not None:
        pytest.skip(missing)


@contextmanager
def writing(*paths: Path) -> Iterator["subprocess.Popen[str]"]:
    """A process that writes a byte to each file at every line it is sent, and answers with what came of it."""
    code = (
        "import os, sys\n"
        "files = [os.open(name, os.O_WRONLY | os.O_CREAT) for name in sys.argv[1:]]\n"
        "def once(file):\n"
        "    try: return str(os.pwrite(file, b'x', 0))\n"
        "    except OSError as error: return os.strerror(error.errno)\n"
        "print('ready', flush=True)\n"
        "for _ in sys.stdin: print(*map(once, files), sep=', ', flush=True)\n"
    )
    command = [sys.executable, "-c", code, *map(str, paths)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process


def answer(process: "subprocess.Popen[str]") -> str:
    assert process.stdin is not None
    assert process.stdout is not None
    print("write", file=process.stdin, flush=True)
    return process.stdout.readline().strip()


async def test_chosen_calls_on_chosen_files_fail_and_the_process_goes_on(tmp_path: Path) -> None:
    skip_for(syscalls.available())
    with writing(tmp_path / "spared", tmp_path / "hit") as process:
        async with syscalls.injected(process.pid, syscall="pwrite64", error="EIO", when=2, paths=[tmp_path / "hit"]) as faults:
            answers = [answer(process) for _ in range(3)]
            struck = faults.struck()
        afterwards = answer(process)

    assert answers == ["1, 1", "1, Input/output error", "1, 1"]
    assert (struck, afterwards, process.returncode) == (1, "1, 1", 0)


async def test_a_process_that_is_not_there_cannot_be_traced() -> None:
    skip_for(syscalls.available())
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pass

    with pytest.raises(RuntimeError, match="cannot be traced"):
        async with syscalls.injected(process.pid, syscall="fsync", error="EIO"):
            pass


async def test_a_small_disk_runs_full_and_grows_and_can_be_made_read_only(tmp_path: Path) -> None:
    skip_for(await disks.available(tmp_path))
    async with disks.small_disk(tmp_path / "small", size_kb=512) as disk:
        with pytest.raises(OSError, match="No space left"):
            (disk.path / "a").write_bytes(bytes(1 << 20))
        await disk.resize(4_096)
        (disk.path / "a").write_bytes(bytes(1 << 20))
        await disk.read_only()
        with pytest.raises(OSError, match="Read-only"):
            (disk.path / "b").touch()
        await disk.writable()
        with (disk.path / "b").open("wb"), pytest.raises(RuntimeError, match="busy"):
            await disk.read_only()

    assert list((tmp_path / "small").iterdir()) == []


def test_a_process_past_its_bound_of_memory_is_killed() -> None:
    skip_for(cgroups.available())
    code = "import sys; sys.stdin.readline(); print(len(bytearray(100_000_000)))"
    with cgroups.memory_group(32) as group:
        process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE)
        group.take(process.pid)
        process.communicate(b"\n", timeout=60)

        assert (process.returncode, group.kills()) == (-9, 1)
    assert not group.folder.exists()
