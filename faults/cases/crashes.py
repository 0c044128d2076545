"""Group A: processes die, one by one, at the worst moments."""

import asyncio
from typing import Final

from actors.failpoints import EXIT_CODE, Point
from faults.case import Case
from faults.checker import all_is_well
from faults.rig import Rig, spread
from faults.trial import Trial, expect
from faults.watching import watched
from faults.world import catalogue, provider

_SOURCES: Final = 4
"""At once, so that who died finds other work: a message that he had in hand comes back after ten seconds."""
_ALL_DEATHS_S: Final = 240.0
_FILMS: Final = 200
_OF_WRITER: Final = ("admission", "outbox", "writer")


async def _deaths_at(trial: Trial, role: str, orders: str, points: tuple[Point, ...]) -> None:
    """Sync twice, every row changed in between, while a role dies again and again as it was ordered to."""
    with provider() as server:
        async with spread(trial, {"iptv": server}, orders={role: orders}) as rig, watched(rig):
            first = await rig.ended(await rig.ask())
            server.catalogue = catalogue(edition=" anew")
            second = await rig.ended(await rig.ask())
            await all_is_well(rig, second.sync_id)
            _count(rig, points)
            expect(first.status == "completed", f"the first sync is {first.status}")
            expect(not first.errors and not second.errors, f"a user is told of errors: {first.errors} {second.errors}")


def _count(rig: Rig, points: tuple[Point, ...]) -> None:
    """Count the deaths that were ordered. Broken when a point was not reached, or somebody died of something else."""
    for point in points:
        expect(rig.hits(point) > 0, f"{point} was never hit")
        rig.trial.inject(f"{_role_of(point)} dies at {point}", rig.hits(point))
    deaths = rig.processes.deaths
    rig.trial.tally.deaths += len(deaths)
    expect({death.code for death in deaths} == {EXIT_CODE}, f"other deaths: {deaths}")
    # The ledger would mend that as well; but what nobody has acknowledged must never be gone.
    expect("the bus lost work" not in rig.logs(), "I2: a message was acknowledged before what follows from it was safe")


def _role_of(point: Point) -> str:
    first = point.partition(".")[0]
    return "writer" if first in _OF_WRITER else first


async def a0(trial: Trial) -> None:
    sources = [f"iptv{number}" for number in range(_SOURCES)]
    orders: dict[str, str] = {}
    for point in Point:
        orders[_role_of(point)] = f"{orders.get(_role_of(point), '')};{point}=die"
    with provider(_FILMS) as server:
        async with spread(trial, dict.fromkeys(sources, server), orders=orders) as rig, watched(rig):
            await _sync_all(rig, sources)
            server.catalogue = catalogue(_FILMS, edition=" anew")
            for source_id, sync_id in (await _sync_all(rig, sources)).items():
                await all_is_well(rig, sync_id, source_id=source_id)
            _count(rig, tuple(Point))


async def _sync_all(rig: Rig, sources: list[str]) -> dict[str, str]:
    asked = {source_id: await rig.ask(source_id) for source_id in sources}
    await asyncio.gather(*(rig.ended(sync_id, source_id, _ALL_DEATHS_S) for source_id, sync_id in asked.items()))
    return asked


async def a1(trial: Trial) -> None:
    points = (Point.WRITER_COMMITTED, Point.WRITER_SETTLING)
    await _deaths_at(trial, "writer", "; ".join(f"{point}=die@2*2" for point in points), points)


async def a2(trial: Trial) -> None:
    points = (Point.WRITER_BEGUN, Point.WRITER_COMMITTING)
    await _deaths_at(trial, "writer", "; ".join(f"{point}=die@2*2" for point in points), points)


async def a3(trial: Trial) -> None:
    orders = f"{Point.FETCHER_PUBLISHING}=die@5; {Point.FETCHER_PUBLISHED}=die@3; {Point.FETCHER_SETTLING}=die@2"
    await _deaths_at(trial, "fetcher", orders, (Point.FETCHER_PUBLISHING, Point.FETCHER_PUBLISHED, Point.FETCHER_SETTLING))


async def a4(trial: Trial) -> None:
    orders = f"{Point.PARSER_PUBLISHING}=die@4; {Point.PARSER_PUBLISHED}=die@3; {Point.PARSER_SETTLING}=die@2"
    await _deaths_at(trial, "parser", orders, (Point.PARSER_PUBLISHING, Point.PARSER_PUBLISHED, Point.PARSER_SETTLING))


CASES: Final = (
    Case(
        case_id="A0",
        fault="somebody dies at every failpoint there is, once at each",
        invariants="I1 I2 I3 I4 I6 I10",
        seen="nothing; the progress does not jump",
        run=a0,
        timeout_s=400.0,
    ),
    Case(
        case_id="A1",
        fault="the writer dies between COMMIT and acknowledgement",
        invariants="I3 I4",
        seen="nothing; the progress does not jump",
        run=a1,
        starred=True,
        short=True,
    ),
    Case(
        case_id="A2",
        fault="the writer dies in the transaction, and before COMMIT",
        invariants="I2 I3",
        seen="nothing",
        run=a2,
        starred=True,
    ),
    Case(
        case_id="A3",
        fault="the fetcher dies in the middle of a listing, and after it before its command is acknowledged",
        invariants="I2 I4",
        seen="nothing",
        run=a3,
    ),
    Case(
        case_id="A4",
        fault="the parser dies before, between and after its rows are published",
        invariants="I2 I4",
        seen="nothing",
        run=a4,
    ),
)
