"""Syncs, steps, the ledger, listings, the outbox and the dead letters."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from actors.store import Reader
from actors.store.records import Listing
from contracts import codec, limits
from contracts.catalog import ItemKind, Mode, Part, Reject, StepStatus, SyncStatus
from contracts.messages import Counts, SyncStarted
from tests.store_room import LATER, NOW, asked, dead_letter, line, opened, source, step, sync

FIRST, SECOND, THIRD = "a" * 16, "b" * 16, "c" * 16


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "playbill.db"


async def test_a_sync_is_read_back_as_it_was_written(path: Path) -> None:
    row = sync(
        status=SyncStatus.FAILED,
        ended_at=LATER,
        error_code="timeout",
        error_text="no answer",
        first_item_id=7,
        libraries=('Films, "old"', "3"),
        wanted_steps=("movies",),
        confirm=("movies", 'series "x"'),
    )
    async with opened(path) as store, store.transaction() as tx:
        await tx.put_sync(sync())
        await tx.put_sync(row)
        assert await tx.sync(row.sync_id) == row
        assert await tx.sync("unknown") is None


async def test_a_step_is_read_back_as_it_was_written(path: Path) -> None:
    row = step(
        item_kind=ItemKind.MOVIE,
        is_categories=True,
        library_remote_id="movies",
        part=Part.HOME,
        reveals_weight=12,
        section_items=240,
        mode=Mode.INCREMENTAL,
        removed=3,
        held_back=4,
        notice="4 of 5 are no longer listed",
        announced=2**40,
        status=StepStatus.PARTIAL,
        issue=2,
        attempt=2**62,
        revision=9,
        counts=Counts(new=1, changed=2, unchanged=3, rejected=4, excluded=5),
        slices_done=6,
        slices_dead=1,
        slices_total=7,
        body_bytes=8,
        rows_expected=15,
        digest_salt=b"\x00salt",
        error_code="timeout",
        error_text="no answer",
        started_at=NOW,
        ended_at=LATER,
    )
    async with opened(path) as store, store.transaction() as tx:
        await tx.put_sync(sync())
        await tx.put_steps([step(), step("channels", position=1)])
        await tx.put_steps([row])
        assert await tx.step(row.sync_id, "movies") == row
        assert [found.step for found in await tx.steps(row.sync_id)] == ["movies", "channels"]
        assert await tx.step(row.sync_id, "unknown") is None


async def test_storing_a_sync_again_keeps_its_steps(path: Path) -> None:
    async with opened(path) as store, store.transaction() as tx:
        await tx.put_sync(sync())
        await tx.put_steps([step()])
        await tx.put_sync(sync(status=SyncStatus.COMPLETED))
        assert await tx.steps(FIRST) == [step()]


async def test_unfinished_syncs_are_those_that_have_not_ended(path: Path) -> None:
    async with opened(path) as store, store.transaction() as tx:
        await tx.put_sync(sync(FIRST))
        await tx.put_sync(sync(SECOND, status=SyncStatus.CANCELLED))
        await tx.put_sync(sync(THIRD, "other", SyncStatus.PENDING))
        assert [row.sync_id for row in await tx.syncs_unfinished()] == [FIRST, THIRD]
        assert [row.sync_id for row in await tx.syncs_unfinished("iptv")] == [FIRST]


async def test_a_source_keeps_what_a_sync_found_out(path: Path) -> None:
    async with opened(path) as store:
        async with store.transaction() as tx:
            await tx.put_sources([source(), source("other")])
            await tx.set_server("iptv", {"status": "Active", "max_connections": 2, "is_trial": False, "expires_at": None})
            await tx.set_source_synced("iptv", NOW)
            await tx.put_sources([source(title="Renamed")])
        async with Reader.open(path) as reader:
            statuses = await reader.sources_status()

    first, other = statuses
    assert (first.source.title, first.source.last_synced_at) == ("Renamed", NOW)
    assert first.source.server == {"status": "Active", "max_connections": 2, "is_trial": False, "expires_at": None}
    assert (other.source.source_id, other.source.last_synced_at, other.source.server) == ("other", None, {})
    assert asked(path, "SELECT last_synced_at FROM sources WHERE source_id = 'iptv'") == [("2026-11-21T12:00:00.000Z",)]


async def test_when_a_listing_was_last_synced_is_read_back(path: Path) -> None:
    listing = Listing(
        source_id="iptv",
        step="movies",
        complete_sync_id=FIRST,
        digest_salt=b"\xff",
        rows=3,
        body_bytes=4,
        dirty_sync_id=SECOND,
        dirty_attempt=2**62,
        last_synced_at=NOW,
        last_checked_at=LATER,
        marked_at=NOW - timedelta(minutes=5),
        announced=5,
        change_mark="1700",
    )
    async with opened(path) as store:
        async with store.transaction() as tx:
            await tx.put_sources([source()])
            await tx.put_listing(Listing(source_id="iptv", step="movies"))
            await tx.put_listing(listing)
            assert await tx.listing("iptv", "movies") == listing
            assert await tx.listing("iptv", "channels") is None
        async with Reader.open(path) as reader:
            status = (await reader.sources_status())[0]

    assert status.steps_synced_at == {"movies": NOW}
    assert asked(path, "SELECT last_synced_at FROM listings") == [("2026-11-21T12:00:00.000Z",)]


async def test_the_ledger_has_one_line_for_each_place_of_the_current_attempt(path: Path) -> None:
    async with opened(path) as store, store.transaction() as tx:
        await tx.add_ledger([line(1), line(0)])
        await tx.add_ledger([line(1)])
        assert await tx.ledger_slices(FIRST, "movies") == {(0, 0), (0, 1)}
        assert await tx.remote_ids(FIRST, "movies") == ["0a", "0b", "1a", "1b"]
        await tx.add_ledger([line(0, attempt=2, remote_ids=["new"]), line(0, attempt=1)])
        assert await tx.ledger_slices(FIRST, "movies") == {(0, 0)}
        await tx.drop_ledger(FIRST, "movies")
        assert await tx.ledger_slices(FIRST, "movies") == set()


async def test_known_digests_are_those_of_the_last_complete_listing(path: Path) -> None:
    async with opened(path) as store, store.transaction() as tx:
        await tx.add_ledger([line(1), line(0), line(2, is_dead=True), line(5, SECOND), line(6, name="channels")])
        assert await tx.known_digests("iptv", "movies") == []
        await tx.put_listing(Listing(source_id="iptv", step="movies", complete_sync_id=FIRST))
        assert await tx.known_digests("iptv", "movies") == [line(0).digest, line(1).digest]
        assert await tx.known_line("iptv", "movies", line(1).digest) == line(1)
        assert await tx.known_line("iptv", "movies", line(2).digest) is None
        assert await tx.known_line("iptv", "movies", line(5).digest) is None


async def test_rejects_of_an_unchanged_slice_are_kept_for_the_new_sync(path: Path) -> None:
    rejects = [Reject("stream_id: missing", "{}", None), Reject("name: no text", '{"stream_id":5}', "5")]
    async with opened(path) as store:
        async with store.transaction() as tx:
            await tx.add_rejects(line(0), rejects)
            await tx.add_rejects(line(0), rejects)
            await tx.copy_rejects(line(0), line(3, SECOND))
        async with Reader.open(path) as reader:
            copied = await reader.rejects(sync_id=SECOND)
            everything = await reader.rejects(source_id="iptv")

    assert [(reject.slice, reject.reason, reject.remote_id) for reject in copied] == [
        (3, "stream_id: missing", None),
        (3, "name: no text", "5"),
    ]
    assert len(everything) == 4


async def test_no_step_keeps_more_rejects_than_its_bound(path: Path) -> None:
    many = [Reject("reason", "{}")] * (limits.REJECTS_PER_STEP_MAX - 1)
    async with opened(path) as store, store.transaction() as tx:
        await tx.add_rejects(line(0), many)
        await tx.add_rejects(line(1), many[:5])
        await tx.add_rejects(line(1, name="channels"), many[:5])
        await tx.copy_rejects(line(0), line(2))

    kept = asked(path, "SELECT step, count(*) FROM rejects GROUP BY step ORDER BY step")
    assert kept == [("channels", 5), ("movies", limits.REJECTS_PER_STEP_MAX)]


async def test_an_attempt_that_is_dropped_takes_its_rejects_along(path: Path) -> None:
    async with opened(path) as store, store.transaction() as tx:
        await tx.add_rejects(line(0), [Reject("reason", "{}")])
        await tx.add_rejects(line(0, name="channels"), [Reject("reason", "{}")])
        await tx.drop_ledger(FIRST, "movies")

    assert asked(path, "SELECT step FROM rejects") == [("channels",)]


async def test_pruning_keeps_what_is_running_what_a_listing_is_made_of_and_the_last_rejects(path: Path) -> None:
    ended: dict[str, Any] = {"status": SyncStatus.COMPLETED, "ended_at": NOW}
    async with opened(path) as store, store.transaction() as tx:
        await tx.put_sync(sync(FIRST, **ended))
        await tx.put_sync(sync(SECOND, started_at=NOW + timedelta(hours=1), **ended))
        await tx.put_sync(sync(THIRD, started_at=NOW - timedelta(hours=1)))
        for sync_id in (FIRST, SECOND, THIRD):
            await tx.add_ledger([line(0, sync_id), line(0, sync_id, "channels")])
            await tx.add_rejects(line(0, sync_id), [Reject("reason", "{}")])
            await tx.add_rejects(line(0, sync_id, "channels"), [Reject("reason", "{}")])
        await tx.add_rejects(line(0, FIRST, "series"), [Reject("of a step that the last sync did not run", "{}")])
        await tx.put_steps([step(sync_id=SECOND), step("channels", sync_id=SECOND)])
        await tx.put_listing(Listing(source_id="iptv", step="movies", complete_sync_id=FIRST))
        await tx.prune("iptv", SECOND)

    lines = asked(path, "SELECT sync_id, step FROM ledger ORDER BY sync_id, step")
    rejects = asked(path, "SELECT sync_id, step FROM rejects ORDER BY sync_id, step")
    assert lines == [(FIRST, "movies"), (THIRD, "channels"), (THIRD, "movies")]
    kept = [(FIRST, "movies"), (FIRST, "series")]
    assert rejects == [*kept, *((sync_id, name) for sync_id in (SECOND, THIRD) for name in ("channels", "movies"))]


async def test_pruning_forgets_syncs_that_ended_long_ago(path: Path) -> None:
    long_ago = NOW - timedelta(days=limits.HISTORY_KEPT_DAYS, seconds=1)
    async with opened(path) as store, store.transaction() as tx:
        past: dict[str, Any] = {"started_at": long_ago, "ended_at": long_ago}
        await tx.put_sync(sync(FIRST, status=SyncStatus.FAILED, **past))
        await tx.put_sync(sync(SECOND, status=SyncStatus.COMPLETED, **past))
        await tx.put_sync(sync(THIRD, "other", status=SyncStatus.FAILED, **past))
        await tx.put_steps([step(sync_id=FIRST), step(sync_id=SECOND)])
        await tx.put_listing(Listing(source_id="iptv", step="movies", complete_sync_id=SECOND))
        await tx.prune("iptv", SECOND)

    assert asked(path, "SELECT sync_id FROM syncs ORDER BY sync_id") == [(SECOND,), (THIRD,)]
    assert asked(path, "SELECT sync_id FROM steps") == [(SECOND,)]


async def test_the_outbox_keeps_the_order_over_transactions_and_restarts(path: Path) -> None:
    messages = [_started(number) for number in range(5)]
    async with opened(path) as store:
        async with store.transaction() as tx:
            added = await tx.add_outbox(messages[:3])
        async with store.transaction() as tx:
            await tx.outbox_sent([row.outbox_id for row in added])
    async with opened(path) as store, store.transaction() as tx:
        await tx.add_outbox(messages[3:4])
        await tx.add_outbox(messages[4:])
        waiting = await tx.outbox(10)
        assert await tx.outbox_count() == 2
        assert len(await tx.outbox(1)) == 1
        assert await tx.add_outbox([]) == []

    assert [row.outbox_id for row in waiting] == [4, 5]
    assert [(row.subject, row.message_id, row.body) for row in waiting] == [
        ("playbill.event.iptv.sync_started", codec.message_id(message), codec.encode(message)) for message in messages[3:]
    ]


async def test_a_redelivered_dead_letter_is_stored_once(path: Path) -> None:
    dead = dead_letter(
        sync_id=FIRST, source_id="iptv", step="movies", attempt=2**62, page=0, slice=3, slices_total=9, series_id="7"
    )
    async with opened(path) as store:
        async with store.transaction() as tx:
            first = await tx.add_dead_letter(dead)
            again = await tx.add_dead_letter(msgspec.structs.replace(dead, deliveries=5))
            other = await tx.add_dead_letter(msgspec.structs.replace(dead, reason="unknown_version: v9", parked=True))
        async with Reader.open(path) as reader:
            listed = await reader.dead_letters()
            whole = await reader.dead_letter(first)
            unknown = await reader.dead_letter(99)

    assert first == again != other
    assert [(stored.id, stored.dead.body, stored.body_bytes) for stored in listed] == [(other, b"", 5), (first, b"", 5)]
    assert whole is not None
    assert whole.dead == dead
    assert unknown is None


async def test_of_too_many_dead_letters_the_oldest_goes_and_a_parked_one_stays(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "DEAD_LETTERS_MAX", 3)
    async with opened(path) as store, store.transaction() as tx:
        await tx.add_dead_letter(dead_letter("parked", parked=True))
        for number in range(5):
            await tx.add_dead_letter(dead_letter(f"m-{number}"))

    assert asked(path, "SELECT message_id FROM dead_letters ORDER BY id") == [("parked",), ("m-3",), ("m-4",)]


async def test_dead_letters_are_read_whole_by_their_ids_and_dropped(path: Path) -> None:
    letters = [dead_letter(f"m-{number}") for number in range(1_200)]
    async with opened(path) as store, store.transaction() as tx:
        ids = [await tx.add_dead_letter(letter) for letter in letters]
        assert await tx.dead_letters_of([ids[1], 9_999, ids[0], ids[1]]) == [(ids[0], letters[0]), (ids[1], letters[1])]
        assert await tx.dead_letters_of([]) == []
        assert await tx.drop_dead_letters([ids[0], 9_999, ids[0]]) == 1
        assert await tx.drop_dead_letters([ids[0]]) == 0
        assert await tx.drop_dead_letters(ids) == 1_199

    assert asked(path, "SELECT count(*) FROM dead_letters") == [(0,)]


async def test_a_listing_that_is_no_longer_taken_for_complete_keeps_when_it_was(path: Path) -> None:
    listing = Listing(source_id="iptv", step="movies", complete_sync_id=FIRST, last_synced_at=NOW, marked_at=NOW, change_mark="1")
    async with opened(path) as store, store.transaction() as tx:
        await tx.put_listing(listing)
        await tx.put_listing(msgspec.structs.replace(listing, step="series"))
        await tx.drop_complete("iptv", "movies")
        assert await tx.listing("iptv", "movies") == Listing(source_id="iptv", step="movies", last_synced_at=NOW)
        assert await tx.listing("iptv", "series") == msgspec.structs.replace(listing, step="series")


async def test_a_status_shows_the_last_sync_with_its_steps(path: Path) -> None:
    async with opened(path) as store:
        async with store.transaction() as tx:
            await tx.put_sources([source()])
            await tx.put_sync(sync(FIRST, status=SyncStatus.COMPLETED, ended_at=NOW))
            await tx.put_sync(sync(SECOND, started_at=LATER))
            await tx.put_steps([step(sync_id=FIRST), step(sync_id=SECOND, counts=Counts(new=5, rejected=2))])
        async with Reader.open(path) as reader:
            status = (await reader.sources_status())[0]
            syncs = await reader.syncs("iptv")
            first_steps = await reader.steps(FIRST)

    assert status.last_sync == sync(SECOND, started_at=LATER)
    assert status.steps == [step(sync_id=SECOND, counts=Counts(new=5, rejected=2))]
    assert status.rejects == 2
    assert [row.sync_id for row in syncs] == [SECOND, FIRST]
    assert first_steps == [step(sync_id=FIRST)]


def _started(number: int) -> SyncStarted:
    row = sync(f"{number:016x}")
    return SyncStarted(
        sync_id=row.sync_id, source_id="iptv", request_id=row.request_id, parts=list(row.parts), mode=row.mode, at=NOW
    )
