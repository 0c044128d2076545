"""Group F: answers and names that were made to harm: too much of everything, entities, markup, other people's words."""

import asyncio
from typing import Final

from actors.demo import JellyfinServer, PlexServer, XtreamServer
from contracts import limits
from contracts.catalog import SyncStatus
from contracts.messages import RequestRefused
from faults.case import Case
from faults.checker import settled
from faults.days import FAILED, IPTV, JELLY, PLEX, Day, Home, home
from faults.hostile import Reply, answer
from faults.processes import until
from faults.rig import Rig
from faults.trial import Trial, expect
from faults.world import ACTIONS, PASSWORD

_EVERY: Final = (IPTV, PLEX, JELLY)
_MILLION: Final = 1_000_000
_LISTS: Final = {IPTV: (b"[", b"]"), PLEX: (b'{"MediaContainer":{"Metadata":[', b"]}}"), JELLY: (b'{"Items":[', b"]}")}
"""How a page of each kind begins and ends."""


def _listing(source_id: str, entries: bytes) -> Reply:
    begin, end = _LISTS[source_id]
    return answer(begin + entries + end)


async def f5(trial: Trial) -> None:
    keys = b"{" + b",".join(b'"k%d":1' % number for number in range(_MILLION)) + b"}"
    text = b'{"name":"' + b"x" * 100 * limits.MIB + b'"}'
    async with home(trial, gated=True, more="max_retries = 0") as house:
        for source_id in _EVERY:
            await house.days(
                Day(fault="a text of 100 MB", source_id=source_id, reply=_listing(source_id, text), code="answer_too_large"),
                Day(fault="a million keys", source_id=source_id, reply=_listing(source_id, keys), code="answer_too_large"),
            )
        for source_id in (PLEX, JELLY):
            millions = b",".join([b"{}"] * _MILLION)
            await house.day(
                Day(fault="a million entries", source_id=source_id, reply=_listing(source_id, millions), code="answer_too_large")
            )
        await house.healed()


_LAUGHS: Final = (
    b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">'
    + b"".join(b'<!ENTITY lol%d "%b">' % (n, b"&lol%b;" % (str(n - 1).encode() if n > 1 else b"") * 10) for n in range(1, 10))
    + b"]><lolz>&lol9;</lolz>"
)
_DOCUMENTS: Final = {
    "a billion laughs": _LAUGHS,
    "entities of a quadratic size": b'<!DOCTYPE a [<!ENTITY a "' + b"a" * 50_000 + b'">]><a>' + b"&a;" * 50_000 + b"</a>",
    "an entity that is a file": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    "100,000 elements in each other": b'<?xml version="1.0"?>' + b"<a>" * 100_000 + b"</a>" * 100_000,
}


async def f6(trial: Trial) -> None:
    async with home(trial, gated=True) as house:
        await house.days(
            *(
                Day(
                    fault=fault,
                    source_id=source_id,
                    reply=answer(body, head="Content-Type: text/xml"),
                    status=FAILED,
                    code="unexpected_answer",
                    text="the server sent",
                )
                for fault, body in _DOCUMENTS.items()
                for source_id in _EVERY
            )
        )
        said = house.rig.logs() + str(house.rig.rows("SELECT error_text FROM steps"))
        expect("root:" not in said, "F6: an entity was read from a file")
        await house.healed()


_TITLES: Final = (
    "x" * 50_000,
    "'; DROP TABLE items; --",
    "{{7*7}} ${7*7} %s %(x)s {0}",
    '<img src=x onerror="alert(1)"><script>alert(1)</script>',
    "[bold red]not markup[/] [/nothing] [link=javascript:alert(1)]",
    "\u202egnp.exe\u202c \u200b\u200d\ufeff",
    "\U0001f3ac \u0627\u0644\u0639\u0631\u0628\u064a\u0629 \u65e5\u672c\u8a9e e\u0301",
    '" OR 1=1 "*" NEAR( AND NOT col:',
    "../../etc/passwd",
)


async def f7(trial: Trial) -> None:
    async with home(trial) as house:
        rig = house.rig
        for place, title in enumerate(_TITLES, 10):
            for source_id in _EVERY:
                _rename(house, source_id, place, title)
            trial.inject("a hostile title", len(_EVERY))
        for source_id, ended in zip(rig.servers, await house.sync_all(), strict=True):
            expect(ended.status is SyncStatus.COMPLETED, f"F7 {source_id}: {ended.status}: {ended.errors}")
            found = {row[0] for row in rig.rows("SELECT title FROM items WHERE source_id = ? AND kind = 'movie'", source_id)}
            lacking = [title[:40] for title in _TITLES if title[: limits.TITLE_CHARS_MAX].strip() not in found]
            expect(not lacking, f"F7 {source_id}: stored otherwise: {lacking}: {sorted(found, key=len)[-12:]!r}"[:900])
        for wanted, shown in (("DROP TABLE", _TITLES[1]), ("onerror", "<img src=x"), ("not markup", "[bold red]not markup[/]")):
            code, said = await rig.playbill("search", wanted)
            expect(
                code == 0 and shown in " ".join(said.split()), f"F7: `playbill search {wanted}` ends with {code} and says {said}"
            )
        for place in range(10, 10 + len(_TITLES)):
            for source_id in _EVERY:
                _rename(house, source_id, place, f"Film {place}")
        await house.healed()


def _rename(house: Home, source_id: str, place: int, title: str) -> None:
    """Give a film of the server another title."""
    match house.rig.servers[source_id]:
        case XtreamServer() as server:
            action = ACTIONS["movies"][0]
            films = [{**film, "name": title} if film["num"] == place else film for film in server.catalogue.entries(action)]
            server.catalogue = server.catalogue.with_listing(action, films)
        case PlexServer() as server:
            keys = server.library.keys("1", "movie")
            server.library.change(str(keys[place - 1]), title=title)
        case JellyfinServer() as server:
            item = server.library.items("Movie")[place - 1]
            server.library.change(item.id, name=title)


_IDS: Final = ("a/b", "a.b", "a*", "a>", "a b", "a\\r\\nb", "../x", "A", "x" * 65, "", "a\\u0000b")
_SUBJECTS: Final = (
    "../../etc/passwd",
    "*a",
    "a>b",
    "$SYS",
    "A",
    "\u00e4\u00f6",
    "x" * 200,
    "%2e%2e",
    "{}",
    "'; DROP TABLE syncs; --".replace(" ", ""),
)


async def f8(trial: Trial) -> None:
    async with home(trial) as house:
        rig = house.rig
        await asyncio.gather(*(_refused(rig, place, name) for place, name in enumerate(_IDS)))
        before = rig.rows("SELECT count(*) FROM syncs"), rig.rows("SELECT count(*) FROM sources")
        refused: list[RequestRefused] = []
        hearing = asyncio.create_task(_hear(rig, refused))
        try:
            taken = [name for name in _SUBJECTS if await _is_taken(rig, name)]
            await until(lambda: len(refused) >= len(taken), "every request on a hostile subject is refused")
        finally:
            hearing.cancel()
            await asyncio.gather(hearing, return_exceptions=True)
        expect({each.code for each in refused} == {"unknown_source"}, f"F8: {refused}")
        trial.note(f"{len(taken)} of {len(_SUBJECTS)} hostile subjects are let through by the bus")
        await settled(rig)
        after = rig.rows("SELECT count(*) FROM syncs"), rig.rows("SELECT count(*) FROM sources")
        expect(before == after, f"F8: a request of no source became a sync: {before}, {after}")
        await house.healed()


async def _refused(rig: Rig, place: int, name: str) -> None:
    """A source id in the settings is refused before anything is made of it, and the rule is said."""
    bad = rig.directory / f"bad{place}.toml"
    bad.write_text((rig.directory / "playbill.toml").read_text().replace('id = "iptv"', f'id = "{name}"', 1))
    bad.chmod(0o600)
    code, said = await rig.playbill("check", "--config", str(bad))
    rig.trial.inject("a hostile source id in the settings")
    is_told = "source[0].id: expected 1 to 64 of a-z, 0-9, _ and -" in " ".join(said.split())
    expect(code == 2 and is_told, f"F8: of the source id {name!r} is said: {code}, {said}")
    expect(PASSWORD not in said, "I9: a password is told")


async def _hear(rig: Rig, refused: list[RequestRefused]) -> None:
    async for state in rig.client.follow():
        if isinstance(state, RequestRefused):
            refused.append(state)  # noqa: PERF401 - it is looked at while it grows


async def _is_taken(rig: Rig, name: str) -> bool:
    """Whether the bus takes a request for a sync of a source of that name."""
    rig.trial.inject("a request on a hostile subject")
    try:
        await rig.client.connection.client.jetstream(timeout=1).publish(f"playbill.sync.request.{name}", b"")
    except TimeoutError:
        return False  # This user may not, as the bus has said on its own line.
    return True


CASES: Final = (
    Case(
        case_id="F5",
        fault="a million entries, a text of 100 MB, a million keys",
        invariants="I11",
        seen="the answer, or one entry of it, is too large",
        run=f5,
        timeout_s=300.0,
    ),
    Case(
        case_id="F6",
        fault="XML with a billion laughs, entities of files, 100,000 levels",
        invariants="I9 I11",
        seen="XML, or text, instead of the listing; none of it is parsed",
        run=f6,
        timeout_s=300.0,
    ),
    Case(
        case_id="F7",
        fault="titles of 50 kB, with SQL, markup, templates, and against the direction of writing",
        invariants="I2",
        seen="the text itself, on one line, at most 512 characters",
        run=f7,
        timeout_s=300.0,
    ),
    Case(
        case_id="F8",
        fault="source ids with slashes, dots, wildcards and line ends, in the settings and on the bus",
        invariants="I12",
        seen="the rule for an id; a request of no source is refused",
        run=f8,
        timeout_s=300.0,
    ),
)
