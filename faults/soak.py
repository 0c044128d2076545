"""The soak: rounds of syncs under random faults, each followed by calm in which everything has to come right."""

import contextlib
import time
from typing import Any, Final

from actors.demo import XtreamServer
from actors.demo.server import ServedRequest
from contracts.catalog import Mode
from faults.case import Case
from faults.chaos import Chaos
from faults.checker import (
    check_catalogue,
    check_conservation,
    check_file,
    check_new_rows,
    count_messages,
    settled,
)
from faults.rig import ROLES, Rig, spread
from faults.trial import Trial, expect
from faults.watching import watched
from faults.world import Server, catalogue, jellyfin, plex, provider, small_jellyfin, small_plex

FILMS: Final = 3_000
_FAULTS_A_ROUND: Final = 40
_GONE_MAX: Final = 0.1
"""Of the films that a round takes away: under the share that is held back."""
_KINDS: Final = {"movies": "movie", "shows": "show", "seasons": "season", "episodes": "episode", "movie": "movie"}
_CALM_S: Final = 120.0
_MEMORY_MB: Final = 64.0


def soak_case(minutes: float) -> Case:
    """The soak as a case of so many minutes."""

    async def run(trial: Trial) -> None:
        await soak(trial, minutes)

    return Case(
        case_id="soak",
        fault=f"random faults of every kind for {minutes:g} minutes",
        invariants="I1 to I7, I10, I11",
        seen="syncs that take longer",
        run=run,
        timeout_s=minutes * 60 + 600,
    )


async def soak(trial: Trial, minutes: float) -> None:
    """Rounds until the time is over; the tally and the faults are the trial's. Raises Broken at the first that is not well."""
    deadline = time.monotonic() + minutes * 60
    servers: dict[str, Server] = {"iptv": provider(FILMS), "home": plex(small_plex()), "attic": jellyfin(small_jellyfin())}
    with contextlib.ExitStack() as stack:
        for server in servers.values():
            stack.enter_context(server)
        async with spread(trial, servers, roles=(*ROLES,)) as rig, watched(rig, memory_mb_max=_MEMORY_MB):
            number = 0
            while time.monotonic() < deadline or number == 0:
                number += 1
                await _round(rig, number)
                count = sum(trial.faults.values())
                print(f"  round {number}: {count:,} faults, {trial.tally.deaths} deaths, all well", flush=True)
            trial.tally.deaths = len(rig.processes.deaths)
            await count_messages(rig)


async def _round(rig: Rig, number: int) -> None:
    _change(rig, number)
    shown = _shown(rig)
    async with Chaos(rig) as chaos:
        asked = {source_id: await rig.ask(source_id, mode=_mode(rig)) for source_id in rig.servers}
        await chaos.strike(_FAULTS_A_ROUND)
    _check_kept(rig, shown)
    await settled(rig, _CALM_S)
    for source_id, sync_id in asked.items():
        expect(rig.rows("SELECT 1 FROM syncs WHERE sync_id = ?", sync_id), f"I1: {source_id}'s acknowledged request is forgotten")
    await _healed(rig)


def _mode(rig: Rig) -> Mode:
    return rig.trial.random.choice((Mode.FULL, Mode.INCREMENTAL))


def _change(rig: Rig, number: int) -> None:
    """Other films are there, and some have other titles."""
    chance = rig.trial.random
    server = rig.servers["iptv"]
    assert isinstance(server, XtreamServer)
    gone = frozenset(chance.sample(range(FILMS), int(FILMS * _GONE_MAX * chance.random())))
    server.catalogue = catalogue(FILMS, edition=f" edition {number}" if chance.random() < 0.7 else "", skip=gone)


def _shown(rig: Rig) -> set[tuple[Any, ...]]:
    sql = "SELECT source_id, kind, remote_id FROM items WHERE NOT is_stub AND missing_since IS NULL"
    with contextlib.suppress(Exception):
        return set(rig.rows(sql))
    return set()


def _check_kept(rig: Rig, shown: set[tuple[Any, ...]]) -> None:
    """I5: what was shown, and what the server has still, is shown."""
    server = rig.servers["iptv"]
    assert isinstance(server, XtreamServer)
    there = {("iptv", "movie", str(film["stream_id"])) for film in server.catalogue.entries("get_vod_streams")}
    others = {row for row in shown if row[:2] != ("iptv", "movie")}
    hidden = ((shown & there) | others) - _shown(rig)
    rig.trial.tally.falsely_deleted += len(hidden)
    expect(not hidden, f"I5: {len(hidden)} are hidden although their server has them, such as {list(hidden)[:3]}")


async def _healed(rig: Rig) -> None:
    """In the calm, a sync of every source completes, and the catalogue is what the servers have."""
    for source_id, server in rig.servers.items():
        server.set()
        began_s = time.monotonic()
        ended = await rig.ended(await rig.ask(source_id, mode=Mode.FULL), source_id, _CALM_S)
        expect(ended.status == "completed", f"{source_id} is {ended.status} in the calm: {rig.status_of(ended.sync_id)}")
        if isinstance(server, XtreamServer):
            check_conservation(rig, ended.sync_id, source_id)
            check_catalogue(rig, source_id)
        else:
            _check_library(rig, source_id, began_s)
        check_new_rows(rig, source_id)
    await settled(rig, _CALM_S)
    check_file(rig)
    _check_dead(rig)


def _check_library(rig: Rig, source_id: str, since_s: float) -> None:
    """I2 of a server with libraries: what it gave since then is what is shown."""
    server = rig.servers[source_id]
    truth = {
        (kind, remote_id)
        for record in server.served
        if record.started_s >= since_s and record.status == 200 and (kind := _kind_of(record)) is not None
        for remote_id in record.ids
    }
    sql = "SELECT kind, remote_id FROM items WHERE source_id = ? AND NOT is_stub AND missing_since IS NULL"
    ours = {(str(kind), str(remote_id)) for kind, remote_id in rig.rows(sql, source_id) if kind in _KINDS.values()}
    rig.trial.tally.rows += len(truth)
    rig.trial.tally.lost += len(truth - ours)
    expect(truth == ours, f"I2 {source_id}: {len(truth - ours)} are missing, {len(ours - truth)} are too many")
    expect(truth, f"I2 {source_id}: {type(server).__name__} gave nothing")


def _kind_of(record: ServedRequest) -> str | None:
    """Of the rows that a listing gives: Plex's requests are named by library, Jellyfin's by what they ask for."""
    if record.action == "items":
        return _KINDS.get(record.query.get("IncludeItemTypes", "").lower())
    return _KINDS.get(record.action.partition(".")[0])


def _check_dead(rig: Rig) -> None:
    """Nothing is dead but what was sent to be."""
    found = rig.rows("SELECT actor, reason, body FROM dead_letters")
    strangers = [row[:2] for row in found if not bytes(row[2]).startswith(b"no message of ours")]
    expect(not strangers, f"dead letters that nobody ordered: {strangers[:3]}")
