"""What a large Plex and a large Jellyfin server cost: requests, seconds and memory, against the least possible.

`python -m benchmarks.paged` serves 50,000 episodes of 12,000 shows, syncs them, and prints a table.
"""

import argparse
import asyncio
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from actors import logs
from actors.demo import ServedRequest
from benchmarks.measure import RESULTS, scratch
from benchmarks.paged_servers import USER, KeptJellyfin, KeptPlex
from benchmarks.plain_paged import JELLYFIN, PLEX
from benchmarks.plain_script import Result
from benchmarks.playbill import Synced, playbill
from benchmarks.process import Usage
from benchmarks.report import README, megabytes, spread, table, within
from contracts.catalog import Part

SHOWS, EPISODES = 12_000, 50_000
_SHORT_BY: Final = 10
_RUNS: Final = 3
_NAMES: Final = {PLEX: "Plex", JELLYFIN: "Jellyfin"}

Server = KeptPlex | KeptJellyfin


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """The plain script and Playbill by turns, each a first sync and one in which nothing has changed."""

    plain_first: Result
    plain_again: Result
    plain_requests: int
    first: Synced
    again: Synced
    home: Synced
    """The home page alone."""
    requests: int
    """Of the first sync, its home page and its sign-in included."""
    home_requests: int
    body_bytes: int


def main() -> int:
    options = _options()
    logs.configure(json=False, level="warning", role="bench")
    shrunk = _SHORT_BY if options.short else 1
    shows, episodes, runs = SHOWS // shrunk, EPISODES // shrunk, options.runs or (1 if options.short else _RUNS)
    measured = {kind: asyncio.run(_measure(kind, shows, episodes, runs)) for kind in options.kinds or (PLEX, JELLYFIN)}
    text = markdown(measured, shows, episodes)
    print(text)
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / "paged.md").write_text(text)
    if options.readme:
        README.write_text(within(README.read_text(), text, "paged"))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.paged", description=__doc__)
    parser.add_argument("kinds", nargs="*", choices=(PLEX, JELLYFIN, []), help="both unless said")
    parser.add_argument("--short", action="store_true", help=f"a {_SHORT_BY}th of it, once")
    parser.add_argument("--runs", type=int, default=None, help=f"how often each is measured; {_RUNS} unless said, 1 with --short")
    parser.add_argument("--readme", action="store_true", help="put the table into README.md")
    return parser.parse_args()


async def _measure(kind: str, shows: int, episodes: int, runs: int) -> list[Run]:
    with KeptPlex(shows, episodes) if kind == PLEX else KeptJellyfin(shows, episodes) as server:
        _say(f"{kind}: the server makes its answers")
        with scratch() as directory:
            await _plain(kind, server, directory)
            await _ours(server, directory / "playbill")
        found = []
        for number in range(1, runs + 1):
            _say(f"{kind}: run {number} of {runs}")
            with scratch() as directory:
                found.append(await _run(kind, server, directory))
        return found


async def _run(kind: str, server: Server, directory: Path) -> Run:
    begin = len(server.served)
    plain_first = await _plain(kind, server, directory)
    plain_requests = len(server.served) - begin
    plain_again = await _plain(kind, server, directory)
    first, again, home, asked, home_asked = await _ours(server, directory / "playbill")
    _check(plain_first.rows, first)
    return Run(
        plain_first=plain_first,
        plain_again=plain_again,
        plain_requests=plain_requests,
        first=first,
        again=again,
        home=home,
        requests=len(asked),
        home_requests=len(home_asked),
        body_bytes=sum(request.body_bytes for request in asked),
    )


async def _plain(kind: str, server: Server, directory: Path) -> Result:
    words = [sys.executable, "-m", "benchmarks.plain_paged", kind, server.url, str(directory / "plain.db")]
    access = ["--token", server.token] if isinstance(server, KeptPlex) else ["--username", USER, "--password", USER]
    done = await asyncio.to_thread(subprocess.run, [*words, *access], check=True, stdout=subprocess.PIPE)
    return msgspec.json.decode(done.stdout, type=Result)


async def _ours(server: Server, directory: Path) -> tuple[Synced, Synced, Synced, list[ServedRequest], list[ServedRequest]]:
    """A first sync, one in which nothing has changed, the home page alone; the requests of the first and of the last."""
    begin = len(server.served)
    async with playbill(directory, _access(server)) as running:
        first = await running.sync()
        asked, begin = server.served[begin:], len(server.served)
        again = await running.sync()
        begin = len(server.served)
        home = await running.sync(parts=[Part.HOME])
        return first, again, home, asked, server.served[begin:]


def _access(server: Server) -> str:
    if isinstance(server, KeptPlex):
        return f'kind = "plex"\nurl = "{server.url}"\ntoken = "{server.token}"'
    return f'kind = "jellyfin"\nurl = "{server.url}"\nusername = "{USER}"\npassword = "{USER}"'


def _check(rows: int, first: Synced) -> None:
    if first.listed.synced != rows:
        raise RuntimeError(f"Playbill stored {first.listed.synced} rows, the plain script {rows}")


# --- The table


def markdown(measured: dict[str, list[Run]], shows: int, episodes: int) -> str:
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}"
    runs = max(map(len, measured.values()))
    setting = (
        f"{episodes:,} episodes of {shows:,} shows, with their seasons; {machine}; median of {runs} interleaved runs, the"
        " smallest and the largest in brackets. The plain script asks for page after page, and keeps no books and no search."
    )
    names = [_NAMES[kind] for kind in measured]
    heads = [f"{name}: {who}" for name in names for who in ("plain script", "Playbill")]
    syncs = table(["", *heads], _rows(list(measured.values())))
    processes = table(["peak memory of a first sync", *names], _peaks(list(measured.values())))
    return f"{setting}\n\n{syncs}\n\n{processes}\n"


def _rows(kinds: Sequence[Sequence[Run]]) -> list[list[str]]:
    return [
        ["rows", *(cell for runs in kinds for cell in (f"{runs[0].plain_first.rows:,}",) * 2)],
        ["requests, first sync", *(f"{count:,}" for runs in kinds for count in (runs[0].plain_requests, runs[0].requests))],
        ["first sync", *(cell for runs in kinds for cell in _first(runs))],
        ["nothing changed", *(cell for runs in kinds for cell in _again(runs))],
        ["home page alone", *(cell for runs in kinds for cell in ("", _home(runs)))],
        ["processor s, first sync", *(cell for runs in kinds for cell in _cpu(runs))],
    ]


def _first(runs: Sequence[Run]) -> tuple[str, str]:
    return _seconds([run.plain_first.seconds for run in runs]), _seconds([run.first.seconds for run in runs])


def _again(runs: Sequence[Run]) -> tuple[str, str]:
    return _seconds([run.plain_again.seconds for run in runs]), _seconds([run.again.seconds for run in runs])


def _home(runs: Sequence[Run]) -> str:
    return f"{_seconds([run.home.seconds for run in runs])}, {runs[0].home_requests} requests"


def _cpu(runs: Sequence[Run]) -> tuple[str, str]:
    ours = [sum(usage.cpu_s for usage in run.first.usages.values()) for run in runs]
    return spread([run.plain_first.cpu_s for run in runs]), spread(ours)


def _seconds(values: Sequence[float]) -> str:
    return f"{spread(values)} s"


def _peaks(kinds: Sequence[Sequence[Run]]) -> list[list[str]]:
    names = sorted({name for runs in kinds for run in runs for name in run.first.usages})
    plain = ["plain script", *(f"{max(run.plain_first.peak_bytes for run in runs) / 1_000_000:.0f} MB" for runs in kinds)]
    return [plain, *([name, *(megabytes(_of(runs, name)) for runs in kinds)] for name in names)]


def _of(runs: Sequence[Run], name: str) -> list[Usage]:
    return [run.first.usages[name] for run in runs if name in run.first.usages]


def _say(what: str) -> None:
    print(f"… {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
