"""What a transaction can do about series whose episodes are asked for one by one."""

from collections.abc import Collection, Sequence
from datetime import datetime

from actors.store import series
from actors.store.records import RowCounts, SeriesCheck
from actors.store.series import SeriesMode
from actors.store.session import Session
from contracts.catalog import Item, Reject


class Episodes:
    """The part of a transaction that remembers what was asked of which series, and keeps its episodes."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def series_due(
        self, source_id: str, *, mode: SeriesMode, sync_id: str, now: datetime, limit: int, retry_unknown_before: datetime
    ) -> list[tuple[str, int, int]]:
        """(remote id, row hash, episodes shown) of series to ask for, always in the same order.

        `changed`: those without a check or of another hash, what failed or was left open in another sync, and what was unknown
        before then. `all`: those that this sync has not asked for.
        """
        question = series.Question(source_id, mode, sync_id, now, retry_unknown_before)
        return await series.due(self._session, question, limit)

    async def series_due_count(
        self, source_id: str, *, mode: SeriesMode, sync_id: str, now: datetime, retry_unknown_before: datetime
    ) -> int:
        """How many `series_due` has without a limit."""
        question = series.Question(source_id, mode, sync_id, now, retry_unknown_before)
        return await series.due_count(self._session, question)

    async def put_series_check(self, check: SeriesCheck) -> None:
        """Insert it, or replace that of the same series."""
        await series.put_check(self._session, check)

    async def series_check(self, source_id: str, series_id: str) -> SeriesCheck | None:
        return await series.check(self._session, source_id, series_id)

    async def series_asked(self, source_id: str, sync_id: str) -> list[str]:
        """Remote ids of those that the sync has asked for and that have not answered."""
        return await series.asked_for(self._session, source_id, sync_id)

    async def series_asked_count(self, source_id: str, sync_id: str) -> int:
        return len(await series.asked_for(self._session, source_id, sync_id))

    async def series_checked_count(self, source_id: str, sync_id: str) -> int:
        """How many have answered the sync, or failed in it."""
        return await series.checked_count(self._session, source_id, sync_id)

    async def show_hash(self, source_id: str, series_id: str) -> int | None:
        """The row hash of a series that is shown."""
        return await series.show_hash(self._session, source_id, series_id)

    async def put_series_items(self, source_id: str, series_id: str, items: Sequence[Item]) -> RowCounts:
        """What became of a series' seasons and episodes. They are its children, whatever they say."""
        return await series.put_items(self._session, source_id, series_id, items)

    async def gone_episodes(self, source_id: str, series_id: str, served: Collection[str]) -> list[int]:
        """Ids of a series' shown seasons and episodes whose remote ids are not among these."""
        return await series.gone_episodes(self._session, source_id, series_id, served)

    async def add_series_rejects(
        self, sync_id: str, source_id: str, step: str, series_id: str, rejects: Sequence[Reject]
    ) -> None:
        """Keep them up to `limits.REJECTS_PER_STEP_MAX` for the step. Not to be repeated."""
        await series.add_rejects(self._session, (sync_id, source_id, step), series_id, rejects)
