"""Group G, time: a wall clock that jumps, messages of a version that is not known yet, and a file of a newer Playbill."""

import asyncio
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import nats

from actors.demo import XtreamServer
from actors.demo.catalogue import SERIES
from actors.failpoints import Point
from contracts import subjects
from contracts.catalog import Part
from faults.arming import Arming
from faults.case import Case
from faults.checker import all_is_well, check_catalogue, check_dead_letters, open_for_faults, settled
from faults.processes import until
from faults.proxy import CLEAN, Toxic
from faults.rig import Rig, up
from faults.trial import Skipped, Trial, expect
from faults.watching import watched
from faults.world import catalogue, provider

_FILMS: Final = 1_000
_LIBRARIES: Final = (
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
)
_LIBRARY: Final = next((path for path in _LIBRARIES if Path(path).exists()), None)
_EVERY_S: Final = 3_600
_LOOK_S: Final = 24.0
"""The scheduler looks at the clock every twenty seconds: what it does about a jump, it has done by then."""


# --- G7 ---------------------------------------------------------------------------------------------------------------


class _Clock:
    """The wall clock of every process under test; the monotonic one is left as it is."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.ahead = timedelta()
        self.move(timedelta())

    def move(self, by: timedelta) -> None:
        self.ahead += by
        partial = self._file.with_suffix(".new")
        partial.write_text(f"{self.ahead.total_seconds():+.0f}\n")
        partial.rename(self._file)

    @property
    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def variables(self, library: str) -> dict[str, str]:
        return {
            "LD_PRELOAD": library,
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }


async def g7(trial: Trial) -> None:
    library = _LIBRARY
    if library is None:
        raise Skipped("libfaketime is not installed (Debian's `faketime`)")
    clock = _Clock(trial.directory / "clock")
    with provider(_FILMS) as server:
        more = f'every = "{_EVERY_S}s"'
        async with up(trial, {"iptv": server}, more=more, variables=clock.variables(library)) as rig:
            await until(lambda: len(_scheduled(rig)) == 1, "the scheduler asks for what was never synced")
            await settled(rig)
            for jump in (timedelta(days=10), timedelta(hours=-1)):
                await _jump(rig, clock, jump)
                last = await rig.sync()
                await all_is_well(rig, last.sync_id)


async def _jump(rig: Rig, clock: _Clock, jump: timedelta) -> None:
    """In the middle of a sync, which goes on as if nothing were. Slots that were passed are made up for once, none twice."""
    before = len(_scheduled(rig))
    server = rig.servers["iptv"]
    assert isinstance(server, XtreamServer)
    server.catalogue = catalogue(_FILMS, edition=f" {jump}")
    rig.proxies["iptv"].set(Toxic(bytes_per_s=500_000, ways=("down",)))
    async with watched(rig):
        sync_id = await rig.ask()
        await until(lambda: rig.rows("SELECT 1 FROM ledger WHERE sync_id = ?", sync_id), "the first rows are in")
        clock.move(jump)
        rig.trial.inject(f"the wall clock goes {'forward' if jump > timedelta() else 'back'}")
        began_s = time.monotonic()
        last = await rig.ended(sync_id)
        rig.proxies["iptv"].set(CLEAN)
    expect(last.status == "completed", f"{jump} in a sync, which is {last.status} then: {rig.status_of(sync_id)}")
    await asyncio.sleep(max(0.0, began_s + _LOOK_S - time.monotonic()))
    rig.trial.looked_on()
    await settled(rig)
    new = len(_scheduled(rig)) - before
    expect(new <= 1, f"{jump}: {new} syncs by themselves: {_scheduled(rig)}")


def _scheduled(rig: Rig) -> list[tuple[Any, ...]]:
    return rig.rows("SELECT request_id, status FROM syncs WHERE request_id LIKE 'schedule-%'")


# --- G8 ---------------------------------------------------------------------------------------------------------------

_KNOWN: Final = b"raw_slice.v1"
_UNKNOWN: Final = b"raw_slice.v9"
"""As long as the other, so that the message around it stays whole."""


async def _of_a_newer_version(rig: Rig) -> None:
    """Replace a slice that waits for the parser by one of a version that is not known yet."""
    client = await nats.connect(rig.admin.url, user=rig.admin.user, password=rig.admin.password)
    try:
        streams = client.jetstream()
        kept = await streams.get_last_msg(subjects.STREAM_PARSE, subjects.parse("iptv", Part.CATALOGUE))
        assert kept.data is not None
        assert kept.seq is not None
        expect(_KNOWN in kept.data, "the message is no slice")
        await streams.delete_msg(subjects.STREAM_PARSE, kept.seq)
        await streams.publish(subjects.parse("iptv", Part.CATALOGUE), kept.data.replace(_KNOWN, _UNKNOWN))
        rig.trial.inject("a message of a version that is not known")
    finally:
        await client.close()


async def _upgraded(rig: Rig) -> None:
    """What an upgrade does to a parked message: its version is known now."""
    with open_for_faults(rig) as database:
        database.execute("PRAGMA busy_timeout = 5000")
        for id_, body in database.execute("SELECT id, body FROM dead_letters").fetchall():
            database.execute("UPDATE dead_letters SET body = ? WHERE id = ?", (body.replace(_UNKNOWN, _KNOWN), id_))


async def g8(trial: Trial) -> None:
    arming = Arming(trial.directory, (Point.PARSER_RECEIVED,))
    with provider(_FILMS) as server:
        async with up(trial, {"iptv": server}, orders=arming.orders) as rig, watched(rig):
            first = await rig.sync()
            server.catalogue = catalogue(_FILMS, edition=" anew")
            arming.arm(Point.PARSER_RECEIVED)
            sync_id = await rig.ask()
            await rig.held(Point.PARSER_RECEIVED)
            done = {record.action for record in server.served if record.whole}
            await until(lambda: done and server.active_requests == 0 and _waiting(server), "all is fetched")
            await _of_a_newer_version(rig)
            arming.release(Point.PARSER_RECEIVED)
            last = await rig.ended(sync_id)
            await settled(rig)
            expect(first.status == "completed", f"the first sync is {first.status}")
            expect(last.status == "partial", f"without one slice the sync is {last.status}")
            found = check_dead_letters(rig, 1)
            expect(found[0][3] == 1, f"it was not parked: {found}")
            expect("parked" in (await rig.playbill("dead"))[1], "`playbill dead` does not say that it is parked")
            expect(not rig.rows("SELECT 1 FROM items WHERE missing_since IS NOT NULL"), "I5: rows were hidden")
            await _upgraded(rig)
            code, said = await rig.playbill("dead", "--replay", "--all")
            expect(code == 0, f"the replay: {said}")
            await until(lambda: not rig.rows("SELECT 1 FROM dead_letters"), "nothing is dead any more")
            await settled(rig)
            check_catalogue(rig)
            stale = rig.rows("SELECT count(*) FROM items WHERE NOT title LIKE '% anew'")[0][0]
            expect(stale == 0, f"I2: {stale} rows are as they were before the slice that was parked")
            await all_is_well(rig, (await rig.sync()).sync_id)
            await _downgrade(rig)


def _waiting(server: XtreamServer) -> bool:
    """Whether the last listing of the second sync was asked for and given."""
    return sum(record.action == SERIES and record.whole for record in server.served) > 1


async def _downgrade(rig: Rig) -> None:
    """A file of a newer schema is refused with one clear line, and stays byte for byte as it is."""
    directory = rig.directory / "downgraded"
    directory.mkdir()
    file, config = directory / "playbill.db", directory / "playbill.toml"
    code, said = await rig.playbill("backup", str(file))
    expect(code == 0, f"no backup: {said}")
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        database.execute("PRAGMA user_version = 99")
    before = file.read_bytes()
    config.write_text((rig.directory / "playbill.toml").read_text())
    config.chmod(0o600)
    rig.trial.inject("a file of a newer Playbill")
    for command in ("up", "status", "home"):
        code, said = await rig.playbill(command, "--config", str(config))
        words = " ".join(said.split())
        expect(code != 0, f"`{command}` works with a file of schema 99: {said}")
        expect("made by a newer version of Playbill" in words, f"`{command}` does not say why not: {said}")
        expect("Traceback" not in said, f"`{command}` breaks: {said}")
    expect(file.read_bytes() == before, "the file was changed")


CASES: Final = (
    Case(
        case_id="G7",
        fault="the wall clock goes ten days forward and an hour back in the middle of syncs",
        invariants="I6 I10",
        seen="the right time of the next run",
        run=g7,
        timeout_s=500,
    ),
    Case(
        case_id="G8",
        fault="messages of a version that is not known yet; a file of a newer Playbill",
        invariants="I2 I5",
        seen="`playbill dead` lists it as parked; `made by a newer version of Playbill`",
        run=g8,
    ),
)
