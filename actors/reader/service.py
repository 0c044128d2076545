"""The questions as a NATS micro service: `playbill.query.<name>`, one endpoint each."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from actors.reader.asking import ask_for_sync
from actors.reader.catalogue import Catalogue
from actors.reader.home import HomePages
from actors.reader.questions import Questions
from actors.runtime.process import ActorBus
from actors.runtime.service import Endpoint
from actors.runtime.starting import Starts
from contracts import codec, subjects
from contracts.catalog import SourceKind
from contracts.channels import queries, tag_of
from contracts.errors import BadMessage, BadRequest
from contracts.messages import Answer, SyncQuery

NAME: Final = "playbill"
_DESCRIPTION: Final = "The catalogue of everything a home can play: home pages, libraries, items, search, and syncs."


class QueryService:
    """Answers until the process is asked to stop. Any number of them share the questions."""

    def __init__(
        self,
        catalogue: Catalogue,
        starts: Starts,
        bases: Mapping[str, tuple[SourceKind, str]],
        home_stale_after: Mapping[str, float],
    ) -> None:
        self._catalogue, self._starts = catalogue, starts
        self._questions = Questions(catalogue, HomePages(catalogue, starts, home_stale_after, bases), bases)

    def endpoints(self) -> list[Endpoint]:
        return [
            Endpoint(
                name=name,
                subject=subjects.query(name),
                answer=partial(self._answer, kind),
                metadata={"asks": tag_of(kind), "description": " ".join((kind.__doc__ or "").split())},
            )
            for name, kind in queries().items()
        ]

    async def _answer(self, kind: type[Any], body: bytes) -> Answer:
        """Raises PlaybillError."""
        try:
            asked = codec.decode_public(body, kind)
        except BadMessage as error:
            raise BadRequest(error.text) from None
        if isinstance(asked, SyncQuery):
            return await ask_for_sync(asked, self._starts, self._catalogue)
        return await self._questions.answer(asked)


@asynccontextmanager
async def query_service(
    bus: ActorBus,
    path: Path,
    bases: Mapping[str, tuple[SourceKind, str]],
    version: str,
    home_stale_after: Mapping[str, float] = MappingProxyType({}),
) -> AsyncIterator[None]:
    """Answering, from the catalogue at `path` once it is there.

    By source: kind and address without credentials in `bases`, and the seconds after which its home page is stale.
    """
    catalogue = Catalogue(path)
    try:
        service = QueryService(catalogue, await bus.starts(), bases, home_stale_after)
        await bus.serve(NAME, version, _DESCRIPTION, service.endpoints())
        yield
    finally:
        await catalogue.close()
