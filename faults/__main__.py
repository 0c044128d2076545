"""`python -m faults`: the fault matrix, then a soak of random faults; prints what was injected and what was lost.

`make faults` runs all of it and keeps the tables in docs/reliability.md.
"""

import argparse
import secrets
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from faults import report
from faults.case import Case
from faults.matrix import CASES, chosen
from faults.running import Result, run_case, total
from faults.soak import soak_case


def main() -> int:
    """0 when no case failed; skipped ones are said and are no failure."""
    options = _options()
    try:
        wanted = [case for case in chosen(options.only) if case.short or not options.short]
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    if options.list:
        for case in wanted:
            print(f"{case.case_id:4} {'*' if case.starred else ' '} {case.fault}  [{case.invariants}]")
        return 0
    seed = options.seed if options.seed is not None else secrets.randbelow(2**31)
    print(f"seed {seed}", flush=True)
    results = _all_ran(wanted, seed, jobs=options.jobs, keep=options.keep)
    minutes = 0.0 if options.only or options.short else options.minutes
    soak = _told(soak_case(minutes), run_case(soak_case(minutes), seed, keep=options.keep)) if minutes else None
    if options.write:
        _write(results, soak, seed)
    everything = [*results, *([soak] if soak is not None else [])]
    faults, tally = total(everything)
    print(report.plain(tally, faults.total()))
    return 1 if any(result.verdict == "failed" for result in everything) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m faults", description=__doc__)
    parser.add_argument("--seed", type=int, default=None, help="of all chance in it; printed, and made up when not given")
    parser.add_argument("--only", nargs="+", default=[], metavar="ID", help="cases or groups (A1, E); without the soak then")
    parser.add_argument("--minutes", type=float, default=20.0, help="of the soak; 0 leaves it out")
    parser.add_argument("--short", action="store_true", help="the cases that run with every change")
    parser.add_argument("--jobs", type=int, default=1, help="cases at once, which mostly wait; the soak comes alone")
    parser.add_argument("--keep", action="store_true", help="keep the files of every case")
    parser.add_argument("--list", action="store_true", help="say which cases there are")
    parser.add_argument("--write", action="store_true", help="keep the tables in docs/reliability.md; only of a whole run")
    options = parser.parse_args()
    if options.write and (options.only or options.short or not options.minutes):
        parser.error("--write keeps the tables of a whole run: without --only and --short, and with a soak")
    return options


def _all_ran(cases: Sequence[Case], seed: int, *, jobs: int, keep: bool) -> list[Result]:
    """In the order of the cases, each told of when it and all before it are done."""
    if jobs <= 1:
        return [_told(case, run_case(case, seed, keep=keep)) for case in cases]
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
        waiting = [pool.submit(run_case, case, seed, keep=keep) for case in cases]
        return [_told(case, each.result()) for case, each in zip(cases, waiting, strict=True)]


def _told(case: Case, result: Result) -> Result:
    count = sum(result.faults.values())
    print(f"{result.verdict:7} {case.case_id:4} {result.took_s:5.1f} s  {count:4} faults  {case.fault}", flush=True)
    if result.why:
        print(f"        {result.why}", flush=True)
    if result.kept:
        print(f"        its files: {result.kept}", flush=True)
    return result


def _write(results: Sequence[Result], soak: Result | None, seed: int) -> None:
    page = report.PAGE.read_text(encoding="utf-8")
    page = report.written(page, "conservation", report.conservation(results, soak, seed))
    page = report.written(page, "cases", report.cases(CASES, results))
    report.PAGE.write_text(page, encoding="utf-8")
    assert soak is not None  # Without one there is nothing to write.
    readme = report.README.read_text(encoding="utf-8")
    report.README.write_text(report.written(readme, "faults", report.in_short(results, soak, seed)), encoding="utf-8")
    print(f"written: {report.PAGE.name}, {report.README.name}")


if __name__ == "__main__":
    sys.exit(main())
