"""`playbill confirm`: says that rows which a listing lacked are gone indeed, and asks for the sync that hides them."""

import asyncio
import sys
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from actors.cli import options
from actors.cli.opening import hand_down, opened
from actors.cli.past import Held, held_back, held_text
from actors.cli.sync import ask_and_follow
from contracts.catalog import Mode, Part
from contracts.errors import BadRequest
from contracts.messages import SyncRequest


def confirm(
    source: str,
    /,
    *step: str,
    no_wait: Annotated[bool, Parameter(name="--no-wait", negative=(), show_default=False)] = False,
    json: options.Json = False,
    log_json: options.LogJson = False,
    config: options.Config = None,
) -> int:
    """Confirm that what a listing lacked is gone: the listing is read once more, and what it still lacks is hidden.

    When a listing lacks suspiciously many rows, nothing is hidden and the sync says so. This says that they are gone indeed.

    Parameters
    ----------
    source:
        Id of a source in the settings.
    step:
        Names of the steps that held rows back, as `playbill status` shows them.
    no_wait:
        Only ask for it, from a Playbill that runs.
    """
    hand_down(as_json=log_json, level="error" if sys.stderr.isatty() else "warning")
    settings = opened(config)
    settings.source(source)
    held = asyncio.run(_held(settings.store.path, source))
    request = confirming(source, held, step)
    for name in request.confirm:
        print(held_text(held[name]), file=sys.stderr if json else sys.stdout)
    return ask_and_follow(settings, source, [request], no_wait=no_wait, as_json=json)


async def _held(path: Path, source_id: str) -> dict[str, Held]:
    from actors.store import Reader

    async with Reader.open(path) as reader:
        found = [status for status in await reader.sources_status() if status.source.source_id == source_id]
    return {name: held for status in found for name, held in held_back(status).items()}


def confirming(source_id: str, held: Mapping[str, Held], steps: tuple[str, ...]) -> SyncRequest:
    """The request. Raises BadRequest for a step that holds nothing back, and says which do."""
    there = "; ".join(map(held_text, held.values())) or "nothing is held back"
    if not steps:
        raise BadRequest(f"name the steps of {source_id} to confirm; {there}")
    unknown = [step for step in steps if step not in held]
    if unknown:
        raise BadRequest(f"step {unknown[0]!r} of {source_id} holds nothing back; {there}")
    names = list(dict.fromkeys(steps))
    return SyncRequest(request_id=uuid.uuid4().hex, parts=[Part.CATALOGUE], mode=Mode.FULL, steps=names, confirm=names)
