"""Dead letters replayed or dropped: asked for over the bus, and waited for in the catalogue."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Literal

from actors.cli.dead import letter_of
from contracts import limits
from contracts.errors import BusUnavailable

if TYPE_CHECKING:
    from actors.runtime.client import BusClient
    from actors.settings import Settings
    from actors.store import Reader

MENDED_S: Final = 30.0
"""A writer does it within milliseconds; without one the wish stays in the queue."""
_LOOK_AGAIN_S: Final = 0.05


async def mended(settings: "Settings", action: Literal["replay", "drop"], ids: Sequence[int]) -> int:
    """Do it to the letters of these numbers, or to all that there are; how many it were.

    Uses the Playbill that runs, and starts one for as long as it takes where none does. Raises BadRequest for a number
    that is none, and BusUnavailable when nobody does it.
    """
    from actors.cli.running import playbill_running
    from actors.runtime.client import BusClient
    from actors.store import Reader

    async with Reader.open(settings.store.path) as reader:
        numbers = await _numbers(reader, ids)
        if not numbers:
            return 0
        async with playbill_running(settings) as config, await BusClient.connect(config) as client:
            return await _mend_all(client, reader, action, numbers, is_all=not ids)


async def _mend_all(
    client: "BusClient", reader: "Reader", action: Literal["replay", "drop"], numbers: Sequence[int], *, is_all: bool
) -> int:
    count, newest = 0, max(numbers)
    while numbers:
        await _mend(client, reader, action, numbers)
        count += len(numbers)
        # A list has an end, and what is replayed may come back under a new number: that is another one.
        numbers = [number for number in await _numbers(reader, ()) if number <= newest] if is_all else []
    return count


async def _numbers(reader: "Reader", ids: Sequence[int]) -> list[int]:
    if ids:
        return [(await letter_of(reader, id_)).id for id_ in dict.fromkeys(ids)]
    return [letter.id for letter in await reader.dead_letters(limits.QUERY_ROWS_MAX)]


async def _mend(client: "BusClient", reader: "Reader", action: Literal["replay", "drop"], ids: Sequence[int]) -> None:
    await client.mend(action, ids)
    try:
        async with asyncio.timeout(MENDED_S):
            for id_ in ids:
                while await reader.dead_letter(id_) is not None:  # noqa: ASYNC110 - nothing tells it
                    await asyncio.sleep(_LOOK_AGAIN_S)
    except TimeoutError:
        raise BusUnavailable(
            f"nobody did it within {MENDED_S:.0f} s; the wish is kept, and is done as soon as a writer runs"
        ) from None
