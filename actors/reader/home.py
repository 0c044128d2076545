"""The question of the home pages: what is known is answered at once, and what is stale is read anew behind it."""

import asyncio
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Final

from actors.logs import logger
from actors.reader.catalogue import Catalogue
from actors.reader.staleness import refresh_request, refresh_sync_id, stale_sources, with_age
from actors.runtime.starting import Starts
from actors.store import Reader
from contracts.catalog import Part
from contracts.errors import BusUnavailable
from contracts.messages import HomeAnswer, HomeQuery, HomeSectionShown

_log: Final = logger("home")
_PUBLISH_S: Final = 2.0
"""What a stream that does not take a request may hold up an answer."""


class HomePages:
    """Answers from the catalogue. `stale_after`: seconds by source; `sources` are those that can be asked."""

    def __init__(self, catalogue: Catalogue, starts: Starts, stale_after: Mapping[str, float], sources: Collection[str]) -> None:
        self._catalogue, self._starts = catalogue, starts
        self._stale_after, self._sources = stale_after, sources
        self._asked: dict[str, str] = {}

    async def answer(self, asked: HomeQuery) -> HomeAnswer:
        """Raises what `Catalogue.ask` raises."""
        now = datetime.now(UTC)
        found = await self._catalogue.ask(lambda reader: reader.home(asked.source, asked.limit))
        sections = with_age(found, self._stale_after, now)
        if not asked.refresh:
            return HomeAnswer(sections=sections)
        return HomeAnswer(sections=sections, refreshing=await self._refresh(asked.source, sections, now))

    async def _refresh(self, source: str | None, sections: list[HomeSectionShown], now: datetime) -> dict[str, str]:
        meant = [source_id for source_id in self._sources if source in (None, source_id)]
        read_at = await self._catalogue.ask(home_read_at)
        wanted = stale_sources(sections, meant, self._stale_after, read_at, now)
        found = [(source_id, await self._refreshed_by(source_id, now)) for source_id in wanted]
        return {source_id: sync_id for source_id, sync_id in found if sync_id is not None}

    async def _refreshed_by(self, source_id: str, now: datetime) -> str | None:
        """The sync that reads it: one that is at it already, or one that is asked for; none when it was tried a moment ago."""
        request = refresh_request(source_id, now)
        sync_id = refresh_sync_id(source_id, request)
        running, is_over = await self._catalogue.ask(lambda reader: home_syncs(reader, source_id, sync_id))
        if running is not None or is_over:
            return running
        if self._asked.get(source_id) == request.request_id:
            return sync_id
        try:
            async with asyncio.timeout(_PUBLISH_S):
                await self._starts.publish(source_id, request)
        except (TimeoutError, BusUnavailable):
            _log.warning("could not ask for a home page", source=source_id)
            return None
        self._asked[source_id] = request.request_id
        return sync_id


async def home_read_at(reader: Reader) -> dict[str, datetime]:
    """When the home page of each source was last complete."""
    found = {status.source.source_id: status.steps_synced_at.get(Part.HOME) for status in await reader.sources_status()}
    return {source_id: at for source_id, at in found.items() if at is not None}


async def home_syncs(reader: Reader, source_id: str, sync_id: str) -> tuple[str | None, bool]:
    """The sync that reads the home page of a source now, and whether that of the given id is over."""
    last = (await reader.last_syncs(source_id)).get(Part.HOME)
    if last is not None and not last.status.is_final:
        steps = await reader.steps(last.sync_id)
        if any(step.part is Part.HOME and not step.status.is_final for step in steps):
            return last.sync_id, False
    asked = await reader.steps(sync_id)
    return None, bool(asked) and all(step.status.is_final for step in asked)
