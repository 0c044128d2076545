"""Finding the ids of items' parents, with stubs for those that nobody has listed yet."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from actors.store.libraries import count_rows, library_id
from actors.store.session import Session, take_ids
from actors.store.statements import asked
from contracts.catalog import Item, ItemKind

_PARENTS: Final = {
    ItemKind.SEASON: ItemKind.SHOW,
    ItemKind.EPISODE: ItemKind.SHOW,
    ItemKind.ALBUM: ItemKind.ARTIST,
    ItemKind.TRACK: ItemKind.ALBUM,
}
_FIRST: Final = {kind: order for order, kind in enumerate((ItemKind.ARTIST, ItemKind.ALBUM, ItemKind.SHOW))}
_STUB: Final = """
INSERT INTO items (id, source_id, kind, remote_id, row_hash, is_stub, library_id, title, folded_title, created_at, changed_at)
VALUES (?, ?, ?, ?, 0, 1, ?, ?, ?, ?, ?)"""


def order_of(kind: ItemKind) -> int:
    """By this, parents come before their children."""
    return _FIRST.get(kind, len(_FIRST))


async def parent_ids(session: Session, source_id: str, kind: ItemKind, items: Sequence[Item]) -> dict[str, int]:
    """Ids of the items' parents by remote id."""
    parent_kind = _PARENTS.get(kind)
    named = {item.parent_remote_id: item for item in items if item.parent_remote_id}
    if parent_kind is None or not named:
        return {}
    found: dict[str, int] = {}
    for places, ids in asked(list(named)):
        sql = f"SELECT remote_id, id FROM items WHERE source_id = ? AND kind = ? AND remote_id IN ({places})"  # noqa: S608
        found |= dict(await session.database.rows(sql, (source_id, parent_kind.value, *ids)))
    unknown = {remote_id: item for remote_id, item in named.items() if remote_id not in found}
    return found | await _stubs(session, source_id, parent_kind, unknown)


async def _stubs(session: Session, source_id: str, kind: ItemKind, children: Mapping[str, Item]) -> dict[str, int]:
    """Ids of new stubs by remote id; each is told by one of its children."""
    if not children:
        return {}
    names = {child.library_remote_id for child in children.values()}
    libraries = {name: await library_id(session, source_id, kind, name) for name in names}
    first_id = await take_ids(session, "items", len(children))
    ids = {remote_id: first_id + number for number, remote_id in enumerate(children)}
    rows = []
    more = dict.fromkeys(libraries.values(), 0)
    for remote_id, child in children.items():
        library = libraries[child.library_remote_id]
        more[library] += 1
        titles = _titles(kind, remote_id, child)
        rows.append((ids[remote_id], source_id, kind.value, remote_id, library, *titles, session.now_s, session.now_s))
    await session.database.many(_STUB, rows)
    await count_rows(session, more)
    return ids


class _Told(msgspec.Struct, frozen=True):
    """What an item's details tell of its parent."""

    show: str | None = None
    artist: str | None = None
    album: str | None = None


_told: Final = msgspec.json.Decoder(_Told)


def _titles(kind: ItemKind, remote_id: str, child: Item) -> tuple[str, str]:
    """The stub's title, and the same for search; without the latter it is only a word for what has no title yet."""
    try:
        title = getattr(_told.decode(child.details), kind.value)
    except (ValueError, RecursionError):
        title = None
    return (title, title.casefold()) if title else (f"{kind.value.capitalize()} {remote_id}", "")
