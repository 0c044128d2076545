"""The home page: its sections replaced one by one, those that are gone taken away, and what changed told."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from actors.store import Transaction
from actors.store.records import RowCounts, SectionWritten, StepRow
from actors.writer.plan import SECTIONS_FAILED
from contracts import limits
from contracts.catalog import HomeSection, StepStatus
from contracts.messages import ChangedSection, HomeSectionsRefreshed


async def put_sections(tx: Transaction, source_id: str, sections: Sequence[HomeSection]) -> tuple[RowCounts, int]:
    """Replace each section that could be read. What became of them, and the items they hold."""
    written = [await tx.put_home_section(source_id, section) for section in sections if section.failure is None]
    for section in sections:
        if section.failure is not None:
            await tx.put_home_section(source_id, section)
    return counted(written), sum(row.items for row in written)


def counted(written: Sequence[SectionWritten]) -> RowCounts:
    new = sum(row.is_new for row in written)
    changed = sum(row.is_changed and not row.is_new for row in written)
    return RowCounts(new=new, changed=changed, unchanged=len(written) - new - changed)


def with_failures(step: StepRow, sections: Sequence[HomeSection]) -> StepRow:
    """The step, with an error that names the first of the sections that could not be read."""
    failed = [section for section in sections if section.failure is not None]
    if not failed or step.error_code is not None:
        return step
    text = f"the section {failed[0].title or failed[0].hub_identifier!r} could not be read: {failed[0].failure}"
    return msgspec.structs.replace(step, error_code=SECTIONS_FAILED, error_text=text[: limits.ERROR_TEXT_CHARS_MAX])


async def finish_home(tx: Transaction, step: StepRow, now: datetime) -> None:
    """What follows from the end of a home step: sections that are gone go, and subscribers hear what changed."""
    removed: list[tuple[str, str]] = []
    if says_what_is_gone(step):
        removed = await tx.drop_home_sections(step.source_id, await tx.remote_ids(step.sync_id, step.step))
    elif step.status in (StepStatus.FAILED, StepStatus.PARTIAL, StepStatus.SKIPPED):
        await tx.mark_home_stale(step.source_id, read_before=step.started_at)
    changes = changes_of_removal(removed) + await tx.home_sections_changed(step.source_id, step.started_at or now)
    await tell_changes(tx, step, changes, now)


def says_what_is_gone(step: StepRow) -> bool:
    """Whether the whole list of sections is known, be it that some of them could not be read."""
    if step.slices_dead:
        return False
    return step.status is StepStatus.COMPLETED or (step.status is StepStatus.PARTIAL and step.error_code == SECTIONS_FAILED)


def changes_of_removal(removed: Sequence[tuple[str, str]]) -> list[ChangedSection]:
    return [ChangedSection(hub_identifier=hub, title=title, change="removed") for hub, title in removed]


async def tell_changes(tx: Transaction, step: StepRow, changes: Sequence[ChangedSection], now: datetime) -> None:
    """The event, if anything on the home page is not what it was when the step began."""
    if not changes:
        return
    sections, items = await tx.home_totals(step.source_id)
    event = HomeSectionsRefreshed(
        sync_id=step.sync_id,
        source_id=step.source_id,
        changes=list(changes[: limits.EVENT_ITEMS_MAX]),
        changes_total=len(changes),
        sections=sections,
        items=items,
        at=now,
    )
    await tx.add_outbox([event])
