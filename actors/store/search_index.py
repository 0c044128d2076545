"""Keeping the search index: one statement for what is new, and exact removal of what it said before."""

from collections.abc import Sequence
from typing import Final

import msgspec

from actors.store.database import Values
from actors.store.schema import IS_SHOWN
from actors.store.session import Session
from actors.store.statements import chunks, plain_insert

Text = tuple[str, int]
"""(folded title, library id) as indexed."""
_LIBRARY_MARK: Final = "\ue000"
_ADD: Final = (
    "INSERT INTO items_search (rowid, folded_title, library_token) SELECT id, folded_title, library_token FROM items WHERE"
)
_REMOVE: Final = (
    "INSERT INTO items_search (items_search, rowid, folded_title, library_token)"
    " SELECT 'delete', id, folded_title, library_token FROM items WHERE"
)


class Rewrite(msgspec.Struct, frozen=True, kw_only=True):
    """An item whose text may have changed; `before` is None for a stub or a hidden row, which are not indexed."""

    item_id: int
    before: Text | None
    after: Text


def library_token(library_id: int) -> str:
    """A word that stands for a library in the index and that nobody can type, as the schema makes it."""
    return f"{_LIBRARY_MARK}{library_id}"


async def add_new(session: Session, first_id: int, end_id: int) -> None:
    """Index the new rows of an id range."""
    if first_id < end_id:
        await session.database.run(f"{_ADD} id >= ? AND id < ?", (first_id, end_id))


async def rewrite(session: Session, rewrites: Sequence[Rewrite]) -> None:
    """Replace the text of rows that have another one now. FTS5 is told what it held: it keeps no copy to look it up."""
    changed = [rewrite for rewrite in rewrites if rewrite.before != rewrite.after]
    gone = [
        ("delete", rewrite.item_id, rewrite.before[0], library_token(rewrite.before[1])) for rewrite in changed if rewrite.before
    ]
    for rows_each, values in chunks(gone):
        await session.database.many(
            plain_insert("items_search", ("items_search", "rowid", "folded_title", "library_token"), rows_each), values
        )
    come = [(rewrite.item_id, rewrite.after[0], library_token(rewrite.after[1])) for rewrite in changed]
    for rows_each, values in chunks(come):
        await session.database.many(plain_insert("items_search", ("rowid", "folded_title", "library_token"), rows_each), values)


async def remove(session: Session, which: str, values: Values) -> None:
    """Take out the rows of `items` that are shown now and fit the condition `which`: to be called before they change."""
    await session.database.run(f"{_REMOVE} ({which}) AND {IS_SHOWN}", values)


async def add(session: Session, which: str, values: Values) -> None:
    """Index the rows of `items` that are shown now and fit the condition `which`; none of them may be indexed yet."""
    await session.database.run(f"{_ADD} ({which}) AND {IS_SHOWN}", values)
