"""The tables of a run, as text and as they stand in docs/reliability.md; pure but for writing the page."""

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from faults.case import GROUPS, Case
from faults.running import Result, total
from faults.trial import Tally

_ROOT: Final = Path(__file__).resolve().parents[1]
PAGE: Final = _ROOT / "docs" / "reliability.md"
README: Final = _ROOT / "README.md"
_LABELS: Final = {
    "syncs": "syncs asked for",
    "messages": "messages over the conveyor",
    "rows": "entries served in whole listings and checked one by one",
    "deaths": "processes that died",
    "lost": "**lost**",
    "doubled": "**doubled**",
    "falsely_deleted": "**falsely deleted**",
}


def conservation(matrix: Sequence[Result], soak: Result | None, seed: int) -> str:
    """What was injected, what was moved, and what was lost."""
    parts = [("the matrix", list(matrix))] + ([("the soak", [soak])] if soak is not None else [])
    found = [(name, *total(results)) for name, results in parts]
    lines = [
        f"{_machine(seed)} {_verdicts(matrix)}{_length(soak)}",
        "",
        "| | " + " | ".join(name for name, _, _ in found) + " |",
        "|---|" + "---:|" * len(found),
        "| faults injected | " + " | ".join(f"{faults.total():,}" for _, faults, _ in found) + " |",
    ]
    for field, label in _LABELS.items():
        lines.append(f"| {label} | " + " | ".join(f"{getattr(tally, field):,}" for _, _, tally in found) + " |")
    lines.append("| longest recovery | " + " | ".join(f"{tally.recovery_s:.1f} s" for _, _, tally in found) + " |")
    return "\n".join(lines) + "\n\n" + _kinds(found[-1][0], dict(found[-1][1]))


def in_short(matrix: Sequence[Result], soak: Result, seed: int) -> str:
    """One paragraph for the README."""
    faults, tally = total([*matrix, soak])
    return (
        f"Its last whole run, seed {seed}: {faults.total():,} faults, {_verdicts(matrix)[:-1]}, then a soak of"
        f" {soak.took_s / 60:.0f} minutes that {soak.verdict}; {tally.messages:,} messages over the conveyor,"
        f" {tally.deaths:,} processes dead; lost {tally.lost}, doubled {tally.doubled}, falsely deleted {tally.falsely_deleted}."
    )


def _machine(seed: int) -> str:
    python = f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.machine()}"
    return f"Seed {seed}, {datetime.now(UTC):%Y-%m-%d}, {python}."


def _verdicts(results: Sequence[Result]) -> str:
    counts = {verdict: sum(result.verdict == verdict for result in results) for verdict in ("passed", "failed", "skipped")}
    return f"{len(results)} cases: {counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped."


def _length(soak: Result | None) -> str:
    return f" The soak took {soak.took_s / 60:.0f} minutes and {soak.verdict}." if soak is not None else ""


def _kinds(name: str, faults: dict[str, int]) -> str:
    ordered = sorted(faults.items(), key=lambda item: (-item[1], item[0]))
    return f"Of {name}, by kind: " + ", ".join(f"{kind} {count:,}" for kind, count in ordered) + "."


def cases(all_cases: Sequence[Case], results: Sequence[Result]) -> str:
    """Every case: its command, what a user sees of it, and what became of it."""
    by_id = {result.case_id: result for result in results}
    lines = ["| case | fault | must hold | what a user sees | last run |", "|---|---|---|---|---|"]
    group = ""
    for case in all_cases:
        if case.case_id[0] != group:
            group = case.case_id[0]
            lines.append(f"| | **{GROUPS[group]}** | | | |")
        star = "\\*" if case.starred else ""
        words = (case.fault, case.invariants, case.seen, _outcome(by_id.get(case.case_id)))
        lines.append(f"| `{case.case_id}`{star} | " + " | ".join(_cell(word) for word in words) + " |")
    return "\n".join(lines)


def _outcome(result: Result | None) -> str:
    if result is None:
        return "not run"
    if result.verdict == "skipped":
        return f"skipped: {result.why}"
    count = sum(result.faults.values())
    notes = f"; {'; '.join(result.notes)}" if result.notes else ""
    return f"{result.verdict}, {count} fault{'s' * (count != 1)}, {result.took_s:.0f} s{notes}"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def plain(tally: Tally, faults: int) -> str:
    """The last lines on a terminal."""
    fields = [f"{_LABELS[name].strip('*')} {getattr(tally, name):,}" for name in _LABELS]
    return f"{faults:,} faults injected; " + ", ".join(fields) + f"; longest recovery {tally.recovery_s:.1f} s"


def written(page: str, name: str, text: str) -> str:
    """The page with another text between the two marks of that name. Raises ValueError when they are not there."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, found, rest = page.partition(begin)
    _, found_end, after = rest.partition(end)
    if not found or not found_end:
        raise ValueError(f"the page has no place for {name!r}")
    return f"{before}{begin}\n{text}\n{end}{after}"
