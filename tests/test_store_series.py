"""Which series are to be asked for their episodes, and what becomes of these."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from actors.store import Reader, Scope, Store
from actors.store.records import RowCounts, SeriesCheck
from contracts import limits
from contracts.catalog import ItemKind, Reject
from tests.store_room import NOW, asked, check_sound, episode, hide, movie, opened, put_items, season, show

THIS, OTHER = "a" * 16, "b" * 16
WEEK_AGO = NOW - timedelta(days=7)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "playbill.db"


def series(remote_id: str, row_hash: int = 1) -> Any:
    return show(remote_id, f"Series {remote_id}", row_hash=row_hash, library_remote_id="series")


def check(remote_id: str, state: Any = "known", **fields: Any) -> SeriesCheck:
    fields.setdefault("row_hash", 1)
    fields.setdefault("checked_at", NOW)
    fields.setdefault("sync_id", OTHER)
    return SeriesCheck(source_id="iptv", remote_id=remote_id, state=state, **fields)


async def due(store: Store, mode: Any = "changed", limit: int = 100) -> list[tuple[str, int, int]]:
    question: Mapping[str, Any] = {"mode": mode, "sync_id": THIS, "now": NOW, "retry_unknown_before": WEEK_AGO}
    async with store.transaction() as tx:
        found = await tx.series_due("iptv", limit=limit, **question)
        if len(found) < limit:
            assert await tx.series_due_count("iptv", **question) == len(found)
        return found


async def put_checks(store: Store, *checks: SeriesCheck) -> None:
    async with store.transaction() as tx:
        for one in checks:
            await tx.put_series_check(one)


@pytest.mark.parametrize(
    ("known", "changed", "everything"),
    [
        (None, True, True),
        (check("s"), False, True),
        (check("s", sync_id=THIS), False, False),
        (check("s", row_hash=2), True, True),
        (check("s", "failed", row_hash=0), True, True),
        (check("s", "failed", row_hash=0, sync_id=THIS), False, False),
        (check("s", "asked", row_hash=0), True, True),
        (check("s", "asked", row_hash=0, sync_id=THIS), False, False),
        (check("s", "unknown"), False, True),
        (check("s", "unknown", row_hash=2), True, True),
        (check("s", "unknown", checked_at=WEEK_AGO), False, True),
        (check("s", "unknown", checked_at=WEEK_AGO - timedelta(seconds=1)), True, True),
        (check("s", "unknown", checked_at=NOW + timedelta(days=300)), True, True),
        (check("s", "unknown", sync_id=THIS), False, False),
    ],
)
async def test_a_series_is_due_by_what_is_known_of_it(
    path: Path, known: SeriesCheck | None, changed: bool, everything: bool
) -> None:
    async with opened(path) as store:
        await put_items(store, [series("s")])
        await put_checks(store, *([] if known is None else [known]))

        assert await due(store) == ([("s", 1, 0)] if changed else [])
        assert await due(store, "all") == ([("s", 1, 0)] if everything else [])


async def test_series_that_are_not_shown_are_not_due(path: Path) -> None:
    async with opened(path) as store:
        await put_items(store, [series("1"), series("2"), movie("3"), episode("e", of="a stub", library_remote_id="series")])
        await put_items(store, [series("4")], source_id="other")
        await hide(store, Scope(source_id="iptv", item_kind=ItemKind.SHOW), 1)

        assert await due(store) == [("2", 1, 0)]


async def test_series_come_in_one_order_with_the_episodes_that_are_shown(path: Path) -> None:
    async with opened(path) as store:
        await put_items(store, [series(name) for name in ("30", "1", "2")])
        await put_items(store, [season("s1", 1, of="1"), *(episode(f"e{number}", of="1") for number in range(3))])
        first = await due(store, limit=2)
        await put_checks(store, *(check(name, "asked", sync_id=THIS) for name, _, _ in first))
        second = await due(store, limit=2)
        async with store.transaction() as tx:
            asked_for = await tx.series_asked("iptv", THIS), await tx.series_asked_count("iptv", THIS)
            await tx.put_series_check(check("1", sync_id=THIS))
            await tx.put_series_check(check("2", "failed", sync_id=THIS))
            answered = await tx.series_asked("iptv", THIS), await tx.series_checked_count("iptv", THIS)
            kept = await tx.series_check("iptv", "1"), await tx.series_check("iptv", "30")

    assert (first, second) == ([("1", 1, 3), ("2", 1, 0)], [("30", 1, 0)])
    assert asked_for == (["1", "2"], 2)
    assert answered == ([], 2)
    assert kept == (check("1", sync_id=THIS), None)


async def test_the_hash_of_a_series_is_told_while_it_is_shown(path: Path) -> None:
    async with opened(path) as store:
        await put_items(store, [series("1", -7), series("2", 8)])
        await hide(store, Scope(source_id="iptv", item_kind=ItemKind.SHOW), 2)
        async with store.transaction() as tx:
            assert [await tx.show_hash("iptv", name) for name in ("1", "2", "3")] == [-7, None, None]


async def test_episodes_that_are_not_served_any_more_are_found_and_come_back(path: Path) -> None:
    items = [season("s1", 1), episode("e1"), episode("e2", of="by another name")]
    async with opened(path) as store:
        await put_items(store, [series("s"), series("t"), episode("x", of="t")])
        async with store.transaction() as tx:
            first = await tx.put_series_items("iptv", "s", items)
            again = await tx.put_series_items("iptv", "s", items)
            gone = await tx.gone_episodes("iptv", "s", ["s1", "e1"])
            hidden = await tx.hide_items(gone, NOW)
            none = await tx.gone_episodes("iptv", "s", ["s1", "e1"]), await tx.gone_episodes("iptv", "unknown", [])
            back = await tx.put_series_items("iptv", "s", items)
            all_gone = await tx.gone_episodes("iptv", "s", [])
        async with Reader.open(path) as reader:
            children = (await reader.items(parent=1)).items

    assert (first, again, back) == (RowCounts(new=3), RowCounts(unchanged=3), RowCounts(changed=1, unchanged=2))
    assert (len(gone), hidden, none, len(all_gone)) == (1, 1, ([], []), 3)
    assert [child.remote_id for child in children] == ["s1", "e1", "e2"]
    check_sound(path)


async def test_rejects_of_series_are_kept_beside_each_other_up_to_the_bound(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "REJECTS_PER_STEP_MAX", 3)
    async with opened(path) as store:
        async with store.transaction() as tx:
            await tx.add_series_rejects(
                THIS, "iptv", "episodes", "7", [Reject("id: missing", "{}"), Reject("no number", "{}", "5")]
            )
            await tx.add_series_rejects(THIS, "iptv", "episodes", "8", [Reject("id: missing", "{}")] * 5)
        async with Reader.open(path) as reader:
            kept = await reader.rejects(sync_id=THIS)

    assert [(reject.page, reject.position, reject.reason, reject.remote_id) for reject in kept] == [
        (0, 0, "series 7: id: missing", None),
        (0, 1, "series 7: no number", "5"),
        (1, 0, "series 8: id: missing", None),
    ]
    assert asked(path, "SELECT DISTINCT source_id, step FROM rejects") == [("iptv", "episodes")]
