"""Items whose source gave them new ids: the row that was there takes over all of the row that came, and keeps its own id."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Final

from actors.store import search_index
from actors.store.libraries import count_rows
from actors.store.schema import IS_SHOWN
from actors.store.scope import Scope, list_ids
from actors.store.session import Session
from actors.store.statements import CONTENT, asked

_PAIRS_AT_ONCE: Final = 1_000
"""Whose content is copied: under 1 MB."""
_VALUES_AT_ONCE: Final = 500
_TAKEN: Final = (*CONTENT, "library_id", "parent_id", "missing_since", "is_stub")
_PAIRS: Final = "CREATE TEMP TABLE IF NOT EXISTS reattached (old_id INTEGER PRIMARY KEY, new_id INTEGER NOT NULL UNIQUE)"
_CONTENT: Final = f"CREATE TEMP TABLE IF NOT EXISTS taken_over (old_id INTEGER PRIMARY KEY, {', '.join(_TAKEN)})"
_FORGET: Final = ("DELETE FROM temp.reattached", "DELETE FROM temp.taken_over")
_FITTING: Final = """
INSERT INTO temp.reattached (old_id, new_id)
WITH pairs (old_id, new_id) AS (VALUES {pairs})
SELECT old.id, new.id FROM pairs CROSS JOIN items AS old ON old.id = pairs.old_id CROSS JOIN items AS new ON new.id = pairs.new_id
WHERE new.source_id = old.source_id AND new.kind = old.kind AND old.is_stub = 0 AND new.is_stub = 0"""
_OLD: Final = "SELECT old_id FROM temp.reattached"
_NEW: Final = "SELECT new_id FROM temp.reattached"
_OLD_OF: Final = "SELECT old_id FROM temp.reattached WHERE new_id = "
_PLACES: Final = (
    "SELECT place.id FROM temp.reattached AS pair CROSS JOIN item_categories AS place"
    " ON place.id >= pair.{id} * 256 AND place.id < (pair.{id} + 1) * 256"
)
_MOVE_PLACES: Final = """
INSERT INTO item_categories (id, category_id)
SELECT pair.old_id * 256 + place.id % 256, place.category_id FROM temp.reattached AS pair
CROSS JOIN item_categories AS place ON place.id >= pair.new_id * 256 AND place.id < (pair.new_id + 1) * 256"""
# Where a section shows both, the place that it gives the new one is the one of today.
_DROP_SHOWN_TWICE: Final = """
DELETE FROM home_section_items WHERE id IN (
  SELECT before.id FROM temp.reattached AS pair
  CROSS JOIN home_section_items AS before ON before.media_item_id = pair.old_id
  CROSS JOIN home_section_items AS now ON now.media_item_id = pair.new_id AND now.section_id = before.section_id)"""
_FORGET_CHECKS: Final = f"""
DELETE FROM series_checks WHERE (source_id, remote_id) IN (
  SELECT source_id, remote_id FROM items WHERE kind = 'show' AND id IN ({_OLD}))"""  # noqa: S608
_COPY: Final = f"""
INSERT INTO temp.taken_over SELECT pair.old_id, {", ".join(_TAKEN)}
FROM temp.reattached AS pair CROSS JOIN items ON items.id = pair.new_id"""  # noqa: S608
_MOVE: Final = (
    f"DELETE FROM item_categories WHERE id IN ({_PLACES.format(id='old_id')})",  # noqa: S608
    _MOVE_PLACES,
    f"DELETE FROM item_categories WHERE id IN ({_PLACES.format(id='new_id')})",  # noqa: S608
    _DROP_SHOWN_TWICE,
    f"UPDATE home_section_items SET media_item_id = ({_OLD_OF} media_item_id) WHERE media_item_id IN ({_NEW})",  # noqa: S608
    f"UPDATE items SET parent_id = ({_OLD_OF} parent_id) WHERE parent_id IN ({_NEW})",  # noqa: S608
    # What is known of the episodes is known under the id that is no more.
    _FORGET_CHECKS,
    _COPY,
    f"DELETE FROM items WHERE id IN ({_NEW})",  # noqa: S608
)
_TAKE_OVER: Final = (
    f"UPDATE items SET {', '.join(f'{name} = taken.{name}' for name in _TAKEN)}, changed_at = ?"  # noqa: S608
    " FROM temp.taken_over AS taken WHERE items.id = taken.old_id"
)
_OLD_LIBRARIES: Final = f"SELECT library_id, count(*) FROM items WHERE id IN ({_OLD}) GROUP BY library_id"  # noqa: S608


async def new_item_ids_in(session: Session, scope: Scope, first_item_id: int) -> list[int]:
    """Live items of a scope that came since this id was the next, be it that a home section had shown them before."""
    libraries = await list_ids(session, scope)
    if not libraries:
        return []
    of_scope = f"+library_id IN ({', '.join('?' * len(libraries))}) AND {IS_SHOWN}"
    sql = (
        f"SELECT id FROM items WHERE id >= ? AND {of_scope}"  # noqa: S608
        f" UNION ALL SELECT id FROM items WHERE filled_id >= ? AND id < ? AND {of_scope} ORDER BY id"
    )
    values = (first_item_id, *libraries, first_item_id, first_item_id, *libraries)
    return [row[0] for row in await session.database.rows(sql, values)]


async def fingerprints(session: Session, ids: Sequence[int]) -> list[tuple[int, str, int | None, str | None]]:
    """(id, folded title, year, JSON of the external ids) of these items, by id within each few hundred."""
    found: list[tuple[int, str, int | None, str | None]] = []
    for places, values in asked(ids):
        sql = (
            "SELECT id, folded_title, year, CASE WHEN json_valid(details) THEN json_extract(details, '$.external_ids') END"  # noqa: S608
            f" FROM items WHERE id IN ({places}) ORDER BY id"
        )
        found += [(item_id, title, year, external) for item_id, title, year, external in await session.database.rows(sql, values)]
    return found


async def reattach(session: Session, pairs: Sequence[tuple[int, int]]) -> int:
    """Let each old item take over the new one of its pair: remote id, content, categories, places at home, children.

    The new ids are no more. Pairs that cannot be are left out: of two sources or kinds, of a stub, or of an item that another
    pair has. How many were reattached.
    """
    await session.database.run(_PAIRS)
    await session.database.run(_CONTENT)
    fitting = list(_once_each(pairs))
    return sum([await _some(session, fitting[at : at + _PAIRS_AT_ONCE]) for at in range(0, len(fitting), _PAIRS_AT_ONCE)])


def _once_each(pairs: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    taken: set[int] = set()
    for old_id, new_id in pairs:
        if old_id != new_id and taken.isdisjoint((old_id, new_id)):
            taken |= {old_id, new_id}
            yield old_id, new_id


async def _some(session: Session, pairs: Sequence[tuple[int, int]]) -> int:
    database = session.database
    for statement in _FORGET:
        await database.run(statement)
    for first in range(0, len(pairs), _VALUES_AT_ONCE):
        group = pairs[first : first + _VALUES_AT_ONCE]
        await database.run(_FITTING.format(pairs=", ".join(["(?, ?)"] * len(group))), list(chain.from_iterable(group)))
    fewer = Counter[int](dict(await database.rows(_OLD_LIBRARIES)))
    await search_index.remove(session, f"id IN ({_OLD} UNION ALL {_NEW})", ())
    for statement in _MOVE:
        await database.run(statement)
    await database.run(_TAKE_OVER, [session.now_s])
    await search_index.add(session, f"id IN ({_OLD})", ())
    # The rows that went were counted where the old ones are now: what is one fewer is where these had been.
    await count_rows(session, {library: -count for library, count in fewer.items()})
    for statement in _FORGET:
        await database.run(statement)
    return fewer.total()
