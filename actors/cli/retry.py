"""`playbill retry`: asks again for what failed in the last sync of each part of a source, and for nothing else."""

import asyncio
import sys
import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from actors.cli import exits, options
from actors.cli.opening import hand_down, opened
from actors.cli.past import Again, to_ask_again
from actors.cli.sync import ask_and_follow
from contracts import limits
from contracts.catalog import Part
from contracts.messages import SyncRequest

if TYPE_CHECKING:
    from actors.settings import Settings

_PARTS: dict[Part, str] = {Part.CATALOGUE: "the catalogue", Part.HOME: "the home page", Part.EPISODES: "the episodes"}


def retry(
    source: str,
    /,
    *,
    no_wait: Annotated[bool, Parameter(name="--no-wait", negative=(), show_default=False)] = False,
    json: options.Json = False,
    log_json: options.LogJson = False,
    config: options.Config = None,
) -> int:
    """Ask again for what failed in the last sync of each part of a source, and for nothing else.

    That are the steps that failed or are partial, and those with entries that could not be read or with dead letters.

    Parameters
    ----------
    source:
        Id of a source in the settings.
    no_wait:
        Only ask for it, from a Playbill that runs.
    """
    hand_down(as_json=log_json, level="error" if sys.stderr.isatty() else "warning")
    settings = opened(config)
    settings.source(source)
    wishes = asyncio.run(_wishes(settings, source))
    said = sys.stderr if json else sys.stdout
    for text in described(source, wishes):
        print(text, file=said)
    if not wishes:
        return exits.COMPLETED
    return ask_and_follow(settings, source, [retrying(wish) for wish in wishes], no_wait=no_wait, as_json=json)


async def _wishes(settings: "Settings", source_id: str) -> list[Again]:
    from actors.sources import source as source_of
    from actors.store import Reader, SyncHistory

    definitions = source_of(settings.source(source_id).kind).steps
    async with Reader.open(settings.store.path) as reader:
        # What runs now has not failed yet.
        syncs = {part: sync for part, sync in (await reader.last_syncs(source_id)).items() if sync.status.is_final}
        last = {part: SyncHistory(sync=sync, steps=await reader.steps(sync.sync_id)) for part, sync in syncs.items()}
        letters = await reader.dead_letters(limits.QUERY_ROWS_MAX)
    dead = {(letter.dead.sync_id or "", letter.dead.step or "") for letter in letters}
    return to_ask_again(last, dead, [definition.step for definition in definitions if definition.reveals])


def retrying(wish: Again) -> SyncRequest:
    return SyncRequest(request_id=uuid.uuid4().hex, parts=list(wish.parts), mode=wish.mode, steps=list(wish.steps))


def described(source_id: str, wishes: Sequence[Again]) -> list[str]:
    """What failed, and what is asked for."""
    if not wishes:
        return [f"nothing failed in the last syncs of {source_id}"]
    lines = [reason for wish in wishes for reason in wish.reasons]
    wanted = [", ".join(wish.steps) or " and ".join(_PARTS[part] for part in wish.parts) for wish in wishes]
    return [*lines, f"asking again for {'; then '.join(wanted)}"]
