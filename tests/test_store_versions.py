"""A catalogue that an older Playbill wrote, and one that goes back to it."""

from pathlib import Path

import pytest

from actors.store import Reader
from actors.store.database import open_for_writing
from actors.store.migration import migrate
from actors.store.records import RowCounts, SourceRow
from contracts.catalog import ItemKind, Library, Mode, Part, SourceKind
from tests.store_room import NOW, asked, episode, movie, opened, put_items, put_sections, section, source, step, sync, told

VERSION_1 = """
INSERT INTO sources VALUES ('iptv', 'xtream', 'Home', '2026-11-20T00:00:00.000Z', '{"status":"Active"}');
INSERT INTO libraries VALUES (1, 'iptv', 'movies', 'movie', 'Movies', 0);
INSERT INTO categories VALUES (1, 'iptv', 'movie', '7', 5, 0, NULL, 'Drama', 'drama', NULL, 0, 1, 1);
INSERT INTO items (
  id, source_id, kind, remote_id, row_hash, is_stub, missing_since, library_id, title, folded_title,
  details, created_at, changed_at)
VALUES
  (1, 'iptv', 'movie', '1', 11, 0, NULL, 1, 'Moon', 'moon', '{"plot":"x"}', 1, 2),
  (2, 'iptv', 'movie', '2', 12, 0, '2026-11-20T00:00:00.000Z', 1, 'Gone', 'gone', '{}', 1, 2),
  (3, 'iptv', 'movie', 's', 0, 1, NULL, 1, 'Movie s', 'movie s', '{}', 1, 2);
INSERT INTO item_categories (id, category_id) VALUES (256, 1);
INSERT INTO items_search (rowid, folded_title, library_token)
SELECT id, folded_title, library_token FROM items WHERE id < 3;
INSERT INTO syncs VALUES (
  'aaaaaaaaaaaaaaaa', 'iptv', 'r', 'catalogue', 'full', 'completed', 1, '2026-11-20T00:00:00.000Z',
  '2026-11-20T00:00:00.000Z', '2026-11-20T00:01:00.000Z', NULL, NULL, 1);
INSERT INTO steps VALUES (
  'aaaaaaaaaaaaaaaa', 'iptv', 'movies', 0, 'Movies', 1, 'movie', 0, NULL, 'completed', 1, 1, 1, 1, 2, 3, 4, 5,
  6, 7, 8, 9, 10, x'00', NULL, NULL, NULL, NULL);
INSERT INTO ledger VALUES ('aaaaaaaaaaaaaaaa', 'iptv', 'movies', 1, 0, 0, x'01', 1, 0, 0, 0, 0, 9, 0, '["1"]');
INSERT INTO listings VALUES ('iptv', 'movies', 'aaaaaaaaaaaaaaaa', x'00', 2, 9, NULL, 0, '2026-11-20T00:00:00.000Z');
INSERT INTO outbox VALUES (1, 'playbill.fact.iptv', 'm', x'7b7d');
INSERT INTO rejects VALUES (
  'aaaaaaaaaaaaaaaa', 'iptv', 'movies', 0, 0, 3, 'name: no text', '{}', '5', '2026-11-20T00:00:00.000Z');
INSERT INTO dead_letters VALUES (
  1, 'parser', 'bad', 0, 's', 'm', 1, x'00', 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '2026-11-20T00:00:00.000Z');
INSERT INTO counters VALUES ('items', 4), ('categories', 2)"""
SCHEMA = "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name"
INDEXED = "SELECT rowid FROM items_search WHERE items_search MATCH ? ORDER BY rowid"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "playbill.db"


def everything(path: Path) -> dict[str, list[dict[str, object]]]:
    """Every row of every table, by the names of its columns; ids that are free are no rows, nor is the search index."""
    rows = {}
    names = (
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'counters' AND name NOT LIKE '%_search%' ORDER BY name"
    )
    for (table,) in asked(path, names):
        columns = [row[1] for row in asked(path, "SELECT * FROM pragma_table_info(?)", table)]
        rows[table] = [dict(zip(columns, row, strict=True)) for row in asked(path, f"SELECT {', '.join(columns)} FROM {table}")]
    return rows


async def test_a_catalogue_of_version_1_is_brought_up_with_nothing_lost(path: Path) -> None:
    database = await open_for_writing(path, durability="full")
    try:
        await migrate(database, target=1)
    finally:
        await database.close()
    told(path, *VERSION_1.split(";"))
    before = everything(path)
    async with opened(path) as store:
        async with store.transaction() as tx:
            sync, steps = await tx.sync("a" * 16), await tx.steps("a" * 16)
        async with Reader.open(path) as reader:
            items, status = (await reader.items()).items, (await reader.sources_status())[0]
            found, libraries, home = await reader.search("moon"), await reader.libraries(), await reader.home()
        counts = await put_items(store, [movie("1", row_hash=11), movie("3")])
    after = everything(path)

    assert sync is not None
    assert (sync.parts, sync.libraries) == ((Part.CATALOGUE,), ())
    assert [(step.part, step.reveals_weight, step.section_items) for step in steps] == [(Part.CATALOGUE, 0, 0)]
    assert [(item.title, item.categories, item.view_count, item.parent_index) for item in items] == [
        ("Moon", ["Drama"], None, None)
    ]
    assert [item.id for item in found] == [1]
    assert (status.items, home) == ({ItemKind.MOVIE: 1}, [])
    assert [(library.title, library.items) for library in libraries] == [("Movies", {ItemKind.MOVIE: 1})]
    assert asked(path, "SELECT item_rows FROM libraries") == [(4,)]
    assert counts == [RowCounts(new=1, unchanged=1)]
    for table, rows in before.items():
        assert all(any(row.items() <= kept.items() for kept in after[table]) for row in rows), table


async def test_a_catalogue_of_version_1_that_went_up_comes_down_as_it_was(path: Path) -> None:
    database = await open_for_writing(path, durability="full")
    try:
        await migrate(database, target=1)
        told(path, *VERSION_1.split(";"))
        before = everything(path), asked(path, SCHEMA)
        await migrate(database)
        up, found = everything(path), asked(path, INDEXED, "moon OR gone")
        await migrate(database, target=1)
    finally:
        await database.close()

    assert "home_sections" in up
    assert found == [(1,)]
    assert asked(path, INDEXED, "moon OR gone") == [(1,), (2,)]
    assert (everything(path), asked(path, SCHEMA)) == before


async def test_what_version_1_has_no_words_for_is_gone_when_it_is_back(path: Path) -> None:
    plex = SourceRow(source_id="plex", kind=SourceKind.PLEX, title="Plex")
    async with opened(path) as store:
        async with store.transaction() as tx:
            await tx.put_sources([source(), plex])
            await tx.put_revealed_libraries(
                "plex", [Library("1", "Films", "movies", 0, [ItemKind.MOVIE]), Library("3", "Photos", "photos")]
            )
            await tx.put_sync(sync(parts=(Part.CATALOGUE, Part.HOME)))
            await tx.put_sync(sync("b" * 16, parts=(Part.HOME,)))
            await tx.put_steps([step(), step("home", part=Part.HOME), step("home", "b" * 16, part=Part.HOME)])
        await put_items(store, [movie("1"), episode("2")])
        await put_sections(store, section("a", movie("1"), movie("9", kind=ItemKind.VIDEO), movie("8")), source_id="iptv")
    async with opened(path):
        pass
    database = await open_for_writing(path, durability="full")
    try:
        await migrate(database, target=1)
        left = await database.rows(SCHEMA)
        integrity = await database.value("PRAGMA integrity_check")
    finally:
        await database.close()

    assert not [name for name, _ in left if "home" in name or name in ("items_by_parent", "items_hidden", "items_filled")]
    assert integrity == "ok"
    assert asked(path, "SELECT kind FROM sources") == [("xtream",)]
    assert asked(path, "SELECT sync_id, parts FROM syncs") == [("a" * 16, "catalogue")]
    assert asked(path, "SELECT sync_id, step FROM steps") == [("a" * 16, "movies")]
    kinds = {kind for (kind,) in asked(path, "SELECT kind FROM items UNION SELECT item_kind FROM libraries")}
    assert kinds <= {"movie", "show", "season", "episode", "channel", "artist", "album", "track"}
    async with opened(path) as store:
        assert await put_items(store, [movie("8")]) == [RowCounts(new=1)]


VERSION_2 = """
INSERT INTO sources (source_id, kind, title) VALUES ('plex', 'plex', 'Plex');
INSERT INTO libraries (source_id, remote_id, item_kind, title, item_rows) VALUES ('plex', '1', 'movie', 'Films', 2);
INSERT INTO items (id, source_id, kind, remote_id, row_hash, is_stub, library_id, title, folded_title, created_at, changed_at)
VALUES (11, 'plex', 'movie', 'a', 5, 0, 1, 'Moon', 'moon', 1, 2), (12, 'plex', 'movie', 'b', 0, 1, 1, 'Stub', '', 1, 2);
INSERT INTO items_search (rowid, folded_title, library_token) SELECT id, folded_title, library_token FROM items WHERE id = 11;
INSERT INTO home_sections (id, source_id, hub_identifier, title, section_type, position, last_updated, created_at, updated_at)
VALUES (1, 'plex', 'hub', 'Hub', 'x', 0, '2026-11-20T00:00:00.000Z', '2026-11-20T00:00:00.000Z', '2026-11-20T00:00:00.000Z');
INSERT INTO home_section_items (section_id, media_item_id, position, created_at) VALUES (1, 11, 0, '2026-11-20T00:00:00.000Z');
INSERT INTO syncs VALUES (
  'bbbbbbbbbbbbbbbb', 'plex', 'r', 'catalogue,home', 'incremental', 'completed', 1, '2026-11-20T00:00:00.000Z',
  '2026-11-20T00:00:00.000Z', '2026-11-20T00:01:00.000Z', NULL, NULL, 1, '["Films"]', '["movies"]');
INSERT INTO steps VALUES (
  'bbbbbbbbbbbbbbbb', 'plex', 'movies.1', 0, 'Films: movies', 1, 'movie', 0, '1', 'completed', 1, 1, 1, 1, 2, 3, 4, 5,
  6, 7, 8, 9, 10, x'00', NULL, NULL, NULL, NULL, 'catalogue', 0, 0);
INSERT INTO listings VALUES ('plex', 'movies.1', 'bbbbbbbbbbbbbbbb', x'00', 2, 9, NULL, 0, '2026-11-20T00:00:00.000Z');
INSERT INTO dead_letters VALUES (
  1, 'parser', 'bad', 0, 's', 'm', 1, x'00', 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '2026-11-20T00:00:00.000Z');
INSERT INTO counters VALUES ('items', 13), ('home_sections', 2), ('dead_letters', 2)"""


async def test_a_catalogue_of_version_2_is_brought_up_with_nothing_lost_and_comes_down_as_it_was(path: Path) -> None:
    database = await open_for_writing(path, durability="full")
    try:
        await migrate(database, target=2)
        told(path, *VERSION_2.split(";"))
        before = everything(path), asked(path, SCHEMA)
        await migrate(database)
        up = everything(path)
        await migrate(database, target=2)
        after = everything(path), asked(path, SCHEMA)
    finally:
        await database.close()
    async with opened(path) as store, store.transaction() as tx:
        sync, steps, listing = await tx.sync("b" * 16), await tx.steps("b" * 16), await tx.listing("plex", "movies.1")
        letters = await tx.dead_letters_of([1])
        live = await tx.source_live_count("plex")

    assert after == before
    for table, rows in before[0].items():
        assert all(any(row.items() <= kept.items() for kept in up[table]) for row in rows), table
    assert sync is not None
    assert (sync.mode, sync.libraries, sync.wanted_steps, sync.confirm) == (Mode.INCREMENTAL, ("Films",), ("movies",), ())
    assert [(step.mode, step.removed, step.held_back, step.notice) for step in steps] == [(Mode.FULL, 0, 0, None)]
    assert listing is not None
    assert listing.last_checked_at == listing.last_synced_at is not None
    assert (listing.marked_at, listing.announced, listing.change_mark) == (None, None, None)
    assert [(letter_id, dead.series_id) for letter_id, dead in letters] == [(1, None)]
    assert live == 1


async def test_what_version_2_has_no_words_for_is_gone_and_what_was_hidden_can_come_back_there(path: Path) -> None:
    async with opened(path) as store, store.transaction() as tx:
        await tx.put_sync(sync(parts=(Part.CATALOGUE, Part.EPISODES, Part.HOME)))
        await tx.put_sync(sync("b" * 16, parts=(Part.EPISODES,)))
        await tx.put_steps([step(), step("episodes", part=Part.EPISODES), step("episodes", "b" * 16, part=Part.EPISODES)])
        await tx.put_items("iptv", [[movie("1"), movie("2")]])
        await tx.hide_items([1], NOW)
    database = await open_for_writing(path, durability="full")
    try:
        await migrate(database, target=2)
    finally:
        await database.close()

    assert asked(path, "SELECT sync_id, parts FROM syncs") == [("a" * 16, "catalogue,home")]
    assert asked(path, "SELECT step FROM steps") == [("movies",)]
    assert asked(path, INDEXED, "moon") == [(1,), (2,)]
    assert asked(path, "SELECT id FROM items WHERE missing_since IS NOT NULL") == [(1,)]
    async with opened(path) as store:
        assert await put_items(store, [movie("1"), movie("2")]) == [RowCounts(changed=1, unchanged=1)]
    assert asked(path, INDEXED, "moon") == [(1,), (2,)]
