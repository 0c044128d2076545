"""The least possible: one process that fetches, decodes and upserts the same columns and indexes, without a bus or a ledger.

With `--same-tables` also what Playbill keeps: the row's hash, the ids of every slice in the ledger, and the search table.
The tables are the store's own statements. Prints one JSON document: seconds, rows, processor seconds, peak memory.
"""

import argparse
import gc
import itertools
import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import httpx
import msgspec

from actors.demo.catalogue import LIVE, LIVE_CATEGORIES, MOVIE_CATEGORIES, MOVIES, SERIES, SERIES_CATEGORIES
from actors.sources.folding import fold
from actors.store.schema import LISTING_INDEXES, MIGRATIONS
from benchmarks import plain_rows
from benchmarks.plain_rows import Row
from benchmarks.process import usage
from benchmarks.provider import PASSWORD, USERNAME

_SOURCE: Final = "iptv"
_PLAIN_TABLES: Final = ("items", "item_categories", "categories")
_SLICE_ROWS: Final = 650
"""Rows of one line of the ledger: what a slice of 448 KiB holds."""
_ITEM_COLUMNS: Final = (
    "id, source_id, kind, remote_id, row_hash, library_id, title, folded_title, year, rating, duration_s, added_at, is_adult,"
    " image, details, created_at, changed_at"
)
_CONTENT: Final = "title, year, rating, duration_s, added_at, is_adult, image, details"
_INSERT_ITEM: Final = f"INSERT INTO items ({_ITEM_COLUMNS}) VALUES ({', '.join('?' * 17)})"
_SET: Final = ", ".join(f"{name} = excluded.{name}" for name in f"{_CONTENT}, folded_title, row_hash, changed_at".split(", "))
_UPSERT_ITEM: Final = f"{_INSERT_ITEM} ON CONFLICT (source_id, kind, remote_id) DO UPDATE SET {_SET}"
_EXCLUDED: Final = ", ".join(f"excluded.{name}" for name in _CONTENT.split(", "))
_UPSERT_IF_CHANGED: Final = f"{_UPSERT_ITEM} WHERE ({_CONTENT}) IS NOT ({_EXCLUDED})"

_PUT_ITEM_CATEGORY: Final = (
    "INSERT INTO item_categories (id, category_id) VALUES (?, ?)"
    " ON CONFLICT (id) DO UPDATE SET category_id = excluded.category_id WHERE category_id <> excluded.category_id"
)
_PUT_CATEGORY: Final = (
    "INSERT INTO categories"
    " (id, source_id, item_kind, remote_id, row_hash, title, folded_title, position, created_at, changed_at)"
    " VALUES (?, ?, ?, ?, 0, ?, ?, ?, ?, ?)"
    " ON CONFLICT (source_id, item_kind, remote_id) DO UPDATE SET title = excluded.title, folded_title = excluded.folded_title"
    " WHERE title <> excluded.title"
)
_FORGET: Final = (
    "INSERT INTO items_search (items_search, rowid, folded_title, library_token)"
    " SELECT 'delete', id, folded_title, library_token FROM items WHERE id = ?"
)
_LEARN: Final = (
    "INSERT INTO items_search (rowid, folded_title, library_token) SELECT id, folded_title, library_token FROM items WHERE id"
)

Entry = TypeVar("Entry")
Rows = Sequence[Row]


class Result(msgspec.Struct, frozen=True, kw_only=True):
    seconds: float
    """From the first request to the last commit, without the interpreter's start."""
    rows: int
    cpu_s: float
    peak_bytes: int


class Tables:
    """The writes of one run."""

    def __init__(self, connection: sqlite3.Connection, *, same: bool) -> None:
        self.connection = connection
        self.same = same
        self.now_s = int(time.time())
        self.sync_id = f"plain-{time.time_ns()}"

    def put_categories(self, kind: str, entries: Sequence[plain_rows.Category]) -> dict[str, int]:
        """The ids of the kind's categories, by their remote ids."""
        known = dict(self.connection.execute("SELECT remote_id, id FROM categories WHERE item_kind = ?", [kind]).fetchall())
        free = itertools.count(self._next_id("categories"))
        ids = {entry.category_id: known.get(entry.category_id) or next(free) for entry in entries}
        values = (
            (
                ids[e.category_id],
                _SOURCE,
                kind,
                e.category_id,
                e.category_name,
                fold(e.category_name),
                place,
                self.now_s,
                self.now_s,
            )
            for place, e in enumerate(entries)
        )
        self.connection.executemany(_PUT_CATEGORY, values)
        return ids

    def put_items(self, kind: str, library_id: int, rows: Rows, category_ids: dict[str, int]) -> None:
        known = {
            remote_id: (item_id, row_hash)
            for remote_id, item_id, row_hash in self.connection.execute(
                "SELECT remote_id, id, row_hash FROM items WHERE source_id = ? AND kind = ?", [_SOURCE, kind]
            )
        }
        first_free = self._next_id("items")
        if self.same:
            self._put_with_hashes(kind, library_id, rows, category_ids, known, first_free)
            self._put_ledger(kind, rows)
        else:
            self._put(kind, library_id, rows, category_ids, known, first_free)

    def _put(
        self, kind: str, library_id: int, rows: Rows, category_ids: dict[str, int], known: dict[str, Any], first_free: int
    ) -> None:
        free = itertools.count(first_free)
        ids = [known[row.remote_id][0] if row.remote_id in known else next(free) for row in rows]
        statement = _UPSERT_IF_CHANGED if known else _INSERT_ITEM
        self.connection.executemany(
            statement, (self._values(i, kind, library_id, row, 0) for i, row in zip(ids, rows, strict=True))
        )
        self._put_item_categories(zip(ids, rows, strict=True), category_ids, is_new=not known)

    def _put_with_hashes(
        self, kind: str, library_id: int, rows: Rows, category_ids: dict[str, int], known: dict[str, Any], first_free: int
    ) -> None:
        free = itertools.count(first_free)
        new, changed = [], []
        for row in rows:
            row_hash = row.row_hash
            there = known.get(row.remote_id)
            if there is None:
                new.append((next(free), row, row_hash))
            elif there[1] != row_hash:
                changed.append((there[0], row, row_hash))
        changed_ids = [(item_id,) for item_id, _, _ in changed]
        self.connection.executemany(_FORGET, changed_ids)
        self.connection.executemany(_INSERT_ITEM, (self._values(i, kind, library_id, row, h) for i, row, h in new))
        self.connection.executemany(_UPSERT_ITEM, (self._values(i, kind, library_id, row, h) for i, row, h in changed))
        self.connection.execute(f"{_LEARN} >= ?", [first_free])
        self.connection.executemany(f"{_LEARN} = ?", changed_ids)
        self._put_item_categories(((i, row) for i, row, _ in new), category_ids, is_new=True)
        self._put_item_categories(((i, row) for i, row, _ in changed), category_ids, is_new=False)

    def _values(self, item_id: int, kind: str, library_id: int, row: Row, row_hash: int) -> tuple[Any, ...]:
        return (
            item_id, _SOURCE, kind, row.remote_id, row_hash, library_id, row.title, row.folded_title, row.year, row.rating,
            row.duration_s, row.added_at, row.is_adult, row.image, row.details, self.now_s, self.now_s,
        )  # fmt: skip

    def _put_item_categories(self, placed: Iterable[tuple[int, Row]], category_ids: dict[str, int], *, is_new: bool) -> None:
        memberships = [
            (item_id * 256 + place, category_ids[category])
            for item_id, row in placed
            for place, category in enumerate(dict.fromkeys(row.category_ids))
        ]
        if is_new:
            self.connection.executemany("INSERT INTO item_categories (id, category_id) VALUES (?, ?)", memberships)
            return
        kept = {membership_id for membership_id, _ in memberships}
        items = {membership_id // 256 for membership_id in kept}
        there = self.connection.execute("SELECT id FROM item_categories").fetchall() if items else []
        gone = [found for found in there if found[0] not in kept and found[0] // 256 in items]
        self.connection.executemany("DELETE FROM item_categories WHERE id = ?", gone)
        self.connection.executemany(_PUT_ITEM_CATEGORY, memberships)

    def _put_ledger(self, kind: str, rows: Rows) -> None:
        lines = []
        for number, start in enumerate(range(0, len(rows), _SLICE_ROWS)):
            ids = [row.remote_id for row in rows[start : start + _SLICE_ROWS]]
            remote_ids = msgspec.json.encode(ids).decode()
            lines.append((self.sync_id, _SOURCE, kind, 1, 0, number, b"", len(ids), 0, 0, 0, 0, 0, 0, remote_ids))
        self.connection.executemany(f"INSERT INTO ledger VALUES ({', '.join('?' * 15)})", lines)

    def _next_id(self, table: str) -> int:
        found: int = self.connection.execute(f"SELECT ifnull(max(id), 0) + 1 FROM {table}").fetchone()[0]
        return found


def create(path: Path, *, same: bool) -> None:
    """The store's own tables; without `same` only those that hold the catalogue."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    for statement in itertools.chain.from_iterable(migration.up for migration in MIGRATIONS):
        if same or any(statement.split()[:3] == ["CREATE", "TABLE", table] for table in _PLAIN_TABLES):
            connection.execute(statement)
    connection.close()


def run(url: str, path: Path, *, same: bool) -> Result:
    """One sync into a database that `create` made."""
    started_s = time.perf_counter()
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("synchronous = FULL", "cache_size = -16384", "wal_autocheckpoint = 10000"):
        connection.execute(f"PRAGMA {pragma}")
    tables = Tables(connection, same=same)
    with httpx.Client(base_url=url, trust_env=False, timeout=60) as client:
        connection.execute("BEGIN IMMEDIATE")
        rows = _sync(client, tables)
        for statement in LISTING_INDEXES.values():
            connection.execute(statement.replace("CREATE INDEX", "CREATE INDEX IF NOT EXISTS"))
        connection.execute("COMMIT")
    seconds = time.perf_counter() - started_s
    connection.close()
    used = usage(os.getpid())
    assert used is not None
    return Result(seconds=seconds, rows=rows, cpu_s=used.cpu_s, peak_bytes=used.peak_bytes)


def titles(path: Path, *, same: bool) -> set[tuple[str, str, bool]]:
    """What is in a database: remote id, title, and whether the search finds the item by its folded title."""
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT id, remote_id, title, folded_title FROM items").fetchall()
    find = "SELECT count(*) FROM items_search WHERE rowid = ? AND items_search MATCH ?"
    found = {
        (remote_id, title, same and connection.execute(find, [item_id, f'"{folded.split()[0]}"']).fetchone()[0] == 1)
        for item_id, remote_id, title, folded in rows
    }
    connection.close()
    return found


def _sync(client: httpx.Client, tables: Tables) -> int:
    return (
        _part(client, tables, "channel", LIVE_CATEGORIES, LIVE, plain_rows.Channel, plain_rows.channel)
        + _part(client, tables, "movie", MOVIE_CATEGORIES, MOVIES, plain_rows.Movie, plain_rows.movie)
        + _part(client, tables, "show", SERIES_CATEGORIES, SERIES, plain_rows.Series, plain_rows.series)
    )


def _part(
    client: httpx.Client,
    tables: Tables,
    kind: str,
    categories_action: str,
    action: str,
    entry: type[Entry],
    read: Callable[[Entry], Row],
) -> int:
    categories = msgspec.json.decode(_body(client, categories_action), type=list[plain_rows.Category])
    category_ids = tables.put_categories(kind, categories)
    entries: list[Entry] = msgspec.json.decode(_body(client, action), type=list[entry])  # type: ignore[valid-type]
    rows: list[Row] = list(map(read, _handed_over(entries)))
    tables.put_items(kind, ("channel", "movie", "show").index(kind) + 1, rows, category_ids)
    return len(categories) + len(rows)


def _handed_over(entries: list[Entry]) -> Iterator[Entry]:
    """Each entry once, and no longer kept: half the memory."""
    entries.reverse()
    while entries:
        yield entries.pop()


def _body(client: httpx.Client, action: str) -> bytes:
    params = {"username": USERNAME, "password": PASSWORD, "action": action}
    with client.stream("GET", "/player_api.php", params=params) as answer:
        answer.raise_for_status()
        return b"".join(answer.iter_raw())


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.plain_script", description=__doc__)
    parser.add_argument("url")
    parser.add_argument("database", type=Path)
    parser.add_argument("--same-tables", action="store_true")
    options = parser.parse_args()
    if not options.database.exists():
        create(options.database, same=options.same_tables)
    gc.disable()
    print(msgspec.json.encode(run(options.url, options.database, same=options.same_tables)).decode())


if __name__ == "__main__":
    main()
