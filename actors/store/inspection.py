"""A look at the file before anything is written to it, so that one that is damaged stays byte for byte as it is."""

from pathlib import Path
from typing import Final

from actors.store.database import damaged, no_database, open_for_reading
from actors.store.migration import version_of
from contracts.errors import StoreCorrupt, StoreUnavailable

_HEADER: Final = b"SQLite format 3\0"


async def inspect(path: Path, *, thoroughly: bool) -> None:
    """Nothing is said of a file that is not there or empty: a crash in its first moment leaves it so.

    Raises StoreCorrupt for a file that is damaged, no database, of another program or of a newer version. Damage in the middle is
    found by looking `thoroughly`, which reads the whole file.
    """
    if not check_header(path):
        return
    # Read-only: the last connection for writing would copy the log into the file when it is closed.
    database = await open_for_reading(path, is_named=True)
    try:
        await version_of(database)
        if thoroughly and await database.value("PRAGMA quick_check(1)") != "ok":
            raise StoreCorrupt(damaged(path))
    finally:
        await database.close()


def check_header(path: Path) -> bool:
    """Whether the file has the head of a database; one without content is allowed."""
    try:
        with path.open("rb") as file:
            header = file.read(len(_HEADER))
    except FileNotFoundError:
        return False
    except OSError as error:
        raise StoreUnavailable(f"the database cannot be read: {error.strerror}: {path.parent}") from error
    if header and header != _HEADER:
        raise StoreCorrupt(no_database(path))
    return bool(header)
