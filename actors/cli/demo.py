"""`playbill demo`: the real thing, with a provider of its own, in a directory that is gone afterwards."""

import asyncio
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from actors.cli import exits, options

if TYPE_CHECKING:
    from rich.console import Console

    from actors.settings import Settings

_SEARCHED: Final = "moon"
_SHOWN: Final = 5
_WATCHED_BYTES_PER_S: Final = 60_000
"""Of the provider, where a person looks on: its whole catalogue takes a tenth of a second otherwise."""
_SETTINGS: Final = """\
[store]
path = "playbill.db"
[nats]
port = 0
[[source]]
id = "demo"
kind = "xtream"
title = "The demo's provider"
url = "{url}"
username = "{username}"
password = "{password}"
"""


def demo(*, json: options.Json = False) -> int:
    """Sync a stand-in provider with public-domain titles, live, show what is in the catalogue, and clean up.

    Everything is real, HTTP, bus, actors and database, and on this machine only: nothing of yours is read or touched.
    """
    from actors.demo import XtreamServer, demo_catalogue
    from actors.demo.switches import Switches

    is_watched = sys.stdout.isatty() and not json
    speed = Switches(drip_bytes_per_s=_WATCHED_BYTES_PER_S if is_watched else 0)
    with (
        _own_environment(),
        tempfile.TemporaryDirectory(prefix="playbill-demo-") as folder,
        XtreamServer(demo_catalogue(), switches=speed) as provider,
    ):
        file = Path(folder) / "playbill.toml"
        file.touch(mode=0o600)
        file.write_text(_SETTINGS.format(url=provider.url, username=provider.username, password=provider.password))
        return _run(file, as_json=json)


def _run(file: Path, *, as_json: bool) -> int:
    from rich.console import Console

    from actors.cli.opening import opened
    from actors.cli.shows import show_for
    from actors.cli.sync import requested, run_sync
    from contracts.catalog import Mode

    settings = opened(file)
    console = Console(highlight=False, stderr=as_json)
    slow = " It answers slowly, so that there is something to see." if console.is_terminal and not as_json else ""
    console.print(f"A small provider starts here, a bus, four actors and a database, and the provider is synced.{slow}\n")
    request = requested(settings, "demo", mode=Mode.FULL, steps=())
    code = asyncio.run(run_sync(settings, "demo", request, show_for(as_json=as_json)))
    if code in (exits.COMPLETED, exits.PARTIAL):
        asyncio.run(_show_catalogue(settings, console))
    return code


async def _show_catalogue(settings: "Settings", console: "Console") -> None:
    """Counts, a few films by rating, a search, and why some entries were not taken."""
    from actors.cli.items import found_by
    from actors.cli.items_render import table
    from actors.cli.report import source_reports
    from actors.cli.report_render import counted
    from actors.cli.wording import clean
    from actors.store import Reader
    from contracts.catalog import ItemKind

    async with Reader.open(settings.store.path) as reader:
        (report,) = source_reports(settings, await reader.sources_status())
        best = await reader.items(kind=ItemKind.MOVIE, sort="rating", descending=True, limit=_SHOWN)
        rejects = await reader.rejects(source_id="demo", limit=_SHOWN)
    console.print(f"\nIn the catalogue: {', '.join(counted(report))}\n")
    console.print("playbill items --kind movie --sort rating --descending --limit 5", style="bold", soft_wrap=True)
    console.print(table(best.items, console.width))
    console.print(f"\nplaybill search {_SEARCHED}", style="bold")
    console.print(table(await found_by(settings.store.path, _SEARCHED, limit=_SHOWN), console.width))
    if rejects:
        console.print("\nEntries that could not be read cost nothing but themselves:", style="bold")
        for reject in rejects:
            console.print(f"{reject.step}: {clean(reject.reason)}", markup=False, soft_wrap=True)
    console.print("\nYour own: `playbill init`, `playbill check`, `playbill sync iptv`.", markup=False)


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
