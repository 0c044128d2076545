"""What a database holds at a moment, read from a copy of its files and by SQLite alone."""

import shutil
import sqlite3
import struct
from pathlib import Path
from typing import Final

import msgspec

_WAL_HEADER_BYTES: Final = 32
_FRAME_HEADER_BYTES: Final = 24


class Remains(msgspec.Struct, frozen=True, kw_only=True):
    """One look at the file."""

    is_corrupt: bool = False
    generation: bytes = b""
    """The salts of the write-ahead log: another one after each time it began anew."""
    commits: int = 0
    """Transactions in the log of this generation."""
    statuses: dict[str, str] = {}
    """Status of each sync by the request that asked for it."""
    outbox: int = 0
    """What the writer still has to say to the bus."""
    ids: dict[str, frozenset[str]] = {}
    """Ids of the live rows by kind."""

    def lost_from(self, before: "Remains") -> int:
        """Committed transactions that were in the file before and are not in this one."""
        if before.generation == self.generation:
            return before.commits - self.commits
        return before.commits


def look(database: Path, scratch: Path) -> Remains:
    """Copy the files to `scratch` and look; the database itself is left as it is, its log not even played back."""
    scratch.mkdir(parents=True, exist_ok=True)
    copy, log = scratch / "copy.db", scratch / "copy.db-wal"
    for source, target in ((database, copy), (database.with_name(f"{database.name}-wal"), log)):
        target.unlink(missing_ok=True)
        if source.exists():
            shutil.copyfile(source, target)
    if not copy.exists():
        return Remains()
    header = log.read_bytes() if log.exists() else b""
    connection = sqlite3.connect(copy, isolation_level=None)
    try:
        return _read(connection, header)
    except sqlite3.DatabaseError:
        return Remains(is_corrupt=True)
    finally:
        connection.close()
        for file in scratch.glob("copy.db*"):
            file.unlink()


def running(database: Path) -> Remains:
    """Look while others write: everything but the commits, in one transaction; nothing where there is no such file yet."""
    try:
        connection = sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True, isolation_level=None)
    except sqlite3.OperationalError:
        return Remains()
    try:
        connection.execute("BEGIN")
        return _state(connection, _tables(connection))
    finally:
        connection.close()


def _read(connection: sqlite3.Connection, log: bytes) -> Remains:
    connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    _, frames, _ = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    state = _state(connection, _tables(connection))
    return msgspec.structs.replace(state, generation=log[16:24], commits=_commits(log, max(0, frames)))


def _tables(connection: sqlite3.Connection) -> set[str]:
    return {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}


def _state(connection: sqlite3.Connection, tables: set[str]) -> Remains:
    return Remains(
        is_corrupt=connection.execute("PRAGMA integrity_check").fetchall() != [("ok",)],
        statuses=dict(connection.execute("SELECT request_id, status FROM syncs")) if "syncs" in tables else {},
        outbox=connection.execute("SELECT count(*) FROM outbox").fetchone()[0] if "outbox" in tables else 0,
        ids=_ids(connection) if "items" in tables else {},
    )


def _commits(log: bytes, frames: int) -> int:
    """How many of the first frames, those that SQLite believes, end a transaction."""
    if not frames:
        return 0
    (page_bytes,) = struct.unpack_from(">I", log, 8)
    places = (_WAL_HEADER_BYTES + number * (_FRAME_HEADER_BYTES + page_bytes) for number in range(frames))
    return sum(struct.unpack_from(">I", log, place + 4) != (0,) for place in places)


def _ids(connection: sqlite3.Connection) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    sql = "SELECT kind, remote_id FROM items WHERE NOT is_stub AND missing_since IS NULL"
    for kind, remote_id in connection.execute(sql):
        found.setdefault(kind, set()).add(remote_id)
    return {kind: frozenset(ids) for kind, ids in found.items()}
