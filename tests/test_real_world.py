"""The world of `test_simulation` for real: a flapping provider, a real nats-server, and processes that die at random.

One seed, one sequence of acts. `PLAYBILL_REAL_SEEDS=50` runs more of them.
"""

import asyncio
import os
import random
from pathlib import Path
from typing import Any

import pytest

from actors.demo import Catalogue, XtreamServer
from actors.demo.catalogue import LIVE, MOVIES, SERIES
from contracts.catalog import Mode, SyncStatus
from tests.big_catalogue import big_catalogue
from tests.playbill_room import ACTION_OF, ROLES, Running, playbill, served_ids

SEEDS = int(os.environ.get("PLAYBILL_REAL_SEEDS", "3"))
TROUBLES: list[dict[str, Any]] = [
    {"status": 502, "first_requests": 2},
    {"reset_after_bytes": 200_000, "first_requests": 2},
    {"cut_after_bytes": 150_000, "framing": "close", "first_requests": 1},
    {"gzip": "truncated", "first_requests": 1},
    {"html_200": True, "first_requests": 1},
    {"keep_share": 0.5, "first_requests": 1},
    {"status": 429, "retry_after": "1", "first_requests": 1},
    {"bad_entry_every": 100},
    {"numeric_keys": True},
    {"php_warning": "before"},
    {},
]

pytestmark = pytest.mark.timeout(180)


def changed(catalogue: Catalogue, rng: random.Random) -> Catalogue:
    """Some titles edited, some entries added, and everything numbered anew."""
    for action in (LIVE, MOVIES, SERIES):
        key = "series_id" if action == SERIES else "stream_id"
        entries = [dict(entry) for entry in catalogue.entries(action)]
        for entry in rng.sample(entries, 5):
            entry["name"] = f"Edited {rng.random():.6f}"
        entries.insert(rng.randrange(len(entries)), {key: 10_000_000 + rng.randrange(10**6), "name": "New", "category_id": "1"})
        catalogue = catalogue.with_listing(action, [{**entry, "num": number} for number, entry in enumerate(entries)])
    return catalogue


def titles_of(catalogue: Catalogue, action: str) -> dict[str, str]:
    key = "series_id" if action == SERIES else "stream_id"
    return {str(entry[key]): entry["name"] for entry in catalogue.entries(action)}


async def torment(running: Running, rng: random.Random) -> None:
    """Kill something every now and then."""
    for _ in range(rng.randrange(3)):
        await asyncio.sleep(rng.uniform(0.05, 0.4))
        role = rng.choice(ROLES)
        if any(child.name == role and child.is_running for child in running.supervisor.children()):
            running.kill(role)


def check_books(running: Running, sync_id: str) -> None:
    """Each completed step: what its ledger's slices served is stored, once."""
    lines = running.rows("SELECT step, page, slice, count(*) FROM ledger WHERE sync_id = ? GROUP BY 1, 2, 3", sync_id)
    assert all(count == 1 for *_, count in lines)
    doubled = running.rows("SELECT kind, remote_id, count(*) FROM items GROUP BY 1, 2 HAVING count(*) > 1")
    assert doubled == []


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_a_tormented_playbill_ends_with_exactly_the_servers_rows(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    with XtreamServer(big_catalogue(3_000)) as server:
        async with playbill(tmp_path, {"iptv": server.url}) as running:
            for _ in range(2):
                for action in (LIVE, MOVIES, SERIES):
                    server.set(action, **rng.choice(TROUBLES))
                sync_id = await running.ask(mode=rng.choice(list(Mode)))
                await torment(running, rng)
                ended = await running.ended(sync_id)
                assert ended.status in (SyncStatus.COMPLETED, SyncStatus.PARTIAL)
                check_books(running, sync_id)
                server.catalogue = changed(server.catalogue, rng)
            server.set(None)
            last = await running.sync()

            assert (last.status, last.progress) == (SyncStatus.COMPLETED, 100)
            check_books(running, last.sync_id)
            for step in ACTION_OF:
                assert served_ids(server, step) <= running.ids(step), step
            stored = dict(running.rows("SELECT remote_id, title FROM items WHERE kind = 'movie'"))
            expected = titles_of(server.catalogue, MOVIES)
            assert {remote_id: stored.get(remote_id) for remote_id in expected} == expected
