"""A page of a list: what was asked for, and its rows."""

import msgspec

from actors.store import children, listing, reading
from actors.store import cursor as cursors
from actors.store.cursor import Cursor
from actors.store.database import Database
from contracts.catalog import ItemKind
from contracts.messages import ItemsAnswer, Sort

Keyed = list[tuple[int, object]]
"""(id, sort key) of rows."""


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """Which items, in which order, from where on."""

    kind: ItemKind | None
    source: str | None
    library: str | int | None
    category: str | int | None
    sort: Sort
    descending: bool
    limit: int
    after: Cursor | None


async def page(database: Database, question: Question) -> ItemsAnswer:
    """One row more than the page has tells whether there is another page."""
    libraries = await reading.library_ids(database, kind=question.kind, source=question.source, library=question.library)
    found = await _found(database, question, libraries) if libraries else []
    shown = found[: question.limit]
    items = await reading.items_by_id(database, [item_id for item_id, _ in shown])
    return ItemsAnswer(items=items, next_cursor=_cursor(question, shown[-1]) if len(found) > len(shown) else None)


async def children_page(database: Database, question: Question, parent_id: int, after: children.Place | None) -> ItemsAnswer:
    """A page of an item's children; the question's order and cursor are not theirs."""
    named = (question.kind, question.source, question.library)
    libraries = None
    if any(name is not None for name in named):
        libraries = await reading.library_ids(database, kind=question.kind, source=question.source, library=question.library)
    sql, values = children.statement(
        parent_id,
        libraries=libraries,
        categories=None if question.category is None else await _categories(database, question),
        after=after,
        limit=question.limit + 1,
    )
    found = await database.rows(sql, values)
    shown = found[: question.limit]
    items = await reading.items_by_id(database, [row[0] for row in shown])
    if len(found) == len(shown):
        return ItemsAnswer(items=items)
    item_id, parent_index, index_number, folded_title = shown[-1]
    last = children.Place(parent_id, parent_index, index_number, folded_title, item_id)
    return ItemsAnswer(items=items, next_cursor=children.written(last))


async def _found(database: Database, question: Question, libraries: list[int]) -> Keyed:
    wanted = question.limit + 1
    after = question.after
    found: Keyed = []
    if after is None or after.key is not None:
        found = await _rows(database, await _keyed(database, question, libraries))
    if len(found) < wanted and question.sort != "title":
        after_id = after.item_id if after is not None and after.key is None else 0
        found += await _rows(database, await _unkeyed(database, question, libraries, after_id))
    return listing.first_of(found, wanted, descending=question.descending)


async def _keyed(database: Database, question: Question, libraries: list[int]) -> list[listing.Statement]:
    order = (question.sort, question.after, question.limit + 1)
    if question.category is None:
        return list(listing.keyed(libraries, *order, descending=question.descending))
    categories = await _categories(database, question)
    return [listing.keyed_in(categories, libraries, *order, descending=question.descending)]


async def _unkeyed(database: Database, question: Question, libraries: list[int], after_id: int) -> list[listing.Statement]:
    order = (question.sort, after_id, question.limit + 1)
    if question.category is None:
        return list(listing.unkeyed(libraries, *order))
    return [listing.unkeyed_in(await _categories(database, question), libraries, *order)]


async def _categories(database: Database, question: Question) -> list[int]:
    if question.category is None:
        return []
    return await reading.category_ids(database, kind=question.kind, source=question.source, category=question.category)


async def _rows(database: Database, statements: list[listing.Statement]) -> Keyed:
    return [(row[0], row[1]) for sql, values in statements for row in await database.rows(sql, values)]


def _cursor(question: Question, last: tuple[int, object]) -> str:
    item_id, key = last
    return cursors.written(Cursor(question.sort, question.descending, key, item_id))  # type: ignore[arg-type]
