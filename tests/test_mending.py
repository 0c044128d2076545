"""Dead letters, replayed or dropped: what a running sync still waits for, what an ended one asks for anew, what is parked."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from actors.store import Store
from actors.writer.committing import Batch
from actors.writer.config import WriterSource
from actors.writer.mending import mend
from contracts import codec, subjects
from contracts.catalog import Mode, Part, SourceKind, StepStatus, SyncStatus
from contracts.messages import DeadLetter, FetchPage, MendDeadLetters, RawSlice, SliceParsed, SyncRequest
from tests.store_room import NOW, asked, dead_letter, movie, opened
from tests.writer_room import SOURCES, answered, ask, begun, checked, commands, commit, place, row_of, steps_of, taken

AT_NS = 7


def rows(*movies: Any) -> msgspec.Raw:
    return msgspec.Raw(msgspec.msgpack.encode(list(movies)))


async def running(store: Store) -> tuple[str, FetchPage]:
    """A sync of films that waits for their listing."""
    await begun(store)
    sync_id = await ask(store, steps=["movies"])
    await commit(store, checked(commands(await taken(store))[0]))
    return sync_id, commands(await taken(store))[0]


def second_slice(command: FetchPage) -> RawSlice:
    fields = {**place(command), "slice": 1, "slices_total": 2, "digest": b"e" * 16, "source_kind": SourceKind.XTREAM}
    return RawSlice(**fields, body=b'[{"stream_id": 2, "name": "Two"}]')


async def buried(store: Store, raw: RawSlice, **fields: Any) -> int:
    """The slice as the parser gave it up; the id of its letter."""
    where = {name: getattr(raw, name) for name in ("sync_id", "source_id", "step", "attempt", "page", "slice", "slices_total")}
    letter = DeadLetter(
        actor="parser",
        reason="bug: it was",
        subject=subjects.subject_of(raw),
        message_id=codec.message_id(raw),
        body=codec.encode(raw),
        at=NOW,
        **where,
        **fields,
    )
    async with store.transaction() as tx:
        letter_id = await tx.add_dead_letter(letter)
        await Batch(tx, SOURCES, NOW).bury(letter)
    return letter_id


async def mended(
    store: Store, action: Any, *ids: int, sources: dict[str, WriterSource] = SOURCES
) -> list[tuple[str, str, bytes]]:
    """(subject, message id, body) of what it leaves in the outbox, past what was there."""
    await taken(store)
    async with store.transaction() as tx:
        await mend(tx, sources, MendDeadLetters(action=action, ids=list(ids)), AT_NS, NOW)
    async with store.transaction() as tx:
        left = await tx.outbox(1_000)
        await tx.outbox_sent([row.outbox_id for row in left])
    return [(row.subject, row.message_id, row.body) for row in left]


def letters(path: Path) -> int:
    return int(asked(path, "SELECT count(*) FROM dead_letters")[0][0])


async def test_a_dead_slice_of_a_running_step_is_said_again_and_the_step_ends_whole(tmp_path: Path) -> None:
    async with opened(tmp_path / "store.db") as store:
        sync_id, command = await running(store)
        raw = second_slice(command)
        letter = await buried(store, raw)
        ((subject, message_id, body),) = await mended(store, "replay", letter)
        assert (subject, body) == (subjects.subject_of(raw), codec.encode(raw))
        assert message_id != codec.message_id(raw)  # The bus remembers the ids that it has seen.
        step = (await steps_of(store, sync_id))["movies"]
        assert (step.slices_done, step.slices_dead) == (0, 0)

        await commit(
            store,
            answered(command, slices_total=None, items=rows(movie("1"))),
            answered(command, slice=1, slices_total=2, items=rows(movie("2"))),
        )
        step = (await steps_of(store, sync_id))["movies"]
        assert (step.status, step.counts.new, step.slices_done) == (StepStatus.COMPLETED, 2, 2)
        assert (await row_of(store, sync_id)).status is SyncStatus.COMPLETED
    assert letters(tmp_path / "store.db") == 0


async def test_a_dead_slice_whose_replay_dies_too_leaves_its_step_partial(tmp_path: Path) -> None:
    async with opened(tmp_path / "store.db") as store:
        sync_id, command = await running(store)
        raw = second_slice(command)
        await mended(store, "replay", await buried(store, raw))
        await buried(store, raw)
        await commit(store, answered(command, slices_total=None, items=rows(movie("1"))))
        step = (await steps_of(store, sync_id))["movies"]
        assert (step.status, step.slices_dead) == (StepStatus.PARTIAL, 1)


async def test_a_step_that_lacks_a_dead_slice_says_so_to_whoever_follows_it(tmp_path: Path) -> None:
    async with opened(tmp_path / "store.db") as store:
        sync_id, command = await running(store)
        await buried(store, second_slice(command))
        await commit(store, answered(command, slices_total=None, items=rows(movie("1"))))
        step = (await steps_of(store, sync_id))["movies"]
        sync = await row_of(store, sync_id)

        assert (step.error_code, step.error_text) == (
            "dead_letters",
            "1 of 2 slices could not be handled; `playbill dead` shows why",
        )
        assert (sync.status, sync.error_code) == (SyncStatus.PARTIAL, "dead_letters")


async def test_a_dead_slice_of_an_ended_sync_asks_for_its_step_anew(tmp_path: Path) -> None:
    async with opened(tmp_path / "store.db") as store:
        sync_id, command = await running(store)
        letter = await buried(store, second_slice(command))
        await commit(store, answered(command, slices_total=None, items=rows(movie("1"))))
        assert (await row_of(store, sync_id)).status is SyncStatus.PARTIAL
        ((subject, _, body),) = await mended(store, "replay", letter)
        request = codec.decode_public(body, SyncRequest)
        assert subject == subjects.request("iptv")
        assert (request.steps, request.mode) == (["movies"], Mode.FULL)
        again = await ask(store, request.request_id or "", steps=request.steps, mode=request.mode)
        assert (await row_of(store, again)).parts == (Part.CATALOGUE,)
    assert letters(tmp_path / "store.db") == 0


async def test_several_letters_of_one_source_are_one_sync(tmp_path: Path) -> None:
    async with opened(tmp_path / "store.db") as store:
        ids = []
        async with store.transaction() as tx:
            for number, step in enumerate(("movies", "series", "movies")):
                fields = {"sync_id": "f" * 16, "source_id": "iptv", "step": step, "slice": number}
                ids.append(await tx.add_dead_letter(dead_letter(f"m-{number}", **fields)))
        ((_, _, body),) = await mended(store, "replay", *ids)
        assert codec.decode_public(body, SyncRequest).steps == ["movies", "series"]


async def test_a_parked_letter_is_said_again_as_it_was(tmp_path: Path) -> None:
    async with opened(tmp_path / "store.db") as store:
        async with store.transaction() as tx:
            letter = await tx.add_dead_letter(dead_letter(parked=True))
        assert await mended(store, "replay", letter) == [
            ("playbill.work.parse.iptv", f"m-1:replay:{letter}:{AT_NS}", dead_letter().body)
        ]
        assert await mended(store, "replay", letter) == []  # Twice is the same as once.


@pytest.mark.parametrize(("action", "sources"), [("drop", SOURCES), ("replay", {})])
async def test_what_is_dropped_or_of_a_source_that_is_no_more_says_nothing(
    action: str, sources: dict[str, WriterSource], tmp_path: Path
) -> None:
    async with opened(tmp_path / "store.db") as store:
        async with store.transaction() as tx:
            letter = await tx.add_dead_letter(dead_letter(sync_id="f" * 16, source_id="iptv", step="movies", slice=0))
        assert await mended(store, action, letter, 999, sources=sources) == []
    assert letters(tmp_path / "store.db") == 0


async def test_a_letter_of_a_step_that_has_ended_changes_nothing_that_was_counted(tmp_path: Path) -> None:
    async with opened(tmp_path / "store.db") as store:
        await begun(store)
        sync_id = await ask(store, steps=["movies", "series"])
        await commit(store, checked(commands(await taken(store))[0]))
        movies, _ = commands(await taken(store))
        letter = await buried(store, second_slice(movies))
        await commit(store, answered(movies, slices_total=None, items=rows(movie("1"))))
        before = (await steps_of(store, sync_id))["movies"]
        await mended(store, "replay", letter)
        late = answered(movies, slice=1, slices_total=2, items=rows(movie("2")))
        assert isinstance(late, SliceParsed)
        await commit(store, late)
        assert (await steps_of(store, sync_id))["movies"] == before
