"""Every hostile answer, over real HTTP, to a real process: each ends in a clear error, in time, and under 64 MB.

| what is served | error |
|---|---|
| 1 a body, a header or a status line that drips; interim answers without end; nothing at all | timeout |
| 2 a body without end | answer_too_large |
| 3 a gzip bomb; one within another; gzip on gzip; br, zstd; several streams | unexpected_answer; a page: answer_too_large |
| 4 a Content-Length too small or too large | incomplete_answer |
| 5 one that is negative, of 5,000 digits, or there twice | unreachable |
| 6 one of terabytes | answer_too_large |
| 7 a body cut in a chunk or at the end of its connection; a chunk of yottabytes | incomplete_answer |
| 8 a redirect in a circle, elsewhere, into the cloud, to a file, with a login | redirect_refused |
| 9 a header of a megabyte, headers without end | unreachable; 10,000 small ones are read |
| 10 a web page with status 200 | unexpected_answer |
| 11 a text of 100 MB; an object with a million keys | answer_too_large |
| 12 a million entries | read, in many slices; refused in a page, which is held whole |
| 13 JSON 100,000 deep | incomplete_answer, as one entry a reject |
| 14 numbers beyond 64 bits, of 4,000 digits, 1e400, NaN; texts that are no UTF-8, lone surrogates | read or rejected |
| 15 a byte order mark; UTF-16 | read; unexpected_answer |
"""

import asyncio
import gzip
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from contracts.catalog import SourceKind
from tests.hostile_probe import Job, Outcome
from tests.hostile_server import ENTRY, MIB, Serve, answer, bomb, flow, hostile_server, raw, repeated, silence

PEAK_KIB_MAX = 64 * 1024
TOOK_S_MAX = 60.0
"""Generous: the machine may have much else to do. The waits of the probe's own are five seconds."""
OK = b"HTTP/1.1 200 OK\r\n"
MANY = 10**6
BOMB = bomb(100 * MIB)

Cases = dict[str, tuple[Serve, str]]


def endless(head: bytes, piece: bytes) -> Callable[[], Iterable[bytes]]:
    def pieces() -> Iterable[bytes]:
        yield head
        while True:
            yield piece

    return pieces


def moved(location: str) -> Serve:
    return answer(b"", f"Location: {location}", status="302 Found")


def page(entries: bytes) -> bytes:
    return b'{"MediaContainer":{"Metadata":[' + entries + b"]}}"


LISTED = b"[" + ENTRY + b"]"
NUMBERS = (
    b'[{"num":9223372036854775808,"stream_id":1},{"num":' + b"9" * 4000 + b',"stream_id":2},'
    b'{"num":1e400},{"num":NaN},{"num":"12","stream_id":true}]'
)
TEXTS = b'[{"name":"\xff\xfe"},{"name":"\\ud800"},{"name":"a\\u0000b"}]'

SLOW: Cases = {
    "drip-body": (flow(endless(OK + b"Content-Length: 100000\r\n\r\n[", b" "), 0.01), "timeout"),
    "drip-headers": (flow(endless(OK, b"X-A: b\r\n"), 0.01), "timeout"),
    "drip-status": (flow(lambda: (bytes((byte,)) for byte in OK * 10), 0.2), "timeout"),
    "interim": (flow(endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), 0.001), "timeout"),
    "silence": (silence, "timeout"),
}
INFLATED: Cases = {
    "endless": (flow(endless(OK + b"\r\n[", b" " * 65_536)), "answer_too_large"),
    "bomb": (answer(BOMB, "Content-Encoding: gzip"), "unexpected_answer"),
    "bomb-of-blanks": (answer(gzip.compress(b"[" + b" " * 64 * MIB), "Content-Encoding: gzip"), "answer_too_large"),
    "bomb-in-bomb": (answer(gzip.compress(BOMB), "Content-Encoding: gzip"), "unexpected_answer"),
    "gzip-gzip": (answer(gzip.compress(BOMB), "Content-Encoding: gzip, gzip"), "unexpected_answer"),
    "gzip-twice": (answer(BOMB, "Content-Encoding: gzip", "Content-Encoding: gzip"), "unexpected_answer"),
    "br": (answer(b"x", "Content-Encoding: br"), "unexpected_answer"),
    "zstd": (answer(b"x", "Content-Encoding: zstd"), "unexpected_answer"),
    "streams": (answer(gzip.compress(b"[]") * 3, "Content-Encoding: gzip"), "unexpected_answer"),
}
CUT: Cases = {
    "length-small": (answer(LISTED, length="10"), "incomplete_answer"),
    "length-large": (answer(LISTED, length="100000"), "incomplete_answer"),
    "length-negative": (answer(LISTED, length="-5"), "unreachable"),
    "length-of-digits": (answer(LISTED, length="9" * 5000), "unreachable"),
    "length-twice": (answer(LISTED, "Content-Length: 7"), "unreachable"),
    "length-huge": (answer(LISTED, length="9" * 13), "answer_too_large"),
    "length-beyond-64-bits": (answer(LISTED, length="9" * 20), "answer_too_large"),
    "chunk-cut": (raw(OK + b"Transfer-Encoding: chunked\r\n\r\nFFFFF\r\n[" + ENTRY), "incomplete_answer"),
    "chunk-huge": (raw(OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"F" * 20 + b"\r\n[" + ENTRY), "incomplete_answer"),
    "close-cut": (raw(OK + b"\r\n[" + ENTRY), "incomplete_answer"),
}
LED: Cases = {
    "circle": (moved("/circle/x"), "redirect_refused"),
    "elsewhere": (moved("http://127.0.0.2:9/"), "redirect_refused"),
    "cloud": (moved("//169.254.169.254/latest"), "redirect_refused"),
    "file": (moved("file:///etc/passwd"), "redirect_refused"),
    "login": (moved("http://127.0.0.1@127.0.0.2/"), "redirect_refused"),
    "port": (moved("http://127.0.0.1:1/"), "redirect_refused"),
    "header-large": (answer(LISTED, "X-A: " + "a" * MIB), "unreachable"),
    "headers-many": (answer(LISTED, *[f"X-{number}: b" for number in range(10_000)]), ""),
    "headers-endless": (flow(endless(OK, b"X-A: " + b"a" * 60_000 + b"\r\n")), "unreachable"),
}
CONTENT: Cases = {
    "html": (answer(b"<!doctype html><html>Sign in</html>"), "unexpected_answer"),
    "text-large": (flow(repeated(b'[{"name":"', b"a" * 1024, 100 * 1024, b'"}]')), "answer_too_large"),
    "text-alone": (flow(repeated(b'"', b"a" * 1024, 100 * 1024, b'"')), "unexpected_answer"),
    "keys": (flow(repeated(b'[{"a":1', b',"kkkkkkkk":1', MANY, b"}]")), "answer_too_large"),
    "keys-of-the-root": (flow(repeated(b'{"a":{}', b',"kkkkkkkk":{}', MANY, b"}")), "unexpected_answer"),
    "entries": (flow(repeated(b"[{}", b",{}", MANY // 4, b"]")), ""),
    "ones": (flow(repeated(b"[1", b",1", MANY // 4, b"]")), ""),
    "deep": (answer(b"[" * 100_000 + b"]" * 100_000), "incomplete_answer"),
    "deep-entry": (answer(b'[{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}]"), ""),
    "deep-object": (answer(b'{"a":' * 100_000 + b"1" + b"}" * 100_000), "unexpected_answer"),
    "numbers": (answer(NUMBERS), ""),
    "texts": (answer(TEXTS), ""),
    "mark": (answer(b"\xef\xbb\xbf" + LISTED), ""),
    "utf-16": (answer(LISTED.decode().encode("utf-16")), "unexpected_answer"),
}
PAGES: Cases = {
    "page-bomb": (answer(BOMB, "Content-Encoding: gzip"), "answer_too_large"),
    "page-entries": (answer(page(b",".join([b"{}"] * MANY))), "answer_too_large"),
    "page-ones": (answer(page(b",".join([b"1"] * MANY))), "answer_too_large"),
    "page-of-lists": (answer(b"[" + b",".join([b"[]"] * MANY) + b"]"), "answer_too_large"),
    "page-text": (answer(page(b'{"ratingKey":"1","title":"' + b"a" * 7 * MIB + b'"}')), "answer_too_large"),
    "page-beyond": (flow(repeated(b'{"MediaContainer":{"Metadata":[{}', b",{}", 5 * MANY, b"]}}")), "answer_too_large"),
    "page-keys": (answer(page(b'{"a":1' + b',"kkkkkkkk":1' * 500_000 + b"}")), "answer_too_large"),
    "page-full": (answer(page(b",".join([b"{}"] * 45_000))), ""),
    "page-deep": (answer(page(b"[" * 100_000 + b"]" * 100_000)), ""),
    "page-broken": (answer(page(b"{}," * 45_000 + b'"\xff'), ""), "unexpected_answer"),
    "page-html": (answer(b"<html>Sign in</html>"), "unexpected_answer"),
    "page-circle": (moved("/page-circle/x"), "redirect_refused"),
}
GROUPS = {"slow": SLOW, "inflated": INFLATED, "cut": CUT, "led": LED, "content": CONTENT, "pages": PAGES}


async def outcomes(jobs: Sequence[Job]) -> list[Outcome]:
    """Of each job, done by one process one after the other."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.hostile_probe", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    told = b"".join(msgspec.json.encode(job) + b"\n" for job in jobs)
    try:
        async with asyncio.timeout(110):
            said, _ = await process.communicate(told)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0
    return [msgspec.json.decode(line, type=Outcome) for line in said.splitlines()]


@pytest.mark.parametrize("group", GROUPS)
async def test_every_hostile_answer_ends_in_a_clear_error_in_time_and_in_bounds(group: str) -> None:
    cases = GROUPS[group]
    kind, step = (SourceKind.PLEX, "movies.1") if group == "pages" else (SourceKind.XTREAM, "movies")
    async with hostile_server({name: serve for name, (serve, _) in cases.items()}) as port:
        asked = Job(name="", kind=kind, step=step, in_haste=group == "slow")
        jobs = [replace(asked, name=name, base_url=f"http://127.0.0.1:{port}/{name}") for name in cases]
        found = await outcomes(jobs)

    assert {one.name: one.code for one in found} == {name: code for name, (_, code) in cases.items()}
    assert {one.name: one.peak_kib for one in found if one.peak_kib > PEAK_KIB_MAX} == {}
    assert {one.name: one.took_s for one in found if one.took_s > TOOK_S_MAX} == {}
    assert not [one.text for one in found if "canary" in one.text or bool(one.text) != bool(one.code)]


SLICES = {
    "empty": b"[" + b",".join([b"{}"] * 5_000) + b"]",
    "ones": b"[" + b",".join([b"1"] * 5_000) + b"]",
    "keys": b'[{"stream_id":1,' + b",".join([b'"k%d":1' % number for number in range(35_000)]) + b"}]",
    "deep": b'[{"stream_id":1,"name":' + b"[" * 170_000 + b"]" * 170_000 + b"}]",
    "text": b'[{"stream_id":1,"name":"' + b"a" * 380_000 + b'"}]',
    "list": b'[{"stream_id":1,"category_ids":[' + b",".join([b"1"] * 180_000) + b"]}]",
    "numbers": NUMBERS,
    "texts": TEXTS,
}


@pytest.mark.parametrize(
    ("kind", "step"), [(SourceKind.XTREAM, "movies"), (SourceKind.PLEX, "movies.1"), (SourceKind.JELLYFIN, "movies.1")]
)
async def test_every_hostile_slice_is_parsed_entry_by_entry_into_one_message(tmp_path: Path, kind: SourceKind, step: str) -> None:
    for name, body in SLICES.items():
        (tmp_path / name).write_bytes(body)
    found = await outcomes([Job(name=name, kind=kind, step=step, file=str(tmp_path / name)) for name in SLICES])

    entries = {"empty": 5_000, "ones": 5_000, "numbers": 5, "texts": 3}
    assert {one.name: (one.code, one.rows + one.rejects) for one in found} == {
        name: ("", entries.get(name, 1)) for name in SLICES
    }
    assert {one.name: one.peak_kib for one in found if one.peak_kib > PEAK_KIB_MAX} == {}
