"""Listening to one source for ever: connected, heard, lost, connected again."""

import asyncio
import random
import ssl
from collections.abc import Callable
from typing import Final

from actors.logs import logger
from actors.push.back_off import BackOff
from actors.push.config import Pace, PushSource
from actors.push.door import Wire, opened
from actors.push.entrance import Entrance
from actors.push.meaning import KeepAlive, Meaning, meaning
from contracts.catalog import SourceKind
from contracts.errors import AccountRejected, NotPermitted, PlaybillError, SourceFailing, SourceTimeout, SourceUnreachable

_log: Final = logger("push")
_AWAY: Final = (SourceUnreachable, SourceTimeout, SourceFailing)
"""What passes by itself, and soon: a restart, also behind a proxy."""
_NO_USER: Final = "push needs a user: this kind of server tells an API key of no change; set username and password instead"

Heard = Callable[[Meaning], None]


class Listener:
    """Listens to one source and calls `heard` for what it means; a word that means nothing has no effect at all."""

    def __init__(self, source: PushSource, pace: Pace, heard: Heard) -> None:
        self._source, self._heard = source, heard
        self._context = _tls(source)
        self._entrance = Entrance(source, self._context)
        self._back_off = BackOff(pace)
        self._is_down = False
        self._opened_s: float | None = None

    async def run(self) -> None:
        """Listen until cancelled. Ends by itself where nothing will ever be heard, having said why."""
        if self._source.hears_nothing:
            _log.warning(_NO_USER, source=self._source.source_id)
            return
        while (wait_s := await self._listened()) is not None:  # noqa: ASYNC110 - a back-off, nobody tells
            await asyncio.sleep(wait_s)

    async def _listened(self) -> float | None:
        """One connection, from its beginning to its end: how long to leave the server alone; none for good."""
        try:
            await self._listen_once()
        except AccountRejected as error:
            _log.error("no push, and no other try before a restart", source=self._source.source_id, reason=error.text)
            return None
        except PlaybillError as error:
            return self._went_down(error)
        except Exception as error:  # noqa: BLE001 - a bug of ours: one source must not cost the others
            _log.exception("a bug", source=self._source.source_id)
            return self._went_down(error)
        return self._went_down(SourceUnreachable("the connection ended"))

    async def _listen_once(self) -> None:
        """Raises what ended it."""
        session = await self._entrance.session()
        async with opened(self._source, session, self._context) as wire:
            self._came_up()
            await _hear(wire, self._source.kind, self._heard)

    def _came_up(self) -> None:
        """Nothing is replayed: whatever may have happened meanwhile is as good as heard."""
        self._entrance.proven()
        self._opened_s = asyncio.get_running_loop().time()
        _log.info("push is back" if self._is_down else "push listens", source=self._source.source_id)
        if self._is_down:
            self._heard(Meaning.LIBRARY)
        self._is_down = False

    def _went_down(self, error: Exception) -> float:
        """Say so, if that is new. How long to leave the server alone."""
        if self._opened_s is not None:
            self._back_off.lived(asyncio.get_running_loop().time() - self._opened_s)
            self._opened_s = None
        is_renewed = isinstance(error, NotPermitted) and self._entrance.refused()
        if not (is_renewed or isinstance(error, _AWAY)):
            self._back_off.refused()
        wait_s = self._back_off.wait_s(random.random())  # noqa: S311 - no secret depends on it
        if not self._is_down:
            reason = error.text if isinstance(error, PlaybillError) else type(error).__name__
            _log.warning("push is down", source=self._source.source_id, reason=reason, again_in_s=round(wait_s, 1))
        self._is_down = True
        return wait_s


async def _hear(wire: Wire, kind: SourceKind, heard: Heard) -> None:
    """Hear until the connection is over, which raises; say what keeps it open in time."""
    loop = asyncio.get_running_loop()
    keep_alive, answer_at_s = KeepAlive(every_s=0), None
    while True:
        if answer_at_s is not None and loop.time() >= answer_at_s:
            await wire.say(keep_alive.answer)
            answer_at_s = loop.time() + keep_alive.every_s
        try:
            async with asyncio.timeout_at(answer_at_s):
                found = meaning(kind, await wire.next())
        except TimeoutError:
            continue
        match found:
            case KeepAlive():
                keep_alive, answer_at_s = found, loop.time()
            case _:
                heard(found)


def _tls(source: PushSource) -> ssl.SSLContext | None:
    """Loading the certificates takes tens of milliseconds: once, and for https only."""
    if not source.base_url.startswith("https:"):
        return None
    context = ssl.create_default_context(cadata=source.ca_certificates or None)
    if not source.verify_tls:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
