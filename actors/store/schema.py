"""The tables, as migrations that go up and come back down.

People read this file with their own tools, so keys are words and times are text. The large tables are sound by construction (one
writer, ids that are never given twice, stubs in the same transaction): a reference that SQLite checks costs a look-up per row.
"""

from typing import Final

from actors.store.schema_first import APPLICATION_ID, FIRST
from actors.store.schema_second import SECOND
from actors.store.schema_third import THIRD
from actors.store.versions import Migration

__all__ = ["APPLICATION_ID", "IS_HIDDEN", "IS_SHOWN", "LISTING_INDEXES", "MIGRATIONS", "Migration"]

MIGRATIONS: Final = (FIRST, SECOND, THIRD)
"""Version n is the n-th."""

IS_SHOWN: Final = "missing_since IS NULL AND is_stub = 0"
"""Of an item that people see. The listing indexes hold only these, so a query has to say it in these words."""

IS_HIDDEN: Final = "(items.is_stub = 1 OR items.missing_since IS NOT NULL)"
"""The opposite, in the words of the index `items_hidden`."""

LISTING_INDEXES: Final = {
    "items_by_title": f"CREATE INDEX items_by_title ON items (library_id, folded_title) WHERE {IS_SHOWN}",
    "items_by_added": f"CREATE INDEX items_by_added ON items (library_id, added_at) WHERE {IS_SHOWN}",
    "items_by_rating": f"CREATE INDEX items_by_rating ON items (library_id, rating) WHERE {IS_SHOWN}",
    "items_by_year": f"CREATE INDEX items_by_year ON items (library_id, year) WHERE {IS_SHOWN}",
    "item_categories_by_category": "CREATE INDEX item_categories_by_category ON item_categories (category_id)",
}
"""Made when the first catalogue is in: 0.6 s then, against 2.5 s when 195,000 rows arrive one by one in random order."""
