"""Bringing a file to a version of the schema, up or down, one transaction each."""

from collections.abc import Sequence

from actors.store.database import Database
from actors.store.schema import APPLICATION_ID, MIGRATIONS, Migration
from contracts.errors import StoreCorrupt


async def version_of(database: Database, *, migrations: Sequence[Migration] = MIGRATIONS) -> int:
    """The schema's version, 0 for an empty file. Raises StoreCorrupt for a file of another program or of a newer version."""
    version: int = await database.value("PRAGMA user_version")
    owner: int = await database.value("PRAGMA application_id")
    tables: int = 0 if owner else await database.value("SELECT count(*) FROM sqlite_master")
    return checked_version(version, owner, tables, known=len(migrations))


def checked_version(version: int, owner: int, tables: int, *, known: int = len(MIGRATIONS)) -> int:
    """`version_of`, of what SQLite says of a file: its user_version, its application_id, and how much is in it."""
    if owner == APPLICATION_ID and version <= known:
        return version
    if owner == APPLICATION_ID:
        raise StoreCorrupt(f"made by a newer version of Playbill (schema {version}, known is {known}): upgrade this one")
    if version or owner or tables:
        raise StoreCorrupt("this is the database of another program: name another file, or move it away")
    return 0


async def migrate(database: Database, *, migrations: Sequence[Migration] = MIGRATIONS, target: int | None = None) -> None:
    """Go to version `target`, the latest if none is named. Raises as `version_of`, and leaves such a file as it is."""
    version = await version_of(database, migrations=migrations)
    wanted = len(migrations) if target is None else target
    for number in range(version, wanted):
        await _step(database, migrations[number].up, number + 1)
    for number in range(version, wanted, -1):
        await _step(database, migrations[number - 1].down, number - 1)


async def _step(database: Database, statements: Sequence[str], version: int) -> None:
    """One statement at a time: `executescript` would commit first."""
    await database.run("BEGIN IMMEDIATE")
    try:
        for statement in statements:
            await database.run(statement)
        await database.run(f"PRAGMA user_version = {version}")
        await database.run("COMMIT")
    except BaseException:
        await database.roll_back()
        raise
