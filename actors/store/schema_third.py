"""Version 3 of the schema: what is gone, passes over what changed, episodes by their series, a history that is quick to read."""

from typing import Final

from actors.store.versions import Migration

_SYNCS: Final = ("confirm TEXT NOT NULL DEFAULT '[]'",)
_STEPS: Final = (
    "mode TEXT NOT NULL DEFAULT 'full'",
    "removed INTEGER NOT NULL DEFAULT 0",
    "held_back INTEGER NOT NULL DEFAULT 0",
    "notice TEXT",
    "announced INTEGER",
)
_LISTINGS: Final = ("last_checked_at TEXT", "marked_at TEXT", "announced INTEGER", "change_mark TEXT")
_DEAD_LETTERS: Final = ("series_id TEXT",)
_COLUMNS: Final = {"syncs": _SYNCS, "steps": _STEPS, "listings": _LISTINGS, "dead_letters": _DEAD_LETTERS}

_SERIES_CHECKS: Final = """
CREATE TABLE series_checks (
  source_id TEXT NOT NULL,
  remote_id TEXT NOT NULL,
  row_hash INTEGER NOT NULL,
  state TEXT NOT NULL,
  checked_at TEXT NOT NULL,
  sync_id TEXT NOT NULL,
  PRIMARY KEY (source_id, remote_id)
)"""

_HIDDEN: Final = "WHERE is_stub = 1 OR missing_since IS NOT NULL"
# `is_stub` is in it, so that the few stubs are found beside any number of rows that are gone.
_INDEXES: Final = {
    "items_hidden": f"items (library_id, is_stub) {_HIDDEN}",
    "items_missing": "items (source_id, kind, missing_since) WHERE missing_since IS NOT NULL",
    "steps_by_source": "steps (source_id, step)",
    "syncs_by_time": "syncs (started_at)",
    "syncs_by_parts": "syncs (source_id, parts, started_at)",
    "series_checks_by_sync": "series_checks (source_id, sync_id, state)",
}

# From here on what is gone is in no search; before, searches left it out.
_GONE: Final = "FROM items WHERE missing_since IS NOT NULL AND is_stub = 0"
_UNINDEX_GONE: Final = (
    "INSERT INTO items_search (items_search, rowid, folded_title, library_token)"
    f" SELECT 'delete', id, folded_title, library_token {_GONE}"
)
_INDEX_GONE: Final = (
    f"INSERT INTO items_search (rowid, folded_title, library_token) SELECT id, folded_title, library_token {_GONE}"
)

# What version 2 has no words for.
_FORGET: Final = (
    "DELETE FROM steps WHERE part = 'episodes'",
    "DELETE FROM syncs WHERE parts = 'episodes'",
    "UPDATE syncs SET parts = trim(replace(',' || parts || ',', ',episodes,', ','), ',') WHERE parts LIKE '%episodes%'",
)

THIRD: Final = Migration(
    up=(
        *(f"ALTER TABLE {table} ADD COLUMN {column}" for table, columns in _COLUMNS.items() for column in columns),
        "UPDATE listings SET last_checked_at = last_synced_at",
        _SERIES_CHECKS,
        "DROP INDEX items_hidden",
        *(f"CREATE INDEX {name} ON {columns}" for name, columns in _INDEXES.items()),
        _UNINDEX_GONE,
    ),
    down=(
        _INDEX_GONE,
        *(f"DROP INDEX {name}" for name in _INDEXES),
        f"CREATE INDEX items_hidden ON items (library_id) {_HIDDEN}",
        "DROP TABLE series_checks",
        *_FORGET,
        *(
            f"ALTER TABLE {table} DROP COLUMN {column.split()[0]}"
            for table, columns in reversed(_COLUMNS.items())
            for column in reversed(columns)
        ),
    ),
)
