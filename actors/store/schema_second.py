"""Version 2 of the schema: home sections, libraries that a server reveals, and what is watched."""

from typing import Final

from actors.store.versions import Migration

# `filled_id`: an item id, taken and given to no item at the moment when what had been a stub was listed. So what is new since an
# id can be told, although a stub keeps the id that it got when a home page showed it.
_ITEMS: Final = (
    "parent_index INTEGER",
    "view_count INTEGER",
    "view_offset_s INTEGER",
    "last_viewed_at INTEGER",
    "change_token TEXT",
    "filled_id INTEGER",
)
# `item_rows`: rows of items that name it, stubs and missing ones included. Kept with every row that comes, moves or goes, because
# to count 500,000 takes 40 ms. A library that holds nothing we list has one row with the kind ''.
_LIBRARIES: Final = (
    "position INTEGER NOT NULL DEFAULT 0",
    "library_type TEXT",
    "change_mark TEXT",
    "missing_since TEXT",
    "item_rows INTEGER NOT NULL DEFAULT 0",
)
_SYNCS: Final = ("libraries TEXT NOT NULL DEFAULT '[]'", "wanted_steps TEXT NOT NULL DEFAULT '[]'")
_STEPS: Final = (
    "part TEXT NOT NULL DEFAULT 'catalogue'",
    "reveals_weight INTEGER NOT NULL DEFAULT 0",
    "section_items INTEGER NOT NULL DEFAULT 0",
)
_COLUMNS: Final = {"items": _ITEMS, "libraries": _LIBRARIES, "syncs": _SYNCS, "steps": _STEPS}

_COUNT_ITEM_ROWS: Final = """
UPDATE libraries SET item_rows = counted.item_rows
FROM (SELECT library_id, count(*) AS item_rows FROM items GROUP BY library_id) AS counted
WHERE counted.library_id = libraries.id"""

_HOME_SECTIONS: Final = """
CREATE TABLE home_sections (
  id INTEGER PRIMARY KEY,
  source_id TEXT NOT NULL,
  hub_identifier TEXT NOT NULL,
  title TEXT NOT NULL,
  section_type TEXT NOT NULL,
  position INTEGER NOT NULL,
  context TEXT,
  style TEXT,
  hub_type TEXT,
  size INTEGER,
  last_updated TEXT NOT NULL,
  is_stale INTEGER NOT NULL DEFAULT 0,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  UNIQUE (source_id, hub_identifier)
)"""

_HOME_SECTION_ITEMS: Final = """
CREATE TABLE home_section_items (
  id INTEGER PRIMARY KEY,
  section_id INTEGER NOT NULL REFERENCES home_sections (id) ON DELETE CASCADE,
  media_item_id INTEGER NOT NULL REFERENCES items (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  created_at TEXT NOT NULL,
  UNIQUE (section_id, media_item_id)
)"""

_INDEXES: Final = {
    "home_sections_by_position": "home_sections (source_id, position)",
    "home_section_items_by_position": "home_section_items (section_id, position)",
    # What the cascade from an item looks up; without it every item that goes is a walk over all sections.
    "home_section_items_by_item": "home_section_items (media_item_id)",
    "items_by_parent": "items (parent_id, parent_index, index_number) WHERE parent_id IS NOT NULL",
    "items_hidden": "items (library_id) WHERE is_stub = 1 OR missing_since IS NOT NULL",
    "items_filled": "items (filled_id) WHERE filled_id IS NOT NULL",
}

# What version 1 has no words for.
_FORGET: Final = (
    "DELETE FROM items WHERE kind IN ('video', 'collection', 'playlist', 'folder')",
    "DELETE FROM libraries WHERE item_kind IN ('', 'video', 'collection', 'playlist', 'folder')",
    "DELETE FROM steps WHERE part <> 'catalogue'",
    "DELETE FROM syncs WHERE parts = 'home'",
    "UPDATE syncs SET parts = 'catalogue' WHERE parts <> 'catalogue'",
    "DELETE FROM sources WHERE kind NOT IN ('xtream')",
)

SECOND: Final = Migration(
    up=(
        *(f"ALTER TABLE {table} ADD COLUMN {column}" for table, columns in _COLUMNS.items() for column in columns),
        _COUNT_ITEM_ROWS,
        _HOME_SECTIONS,
        _HOME_SECTION_ITEMS,
        *(f"CREATE INDEX {name} ON {columns}" for name, columns in _INDEXES.items()),
    ),
    down=(
        "DROP TABLE home_section_items",
        "DROP TABLE home_sections",
        *(f"DROP INDEX {name}" for name, columns in _INDEXES.items() if columns.startswith("items ")),
        *_FORGET,
        *(
            f"ALTER TABLE {table} DROP COLUMN {column.split()[0]}"
            for table, columns in reversed(_COLUMNS.items())
            for column in reversed(columns)
        ),
    ),
)
