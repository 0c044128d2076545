"""Libraries that a listing found become steps, in the transaction that stores them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from actors.sources import source
from actors.store import Transaction
from actors.store.records import StepRow, SyncRow
from actors.writer.config import WriterSource
from actors.writer.expecting import planned, with_expectation
from actors.writer.plan import UNKNOWN_LIBRARY, is_wanted_step, step_row
from contracts import limits
from contracts.catalog import WATCHED, Library, Mode
from contracts.errors import BadRequest

_MUSIC: Final = "music"
_NAMES_SHOWN: Final = 20


def synced(configured: WriterSource, libraries: Sequence[Library]) -> list[Library]:
    """The libraries that the source's settings let in: those of music only where it is switched on."""
    return [library for library in libraries if configured.music or library.library_type != _MUSIC]


async def reveal(tx: Transaction, configured: WriterSource, sync: SyncRow, libraries: Sequence[Library], now: datetime) -> None:
    """Add the steps that list these libraries to the sync, as far as its request wants them. Twice is the same as once."""
    known = await tx.steps(sync.sync_id)
    names = {step.step for step in known}
    wanted = [library for library in libraries if is_wanted(sync, library)]
    new: list[StepRow] = []
    for library in wanted:
        steps = await _steps_of(tx, configured, sync, library, now)
        new += [step for step in steps if step.step not in names]
    new = [msgspec.structs.replace(step, position=len(known) + place) for place, step in enumerate(new)]
    if len(known) + len(new) > limits.STEPS_MAX:
        raise BadRequest(f"the server has {len(libraries)} libraries; a sync has at most {limits.STEPS_MAX:,} steps")
    if new:
        await tx.put_steps(new)
        await tx.add_outbox([await planned(tx, sync, [*known, *new])])


async def _steps_of(tx: Transaction, configured: WriterSource, sync: SyncRow, library: Library, now: datetime) -> list[StepRow]:
    """The steps that a library needs: its listings, but for those that its own mark of change says are as they were."""
    kind = source(configured.kind)
    listings = [
        await with_expectation(tx, configured, sync, step_row(sync, definition, 0), now)
        for definition in kind.library_steps(library)
        if is_wanted_step(sync, definition)
    ]
    needed = [step for step in listings if not await _is_unchanged(tx, step, library, now)]
    # What is read as a whole brings along what was watched.
    passes = {WATCHED + step.step for step in listings if step.mode is Mode.INCREMENTAL}
    definitions = [definition for definition in kind.watch_steps(library) if definition.step in passes]
    watched = [step_row(sync, definition, 0) for definition in definitions if is_wanted_step(sync, definition)]
    return [*needed, *(msgspec.structs.replace(step, mode=Mode.INCREMENTAL) for step in watched)]


async def _is_unchanged(tx: Transaction, step: StepRow, library: Library, now: datetime) -> bool:
    """Whether the server says that nothing changed since the last pass; that is remembered as a look at the listing."""
    listing = await tx.listing(step.source_id, step.step)
    if step.mode is Mode.FULL or listing is None or library.change_mark is None or listing.change_mark != library.change_mark:
        return False
    await tx.put_listing(msgspec.structs.replace(listing, last_checked_at=now))
    return True


def _names_of(libraries: Sequence[Library]) -> set[str]:
    return {name.casefold() for library in libraries for name in (library.title, library.remote_id)}


def is_wanted(sync: SyncRow, library: Library) -> bool:
    """Whether the request names this library, by title or by the server's id, or names none."""
    named = {name.casefold() for name in sync.libraries}
    return not named or library.title.casefold() in named or library.remote_id.casefold() in named


def without_unknown(sync: SyncRow, step: StepRow, there: Sequence[Library], libraries: Sequence[Library]) -> StepRow:
    """The revealing step, with an error where the request names a library that is not there, or not among those let in."""
    unknown = [name for name in sync.libraries if not _names_of(libraries) & {name.casefold()}]
    if not unknown:
        return step
    names = ", ".join(map(repr, unknown[:_NAMES_SHOWN]))
    titles = ", ".join(library.title for library in libraries[:_NAMES_SHOWN]) or "none"
    is_let_out = _names_of(there).issuperset(name.casefold() for name in unknown)
    text = f"{names}: music is switched off for this source" if is_let_out else f"there is no library {names}; there is {titles}"
    return msgspec.structs.replace(step, error_code=UNKNOWN_LIBRARY, error_text=text[: limits.ERROR_TEXT_CHARS_MAX])
