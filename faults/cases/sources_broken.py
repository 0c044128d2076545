"""Group E: answers that break off, swell, drip, and lead elsewhere."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from contracts import limits
from contracts.catalog import SyncStatus
from faults.case import Case
from faults.days import COMPLETED, IPTV, JELLY, PLEX, Day, Home, home
from faults.hostile import Reply, answer, dripping, endless, silent
from faults.proxy import CLEAN, HOST, Toxic
from faults.trial import Trial, expect
from faults.world import FILMS_VIEW, PASSWORD, TOKEN, USER

_EVERY: Final = (IPTV, PLEX, JELLY)
_HEAD: Final = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"


async def e6(trial: Trial) -> None:
    cuts: dict[str, dict[str, Any]] = {
        "cut before its Content-Length": {"cut_after_bytes": 700},
        "cut in a chunk": {"cut_after_bytes": 700, "framing": "chunked"},
        "cut, and only the JSON tells": {"cut_after_bytes": 700, "framing": "close"},
        "a compressed answer cut": {"gzip": "truncated"},
    }
    async with home(trial, more="max_retries = 2") as house:
        await house.days(
            *(
                Day(
                    fault=f"{fault}, twice",
                    source_id=source_id,
                    switches={**switches, "first_requests": 2},
                    status=COMPLETED,
                    requests_max=5,
                )
                for source_id in _EVERY
                for fault, switches in cuts.items()
            ),
            *(
                Day(
                    fault=f"{fault}, always",
                    source_id=source_id,
                    switches=switches,
                    code="incomplete_answer",
                    text="(tried 3 times)",
                    requests_max=3,
                )
                for source_id in _EVERY
                for fault, switches in cuts.items()
            ),
        )
        await _reset(house)
        await house.healed()


async def _reset(house: Home) -> None:
    """Every connection is reset in the middle of its answer: the account check says so, after three tries."""
    for source_id in _EVERY:
        house.rig.proxies[source_id].set(Toxic(reset_after_bytes=120, ways=("down",)))
        house.rig.trial.inject("reset in the middle")
    for source_id, ended in zip(house.rig.servers, await house.sync_all(), strict=True):
        expect(ended.status is SyncStatus.FAILED, f"E6 {source_id}: every connection is reset, and the sync is {ended.status}")
        found = [(error.code, error.text) for error in ended.errors]
        is_told = len(found) == 1 and found[0][0] == "unreachable" and found[0][1].endswith("(tried 3 times)")
        expect(is_told, f"E6 {source_id}: a connection that is reset is {found}")
        expect(house.shown(source_id) == house.before[source_id], f"I5 {source_id}: a reset connection took rows away")
        house.rig.proxies[source_id].set(CLEAN)


_MEMORY_MB_MAX: Final = 72.0
"""One page of the largest size in hand, and what the two other sources may hold before it is their turn."""


async def e7(trial: Trial) -> None:
    blanks = gzip.compress(b"[" + b" " * (200 * limits.MIB), 9)
    async with home(trial, gated=True, more="max_retries = 1\ntotal_timeout_s = 4", memory_mb_max=_MEMORY_MB_MAX) as house:
        await house.days(
            *(_large("a bomb of gzip", source_id, switches={"gzip": "bomb"}) for source_id in (IPTV, PLEX)),
            *(_large("a bomb of gzip", source_id, reply=answer(blanks, head="Content-Encoding: gzip")) for source_id in (JELLY,)),
            *(_large("a body without end", source_id, reply=endless(b"[", b" " * 65_536)) for source_id in _EVERY),
            *(_large("an entry without end", source_id, reply=endless(b'[{"name":"', b"x" * 65_536)) for source_id in _EVERY),
            *(
                Day(
                    fault="gzip in gzip",
                    source_id=source_id,
                    reply=answer(gzip.compress(blanks), head="Content-Encoding: gzip, gzip"),
                    code="unexpected_answer",
                    text="was not asked for",
                )
                for source_id in _EVERY
            ),
            Day(
                fault="a listing without end",
                source_id=IPTV,
                switches={"infinite": True},
                code="timeout",
                text="took longer than 4 s",
                requests_max=2,
            ),
        )
        await house.healed()


def _large(fault: str, source_id: str, *, switches: dict[str, Any] | None = None, reply: Reply | None = None) -> Day:
    return Day(
        fault=fault, source_id=source_id, switches=switches or {}, reply=reply, code="answer_too_large", text="larger than"
    )


async def e8(trial: Trial) -> None:
    slow: tuple[tuple[str, Reply, str], ...] = (
        ("a body that drips", dripping(_HEAD + b"\r\n[", b" ", 0.05), "the answer took longer than 2 s"),
        ("a head that drips", dripping(_HEAD, b"X-A: b\r\n", 0.05), "nothing came within 1 s"),
        ("no answer at all", silent, "nothing came within 1 s"),
        ("a head and then nothing", dripping(_HEAD + b"Content-Length: 100\r\n\r\n", b"", 0.1), "nothing came within 1 s"),
        ("half a body and then nothing", dripping(_HEAD + b"\r\n[{", b"", 0.1), "the answer stood still for 1 s"),
    )
    times = "max_retries = 1\nfirst_byte_timeout_s = 1\nidle_timeout_s = 1\ntotal_timeout_s = 2"
    async with home(trial, gated=True, more=times) as house:
        await house.days(
            *(
                Day(fault=fault, source_id=source_id, reply=reply, code="timeout", text=f"{text} (tried 2 times)", requests_max=2)
                for fault, reply, text in slow
                for source_id in _EVERY
            )
        )
        await house.healed()


async def e9(trial: Trial) -> None:
    async with home(trial, gated=True) as house, _thief() as (port, stolen):
        elsewhere = {
            "a redirect to another port": f"http://{HOST}:{port}/x",
            "a redirect to another name": f"http://localhost:{port}/x",
            "a redirect to https": f"https://{HOST}:{port}/x",
            "a redirect to a file": "file:///etc/passwd",
            "a redirect to the metadata of a cloud": "http://169.254.169.254/latest/meta-data",
            "a redirect with nothing but a host": "//169.254.169.254/x",
            "a redirect to nowhere": "",
        }
        await house.days(
            *(
                Day(
                    fault=fault,
                    source_id=source_id,
                    reply=answer(b"", status="302 Found", head=f"Location: {target}" if target else "X-A: b"),
                    code="redirect_refused",
                    text="redirects to",
                )
                for fault, target in elsewhere.items()
                for source_id in _EVERY
            ),
            *(
                Day(
                    fault="a redirect in a circle",
                    source_id=source_id,
                    reply=answer(b"", status="302 Found", head=f"Location: {path}"),
                    code="redirect_refused",
                    text="redirects too often",
                    requests_max=limits.REDIRECTS_MAX + 1,
                )
                for source_id, path in _CIRCLES.items()
            ),
        )
        expect(not stolen, f"I9: {len(stolen)} requests went to where a redirect led")
        said = house.rig.logs() + str(house.rig.rows("SELECT error_text FROM steps"))
        for secret in (USER, PASSWORD, TOKEN):
            expect(secret not in said, f"I9: a secret of a redirected request is told: {secret}")
        await house.healed()


_CIRCLES: Final = {
    IPTV: "/player_api.php?action=get_vod_streams",
    PLEX: "/library/sections/1/all?x=1",
    JELLY: f"/Items?ParentId={FILMS_VIEW.id}",
}


@asynccontextmanager
async def _thief() -> AsyncIterator[tuple[int, list[bytes]]]:
    """The port of somebody who waits for what a redirect brings, and what it brought."""
    stolen: list[bytes] = []

    async def came(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        stolen.append(await reader.read(65_536))
        writer.close()

    server = await asyncio.start_server(came, HOST, 0)
    try:
        yield server.sockets[0].getsockname()[1], stolen
    finally:
        server.close()


CASES: Final = (
    Case(
        case_id="E6",
        fault="answers cut by length, in a chunk, at the end of the connection, in gzip; resets",
        invariants="I2 I5",
        seen="the answer ended in the middle, after three tries",
        run=e6,
        timeout_s=300.0,
    ),
    Case(
        case_id="E7",
        fault="bombs of gzip, gzip in gzip, bodies, entries and listings without end",
        invariants="I5 I11",
        seen="the answer is larger than 8 MiB; one entry is too large",
        run=e7,
        starred=True,
        timeout_s=300.0,
    ),
    Case(
        case_id="E8",
        fault="bodies and heads that drip, no answer at all",
        invariants="I5 I8",
        seen="nothing came within n s; the answer stood still; it took longer than n s",
        run=e8,
        starred=True,
        timeout_s=300.0,
    ),
    Case(
        case_id="E9",
        fault="redirects to other servers, to files, to nowhere, in a circle",
        invariants="I5 I9",
        seen="the server redirects to another address: set the url to where it really is",
        run=e9,
        starred=True,
        timeout_s=300.0,
    ),
)
