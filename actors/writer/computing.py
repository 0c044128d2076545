"""Home sections of a source that has no home page: made from what is in its catalogue."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from actors.sources import source
from actors.store import Transaction
from actors.store.records import SectionRow, SectionWritten, StepRow
from actors.writer.closing import end_step
from actors.writer.config import WriterSource
from actors.writer.home import changes_of_removal, counted, tell_changes
from contracts.catalog import ItemKind, StepStatus
from contracts.messages import ChangedSection, Counts

_ITEMS: Final = 50
_CATEGORIES: Final = 10
"""Of each kind, the largest first."""
_KINDS: Final = ((ItemKind.MOVIE, "films"), (ItemKind.SHOW, "series"))


async def run_local_steps(tx: Transaction, configured: WriterSource, steps: Sequence[StepRow], now: datetime) -> list[StepRow]:
    """The steps, with those that ask nothing of the source run, once everything else of the sync has ended."""
    local = {definition.step for definition in source(configured.kind).steps if definition.is_local}
    if any(not step.status.is_final for step in steps if step.step not in local):
        return list(steps)
    return [
        await _compute(tx, step, now) if step.step in local and not step.status.is_final else step
        for step in steps
    ]  # fmt: skip


async def _compute(tx: Transaction, step: StepRow, now: datetime) -> StepRow:
    sections = await _sections(tx, step.source_id)
    written = [await tx.put_section(step.source_id, section) for section in sections]
    removed = await tx.drop_home_sections(step.source_id, [section.hub_identifier for section in sections])
    rows = counted(written)
    done = msgspec.structs.replace(
        step,
        started_at=now,
        counts=Counts(new=rows.new, changed=rows.changed, unchanged=rows.unchanged),
        section_items=sum(row.items for row in written),
    )
    ended = await end_step(tx, done, StepStatus.COMPLETED, now)
    # By what was written and not by when: the transaction's own time, which the rows have, is a little before `now`.
    changes = [*changes_of_removal(removed), *_changes(sections, written)]
    await tell_changes(tx, ended, changes, now)
    return ended


def _changes(sections: Sequence[SectionRow], written: Sequence[SectionWritten]) -> list[ChangedSection]:
    return [
        ChangedSection(hub_identifier=section.hub_identifier, title=section.title, change="added" if row.is_new else "changed")
        for section, row in zip(sections, written, strict=True)
        if row.is_changed
    ]


async def _sections(tx: Transaction, source_id: str) -> list[SectionRow]:
    found: list[SectionRow] = []

    def add(hub_identifier: str, title: str, section_type: str, kind: ItemKind, item_ids: list[int]) -> None:
        if item_ids:
            section = SectionRow(
                hub_identifier=hub_identifier,
                title=title,
                section_type=section_type,
                position=len(found),
                item_ids=item_ids,
                hub_type=kind.value,
                size=len(item_ids),
            )
            found.append(section)

    for kind, name in _KINDS:
        add(f"recent.{kind}", f"Recently added {name}", "recently_added", kind, await tx.recent_item_ids(source_id, kind, _ITEMS))
    for kind, name in _KINDS:
        add(f"top.{kind}", f"Top rated {name}", "top_rated", kind, await tx.top_rated_item_ids(source_id, kind, _ITEMS))
    for kind, _ in _KINDS:
        for remote_id, title in await tx.largest_categories(source_id, kind, _CATEGORIES):
            item_ids = await tx.category_item_ids(source_id, kind, remote_id, _ITEMS)
            add(f"category.{kind}.{remote_id}", title, "category", kind, item_ids)
    return found
