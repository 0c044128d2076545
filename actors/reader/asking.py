"""A sync asked for by request and reply: the answer comes when it is known whether it starts."""

import asyncio
import secrets
from typing import Final

from actors.logs import logger
from actors.reader.catalogue import Catalogue
from actors.runtime.starting import Starts, Word
from contracts import codec, limits
from contracts.errors import BusUnavailable, StoreCorrupt, StoreUnavailable
from contracts.messages import QueryFailed, RequestRefused, SyncAnswer, SyncQuery, SyncRequest

_log: Final = logger("sync")
_RUNNING: Final = "already_running"


async def ask_for_sync(query: SyncQuery, starts: Starts, catalogue: Catalogue) -> SyncAnswer | QueryFailed:
    """Whether it starts, in the writer's word. Raises BusUnavailable when there is none within `limits.SYNC_ANSWER_S`."""
    request = SyncRequest(
        request_id=query.request_id or secrets.token_hex(8),
        parts=query.parts,
        mode=query.mode,
        steps=query.steps,
        libraries=query.libraries,
    )
    sync_id = codec.sync_id_of(query.source, request.request_id)
    with starts.hearing(query.source, request.request_id) as hearing:
        # A request that was admitted before is not answered a second time. Listening comes first, so that none falls between.
        if query.request_id and await _is_known(catalogue, sync_id):
            return SyncAnswer(sync_id=sync_id, started=False)
        is_safe = False
        try:
            async with asyncio.timeout(limits.SYNC_ANSWER_S):
                await starts.publish(query.source, request)
                is_safe = True
                return _answer(await hearing)
        except TimeoutError:
            raise BusUnavailable(_no_word(is_safe=is_safe, sync_id=sync_id)) from None


async def _is_known(catalogue: Catalogue, sync_id: str) -> bool:
    try:
        return bool(await catalogue.ask(lambda reader: reader.steps(sync_id)))
    except (StoreUnavailable, StoreCorrupt) as error:
        _log.info("asks without a look at the catalogue", reason=error.text)
        return False


def _answer(word: Word) -> SyncAnswer | QueryFailed:
    if not isinstance(word, RequestRefused):
        return SyncAnswer(sync_id=word.sync_id, started=True, left_out=word.left_out)
    if word.code == _RUNNING and word.running_sync_id is not None:
        return SyncAnswer(sync_id=word.running_sync_id, started=False)
    return QueryFailed(code=word.code, text=word.text)


def _no_word(*, is_safe: bool, sync_id: str) -> str:
    if is_safe:
        return f"the request is kept, but nobody has taken it up within {limits.SYNC_ANSWER_S:.0f} s; its sync will be {sync_id}"
    return f"no stream took the request within {limits.SYNC_ANSWER_S:.0f} s; if it did after all, its sync will be {sync_id}"
