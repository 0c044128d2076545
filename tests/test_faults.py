"""The short form of the fault suite, with a fixed seed: the whole of Playbill as real processes, and nothing is lost."""

import pytest

from faults.case import Case
from faults.matrix import CASES
from faults.running import run_case

SEED = 20_261_121
SHORT = [case for case in CASES if case.short]

pytestmark = pytest.mark.timeout(300)


@pytest.mark.parametrize("case", SHORT, ids=lambda case: case.case_id)
def test_a_fault_takes_nothing_away(case: Case) -> None:
    result = run_case(case, SEED)

    if result.verdict == "skipped":
        pytest.skip(result.why)
    assert result.verdict == "passed", f"{result.why}; its files: {result.kept}"


def test_every_case_has_an_id_of_its_own_and_every_group_is_there() -> None:
    ids = [case.case_id for case in CASES]

    assert len(ids) == len(set(ids))
    assert {case_id[0] for case_id in ids} >= set("ABCDEFGH")
