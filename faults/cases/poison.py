"""Group B: messages that nobody can handle, messages that are lost, and work that takes longer than anybody waits."""

import asyncio
import time
from collections.abc import Mapping
from typing import Final

import msgspec

from actors.demo import Hold
from actors.demo.catalogue import MOVIES
from actors.failpoints import Point
from contracts import limits, subjects
from faults.case import Case
from faults.checker import all_is_well, check_catalogue, check_dead_letters, settled
from faults.processes import Kept, until
from faults.rig import ROLES, Rig, spread, up
from faults.tap import Tap, tapped
from faults.trial import Trial, expect
from faults.watching import watched
from faults.world import catalogue, provider

_FILMS: Final = 300
"""All of them fit into one slice."""
_MIDDLE_BYTES: Final = 1_500_000
_NOBODY: Final = "0123456789abcdef"
_LOOK_S: Final = 0.25
_SLOW_S: Final = 1.3 * limits.ACK_WAIT_S


_TOLD_OF_POISON: Final = "1 of 1 slices could not be handled; `playbill dead` shows why"


def _packed(**fields: object) -> bytes:
    return msgspec.msgpack.encode(fields)


_NO_MESSAGES: Final = (
    b"",
    b"\x00",
    b"\xff",
    b"\xff" * 1_000,
    b"\xc1",
    b"{}",
    b"not a message",
    b"\x91" * 100_000,
    _packed(type=7),
)
_STRANGERS: Final = (_packed(type="fetch_pages.v1"), _packed(type="sync_request.v1"), _packed(source_id="iptv"))
_FROM_THE_FUTURE: Final = {
    "playbill.work.fetch.iptv.catalogue": _packed(type="fetch_page.v99", sync_id=_NOBODY),
    "playbill.work.parse.iptv.catalogue": _packed(type="raw_slice.v99", sync_id=_NOBODY),
    "playbill.work.write.iptv.catalogue": _packed(type="slice_parsed.v99", sync_id=_NOBODY),
    "playbill.dead.parser": _packed(type="dead_letter.v99"),
    "playbill.sync.request.iptv": b'{"type":"sync_request.v99"}',
    "playbill.dead_letters.mend": b'{"type":"mend_dead_letters.v99"}',
}
"""Of a version that this build does not know: parked."""
_NO_JSON: Final = (b"\xff", b"[", b"[]", b"7", b'{"type":7}', b'{"type":"sync_ended.v1"}', b"[" * 100_000)
_BURIED: Final[Mapping[str, tuple[bytes, ...]]] = {
    "playbill.work.fetch.iptv.catalogue": _NO_MESSAGES + _STRANGERS,
    "playbill.work.parse.iptv.catalogue": _NO_MESSAGES + _STRANGERS,
    "playbill.work.write.iptv.catalogue": _NO_MESSAGES + _STRANGERS,
    "playbill.dead.parser": _NO_MESSAGES + _STRANGERS,
    "playbill.sync.request.iptv": _NO_JSON,
    "playbill.dead_letters.mend": _NO_JSON,
}
"""What ends in the dead letters at once."""
_TOLD: Final[Mapping[str, tuple[bytes, ...]]] = {
    "playbill.fact.iptv": _NO_JSON,
    "playbill.sync.cancel.nonsense": _NO_JSON,
    "playbill.sync.cancel.sync.a.b": _NO_JSON,
}
"""What is told in the log: nothing is lost with it, since facts are repeated in the next, and such a cancel hits nobody."""


async def b5(trial: Trial) -> None:
    orders = f"{Point.PARSER_PUBLISHING}=bug[bad movies]*{limits.DELIVERIES_MAX}"
    with provider(_FILMS) as bad, provider(_FILMS) as good:
        async with up(trial, {"bad": bad, "good": good}, orders=orders) as rig, watched(rig):
            poisoned = await rig.ask("bad")
            await until(lambda: rig.hits(Point.PARSER_PUBLISHING), "the parser meets the poison")
            well = await rig.sync("good")
            expect(_is_open(rig, poisoned), "I8: the other source had to wait until the poison was given up")
            ended = await rig.ended(poisoned, "bad")
            trial.inject("a handler raises", rig.hits(Point.PARSER_PUBLISHING))
            expect(ended.status == "partial", f"a sync with a dead slice is {ended.status}")
            told = [(error.step, error.text) for error in ended.errors]
            expect(told == [("movies", _TOLD_OF_POISON)], f"a user is told of {told}")
            await all_is_well(rig, well.sync_id, source_id="good", dead_letters=1)
            await _mended_by_hand(rig)
            await settled(rig)
            check_catalogue(rig, "bad")
            check_dead_letters(rig)


def _is_open(rig: Rig, sync_id: str) -> bool:
    return rig.rows("SELECT status FROM syncs WHERE sync_id = ?", sync_id) == [("syncing",)]


async def _mended_by_hand(rig: Rig) -> None:
    """As a user does it: look what is dead, say it again, and see that nothing is."""
    code, listed = await rig.playbill("dead")
    reason = f"bug: Fault in each of {limits.DELIVERIES_MAX} deliveries"
    expect(code == 0 and "bad movies" in listed and reason in listed, f"`playbill dead` says {listed!r}")
    syncs = _count(rig, "syncs")
    code, said = await rig.playbill("dead", listed.split()[0], "--replay")
    expect((code, said) == (0, "1 dead letter replayed\n"), f"`playbill dead --replay` says {said!r}")
    await until(lambda: _count(rig, "syncs") > syncs, "the step is asked for anew")
    code, listed = await rig.playbill("dead")
    expect(listed == "nothing is dead\n", f"`playbill dead` says {listed!r}")


def _count(rig: Rig, table: str) -> int:
    return int(rig.rows(f"SELECT count(*) FROM {table}")[0][0])


async def b6(trial: Trial) -> None:
    hold = Hold(_MIDDLE_BYTES)
    buried = sum(map(len, _BURIED.values()))
    with provider() as server:
        server.set(MOVIES, hold=hold)
        async with up(trial, {"iptv": server}) as rig, watched(rig), tapped(rig) as tap:
            sync_id = await rig.ask()
            await until(hold.reached.is_set, "the films are on their way")
            pids = {role: rig.processes.pid(role) for role in ROLES}
            await _say_nonsense(trial, tap)
            hold.release()
            await rig.ended(sync_id)
            await until(lambda: _count(rig, "dead_letters") >= buried + len(_FROM_THE_FUTURE), "all of it is dead")
            await all_is_well(rig, sync_id, dead_letters=buried + len(_FROM_THE_FUTURE))
            expect({role: rig.processes.pid(role) for role in ROLES} == pids, f"I10: somebody died of it: {rig.logs()[-2_000:]}")
            _check_graves(rig)
            await _check_words(rig)


async def _say_nonsense(trial: Trial, tap: Tap) -> None:
    said = [(subject, body) for table in (_BURIED, _TOLD) for subject, bodies in table.items() for body in bodies]
    said += _FROM_THE_FUTURE.items()
    trial.random.shuffle(said)
    for number, (subject, body) in enumerate(said):
        await tap.say(subject, body, f"nonsense-{number}")
        trial.inject("a message that is none")


def _check_graves(rig: Rig) -> None:
    """Each was buried at its first delivery; parked is what another version may know."""
    deliveries = rig.rows("SELECT DISTINCT deliveries FROM dead_letters")
    expect(deliveries == [(1,)], f"some were tried again: {deliveries}")
    parked = sorted(row[0] for row in rig.rows("SELECT subject FROM dead_letters WHERE parked"))
    expect(parked == sorted(_FROM_THE_FUTURE), f"parked is what came to {parked}")


async def _check_words(rig: Rig) -> None:
    code, listed = await rig.playbill("dead", "--limit", "1000")
    lines = listed.splitlines()
    expect(code == 0 and len(lines) == _count(rig, "dead_letters"), f"`playbill dead` lists {len(lines)}")
    expect(
        sum(line.endswith("  parked") for line in lines) == len(_FROM_THE_FUTURE), "`playbill dead` does not say what is parked"
    )
    said = rig.logs()
    facts = said.count("a fact that cannot be read")
    expect(facts == len(_NO_JSON), f"{facts} facts were told to be unreadable, {len(_NO_JSON)} were")
    expect("a cancel for nothing we know" in said, "nobody said that a cancel hits nothing")


async def b7(trial: Trial) -> None:
    with provider() as server:
        async with spread(trial, {"iptv": server}) as rig, watched(rig), tapped(rig) as tap:
            for role, stream in (("parser", subjects.STREAM_PARSE), ("writer", subjects.STREAM_WRITE)):
                server.catalogue = catalogue(edition=f" before the {role}")
                sync_id = await _lost_before(rig, tap, role, stream)
                await rig.ended(sync_id)
                await all_is_well(rig, sync_id)
            expect(rig.logs().count("the bus lost work; asked again") >= 2, "nobody said that work was lost and asked for again")


async def _lost_before(rig: Rig, tap: Tap, role: str, stream: str) -> str:
    """A sync whose films wait for a role that is down, and are purged."""
    assert isinstance(rig.processes, Kept)
    hold = Hold(_MIDDLE_BYTES)
    server = rig.servers["iptv"]
    server.set(MOVIES, hold=hold)
    sync_id = await rig.ask()
    await until(hold.reached.is_set, "the films are on their way")
    rig.processes.down.add(role)
    rig.kill(role)
    await until(lambda: rig.processes.pid(role) is None, f"the {role} is down")
    hold.release()
    lost = 0
    deadline_s = time.monotonic() + limits.ACK_WAIT_S
    while not lost:
        expect(time.monotonic() < deadline_s, f"nothing waits for the {role}")
        lost = len(await tap.held(stream))
        await asyncio.sleep(_LOOK_S)
    await tap.streams.purge_stream(stream)
    rig.trial.inject(f"a message is purged before the {role} has it", lost)
    rig.processes.down.discard(role)
    await rig.is_up(role)
    return sync_id


async def b8(trial: Trial) -> None:
    points = (Point.FETCHER_PUBLISHED, Point.PARSER_PUBLISHING, Point.WRITER_COMMITTING)
    # Passes are counted from the account's: the fetcher stands behind what the parser has in hand, the writer one slice further.
    orders = "; ".join(f"{point}=hold@{number}" for point, number in zip(points, (3, 2, 2), strict=True))
    with provider() as server:
        async with up(trial, {"iptv": server}, orders=orders) as rig, watched(rig):
            async with tapped(rig) as tap:
                sync_id = await rig.ask()
                for point in points:
                    await rig.held(point)
                    trial.inject(f"the work at {point} stands still")
                await _check_nobody_else_gets_it(tap)
                for point in points:
                    rig.release(point)
                await rig.ended(sync_id)
            await all_is_well(rig, sync_id)
            expect("again later" not in rig.logs(), "somebody gave work back")


async def _check_nobody_else_gets_it(tap: Tap) -> None:
    """For longer than the bus waits for an acknowledgement, nothing is delivered a second time."""
    deadline_s = time.monotonic() + _SLOW_S
    while time.monotonic() < deadline_s:
        for stream in (subjects.STREAM_FETCH, subjects.STREAM_PARSE, subjects.STREAM_WRITE):
            for consumer in await tap.streams.consumers_info(stream):
                again = consumer.num_redelivered or 0
                expect(again == 0, f"I4: {again} messages of {stream} were delivered again to {consumer.name}")
        await asyncio.sleep(_LOOK_S)


CASES: Final = (
    Case(
        case_id="B5",
        fault="a handler raises at each delivery of one message",
        invariants="I2 I8",
        seen="partial, with its reason; `playbill dead` shows it, `--replay` has it asked for anew",
        run=b5,
        starred=True,
    ),
    Case(
        case_id="B6",
        fault="messages of a wrong or unknown version, of no version, empty, and none at all, on every subject of work",
        invariants="I2 I10",
        seen="each in `playbill dead` with its reason; what a newer version may know is parked",
        run=b6,
        starred=True,
        short=True,
    ),
    Case(
        case_id="B7",
        fault="the streams of the conveyor are purged during syncs",
        invariants="I2 I10",
        seen="the bus lost work; asked again",
        run=b7,
    ),
    Case(
        case_id="B8",
        fault="handlers take longer than the bus waits for an acknowledgement",
        invariants="I4",
        seen="nothing",
        run=b8,
    ),
)
