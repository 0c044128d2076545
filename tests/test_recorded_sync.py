"""Real answers of real servers, served over HTTP and synced by the whole of Playbill: the counts are the files' own."""

from pathlib import Path

import pytest

from actors.demo import XtreamServer, recorded_catalogue
from contracts.catalog import Mode, SyncStatus
from tests.playbill_room import ACTION_OF, playbill, served_ids

RECORDED = Path(__file__).resolve().parents[1].parent / "shared" / "recorded" / "xtream"
ACCOUNTS = [
    ("telly-provider1", ""),
    ("telly-provider3", ""),
    ("captured-xtreamcodeserver", ""),
    *(("captured-iptvnator-mock", f"{name}.") for name in ("user1", "minimal", "epg", "emptyvod", "expired", "inactive")),
]

pytestmark = [
    pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded payloads are not here"),
    pytest.mark.timeout(180),
]


@pytest.mark.parametrize(("directory", "prefix"), ACCOUNTS)
async def test_recorded_payloads_are_synced_entry_by_entry(directory: str, prefix: str, tmp_path: Path) -> None:
    catalogue = recorded_catalogue(RECORDED / directory, prefix)
    with XtreamServer(catalogue) as server:
        async with playbill(tmp_path, {"iptv": server.url}) as running:
            first = await running.sync()
            by_step = {step.step: step.counts for step in first.steps}

            assert first.status is SyncStatus.COMPLETED
            for step, action in ACTION_OF.items():
                assert by_step[step].served == catalogue.count(action), step
                assert running.ids(step) == served_ids(server, step), step
            reasons = running.rows("SELECT reason FROM rejects WHERE sync_id = ?", first.sync_id)
            assert len(reasons) == first.counts.rejected
            assert all(reason for (reason,) in reasons)

            again = await running.sync(mode=Mode.FULL)
            unread = await running.sync()
            for later in (again, unread):
                assert (later.counts.new, later.counts.changed) == (0, 0)
                assert later.counts.served == first.counts.served
