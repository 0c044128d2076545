"""The checker of the fault suite finds what it is there to find: each invariant is broken on purpose, in the file."""

import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path

import pytest

from faults.checker import (
    all_is_well,
    check_atomic,
    check_catalogue,
    check_conservation,
    check_dead_letters,
    check_file,
    check_new_rows,
)
from faults.rig import Rig, up
from faults.trial import Broken, Trial
from faults.world import provider

_A_DEAD_LETTER = (
    "INSERT INTO dead_letters (actor, reason, parked, subject, message_id, deliveries, body, body_clipped, at)"
    " VALUES ('parser', 'why', 0, 's', 'm', 1, x'00', 0, '')"
)

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    """A Playbill that has synced once, with all well."""
    with provider(100) as server:
        async with up(Trial("checker", tmp_path, 1), {"iptv": server}) as running:
            await all_is_well(running, (await running.sync()).sync_id)
            yield running


def spoil(rig: Rig, sql: str) -> None:
    with closing(sqlite3.connect(rig.database, timeout=10)) as database:
        database.execute(sql)
        database.commit()


async def test_the_checker_finds_each_way_in_which_something_can_be_wrong(rig: Rig) -> None:
    sync_id = rig.rows("SELECT sync_id FROM syncs")[0][0]
    wrong: list[tuple[str, str, str, Callable[[], object], str]] = [
        ("lost", "DELETE FROM items WHERE kind = 'movie' AND remote_id = '7'", "", lambda: check_catalogue(rig), "are missing"),
        (
            "hidden",
            "UPDATE items SET missing_since = '2026-01-01' WHERE kind = 'movie' AND remote_id = '8'",
            "UPDATE items SET missing_since = NULL",
            lambda: check_catalogue(rig),
            "are missing",
        ),
        (
            "too many",
            "UPDATE items SET remote_id = 'x' WHERE kind = 'channel' AND remote_id = '3'",
            "UPDATE items SET remote_id = '3' WHERE remote_id = 'x'",
            lambda: check_catalogue(rig),
            "",
        ),
        (
            "counted twice",
            "UPDATE steps SET rows_new = rows_new + 1 WHERE step = 'movies'",
            "UPDATE steps SET rows_new = rows_new - 1 WHERE step = 'movies'",
            lambda: check_conservation(rig, sync_id),
            "were counted",
        ),
        (
            "told twice",
            "UPDATE steps SET rows_new = rows_new + 9 WHERE step = 'movies'",
            "UPDATE steps SET rows_new = rows_new - 9 WHERE step = 'movies'",
            lambda: check_new_rows(rig),
            "told as new",
        ),
        (
            "a part of a transaction",
            "UPDATE steps SET status = 'running', rows_new = rows_new + 1 WHERE step = 'movies'",
            "UPDATE steps SET status = 'completed', rows_new = rows_new - 1 WHERE step = 'movies'",
            lambda: _while_syncing(rig, lambda: check_atomic(rig)),
            "by the ledger",
        ),
        (
            "a row that names nothing",
            "INSERT INTO home_section_items (section_id, media_item_id, position, created_at) VALUES (99999, 1, 0, '')",
            "DELETE FROM home_section_items WHERE section_id = 99999",
            lambda: check_file(rig),
            "not there",
        ),
        (
            "dead",
            _A_DEAD_LETTER,
            "DELETE FROM dead_letters",
            lambda: check_dead_letters(rig),
            "dead letters",
        ),
    ]
    for name, break_it, mend_it, check, words in wrong:
        spoil(rig, break_it)
        with pytest.raises(Broken) as found:
            check()
        assert words in str(found.value), name
        if mend_it:
            spoil(rig, mend_it)
    assert rig.trial.tally.lost >= 1
    assert rig.trial.tally.falsely_deleted == 1
    assert rig.trial.tally.doubled >= 2


def _while_syncing(rig: Rig, check: Callable[[], None]) -> None:
    spoil(rig, "UPDATE syncs SET status = 'syncing'")
    try:
        check()
    finally:
        spoil(rig, "UPDATE syncs SET status = 'completed'")
