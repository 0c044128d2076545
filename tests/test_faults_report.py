"""The tables of the fault suite say what was run, and what was not."""

import pytest

from faults import report
from faults.case import Case
from faults.running import Result, run_case, total
from faults.trial import Skipped, Tally, Trial


async def _good(trial: Trial) -> None:
    trial.inject("bang", 2)
    trial.tally.rows += 10


async def _lossy(trial: Trial) -> None:
    trial.inject("bang")
    trial.tally.lost += 1


async def _impossible(_: Trial) -> None:
    raise Skipped("there is no FUSE here")


async def _idle(_: Trial) -> None: ...


async def _wrong(trial: Trial) -> None:
    trial.inject("bang")
    raise ValueError("a bug of the case")


def case(case_id: str, run: object) -> Case:
    return Case(case_id=case_id, fault="a fault | with a bar", invariants="I2", seen="nothing", run=run, starred=True)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("run", "verdict", "why"),
    [
        (_good, "passed", ""),
        (_lossy, "failed", "was lost"),
        (_impossible, "skipped", "no FUSE"),
        (_idle, "failed", "no fault was injected"),
        (_wrong, "failed", "a bug of the case"),
    ],
)
def test_a_case_passes_only_if_it_injected_something_and_lost_nothing(run: object, verdict: str, why: str) -> None:
    result = run_case(case("A1", run), seed=1)

    assert result.verdict == verdict
    assert why in result.why


def test_the_table_counts_what_passed_and_names_why_a_case_was_skipped() -> None:
    cases = [case("A1", _good), case("B2", _impossible), case("B3", _good)]
    results = [run_case(each, seed=1) for each in cases[:2]]

    text = report.cases(cases, results)
    summary = report.conservation(results, None, 1)

    assert "| `A1`\\* | a fault \\| with a bar | I2 | nothing | passed, 2 faults, 0 s |" in text
    assert "skipped: there is no FUSE here" in text
    assert "| not run |" in text
    assert "2 cases: 1 passed, 0 failed, 1 skipped." in summary
    assert "bang 2" in summary


def test_totals_add_up_and_keep_the_longest_recovery() -> None:
    results = [
        Result(case_id=name, seed=1, verdict="passed", faults={"bang": 1}, tally=Tally(rows=rows, recovery_s=recovery_s))
        for name, rows, recovery_s in (("A1", 3, 2.0), ("A2", 4, 1.0))
    ]

    faults, tally = total(results)

    assert (faults["bang"], tally.rows, tally.recovery_s) == (2, 7, 2.0)


def test_only_the_text_between_the_marks_is_written() -> None:
    page = "before <!-- x: begin -->old<!-- x: end --> after"

    assert report.written(page, "x", "new") == "before <!-- x: begin -->\nnew\n<!-- x: end --> after"
    with pytest.raises(ValueError, match="no place for 'y'"):
        report.written(page, "y", "new")


def test_the_page_has_a_place_for_every_table() -> None:
    page, readme = report.PAGE.read_text(encoding="utf-8"), report.README.read_text(encoding="utf-8")

    for name in ("conservation", "cases", "power loss"):
        report.written(page, name, "")
    report.written(readme, "faults", "")
