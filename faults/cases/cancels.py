"""Group G, cancels: at every point of the flow, while actors are away, within a transaction, and followed by a start."""

import time
from collections.abc import Awaitable, Callable
from typing import Final

from actors.demo import XtreamServer
from actors.demo.catalogue import MOVIES
from actors.failpoints import Point
from actors.runtime.client import Target
from contracts.catalog import SyncStatus
from faults.arming import Arming
from faults.cancelling import QUIET_S, cancelled, check_final, has_rows, healed, quiet, status_of, written
from faults.case import Case
from faults.checker import all_is_well, settled
from faults.processes import Kept, until
from faults.proxy import CLEAN, Toxic
from faults.rig import Rig, spread, up
from faults.trial import Trial, expect
from faults.watching import watched
from faults.world import catalogue, provider

_FILMS: Final = 1_000
_BYTES_PER_S: Final = 1_500_000
"""A listing of films takes a second then: time enough to stand somewhere."""
_EARLY: Final = (Point.ADMISSION_COMMITTED, Point.OUTBOX_PUBLISHING, Point.OUTBOX_PUBLISHED, Point.PROGRESS_RECEIVED)
"""Armed before the request; all others when the first rows are committed."""


# --- G1 ---------------------------------------------------------------------------------------------------------------


async def _cancel_at(rig: Rig, arming: Arming, point: Point, edition: str) -> tuple[str, float]:
    """Cancel a sync that stands at a point; its id, and how long it took until the file said so."""
    server = rig.servers["iptv"]
    assert isinstance(server, XtreamServer)
    server.catalogue = catalogue(_FILMS, edition=edition)
    if point in _EARLY:
        arming.arm(point)
    sync_id = await rig.ask()
    try:
        if point not in _EARLY:
            await has_rows(rig, sync_id, 1)
            arming.arm(point)
        await rig.held(point)
        rig.trial.inject(f"work held in the {point.partition('.')[0]}")
        targets: list[Target] = [("sync", sync_id), ("source", "iptv"), ("all", "")]
        since_s = await cancelled(rig, rig.trial.random.choice(targets))
        before = await quiet(rig, sync_id, since_s)
        took_s = time.monotonic() - since_s
    finally:
        arming.release(point)
    await check_final(rig, sync_id, before)
    return sync_id, took_s


async def cancels_at(trial: Trial, points: list[Point]) -> None:
    """A sync for each of the points, cancelled while it stands there; then one that heals."""
    arming = Arming(trial.directory, points)
    trial.random.shuffle(points)
    with provider(_FILMS) as server:
        async with up(trial, {"iptv": server}, orders=arming.orders) as rig, watched(rig):
            rig.proxies["iptv"].set(Toxic(bytes_per_s=_BYTES_PER_S, ways=("down",)))
            done = [await _cancel_at(rig, arming, point, f" {number}") for number, point in enumerate(points)]
            rig.proxies["iptv"].set(CLEAN)
            await healed(rig, *(sync_id for sync_id, _ in done))
            slowest_s = max((took_s for _, took_s in done if took_s < QUIET_S), default=QUIET_S)
            trial.note(f"{len(points)} points; the file says cancelled {slowest_s * 1000:.0f} ms after it was asked, at most")


async def g1(trial: Trial) -> None:
    await cancels_at(trial, list(Point))


# --- G2 ---------------------------------------------------------------------------------------------------------------

Away = Callable[[Rig, str], Awaitable[Callable[[], Awaitable[None]]]]
"""Takes a role off the bus; what it gives lets it come back."""


async def _down(rig: Rig, role: str) -> Callable[[], Awaitable[None]]:
    kept = rig.processes
    assert isinstance(kept, Kept)
    kept.down.add(role)
    rig.kill(role)
    await until(lambda: kept.pid(role) is None, f"{role} is down")

    async def back() -> None:
        kept.down.discard(role)
        await rig.is_up(role)

    return back


async def _unreachable(rig: Rig, role: str) -> Callable[[], Awaitable[None]]:
    proxy = rig.proxies[role]
    proxy.set(Toxic(refuse=True))
    rig.trial.inject(f"{role} cut off the bus", proxy.reset_all())
    before = proxy.connections_total
    await until(lambda: proxy.connections_total > before, f"{role} tries to come back")

    async def back() -> None:
        proxy.set(CLEAN)

    return back


async def _cancel_without(rig: Rig, role: str, away: Away, edition: str) -> str:
    """Cancel while a role is away: what it has in hand has no effect when it is back, and neither has what waits for it."""
    server = rig.servers["iptv"]
    assert isinstance(server, XtreamServer)
    server.catalogue = catalogue(_FILMS, edition=edition)
    rig.proxies["iptv"].set(Toxic(bytes_per_s=_BYTES_PER_S, ways=("down",)))
    sync_id = await rig.ask()
    await has_rows(rig, sync_id, 1)
    back = await away(rig, role)
    since_s = await cancelled(rig, ("source", "iptv"))
    before = await quiet(rig, sync_id, since_s)
    await back()
    rig.proxies["iptv"].set(CLEAN)
    await check_final(rig, sync_id, before)
    return sync_id


async def g2(trial: Trial) -> None:
    roles = ("fetcher", "parser", "writer", "progress")
    ways = [(role, away) for away in (_unreachable, _down) for role in roles]
    trial.random.shuffle(ways)
    with provider(_FILMS) as server:
        async with spread(trial, {"iptv": server}) as rig, watched(rig):
            done = [await _cancel_without(rig, role, away, f" {number}") for number, (role, away) in enumerate(ways)]
            await healed(rig, *done)


# --- G3 ---------------------------------------------------------------------------------------------------------------


async def g3(trial: Trial) -> None:
    """Stray cancellations inside transactions, and real ones at any moment: no half of a transaction is ever there."""
    points = (Point.WRITER_BEGUN, Point.WRITER_COMMITTING)
    orders = f"{points[0]}=cancel~0.2*6; {points[1]}=cancel~0.3*8"
    with provider(_FILMS) as server:
        async with up(trial, {"iptv": server}, orders=orders) as rig, watched(rig):
            done = []
            for number in range(8):
                server.catalogue = catalogue(_FILMS, edition=f" {number}")
                sync_id = await rig.ask()
                await has_rows(rig, sync_id, trial.random.randint(1, 3))
                since_s = await cancelled(rig, ("sync", sync_id))
                before = await quiet(rig, sync_id, since_s)
                if status_of(rig, sync_id) == SyncStatus.CANCELLED:
                    await check_final(rig, sync_id, before)
                    done.append(sync_id)
                await settled(rig)
            expect(len(done) > 1, f"only {len(done)} syncs were cancelled before they ended")
            await healed(rig, *done)
            for point in points:
                expect(rig.hits(point) > 0, f"{point} was never hit")
                trial.inject(f"a stray cancellation at {point}", rig.hits(point))
            expect("a stray cancellation" in rig.logs(), "no log tells of a stray cancellation")


# --- G4 ---------------------------------------------------------------------------------------------------------------


async def g4(trial: Trial) -> None:
    """Cancel and start at once, the old sync's slices still in the queues: none of their rows gets into the catalogue."""
    points = (Point.PARSER_RECEIVED, Point.WRITER_RECEIVED)
    arming = Arming(trial.directory, points)
    with provider(_FILMS) as server:
        async with up(trial, {"iptv": server}, orders=arming.orders) as rig, watched(rig):
            for number, point in enumerate(points):
                server.catalogue = catalogue(_FILMS, edition=f" old {number}")
                asked = len(server.served)
                rig.proxies["iptv"].set(Toxic(bytes_per_s=1_000_000, ways=("down",)))
                old = await rig.ask()
                await has_rows(rig, old, 1)
                arming.arm(point)
                await rig.held(point)
                rig.proxies["iptv"].set(CLEAN)
                await until(lambda: _is_served(server, asked), "the films are fetched, and queued")  # noqa: B023 - awaited here
                since_s = await cancelled(rig, ("source", "iptv"))
                server.catalogue = catalogue(_FILMS, edition=f" new {number}")
                new = await rig.ask()
                before = await quiet(rig, old, since_s)
                arming.release(point)
                await _check_only_new(rig, old, new)
                # Its ledger lines go when the new sync is through; what was counted by them stays.
                counted = written(rig, old).rows
                expect(counted == before.rows, f"I7: {old} had {before.rows} rows when it was cancelled, and has {counted}")


def _is_served(server: XtreamServer, asked_before: int) -> bool:
    return any(record.action == MOVIES and record.whole for record in server.served[asked_before:])


async def _check_only_new(rig: Rig, old: str, new: str) -> None:
    last = await rig.ended(new)
    expect(last.status == SyncStatus.COMPLETED, f"the new sync is {last.status}: {rig.status_of(new)}")
    await all_is_well(rig, new)
    expect(status_of(rig, old) == SyncStatus.CANCELLED, f"I6: the old sync is {status_of(rig, old)}")
    strays = rig.rows("SELECT count(*) FROM items WHERE title LIKE '% old %'")[0][0]
    expect(not strays, f"I7: {strays} rows are as the cancelled sync had them")


CASES: Final = (
    Case(
        case_id="G1",
        fault="a cancel while the sync stands at each point of the flow",
        invariants="I5 I6 I7",
        seen="`cancelled` within two seconds, and it stays",
        run=g1,
        starred=True,
        timeout_s=400,
    ),
    Case(
        case_id="G2",
        fault="a cancel while an actor is down, or reconnecting",
        invariants="I5 I6 I7",
        seen="as G1: who was away hears it when it is back",
        run=g2,
        starred=True,
        timeout_s=300,
    ),
    Case(
        case_id="G3",
        fault="a cancel, and cancellations nobody asked for, in the middle of a transaction",
        invariants="I3 I4 I7",
        seen="one line in the log for each that nobody asked for",
        run=g3,
        timeout_s=200,
    ),
    Case(
        case_id="G4",
        fault="a start right after a cancel, the old sync's messages still queued",
        invariants="I4 I7",
        seen="one clean run",
        run=g4,
    ),
)
