"""A cancel that is heard while a transaction is open: what it hits is not committed, however long the disk takes."""

from pathlib import Path

import pytest

from actors.failpoints import Point
from faults.cases.cancels import cancels_at
from faults.trial import Trial


@pytest.mark.timeout(180)
async def test_what_a_transaction_wrote_when_its_sync_was_cancelled_is_undone(tmp_path: Path) -> None:
    trial = Trial("G1", tmp_path, 1)

    await cancels_at(trial, [Point.WRITER_BEGUN, Point.WRITER_COMMITTING])

    assert trial.tally.is_clean
