"""Small servers whose every row a test sets, synced by the real decisions in a world without faults; time is the test's."""

import json
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from actors.demo.plex_switches import PlexSwitches
from actors.parser import parse_series
from actors.store import Store
from actors.store.records import StepRow
from contracts import codec
from contracts.catalog import Mode, Part
from contracts.messages import FetchPage, FetchSeries, RawSeries, RawSlice
from tests.simulation.faults import Faults, InMemoryMessage
from tests.simulation.paged import PagedWorld
from tests.simulation.provider import ACTIONS
from tests.simulation.world import World

CALM: Final = Faults(
    duplicate=0, lose_ack=0, crash_before=0, crash_inside=0, crash_after=0, truncate=0, flap=0, forget_bus=0, bury=0
)
FILMS: Final = "movies.4"
"""The step of the Plex server's library of films."""
Row = tuple[int, str, str, str]
"""Local id, kind, remote id, title."""
_SHOWN: Final = "SELECT id, kind, remote_id, title FROM items WHERE NOT is_stub AND missing_since IS NULL ORDER BY id"
_CATEGORIES: Final = (
    "SELECT id, item_kind, remote_id, title FROM categories WHERE NOT is_stub AND missing_since IS NULL ORDER BY id"
)
WorldT = TypeVar("WorldT", bound=World)


def asked(path: Path, sql: str, *values: object) -> list[tuple[Any, ...]]:
    """Read from the file itself and with none of the store's code."""
    with closing(sqlite3.connect(path)) as database:
        return database.execute(sql, values).fetchall()


class Synced:
    """A sync that has ended, and its steps."""

    def __init__(self, status: str, steps: Mapping[str, StepRow]) -> None:
        self.status, self.steps = status, steps

    def said(self, step: str) -> str:
        """All the words that a person is told about a step."""
        row = self.steps[step]
        return "; ".join(text for text in (row.error_text, row.notice) if text)


class Kept(World):
    """What both kinds of server share."""

    store: Store
    syncs = 0

    async def sync(self, *, mode: Mode = Mode.INCREMENTAL, **request: Any) -> Synced:
        """One sync of the catalogue, to its end."""
        self.syncs += 1
        wanted = {"parts": [Part.CATALOGUE], **request}
        return await self.ended(self.ask(f"sync-{self.syncs}", mode=mode, **wanted))

    async def ended(self, sync_id: str) -> Synced:
        status = await self.run_until_ended(self.store, sync_id)
        async with self.store.transaction() as tx:
            return Synced(status, {step.step: step for step in await tx.steps(sync_id)})

    def rows(self, kind: str | None = None) -> list[Row]:
        """The items that a person sees."""
        return [row for row in asked(self.path, _SHOWN) if kind in (None, row[1])]

    def categories(self) -> list[Row]:
        return asked(self.path, _CATEGORIES)

    def ids(self, kind: str) -> dict[str, int]:
        """Title to local id, of what is shown."""
        return {title: row for row, _, _, title in self.rows(kind)}


class Panel(Kept):
    """An Xtream account: 100 films, 30 series, 10 channels, and categories."""

    def __init__(self, path: Path) -> None:
        super().__init__(1, path, CALM)
        self.bodies: dict[str, bytes] = {}
        """What is sent in place of a listing."""
        self.provider.listings = {step: [] for step in ACTIONS}
        for step, count in (("channel_categories", 2), ("movie_categories", 4), ("series_categories", 2)):
            self.provider.listings[step] = [{"category_id": str(n), "category_name": f"{step} {n}"} for n in range(1, count + 1)]
        self.put("movies", range(1, 101))
        self.put("series", range(1, 31))
        self.put("channels", range(1, 11))
        self.episodes: dict[str, list[dict[str, Any]]] = {}
        """By series; one that has no entry is unknown."""
        self.batches: list[list[str]] = []
        """The series of each command."""

    def put(self, step: str, numbers: range, *, shift: int = 0) -> None:
        """The entries of a listing: title by number, id shifted."""
        key = "series_id" if step == "series" else "stream_id"
        self.provider.listings[step] = [
            {key: number + shift, "name": f"{step} {number}", "category_id": str(number % 2 + 1), "year": str(1900 + number)}
            for number in numbers
        ]

    async def fetch(self, message: InMemoryMessage) -> None:
        command = codec.decode_work(message.body, FetchPage | FetchSeries)
        if isinstance(command, FetchPage):
            await super().fetch(message)
            return
        if self.cancels.hit(command.source_id, command.sync_id, command.requested_ns):
            return
        self.batches.append([ask.remote_id for ask in command.series])
        place = {name: getattr(command, name) for name in ("sync_id", "source_id", "source_kind", "step", "requested_ns")}
        for ask in command.series:
            answer = self.episodes.get(ask.remote_id)
            body = b"" if answer is None else json.dumps({"info": {}, "episodes": {"1": answer}}).encode()
            self.publish(RawSeries(**place, series_id=ask.remote_id, body=body, is_unknown=answer is None))

    async def parse(self, message: InMemoryMessage) -> None:
        raw = codec.decode_work(message.body, RawSlice | RawSeries)
        if isinstance(raw, RawSlice):
            await super().parse(message)
        else:
            self.publish(parse_series(raw))

    def body(self, step: str, entries: list[dict[str, Any]]) -> bytes:
        return self.bodies.get(step) or json.dumps(entries).encode()


class Films(PagedWorld, Kept):
    """A Plex server with 60 films in a library of their own, and others."""

    def __init__(self, path: Path, films: int = 60) -> None:
        super().__init__(1, path, CALM)
        self.lies: dict[str, dict[str, Any]] = {}
        """By step, how its answers are spoilt."""
        self.asked_for: list[tuple[str, int | None]] = []
        """Each command: step and since."""
        self._lie: dict[str, Any] = {}
        section = self.library.add_section("Films", "movie")
        self.films = [self.add(number) for number in range(films)]
        assert section == FILMS.partition(".")[2]

    def add(self, number: int) -> str:
        return self.library.add("4", "movie", f"film {number}", year=1900 + number)

    def listing(self, command: FetchPage, place: dict[str, Any], attempt: int) -> None:
        self.asked_for.append((command.step, command.since))
        self._lie = self.lies.get(command.step, {})
        super().listing(command, place, attempt)

    def _spoilt(self) -> PlexSwitches:
        return PlexSwitches(**self._lie)


@asynccontextmanager
async def opened(world: WorldT) -> AsyncIterator[WorldT]:
    """With its store, after a first good sync."""
    async with Store.open(world.path, clock=world.clock, durability="normal") as store:
        assert isinstance(world, Kept)
        world.store = store
        await world.begin(store)
        first = await world.sync()
        assert first.status == "completed", first.steps
        yield world


def configured(world: Kept, **changes: Any) -> None:
    """Set the source's settings otherwise."""
    world.sources = {world.source.source_id: msgspec.structs.replace(world.source, **changes)}
