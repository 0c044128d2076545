"""What a ledger should say, in plain sets and dictionaries and with none of the product's decisions."""

from dataclasses import dataclass, field
from typing import Literal

GONE_FREE, GONE_SHARE, ASKED_MAX = 20, 0.2, 6
Rows = dict[str, str]
"""Remote id to title."""
Place = tuple[str, str]
"""A sync and a step."""
LISTED = ("channels", "movies")


@dataclass(frozen=True, kw_only=True)
class Said:
    """One message that an attempt leaves on the wire. The wire keeps all of them, for ever."""

    what: Literal["rows", "unchanged", "failed", "checked", "dead"]
    sync: str
    step: str
    attempt: int
    slice: int = 0
    total: int | None = None
    rows: tuple[tuple[str, str], ...] = ()
    bad: int = 0
    """Entries that cannot be read."""


@dataclass
class Step:
    """One step of one sync."""

    status: str = "pending"
    issue: int = 0
    attempt: int = 0
    slots: dict[int, Said] = field(default_factory=dict)
    total: int | None = None
    is_broken: bool = False
    removed: int = 0
    held_back: int = 0
    expects: int = 0
    new: int = 0
    """Rows that this attempt was the first to bring, ever."""

    @property
    def is_over(self) -> bool:
        return self.status not in ("pending", "running")

    @property
    def served(self) -> Rows:
        return {row: title for said in self.slots.values() for row, title in said.rows}

    @property
    def entries(self) -> int:
        return sum(len(said.rows) + said.bad for said in self.slots.values())

    @property
    def bad(self) -> int:
        return sum(said.bad for said in self.slots.values())

    @property
    def dead(self) -> int:
        return sum(said.what == "dead" for said in self.slots.values())

    @property
    def in_the_books(self) -> tuple[object, ...]:
        """Status, issue, attempt, slices done, dead and in all, rows, rejects, removed, held back."""
        slices = len(self.slots), self.dead, self.total
        return self.status, self.issue, self.attempt, *slices, self.entries - self.bad, self.bad, self.removed, self.held_back


@dataclass
class Sync:
    """One sync over the steps that are listed, behind its check."""

    steps: dict[str, Step]
    confirm: tuple[str, ...] = ()
    status: str = "pending"

    @property
    def is_over(self) -> bool:
        return self.status not in ("pending", "syncing")


class Model:
    """All syncs of one source, and what a person sees of it."""

    def __init__(self) -> None:
        self.syncs: dict[str, Sync] = {}
        self.live: dict[str, Rows] = {step: {} for step in LISTED}
        self.ever: dict[str, set[str]] = {step: set() for step in LISTED}
        self.listed: dict[str, int | None] = dict.fromkeys(LISTED)
        """Entries of the last complete listing, while it is one to compare with."""
        self.bad_before: dict[str, int] = dict.fromkeys(LISTED, 0)
        self.is_touched: dict[str, bool] = dict.fromkeys(LISTED, True)
        """Whether anything was written since the last complete listing."""

    @property
    def running(self) -> str | None:
        return next((name for name, sync in self.syncs.items() if not sync.is_over), None)

    def admit(self, name: str, confirm: tuple[str, ...]) -> None:
        steps = {"account": Step(issue=1)} | {
            step: Step(expects=0 if step in confirm else self.listed[step] or 0) for step in LISTED
        }
        self.syncs[name] = Sync(steps, confirm)

    def commit(self, batch: list[Said]) -> None:
        """One transaction of messages, in this order."""
        writing: dict[Place, list[Said]] = {}
        touched: dict[Place, None] = {}
        for said in batch:
            step = self._taken(said, writing)
            if step is None:
                continue
            touched[said.sync, said.step] = None
            if said.what == "checked":
                self._end(said.sync, said.step, "completed")
            elif said.what == "failed":
                step.is_broken, step.total = True, said.total
            elif said.slice not in step.slots:
                step.slots[said.slice] = said
                step.total = said.total if said.total is not None else step.total
                writing.setdefault((said.sync, said.step), []).append(said)
        for (sync_name, name), slices in writing.items():
            self._write(self.syncs[sync_name].steps[name], name, [row for said in slices for row in said.rows])
        self._settle(touched)

    def _taken(self, said: Said, writing: dict[Place, list[Said]]) -> Step | None:
        """The step, at the message's attempt; none when the message has no effect."""
        sync = self.syncs[said.sync]
        step = sync.steps[said.step]
        if sync.is_over or step.is_over or said.attempt < step.attempt:
            return None
        if said.attempt > step.attempt:
            self.begin(step, said.attempt)
            writing.pop((said.sync, said.step), None)
        return step

    def begin(self, step: Step, attempt: int) -> None:
        step.status, step.attempt, step.slots, step.total, step.is_broken, step.new = "running", attempt, {}, None, False, 0

    def bury(self, said: Said) -> None:
        """A slice is in the dead letters instead."""
        step = self._taken(said, {})
        if step is None:
            return
        if said.slice not in step.slots:
            step.slots[said.slice] = Said(what="dead", sync=said.sync, step=said.step, attempt=said.attempt, slice=said.slice)
            step.total = said.total if said.total is not None else step.total
        self._settle({(said.sync, said.step): None})

    def bury_command(self, name: str, step: str) -> None:
        """What asks for a step is in the dead letters."""
        if not self.syncs[name].is_over and not self.syncs[name].steps[step].is_over:
            self._end(name, step, "failed")
            self._settle_sync(name)

    def believed(self, said: Said) -> None:
        """An unchanged slice was believed: what it stands for is true now."""
        assert dict(said.rows).items() <= self.live[said.step].items()
        step = self.syncs[said.sync].steps[said.step]
        if said.attempt > step.attempt:
            self.begin(step, said.attempt)
        step.slots[said.slice] = said
        step.total = said.total if said.total is not None else step.total
        self._settle({(said.sync, said.step): None})

    def doubted(self, said: Said) -> None:
        """It was not: the step is asked for once more, and what came of it counts no more."""
        step = self.syncs[said.sync].steps[said.step]
        self.begin(step, max(step.attempt, said.attempt) + 1)
        step.issue += 1
        self.listed[said.step] = None
        self.is_touched[said.step] = True

    def cancel(self, name: str) -> None:
        self._close(name, "cancelled", "cancelled")

    def time_out(self, name: str) -> None:
        self._close(name, "failed", "failed")

    def ask_again(self, name: str) -> None:
        for step_name, step in self.syncs[name].steps.items():
            if step.is_over or not step.issue:
                continue
            if step.issue >= ASKED_MAX:
                self._end(name, step_name, "failed")
            else:
                step.issue += 1
        before = self.syncs[name].status
        self._settle_sync(name)
        if not self.syncs[name].is_over:
            self.syncs[name].status = before

    def _write(self, step: Step, name: str, rows: list[tuple[str, str]]) -> None:
        if any(self.live[name].get(row) != title for row, title in rows):
            self.is_touched[name] = True
        step.new += len({row for row, _ in rows} - self.ever[name])
        self.ever[name].update(row for row, _ in rows)
        self.live[name].update(rows)

    def _settle(self, touched: dict[Place, None]) -> None:
        for sync_name, name in touched:
            step = self.syncs[sync_name].steps[name]
            if not step.is_over and step.total is not None and len(step.slots) >= step.total:
                self._end(sync_name, name, self._verdict(step))
        for sync_name in dict.fromkeys(sync_name for sync_name, _ in touched):
            self._settle_sync(sync_name)

    def _verdict(self, step: Step) -> str:
        if step.is_broken:
            return "failed"
        is_suspiciously_empty = not step.entries and not step.dead and step.expects > 0
        return "partial" if step.dead or is_suspiciously_empty else "completed"

    def _end(self, sync_name: str, name: str, status: str) -> None:
        step = self.syncs[sync_name].steps[name]
        step.status = status
        if name in LISTED and status == "completed":
            self._sweep(self.syncs[sync_name], step, name)
            self.listed[name], self.is_touched[name] = step.entries, False
            if not step.held_back:
                self.bad_before[name] = step.bad
        elif name in LISTED and status == "partial" and not step.dead:
            step.held_back = step.expects

    def _sweep(self, sync: Sync, step: Step, name: str) -> None:
        gone = self.live[name].keys() - step.served.keys()
        if not gone:
            return
        if name not in sync.confirm:
            known = len(self.live[name]) - step.new
            if not step.entries or len(gone) > max(GONE_FREE, GONE_SHARE * known) or step.bad > self.bad_before[name]:
                step.held_back = len(gone)
                return
        for row in gone:
            del self.live[name][row]
        step.removed = len(gone)

    def _settle_sync(self, name: str) -> None:
        sync = self.syncs[name]
        if sync.is_over:
            return
        check = sync.steps["account"]
        if check.status == "failed":
            for step in sync.steps.values():
                step.status = step.status if step.is_over else "skipped"
        if all(step.is_over for step in sync.steps.values()):
            sync.status = self._outcome(sync)
        else:
            sync.status = "syncing"
            for step in sync.steps.values():
                if check.is_over and not step.is_over and not step.issue:
                    step.issue = 1

    def _outcome(self, sync: Sync) -> str:
        found = {step.status for name, step in sync.steps.items() if name != "account"}
        if found == {"completed"}:
            return "completed"
        return "failed" if found <= {"failed", "skipped"} else "partial"

    def _close(self, name: str, status: str, left: str) -> None:
        sync = self.syncs[name]
        for step in sync.steps.values():
            step.status = step.status if step.is_over else left
        sync.status = status
