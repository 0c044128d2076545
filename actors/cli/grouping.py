"""The steps of a sync as so many lines as a person can take in: one per step, per library, or for several libraries; pure."""

from collections.abc import Callable, Sequence
from typing import Final

from msgspec import Struct

from actors.cli.wording import count_of
from contracts.catalog import StepStatus
from contracts.messages import Counts, StepProgress

LINES_MAX: Final = 20
"""Lines of a display, as far as libraries can be put together."""
_WORST_FIRST: Final = (
    StepStatus.FAILED,
    StepStatus.PARTIAL,
    StepStatus.CANCELLED,
    StepStatus.SKIPPED,
    StepStatus.COMPLETED,
)


class StepLine(Struct, frozen=True, kw_only=True):
    """What one line tells of: one step, or several put together."""

    title: str
    steps: tuple[StepProgress, ...]

    @property
    def status(self) -> StepStatus:
        """The worst of them when all have ended; running from the first that began."""
        found = {step.status for step in self.steps}
        if found == {StepStatus.PENDING}:
            return StepStatus.PENDING
        if all(status.is_final for status in found):
            return next(status for status in _WORST_FIRST if status in found)
        return StepStatus.RUNNING

    @property
    def fraction(self) -> float:
        """The share that is done, each step by its weight."""
        weights = sum(step.weight for step in self.steps)
        if weights:
            return sum(step.fraction * step.weight for step in self.steps) / weights
        return sum(step.fraction for step in self.steps) / len(self.steps)

    @property
    def counts(self) -> Counts:
        return sum((step.counts for step in self.steps), Counts())

    @property
    def removed(self) -> int:
        """Rows that were hidden, since the listings have them no more."""
        return sum(step.removed for step in self.steps)

    @property
    def held_back(self) -> int:
        """Rows that were kept although the listings lack them."""
        return sum(step.held_back for step in self.steps)

    @property
    def ended(self) -> int:
        """How many of its steps have ended."""
        return sum(step.status.is_final for step in self.steps)

    @property
    def current(self) -> StepProgress | None:
        """The first that runs."""
        return next((step for step in self.steps if step.status is StepStatus.RUNNING), None)

    @property
    def failed(self) -> tuple[StepProgress, ...]:
        """Those that say what went wrong."""
        return tuple(step for step in self.steps if step.error is not None)


def lines_of(steps: Sequence[StepProgress], most: int = LINES_MAX) -> list[StepLine]:
    """A line per step where they are few; else per library; else one for libraries that are done, and one for those to come."""
    lines = [StepLine(title=step.title, steps=(step,)) for step in steps]
    if len(lines) > most:
        lines = _together(lines, _library_of, _library_title)
    if len(lines) > most:
        lines = _together(lines, _phase_of, _phase_title)
    return lines


def _together(
    lines: Sequence[StepLine], key_of: Callable[[StepLine], str], title_of: Callable[[Sequence[StepLine]], str]
) -> list[StepLine]:
    """Lines of one key as one, in the place of the first of them; those without a key stay."""
    groups: dict[str, list[StepLine]] = {}
    for place, line in enumerate(lines):
        groups.setdefault(key_of(line) or f"\0{place}", []).append(line)
    return [
        group[0]
        if len(group) == 1
        else StepLine(title=title_of(group), steps=tuple(step for line in group for step in line.steps))
        for group in groups.values()
    ]


def _library_of(line: StepLine) -> str:
    """`3` of `movies.3`; empty for a step that belongs to no library of a server."""
    return line.steps[0].step.partition(".")[2]


def _library_title(group: Sequence[StepLine]) -> str:
    """What titles such as `Films: movies` have in common."""
    return group[0].title.rpartition(": ")[0] or group[0].title


def _phase_of(line: StepLine) -> str:
    if not _library_of(line) or line.failed:
        return ""
    return {StepStatus.COMPLETED: "done", StepStatus.PENDING: "to come"}.get(line.status, "")


def _phase_title(group: Sequence[StepLine]) -> str:
    libraries = len({_library_of(line) for line in group})
    named = count_of(libraries, "library") if libraries == 1 else f"{libraries:,} libraries"
    return f"{named} {_phase_of(group[0])}"
