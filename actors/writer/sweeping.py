"""What a complete listing no longer has: recognised under a new id, hidden, or held back with both numbers."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec

from actors.sources import source
from actors.store import Scope, Transaction
from actors.store.records import StepRow, SyncRow
from actors.writer.config import WriterSource
from contracts import limits
from contracts.catalog import ItemKind

Fingerprint = tuple[str, ...]
"""What stays of an item when its id changes."""

_NAMED: Final = frozenset({ItemKind.MOVIE, ItemKind.SHOW, ItemKind.CHANNEL, ItemKind.ARTIST})
"""Kinds whose title and year tell one from another; an episode is one of many of its name."""


async def sweep(tx: Transaction, configured: WriterSource, sync: SyncRow, step: StepRow, now: datetime) -> StepRow:
    """The step, after what is gone from its complete listing was dealt with. To be called once, when it ends `completed`."""
    if step.reveals_weight:
        return await _sweep_libraries(tx, configured, sync, step, now)
    scope = scope_of(step)
    gone = await tx.gone_ids(scope, sync.sync_id, step.step)
    if not scope.is_categories:
        step, gone = await _recognised(tx, sync, step, gone)
    if not gone:
        return step
    if step.step not in sync.confirm:
        known = await tx.live_count(scope) - step.counts.new
        text = why_not_believed(step, len(gone), known, configured.gone_share_max) or await _why_unreadable(tx, configured, step)
        if text is not None:
            return held_back(step, len(gone), text)
    return msgspec.structs.replace(step, removed=await tx.hide(scope, gone, now))


async def recognise(tx: Transaction, sync: SyncRow, step: StepRow) -> StepRow:
    """The step after a pass over what changed: what of it was there before, under another id, is what it was."""
    if step.item_kind is None or step.is_categories or not step.counts.new:
        return step
    return (await _recognised(tx, sync, step, []))[0]


def scope_of(step: StepRow) -> Scope:
    """The rows that a step's listing speaks of."""
    assert step.item_kind is not None
    return Scope(
        source_id=step.source_id,
        item_kind=step.item_kind,
        is_categories=step.is_categories,
        library_remote_id=None if step.is_categories else step.library_remote_id,
    )


def why_not_believed(step: StepRow, gone: int, known: int, share_max: float) -> str | None:
    """Why a listing is not believed in what it lacks; none when it is. One without any row says nothing."""
    if not step.counts.served:
        return f"nothing is listed of {known:,}"
    return why_held_back(gone, known, share_max, is_confirmed=False)


def why_held_back(gone: int, known: int, share_max: float, *, is_confirmed: bool) -> str | None:
    """Why so many rows are not believed to be gone, with both numbers; none when they are."""
    if is_confirmed or gone <= max(limits.GONE_ROWS_FREE, share_max * known):
        return None
    return f"{gone:,} of {known:,} are no longer listed, more than {share_max:.0%}"


def held_back(step: StepRow, gone: int, text: str) -> StepRow:
    """The step, with the rows that were kept and how to say that they are gone indeed."""
    notice = f"{text}: nothing was hidden. If it is true: playbill confirm {step.source_id} {step.step}"
    return msgspec.structs.replace(step, held_back=gone, notice=_joined(step.notice, notice))


async def _why_unreadable(tx: Transaction, configured: WriterSource, step: StepRow) -> str | None:
    """An entry that cannot be read is not gone; which row it would have been, nobody knows.

    Compared with the last listing that held nothing back: the same entries are unreadable tomorrow, and as little gone.
    """
    always_whole = source(configured.kind).USES_DIGESTS
    before = await tx.rejected_before(step.source_id, step.step, always_whole=always_whole) if step.counts.rejected else 0
    unreadable = step.counts.rejected - before
    if unreadable <= 0:
        return None
    return f"{unreadable:,} more entries than before could not be read, so it is not known which are gone"


async def _sweep_libraries(tx: Transaction, configured: WriterSource, sync: SyncRow, step: StepRow, now: datetime) -> StepRow:
    vanished = await tx.vanished_libraries(step.source_id, sync.sync_id, step.step)
    if not vanished:
        return step
    gone = sum(live for _, _, live in vanished)
    known = await tx.source_live_count(step.source_id)
    is_confirmed = step.step in sync.confirm
    text = None if is_confirmed else why_not_believed(step, gone, known, configured.gone_share_max)
    titles = ", ".join(title for _, title, _ in vanished)
    if text is not None:
        return held_back(step, gone, f"the server no longer shows {titles}: {text}")
    removed = [await tx.hide_library(step.source_id, remote_id, now) for remote_id, _, _ in vanished]
    return msgspec.structs.replace(step, removed=sum(removed), notice=f"the server no longer shows {titles}: hidden")


async def _recognised(tx: Transaction, sync: SyncRow, step: StepRow, gone: Sequence[int]) -> tuple[StepRow, list[int]]:
    """The step, and what is gone indeed: a row that came back under a new id keeps its old place in the catalogue.

    New is what came since the listing was last complete, in whichever sync or attempt; what is hidden may come back too.
    """
    scope = scope_of(step)
    lost = [*gone, *await tx.hidden_ids(scope)]
    if not lost:
        return step, []
    gone_ids = set(gone)  # Of what is new, some may have come with an earlier sync and be gone again.
    came = await tx.new_item_ids_in(scope, await tx.first_item_id_since(sync, step.step))
    new = [item_id for item_id in came if item_id not in gone_ids]
    before = fingerprints(await tx.fingerprints(lost), scope.item_kind)
    after = fingerprints(await tx.fingerprints(new), scope.item_kind)
    pairs = matched(before, after)
    if not pairs:
        return step, list(gone)
    await tx.reattach(pairs)
    told = min(len(pairs), step.counts.new)  # What an earlier attempt brought in is counted as unchanged.
    counts = msgspec.structs.replace(step.counts, new=step.counts.new - told, changed=step.counts.changed + told)
    notice = f"{len(pairs):,} came back under new ids and were recognised"
    known = {old for old, _ in pairs}
    left = [item_id for item_id in gone if item_id not in known]
    return msgspec.structs.replace(step, counts=counts, notice=_joined(step.notice, notice)), left


def fingerprints(rows: Sequence[tuple[int, str, int | None, str | None]], kind: ItemKind) -> dict[int, set[Fingerprint]]:
    """By id, all by which an item can be recognised: its ids elsewhere, and title with year where they tell it from others."""
    found: dict[int, set[Fingerprint]] = {}
    for item_id, folded_title, year, external_ids in rows:
        marks: set[Fingerprint] = {(name, value) for name, value in _external(external_ids).items()}
        if kind in _NAMED:
            marks.add(("title", folded_title, str(year or "")))
        found[item_id] = marks
    return found


def _external(text: str | None) -> Mapping[str, str]:
    try:
        found = msgspec.json.decode(text or "{}", type=dict[str, str | int])
    except (ValueError, RecursionError):
        return {}
    return {name: str(value) for name, value in found.items()}


def matched(before: Mapping[int, Collection[Fingerprint]], after: Mapping[int, Collection[Fingerprint]]) -> list[tuple[int, int]]:
    """(old id, new id) of those that share a mark which nobody else on either side has."""
    old, new = _unique(before), _unique(after)
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for mark, old_id in old.items():
        new_id = new.get(mark)
        if new_id is not None and old_id not in pairs and new_id not in taken:
            pairs[old_id] = new_id
            taken.add(new_id)
    return sorted(pairs.items())


def _unique(marks_by_id: Mapping[int, Collection[Fingerprint]]) -> dict[Fingerprint, int]:
    times = Counter(mark for marks in marks_by_id.values() for mark in marks)
    return {mark: item_id for item_id, marks in marks_by_id.items() for mark in sorted(marks) if times[mark] == 1}


def _joined(notice: str | None, text: str) -> str:
    return text if notice is None else f"{notice}; {text}"
