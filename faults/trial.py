"""One run of one case: its place, its chance, and what it counts."""

import random
import time
from collections import Counter
from pathlib import Path
from typing import Final

import msgspec

EMPTY: Final = 0


class Skipped(Exception):
    """This machine cannot run the case; the text says what it lacks. Never counted as passed."""


class Broken(AssertionError):
    """An invariant does not hold; the text says which, and by what."""


class Tally(msgspec.Struct, kw_only=True):
    """What a case moved, and what became of it. All but the first four are to be 0."""

    syncs: int = 0
    messages: int = 0
    """Published to streams of the conveyor, repetitions included."""
    rows: int = 0
    """Entries that the stand-in servers gave in whole listings, all syncs together."""
    deaths: int = 0
    """Processes that ended before they were asked to."""
    lost: int = 0
    """Entries that were served and are in no place, and requests that were acknowledged and forgotten."""
    doubled: int = 0
    """Entries that were counted or stored more than once."""
    falsely_deleted: int = 0
    """Entries that are hidden or gone although the server lists them."""
    recovery_s: float = 0.0
    """The longest time from the last fault until all was well."""

    def add(self, other: "Tally") -> None:
        """Take in another one."""
        for name in self.__struct_fields__:
            ours, theirs = getattr(self, name), getattr(other, name)
            setattr(self, name, max(ours, theirs) if name == "recovery_s" else ours + theirs)

    @property
    def is_clean(self) -> bool:
        return self.lost == self.doubled == self.falsely_deleted == EMPTY


class Trial:
    """What a case is given. `directory` is its own and empty."""

    def __init__(self, case_id: str, directory: Path, seed: int) -> None:
        self.case_id, self.directory, self.seed = case_id, directory, seed
        self.random = random.Random(f"{case_id}.{seed}")
        self.faults: Counter[str] = Counter()
        self.tally = Tally()
        self.notes: list[str] = []
        self._last_fault_s: float | None = None

    def inject(self, kind: str, count: int = 1) -> None:
        """Count a fault, at the moment when it is made."""
        self.faults[kind] += count
        self._last_fault_s = time.monotonic()

    def looked_on(self) -> None:
        """The case itself has waited since the last fault, to see that nothing happens: that is no recovery."""
        self._last_fault_s = time.monotonic()

    def recovered(self) -> None:
        """All is well again: what that took since the last fault counts."""
        if self._last_fault_s is not None:
            self.tally.recovery_s = max(self.tally.recovery_s, time.monotonic() - self._last_fault_s)

    def note(self, text: str) -> None:
        """Something measured, for the report."""
        self.notes.append(text)


def expect(condition: object, text: str) -> None:
    """Raises Broken with the text where the condition does not hold."""
    if not condition:
        raise Broken(text)
