"""Admission on a real store: what is admitted, what is refused, and what is asked for in which order."""

from pathlib import Path

import msgspec

from actors.cancels import Cancels
from actors.store import Store
from actors.writer.admission import refuse_unread
from contracts import codec
from contracts.catalog import ItemKind, StepStatus, SyncStatus
from contracts.messages import FetchPage, RequestRefused, StepEnded, SyncClosed, SyncEnded, SyncPlanned, SyncStarted
from tests.store_room import NOW, category, opened
from tests.writer_room import IPTV, STAMP_NS, answered, ask, begun, checked, commands, commit, failed, row_of, steps_of, taken

ALL_STEPS = ["account", "channel_categories", "channels", "movie_categories", "movies", "series_categories", "series"]


async def refusals(store: Store) -> list[RequestRefused]:
    return [message for message in await taken(store) if isinstance(message, RequestRefused)]


async def test_a_sync_is_written_with_its_steps_its_plan_and_its_first_command(tmp_path: Path) -> None:
    async with opened(tmp_path / "store.db") as store:
        await begun(store)
        sync_id = await ask(store, steps=["movies"])
        said = await taken(store)
        steps = await steps_of(store, sync_id)

        assert [type(message) for message in said] == [SyncPlanned, SyncStarted, FetchPage]
        assert [(command.step, command.issue) for command in commands(said)] == [("account", 1)]
        assert {name: (row.issue, row.status) for name, row in steps.items()} == {
            "account": (1, StepStatus.PENDING),
            "movies": (0, StepStatus.PENDING),
        }
        assert (await row_of(store, sync_id)).requested_ns == STAMP_NS


async def test_the_same_request_twice_is_one_sync_and_says_nothing_twice(tmp_path: Path) -> None:
    async with opened(tmp_path / "store.db") as store:
        await begun(store)
        await ask(store)
        await taken(store)
        await ask(store)

        assert await taken(store) == []


async def test_the_same_request_after_its_sync_ended_starts_nothing(tmp_path: Path) -> None:
    async with opened(tmp_path / "store.db") as store:
        await begun(store)
        sync_id = await ask(store)
        await commit(store, failed(commands(await taken(store))[0], "account_rejected"))
        await taken(store)
        await ask(store)

        assert (await row_of(store, sync_id)).status is SyncStatus.FAILED
        assert await taken(store) == []


async def test_a_source_that_runs_already_is_refused_with_the_running_sync(tmp_path: Path) -> None:
    async with opened(tmp_path / "store.db") as store:
        await begun(store)
        running = await ask(store, "first")
        await taken(store)
        await ask(store, "second")

        (refusal,) = await refusals(store)
        assert (refusal.code, refusal.running_sync_id, refusal.request_id) == ("already_running", running, "second")


async def test_a_source_that_is_not_configured_is_refused_whatever_its_name(tmp_path: Path) -> None:
    async with opened(tmp_path / "store.db") as store:
        await begun(store)
        for name in ("other", "IPTV", "ü" * 200):
            await ask(store, source_id=name)

        assert [(refusal.source_id, refusal.code) for refusal in await refusals(store)] == [
            ("other", "unknown_source"),
            ("IPTV", "unknown_source"),
            ("ü" * 200, "unknown_source"),
        ]


async def test_a_step_that_does_not_exist_is_refused_even_with_a_name_of_a_megabyte(tmp_path: Path) -> None:
    async with opened(tmp_path / "store.db") as store:
        await begun(store)
        await ask(store, steps=["x" * 1_000_000])

        (refusal,) = await refusals(store)
        assert refusal.code == "bad_request"
        assert "is none of account" in refusal.text


async def test_what_is_no_request_is_refused_in_the_same_words_each_time(tmp_path: Path) -> None:
    async with opened(tmp_path / "store.db") as store:
        await begun(store)
        for _ in range(2):
            async with store.transaction() as tx:
                await refuse_unread(tx, "iptv", STAMP_NS, "untagged: Invalid enum value 'sideways'")

        first, second = await refusals(store)
        assert (first.code, first.request_id) == ("bad_request", f"stamped-{STAMP_NS}")
        assert codec.message_id(first) == codec.message_id(second)


async def test_a_sync_that_was_cancelled_before_it_was_admitted_ends_at_once_and_asks_for_nothing(tmp_path: Path) -> None:
    async with opened(tmp_path / "store.db") as store:
        await begun(store)
        cancels = Cancels()
        cancels.hear("sync", codec.sync_id_of("iptv", "mine"), 1)
        sync_id = await ask(store, cancels=cancels)
        said = await taken(store)

        assert (await row_of(store, sync_id)).status is SyncStatus.CANCELLED
        assert {row.status for row in (await steps_of(store, sync_id)).values()} == {StepStatus.CANCELLED}
        assert commands(said) == []
        assert [message.status for message in said if isinstance(message, SyncClosed | SyncEnded)] == [SyncStatus.CANCELLED] * 2


async def test_a_cancel_of_the_source_hits_what_was_asked_for_no_later(tmp_path: Path) -> None:
    async with opened(tmp_path / "store.db") as store:
        await begun(store)
        cancels = Cancels()
        cancels.hear("source", "iptv", STAMP_NS)
        hit = await ask(store, "earlier", cancels=cancels, stamped_ns=STAMP_NS)
        spared = await ask(store, "later", cancels=cancels, stamped_ns=STAMP_NS + 1)

        assert (await row_of(store, hit)).status is SyncStatus.CANCELLED
        assert (await row_of(store, spared)).status is SyncStatus.PENDING


async def test_a_refused_account_skips_every_listing_and_fails_the_sync(tmp_path: Path) -> None:
    async with opened(tmp_path / "store.db") as store:
        await begun(store)
        sync_id = await ask(store)
        await commit(store, failed(commands(await taken(store))[0], "account_expired"))
        ended = {message.step: message.status for message in await taken(store) if isinstance(message, StepEnded)}

        assert ended == {"account": StepStatus.FAILED, **dict.fromkeys([*ALL_STEPS[1:], "home"], StepStatus.SKIPPED)}
        assert (await row_of(store, sync_id)).status is SyncStatus.FAILED


async def test_a_sync_of_the_account_check_alone_fails_when_the_check_does(tmp_path: Path) -> None:
    async with opened(tmp_path / "store.db") as store:
        await begun(store)
        sync_id = await ask(store, steps=["account"])
        await commit(store, failed(commands(await taken(store))[0], "account_rejected"))

        assert (await row_of(store, sync_id)).status is SyncStatus.FAILED


async def test_without_a_filter_all_listings_are_asked_for_at_once(tmp_path: Path) -> None:
    async with opened(tmp_path / "store.db") as store:
        await begun(store)
        await ask(store)
        await commit(store, checked(commands(await taken(store))[0]))

        asked = commands(await taken(store))
        assert [command.step for command in asked] == ALL_STEPS[1:]
        assert {tuple(command.denied_category_ids) for command in asked} == {()}


async def test_with_a_filter_items_wait_for_their_categories_and_are_asked_for_with_the_ids_left_out(tmp_path: Path) -> None:
    filtered = msgspec.structs.replace(IPTV, include_categories=("UK *", "7"), exclude_categories=("* adults",))
    listed = [category("5", "UK News"), category("6", "DE Sport"), category("7", "Anime"), category("8", "UK Adults")]
    async with opened(tmp_path / "store.db") as store:
        await begun(store)
        await ask(store, steps=["movie_categories", "movies"], configured=filtered)
        (account,) = commands(await taken(store))
        await commit(store, checked(account), configured=filtered)
        (categories,) = commands(await taken(store))
        await commit(store, answered(categories, categories=msgspec.Raw(msgspec.msgpack.encode(listed))), configured=filtered)
        (movies,) = commands(await taken(store))

        assert (account.step, categories.step, movies.step) == ("account", "movie_categories", "movies")
        assert categories.denied_category_ids == []
        assert movies.denied_category_ids == ["6", "8"]
        assert movies.digest_salt != categories.digest_salt


async def test_with_a_filter_items_are_asked_for_although_their_categories_failed(tmp_path: Path) -> None:
    filtered = msgspec.structs.replace(IPTV, exclude_categories=("6",))
    async with opened(tmp_path / "store.db") as store:
        await begun(store)
        async with store.transaction() as tx:
            known = [category("5", "Crime"), category("6", "Westerns"), category("6", "Live", ItemKind.CHANNEL)]
            await tx.put_categories("iptv", [known])
        await ask(store, steps=["movie_categories", "movies"], configured=filtered)
        await commit(store, checked(commands(await taken(store))[0]), configured=filtered)
        await commit(store, failed(commands(await taken(store))[0]), configured=filtered)

        (movies,) = commands(await taken(store))
        assert (movies.step, movies.denied_category_ids) == ("movies", ["6"])


async def test_a_request_that_waited_long_keeps_the_time_at_which_the_bus_took_it(tmp_path: Path) -> None:
    async with opened(tmp_path / "store.db") as store:
        await begun(store)
        row = await row_of(store, await ask(store))

        assert row.requested_at.timestamp() == STAMP_NS / 1e9
        assert row.started_at == NOW
