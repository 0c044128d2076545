"""What the ledger shows unfinished is asked for again when it is lost, ended when it is hopeless, and left alone in flight."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from actors.cancels import Cancels
from actors.store import Store
from actors.writer.ageing import Ages
from actors.writer.reconciling import ask_again, cancel_hit, end_hopeless, look
from contracts import limits
from contracts.catalog import Part, StepStatus, SyncStatus
from contracts.messages import FetchPage, SyncEnded
from tests.store_room import NOW, movie, opened
from tests.writer_room import IPTV, SOURCES, STAMP_NS, answered, ask, begun, checked, commands, commit, row_of, steps_of, taken


async def asked_again(store: Store, now: datetime = NOW) -> list[FetchPage]:
    async with store.transaction() as tx:
        await ask_again(tx, IPTV, Part.CATALOGUE, now)
    return commands(await taken(store))


async def running(store: Store, *steps: str) -> tuple[str, list[FetchPage]]:
    """A sync whose account is checked, and the commands that are out."""
    await begun(store)
    sync_id = await ask(store, steps=list(steps))
    await commit(store, checked(commands(await taken(store))[0]))
    return sync_id, commands(await taken(store))


def rows(*movies: Any) -> msgspec.Raw:
    return msgspec.Raw(msgspec.msgpack.encode(list(movies)))


async def test_every_step_that_was_asked_for_and_not_answered_is_asked_for_again(tmp_path: Path) -> None:
    async with opened(tmp_path / "store.db") as store:
        _, (movies, series) = await running(store, "movies", "series")
        await commit(store, answered(movies, items=rows(movie("1"))))
        await taken(store)

        again = await asked_again(store)
        assert [(command.step, command.issue) for command in again] == [("series", series.issue + 1)]


async def test_an_answer_to_the_first_asking_that_comes_late_is_taken_until_the_second_answers(tmp_path: Path) -> None:
    async with opened(tmp_path / "store.db") as store:
        sync_id, (first,) = await running(store, "movies")
        (second,) = await asked_again(store)
        await commit(store, answered(second, items=rows(movie("1", "New"))), answered(first, items=rows(movie("1", "Old"))))

        assert (await row_of(store, sync_id)).status is SyncStatus.COMPLETED
        assert (await steps_of(store, sync_id))["movies"].counts.synced == 1


async def test_a_step_that_is_lost_each_time_ends_with_a_reason_and_so_does_its_sync(tmp_path: Path) -> None:
    async with opened(tmp_path / "store.db") as store:
        sync_id, (movies, series) = await running(store, "movies", "series")
        await commit(store, answered(movies, items=rows(movie("1"))))
        rounds = 0
        while not (await row_of(store, sync_id)).status.is_final:
            rounds += 1
            assert rounds <= limits.REISSUES_MAX + 1
            await asked_again(store)
        steps = await steps_of(store, sync_id)

        assert rounds == limits.REISSUES_MAX + 1
        assert series.issue == 1
        assert (steps["series"].status, steps["series"].error_code) == (StepStatus.FAILED, "lost")
        assert (await row_of(store, sync_id)).status is SyncStatus.PARTIAL


async def test_a_lost_account_check_asks_for_nothing_behind_it(tmp_path: Path) -> None:
    async with opened(tmp_path / "store.db") as store:
        await begun(store)
        sync_id = await ask(store, steps=["movies"])
        await taken(store)
        again = [command for _ in range(limits.REISSUES_MAX + 1) for command in await asked_again(store)]

        assert {command.step for command in again} == {"account"}
        assert (await row_of(store, sync_id)).status is SyncStatus.FAILED
        assert {name: row.status for name, row in (await steps_of(store, sync_id)).items()} == {
            "account": StepStatus.FAILED,
            "movies": StepStatus.SKIPPED,
        }


async def test_a_look_shows_nothing_while_something_waits_in_the_outbox(tmp_path: Path) -> None:
    async with opened(tmp_path / "store.db") as store:
        await begun(store)
        await ask(store)
        async with store.transaction() as tx:
            assert await look(tx, "iptv", Part.CATALOGUE) is None
        await taken(store)
        async with store.transaction() as tx:
            assert await look(tx, "iptv", Part.CATALOGUE) is not None
            assert await look(tx, "other", Part.CATALOGUE) is None


async def test_whatever_is_committed_makes_the_look_another_one(tmp_path: Path) -> None:
    async with opened(tmp_path / "store.db") as store:
        _, (movies, series) = await running(store, "movies", "series")
        looks = []
        for message in (
            answered(movies, slices_total=None, items=rows(movie("1"))),
            answered(movies, slice=1, slices_total=2, items=rows(movie("2"))),
            answered(series, slices_total=2),
        ):
            async with store.transaction() as tx:
                looks.append(await look(tx, "iptv", Part.CATALOGUE))
            await commit(store, message)
            await taken(store)
        async with store.transaction() as tx:
            looks.append(await look(tx, "iptv", Part.CATALOGUE))

        assert None not in looks
        assert all(one != other for number, one in enumerate(looks) for other in looks[number + 1 :])


async def test_what_has_no_effect_leaves_the_look_as_it_was(tmp_path: Path) -> None:
    async with opened(tmp_path / "store.db") as store:
        _, (movies,) = await running(store, "movies")
        part = answered(movies, slices_total=None, items=rows(movie("1")))
        await commit(store, part)
        async with store.transaction() as tx:
            before = await look(tx, "iptv", Part.CATALOGUE)
        await commit(store, part)
        async with store.transaction() as tx:
            assert await look(tx, "iptv", Part.CATALOGUE) == before


async def test_a_sync_of_a_source_that_is_configured_no_more_ends_with_that_reason(tmp_path: Path) -> None:
    async with opened(tmp_path / "store.db") as store:
        sync_id, (movies,) = await running(store, "movies")
        async with store.transaction() as tx:
            await end_hopeless(tx, {}, NOW)
        (ended,) = [message for message in await taken(store) if isinstance(message, SyncEnded)]
        await commit(store, answered(movies, items=rows(movie("1"))))

        assert (ended.status, ended.errors[0].code) == (SyncStatus.FAILED, "source_removed")
        assert (await row_of(store, sync_id)).error_code == "source_removed"
        assert (await steps_of(store, sync_id))["movies"].counts.synced == 0
        assert await taken(store) == []


async def test_no_sync_stays_unfinished_for_ever(tmp_path: Path) -> None:
    async with opened(tmp_path / "store.db") as store:
        sync_id, _ = await running(store, "movies")
        for age_s, status in ((limits.SYNC_AGE_MAX_S, SyncStatus.SYNCING), (limits.SYNC_AGE_MAX_S + 1, SyncStatus.FAILED)):
            async with store.transaction() as tx:
                await end_hopeless(tx, SOURCES, NOW + timedelta(seconds=age_s))
            assert (await row_of(store, sync_id)).status is status


async def test_a_wall_clock_that_jumps_ages_no_sync_that_runs(tmp_path: Path) -> None:
    elapsed_s = 1_000.0
    ages = Ages(lambda: elapsed_s)
    async with opened(tmp_path / "store.db") as store:
        sync_id, _ = await running(store, "movies")
        for wall_s, passed_s, status in (
            (0, 0, SyncStatus.SYNCING),
            (10 * 86_400, 5, SyncStatus.SYNCING),
            (-3_600, limits.SYNC_AGE_MAX_S - 5, SyncStatus.SYNCING),
            (-3_600, 1, SyncStatus.FAILED),
        ):
            elapsed_s += passed_s
            async with store.transaction() as tx:
                await end_hopeless(tx, SOURCES, NOW + timedelta(seconds=wall_s), ages)
            assert (await row_of(store, sync_id)).status is status


async def test_a_sync_that_begins_after_the_first_look_is_new_whatever_the_wall_clock_says(tmp_path: Path) -> None:
    ages = Ages(lambda: 0.0)
    async with opened(tmp_path / "store.db") as store:
        async with store.transaction() as tx:
            await end_hopeless(tx, SOURCES, NOW, ages)
        sync_id, _ = await running(store, "movies")
        async with store.transaction() as tx:
            await end_hopeless(tx, SOURCES, NOW + timedelta(days=10), ages)
        assert (await row_of(store, sync_id)).status is SyncStatus.SYNCING


async def test_a_cancel_between_admission_and_the_outbox_ends_the_sync_and_what_was_asked_for_has_no_effect(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path / "store.db") as store:
        await begun(store)
        sync_id = await ask(store, steps=["movies"])
        cancels = Cancels()
        cancels.hear("source", "iptv", STAMP_NS)
        async with store.transaction() as tx:
            assert await cancel_hit(tx, cancels, NOW) == [sync_id]
            assert await cancel_hit(tx, cancels, NOW) == []
        said = await taken(store)
        await commit(store, checked(commands(said)[0]))

        assert (await row_of(store, sync_id)).status is SyncStatus.CANCELLED
        assert await taken(store) == []
        assert await asked_again(store) == []
