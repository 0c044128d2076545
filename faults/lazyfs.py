"""A file system that forgets what was not synced: killing its process is a power cut.

What is written lives in the memory of this process; `fsync` and `fdatasync` bring a file to the folder behind the mount. A real
system writes back by itself after half a minute or so: this one never does, so what it loses is the most that can be lost. It is
kinder in one point: names (create, rename, remove) are kept at once. An `fsync` of the mount's own top folder brings everything,
or some pages of it where a file `tear` with a seed lies beside the folder, as a power cut in the midst of writing back leaves it.
A file `trouble` there, with the number of an error, makes everything fail that writes.
"""

import argparse
import importlib
import os
import random
import stat
from pathlib import Path
from typing import Any, Final

_PAGE_BYTES: Final = 4_096
_HIDDEN: Final = ".fuse_hidden"
_STAT_FIELDS: Final = ("st_gid", "st_mode", "st_nlink", "st_size", "st_uid")
_SPACE_FIELDS: Final = (
    "f_bavail",
    "f_bfree",
    "f_blocks",
    "f_bsize",
    "f_favail",
    "f_ffree",
    "f_files",
    "f_flag",
    "f_frsize",
    "f_namemax",
)


class LazyFile:
    """One file: what is written, and which stretch of it the disk does not have yet."""

    def __init__(self, path: Path) -> None:
        self.path: Path | None = path
        """Where the disk keeps it; none once its name is removed."""
        self.opened = 0
        self.data = bytearray(path.read_bytes())
        self.is_dirty = False
        self._first = self._past = 0

    def read(self, size: int, offset: int) -> bytes:
        return bytes(self.data[offset : offset + size])

    def write(self, written: bytes, offset: int) -> int:
        first = min(offset, len(self.data))
        if offset > len(self.data):
            self.data.extend(bytes(offset - len(self.data)))
        self.data[offset : offset + len(written)] = written
        self._touch(first, offset + len(written))
        return len(written)

    def resize(self, size: int) -> None:
        first = min(size, len(self.data))
        del self.data[size:]
        self.data.extend(bytes(size - len(self.data)))
        self._touch(first, size)

    def _touch(self, first: int, past: int) -> None:
        self._first = min(self._first, first) if self.is_dirty else first
        self._past = max(self._past, past) if self.is_dirty else past
        self.is_dirty = True

    def sync(self) -> None:
        """Bring it to the disk. It is there, or the caller gets the error."""
        if not self.is_dirty or self.path is None:
            return
        with self.path.open("r+b") as file:
            file.truncate(len(self.data))
            file.seek(self._first)
            file.write(self.data[self._first : self._past])
        self.is_dirty = False

    def tear(self, chance: random.Random) -> None:
        """Half of the pages that are not on the disk yet come to it, any of them."""
        if not self.is_dirty or self.path is None:
            return
        with self.path.open("r+b") as file:
            for page in range(self._first // _PAGE_BYTES, -(-self._past // _PAGE_BYTES)):
                if chance.random() < 0.5:
                    file.seek(page * _PAGE_BYTES)
                    file.write(self.data[page * _PAGE_BYTES : (page + 1) * _PAGE_BYTES])


class LazyFiles:
    """The operations as libfuse asks for them, by the names it has for them; an OSError is the answer to the caller.

    A file that is removed while it is open gets a hidden name from libfuse; the disk has it no more from then on.
    """

    use_ns = True

    def __init__(self, root: Path) -> None:
        self._root = root
        self._trouble, self._tear = root.with_name("trouble"), root.with_name("tear")
        self._named: dict[Path, LazyFile] = {}
        self._opened: dict[int, LazyFile] = {}
        self._handle = 0

    # --- files ---

    def create(self, path: str, mode: int, flags: int) -> int:
        self._may_write()
        place = self._at(path)
        os.close(os.open(place, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, mode & 0o777))
        self._named.pop(place, None)
        return self.open(path, flags & ~os.O_TRUNC)

    def open(self, path: str, flags: int) -> int:
        file = self._file(self._at(path))
        if flags & os.O_TRUNC:
            self._may_write()
            file.resize(0)
        file.opened += 1
        self._handle += 1
        self._opened[self._handle] = file
        return self._handle

    def release(self, path: str, handle: int) -> int:
        file = self._opened.pop(handle)
        file.opened -= 1
        if not file.opened and not file.is_dirty and file.path is not None:
            self._named.pop(file.path, None)
        return 0

    def read(self, path: str, size: int, offset: int, handle: int) -> bytes:
        return self._opened[handle].read(size, offset)

    def write(self, path: str, data: bytes, offset: int, handle: int) -> int:
        self._may_write()
        return self._opened[handle].write(data, offset)

    def truncate(self, path: str, length: int, handle: int | None = None) -> int:
        self._may_write()
        self._file(self._at(path)).resize(length)
        return 0

    def flush(self, path: str, handle: int) -> int:
        return 0

    def fsync(self, path: str, datasync: int, handle: int) -> int:
        self._may_write()
        self._opened[handle].sync()
        return 0

    # --- names ---

    def getattr(self, path: str, handle: int | None = None) -> dict[str, int]:
        place = self._at(path)
        file = self._named.get(place)
        if file is not None and file.path is None:
            return {"st_mode": stat.S_IFREG | 0o600, "st_size": len(file.data), "st_nlink": 1}
        found = os.lstat(place)
        known = {name: int(getattr(found, name)) for name in _STAT_FIELDS}
        known |= {"st_atime": found.st_atime_ns, "st_mtime": found.st_mtime_ns, "st_ctime": found.st_ctime_ns}
        return known if file is None else {**known, "st_size": len(file.data)}

    def readdir(self, path: str, handle: int) -> list[str]:
        return [".", "..", *(place.name for place in self._at(path).iterdir())]

    def mkdir(self, path: str, mode: int) -> int:
        self._may_write()
        self._at(path).mkdir(mode)
        return 0

    def rmdir(self, path: str) -> int:
        self._may_write()
        self._at(path).rmdir()
        return 0

    def unlink(self, path: str) -> int:
        self._may_write()
        place = self._at(path)
        file = self._named.get(place)
        if file is None or file.path is not None:
            place.unlink()
        self._lose_name(place)
        return 0

    def rename(self, old: str, new: str, flags: int = 0) -> int:
        """Its content goes with it, synced or not; what had the new name before is gone."""
        self._may_write()
        before, after = self._at(old), self._at(new)
        if after.name.startswith(_HIDDEN):
            file = self._file(before)
            before.unlink()
            self._lose_name(before)
            self._named[after] = file
            return 0
        before.rename(after)
        self._lose_name(after)
        for place in [place for place in self._named if place.is_relative_to(before)]:
            file = self._named.pop(place)
            file.path = after / place.relative_to(before)
            self._named[file.path] = file
        return 0

    def chmod(self, path: str, mode: int, handle: int | None = None) -> int:
        self._at(path).chmod(mode)
        return 0

    def chown(self, path: str, uid: int, gid: int, handle: int | None = None) -> int:
        return 0

    def utimens(self, path: str, times: tuple[int, int] | None = None, handle: int | None = None) -> int:
        return 0

    def access(self, path: str, amode: int) -> int:
        return 0

    def fsyncdir(self, path: str, datasync: int, handle: int) -> int:
        if path != "/":
            return 0
        chance = random.Random(self._tear.read_text()) if self._tear.exists() else None
        for file in self._named.values():
            if chance is None:
                file.sync()
            else:
                file.tear(chance)
        return 0

    def statfs(self, path: str) -> dict[str, int]:
        found = os.statvfs(self._root)
        return {name: int(getattr(found, name)) for name in _SPACE_FIELDS}

    def _may_write(self) -> None:
        if self._trouble.exists():
            number = int(self._trouble.read_text())
            raise OSError(number, os.strerror(number))

    def _at(self, path: str) -> Path:
        return self._root / path.lstrip("/")

    def _file(self, place: Path) -> LazyFile:
        if place not in self._named:
            self._named[place] = LazyFile(place)
        return self._named[place]

    def _lose_name(self, place: Path) -> None:
        file = self._named.pop(place, None)
        if file is not None:
            file.path = None


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m faults.lazyfs", description=__doc__)
    parser.add_argument("folder", type=Path, help="what survives a power cut")
    parser.add_argument("mount", type=Path, help="where the file system appears")
    wanted = parser.parse_args()
    # By its name: the library is typed for nobody, and is missing where nobody wants a power cut.
    fuse: Any = importlib.import_module("mfusepy")
    fuse.FUSE(
        LazyFiles(wanted.folder.resolve()),
        str(wanted.mount),
        foreground=True,
        nothreads=True,
    )


if __name__ == "__main__":
    main()
