"""A process of its own that fetches or parses what it is told to, and says how each ended and what memory it took.

`python -m tests.hostile_probe`, with one JSON job a line on standard input; one line of JSON for each on standard output.
"""

import asyncio
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from actors.fetcher.actor import Fetcher
from actors.fetcher.config import FetcherSource, RetryPolicy, Timeouts
from actors.parser import parse
from actors.sources.ask import Credentials
from contracts import codec
from contracts.catalog import SourceKind
from contracts.errors import PlaybillError
from contracts.messages import FetchFailed, FetchPage, RawSlice

TIMEOUTS = Timeouts(connect_s=5, first_byte_s=3, idle_s=3, total_s=5)
HASTE = Timeouts(connect_s=5, first_byte_s=1, idle_s=1, total_s=1.5)


class Job(Struct, frozen=True, kw_only=True):
    """Fetch from an address, or parse the bytes of a file as a slice."""

    name: str
    kind: SourceKind = SourceKind.XTREAM
    step: str = "movies"
    base_url: str = ""
    in_haste: bool = False
    """Whether to wait as shortly as may be: for answers that no patience brings."""
    file: str = ""


class Outcome(Struct, frozen=True, kw_only=True):
    name: str
    code: str
    """Of the error; empty for a listing that is complete."""
    text: str = ""
    slices: int = 0
    rows: int = 0
    rejects: int = 0
    took_s: float = 0.0
    peak_kib: int = 0


def main() -> None:
    for line in sys.stdin.buffer:
        job = msgspec.json.decode(line, type=Job)
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # The peak begins anew.
        began_s = time.monotonic()
        found = asyncio.run(_fetched(job)) if job.base_url else _parsed(job)
        outcome = replace(found, took_s=time.monotonic() - began_s, peak_kib=_peak_kib())
        sys.stdout.buffer.write(msgspec.json.encode(outcome) + b"\n")
        sys.stdout.buffer.flush()


async def _fetched(job: Job) -> Outcome:
    source = FetcherSource(
        source_id="hostile",
        kind=job.kind,
        base_url=job.base_url,
        credentials=Credentials(username="u", password="pw-canary", token="token-canary", client_id="c"),
        retry=RetryPolicy(max_retries=0),
        timeouts=HASTE if job.in_haste else TIMEOUTS,
        allow_private_addresses=True,
        requests_per_10_s=None,
    )
    command = FetchPage(sync_id="0" * 16, source_id="hostile", source_kind=job.kind, step=job.step, issue=1, requested_ns=1)
    slices, end = 0, "no end"
    text = ""
    async with Fetcher({"hostile": source}, clock=lambda: datetime.now(UTC)) as fetcher:
        async for message in fetcher.handle(command, 1):
            codec.encode(message)  # As the bus would: what cannot be said is found out here.
            if isinstance(message, RawSlice):
                slices += 1
                end = "" if message.slices_total is not None else end
            elif isinstance(message, FetchFailed):
                end, text = message.error.code, message.error.text
    return Outcome(name=job.name, code=end, text=text, slices=slices)


def _parsed(job: Job) -> Outcome:
    body = Path(job.file).read_bytes()
    raw = RawSlice(
        sync_id="0" * 16,
        source_id="hostile",
        source_kind=job.kind,
        step=job.step,
        requested_ns=1,
        attempt=1,
        slice=0,
        slices_total=1,
        digest=bytes(16),
        body_bytes=len(body),
        body=body,
    )
    try:
        parsed = parse(raw)
        codec.encode(parsed)
    except PlaybillError as error:
        return Outcome(name=job.name, code=error.code, text=error.text)
    return Outcome(name=job.name, code="", rows=len(msgspec.msgpack.decode(parsed.items)), rejects=len(parsed.rejects))


def _peak_kib() -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:", 1)[1].split(None, 1)[0])


if __name__ == "__main__":
    main()
