"""A small disk of memory that can run full, grow, and be made read-only."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path


class SmallDisk:
    """Mounted at `path`; what it holds is gone with it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    async def resize(self, size_kb: int) -> None:
        """Larger, or smaller where that much is free. Raises RuntimeError with mount's words."""
        await self._remount(f"size={size_kb}k")

    async def read_only(self) -> None:
        """Raises RuntimeError while a file on it is open for writing, as for every file system."""
        await self._remount("ro")

    async def writable(self) -> None:
        await self._remount("rw")

    def free_bytes(self) -> int:
        return shutil.disk_usage(self.path).free

    async def _remount(self, options: str) -> None:
        await _run("mount", "-o", f"remount,{options}", str(self.path))


@asynccontextmanager
async def small_disk(path: Path, *, size_kb: int) -> AsyncIterator[SmallDisk]:
    """A disk of so many KiB at `path`, gone at the end; whoever still uses it keeps it until then. Raises RuntimeError."""
    await _run("mkdir", "-p", str(path))
    await _run("mount", "-t", "tmpfs", "-o", f"size={size_kb}k,mode=700", "playbill-faults", str(path))
    try:
        yield SmallDisk(path)
    finally:
        await _run("umount", "--lazy", str(path))


async def available(folder: Path) -> str | None:
    """None where such a disk can be mounted; else why not. Tried in a folder of its own inside `folder`."""
    if os.geteuid() != 0:
        return "mounting a small disk needs root"
    try:
        async with small_disk(folder / "tried-disk", size_kb=64):
            return None
    except RuntimeError as error:
        return f"nothing can be mounted here: {error}"


async def _run(*command: str) -> None:
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE)
    _, said = await process.communicate()
    if process.returncode != 0:
        raise RuntimeError(said.decode(errors="replace").strip())
