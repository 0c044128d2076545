"""A fetcher and a stand-in provider of series, on one simulated clock: waits cost no time, requests are real."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from msgspec import Struct

from actors.demo import Catalogue, XtreamServer
from actors.demo.xtream_limiter import Limiter
from actors.demo.xtream_series import many_series
from actors.fetcher.actor import Fetcher
from actors.fetcher.pacing import Ticks
from actors.sources.ask import Credentials
from contracts import limits
from contracts.catalog import SourceKind
from contracts.errors import CoolDown
from contracts.messages import FetchFailed, FetchSeries, Message, RawSeries, SeriesAsk, StepFetching
from tests.fetcher_room import NOW, source
from tests.fetcher_room import command as page

USERNAME = "canary-user"
PASSWORD = "canary-password"


class Provider(Struct, kw_only=True):
    """The provider, and the fetcher that is pointed at it."""

    server: XtreamServer
    limiter: Limiter
    fetcher: Fetcher
    now_s: float = 0.0

    def asked(self, action: str = "get_series_info") -> list[str]:
        """The series of each request so far."""
        return [record.query.get("series_id", "") for record in self.server.served if record.action == action]

    async def heard(self, command: FetchSeries, delivery: int = 1) -> list[Message]:
        """Everything the fetcher says to a command."""
        return [message async for message in self.fetcher.handle(command, delivery)]

    async def until_cool_down(self, command: FetchSeries) -> tuple[list[Message], float]:
        """What it says before it leaves the source alone, and for how many seconds."""
        said: list[Message] = []
        with pytest.raises(CoolDown) as caught:
            async for message in self.fetcher.handle(command, 1):
                said.append(message)  # noqa: PERF401 - what came before the end is wanted
        return said, caught.value.delay_s

    async def listing(self) -> None:
        """Ask for the listing of the series too, as a sync of the catalogue does."""
        async for _ in self.fetcher.handle(page("series"), 1):
            pass


@asynccontextmanager
async def provider(catalogue: Catalogue | None = None, **changes: Any) -> AsyncIterator[Provider]:
    """One that allows 30 requests in 10 seconds, and a fetcher at the default pace; `changes` are of its source."""
    found: list[Provider] = []

    def now_s() -> float:
        return found[0].now_s if found else 0.0

    async def sleep(seconds: float) -> None:
        found[0].now_s += seconds
        await asyncio.sleep(0)

    limiter = Limiter(clock_s=now_s)
    with XtreamServer(catalogue or many_series(200), username=USERNAME, password=PASSWORD, limiter=limiter) as server:
        configured = source(
            server.port,
            credentials=Credentials(username=USERNAME, password=PASSWORD),
            **{"requests_per_10_s": limits.REQUESTS_PER_10_S, **changes},
        )
        async with Fetcher({"iptv": configured}, clock=lambda: NOW, ticks=Ticks(now_s=now_s, sleep=sleep)) as fetcher:
            found.append(Provider(server=server, limiter=limiter, fetcher=fetcher))
            yield found[0]


def command(series: Sequence[int | str], *, known: int = 0, issue: int = 1) -> FetchSeries:
    """For series of which the catalogue has so many episodes each."""
    return FetchSeries(
        sync_id="0123456789abcdef",
        source_id="iptv",
        source_kind=SourceKind.XTREAM,
        step="episodes",
        issue=issue,
        requested_ns=1,
        series=[SeriesAsk(remote_id=str(number), episodes_known=known) for number in series],
    )


def series_of(messages: Sequence[Message]) -> list[RawSeries]:
    return [message for message in messages if isinstance(message, RawSeries)]


def words_of(messages: Sequence[Message]) -> list[str]:
    return [message.detail or "" for message in messages if isinstance(message, StepFetching)]


def failures_of(messages: Sequence[Message]) -> list[FetchFailed]:
    return [message for message in messages if isinstance(message, FetchFailed)]
