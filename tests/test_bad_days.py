"""A server that has a bad day takes nothing away, and a person is told what it was."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from actors.demo import XtreamServer, demo_catalogue
from actors.demo.catalogue import SERIES
from contracts.catalog import Mode, StepStatus, SyncStatus
from tests.playbill_room import ACTION_OF, playbill

BAD_DAYS: list[tuple[dict[str, Any], StepStatus, str]] = [
    ({"empty_list": True}, StepStatus.PARTIAL, "listed nothing where it listed 40"),
    ({"html_200": True}, StepStatus.FAILED, ""),
    ({"body_text": ""}, StepStatus.FAILED, ""),
    ({"body_text": "false"}, StepStatus.FAILED, ""),
    ({"body_text": "null"}, StepStatus.FAILED, ""),
    ({"body_text": "{}"}, StepStatus.FAILED, ""),
    ({"body_text": "Blocked"}, StepStatus.FAILED, ""),
    ({"cut_after_bytes": 900, "framing": "close"}, StepStatus.FAILED, ""),
    ({"gzip": "truncated"}, StepStatus.FAILED, ""),
    ({"status": 503}, StepStatus.FAILED, ""),
    ({"status": 404}, StepStatus.FAILED, ""),
]

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def provider() -> Iterator[XtreamServer]:
    with XtreamServer(demo_catalogue()) as server:
        yield server


async def test_bad_days_take_nothing_away_and_a_good_one_heals(tmp_path: Path, provider: XtreamServer) -> None:
    async with playbill(tmp_path, {"iptv": provider.url}, more="max_retries = 1") as running:
        assert (await running.sync()).status is SyncStatus.COMPLETED
        before = {step: running.ids(step) for step in ACTION_OF}
        for switches, expected, text in BAD_DAYS:
            provider.set(SERIES, **switches)
            ended = await running.sync()
            series = next(step for step in ended.steps if step.step == "series")

            assert (ended.status, series.status) == (SyncStatus.PARTIAL, expected), switches
            assert series.error is not None
            assert text in series.error.text
            assert len(series.error.text) > 20, switches
            assert {step: running.ids(step) for step in ACTION_OF} == before, switches
        provider.set(SERIES)
        healed = await running.sync(mode=Mode.FULL)

        assert healed.status is SyncStatus.COMPLETED
        assert (healed.counts.new, healed.counts.changed) == (0, 0)


@pytest.mark.parametrize(
    "account", ["auth_0", "unauthorized_json", "not_found_html", "expired_status", "expired_date", "banned", "empty_list"]
)
async def test_a_refused_account_costs_one_request_and_is_one_clear_error(
    account: str, tmp_path: Path, provider: XtreamServer
) -> None:
    async with playbill(tmp_path, {"iptv": provider.url}) as running:
        await running.sync()
        before = {step: running.ids(step) for step in ACTION_OF}
        provider.set(None, account=account)
        asked = len(provider.served)
        ended = await running.sync()

        assert (ended.status, ended.progress, len(ended.errors)) == (SyncStatus.FAILED, 0, 1)
        assert [step.status for step in ended.steps] == [StepStatus.FAILED, *[StepStatus.SKIPPED] * 7]
        assert len(provider.served) == asked + 1
        assert {step: running.ids(step) for step in ACTION_OF} == before
