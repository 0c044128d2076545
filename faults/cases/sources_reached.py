"""Group E: certificates that prove nothing, and names that lead elsewhere."""

import asyncio
import ssl
import warnings
from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Final

import trustme

from actors.demo.switches import Hold
from contracts.catalog import Mode, SyncStatus
from contracts.messages import SyncProgress
from faults.case import Case
from faults.checker import all_is_well
from faults.hostile import Hostile
from faults.names import own_names
from faults.processes import until
from faults.proxy import HOST
from faults.rig import Rig, up
from faults.trial import Trial, expect
from faults.watching import watched
from faults.world import PASSWORD, USER, access_to, provider

_FILMS: Final = 300
_MEMORY_MB_MAX: Final = 64.0
_REFUSED: Final = {
    "stranger": "certificate problem",
    "public": "certificate problem",
    "expired": "certificate problem",
    "elsewhere": "certificate problem",
    "old": "TLS problem",
    "plain": "TLS problem",
}
"""What is said of each server that is not who it has to be."""


async def e10(trial: Trial) -> None:
    ours, theirs = trustme.CA(), trustme.CA()
    ca = trial.directory / "ca.pem"
    ours.cert_pem.write_to_path(str(ca))
    contexts = {
        "good": _context(ours, HOST),
        "stranger": _context(theirs, HOST),
        "public": _context(theirs, HOST),
        "expired": _context(ours, HOST, not_after=datetime.now(UTC) - timedelta(days=1)),
        "elsewhere": _context(ours, "elsewhere.example"),
        "old": _context(ours, HOST, newest=ssl.TLSVersion.TLSv1_1),
        "unchecked": _context(theirs, HOST),
    }
    more = dict.fromkeys(contexts, f'ca_file = "{ca}"') | {"public": "", "unchecked": "verify_tls = false"}
    async with AsyncExitStack() as stack:
        server = stack.enter_context(provider(_FILMS))
        gates = {name: await stack.enter_async_context(Hostile(server.port, context)) for name, context in contexts.items()}
        plain = await stack.enter_async_context(await asyncio.start_server(_speak_plainly, HOST, 0))
        ports = {name: gate.port for name, gate in gates.items()} | {"plain": plain.sockets[0].getsockname()[1]}
        urls = {name: f"https://{HOST}:{port}" for name, port in ports.items()}
        tables = "".join(_table(name, access_to(server, url), more.get(name, "")) for name, url in urls.items())
        rig = await stack.enter_async_context(up(trial, tables=tables))
        rig.servers = {"good": server}
        for name in ("good", "unchecked"):
            first = await rig.sync(name)
            expect(first.status is SyncStatus.COMPLETED, f"E10 {name}: {first.status}: {first.errors}")
        await stack.enter_async_context(watched(rig, memory_mb_max=_MEMORY_MB_MAX))
        asked = len(server.served)
        for name, text in _REFUSED.items():
            trial.inject(f"a certificate problem: {name}")
            _check_unreachable(name, await rig.sync(name), text, "certificate_problem" if text[0] == "c" else "unreachable")
        expect(len(server.served) == asked, "E10: a server that proved nothing was asked, and given the password")
        ours.issue_cert(HOST, not_after=datetime.now(UTC) - timedelta(days=1)).configure_cert(contexts["good"])
        trial.inject("a certificate expires")
        _check_unreachable("good", await rig.sync("good"), "certificate has expired", "certificate_problem")
        expect(
            rig.rows("SELECT count(*) FROM items WHERE source_id = 'good' AND missing_since IS NULL") == [(_FILMS * 6 // 5,)],
            "I5",
        )
        ours.issue_cert(HOST).configure_cert(contexts["good"])
        await all_is_well(rig, (await rig.sync("good", mode=Mode.FULL)).sync_id, source_id="good")
        _check_silence(rig)


async def _speak_plainly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A server without TLS, which takes a greeting of TLS for a bad request."""
    await reader.read(1)
    writer.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
    writer.close()


def _context(
    authority: trustme.CA, name: str, *, not_after: datetime | None = None, newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3
) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if newest < ssl.TLSVersion.TLSv1_2:
        context.set_ciphers("DEFAULT:@SECLEVEL=0")  # Without it, OpenSSL would not speak so old a version itself.
        with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
            context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = newest
    authority.issue_cert(name, not_after=not_after).configure_cert(context)
    return context


def _table(name: str, access: str, more: str) -> str:
    quick = "sync_on_start = false\nretry_initial_s = 0.05\nretry_max_s = 0.2\nmax_retries = 2"
    return f'[[source]]\nid = "{name}"\n{access}\n{quick}\n{more}\n'


def _check_unreachable(name: str, ended: SyncProgress, text: str, code: str) -> None:
    """The account check alone says it, once, in words; nothing else was tried."""
    found = [(error.step, error.code, error.text) for error in ended.errors]
    expect((ended.status, len(found)) == (SyncStatus.FAILED, 1), f"{name}: {ended.status} with {found}")
    expect(found[0][:2] == ("account", code) and text in found[0][2], f"{name}: {text!r} is not said, but {found}")


def _check_silence(rig: Rig) -> None:
    said = rig.logs() + str(rig.rows("SELECT error_text FROM steps"))
    for secret in (USER, PASSWORD):
        expect(secret not in said, f"I9: {secret} is told")


_NAME: Final = "media.playbill.test"
_LEADS: Final[Mapping[str, tuple[str | None, str, str]]] = {
    "a name is not found any more": (None, "unreachable", "name not found"),
    "a name leads where nobody listens": ("127.0.0.2", "unreachable", "connection refused"),
    "a name leads to the metadata of a cloud": ("169.254.169.254", "address_refused", "link-local (cloud metadata)"),
    "a name leads nowhere": ("0.0.0.0", "address_refused", "unspecified"),
}


async def e11(trial: Trial) -> None:
    with own_names(trial.directory) as names, provider(_FILMS) as server:
        server.set(None, framing="close")  # So that each request connects, and asks for the name.
        names.lead(**{_NAME: HOST})
        table = _table("iptv", access_to(server, f"http://{_NAME}:{server.port}"), "")
        async with up(trial, tables=table) as rig:
            rig.servers = {"iptv": server}
            first = await rig.sync()
            expect(first.status is SyncStatus.COMPLETED, f"E11: {first.status}: {first.errors}")
            async with watched(rig, memory_mb_max=_MEMORY_MB_MAX):
                for fault, (address, code, text) in _LEADS.items():
                    names.lead(**({} if address is None else {_NAME: address}))
                    trial.inject(fault)
                    ended = await rig.sync(mode=Mode.FULL)
                    names.lead(**{_NAME: HOST})
                    _check_unreachable(fault, ended, text, code)
                    expect((await rig.sync()).status is SyncStatus.COMPLETED, f"E11 {fault}: it does not heal")
                hold = Hold()
                server.set("get_vod_categories", hold=hold, framing="close")
                sync_id = await rig.ask(mode=Mode.FULL)
                await until(hold.reached.is_set, "the server is asked for the categories of its films")
                names.lead()
                trial.inject("a name is lost in the middle of a sync")
                hold.release()
                ended = await rig.ended(sync_id)
                names.lead(**{_NAME: HOST})
                server.set(None, framing="close")
                _check_lost_midway(ended)
            await all_is_well(rig, (await rig.sync(mode=Mode.FULL)).sync_id)
            _check_silence(rig)


def _check_lost_midway(ended: SyncProgress) -> None:
    """What was read before is there, and the rest says why it is not."""
    expect((ended.status, ended.progress) == (SyncStatus.PARTIAL, 100), f"E11: {ended.status} at {ended.progress} %")
    texts = {error.step: error.text for error in ended.errors}
    expect(set(texts) == {"movies", "series_categories", "series"}, f"E11: {texts}")
    expect(all("name not found" in text for text in texts.values()), f"E11: {texts}")


CASES: Final = (
    Case(
        case_id="E10",
        fault="certificates of strangers, expired, for another name; TLS 1.1; no TLS at all",
        invariants="I5 I9",
        seen="certificate problem: certificate has expired; TLS problem",
        run=e10,
        timeout_s=300.0,
    ),
    Case(
        case_id="E11",
        fault="a name is lost, or leads elsewhere, also in the middle of a sync",
        invariants="I5 I8",
        seen="name not found; connection refused; the address is not allowed",
        run=e11,
        timeout_s=300.0,
    ),
)
