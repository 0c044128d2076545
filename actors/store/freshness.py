"""How fresh each listing of a source is, and its home page."""

from collections.abc import Iterable, Sequence
from typing import Final

from actors.store import rows
from actors.store.answers import HomeFreshness, StepFreshness
from actors.store.database import Database
from actors.store.moments import from_text
from actors.store.records import Listing, StepRow
from actors.store.statements import asked
from contracts.catalog import ACCOUNT_STEP

_LISTINGS: Final = f"""
SELECT {rows.LISTING_COLUMNS} FROM listings WHERE source_id = ?1 AND NOT EXISTS (
  SELECT 1 FROM libraries WHERE source_id = ?1 AND missing_since IS NOT NULL
  AND instr(step, '.') > 0 AND remote_id = substr(step, instr(step, '.') + 1))"""  # noqa: S608
_STEP_COLUMNS: Final = ", ".join(f"steps.{name}" for name in rows.STEP_COLUMNS.replace(" ", "").split(","))
_LAST_RUNS: Final = f"""
SELECT {_STEP_COLUMNS} FROM named CROSS JOIN steps
ON steps.rowid = (SELECT max(runs.rowid) FROM steps AS runs WHERE runs.source_id = ? AND runs.step = named.step)"""  # noqa: S608
_NAMES_AT_ONCE: Final = 100
_HOME: Final = """
SELECT count(*), ifnull(sum(is_stale), 0), min(last_updated), max(last_updated) FROM home_sections WHERE source_id = ?"""


async def steps(database: Database, source_id: str, planned: Iterable[StepRow]) -> list[StepFreshness]:
    """Of each listing that was ever complete and of the steps `planned`, in the order of their last runs."""
    listings = {row[1]: rows.listing_of(row) for row in await database.rows(_LISTINGS, [source_id])}
    for step in planned:
        if step.step != ACCOUNT_STEP:
            listings.setdefault(step.step, Listing(source_id=source_id, step=step.step))
    held_back = await _held_back(database, listings.values())
    last_runs = await _last_runs(database, source_id, list(listings))
    found = [_freshness(listing, last_runs.get(step), held_back) for step, listing in listings.items()]
    return sorted(found, key=_place)


async def _last_runs(database: Database, source_id: str, names: Sequence[str]) -> dict[str, StepRow]:
    found: dict[str, StepRow] = {}
    for first in range(0, len(names), _NAMES_AT_ONCE):
        some = names[first : first + _NAMES_AT_ONCE]
        sql = f"WITH named (step) AS (VALUES {', '.join(['(?)'] * len(some))}) {_LAST_RUNS}"
        found |= {step.step: step for step in map(rows.step_of, await database.rows(sql, (*some, source_id)))}
    return found


async def _held_back(database: Database, listings: Iterable[Listing]) -> dict[tuple[str, str], tuple[int, str | None]]:
    """By sync and step, what was held back when a listing was last complete: only that sync has looked at what is gone."""
    sync_ids = sorted({listing.complete_sync_id for listing in listings if listing.complete_sync_id is not None})
    found: dict[tuple[str, str], tuple[int, str | None]] = {}
    for places, values in asked(sync_ids):
        sql = f"SELECT sync_id, step, held_back, notice FROM steps WHERE sync_id IN ({places}) AND held_back > 0"  # noqa: S608
        found |= {(sync_id, step): (count, notice) for sync_id, step, count, notice in await database.rows(sql, values)}
    return found


def _freshness(
    listing: Listing, last_run: StepRow | None, held_back: dict[tuple[str, str], tuple[int, str | None]]
) -> StepFreshness:
    of_last_run = None if last_run is None else last_run.notice
    count, notice = held_back.get((listing.complete_sync_id or "", listing.step), (0, of_last_run))
    if last_run is not None and last_run.held_back:  # Also one that was not complete: it listed nothing at all.
        count, notice = last_run.held_back, last_run.notice
    return StepFreshness(
        step=listing.step,
        last_synced_at=listing.last_synced_at,
        last_checked_at=listing.last_checked_at,
        rows=listing.rows,
        announced=listing.announced,
        last_run=last_run,
        held_back=count,
        notice=notice,
    )


def _place(freshness: StepFreshness) -> tuple[int, str]:
    return (0 if freshness.last_run is None else freshness.last_run.position, freshness.step)


async def home(database: Database, source_id: str) -> HomeFreshness | None:
    """None where there are no sections."""
    sections, stale, oldest, last = await database.row(_HOME, [source_id]) or (0, 0, None, None)
    if not sections:
        return None
    return HomeFreshness(sections=sections, stale_sections=stale, oldest_updated=from_text(oldest), last_updated=from_text(last))
