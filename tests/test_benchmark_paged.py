"""The benchmark of paged servers compares like with like: its servers have what they claim, and the plain script keeps it all."""

import sqlite3
from pathlib import Path

import httpx
import pytest

from benchmarks import plain_paged
from benchmarks.paged_servers import USER, KeptJellyfin, KeptPlex
from benchmarks.plain_paged import JELLYFIN, PLEX

SHOWS_MADE, EPISODES_MADE = 30, 600
SEASONS_EACH = {PLEX: 2, JELLYFIN: 1}
ACCESS = {"username": USER, "password": USER}


@pytest.mark.parametrize("kind", [PLEX, JELLYFIN])
def test_the_plain_script_keeps_every_row_and_a_second_run_changes_none(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "plain.db"
    with KeptPlex(SHOWS_MADE, EPISODES_MADE) if kind == PLEX else KeptJellyfin(SHOWS_MADE, EPISODES_MADE) as server:
        access = {"token": server.token} if isinstance(server, KeptPlex) else ACCESS
        first = plain_paged.run(kind, server.url, access, path)
        requests = len(server.served)
        before = contents(path)
        again = plain_paged.run(kind, server.url, access, path)

        assert len(server.served) == 2 * requests
    assert first.rows == again.rows == len(before) == SHOWS_MADE * (1 + SEASONS_EACH[kind]) + EPISODES_MADE
    assert contents(path) == before
    assert requests < 20


def contents(path: Path) -> list[tuple[object, ...]]:
    database = sqlite3.connect(path)
    try:
        return database.execute("SELECT * FROM items ORDER BY id").fetchall()
    finally:
        database.close()


def test_what_was_answered_before_is_not_given_to_who_has_no_token(tmp_path: Path) -> None:
    with KeptPlex(SHOWS_MADE, EPISODES_MADE) as server:
        plain_paged.run(PLEX, server.url, {"token": server.token}, tmp_path / "plain.db")

        with pytest.raises(httpx.HTTPStatusError, match="401"):
            plain_paged.run(PLEX, server.url, {"token": "wrong"}, tmp_path / "other.db")
