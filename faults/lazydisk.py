"""A disk whose power can be cut: the forgetful file system, mounted over a folder."""

import asyncio
import importlib
import os
import shutil
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Final

from actors.child import die_with_parent

_ROOT: Final = Path(__file__).resolve().parents[1]
_MOUNT_S: Final = 15.0
_POLL_S: Final = 0.02


def available() -> str | None:
    """None where a power cut can be played; else what this machine lacks."""
    if not Path("/dev/fuse").exists():
        return "there is no /dev/fuse here"
    if shutil.which("fusermount3") is None:
        return "fusermount3 is missing (Debian: apt install fuse3)"
    try:
        importlib.import_module("mfusepy")
    except (ImportError, OSError, AttributeError) as error:
        return f"mfusepy cannot be loaded: {error} (pip install mfusepy, and Debian's libfuse3-3)"
    try:
        os.close(os.open("/dev/fuse", os.O_RDWR))
    except OSError as error:
        return f"/dev/fuse cannot be opened: {error.strerror}"
    return None


class LazyDisk:
    """`mount` is what programs see; `platter` is what a power cut leaves of it. Can be attached again after a cut."""

    def __init__(self, folder: Path) -> None:
        self.platter, self.mount = folder / "platter", folder / "disk"
        self._trouble, self._tear = folder / "trouble", folder / "tear"
        self._process: subprocess.Popen[bytes] | None = None

    async def attach(self) -> None:
        """Raises RuntimeError when the file system does not appear."""
        for folder in (self.platter, self.mount):
            folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "faults.lazyfs", str(self.platter), str(self.mount)]
        self._process = _started(command)
        deadline_s = time.monotonic() + _MOUNT_S
        while not os.path.ismount(self.mount):  # noqa: ASYNC240
            if self._process.poll() is not None or time.monotonic() > deadline_s:
                self.lose_power()
                raise RuntimeError("the forgetful file system could not be mounted")
            await asyncio.sleep(_POLL_S)

    def write_back(self) -> None:
        """Everything reaches the platter, as after an hour without writes."""
        top = os.open(self.mount, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(top)
        finally:
            os.close(top)

    def tear(self, seed: int) -> None:
        """Some pages of what is not synced reach the platter, chosen by chance; for a moment when nobody writes any more."""
        self._tear.write_text(str(seed))
        self.write_back()
        self._tear.unlink()

    def fail(self, number: int) -> None:
        """From now on whatever writes gets this error: EROFS as from a disk that was made read-only, ENOSPC, EIO."""
        told = self._trouble.with_suffix(".new")
        told.write_text(str(number))
        told.rename(self._trouble)

    def mend(self) -> None:
        """It works again."""
        self._trouble.unlink(missing_ok=True)

    def lose_power(self) -> None:
        """What is not synced is gone, now. Who still has files open gets errors."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def detach(self) -> None:
        """Take the dead mount away; may be repeated."""
        self.lose_power()
        subprocess.run(["fusermount3", "-u", "-z", str(self.mount)], check=False, capture_output=True)


def _started(command: list[str]) -> subprocess.Popen[bytes]:
    last_wish = partial(die_with_parent, os.getpid())
    return subprocess.Popen(command, cwd=_ROOT, start_new_session=True, preexec_fn=last_wish)
