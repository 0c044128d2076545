"""Plex and Jellyfin through the whole of Playbill: libraries, home pages, and each part by itself."""

from pathlib import Path

from actors.demo import JellyfinServer, PlexServer, demo_jellyfin_library, demo_plex_library
from contracts.catalog import Part, SyncStatus
from tests.playbill_room import playbill


async def test_a_plain_sync_brings_every_library_and_the_home_page(tmp_path: Path) -> None:
    with PlexServer(demo_plex_library()) as plex, JellyfinServer(demo_jellyfin_library()) as jellyfin:
        async with playbill(tmp_path, {}, servers={"plex": plex, "jelly": jellyfin}) as running:
            for source_id in ("plex", "jelly"):
                ended = await running.sync(source_id)
                assert ended.status is SyncStatus.COMPLETED, ended.errors
                assert ended.progress == 100
                assert ended.home_sections_synced
                assert ended.home_items_synced
                assert ended.movies_synced
                assert ended.episodes_synced


async def test_the_home_page_alone_is_read_in_a_sync_of_its_own(tmp_path: Path) -> None:
    with PlexServer(demo_plex_library()) as plex:
        async with playbill(tmp_path, {}, servers={"plex": plex}) as running:
            ended = await running.sync("plex", parts=[Part.HOME])

            assert ended.status is SyncStatus.COMPLETED, ended.errors
            assert ended.movies_synced == 0
            ((stubs,),) = running.rows("SELECT count(*) FROM items WHERE is_stub AND source_id = 'plex'")
            assert stubs
            assert not running.rows(
                "SELECT 1 FROM home_section_items AS place LEFT JOIN items ON items.id = media_item_id WHERE items.title IS NULL"
            )
