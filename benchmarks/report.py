"""The numbers as Markdown; pure."""

import statistics
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from benchmarks.measure import Cancelled, PlainRun, PlaybillRun, Series
from benchmarks.process import Usage

README: Final = Path(__file__).resolve().parents[1] / "README.md"
_MEGABYTE: Final = 1_000_000
_SYNCS: Final[tuple[tuple[str, Callable[[Series], float]], ...]] = (
    ("first sync", lambda series: series.first_s),
    ("nothing changed", lambda series: series.unchanged_s),
    ("one row changed", lambda series: series.one_changed_s),
    ("one new in front, all renumbered", lambda series: series.one_in_front_s),
)


class Numbers(msgspec.Struct, frozen=True, kw_only=True):
    """All that was measured."""

    rows: int
    body_bytes: int
    machine: str
    plain: list[PlainRun]
    same: list[PlainRun]
    playbill: list[PlaybillRun]
    cancels: list[Cancelled]
    peaks: dict[int, dict[str, Usage]]
    """By number of rows, after a first sync."""


def markdown(numbers: Numbers) -> str:
    setting = (
        f"{numbers.rows:,} rows, {numbers.body_bytes / _MEGABYTE:.0f} MB of JSON; {numbers.machine}; median of"
        f" {max(len(numbers.plain), 1)} interleaved runs, the smallest and the largest in brackets."
    )
    sections = [
        setting,
        _syncs(numbers),
        _others(numbers),
        _processes(numbers),
        _peaks(numbers),
    ]
    return "\n\n".join(filter(None, sections)) + "\n"


def _syncs(numbers: Numbers) -> str:
    head = ["seconds", "plain script", "plain script, same tables and search"]
    if numbers.playbill:
        head += ["Playbill", "÷ plain", "÷ same tables"]
    return table(head, [_sync_row(numbers, name, of) for name, of in _SYNCS])


def _sync_row(numbers: Numbers, name: str, of: Callable[[Series], float]) -> list[str]:
    plain, same = [of(run.series) for run in numbers.plain], [of(run.series) for run in numbers.same]
    row = [name, spread(plain), spread(same)]
    if numbers.playbill:
        ours = [of(run.series) for run in numbers.playbill]
        row += [spread(ours), _ratio(ours, plain), _ratio(ours, same)]
    return row


def spread(values: Sequence[float]) -> str:
    if not values:
        return "–"
    middle = f"{statistics.median(values):.2f}"
    return middle if len(values) == 1 else f"{middle} ({min(values):.2f}–{max(values):.2f})"


def _ratio(ours: Sequence[float], theirs: Sequence[float]) -> str:
    return f"{statistics.median(ours) / statistics.median(theirs):.2f}" if ours and theirs else "–"


def _others(numbers: Numbers) -> str:
    rows = []
    if numbers.playbill:
        rows.append(["ready from cold, `status` answered", f"{spread([run.ready_s for run in numbers.playbill])} s"])
    if numbers.cancels:
        quiet = [cancel.quiet_s for cancel in numbers.cancels]
        stayed = sum(cancel.stayed_quiet for cancel in numbers.cancels)
        rows.append([f"cancel to quiet, {len(quiet)} moments", f"{spread(quiet)} s, stayed quiet {stayed} of {len(quiet)} times"])
    return table(["", ""], rows) if rows else ""


def _processes(numbers: Numbers) -> str:
    rows = [_plain_row("plain script", numbers.plain), _plain_row("plain script, same tables and search", numbers.same)]
    names = sorted({name for run in numbers.playbill for name in run.first})
    for name in names:
        firsts = [run.first[name] for run in numbers.playbill if name in run.first]
        unchanged = [run.unchanged[name].cpu_s for run in numbers.playbill if name in run.unchanged]
        rows.append([f"Playbill: {name}", spread([used.cpu_s for used in firsts]), spread(unchanged), megabytes(firsts)])
    if numbers.playbill:
        rows.append(["Playbill: all together", spread(_sums(numbers, "first")), spread(_sums(numbers, "unchanged")), ""])
    return table(["process", "processor s, first sync", "processor s, nothing changed", "peak memory, first sync"], rows)


def _plain_row(name: str, runs: Sequence[PlainRun]) -> list[str]:
    peak = max((run.peak_bytes for run in runs), default=0)
    return [name, spread([run.cpu_s for run in runs]), "", f"{peak / _MEGABYTE:.0f} MB"]


def _sums(numbers: Numbers, which: str) -> list[float]:
    groups: list[dict[str, Usage]] = [run.first if which == "first" else run.unchanged for run in numbers.playbill]
    return [sum(used.cpu_s for used in group.values()) for group in groups]


def megabytes(usages: Sequence[Usage]) -> str:
    return f"{max(used.peak_bytes for used in usages) / _MEGABYTE:.0f} MB"


def _peaks(numbers: Numbers) -> str:
    if len(numbers.peaks) < 2:
        return ""
    names = sorted({name for usages in numbers.peaks.values() for name in usages})
    head = ["peak memory of a first sync", *(f"{rows:,} rows" for rows in sorted(numbers.peaks))]
    body = [
        [
            name,
            *(megabytes([numbers.peaks[rows][name]]) if name in numbers.peaks[rows] else "–" for rows in sorted(numbers.peaks)),
        ]
        for name in names
    ]
    return table(head, body)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)]
    return "\n".join(lines)


def within(text: str, block: str, mark: str = "bench") -> str:
    """A page with what stands between its marks of this name replaced. Raises ValueError when it has none."""
    begin, end = f"<!-- {mark}:begin -->", f"<!-- {mark}:end -->"
    before, found, rest = text.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"the page has no {begin} … {end}")
    return f"{before}{begin}\n{block}{end}{after}"
