"""A process whose work ends by SystemExit really ends, whatever it has open: nobody is left to start it anew otherwise."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = """
import asyncio, os, sys
from datetime import UTC, datetime
from pathlib import Path
from actors.store import Reader, Store

async def in_a_group(work):
    async with asyncio.TaskGroup() as group:
        group.create_task(work)

async def writing(path):
    async with Store.open(path, clock=lambda: datetime.now(UTC)) as store:
        await asyncio.wait({asyncio.create_task(in_a_group(in_transaction(store)))})

async def in_transaction(store):
    async with store.transaction() as tx:
        print(await tx.outbox_count(), flush=True)
        raise SystemExit(86)

async def reading(path):
    async with Store.open(path, clock=lambda: datetime.now(UTC)):
        pass
    async with Reader.open(path) as reader:
        await asyncio.wait({asyncio.create_task(in_a_group(in_question(reader)))})

async def in_question(reader):
    print(len(await reader.dead_letters(1)), flush=True)
    raise SystemExit(86)

asyncio.run({"writing": writing, "reading": reading}[sys.argv[1]](Path(sys.argv[2])))
"""


@pytest.mark.parametrize("doing", ["writing", "reading"])
def test_a_process_that_leaves_with_its_database_open_ends(doing: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", PROGRAM, doing, str(tmp_path / "playbill.db")]
    ended = subprocess.run(command, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=20)

    assert (ended.returncode, ended.stdout) == (86, "0\n"), ended.stderr
