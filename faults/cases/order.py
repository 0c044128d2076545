"""Group B: messages come twice, late, from another time, and in another order."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

import msgspec
from nats.errors import Error as NatsError

from actors.demo import Hold
from actors.demo.catalogue import MOVIES
from contracts import codec, subjects
from contracts.errors import BadMessage
from contracts.messages import SliceParsed
from faults.case import Case
from faults.checker import all_is_well, settled
from faults.processes import Kept, until
from faults.rig import Rig, spread, up
from faults.tap import WORK, Passed, Tap, tapped
from faults.trial import Trial, expect
from faults.watching import watched
from faults.world import catalogue, provider

_FEW: Final = 1_000
_FILMS: Final = 2_000
_MIDDLE_BYTES: Final = 1_300_000
"""Of 2.4 million. Two slices are cut by then, and the first is on its way: each waits until it is known not to be the last."""
_COPIES_MAX: Final = 4
"""Besides the message itself."""
_SHUFFLED_AT_ONCE: Final = 8
_WINDOW_S: Final = 1
_AGAIN_S: Final = 0.2
_SLICES: Final = ("playbill.work.parse.", "playbill.work.write.")
"""A command that is said again has its listing asked for again, and what it brings takes the place of all before: so not it."""
_ENDED: Final = "playbill.event.iptv.sync_ended"
_ADDED: Final = "playbill.event.iptv.items_added"


async def b1(trial: Trial) -> None:
    with provider(_FEW) as server:
        async with up(trial, {"iptv": server}) as rig, watched(rig), tapped(rig) as tap:
            await tap.listen()
            async with _repeated(trial, tap, _SLICES):
                first = await rig.sync()
            await all_is_well(rig, first.sync_id)
            server.catalogue = catalogue(_FEW, edition=" anew")
            async with _repeated(trial, tap, WORK.removesuffix(">")):
                second = await rig.sync()
            await all_is_well(rig, second.sync_id)
            await _check_events(rig, tap)


@asynccontextmanager
async def _repeated(trial: Trial, tap: Tap, subjects_begin: str | tuple[str, ...]) -> AsyncIterator[None]:
    """All that is heard of some subjects is said again one to four times, shuffled with its neighbours, before this ends."""
    is_over = asyncio.Event()
    repeating = asyncio.create_task(_repeat(trial, tap, subjects_begin, is_over))
    try:
        yield
    finally:
        is_over.set()
        await repeating


async def _repeat(trial: Trial, tap: Tap, subjects_begin: str | tuple[str, ...], is_over: asyncio.Event) -> None:
    said = len(tap.heard)
    while said < len(tap.heard) or not is_over.is_set():
        some = tap.heard[said : said + _SHUFFLED_AT_ONCE]
        said += len(some)
        repeated = [each for each in some if each.subject.startswith(subjects_begin)]
        copies = [each for each in repeated for _ in range(trial.random.randint(1, _COPIES_MAX))]
        trial.random.shuffle(copies)
        for each in copies:
            await _said(tap, each)
            trial.inject("a message is said again, out of order")
        await asyncio.sleep(0.01)


async def _said(tap: Tap, message: Passed) -> None:
    """Until its stream has room for it."""
    while True:
        with contextlib.suppress(NatsError):
            await tap.say(message.subject, message.body)
            return
        await asyncio.sleep(_AGAIN_S)


async def _check_events(rig: Rig, tap: Tap) -> None:
    """I4: of each sync, its end was told once, and what it added at most once."""
    told = [message.subject for message in await tap.held(subjects.STREAM_EVENTS)]
    syncs = rig.rows("SELECT count(*) FROM syncs WHERE source_id = 'iptv'")[0][0]
    rig.trial.tally.doubled += max(0, told.count(_ENDED) - syncs)
    expect(told.count(_ENDED) == syncs, f"I4: {syncs} syncs, {told.count(_ENDED)} were told to have ended")
    expect(told.count(_ADDED) <= syncs, f"I4: items were told to be added {told.count(_ADDED)} times in {syncs} syncs")


async def b2(trial: Trial) -> None:
    hold = Hold(_MIDDLE_BYTES)
    with provider(_FILMS) as server:
        async with up(trial, {"iptv": server}) as rig, watched(rig), tapped(rig) as tap:
            for stream in (subjects.STREAM_FETCH, subjects.STREAM_PARSE, subjects.STREAM_WRITE):
                config = (await tap.streams.stream_info(stream)).config
                config.duplicate_window = _WINDOW_S
                await tap.streams.update_stream(config)
            await tap.listen()
            server.set(MOVIES, hold=hold)
            sync_id = await rig.ask()
            await until(lambda: _slices(rig, sync_id) > 0, "the first films are stored")
            await _say_after_the_window(trial, tap, _SLICES)
            hold.release()
            await rig.ended(sync_id)
            await _say_after_the_window(trial, tap, WORK.removesuffix(">"))
            await all_is_well(rig, sync_id)
            await _check_events(rig, tap)


async def _say_after_the_window(trial: Trial, tap: Tap, subjects_begin: str | tuple[str, ...]) -> None:
    """All that was heard of some subjects, once more under its own id, and again until the stream no longer knows the id."""
    for message in [each for each in tap.heard if each.subject.startswith(subjects_begin)]:
        while True:
            with contextlib.suppress(NatsError):
                if not (await tap.say(message.subject, message.body, message.message_id)).duplicate:
                    break
            await asyncio.sleep(_AGAIN_S)
        trial.inject("a message is said again after the duplicate window")


async def b3(trial: Trial) -> None:
    hold, cancelled_hold = Hold(_MIDDLE_BYTES), Hold(_MIDDLE_BYTES)
    with provider(_FILMS) as server:
        async with up(trial, {"iptv": server}) as rig, watched(rig), tapped(rig) as tap:
            await tap.listen()
            first = (await rig.sync()).sync_id
            server.catalogue = catalogue(_FILMS, edition=" of the second")
            server.set(MOVIES, hold=cancelled_hold)
            second = await rig.ask()
            await until(lambda: _slices(rig, second) > 0, "the films of the second sync are on their way")
            await rig.client.cancel(("sync", second))
            expect((await rig.ended(second)).status == "cancelled", "I7: the second sync is not cancelled")
            await settled(rig)
            old, before = tuple(tap.heard), _told_of(rig, first, second)
            server.catalogue = catalogue(_FILMS, edition=" of the third")
            server.set(MOVIES, hold=hold)
            third = await rig.ask()
            await until(hold.reached.is_set, "the films of the third sync are on their way")
            for message in (*old, *_forged(old)):
                await _said(tap, message)
                trial.inject("a message of a sync that is over")
            hold.release()
            cancelled_hold.release()
            await rig.ended(third)
            await all_is_well(rig, third)
            expect(_told_of(rig, first, second) == before, "I4/I7: a sync that was over has changed")
            old_titles = rig.rows("SELECT count(*) FROM items WHERE title NOT LIKE '% of the third'")
            trial.tally.doubled += old_titles[0][0]
            expect(old_titles == [(0,)], f"I7: {old_titles[0][0]} rows have the title that they had in a sync before")


def _told_of(rig: Rig, *sync_ids: str) -> list[list[tuple[object, ...]]]:
    tables = ("syncs", "steps")
    return [sorted(rig.rows(f"SELECT * FROM {table} WHERE sync_id = ?", each), key=repr) for table in tables for each in sync_ids]


def _forged(messages: Sequence[Passed]) -> list[Passed]:
    """The rows among them once more, as of an attempt that nobody has heard of: only the end of their sync keeps them out."""
    found = []
    for message in messages:
        with contextlib.suppress(BadMessage):
            rows = codec.decode_work(message.body, SliceParsed)
            later = msgspec.structs.replace(rows, attempt=rows.attempt + 1)
            found.append(Passed(subject=message.subject, message_id="", body=codec.encode(later)))
    return found


async def b4(trial: Trial) -> None:
    hold = Hold()
    with provider() as server:
        async with spread(trial, {"iptv": server}) as rig, watched(rig), tapped(rig) as tap:
            await rig.sync()
            server.catalogue = catalogue(edition=" anew", skip=frozenset(range(5)))
            server.set(MOVIES, hold=hold)
            sync_id = await rig.ask()
            await until(hold.reached.is_set, "the films are asked for")
            slices, others = await _without_writer(rig, tap, hold)
            trial.inject("the end of a listing overtakes its slices", len(slices) - 1)
            for message in others:
                await _said(tap, message)
            await _said(tap, slices[-1])
            await until(lambda: _slices(rig, sync_id) == 1, "the last slice is committed")
            _check_nothing_is_concluded(rig, sync_id)
            for message in reversed(slices[:-1]):
                await _said(tap, message)
            await rig.ended(sync_id)
            await all_is_well(rig, sync_id)
            expect(_hidden(rig) == 5, f"I5: five films are gone, and {_hidden(rig)} are hidden")


async def _without_writer(rig: Rig, tap: Tap, hold: Hold) -> tuple[list[Passed], list[Passed]]:
    """What the writer would get, taken away before it is there: the slices of the films in their order, and the others."""
    assert isinstance(rig.processes, Kept)
    rig.processes.down.add("writer")
    rig.kill("writer")
    await until(lambda: rig.processes.pid("writer") is None, "the writer is down")
    hold.release()
    held = await tap.held(subjects.STREAM_WRITE)
    while not any(_is_last(message) for message in held):
        held = await tap.held(subjects.STREAM_WRITE)
    await tap.streams.purge_stream(subjects.STREAM_WRITE)
    rig.processes.down.discard("writer")
    slices = [message for message in held if _films(message) is not None]
    return slices, [message for message in held if _films(message) is None]


def _films(message: Passed) -> SliceParsed | None:
    with contextlib.suppress(BadMessage):
        rows = codec.decode_work(message.body, SliceParsed)
        return rows if rows.step == "movies" else None
    return None


def _is_last(message: Passed) -> bool:
    rows = _films(message)
    return rows is not None and rows.slices_total is not None


def _slices(rig: Rig, sync_id: str) -> int:
    return int(rig.rows("SELECT count(*) FROM ledger WHERE sync_id = ? AND step = 'movies'", sync_id)[0][0])


def _hidden(rig: Rig) -> int:
    return int(rig.rows("SELECT count(*) FROM items WHERE kind = 'movie' AND missing_since IS NOT NULL")[0][0])


def _check_nothing_is_concluded(rig: Rig, sync_id: str) -> None:
    """The end was heard, and what it ends is not there: the step runs on, and nothing is taken for gone."""
    status = rig.rows("SELECT status FROM steps WHERE sync_id = ? AND step = 'movies'", sync_id)
    rig.trial.tally.falsely_deleted += _hidden(rig)
    expect(status == [("running",)], f"I2: the step is {status} after its last slice alone")
    expect(_hidden(rig) == 0, f"I5: {_hidden(rig)} films are hidden after the last slice alone")


CASES: Final = (
    Case(
        case_id="B1",
        fault="every message is delivered two to five times, shuffled",
        invariants="I4",
        seen="nothing",
        run=b1,
    ),
    Case(
        case_id="B2",
        fault="every message is said again after the duplicate window",
        invariants="I4",
        seen="nothing",
        run=b2,
        starred=True,
    ),
    Case(
        case_id="B3",
        fault="messages of an ended and of a cancelled sync arrive in a new one",
        invariants="I4 I7",
        seen="nothing",
        run=b3,
    ),
    Case(
        case_id="B4",
        fault="the end of a listing overtakes its slices, which come in reverse",
        invariants="I2 I5",
        seen="the step runs on until all of it is there",
        run=b4,
    ),
)
