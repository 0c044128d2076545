"""Group H, texts of others: names of files, words of a search, a settings file, and what a server calls its films."""

import asyncio
import json
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
import nats
from nats.aio.client import Client

from actors.demo.catalogue import LIVE_CATEGORIES, MOVIE_CATEGORIES, MOVIES
from contracts import subjects
from faults.case import Case
from faults.checker import all_is_well, check_file, settled
from faults.processes import WAIT_S
from faults.rig import Rig, environment, up
from faults.trial import Trial, expect
from faults.watching import watched
from faults.world import PASSWORD, USER, catalogue, provider

_FILMS: Final = 300
_BUG: Final = ("Traceback", "a bug")


def _digest(rig: Rig) -> list[tuple[Any, ...]]:
    return rig.rows("SELECT count(*), sum(row_hash % 1000003), sum(length(title)) FROM items")


def _is_clear(said: str, what: str) -> None:
    expect(not any(word in said for word in _BUG), f"{what}: a bug of ours: {said[:600]}")


# --- H5 ---------------------------------------------------------------------------------------------------------------


async def _refused(rig: Rig, *arguments: str) -> None:
    code, said = await rig.playbill(*arguments)
    rig.trial.inject("a name of a file that leads elsewhere")
    expect(code != 0, f"{arguments} is done: {said}")
    expect(said.strip(), f"{arguments}: refused without a word")
    _is_clear(said, str(arguments))


async def h5(trial: Trial) -> None:
    with provider(_FILMS) as server:
        async with up(trial, {"iptv": server}) as rig, watched(rig):
            await all_is_well(rig, (await rig.sync()).sync_id)
            before, root = _digest(rig), rig.directory
            precious = root / "precious"
            precious.write_text("somebody else's\n")
            (root / "link").symlink_to(precious)
            (root / "link-to-database").symlink_to(rig.database)
            (root / "folder").mkdir()
            here = set(root.iterdir())
            same = ("playbill.db", "./folder/../playbill.db", "link-to-database", "playbill.db-wal", "playbill.db.mark")
            for name in (*same, "folder", "nowhere/backup.db", "link", "precious", "/dev/null", "/proc/self/mem", ""):
                await _refused(rig, "backup", name)
            for name in (
                "playbill.db",
                "link-to-database",
                "playbill.db-wal",
                "folder",
                "../playbill.db",
                "precious",
                "/dev/zero",
                "",
            ):
                await _refused(rig, "restore", name)
            for name in ("../schema.json", "/etc/passwd", "..%2fschema.json", "schema.json\n", "asyncapi.json/../../x"):
                await _refused(rig, "contracts", name)
            await _refused(rig, "contracts", "--out", "precious")
            expect(precious.read_text() == "somebody else's\n", "a file that is not ours was written")
            expect(set(root.iterdir()) <= here, f"left behind: {set(root.iterdir()) - here}")
            expect(_digest(rig) == before, "the catalogue is another one")
            await all_is_well(rig, (await rig.sync()).sync_id)


# --- H6 ---------------------------------------------------------------------------------------------------------------

_TEXTS: Final = (
    *('"', '""', "'", "AND", "OR NOT", "NEAR(a b, 5)", "title:film", "folded_title : x", "*", "film*", "^film", "-film"),
    *("'; DROP TABLE items; --", "film' UNION SELECT body FROM outbox --", '" OR 1=1 --', "{a b}: c", "\\", "%", "_"),
    *("film\x00", "(((", ")" * 400, "\ue000" + "1", "\u202efilm", "ﷺ" * 100, "film " * 100, "\ud800", "😀"),
    *("a" * 100_000, "(" * 100_000, '"' * 100_000),
)
_SORTS: Final = ("title; DROP TABLE items", "title DESC, (SELECT 1)", "id", "rowid", "", "TITLE", "1")


def _questions() -> list[tuple[str, dict[str, object]]]:
    """Name and body of each, as somebody writes them who knows no types of ours."""
    asked: list[tuple[str, dict[str, object]]] = [("search", {"text": text}) for text in _TEXTS]
    for field in ("library", "category", "after", "source", "kind"):
        asked += [("items", {field: text}) for text in _TEXTS]
    asked += [("items", {"sort": sort}) for sort in _SORTS]
    limits = (0, -1, 10**9, 2**63, "1; --", 1e400)
    asked += [(name, {"limit": limit}) for name in ("items", "search", "home", "syncs") for limit in limits]
    asked += [("item", {"id": id_}) for id_ in (-1, 2**63, 10**400, "1 OR 1=1", None, [1])]
    return [(name, {"text": "film", **fields} if name == "search" else fields) for name, fields in asked]


async def _answered(client: Client, name: str, fields: Mapping[str, object]) -> dict[str, Any]:
    body = json.dumps({"type": f"{name}_query.v1", **fields}).encode()
    reply = await client.request(subjects.query(name), body, timeout=20)
    answer: dict[str, Any] = msgspec.json.decode(reply.data)
    return answer


async def h6(trial: Trial) -> None:
    with provider(_FILMS) as server:
        async with up(trial, {"iptv": server}) as rig, watched(rig):
            await all_is_well(rig, (await rig.sync()).sync_id)
            before, questions = _digest(rig), _questions()
            codes: dict[str, int] = {}
            slowest_s = 0.0
            for name, fields in questions:
                began_s = time.monotonic()
                answer = await _answered(rig.client.connection.client, name, fields)
                slowest_s = max(slowest_s, time.monotonic() - began_s)
                code = answer.get("code", "answered")
                codes[code] = codes.get(code, 0) + 1
                expect(code != "internal", f"{name} {str(fields)[:200]}: {answer}")
                _has_no_more_than_asked(answer)
            trial.inject("a hostile question", len(questions))
            trial.note(f"{len(questions)} hostile questions: {codes}; the slowest took {slowest_s * 1000:.0f} ms")
            expect(codes.get("answered", 0) > 0, "nothing was answered")
            expect(set(codes) <= {"answered", "bad_request", "unknown_source"}, f"other failures: {codes}")
            expect(_digest(rig) == before, "the catalogue is another one")
            check_file(rig)
            _is_clear(rig.logs(), "the log")


def _has_no_more_than_asked(answer: Mapping[str, Any]) -> None:
    told = str(answer)
    expect(PASSWORD not in told and "fetch_page" not in told, f"an answer tells of other tables: {told[:300]}")


# --- H12 --------------------------------------------------------------------------------------------------------------

_SOURCE: Final = f'kind = "xtream"\nurl = "http://127.0.0.1:9"\nusername = "{USER}"\npassword = "{PASSWORD}"\n'


def _files() -> dict[str, bytes]:
    """Settings files that somebody else wrote."""
    endless = _SOURCE.replace(f'"{PASSWORD}"', '{ file = "/dev/zero" }')
    bad_ids = ("../up", "a.b", "a*", "a>", "a b", "a\\r\\nb", "", "x" * 65, "\\u0000", "ä", "A")
    return {
        "no text at all": os.urandom(4_096),
        "not UTF-8": b'[log]\nlevel = "\xff\xfe"\n',
        "YAML with a tag": b"!!python/object/apply:os.system ['touch pwned']\n",
        "JSON": b'{"source": []}',
        "cut off": b'[[source]]\nid = "iptv',
        "deep brackets": b"a = " + b"[" * 100_000,
        "deep tables": b"[" + b".".join([b"a"] * 50_000) + b"]\n",
        "a number of a million digits": b"[nats]\nport = " + b"9" * 1_000_000,
        "a hundred thousand sources": b"".join(b'[[source]]\nid = "s%d"\n%b' % (n, _SOURCE.encode()) for n in range(100_000)),
        "one id twice": f'[[source]]\nid = "a"\n{_SOURCE}[[source]]\nid = "a"\n{_SOURCE}'.encode(),
        "an unknown key": f'[[source]]\nid = "a"\n{_SOURCE}shell = "rm"\n'.encode(),
        "a secret of the wrong type": b'[[source]]\nid = "a"\nkind = "xtream"\nurl = "http://h"\nusername = 1\npassword = [2]\n',
        "a secret in a file without end": f'[[source]]\nid = "a"\n{endless}'.encode(),
        **{f"the id {bad!r}": f'[[source]]\nid = "{bad}"\n{_SOURCE}'.encode() for bad in bad_ids},
    }


async def _told(trial: Trial, config: Path) -> tuple[int, str, float]:
    """What `playbill sync` makes of a settings file: it needs every secret, and would start a Playbill."""
    began_s = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "actors.cli", "sync", "--config", str(config)),
        env=environment({}),
        cwd=trial.directory,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        said, _ = await asyncio.wait_for(process.communicate(), WAIT_S)
    except TimeoutError:
        process.kill()
        await process.wait()
        return 0, "it read on for ever", time.monotonic() - began_s
    assert process.returncode is not None
    return process.returncode, said.decode(errors="replace"), time.monotonic() - began_s


def _check_refusal(what: str, code: int, said: str) -> None:
    expect(code != 0, f"{what}: taken: {said[:400]}")
    _is_clear(said, what)
    expect(0 < len(said.strip()) < 4_000, f"{what}: {len(said)} characters are said")
    expect(PASSWORD not in said, f"I9 {what}: the password is said")


async def h12(trial: Trial) -> None:
    config, slowest = trial.directory / "hostile.toml", (0.0, "")
    for what, body in _files().items():
        config.write_bytes(body)
        config.chmod(0o600)
        code, said, took_s = await _told(trial, config)
        _check_refusal(what, code, said)
        slowest = max(slowest, (took_s, what))
        trial.inject("a hostile settings file")
    for name, target in (("loop.toml", "loop.toml"), ("folder.toml", "."), ("zero.toml", "/dev/zero"), ("gone.toml", "nowhere")):
        (trial.directory / name).symlink_to(target)
        code, said, took_s = await _told(trial, trial.directory / name)
        _check_refusal(name, code, said)
        slowest = max(slowest, (took_s, name))
        trial.inject("a settings file that is none")
    trial.note(f"the slowest was refused after {slowest[0]:.1f} s: {slowest[1]}")
    expect(not (trial.directory / "pwned").exists(), "a command out of the file was run")
    expect(not list(trial.directory.glob("*.db")), "a catalogue was begun with settings that were refused")


# --- H13 --------------------------------------------------------------------------------------------------------------

_MARK: Final = "inject-4f2c"
_EVIL: Final = (
    f"{_MARK}\r\nNats-Msg-Id: stolen",
    f"{_MARK}\n+OK\r\nPUB playbill.sync.cancel.all 0\r\n\r\n",
    f"{_MARK}.>.*",
    f"{_MARK} two words\tand a tab",
    f"../../{_MARK}",
    f"{_MARK}\x00after",
)


async def _subjects_and_headers(rig: Rig) -> list[str]:
    client = await nats.connect(rig.admin.url, user=rig.admin.user, password=rig.admin.password)
    found = []
    try:
        for info in await client.jetstream().streams_info():
            for number in range(max(1, info.state.first_seq), info.state.last_seq + 1):
                try:
                    kept = await client.jetstream().get_msg(str(info.config.name), number)
                except nats.js.errors.NotFoundError:
                    continue
                found.append(f"{kept.subject} {kept.headers or ''}")
    finally:
        await client.close()
    return found


async def h13(trial: Trial) -> None:
    told = catalogue(_FILMS)
    films = [dict(film) for film in told.entries(MOVIES)]
    for number, evil in enumerate(_EVIL):
        films[number] |= {"name": evil, "container_extension": evil, "stream_icon": evil, "plot": evil}
        films[20 + number] |= {"category_id": evil}
        films[40 + number] |= {"stream_id": f"{evil}{number}"}
    told = told.with_listing(MOVIES, films)
    for action in (MOVIE_CATEGORIES, LIVE_CATEGORIES):
        evil_ones = [{"category_id": evil, "category_name": evil, "parent_id": 0} for evil in _EVIL]
        told = told.with_listing(action, [*told.entries(action), *evil_ones])
    with provider(_FILMS) as server:
        server.catalogue = told
        async with up(trial, {"iptv": server}) as rig, watched(rig):
            trial.inject("a text of a server that would be a header, a subject or a path", 6 * len(_EVIL))
            last = await rig.sync()
            await settled(rig)
            expect(last.status == "completed", f"the sync is {last.status}: {rig.status_of(last.sync_id)}")
            shown = rig.rows("SELECT count(*) FROM items WHERE title LIKE ?", f"%{_MARK}%")[0][0]
            expect(shown >= len(_EVIL), f"{shown} of the titles are there")
            texts = await _subjects_and_headers(rig)
            strays = [text for text in texts if _MARK in text or "stolen" in text]
            expect(not strays, f"I12: a text of the server is in a subject or a header: {strays[:3]}")
            expect(len(texts) > 10, f"only {len(texts)} messages were looked at")
            again = await rig.sync()
            expect(again.counts.changed == again.counts.new == 0, f"a second look finds something else: {again.counts}")
            lines = [line for line in rig.logs().splitlines() if line.startswith((_MARK, "+OK", "PUB ", "Nats-Msg-Id"))]
            expect(not lines, f"a text of the server begins a line of the log: {lines}")
            check_file(rig)


CASES: Final = (
    Case(
        case_id="H5",
        fault="names of files that lead elsewhere, for backups, restores and schemas",
        invariants="I12",
        seen="refused, with the reason; nothing is written",
        run=h5,
        timeout_s=300,
    ),
    Case(
        case_id="H6",
        fault="searches, filters, sort orders and cursors made to be SQL, or to be too much",
        invariants="I12",
        seen="results, none, or `bad_request`",
        run=h6,
        short=True,
    ),
    Case(
        case_id="H12",
        fault="settings files that somebody else wrote",
        invariants="I9 I11 I12",
        seen="one message with the key or the line; nothing starts",
        run=h12,
        timeout_s=300,
    ),
    Case(
        case_id="H13",
        fault="titles and ids of a server with line breaks, wildcards and the bus's own words",
        invariants="I12",
        seen="the text itself",
        run=h13,
        short=True,
    ),
)
