"""The episodes of an Xtream account's series: a few at a time, remembered over syncs, and never in the catalogue's way."""

from pathlib import Path
from typing import Any

import pytest

from actors.demo import XtreamServer
from actors.demo.xtream_series import many_series
from contracts import codec, limits
from contracts.catalog import Mode, Part, StepStatus
from tests.playbill_room import playbill, until
from tests.shelf_room import Panel, Synced, asked, configured, opened

SERIES = 60
EACH = 3

pytestmark = pytest.mark.timeout(180)


def panel_at(place: Path) -> Panel:
    panel = Panel(place / "kept.db")
    panel.put("series", range(1, SERIES + 1))
    panel.episodes = {str(number): episodes(number) for number in range(1, SERIES + 1)}
    return panel


def episodes(series: int, count: int = EACH) -> list[dict[str, Any]]:
    return [{"id": str(series * 100 + n), "episode_num": n, "season": 1, "title": f"S{series} E{n}"} for n in range(1, count + 1)]


async def read(panel: Panel, **request: Any) -> Synced:
    return await panel.sync(parts=[Part.EPISODES], **request)


async def test_every_series_is_read_once_a_few_at_a_time_and_then_none(tmp_path: Path) -> None:
    async with opened(panel_at(tmp_path)) as panel:
        assert panel.batches == []  # The catalogue is complete without them.
        first = await read(panel)
        step = first.steps["episodes"]
        assert (first.status, step.slices_done, step.slices_total) == ("completed", SERIES, SERIES)
        assert len(panel.rows("episode")) == SERIES * EACH
        assert [len(batch) for batch in panel.batches] == [limits.SERIES_BATCH] * 3
        panel.batches.clear()
        assert (await read(panel)).status == "completed"
        assert panel.batches == []


async def test_one_series_that_changed_is_one_request_and_its_episodes_are_what_it_says(tmp_path: Path) -> None:
    async with opened(panel_at(tmp_path)) as panel:
        await read(panel)
        panel.batches.clear()
        panel.provider.listings["series"][4]["name"] = "series 5, renewed"
        panel.episodes["5"] = [*episodes(5)[1:], {"id": "599", "episode_num": 9, "season": 1, "title": "The end"}]
        await panel.sync()
        again = await read(panel)
        step = again.steps["episodes"]
        assert panel.batches == [["5"]]
        assert (step.counts.new, step.removed) == (1, 1)
        assert {"The end"} < set(panel.ids("episode"))
        assert len(panel.rows("episode")) == SERIES * EACH


async def test_a_full_run_asks_for_all(tmp_path: Path) -> None:
    async with opened(panel_at(tmp_path)) as panel:
        await read(panel)
        panel.batches.clear()
        assert (await read(panel, mode=Mode.FULL)).steps["episodes"].counts.changed == 0
        assert sum(map(len, panel.batches)) == SERIES


async def test_an_unknown_series_is_remembered_until_its_entry_changes(tmp_path: Path) -> None:
    panel = panel_at(tmp_path)
    answer = panel.episodes.pop("7")
    async with opened(panel):
        assert (await read(panel)).status == "completed"
        panel.batches.clear()
        await read(panel)
        assert panel.batches == []
        panel.provider.listings["series"][6]["name"] = "series 7 at last"
        panel.episodes["7"] = answer
        await panel.sync()
        await read(panel)
        assert panel.batches == [["7"]]
        assert len(panel.rows("episode")) == SERIES * EACH


async def test_a_series_that_has_lost_all_its_episodes_at_once_keeps_them(tmp_path: Path) -> None:
    async with opened(panel_at(tmp_path)) as panel:
        await read(panel)
        before = panel.rows("episode")
        panel.episodes = {series: [] for series in panel.episodes}
        assert (await read(panel, mode=Mode.FULL)).status == "completed"
        assert panel.rows("episode") == before


async def test_after_a_cancel_the_rest_is_read_and_nothing_twice(tmp_path: Path) -> None:
    async with opened(panel_at(tmp_path)) as panel:
        sync_id = panel.ask("doomed", parts=[Part.EPISODES])
        while len(panel.rows("episode")) < 25 * EACH:
            await panel.step(panel.store)
        panel.cancel(sync_id)
        await panel.heed(panel.store)
        known = [row for (row,) in asked(panel.path, "SELECT remote_id FROM series_checks WHERE state = 'known'")]
        assert (await panel.ended(sync_id)).status == "cancelled"
        panel.batches.clear()
        assert (await read(panel)).status == "completed"
        again = [series for batch in panel.batches for series in batch]
        assert not set(again) & set(known)
        assert len(again) + len(known) == SERIES
        assert len(panel.rows("episode")) == SERIES * EACH


async def test_a_bus_that_came_back_empty_costs_no_series(tmp_path: Path) -> None:
    async with opened(panel_at(tmp_path)) as panel:
        sync_id = panel.ask("unlucky", parts=[Part.EPISODES])
        for wanted in (5, 25, 45):
            while len(panel.rows("episode")) < wanted * EACH:
                await panel.step(panel.store)
            for queue in ("fetch", "parse", "write"):
                panel.queues[queue].clear()
        ended = await panel.ended(sync_id)
        assert (ended.status, ended.steps["episodes"].slices_done) == ("completed", SERIES)
        assert len(panel.rows("episode")) == SERIES * EACH


@pytest.mark.parametrize(("setting", "expected"), [("changed", SERIES), ("never", 0)])
async def test_after_a_sync_of_the_catalogue_they_are_read_where_the_source_is_set_to_it(
    setting: str, expected: int, tmp_path: Path
) -> None:
    panel = panel_at(tmp_path)
    configured(panel, episodes=setting)
    async with opened(panel):
        read_by_itself = asked(panel.path, "SELECT count(*) FROM steps WHERE step = 'episodes' AND status = 'completed'")
        assert read_by_itself == [(int(expected > 0),)]
        assert sum(map(len, panel.batches)) == expected


async def test_a_series_that_is_gone_takes_its_episodes_along_and_brings_them_back(tmp_path: Path) -> None:
    async with opened(panel_at(tmp_path)) as panel:
        await read(panel)
        before = panel.rows("episode")
        entry = panel.provider.listings["series"].pop(0)
        await panel.sync()
        assert len(panel.rows("episode")) == (SERIES - 1) * EACH
        panel.provider.listings["series"].insert(0, entry)
        await panel.sync()
        await read(panel)
        assert panel.rows("episode") == before


@pytest.mark.parametrize("roles", [("writer",), ("fetcher", "parser")])
async def test_roles_killed_in_the_middle_cost_no_series_over_the_whole_of_playbill(
    roles: tuple[str, ...], tmp_path: Path
) -> None:
    more = 'episodes = "changed"\nrequests_per_10_s = 400'
    with XtreamServer(many_series(SERIES, episodes_each=4)) as provider:
        async with playbill(tmp_path, {"iptv": provider.url}, more=more) as running:
            catalogue = await running.sync()
            assert (catalogue.status, [step.step for step in catalogue.steps].count("episodes")) == ("completed", 0)
            sync_id = codec.sync_id_of("iptv", f"episodes-{catalogue.sync_id}")
            await until(lambda: running.rows("SELECT count(*) FROM series_checks WHERE state = 'known'")[0][0] >= 5)
            for role in roles:
                running.kill(role)
            ended = await running.ended(sync_id)
            assert (ended.status, ended.progress) == ("completed", 100)
            assert running.rows("SELECT count(*) FROM items WHERE kind = 'episode'") == [(SERIES * 4,)]
            assert running.rows("SELECT count(*) FROM dead_letters") == [(0,)]
            steps = running.rows("SELECT status FROM steps WHERE step = 'episodes'")
            assert steps == [(StepStatus.COMPLETED.value,)]
            asked_for = [record.query["series_id"] for record in provider.served if record.action == "get_series_info"]
            assert len(set(asked_for)) == SERIES
            assert len(asked_for) <= SERIES + 2 * limits.SERIES_BATCH
