"""The high-water mark beside the database: which database it was, how far it had come, and how it was left.

SQLite drops every commit behind a flipped bit of its write-ahead log, and calls what is left whole. Only somebody outside knows.
"""

import os
import re
import zlib
from pathlib import Path
from typing import Final

import msgspec

from actors.logs import logger
from contracts.errors import StoreUnavailable

_log: Final = logger("store")
_LINE: Final = re.compile(
    rb"playbill mark 1 ([0-9a-f]{16}) ([0-9a-f]{16}) (closed|in-use) ([0-9a-f]{16}) ([0-9a-f]{16}) ([0-9a-f]{8})\n"
)
_MORE_THAN_A_LINE_BYTES: Final = 4_096


class MarkDamaged(Exception):
    """The file is not what was written into it."""


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """What was true after the last commit."""

    identity: int
    """A number that the database was given when it was made."""
    commits: int
    """Number of the last one that changed something."""
    is_clean: bool = False
    """Whether its writer closed it, and left it with this size and time."""
    size_bytes: int = 0
    modified_ns: int = 0


def mark_path(database: Path) -> Path:
    return database.with_name(f"{database.name}.mark")


def read_mark(database: Path) -> Mark | None:
    """What the last writer left; none where there is no mark, or one that a crash in its first moment left empty.

    Raises MarkDamaged, and StoreUnavailable when it cannot be read.
    """
    try:
        with mark_path(database).open("rb") as file:
            line = file.read(_MORE_THAN_A_LINE_BYTES)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreUnavailable(f"the mark beside the database cannot be read: {error.strerror}: {database.parent}") from error
    if not line.strip(b"\0"):
        # It is written once it is made, and never emptied: the power went, or the process, before its line was on the disk.
        _log.info("the mark beside the database is empty and is made anew", file=str(mark_path(database)))
        return None
    found = _LINE.fullmatch(line)
    if found is None or int(found[6], 16) != zlib.crc32(line[:-10]):
        raise MarkDamaged
    numbers = [int(found[group], 16) for group in (1, 2, 4, 5)]
    return Mark(
        identity=numbers[0], commits=numbers[1], is_clean=found[3] == b"closed", size_bytes=numbers[2], modified_ns=numbers[3]
    )


def line_of(mark: Mark) -> bytes:
    """Always of the same length, so that writing it again never needs room on the disk."""
    state = "closed" if mark.is_clean else "in-use"
    numbers = f"{mark.identity:016x} {mark.commits:016x} {state} {mark.size_bytes:016x} {mark.modified_ns:016x}"
    body = f"playbill mark 1 {numbers}".encode()
    return b"%s %08x\n" % (body, zlib.crc32(body))


class MarkFile:
    """The mark, held open by the one writer."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._descriptor: int | None = None
        self._identity = 0
        self._is_told = False

    def begin(self, identity: int, commits: int) -> None:
        """From here on the database is in use. Raises StoreUnavailable when the file cannot be made."""
        try:
            if self._descriptor is None:
                self._descriptor = os.open(mark_path(self._database), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            self._identity = identity
            self._write(Mark(identity=identity, commits=commits))
            os.ftruncate(self._descriptor, len(line_of(Mark(identity=identity, commits=commits))))
        except OSError as error:
            where = self._database.parent
            raise StoreUnavailable(f"the mark beside the database cannot be written: {error.strerror}: {where}") from error

    def advance(self, commits: int) -> None:
        """After a commit. Nothing before `begin`.

        It is not forced to the disk: what the kernel has survives the death of any process, and after a power cut a mark that is
        older than the database says nothing, and one that is newer says the truth.
        """
        if self._descriptor is None:
            return
        try:
            self._write(Mark(identity=self._identity, commits=commits))
        except OSError as error:
            # The commit took place, whatever becomes of its mark.
            if not self._is_told:
                _log.warning("the mark beside the database cannot be written", reason=error.strerror)
            self._is_told = True

    def leave(self, commits: int | None) -> None:
        """Close it; with the number of the last commit where the database was closed well."""
        if self._descriptor is None:
            return
        try:
            if commits is not None:
                left = self._database.stat()
                mark = Mark(
                    identity=self._identity,
                    commits=commits,
                    is_clean=True,
                    size_bytes=left.st_size,
                    modified_ns=left.st_mtime_ns,
                )
                self._write(mark)
        except OSError as error:
            _log.warning("the mark beside the database cannot be written", reason=error.strerror)
        finally:
            os.close(self._descriptor)
            self._descriptor = None

    def _write(self, mark: Mark) -> None:
        assert self._descriptor is not None
        os.pwrite(self._descriptor, line_of(mark), 0)


def is_as_left(database: Path, mark: Mark | None) -> bool:
    """Whether the file is as its last writer closed it: nothing has to be looked through then."""
    if mark is None or not mark.is_clean:
        return False
    try:
        found = database.stat()
    except OSError:
        return False
    return (found.st_size, found.st_mtime_ns) == (mark.size_bytes, mark.modified_ns)
