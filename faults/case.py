"""What a case of the fault matrix is: its id, its fault, what must hold, and what a user sees of it."""

from collections.abc import Awaitable, Callable

import msgspec

from faults.trial import Trial


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the matrix."""

    case_id: str
    """`A1` to `H13`; the first letter is its group."""
    fault: str
    invariants: str
    """`I1` to `I12`, as docs/reliability.md names them."""
    seen: str
    """What the user sees."""
    run: Callable[[Trial], Awaitable[None]]
    """Raises Broken where something does not hold, and Skipped where the machine cannot do it."""
    starred: bool = False
    short: bool = False
    """Part of the form that runs with every change."""
    timeout_s: float = 120.0


GROUPS = {
    "A": "Crashes",
    "B": "Order, duplicates, poison",
    "C": "Limits of the bus and traps of its client",
    "D": "Disk and database",
    "E": "Sources over HTTP",
    "F": "Content of answers",
    "G": "Cancel, concurrency, restart, time",
    "H": "Access and secrets",
    "I": "Load",
}
