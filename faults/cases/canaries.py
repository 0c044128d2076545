"""Group H, secrets: after a run with faults of every kind, no secret is anywhere but where it was given."""

import os
from pathlib import Path
from typing import Any, Final

import msgspec
import nats

from actors.demo import Catalogue, JellyfinServer, PlexServer, XtreamServer, demo_jellyfin_library, demo_plex_library
from actors.demo.catalogue import LIVE, MOVIES, SERIES
from actors.failpoints import Point
from contracts import subjects
from contracts.catalog import Part
from faults.case import Case
from faults.checker import settled
from faults.hunting import Hunt, command_lines
from faults.processes import until
from faults.rig import Rig, up
from faults.trial import Skipped, Trial, expect
from faults.watching import watched
from faults.world import PASSWORD, TOKEN, USER, Server, catalogue, jellyfin, plex

_FILMS: Final = 400
_HAS_PROC: Final = Path("/proc/self/cmdline").exists()
_COMMANDS: Final = (
    ("status",),
    ("status", "--json"),
    ("health",),
    ("health", "--json"),
    ("home",),
    ("home", "--json"),
    ("libraries",),
    ("items", "--limit", "50", "--json"),
    ("item", "1"),
    ("search", "film"),
    ("search", USER[:6]),
    ("dead",),
    ("dead", "--json"),
    ("history",),
    ("history", "--json"),
    ("check",),
    ("check", "--json"),
)
_LEFT_OUT: Final = ("playbill.toml", "bus.json")
"""Where the secrets are given, and where the bus's own are kept for its owner."""


def _leaky(edition: str) -> Catalogue:
    """A provider that writes the account into its own answers, as many do."""
    told = catalogue(_FILMS, edition=edition)
    base = f"http://provider.invalid:8080/movie/{USER}/{PASSWORD}"
    films = [
        {**film, "direct_source": f"{base}/{n}.mkv", "stream_icon": f"{base}/{n}.png?username={USER}&password={PASSWORD}"}
        for n, film in enumerate(told.entries(MOVIES))
    ]
    films[3]["plot"] = f"Watch it at {base}/3.mkv with {USER}:{PASSWORD}"
    return told.with_listing(MOVIES, films)


def _bad_days() -> list[dict[str, Any]]:
    said = f'{{"user_info":{{"username":"{USER}","password":"{PASSWORD}","token":"{TOKEN}","auth":0}}}}'
    return [
        {"status": 401},
        {"status": 403},
        {"status": 500},
        {"redirect_to": "http://127.0.0.1:1/elsewhere?{query}"},
        {"redirect_to": f"http://{USER}:{PASSWORD}@127.0.0.1:1/?X-Plex-Token={TOKEN}"},
        {"html_200": True},
        {"body_text": f"Access denied for {USER}:{PASSWORD}, {TOKEN}"},
        {"body_text": said},
        {"reset_after_bytes": 700},
        {"cut_after_bytes": 500, "framing": "close"},
    ]


async def _spoilt_syncs(rig: Rig, xtream: XtreamServer, others: dict[str, PlexServer | JellyfinServer]) -> list[str]:
    """Each kind of bad day for each kind of server, three syncs at once; how they ended."""
    ended = []
    for day in _bad_days():
        xtream.set(LIVE if rig.trial.random.random() < 0.5 else SERIES, **day)
        for media in others.values():
            media.set(None if rig.trial.random.random() < 0.3 else "movies.1", **day)
            media.set("items", **day)
        asked = {source_id: await rig.ask(source_id, mode="full") for source_id in ("iptv", *others)}
        rig.trial.inject("a bad day of a server", len(asked))
        ended += [str((await rig.ended(sync_id, source_id)).status) for source_id, sync_id in asked.items()]
    xtream.set()
    for media in others.values():
        media.set()
    return ended


async def _deaths(rig: Rig, xtream: XtreamServer) -> None:
    xtream.catalogue = _leaky(" anew")
    xtream.set(MOVIES, bad_entry_every=7)
    sync_id = await rig.ask()
    for role in ("fetcher", "writer"):
        await until(lambda: rig.processes.pid(role) is not None, f"{role} is there")  # noqa: B023
        rig.kill(role)
    last = await rig.ended(sync_id)
    expect(last.counts.rejected > 0, "no entry was rejected")


async def _unreadable(rig: Rig) -> None:
    """What cannot be handled: of an unknown version, cut off, and none at all."""
    client = await nats.connect(rig.admin.url, user=rig.admin.user, password=rig.admin.password)
    bodies = (
        msgspec.msgpack.encode({"type": "raw_slice.v9", "body": b"[]"}),
        b"\xff" * 64,
        msgspec.msgpack.encode({"type": "raw_slice.v1"}),
    )
    try:
        for body in bodies:
            await client.jetstream().publish(subjects.parse("iptv", Part.CATALOGUE), body)
    finally:
        await client.close()
    rig.trial.inject("a message that nobody can read", len(bodies))
    await until(lambda: rig.rows("SELECT count(*) FROM dead_letters")[0][0] >= len(bodies), "they are in the dead letters")


async def _said(rig: Rig) -> str:
    """What the commands print, a backup among them."""
    said = [f"{arguments}:\n{(await rig.playbill(*arguments))[1]}" for arguments in _COMMANDS]
    code, text = await rig.playbill("backup", str(rig.directory / "backup.db"))
    expect(code == 0, f"no backup: {text}")
    return "\n".join([*said, text])


async def h10(trial: Trial) -> None:
    if not _HAS_PROC:
        raise Skipped("there is no /proc here")
    servers = (
        XtreamServer(_leaky(""), username=USER, password=PASSWORD),
        plex(demo_plex_library()),
        jellyfin(demo_jellyfin_library()),
    )
    with servers[0] as xtream, servers[1] as plexes, servers[2] as jelly:
        every: dict[str, Server] = {"iptv": xtream, "plex": plexes, "jellyfin": jelly}
        variables = {"PLAYBILL_LOG__LEVEL": "debug"}
        orders = f"{Point.PARSER_PUBLISHING}=bug@4*1; {Point.WRITER_COMMITTING}=die@9*1"
        async with up(trial, every, more="max_retries = 1", variables=variables, orders=orders) as rig:
            async with watched(rig), command_lines(os.getpid()) as lines:
                whole = [(await rig.sync(source_id)).status for source_id in every]
                expect(set(whole) == {"completed"}, f"without a fault the syncs are {whole}")
                ended = await _spoilt_syncs(rig, xtream, {"plex": plexes, "jellyfin": jelly})
                expect({"failed", "partial"} <= set(ended), f"so many bad days, and the syncs are {ended}")
                await _deaths(rig, xtream)
                await _unreadable(rig)
                await settled(rig)
                said = await _said(rig)
            hunt = Hunt(_secrets(rig, jelly))
            await hunt.look_at_streams(rig.admin)
            hunt.look_at_files(trial.directory, but=_LEFT_OUT)
            expect(" warning " in rig.logs(), "so many faults, and no log to look through")
        hunt.look("what the commands printed", [said.encode()])
        hunt.look("the command lines", ["\n".join(lines).encode()])
        hunt.look_at_files(trial.directory, but=_LEFT_OUT)
    trial.note(f"searched {hunt.bytes_total / 1e6:.0f} MB in {hunt.places_total} files, messages and texts")
    expect(len(lines) > len(_COMMANDS), f"only {len(lines)} command lines were seen")
    hunt.check()


def _secrets(rig: Rig, server: JellyfinServer) -> dict[str, str]:
    known: dict[str, str] = msgspec.json.decode((rig.directory / "playbill-bus" / "bus.json").read_bytes())["passwords"]
    sessions = {f"session {number}": token for number, token in enumerate(server.accounts._tokens)}
    expect(sessions, "the Jellyfin server let nobody in")
    bus = {f"password of the bus's {role}": password for role, password in known.items()}
    return {"user": USER, "password": PASSWORD, "token": TOKEN, **sessions, **bus}


CASES: Final = (
    Case(
        case_id="H10",
        fault="faults of every kind while three servers are synced, which tell the account in their own answers",
        invariants="I9",
        seen="no secret anywhere: files, streams, logs, command lines, what is printed",
        run=h10,
        starred=True,
        timeout_s=600,
    ),
)
