"""Version 1 of the schema: sources and their catalogue, syncs, the ledger, what is to be said and what could not be handled.

A migration that is out there is not edited: what changes is a new one.
"""

from typing import Final

from actors.store.versions import Migration

APPLICATION_ID: Final = 0x506C6279
"""`Plby` in the file's header: the file is ours."""

_SOURCES: Final = """
CREATE TABLE sources (
  source_id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  title TEXT NOT NULL,
  last_synced_at TEXT,
  server TEXT NOT NULL DEFAULT '{}'
)"""

# One row for each kind that a library holds, so that a library's id names exactly one list of items.
_LIBRARIES: Final = """
CREATE TABLE libraries (
  id INTEGER PRIMARY KEY,
  source_id TEXT NOT NULL,
  remote_id TEXT NOT NULL,
  item_kind TEXT NOT NULL,
  title TEXT NOT NULL,
  is_stub INTEGER NOT NULL DEFAULT 0,
  UNIQUE (source_id, remote_id, item_kind)
)"""

_CATEGORIES: Final = """
CREATE TABLE categories (
  id INTEGER PRIMARY KEY,
  source_id TEXT NOT NULL,
  item_kind TEXT NOT NULL,
  remote_id TEXT NOT NULL,
  row_hash INTEGER NOT NULL,
  is_stub INTEGER NOT NULL DEFAULT 0,
  missing_since TEXT,
  title TEXT NOT NULL,
  folded_title TEXT NOT NULL,
  parent_remote_id TEXT,
  position INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  UNIQUE (source_id, item_kind, remote_id)
)"""

# What every sync compares comes first: SQLite reads a row from its left. `library_token` cannot be typed into a search.
_ITEMS: Final = """
CREATE TABLE items (
  id INTEGER PRIMARY KEY,
  source_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  remote_id TEXT NOT NULL,
  row_hash INTEGER NOT NULL,
  is_stub INTEGER NOT NULL DEFAULT 0,
  missing_since TEXT,
  library_id INTEGER NOT NULL,
  parent_id INTEGER,
  title TEXT NOT NULL,
  folded_title TEXT NOT NULL,
  year INTEGER,
  rating REAL,
  duration_s INTEGER,
  added_at INTEGER,
  is_adult INTEGER NOT NULL DEFAULT 0,
  image TEXT,
  index_number INTEGER,
  details TEXT NOT NULL DEFAULT '{}',
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  library_token TEXT GENERATED ALWAYS AS (char(57344) || library_id) VIRTUAL,
  UNIQUE (source_id, kind, remote_id)
)"""

# id = item id * 256 + place in the item's list: the table is its own index by item, and its ids only grow.
_ITEM_CATEGORIES: Final = """
CREATE TABLE item_categories (
  id INTEGER PRIMARY KEY,
  category_id INTEGER NOT NULL,
  item_id INTEGER GENERATED ALWAYS AS (id / 256) VIRTUAL
)"""

_ITEMS_SEARCH: Final = """
CREATE VIRTUAL TABLE items_search USING fts5 (
  folded_title, library_token,
  content = 'items', content_rowid = 'id', tokenize = 'ascii', detail = none, columnsize = 0
)"""

_SYNCS: Final = """
CREATE TABLE syncs (
  sync_id TEXT PRIMARY KEY,
  source_id TEXT NOT NULL,
  request_id TEXT NOT NULL,
  parts TEXT NOT NULL,
  mode TEXT NOT NULL,
  status TEXT NOT NULL,
  requested_ns INTEGER NOT NULL,
  requested_at TEXT NOT NULL,
  started_at TEXT NOT NULL,
  ended_at TEXT,
  error_code TEXT,
  error_text TEXT,
  first_item_id INTEGER NOT NULL,
  UNIQUE (source_id, request_id)
)"""

_COUNTS: Final = """
  rows_new INTEGER NOT NULL,
  rows_changed INTEGER NOT NULL,
  rows_unchanged INTEGER NOT NULL,
  rows_rejected INTEGER NOT NULL,
  rows_excluded INTEGER NOT NULL"""

_STEPS: Final = f"""
CREATE TABLE steps (
  sync_id TEXT NOT NULL REFERENCES syncs (sync_id) ON DELETE CASCADE,
  source_id TEXT NOT NULL,
  step TEXT NOT NULL,
  position INTEGER NOT NULL,
  title TEXT NOT NULL,
  weight INTEGER NOT NULL,
  item_kind TEXT,
  is_categories INTEGER NOT NULL,
  library_remote_id TEXT,
  status TEXT NOT NULL,
  issue INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  revision INTEGER NOT NULL,{_COUNTS},
  slices_done INTEGER NOT NULL,
  slices_dead INTEGER NOT NULL,
  slices_total INTEGER,
  body_bytes INTEGER NOT NULL,
  rows_expected INTEGER,
  digest_salt BLOB NOT NULL,
  error_code TEXT,
  error_text TEXT,
  started_at TEXT,
  ended_at TEXT,
  PRIMARY KEY (sync_id, step)
)"""

_LEDGER: Final = f"""
CREATE TABLE ledger (
  sync_id TEXT NOT NULL,
  source_id TEXT NOT NULL,
  step TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  page INTEGER NOT NULL,
  slice INTEGER NOT NULL,
  digest BLOB NOT NULL,{_COUNTS},
  body_bytes INTEGER NOT NULL,
  is_dead INTEGER NOT NULL,
  remote_ids TEXT NOT NULL,
  UNIQUE (sync_id, step, page, slice)
)"""

_LISTINGS: Final = """
CREATE TABLE listings (
  source_id TEXT NOT NULL,
  step TEXT NOT NULL,
  complete_sync_id TEXT,
  digest_salt BLOB NOT NULL,
  rows_total INTEGER NOT NULL,
  body_bytes INTEGER NOT NULL,
  dirty_sync_id TEXT,
  dirty_attempt INTEGER NOT NULL,
  last_synced_at TEXT,
  PRIMARY KEY (source_id, step)
)"""

_OUTBOX: Final = """
CREATE TABLE outbox (
  outbox_id INTEGER PRIMARY KEY,
  subject TEXT NOT NULL,
  message_id TEXT NOT NULL,
  body BLOB NOT NULL
)"""

_REJECTS: Final = """
CREATE TABLE rejects (
  sync_id TEXT NOT NULL,
  source_id TEXT NOT NULL,
  step TEXT NOT NULL,
  page INTEGER NOT NULL,
  slice INTEGER NOT NULL,
  position INTEGER NOT NULL,
  reason TEXT NOT NULL,
  entry TEXT NOT NULL,
  remote_id TEXT,
  at TEXT NOT NULL,
  UNIQUE (sync_id, step, page, slice, position)
)"""

_DEAD_LETTERS: Final = """
CREATE TABLE dead_letters (
  id INTEGER PRIMARY KEY,
  actor TEXT NOT NULL,
  reason TEXT NOT NULL,
  parked INTEGER NOT NULL,
  subject TEXT NOT NULL,
  message_id TEXT NOT NULL,
  deliveries INTEGER NOT NULL,
  body BLOB NOT NULL,
  body_clipped INTEGER NOT NULL,
  sync_id TEXT,
  source_id TEXT,
  step TEXT,
  attempt INTEGER,
  page INTEGER,
  slice INTEGER,
  slices_total INTEGER,
  at TEXT NOT NULL,
  UNIQUE (actor, message_id, reason)
)"""

_COUNTERS: Final = "CREATE TABLE counters (name TEXT PRIMARY KEY, next_value INTEGER NOT NULL)"

FIRST: Final = Migration(
    up=(
        f"PRAGMA application_id = {APPLICATION_ID}",
        _SOURCES,
        _LIBRARIES,
        _CATEGORIES,
        _ITEMS,
        _ITEM_CATEGORIES,
        _ITEMS_SEARCH,
        _SYNCS,
        "CREATE INDEX syncs_by_start ON syncs (source_id, started_at)",
        "CREATE INDEX syncs_unfinished ON syncs (source_id) WHERE status IN ('pending', 'syncing')",
        _STEPS,
        _LEDGER,
        "CREATE INDEX ledger_by_digest ON ledger (sync_id, step, digest)",
        "CREATE INDEX ledger_by_source ON ledger (source_id, sync_id, step)",
        _LISTINGS,
        _OUTBOX,
        _REJECTS,
        "CREATE INDEX rejects_by_source ON rejects (source_id, sync_id)",
        _DEAD_LETTERS,
        _COUNTERS,
    ),
    down=(
        "DROP TABLE counters",
        "DROP TABLE dead_letters",
        "DROP TABLE rejects",
        "DROP TABLE outbox",
        "DROP TABLE listings",
        "DROP TABLE ledger",
        "DROP TABLE steps",
        "DROP TABLE syncs",
        "DROP TABLE items_search",
        "DROP TABLE item_categories",
        "DROP TABLE items",
        "DROP TABLE categories",
        "DROP TABLE libraries",
        "DROP TABLE sources",
        "PRAGMA application_id = 0",
    ),
)
