"""What is told of the syncs that were, and how fresh each listing is."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from actors.store import HomeFreshness, Reader, Store
from actors.store.records import Listing, SyncRow
from contracts import limits
from contracts.catalog import ItemKind, Library, Mode, Part, StepStatus, SyncStatus
from contracts.errors import BadRequest
from contracts.messages import Counts
from tests.store_room import LATER, NOW, asked, movie, opened, put_sections, section, source, step, sync


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "playbill.db"


def numbered(number: int, *parts: Part, source_id: str = "iptv", at: datetime | None = None, **fields: Any) -> SyncRow:
    """A sync that started so many minutes after NOW and took 30 s."""
    started_at = at or NOW + timedelta(minutes=number)
    fields.setdefault("status", SyncStatus.COMPLETED)
    fields.setdefault("ended_at", started_at + timedelta(seconds=30))
    return sync(f"{number:016x}", source_id, parts=parts or (Part.CATALOGUE,), started_at=started_at, **fields)


async def put(store: Store, *rows: SyncRow) -> None:
    async with store.transaction() as tx:
        for row in rows:
            await tx.put_sync(row)


async def test_the_history_has_each_sync_with_its_steps_and_what_they_came_to(path: Path) -> None:
    first = numbered(1, status=SyncStatus.PARTIAL)
    second = numbered(2, status=SyncStatus.SYNCING, ended_at=None)
    done = {"status": StepStatus.COMPLETED, "started_at": NOW, "ended_at": NOW + timedelta(seconds=5)}
    async with opened(path) as store:
        await put(store, first, second)
        steps = [
            step("movies", first.sync_id, mode=Mode.INCREMENTAL, counts=Counts(new=2, rejected=1), removed=3, **done),
            step("series", first.sync_id, position=1, counts=Counts(changed=4), held_back=50, notice="50 of 60 are gone", **done),
        ]
        async with store.transaction() as tx:
            await tx.put_steps([*reversed(steps), step("movies", second.sync_id)])
        async with Reader.open(path) as reader:
            history = await reader.history("iptv")
            limited = await reader.history(None, limit=1)

    assert [one.sync for one in history] == [second, first]
    assert history[1].steps == steps
    assert (history[1].counts, history[1].removed, history[1].held_back) == (Counts(new=2, changed=4, rejected=1), 3, 50)
    assert (history[0].seconds, history[1].seconds) == (None, 30.0)
    assert (history[0].word, history[1].word) == (None, "50 of 60 are gone")
    assert limited == history[:1]


async def test_pages_of_the_history_have_every_sync_once_also_of_one_moment(path: Path) -> None:
    rows = [numbered(number, source_id="iptv" if number % 3 else "other", at=NOW) for number in range(20)]
    rows += [numbered(number) for number in range(20, 40)]
    async with opened(path) as store:
        await put(store, *rows)
        async with Reader.open(path) as reader:
            for source_id in (None, "iptv", "other"):
                whole = [one.sync.sync_id for one in await reader.history(source_id)]
                paged: list[str] = []
                while page := await reader.history(source_id, limit=7, before=paged[-1] if paged else None):
                    paged += [one.sync.sync_id for one in page]
                assert paged == whole
                assert len(set(paged)) == len([row for row in rows if source_id in (None, row.source_id)])


async def test_a_page_from_behind_a_sync_that_is_not_there_is_refused(path: Path) -> None:
    async with opened(path):
        pass
    async with Reader.open(path) as reader:
        assert await reader.history() == []
        with pytest.raises(BadRequest, match="before: no sync of this id"):
            await reader.history("iptv", before="f" * 16)


async def test_the_last_sync_of_each_part_is_told(path: Path) -> None:
    async with opened(path) as store:
        await put(
            store,
            numbered(1, Part.CATALOGUE, Part.HOME),
            numbered(2, Part.EPISODES),
            numbered(3, Part.HOME, Part.CATALOGUE),
            *(numbered(number, Part.HOME) for number in range(4, 60)),
            numbered(60, Part.HOME, status=SyncStatus.SYNCING, ended_at=None),
            numbered(61, Part.CATALOGUE, source_id="other"),
        )
        async with Reader.open(path) as reader:
            last = await reader.last_syncs("iptv")
            nothing = await reader.last_syncs("nobody")

    assert {part: int(row.sync_id, 16) for part, row in last.items()} == {Part.CATALOGUE: 3, Part.HOME: 60, Part.EPISODES: 2}
    assert nothing == {}


async def test_how_fresh_each_listing_is_is_told_with_its_last_run(path: Path) -> None:
    whole, passed = numbered(1), numbered(2, Part.CATALOGUE, Part.HOME)
    held_back: dict[str, Any] = {"held_back": 40, "notice": "40 of 50 are no longer listed"}
    async with opened(path) as store:
        await put(store, whole, passed)
        async with store.transaction() as tx:
            await tx.put_sources([source()])
            await tx.put_steps(
                [step("movies", whole.sync_id, **held_back), step("series", whole.sync_id, position=1, notice="old")]
            )
            await tx.put_steps(
                [
                    step("account", passed.sync_id),
                    step("series", passed.sync_id, position=1, mode=Mode.INCREMENTAL, notice="new"),
                    step("movies", passed.sync_id, position=2, mode=Mode.INCREMENTAL),
                    step("home", passed.sync_id, position=3, part=Part.HOME, status=StepStatus.FAILED),
                ]
            )
            for name in ("movies", "series"):
                listing = Listing(
                    source_id="iptv",
                    step=name,
                    complete_sync_id=whole.sync_id,
                    rows=9,
                    last_synced_at=NOW,
                    last_checked_at=LATER,
                    announced=10,
                )
                await tx.put_listing(listing)
            await tx.put_listing(Listing(source_id="iptv", step="movies.3", complete_sync_id=whole.sync_id))
            await tx.put_revealed_libraries("iptv", [Library("3", "Gone", "movies", 0, [ItemKind.MOVIE])])
            await tx.hide_library("iptv", "3", NOW)
        async with Reader.open(path) as reader:
            status = (await reader.sources_status())[0]

    fresh = {one.step: one for one in status.freshness}
    assert [one.step for one in status.freshness] == ["series", "movies", "home"]
    assert (fresh["movies"].held_back, fresh["movies"].notice) == (40, "40 of 50 are no longer listed")
    assert (fresh["series"].held_back, fresh["series"].notice) == (0, "new")
    assert (fresh["movies"].last_synced_at, fresh["movies"].last_checked_at) == (NOW, LATER)
    assert (fresh["movies"].rows, fresh["movies"].announced) == (9, 10)
    assert all(one.last_run is not None and one.last_run.sync_id == passed.sync_id for one in status.freshness)
    assert (fresh["home"].last_synced_at, fresh["home"].held_back) == (None, 0)
    assert {part: row.sync_id for part, row in status.last_syncs.items()} == dict.fromkeys(
        (Part.CATALOGUE, Part.HOME), passed.sync_id
    )


async def test_how_old_the_home_page_is_is_told(path: Path) -> None:
    async with opened(path) as store:
        async with store.transaction() as tx:
            await tx.put_sources([source(), source("other")])
        await put_sections(store, section("a", movie("1")), section("b"), source_id="iptv")
    async with opened(path, LATER) as store:
        await put_sections(store, section("a"), section("b", failure="no answer"), source_id="iptv")
        async with Reader.open(path) as reader:
            iptv, other = await reader.sources_status()

    assert iptv.home == HomeFreshness(sections=2, stale_sections=1, oldest_updated=NOW, last_updated=LATER)
    assert iptv.home.is_stale
    assert other.home is None


async def test_the_history_ends_where_it_is_no_longer_kept(path: Path) -> None:
    old = NOW - timedelta(days=limits.HISTORY_KEPT_DAYS, minutes=1)
    async with opened(path) as store:
        await put(store, *(numbered(number, at=old - timedelta(hours=number)) for number in range(50)), numbered(99))
        async with store.transaction() as tx:
            await tx.put_steps([step("home", f"{number:016x}") for number in (0, 49, 99)])
            await tx.put_listing(Listing(source_id="iptv", step="movies", complete_sync_id=f"{7:016x}"))
            await tx.prune("iptv", f"{99:016x}")

    assert asked(path, "SELECT sync_id FROM syncs ORDER BY sync_id") == [(f"{7:016x}",), (f"{99:016x}",)]
    assert asked(path, "SELECT sync_id FROM steps") == [(f"{99:016x}",)]
