"""`playbill demo`: the real thing, with three servers of its own, in a directory that is gone afterwards."""

import asyncio
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from actors.cli import exits, options

if TYPE_CHECKING:
    from rich.console import Console

    from actors.cli.following import FollowedSync
    from actors.cli.interrupts import Interrupts
    from actors.cli.shows import Show
    from actors.runtime.client import BusClient
    from actors.settings import Settings
    from actors.store import SourceStatus
    from contracts.messages import HomeSectionShown

_SEARCHED: Final = "moon"
_FOUND: Final = 7
_SECTIONS: Final = 2
_ITEMS: Final = 3
_GOOD: Final = (exits.COMPLETED, exits.PARTIAL)
_WATCHED_BYTES_PER_S: Final = 400_000
"""Of each answer, where a person looks on: a whole catalogue takes a tenth of a second otherwise."""
_SETTINGS: Final = """\
[store]
path = "playbill.db"
[nats]
port = 0
[[source]]
id = "iptv"
kind = "xtream"
url = "{iptv.url}"
username = "{iptv.username}"
password = "{iptv.password}"
[[source]]
id = "plex"
kind = "plex"
url = "{plex.url}"
token = "{plex.token}"
music = true
[[source]]
id = "jellyfin"
kind = "jellyfin"
url = "{jellyfin.url}"
username = "demo"
password = "demo"
music = true
"""
_INTRODUCTION: Final = """\
Three small servers with public-domain titles start here: IPTV, Plex, Jellyfin.
With them a bus, the actors and a database, which then sync all three.
"""
_NEXT: Final = """
Now with your own:

  playbill init                 writes a commented playbill.toml, to fill in
  playbill check                are the servers there, do they let us in?
  playbill up                   runs it; every source is synced at once
  playbill home                 what is on, also when every server is off
  playbill search WORDS         where can it be played?
"""


def demo(*, json: options.Json = False) -> int:
    """Sync three stand-in servers with public-domain titles, live, show their home pages and a search, and clean up.

    Everything is real, HTTP, bus, actors and database, and on this machine only: nothing of yours is read or touched.
    With --json: the states of the syncs, the home pages, and what was found, one document a line.
    """
    from actors.demo import JellyfinServer, PlexServer, XtreamServer, demo_catalogue, demo_jellyfin_library, demo_plex_library

    is_watched = sys.stdout.isatty() and not json
    with (
        _own_environment(),
        tempfile.TemporaryDirectory(prefix="playbill-demo-") as folder,
        XtreamServer(demo_catalogue()) as iptv,
        PlexServer(demo_plex_library()) as plex,
        JellyfinServer(demo_jellyfin_library(), users={"demo": "demo"}) as jellyfin,
    ):
        for server in (iptv, plex, jellyfin):
            server.set(drip_bytes_per_s=_WATCHED_BYTES_PER_S if is_watched else 0)
        file = Path(folder) / "playbill.toml"
        file.touch(mode=0o600)
        file.write_text(_SETTINGS.format(iptv=iptv, plex=plex, jellyfin=jellyfin))
        return _run(file, as_json=json)


def _run(file: Path, *, as_json: bool) -> int:
    from rich.console import Console

    from actors.cli.opening import opened

    settings = opened(file)
    console = Console(highlight=False, quiet=as_json)
    console.print(_INTRODUCTION, soft_wrap=True)
    code = asyncio.run(_synced(settings, console, as_json=as_json))
    if code in _GOOD:
        asyncio.run(_show_catalogue(settings, console, as_json=as_json))
    return code


async def _synced(settings: "Settings", console: "Console", *, as_json: bool) -> int:
    """Every source, one after another, by one Playbill; the exit code of the last that was tried."""
    from actors.cli.interrupts import Interrupts, unless
    from actors.cli.progress_render import end_line

    client: BusClient | None = None
    code = exits.COMPLETED
    # The actors write on what is overheard as long as they live, which is longer than the bars of one source.
    with Interrupts() as interrupts, _show(console, as_json=as_json).overhearing():
        async with AsyncExitStack() as stack:
            for source in settings.sources:
                with _show(console, as_json=as_json) as show:
                    client = client or await unless(interrupts.first, _connected(stack, settings))
                    if client is None:
                        return exits.CANCELLED
                    followed = _followed(client, settings, source.source_id, show, interrupts)
                    code = await followed.to_end()
                if followed.known.latest is not None:
                    console.print(end_line(followed.known.latest), markup=False, soft_wrap=True)
                if code not in _GOOD:
                    break
    return code


def _show(console: "Console", *, as_json: bool) -> "Show":
    """Bars on a terminal, which are gone when their sync is over; nothing in a pipe, where its last line says enough."""
    from rich.console import Console

    from actors.cli.shows import show_for

    return show_for(as_json=as_json, console=console if console.is_terminal else Console(quiet=True))


async def _connected(stack: AsyncExitStack, settings: "Settings") -> "BusClient":
    from actors.cli.running import playbill_running
    from actors.runtime.client import BusClient

    config = await stack.enter_async_context(playbill_running(settings))
    return await stack.enter_async_context(await BusClient.connect(config))


def _followed(
    client: "BusClient", settings: "Settings", source_id: str, show: "Show", interrupts: "Interrupts"
) -> "FollowedSync":
    from actors.cli.following import FollowedSync
    from actors.cli.sync import requested
    from contracts.catalog import Mode

    return FollowedSync(client, source_id, requested(settings, source_id, mode=Mode.FULL), show, interrupts)


async def _show_catalogue(settings: "Settings", console: "Console", *, as_json: bool) -> None:
    """What is there, the beginning of each home page, where a title can be played, and what to type next."""
    from actors.cli import home, search
    from actors.store import Reader

    sections = await home.sections_of(settings, None, _ITEMS)
    found = await search.titles_found(settings.store.path, _SEARCHED, limit=_FOUND)
    if as_json:
        home.show(sections, as_json=True)
        search.show(found, as_json=True)
        return
    async with Reader.open(settings.store.path) as reader:
        stored = await reader.sources_status()
    _say_counts(settings, stored, console)
    for source in settings.sources:
        _say_home(source.source_id, [section for section in sections if section.source_id == source.source_id], console)
    from actors.cli.search_render import table

    _say_command(f"search {_SEARCHED}", console)
    console.print(table(found))
    console.print(_NEXT, markup=False, soft_wrap=True)


def _say_counts(settings: "Settings", stored: "list[SourceStatus]", console: "Console") -> None:
    from rich.table import Table

    from actors.cli.wording import kinds_counted

    known = {status.source.source_id: status for status in stored}
    table = Table.grid(padding=(0, 2, 0, 0))
    for status in (known[source.source_id] for source in settings.sources):
        rejected = [f"{status.rejects} entries unreadable"] if status.rejects else []
        table.add_row(status.source.source_id, ", ".join([*kinds_counted(status.items), *rejected]))
    console.print("\nIn the catalogue:", style="bold")
    console.print(table)


def _say_home(source_id: str, sections: "list[HomeSectionShown]", console: "Console") -> None:
    from actors.cli.home_render import page

    _say_command(f"home {source_id} --limit {_ITEMS}", console)
    console.print(page(sections[:_SECTIONS], datetime.now(UTC), source_id))
    if len(sections) > _SECTIONS:
        console.print(f"… and {len(sections) - _SECTIONS} more sections", style="dim")


def _say_command(words: str, console: "Console") -> None:
    console.print(f"\n$ playbill {words}", style="bold cyan")


@contextmanager
def _own_environment() -> Iterator[None]:
    """No PLAYBILL_ variable of the user's reaches the demo, whose actors inherit what is set here."""
    taken = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("PLAYBILL_")}
    os.environ["PLAYBILL_LOG__LEVEL"] = "error"
    try:
        yield
    finally:
        del os.environ["PLAYBILL_LOG__LEVEL"]
        os.environ.update(taken)
