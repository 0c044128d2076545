"""A bad day of a source: one listing of it is spoilt, a sync runs over it, and what a person sees of that is compared."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final

import msgspec

from contracts.catalog import Mode, StepStatus, SyncStatus
from contracts.messages import StepProgress, SyncProgress
from faults.checker import all_is_well, check_dead_letters, check_file, settled
from faults.hostile import Edit, Hostile, Reply
from faults.rig import Rig, up
from faults.trial import Trial, expect
from faults.watching import watched
from faults.world import ACTIONS, FILMS_VIEW, Server, films_of_jellyfin, jellyfin, plex, provider, small_plex

COMPLETED, PARTIAL, FAILED, SKIPPED = StepStatus.COMPLETED, StepStatus.PARTIAL, StepStatus.FAILED, StepStatus.SKIPPED
MEMORY_MB_MAX: Final = 64.0
IPTV, PLEX, JELLY = "iptv", "plex", "jelly"
MOVIES: Final[Mapping[str, str]] = {IPTV: "movies", PLEX: "movies.1", JELLY: f"movies.{FILMS_VIEW.id}"}
"""The step of each source whose listing is spoilt."""
KINDS: Final[Mapping[str, str]] = {IPTV: ACTIONS["movies"][0], PLEX: "movies.1", JELLY: f"items.{FILMS_VIEW.id}"}
"""Its requests, as the switches name them."""
TARGETS: Final[Mapping[str, str]] = {
    IPTV: rf"action={ACTIONS['movies'][0]}\b",
    PLEX: r"/library/sections/1/all\b",
    JELLY: rf"/Items\?.*arentId={FILMS_VIEW.id}",
}
"""Patterns of the targets of these requests."""
_GOOD: Final[Mapping[str, Any]] = MappingProxyType({})


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """How a listing is spoilt, and what is seen of it. Exactly one of `switches`, `edit` and `reply` is set."""

    fault: str
    """Its name, by which it is counted."""
    source_id: str
    switches: Mapping[str, Any] = _GOOD
    edit: Edit | None = None
    reply: Reply | None = None
    status: StepStatus = FAILED
    code: str | None = None
    """Of the error; none where there is to be none."""
    text: str = ""
    """What stands in the error's text, or in the notice of a step that went well."""
    requests_max: int = 1
    """Requests for the listing."""
    skips: bool = False
    """Whether what was to come after it is skipped."""
    changes: bool = False
    """Whether rows may come and change; none may go."""


class Home:
    """A Playbill with a source of each kind, synced once."""

    def __init__(self, rig: Rig, gates: Mapping[str, Hostile]) -> None:
        self.rig, self.gates = rig, gates
        self.before: dict[str, list[tuple[Any, ...]]] = {}
        """What the catalogue showed of each source after the first sync."""

    async def begin(self) -> None:
        for source_id, ended in zip(self.rig.servers, await self.sync_all(), strict=True):
            expect(ended.status is SyncStatus.COMPLETED, f"the first sync of {source_id} is {ended.status}: {ended.errors}")
            self.before[source_id] = self.shown(source_id)
            expect(len(self.before[source_id]) > 300, f"the first sync of {source_id} brought too little to lose")

    async def sync_all(self) -> list[SyncProgress]:
        return await asyncio.gather(*(self.rig.sync(source_id, mode=Mode.FULL) for source_id in self.rig.servers))

    def shown(self, source_id: str) -> list[tuple[Any, ...]]:
        """Everything that lists and the home page show of a source, with its titles."""
        sql = """
          SELECT 'item', kind, remote_id, title FROM items WHERE source_id = ?1 AND NOT is_stub AND missing_since IS NULL
          UNION ALL
          SELECT 'category', item_kind, remote_id, title FROM categories
            WHERE source_id = ?1 AND NOT is_stub AND missing_since IS NULL
          UNION ALL
          SELECT 'section', section_type, hub_identifier, title FROM home_sections WHERE source_id = ?1
          ORDER BY 1, 2, 3"""
        return self.rig.rows(sql, source_id)

    def asked(self, source_id: str) -> int:
        """Requests for the listing so far, by the server's own record, and those that never reached it."""
        server = self.rig.servers[source_id]
        return sum(_is_of(record.action, record.query, source_id) for record in server.served)

    async def days(self, *days: Day) -> None:
        """Each source its days one after another, the sources at the same time."""
        by_source = defaultdict(list)
        for day in days:
            by_source[day.source_id].append(day)
        async with asyncio.TaskGroup() as group:
            for each in by_source.values():
                group.create_task(self._one_after_another(each))

    async def _one_after_another(self, days: list[Day]) -> None:
        for day in days:
            await self.day(day)

    async def day(self, day: Day) -> SyncProgress:
        """One sync over a spoilt listing. Raises Broken unless it costs exactly that listing, and takes nothing away."""
        shown, asked = self.shown(day.source_id), self.asked(day.source_id)
        self._spoil(day)
        ended = await self.rig.sync(day.source_id, mode=Mode.FULL)
        gate = self.gates.get(day.source_id)
        by_gate = len(gate.spoilt) if gate is not None and day.reply is not None else 0
        self._mend(day.source_id)
        count = self.asked(day.source_id) - asked + by_gate
        expect(0 < count <= day.requests_max, f"{day.fault}, {day.source_id}: {count} requests, {day.requests_max} are enough")
        check_ended(day, ended)
        self._check_shown(day, shown)
        return ended

    def _spoil(self, day: Day) -> None:
        if day.edit is not None:
            self.gates[day.source_id].edit(TARGETS[day.source_id], day.edit)
        elif day.reply is not None:
            self.gates[day.source_id].instead(TARGETS[day.source_id], day.reply)
        else:
            self.rig.servers[day.source_id].set(KINDS[day.source_id], **day.switches)
        self.rig.trial.inject(day.fault)

    def _mend(self, source_id: str) -> None:
        self.rig.servers[source_id].set(None)
        if source_id in self.gates:
            self.gates[source_id].good()

    def _check_shown(self, day: Day, before: list[tuple[Any, ...]]) -> None:
        now = self.shown(day.source_id)
        keys = {row[:3] for row in now}
        gone = [row for row in before if row[:3] not in keys]
        self.rig.trial.tally.falsely_deleted += len(gone)
        expect(not gone, f"I5 {day.fault}: {len(gone)} are shown no more, such as {gone[:3]}")
        expect(day.changes or now == before, f"I5 {day.fault}: other rows are shown: {set(now) ^ set(before)}"[:600])

    async def healed(self) -> None:
        """Everything is good again: one sync of each source later all is as it was, and nothing is left over."""
        for source_id in self.rig.servers:
            self._mend(source_id)
        for source_id, ended in zip(self.rig.servers, await self.sync_all(), strict=True):
            expect(ended.status is SyncStatus.COMPLETED, f"{source_id} does not heal: {ended.status}, {ended.errors}")
            expect(self.shown(source_id) == self.before[source_id], f"I10 {source_id}: it is not what it was")
            if source_id == IPTV:
                await all_is_well(self.rig, ended.sync_id)
        await settled(self.rig)
        check_file(self.rig)
        check_dead_letters(self.rig)


def check_ended(day: Day, ended: SyncProgress) -> None:
    """What a person sees: the step's status, its error in words, and that the others are well."""
    what = f"{day.fault}, {day.source_id}"
    step = step_of(ended, MOVIES[day.source_id])
    code = step.error.code if step.error else None
    text = f"{step.error.text if step.error else ''} {step.notice or ''}"
    expect((step.status, code) == (day.status, day.code), f"{what}: the step is {step.status}, {code}: {text}")
    expect(day.text in text, f"{what}: {day.text!r} is not said, but {text!r}")
    others = {each.step: each.status for each in ended.steps if each is not step}
    unwell = {name: status for name, status in others.items() if status not in _fine(day)}
    expect(not unwell, f"I8 {what}: it costs others too: {unwell}")
    due = SyncStatus.COMPLETED if day.status is COMPLETED else SyncStatus.PARTIAL
    expect((ended.status, ended.progress) == (due, 100), f"I6 {what}: the sync is {ended.status} at {ended.progress} %")


def _fine(day: Day) -> tuple[StepStatus, ...]:
    return (COMPLETED, SKIPPED) if day.skips else (COMPLETED,)


def _is_of(action: str, query: Mapping[str, str], source_id: str) -> bool:
    if source_id == JELLY:
        return action == "items" and query.get("parentId", query.get("ParentId")) == FILMS_VIEW.id
    return action == KINDS[source_id]


def step_of(ended: SyncProgress, name: str) -> StepProgress:
    return next(step for step in ended.steps if step.step == name)


@asynccontextmanager
async def home(
    trial: Trial, *, more: str = "", gated: bool = False, films: int = 300, memory_mb_max: float = MEMORY_MB_MAX
) -> AsyncIterator[Home]:
    """A source of each kind, synced once, and watched from then on; with a hostile server before each where `gated`."""
    servers: dict[str, Server] = {
        IPTV: provider(films),
        PLEX: plex(small_plex(300, episodes=4)),
        JELLY: jellyfin(films_of_jellyfin()),
    }
    async with AsyncExitStack() as stack:
        for server in servers.values():
            stack.enter_context(server)
        gates: dict[str, Hostile] = {}
        rig = await stack.enter_async_context(up(trial, servers, more=more))
        for source_id, server in servers.items() if gated else ():
            gates[source_id] = await stack.enter_async_context(Hostile(server.port))
            rig.proxies[source_id].target_port = gates[source_id].port
        found = Home(rig, gates)
        await found.begin()
        async with watched(rig, memory_mb_max=memory_mb_max):
            yield found


class Said:
    """What the steps of a source say while they run, as anybody hears it who follows."""

    def __init__(self) -> None:
        self.details: list[tuple[str, str]] = []
        """(step, words), each once."""
        self.waits: list[tuple[str, str, float]] = []
        """(step, words, seconds left) of each cool-down, as they were when it was heard first."""

    def of(self, step: str) -> list[str]:
        return [words for name, words in self.details if name == step]


@asynccontextmanager
async def listening(rig: Rig, source_id: str) -> AsyncIterator[Said]:
    """Follow a source while the block runs."""
    said = Said()
    task = asyncio.create_task(_follow(rig, source_id, said))
    try:
        yield said
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _follow(rig: Rig, source_id: str, said: Said) -> None:
    async for state in rig.client.follow(source_id):
        for step in state.steps if isinstance(state, SyncProgress) else ():
            heard = (step.step, step.detail or "")
            if step.detail and heard not in said.details:
                said.details.append(heard)
                if step.waiting_until is not None and step.detail.startswith("cooling down"):
                    said.waits.append((*heard, (step.waiting_until - datetime.now(UTC)).total_seconds()))
