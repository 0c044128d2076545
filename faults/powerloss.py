"""The power-loss experiment: the power of a whole computer goes during a sync, and what each durability lost is counted."""

import argparse
import asyncio
import contextlib
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Final, Literal

import msgspec

from actors import logs
from actors.demo import XtreamServer
from actors.runtime.client import BusClient
from actors.runtime.connection import connect
from contracts import codec, subjects
from contracts.errors import PlaybillError
from contracts.messages import RequestRefused, SyncProgress, SyncRequest
from faults.lazydisk import available
from faults.machine import Cut, Machine
from faults.powerloss_table import DOCUMENT, Outcome, table, within
from faults.remains import Remains
from faults.trial import Broken
from faults.world import ACTIONS, catalogue, provider

Moment = Literal["acknowledged", "first rows", "in the middle", "ended"]

MOMENTS: Final[tuple[Moment, ...]] = ("acknowledged", "first rows", "in the middle", "ended")
CHOICES: Final = (("full", "default"), ("full", "always"), ("normal", "default"), ("normal", "always"))
FILMS: Final = 8_000
_SOURCE: Final = "iptv"
_MIDDLE_S: Final = 1.0
"""Within which a cut in the middle of the sync falls."""
_AFTER_S: Final = 0.3
_SETTLED_S: Final = 90.0
_FINAL: Final = frozenset({"completed", "partial", "failed", "cancelled"})


class Told(msgspec.Struct, kw_only=True):
    """What a client was told before the power went."""

    acknowledged: list[str] = []
    """Requests by their ids: the bus had said that they are safe."""
    ended: dict[str, str] = {}
    """The final status of a sync by its request."""


async def run_once(folder: Path, seed: int, durability: str, sync_interval: str) -> Outcome:
    """One computer, one power cut: eight seeds are every moment, on a new disk and on an old one, half of them torn."""
    chance = random.Random(seed)
    moment, is_old = MOMENTS[seed % len(MOMENTS)], seed // len(MOMENTS) % 2 == 1
    is_torn = (seed + is_old) % 2 == 1
    with provider(FILMS) as server:
        machine = Machine(folder, server, durability=durability, sync_interval=sync_interval)
        told = Told()
        try:
            await machine.power_on()
            if is_old:
                await _grow_old(machine, server)
            cut = await _cut(machine, told, moment, chance, seed if is_torn else None)
            outcome = Outcome(durability=durability, sync_interval=sync_interval, seed=seed, moment=moment, is_old=is_old)
            outcome = msgspec.structs.replace(outcome, is_torn=is_torn)
            return await _recovered(machine, server, told, _counted(outcome, told, cut))
        finally:
            await machine.close()


async def _grow_old(machine: Machine, server: XtreamServer) -> None:
    """A first sync, a clean end, an hour later another start; the provider has changed every row meanwhile."""
    async with await BusClient.connect(machine.bus()) as client:
        await _follow(client, await _ask(client, Told(), "first"), Told())
    await machine.shut_down()
    server.catalogue = catalogue(FILMS, edition=" again")
    await machine.power_on()


async def _cut(machine: Machine, told: Told, moment: Moment, chance: random.Random, tear_seed: int | None) -> Cut:
    client = await BusClient.connect(machine.bus())
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(client.connection.close)
        if moment == "acknowledged":
            machine.hold("writer")  # A busy writer: the request is on the bus and nowhere else.
        sync_id = await _ask(client, told, "second")
        following = asyncio.create_task(_follow(client, sync_id, told, until_rows=moment == "first rows"))
        if moment in ("first rows", "ended"):
            await asyncio.wait_for(following, _SETTLED_S)
        await asyncio.sleep(
            {"acknowledged": 0.0, "in the middle": chance.uniform(0, _MIDDLE_S)}.get(moment, chance.uniform(0, _AFTER_S))
        )
        cut = await machine.lose_power(tear_seed)
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        return cut


async def _ask(client: BusClient, told: Told, request_id: str) -> str:
    await client.request_sync(_SOURCE, SyncRequest(request_id=request_id))
    told.acknowledged.append(request_id)
    return codec.sync_id_of(_SOURCE, request_id)


async def _follow(client: BusClient, sync_id: str, told: Told, *, until_rows: bool = False) -> None:
    """Hear what is said of a sync: to its end, to its refusal, or to the first film that is stored."""
    async for state in client.follow(_SOURCE):
        if isinstance(state, RequestRefused) and codec.sync_id_of(_SOURCE, state.request_id) == sync_id:
            return
        if not isinstance(state, SyncProgress) or state.sync_id != sync_id:
            continue
        if state.status.is_final:
            told.ended[state.request_id] = str(state.status)
        if state.status.is_final or (until_rows and state.movies_synced):
            return


def _counted(outcome: Outcome, told: Told, cut: Cut) -> Outcome:
    return msgspec.structs.replace(
        outcome,
        acknowledged=len(told.acknowledged),
        commits=cut.before.commits,
        commits_lost=cut.after.lost_from(cut.before),
        ended=len(told.ended),
        ended_lost=sum(cut.after.statuses.get(request_id) != status for request_id, status in told.ended.items()),
        old_lost=int(outcome.is_old and "first" not in cut.after.statuses),
        corrupt=int(cut.after.is_corrupt),
    )


async def _recovered(machine: Machine, server: XtreamServer, told: Told, outcome: Outcome) -> Outcome:
    """The power is back: what comes by itself, what has to be asked for again, and whether all is there in the end."""
    began, wall = time.monotonic(), time.time()
    try:
        await machine.power_on()
        found = await _settled(machine)
        recovery_s = time.monotonic() - began
        lost = [request_id for request_id in told.acknowledged if request_id not in found.statuses]
        anew = await _made_since(machine, wall)
        if found.is_corrupt or not _is_whole(found, server):
            found = await _asked_again(machine)
    except (Broken, PlaybillError, TimeoutError) as error:
        return msgspec.structs.replace(outcome, trouble=f"{type(error).__name__}: {error}")
    return msgspec.structs.replace(
        outcome,
        acknowledged_lost=len(lost),
        streams_anew=anew,
        recovery_s=recovery_s,
        is_whole=_is_whole(found, server),
        trouble="" if _is_whole(found, server) and not found.is_corrupt else "the catalogue is not what the server has",
    )


async def _settled(machine: Machine) -> Remains:
    """Wait until no request waits on the bus and no sync runs; what is in the file then."""
    admin = await connect(machine.bus("admin"), purpose="faults")
    try:
        deadline_s = time.monotonic() + _SETTLED_S
        while time.monotonic() < deadline_s:
            waiting = (await admin.client.jetstream().stream_info(subjects.STREAM_REQUESTS)).state.messages
            found = machine.look() if not waiting else Remains()
            if not waiting and not found.outbox and _FINAL.issuperset(found.statuses.values()):
                return found
            await asyncio.sleep(0.1)
    finally:
        await admin.close()
    raise Broken(f"not settled after {_SETTLED_S:.0f} s: {machine.look().statuses}")


async def _made_since(machine: Machine, wall_s: float) -> int:
    """Streams on the disk that are younger than the power cut."""
    admin = await connect(machine.bus("admin"), purpose="faults")
    try:
        found = await admin.client.jetstream().streams_info()
    finally:
        await admin.close()
    made = [info.created for info in found if info.config.storage == "file" and info.created is not None]
    return sum(stamp.timestamp() > wall_s for stamp in made)


async def _asked_again(machine: Machine) -> Remains:
    """What a person does who sees that a sync is missing."""
    async with await BusClient.connect(machine.bus()) as client:
        async with asyncio.timeout(_SETTLED_S):
            await _follow(client, await _ask(client, Told(), "again"), Told())
    return await _settled(machine)


def _is_whole(found: Remains, server: XtreamServer) -> bool:
    """Every listing of the server is in the file, and nothing else is."""
    wanted = {kind: {str(one) for one in server.catalogue.ids(action)} for action, of, kind in ACTIONS.values() if of == "items"}
    return wanted == {kind: set(found.ids.get(kind, ())) for kind in wanted}


async def run_all(runs: int, first_seed: int, choices: tuple[tuple[str, str], ...] = CHOICES) -> list[Outcome]:
    """So many runs of each choice, by turns, so that a slow minute of the machine hits all of them."""
    outcomes = []
    for seed in range(first_seed, first_seed + runs):
        for durability, sync_interval in choices:
            with tempfile.TemporaryDirectory(prefix="playbill-power-") as folder:
                outcome = await run_once(Path(folder), seed, durability, sync_interval)
            print(outcome.line(), flush=True)
            outcomes.append(outcome)
    return outcomes


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m faults.powerloss", description=__doc__)
    parser.add_argument("--runs", type=int, default=8, help="power cuts of each choice; eight are every moment, new and old")
    parser.add_argument("--seed", type=int, default=0, help="the first one")
    parser.add_argument("--write", action="store_true", help=f"put the table into {DOCUMENT.name}")
    options = parser.parse_args()
    missing = available()
    if missing is not None:
        print(f"skipped: {missing}")
        return 0
    logs.configure(json=False, level="error", role="faults")
    outcomes = asyncio.run(run_all(options.runs, options.seed))
    text = table(outcomes)
    print(text)
    if options.write:
        DOCUMENT.parent.mkdir(exist_ok=True)
        DOCUMENT.write_text(within(DOCUMENT.read_text() if DOCUMENT.exists() else "# Reliability\n", text))
    return int(any(outcome.broken for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main())
