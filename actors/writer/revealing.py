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
from contracts.catalog import Library
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
    found = [definition for library in wanted for definition in source(configured.kind).library_steps(library)]
    new = [
        await with_expectation(tx, step_row(sync, definition, len(known) + place))
        for place, definition in enumerate(
            definition for definition in found if definition.step not in names and is_wanted_step(sync, definition)
        )
    ]
    if len(known) + len(new) > limits.STEPS_MAX:
        raise BadRequest(f"the server has {len(libraries)} libraries; a sync has at most {limits.STEPS_MAX:,} steps")
    if new:
        await tx.put_steps(new)
        await tx.add_outbox([await planned(tx, sync, [*known, *new])])


def is_wanted(sync: SyncRow, library: Library) -> bool:
    """Whether the request names this library, by title or by the server's id, or names none."""
    named = {name.casefold() for name in sync.libraries}
    return not named or library.title.casefold() in named or library.remote_id.casefold() in named


def without_unknown(sync: SyncRow, step: StepRow, libraries: Sequence[Library]) -> StepRow:
    """The revealing step, with an error where the request names a library that there is not."""
    there = {library.title.casefold() for library in libraries} | {library.remote_id.casefold() for library in libraries}
    unknown = [name for name in sync.libraries if name.casefold() not in there]
    if not unknown:
        return step
    titles = ", ".join(library.title for library in libraries[:_NAMES_SHOWN]) or "none"
    text = f"there is no library {', '.join(map(repr, unknown[:_NAMES_SHOWN]))}; there is {titles}"
    return msgspec.structs.replace(step, error_code=UNKNOWN_LIBRARY, error_text=text[: limits.ERROR_TEXT_CHARS_MAX])
