"""Every oddity of a listing that was ever seen, one fixture each."""

from typing import Any

import msgspec
import pytest

from actors.sources.xtream import read
from tests.xtream_cases import steps_and_cases

LISTINGS = (
    "ids", "titles", "ratings", "categories_of_items", "times", "flags_and_images", "details", "channels", "series",
    "category_rows",
)  # fmt: skip


@pytest.mark.parametrize(("step", "case"), steps_and_cases(*LISTINGS))
def test_an_oddity_becomes_what_its_fixture_says(step: str, case: dict[str, Any]) -> None:
    found = read(step, msgspec.json.encode([case["entry"]]), ())

    assert found.excluded == 0
    if "reject" in case:
        assert [reject.reason for reject in found.rejects] == [case["reject"]]
        assert found.rejects[0].remote_id == case.get("remote_id")
        assert not found.items
        return
    assert not found.rejects
    row: Any = [*found.items, *found.categories][0]
    assert {name: getattr(row, name) for name in case.get("row", {})} == case.get("row", {})
    if "details" in case:
        assert list(msgspec.json.decode(row.details).items()) == list(case["details"].items())


@pytest.mark.parametrize(("step", "case"), steps_and_cases(*LISTINGS))
def test_an_oddity_reads_the_same_in_a_slice_that_is_taken_apart(step: str, case: dict[str, Any]) -> None:
    entry = msgspec.json.encode(case["entry"])

    alone = read(step, b"[" + entry + b"]", ())
    beside = read(step, b"[" + entry + b',"no entry"]', ())

    assert (beside.items, beside.categories) == (alone.items, alone.categories)
    assert beside.rejects[:-1] == alone.rejects
    assert beside.rejects[-1].reason == "the entry is no object"
