"""The measurements: each runs real processes and gives numbers, nothing is printed here."""

import asyncio
import contextlib
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from benchmarks.plain_script import Result
from benchmarks.playbill import Playbill, Synced, playbill, xtream_access
from benchmarks.process import Usage
from benchmarks.provider import Sent
from benchmarks.rows import ONE_CHANGED, ONE_IN_FRONT, DataSet, make
from contracts.catalog import Mode, SyncStatus

RESULTS: Final = Path(__file__).resolve().parent / "results"
_POLL_S: Final = 0.002
_QUIET_S: Final = 0.5
_CANCEL_S: Final = 10.0
_EARLIER_MAX: Final = 4


class Provider:
    """The provider's process, by its address."""

    def __init__(self, url: str) -> None:
        self.url = url

    def serve(self, variant: str = "") -> None:
        """Which movies are served from now on."""
        self._get(f"/control?variant={variant}")

    def sent(self) -> Sent:
        return msgspec.json.decode(self._get("/control"), type=Sent)

    def _get(self, path: str) -> bytes:
        with urllib.request.urlopen(self.url + path, timeout=10) as answer:
            body: bytes = answer.read()
            return body


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """The four syncs that are compared, in seconds, of one implementation in one run."""

    first_s: float
    unchanged_s: float
    one_changed_s: float
    one_in_front_s: float


class PlainRun(msgspec.Struct, frozen=True, kw_only=True):
    series: Series
    cpu_s: float
    """Of the first sync, the interpreter's start included."""
    peak_bytes: int
    """Of the first sync."""


class PlaybillRun(msgspec.Struct, frozen=True, kw_only=True):
    series: Series
    ready_s: float
    rows: int
    """In the catalogue after the first sync."""
    first: dict[str, Usage]
    """Of each process after the first sync."""
    unchanged: dict[str, Usage]


class Cancelled(msgspec.Struct, frozen=True, kw_only=True):
    """One cancel, in seconds from before it was published."""

    at_s: float
    """How long the sync had run."""
    downloads_ended_s: float
    """The provider was sending nothing any more."""
    status_s: float
    """The final state `cancelled` was heard."""
    streams_empty_s: float
    stayed_quiet: bool
    """No byte was asked for in the half second after that."""

    @property
    def quiet_s(self) -> float:
        return max(self.downloads_ended_s, self.status_s, self.streams_empty_s)


def data_directory(rows: int) -> tuple[Path, DataSet]:
    """The prepared rows of this size; they are kept for the next time."""
    directory = RESULTS / f"rows-{rows}"
    return directory, make(directory, rows)


@contextlib.contextmanager
def provider_of(directory: Path) -> Iterator[Provider]:
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.provider", str(directory)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield Provider(process.stdout.readline().strip())
    finally:
        process.terminate()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    """A directory on the same disk as the results, and not in memory."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    directory = Path(tempfile.mkdtemp(prefix="run-", dir=RESULTS))
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def plain_run(provider: Provider, *, same: bool) -> PlainRun:
    """The plain script's four syncs, each a process of its own."""
    with scratch() as directory:
        words = [sys.executable, "-m", "benchmarks.plain_script", provider.url, str(directory / "plain.db")]

        def sync(variant: str = "") -> Result:
            provider.serve(variant)
            done = subprocess.run([*words, "--same-tables"] if same else words, check=True, stdout=subprocess.PIPE)
            return msgspec.json.decode(done.stdout, type=Result)

        first, unchanged, changed = sync(), sync(), sync(ONE_CHANGED)
        sync()
        in_front = sync(ONE_IN_FRONT)
        provider.serve()
    series = Series(
        first_s=first.seconds,
        unchanged_s=unchanged.seconds,
        one_changed_s=changed.seconds,
        one_in_front_s=in_front.seconds,
    )
    return PlainRun(series=series, cpu_s=first.cpu_s, peak_bytes=first.peak_bytes)


async def playbill_run(provider: Provider) -> PlaybillRun:
    """Playbill's four syncs, in one `playbill up`."""
    with scratch() as directory:
        async with playbill(directory, xtream_access(provider.url)) as running:
            provider.serve()
            first, unchanged = await running.sync(), await running.sync()
            provider.serve(ONE_CHANGED)
            changed = await running.sync()
            provider.serve()
            await running.sync()
            provider.serve(ONE_IN_FRONT)
            in_front = await running.sync()
            provider.serve()
            ready_s = running.ready_s
    _must_be(unchanged, new=0, changed=0)
    _must_be(changed, new=0, changed=1)
    _must_be(in_front, new=1, changed=0)
    series = Series(
        first_s=first.seconds,
        unchanged_s=unchanged.seconds,
        one_changed_s=changed.seconds,
        one_in_front_s=in_front.seconds,
    )
    return PlaybillRun(
        series=series,
        ready_s=ready_s,
        rows=first.listed.synced,
        first=first.usages,
        unchanged=unchanged.usages,
    )


def _must_be(synced: Synced, *, new: int, changed: int) -> None:
    counts = synced.listed
    if (counts.new, counts.changed) != (new, changed):
        raise RuntimeError(f"a sync that had to bring {new} new and {changed} changed rows brought {counts}")


async def first_sync(provider: Provider) -> Synced:
    """One first sync in a Playbill of its own, for its memory."""
    with scratch() as directory:
        async with playbill(directory, xtream_access(provider.url)) as running:
            return await running.sync()


async def cancels(provider: Provider, moments_s: list[float]) -> list[Cancelled]:
    """Cancel a sync that reads everything at each of these moments after it was asked for; earlier where it had ended by then."""
    found = []
    with scratch() as directory:
        async with playbill(directory, xtream_access(provider.url)) as running:
            for moment_s in moments_s:
                for earlier in range(_EARLIER_MAX):
                    cancelled = await _cancel(running, provider, moment_s / 2**earlier)
                    if cancelled is not None:
                        found.append(cancelled)
                        break
    return found


async def _cancel(running: Playbill, provider: Provider, moment_s: float) -> Cancelled | None:
    """None when the sync ended before the cancel."""
    request_id = await running.ask(Mode.FULL)
    waiting = asyncio.create_task(running.wait(request_id))
    await asyncio.sleep(moment_s)
    started_s = time.perf_counter()
    heard: list[float] = []
    waiting.add_done_callback(lambda _: heard.append(time.perf_counter() - started_s))
    await running.client.cancel(("source", "iptv"))
    async with asyncio.timeout(_CANCEL_S):
        downloads_ended_s, streams_empty_s = await asyncio.gather(
            _downloads_ended(provider, started_s), _streams_empty(running, started_s)
        )
        progress = await waiting
    if progress.status is SyncStatus.COMPLETED:
        return None
    before = provider.sent()
    await asyncio.sleep(_QUIET_S)
    return Cancelled(
        at_s=moment_s,
        downloads_ended_s=downloads_ended_s,
        status_s=heard[0],
        streams_empty_s=streams_empty_s,
        stayed_quiet=provider.sent() == before,
    )


async def _downloads_ended(provider: Provider, started_s: float) -> float:
    async def sending() -> int:
        return (await asyncio.to_thread(provider.sent)).active

    return await _until_none(sending, started_s)


async def _streams_empty(running: Playbill, started_s: float) -> float:
    return await _until_none(running.work_messages, started_s)


async def _until_none(count: Callable[[], Awaitable[int]], started_s: float) -> float:
    """Seconds until the count is 0. The caller bounds it."""
    while True:
        if not await count():
            return time.perf_counter() - started_s
        await asyncio.sleep(_POLL_S)
