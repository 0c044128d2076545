"""Whether a file is a whole catalogue of this Playbill's: every page, every reference, and how much is in it."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

import msgspec

from actors.store.database import translated
from actors.store.migration import checked_version
from contracts.errors import PlaybillError, StoreCorrupt

# A virtual table has no rows of its own: they are in the tables beside it, which are counted.
_TABLES: Final = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name"
_SHADOWS: Final = ("sqlite_", "items_search")


class Contents(msgspec.Struct, frozen=True, kw_only=True):
    """What a catalogue holds."""

    version: int
    """Of its schema."""
    table_rows: dict[str, int]

    @property
    def rows(self) -> int:
        """Without those that a search index is made of."""
        return sum(count for name, count in self.table_rows.items() if not name.startswith(_SHADOWS))


def verify(file: Path, name: str) -> Contents:
    """Read all of it. Raises StoreCorrupt, with the name, for one that is damaged, no catalogue, or of a newer version."""
    try:
        with closing(reading(file)) as database:
            return _verified(database, name)
    except sqlite3.Error as error:
        raise failure(error, name, file) from error


def failure(error: sqlite3.Error, name: str, written: Path) -> PlaybillError | sqlite3.Error:
    """What SQLite says of reading one file and writing another: only the first can be damaged."""
    found = translated(error, written)
    return StoreCorrupt(f"{name} is damaged: {error}") if isinstance(found, StoreCorrupt) else found


def _verified(database: sqlite3.Connection, name: str) -> Contents:
    problem = next(iter(database.execute("PRAGMA integrity_check(1)")))[0]
    if problem != "ok":
        raise StoreCorrupt(f"{name} is damaged: {' '.join(str(problem).split())}")
    if database.execute("PRAGMA foreign_key_check").fetchone() is not None:
        raise StoreCorrupt(f"{name} is damaged: a row refers to one that is not there")
    contents = contents_of(database)
    if contents.version == 0:
        raise StoreCorrupt(f"{name} is a database with nothing in it")
    return contents


def contents_of(database: sqlite3.Connection) -> Contents:
    """At the moment of the transaction it is asked in. Raises StoreCorrupt for what is no catalogue of ours."""
    version, owner = (database.execute(f"PRAGMA {name}").fetchone()[0] for name in ("user_version", "application_id"))
    names = [row[0] for row in database.execute(_TABLES)]
    return Contents(
        version=checked_version(version, owner, len(names)),
        table_rows={name: database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names},  # noqa: S608
    )


def reading(file: Path) -> sqlite3.Connection:
    """A connection that changes nothing, not even when it is the last one to be closed."""
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
