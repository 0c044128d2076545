"""Group E: servers that are tired, and say so in their own ways."""

import asyncio
import re
import time
from contextlib import AsyncExitStack
from email.utils import formatdate
from typing import Final

from contracts.catalog import Mode, SyncStatus
from faults.case import Case
from faults.checker import check_file
from faults.days import COMPLETED, IPTV, JELLY, MEMORY_MB_MAX, PLEX, Day, Home, home, listening
from faults.processes import until
from faults.rig import Rig, up
from faults.trial import Trial, expect
from faults.watching import watched
from faults.world import Server, jellyfin, plex, provider, small_jellyfin, small_plex

_SHORT: Final = ("1", "date")
_WAITS_S: Final = {"1": (-5, 1), "date": (-5, 5), "-1": (40, 60), "abc": (40, 60), "99999999": (880, 900)}
"""Seconds that each `Retry-After` becomes, from and to, when it is heard: a loaded machine hears late.

It is taken as it is, replaced where it says nothing, and never over 15 minutes.
"""


async def e3(trial: Trial) -> None:
    servers: dict[str, Server] = {f"iptv{place}": provider(30) for place in range(len(_WAITS_S))}
    servers |= {PLEX: plex(small_plex()), JELLY: jellyfin(small_jellyfin()), "well": provider(30)}
    async with AsyncExitStack() as stack:
        for server in servers.values():
            stack.enter_context(server)
        rig = await stack.enter_async_context(up(trial, servers))
        await asyncio.gather(*(rig.sync(source_id) for source_id in servers))
        await stack.enter_async_context(watched(rig, memory_mb_max=MEMORY_MB_MAX))
        async with asyncio.TaskGroup() as group:
            for source_id, asked in zip(servers, (*_WAITS_S, "1", "abc"), strict=False):
                group.create_task(_cooled_down(rig, source_id, asked))
            group.create_task(_not_held_up(rig))
        check_file(rig)


async def _cooled_down(rig: Rig, source_id: str, asked: str) -> None:
    """One 429: it is told until when, nothing is asked before, and then all is well, or a cancel ends the wait at once."""
    server = rig.servers[source_id]
    until_s = int(time.time()) + 4
    value = formatdate(until_s, usegmt=True) if asked == "date" else asked
    kind = {PLEX: "movies.1", JELLY: "items"}.get(source_id, "get_vod_streams")
    server.set(kind, status=429, retry_after=value, first_requests=1)
    rig.trial.inject(f"429 with Retry-After {asked}")
    async with listening(rig, source_id) as said:
        sync_id = await rig.ask(source_id, mode=Mode.FULL)
        await until(lambda: said.waits, f"{source_id} tells of its cool-down")
        step, words, wait_s = said.waits[0]
        least_s, most_s = _WAITS_S[asked]
        expect(step.startswith("movies"), f"{step} is cooling down")
        expect(re.match(r"cooling down until \d\d:\d\d UTC, the server said 429", words), f"E3 {source_id}: {words}")
        expect(least_s <= wait_s <= most_s, f"E3 {source_id}: Retry-After {asked} became {wait_s:.1f} s")
        if asked not in _SHORT:
            await _cancelled_while_it_waits(rig, source_id, sync_id, kind)
            return
        ended = await rig.ended(sync_id, source_id)
    expect(ended.status is SyncStatus.COMPLETED, f"E3 {source_id}: {ended.status}: {ended.errors}")
    first, second = [record for record in server.served if record.action.startswith(kind)][-_PAGES.get(source_id, 2) :][:2]
    expect((first.status, second.status) == (429, 200), f"E3 {source_id}: {first.status}, {second.status}")
    due_s = first.started_s + 1 if asked == "1" else until_s - time.time() + time.monotonic()
    expect(second.started_s >= due_s - 0.05, f"E3 {source_id}: asked {due_s - second.started_s:.2f} s too early")


_PAGES: Final = {PLEX: 3}
"""Requests for the listing of its films, the refused one included."""


async def _cancelled_while_it_waits(rig: Rig, source_id: str, sync_id: str, kind: str) -> None:
    """The listing is not asked for; a home page that is being read is read to its end."""
    asked = _asked(rig, source_id, kind)
    began_s = time.monotonic()
    await rig.client.cancel(("sync", sync_id))
    ended = await rig.ended(sync_id, source_id)
    took_s = time.monotonic() - began_s
    expect(ended.status is SyncStatus.CANCELLED, f"E3 {source_id}: {ended.status}")
    expect(took_s < 2, f"I7 {source_id}: a cool-down was cancelled only after {took_s:.1f} s")
    expect(_asked(rig, source_id, kind) == asked, f"E3 {source_id}: asked while it cools down")


def _asked(rig: Rig, source_id: str, kind: str) -> int:
    return sum(record.action.startswith(kind) for record in rig.servers[source_id].served)


async def _not_held_up(rig: Rig) -> None:
    """I8: a source that is well is synced meanwhile."""
    ended = await rig.sync("well", mode=Mode.FULL)
    expect(ended.status is SyncStatus.COMPLETED, f"I8: another source is {ended.status}")


_REQUESTS: Final = {IPTV: 1, PLEX: 3, JELLY: 3}
"""For the whole listing: of pages until one is empty."""


async def e4(trial: Trial) -> None:
    async with home(trial) as house:
        await house.days(
            *(
                Day(
                    fault=f"two answers of {status}, then good ones",
                    source_id=source_id,
                    switches={"status": status, "first_requests": 2},
                    status=COMPLETED,
                    requests_max=2 + _REQUESTS[source_id],
                )
                for status in (500, 502, 503, 504)
                for source_id in (IPTV, PLEX, JELLY)
            ),
            *(
                Day(
                    fault="nothing but 500",
                    source_id=source_id,
                    switches={"status": 500},
                    code="server_error",
                    text="(tried 4 times)",
                    requests_max=4,
                )
                for source_id in (IPTV, PLEX, JELLY)
            ),
        )
        await _told(house)
        await house.healed()


async def _told(house: Home) -> None:
    """Each new try is told while it is waited for, and another source does not wait for it."""
    house.rig.servers[PLEX].set(None, status=503)
    house.rig.trial.inject("503 to everything")
    async with listening(house.rig, PLEX) as said:
        failed, well = await asyncio.gather(house.rig.sync(PLEX), house.rig.sync(JELLY))
    expect(well.status is SyncStatus.COMPLETED, f"I8: another source is {well.status}")
    expect(failed.status is SyncStatus.FAILED, f"a server that only fails: {failed.status}")
    # Progress is told ten times a second at most, and the first wait is a twentieth of one.
    told = {number for number in (1, 2, 3) if any(words.startswith(f"retry {number} of 3 in ") for words in said.of("account"))}
    expect(told >= {3} and len(told) >= 2, f"only these retries were told: {told}: {said.details}")


CASES: Final = (
    Case(
        case_id="E3",
        fault="429 with Retry-After 1, a date, -1, abc and 99999999",
        invariants="I8 I10",
        seen="cooling down until hh:mm UTC, the server said 429; 15 minutes at most",
        run=e3,
        timeout_s=300.0,
    ),
    Case(
        case_id="E4",
        fault="500, 502, 503 and 504, twice and always",
        invariants="I8 I10",
        seen="retry n of 3 in s, then: the server failed with status 500 (tried 4 times)",
        run=e4,
        timeout_s=300.0,
    ),
)
