"""What the syncs that ran tell of a source: what failed in the last of each part, and what is held back; pure."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final

from msgspec import Struct

from actors.cli.wording import clean, number
from actors.store import SourceStatus, StepFreshness, SyncHistory
from actors.store.records import StepRow
from contracts.catalog import ACCOUNT_STEP, WATCHED, Mode, Part, StepStatus

_BAD: Final = (StepStatus.FAILED, StepStatus.PARTIAL, StepStatus.SKIPPED)
"""Begins the name of a step that asks only for what was seen; the whole listing tells that, too."""


class Held(Struct, frozen=True, kw_only=True):
    """Rows that a listing lacked and that were kept nevertheless."""

    step: str
    missing: int
    listed: int
    """Rows that the listing had."""
    notice: str | None = None
    at: datetime | None = None
    """When it was read."""


class Again(Struct, frozen=True, kw_only=True):
    """What is to be asked for once more."""

    parts: tuple[Part, ...]
    steps: tuple[str, ...]
    """Empty: all of the parts."""
    mode: Mode
    reasons: tuple[str, ...]
    """In words, one for each step."""


def held_back(status: SourceStatus) -> dict[str, Held]:
    """By step, as its last whole listing left it."""
    return {fresh.step: _held(fresh) for fresh in status.freshness if fresh.held_back}


def _held(fresh: StepFreshness) -> Held:
    # A listing may serve a row twice; the run that held back tells rows of the catalogue, as long as it was the last.
    last = fresh.last_run
    return Held(
        step=fresh.step,
        missing=fresh.held_back,
        listed=last.counts.synced if last is not None and last.held_back else fresh.rows,
        notice=fresh.notice,
        at=fresh.last_synced_at,
    )


def held_text(held: Held) -> str:
    """`movies: 41,000 rows are no longer listed and were kept; 109,000 are listed`."""
    return f"{held.step}: {number(held.missing)} rows are no longer listed and were kept; {number(held.listed)} are listed"


def to_ask_again(last: Mapping[Part, SyncHistory], dead: Collection[tuple[str, str]], revealing: Collection[str]) -> list[Again]:
    """What failed in the last sync of each part, as one wish for each mode; nothing when all went well.

    `dead`: (sync, step) of each dead letter. `revealing`: steps without which nobody knows what else there is to ask.
    """
    episodes: dict[Part, SyncHistory] = {part: run for part, run in last.items() if part is Part.EPISODES}
    others: dict[Part, SyncHistory] = {part: run for part, run in last.items() if part is not Part.EPISODES}
    # A whole pass over the episodes would ask for every series there is; the series that failed are due by themselves.
    wishes = (
        _again(others, Mode.FULL, dead, revealing),
        _again(episodes, Mode.INCREMENTAL, dead, revealing),
    )
    return [wish for wish in wishes if wish is not None]


def _again(
    last: Mapping[Part, SyncHistory], mode: Mode, dead: Collection[tuple[str, str]], revealing: Collection[str]
) -> Again | None:
    failed: dict[str, StepRow] = {}
    reasons: dict[str, str] = {}
    for part, run in last.items():
        for step in run.steps:
            # The check is of the first part of its sync, and what it refused is of all of them.
            why = _why(step, dead) if step.part is part or step.step == ACCOUNT_STEP else None
            if why is not None:
                failed[step.step], reasons[step.step] = step, f"{step.step}: {clean(why)}"
    if not failed:
        return None
    parts = {step.part for step in failed.values() if step.step != ACCOUNT_STEP}
    parts = parts or {part for part, run in last.items() if any(step.step in failed for step in run.steps)}
    is_all = bool(failed.keys() & {ACCOUNT_STEP, *revealing})
    names = () if is_all else tuple(dict.fromkeys(name.removeprefix(WATCHED) for name in failed))
    ordered = tuple(part for part in Part if part in parts)
    return Again(parts=ordered, steps=names, mode=mode, reasons=tuple(reasons.values()))


def _why(step: StepRow, dead: Collection[tuple[str, str]]) -> str | None:
    """Why a step is asked for again; none when it went well."""
    if step.status in _BAD:
        return f"{step.status.value}: {step.error_text}" if step.error_text else step.status.value
    if step.counts.rejected:
        return f"{number(step.counts.rejected)} could not be read"
    if step.slices_dead or (step.sync_id, step.step) in dead:
        return "has dead letters"
    return None
