"""All measurements in one run: the plain script and Playbill by turns, then cancels, start-up and memory by size."""

import argparse
import asyncio
import os
import platform
import statistics
import sys
from typing import Final

from actors import logs
from benchmarks.measure import (
    RESULTS,
    Cancelled,
    PlainRun,
    PlaybillRun,
    Provider,
    cancels,
    data_directory,
    first_sync,
    plain_run,
    playbill_run,
    provider_of,
)
from benchmarks.process import Usage
from benchmarks.report import README, Numbers, markdown, within
from benchmarks.rows import ROWS

SHORT_ROWS: Final = 20_000
SIZES: Final = (20_000, ROWS, 500_000)
"""Rows at which memory is compared."""
_MOMENTS: Final = 10


def main() -> int:
    options = _options()
    logs.configure(json=False, level="warning", role="bench")
    text = markdown(asyncio.run(_measure(options)))
    print(text)
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / "latest.md").write_text(text)
    if options.readme:
        README.write_text(within(README.read_text(), text))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    parser.add_argument("--short", action="store_true", help=f"{SHORT_ROWS:,} rows, one run, three cancels, no sizes")
    parser.add_argument("--rows", type=int, default=None, help=f"instead of {ROWS:,}")
    parser.add_argument("--runs", type=int, default=None, help="how often each is measured; 3 unless said, 1 with --short")
    parser.add_argument("--plain-only", action="store_true", help="the plain script alone")
    parser.add_argument("--readme", action="store_true", help="put the tables into README.md")
    return parser.parse_args()


async def _measure(options: argparse.Namespace) -> Numbers:
    rows = options.rows or (SHORT_ROWS if options.short else ROWS)
    directory, made = data_directory(rows)
    with provider_of(directory) as provider:
        plain, same, ours = await _by_turns(provider, options.runs or (1 if options.short else 3), plain_only=options.plain_only)
        stopped = await _cancels(provider, ours, 3 if options.short else _MOMENTS)
    peaks = {} if options.plain_only or options.short or options.rows else await _peaks(rows, ours)
    _check(ours, sum(made.counts.values()))
    return Numbers(
        rows=sum(made.counts.values()),
        body_bytes=made.total_bytes,
        machine=f"{os.cpu_count()} cores, Python {platform.python_version()}",
        plain=plain,
        same=same,
        playbill=ours,
        cancels=stopped,
        peaks=peaks,
    )


async def _by_turns(
    provider: Provider, runs: int, *, plain_only: bool
) -> tuple[list[PlainRun], list[PlainRun], list[PlaybillRun]]:
    """By turns, so that a slow minute of the machine hits all of them."""
    plain, same, ours = [], [], []
    for number in range(1, runs + 1):
        _say(f"run {number} of {runs}")
        plain.append(plain_run(provider, same=False))
        same.append(plain_run(provider, same=True))
        if not plain_only:
            ours.append(await playbill_run(provider))
    return plain, same, ours


async def _cancels(provider: Provider, ours: list[PlaybillRun], moments: int) -> list[Cancelled]:
    """Spread evenly over the time that a first sync takes."""
    if not ours:
        return []
    _say("cancels")
    whole_s = statistics.median(run.series.first_s for run in ours)
    return await cancels(provider, [whole_s * (place + 0.5) / moments for place in range(moments)])


async def _peaks(rows: int, ours: list[PlaybillRun]) -> dict[int, dict[str, Usage]]:
    peaks = {rows: ours[-1].first}
    for size in SIZES:
        if size not in peaks:
            _say(f"memory at {size:,} rows")
            directory, _ = data_directory(size)
            with provider_of(directory) as provider:
                peaks[size] = (await first_sync(provider)).usages
    return peaks


def _check(ours: list[PlaybillRun], rows: int) -> None:
    for run in ours:
        if run.rows != rows:
            raise RuntimeError(f"{run.rows} rows are in the catalogue, {rows} were served")


def _say(what: str) -> None:
    print(f"… {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
