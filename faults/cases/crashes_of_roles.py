"""Group A: whole processes are killed or end by themselves, the bus among them."""

import asyncio
from functools import partial
from typing import Final

from actors.demo import Hold
from actors.demo.catalogue import MOVIES
from actors.failpoints import EXIT_CODE, Point
from faults.case import Case
from faults.checker import FINAL, all_is_well
from faults.processes import until
from faults.proxy import Toxic
from faults.rig import Rig, spread, up
from faults.trial import Trial, expect
from faults.watching import watched
from faults.world import catalogue, provider

_MIDDLE_BYTES: Final = 1_500_000
_BUS_KILLS: Final = 5
_SLOWLY: Final = Toxic(bytes_per_s=600_000)
"""So that a listing of four megabytes lasts long enough for several kills."""
_EXITS: Final = (Point.WRITER_BEGUN, Point.FETCHER_READING, Point.PARSER_PUBLISHED, Point.PROGRESS_RECEIVED)
_BUGS: Final = (Point.WRITER_COMMITTING, Point.FETCHER_REQUESTING, Point.PARSER_PUBLISHING)


async def a5(trial: Trial) -> None:
    points = (Point.PROGRESS_PUBLISHED, Point.PROGRESS_RECEIVED)
    hold = Hold(_MIDDLE_BYTES)
    with provider() as server:
        server.set(MOVIES, hold=hold)
        orders = {"progress": f"{Point.PROGRESS_PUBLISHED}=die@2; {Point.PROGRESS_RECEIVED}=die@6"}
        async with spread(trial, {"iptv": server}, orders=orders) as rig, watched(rig):
            sync_id = await rig.ask()
            await until(hold.reached.is_set, "the films are on their way")
            for _ in range(3):
                await rig.is_up("progress")
                pid, before = rig.processes.pid("progress"), await _percent(rig)
                assert pid is not None
                rig.kill("progress")
                await rig.replaced("progress", pid)
                expect(await _percent(rig) >= before, "I6: the last progress that is kept fell")
            hold.release()
            ended = await rig.ended(sync_id)
            await all_is_well(rig, sync_id)
            expect(ended.progress == 100, f"completed at {ended.progress} %")
            for point in points:
                expect(rig.hits(point) > 0, f"{point} was never hit")
                trial.inject(f"progress dies at {point}", rig.hits(point))
                trial.tally.deaths += rig.hits(point)


async def _percent(rig: Rig) -> int:
    return max((state.progress for state in await rig.client.last_progress("iptv")), default=0)


async def a6(trial: Trial) -> None:
    asked: list[str] = []
    with provider() as server:
        async with up(trial, {"iptv": server}) as rig, watched(rig):
            rig.proxies["iptv"].set(_SLOWLY)
            while trial.tally.deaths < _BUS_KILLS:
                server.catalogue = catalogue(edition=f" {len(asked)}")
                asked.append(await rig.ask())
                await _kill_bus_during(rig, asked[-1])
                ended = await rig.ended(asked[-1])
                expect(ended.status == "completed", f"I10: {rig.status_of(asked[-1])}")
            await all_is_well(rig, asked[-1])
            requests = {row[0] for row in rig.rows("SELECT sync_id FROM syncs")}
            trial.tally.lost += len(set(asked) - requests)
            expect(set(asked) <= requests, "I1: a request that was acknowledged is forgotten")
            said = rig.logs()
            expect("disconnected" in said and "reconnected" in said, "nobody said that the bus was away, and that it is back")


async def _kill_bus_during(rig: Rig, sync_id: str) -> None:
    """Again and again, each time after another slice was committed, and up to a third of a second later."""
    seen = -1
    while rig.trial.tally.deaths < _BUS_KILLS:
        await until(partial(_has_moved, rig, sync_id, seen), "another slice is committed")
        if _is_over(rig, sync_id):
            return
        await asyncio.sleep(rig.trial.random.uniform(0, 0.3))
        seen, pid = _slices(rig, sync_id), rig.processes.pid("nats-server")
        assert pid is not None
        rig.kill("nats-server")
        await rig.replaced("nats-server", pid)


def _has_moved(rig: Rig, sync_id: str, seen: int) -> bool:
    return _is_over(rig, sync_id) or _slices(rig, sync_id) > seen


def _slices(rig: Rig, sync_id: str) -> int:
    return int(rig.rows("SELECT count(*) FROM ledger WHERE sync_id = ?", sync_id)[0][0])


def _is_over(rig: Rig, sync_id: str) -> bool:
    return any(row[0] in FINAL for row in rig.rows("SELECT status FROM syncs WHERE sync_id = ?", sync_id))


async def a10(trial: Trial) -> None:
    orders = [f"{point}=exit@3" for point in _EXITS] + [f"{point}=bug@4" for point in _BUGS]
    with provider() as server:
        async with up(trial, {"iptv": server}, orders="; ".join(orders)) as rig, watched(rig):
            await rig.sync()
            server.catalogue = catalogue(edition=" anew")
            second = await rig.sync()
            await all_is_well(rig, second.sync_id)
            for point in _EXITS + _BUGS:
                expect(rig.hits(point) == 1, f"{point} was hit {rig.hits(point)} times")
                trial.inject(f"{'exit' if point in _EXITS else 'bug'} at {point}")
            _check_words(rig)


def _check_words(rig: Rig) -> None:
    """One line for each process that ended, and a traceback for each bug; nobody else ended."""
    died = [line for line in rig.logs().splitlines() if "an actor died and is started again" in line]
    rig.trial.tally.deaths += len(died)
    for role in (point.partition(".")[0] for point in _EXITS):
        found = [line for line in died if line.split()[1] == role and f"exit_code={EXIT_CODE}" in line]
        expect(len(found) == 1, f"{role} ended {len(found)} times by SystemExit: {died}")
    expect(len(died) == len(_EXITS), f"others died as well: {died}")
    for point in _BUGS:
        expect(f"Fault: ordered at {point}" in rig.logs(), f"no traceback of the bug at {point}")


CASES: Final = (
    Case(
        case_id="A5",
        fault="the aggregator is killed again and again, and dies between publishing and acknowledging",
        invariants="I6",
        seen="the bar holds, then goes on",
        run=a5,
    ),
    Case(
        case_id="A6",
        fault="nats-server is killed five times during syncs",
        invariants="I1 I2 I4 I10",
        seen="disconnected, reconnected; the sync goes on",
        run=a6,
        starred=True,
        timeout_s=240.0,
    ),
    Case(
        case_id="A10",
        fault="SystemExit and bugs in handlers, the writer's with its database open",
        invariants="I2 I4 I10",
        seen="an actor died and is started again",
        run=a10,
        starred=True,
    ),
)
