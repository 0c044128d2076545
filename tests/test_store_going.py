"""Whatever goes, comes back, changes its id or is purged, in any order: the store stays what a simple model says."""

import random
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec
import pytest

from actors.store import Scope, Store
from actors.store.moments import to_text_or_none
from actors.store.records import SeriesCheck
from contracts.catalog import Item, ItemKind, Library
from tests.store_room import NOW, asked, check_sound, episode, movie, opened, put_sections, section, serve, show

MOVIE, SHOW, EPISODE = ItemKind.MOVIE, ItemKind.SHOW, ItemKind.EPISODE
LIBRARIES: Final = ("1", "2")
BY_SERIES: Final = ("0", "1")
"""Shows whose episodes are asked for series by series."""
ROWS: Final = """
SELECT items.kind, items.remote_id, items.id, items.is_stub, items.missing_since, items.folded_title, libraries.remote_id,
  (SELECT group_concat(categories.remote_id) FROM (SELECT category_id FROM item_categories WHERE id / 256 = items.id ORDER BY id)
   JOIN categories ON categories.id = category_id)
FROM items JOIN libraries ON libraries.id = items.library_id"""
Key = tuple[ItemKind, str]


class Row(msgspec.Struct):
    item: Item
    hidden_at: datetime | None = None


class World:
    """A store, and what it should hold of a source's items; stubs are the store's own business."""

    def __init__(self, store: Store, path: Path, seed: int) -> None:
        self.store, self.path = store, path
        self.chance = random.Random(seed)
        self.rows: dict[Key, Row] = {}
        self.ids: dict[Key, int] = {}
        self.minutes = 0

    @property
    def now(self) -> datetime:
        return NOW + timedelta(minutes=self.minutes)

    def live(self, kind: ItemKind, library: str | None = None) -> list[Key]:
        return [
            key
            for key, row in self.rows.items()
            if key[0] is kind and row.hidden_at is None and library in (None, row.item.library_remote_id)
        ]

    def anything(self) -> Item:
        kind = self.chance.choice([MOVIE, MOVIE, SHOW, EPISODE])
        name, title = str(self.chance.randrange(9)), self.chance.choice(["moon", "faust", "golem"])
        categories = self.chance.sample("789", self.chance.randrange(3))
        library = self.chance.choice(LIBRARIES)
        if kind is EPISODE:
            return episode(name, title, of=str(self.chance.randrange(4)), library_remote_id=library)
        make = movie if kind is MOVIE else show
        return make(name, title, library_remote_id=library, category_remote_ids=categories)

    async def put(self) -> None:
        items = {(item.kind, item.remote_id): item for item in (self.anything() for _ in range(self.chance.randrange(1, 9)))}
        async with self.store.transaction() as tx:
            await tx.put_items("plex", [list(items.values())])
        for key in sorted(items, key=lambda key: key[0] is EPISODE):
            self._shown(items[key])

    def _shown(self, item: Item) -> None:
        key = (item.kind, item.remote_id)
        before = self.rows.get(key)
        if before is not None and before.hidden_at is not None and item.kind is SHOW and item.remote_id in BY_SERIES:
            for child in self._children(item.remote_id):
                if child.hidden_at == before.hidden_at:
                    child.hidden_at = None
        self.rows[key] = Row(item)

    def _children(self, show_id: str) -> list[Row]:
        return [row for key, row in self.rows.items() if key[0] is EPISODE and row.item.parent_remote_id == show_id]

    async def hide(self) -> None:
        keys = self.chance.sample(sorted(self.rows), min(len(self.rows), self.chance.randrange(4)))
        async with self.store.transaction() as tx:
            await tx.hide_items([self.ids[key] for key in keys], self.now)
        for key in keys:
            self._hidden(key)

    def _hidden(self, key: Key) -> None:
        row = self.rows[key]
        if row.hidden_at is not None:
            return
        row.hidden_at = self.now
        if key[0] is SHOW and key[1] in BY_SERIES:
            for child in self._children(key[1]):
                child.hidden_at = child.hidden_at or self.now

    async def sweep(self) -> None:
        """A listing of a library that lacks some."""
        kind, library = self.chance.choice([MOVIE, EPISODE]), self.chance.choice(LIBRARIES)
        live = self.live(kind, library)
        gone = self.chance.sample(live, min(len(live), self.chance.randrange(4)))
        scope = Scope(source_id="plex", item_kind=kind, library_remote_id=library)
        await serve(self.store, "listing", [name for _, name in live if (kind, name) not in gone])
        async with self.store.transaction() as tx:
            assert await tx.live_count(scope) == len(live)
            ids = await tx.gone_ids(scope, "a" * 16, "listing")
            assert ids == sorted(self.ids[key] for key in gone)
            assert await tx.hide(scope, ids, self.now) == len(gone)
        for key in gone:
            self._hidden(key)

    async def hide_library(self) -> None:
        library = self.chance.choice(LIBRARIES)
        keys = [key for kind in (MOVIE, SHOW, EPISODE) for key in self.live(kind, library)]
        async with self.store.transaction() as tx:
            assert await tx.hide_library("plex", library, self.now) == len(keys)
        for key in keys:
            self.rows[key].hidden_at = self.now

    async def reveal(self) -> None:
        libraries = [Library(name, f"Library {name}", "mixed", 0, [MOVIE, SHOW, EPISODE]) for name in LIBRARIES]
        async with self.store.transaction() as tx:
            await tx.put_revealed_libraries("plex", libraries)

    async def purge(self) -> None:
        before = self.now - timedelta(minutes=self.chance.randrange(6))
        limit = self.chance.choice([1, 3, 100])
        async with self.store.transaction() as tx:
            purged = await tx.purge("plex", before, limit)
        assert purged <= limit
        kept = {(kind, name) for kind, name, _, is_stub, *_ in asked(self.path, ROWS) if not is_stub}
        due = {key for key, row in self.rows.items() if row.hidden_at is not None and row.hidden_at < before}
        with_shows = {
            key
            for key, row in self.rows.items()
            if key[0] is EPISODE and (SHOW, row.item.parent_remote_id) in due and row.item.parent_remote_id in BY_SERIES
        }
        gone = self.rows.keys() - kept
        assert gone <= due | with_shows
        assert limit < 100 or gone == due | with_shows
        for key in gone:
            del self.rows[key]

    async def reattach(self) -> None:
        live = self.live(MOVIE)
        old = [key for key in self.rows if key[0] is MOVIE]
        if len(live) < 2:
            return
        new_key = self.chance.choice(live)
        old_key = self.chance.choice([key for key in old if key != new_key])
        async with self.store.transaction() as tx:
            assert await tx.reattach([(self.ids[old_key], self.ids[new_key])]) == 1
        self.ids[new_key] = self.ids.pop(old_key)
        del self.rows[old_key]

    async def home(self) -> None:
        items = list({(item.kind, item.remote_id): item for item in (self.anything() for _ in range(4))}.values())
        # A hub that tells nothing of what was watched leaves rows of the libraries as they are.
        await put_sections(self.store, section(self.chance.choice("ab"), *items))
        if self.chance.random() < 0.3:
            async with self.store.transaction() as tx:
                await tx.drop_home_sections("plex", [self.chance.choice("ab")])

    async def checks(self) -> None:
        async with self.store.transaction() as tx:
            for series_id in BY_SERIES:
                check = SeriesCheck(
                    source_id="plex", remote_id=series_id, row_hash=1, state="known", checked_at=self.now, sync_id="a" * 16
                )
                await tx.put_series_check(check)

    async def any_step(self) -> None:
        steps = [self.put, self.put, self.put, self.hide, self.sweep, self.hide_library, self.reveal, self.purge]
        await self.chance.choice([*steps, self.reattach, self.home])()
        # What is purged takes along what was known of it: these two are always known.
        await self.checks()
        self.minutes += 1

    def check(self) -> None:
        found = asked(self.path, ROWS)
        ids = {(ItemKind(kind), name): item_id for kind, name, item_id, *_ in found}
        assert all(self.ids[key] == item_id for key, item_id in ids.items() if key in self.ids)
        self.ids = ids
        expected = {
            (
                key,
                to_text_or_none(row.hidden_at),
                row.item.folded_title,
                row.item.library_remote_id,
                ",".join(row.item.category_remote_ids) or None,
            )
            for key, row in self.rows.items()
        }
        assert {((ItemKind(row[0]), row[1]), *row[4:]) for row in found if not row[3]} == expected
        check_sound(self.path)


@pytest.mark.parametrize("seed", range(12))
async def test_whatever_goes_and_comes_the_store_holds_what_it_should(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "playbill.db"
    async with opened(path) as store:
        world = World(store, path, seed)
        await world.reveal()
        await world.checks()
        for _ in range(40):
            await world.any_step()
            world.check()
