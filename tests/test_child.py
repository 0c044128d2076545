"""One child process and its pulse: what says that it is well lives, what falls silent is killed."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest

from actors.child import Child
from contracts import limits

SAY: Final = "import os, time\npipe = int(os.environ['PLAYBILL_READY_FD'])\n"
PULSES: Final = SAY + "for _ in range(60):\n    os.write(pipe, b'.')\n    time.sleep(0.05)\nraise SystemExit(7)"
FALLS_SILENT: Final = SAY + "os.write(pipe, b'.')\ntime.sleep(60)"
HANGS_UP: Final = SAY + "os.write(pipe, b'.')\nos.close(pipe)\ntime.sleep(60)"
NEVER_READY: Final = SAY + "time.sleep(1.5)\nraise SystemExit(5)"


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "PULSE_INTERVAL_S", 0.05)
    monkeypatch.setattr(limits, "SILENT_S", 2.0)  # On a loaded machine a pulse is late.


@asynccontextmanager
async def watched(code: str) -> AsyncIterator[Child]:
    child = Child("writer", (sys.executable, "-c", code), os.environ)
    await child.start()
    watching = asyncio.create_task(child.kill_when_silent())
    try:
        yield child
    finally:
        watching.cancel()
        await asyncio.wait({watching})
        await child.stop(1)


async def test_a_child_that_says_that_it_is_well_lives_until_it_ends_by_itself() -> None:
    async with watched(PULSES) as child:
        assert await child.ended() == 7


@pytest.mark.parametrize("code", [FALLS_SILENT, HANGS_UP], ids=["silent", "hung up"])
async def test_a_child_that_says_no_more_is_killed(code: str) -> None:
    async with watched(code) as child:
        assert await asyncio.wait_for(child.ended(), 20) == -9


async def test_a_child_that_is_not_ready_yet_may_take_its_time() -> None:
    async with watched(NEVER_READY) as child:
        assert await child.ended() == 5


async def test_a_parent_that_stood_still_itself_kills_nobody_for_it() -> None:
    async with watched(PULSES) as child:
        await child.ready.wait()
        time.sleep(2.2)

        assert await child.ended() == 7


async def test_a_child_leaves_no_file_open() -> None:
    before = files_open()
    async with watched(NEVER_READY):
        pass

    assert files_open() == before


async def test_a_program_that_is_not_there_leaves_no_file_open(tmp_path: Path) -> None:
    before = files_open()
    with pytest.raises(FileNotFoundError):
        await Child("odd", [str(tmp_path / "nothing")], {}).start()

    assert files_open() == before


def files_open() -> int:
    """Of this process, where Linux tells."""
    return len(list(Path("/proc/self/fd").iterdir())) if sys.platform == "linux" else 0
