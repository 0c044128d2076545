"""What a transaction can do about rows that a listing has no longer."""

from collections.abc import Sequence
from datetime import datetime

from actors.store import gone, hiding, purging, reattaching, scope, syncs
from actors.store.records import SyncRow
from actors.store.scope import Scope
from actors.store.session import Session


class Departures:
    """The part of a transaction that rows go, come back and change their ids by."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def live_count(self, scope_: Scope) -> int:
        """How many rows of the scope are shown."""
        return await scope.live_count(self._session, scope_)

    async def source_live_count(self, source_id: str) -> int:
        """How many items of the source are shown."""
        return await scope.source_live_count(self._session, source_id)

    async def gone_ids(self, scope_: Scope, sync_id: str, step: str) -> list[int]:
        """Ids of the scope's shown rows that the ledger does not name, in the step's highest attempt.

        What it does name has been put, and is of the scope's kind: where as many were served as are shown, none is looked for.
        """
        return await gone.gone_ids(self._session, scope_, sync_id, step)

    async def hide(self, scope_: Scope, ids: Sequence[int], at: datetime) -> int:
        """Hide rows: out of every list, count and search, and back with all they had when they are put again.

        How many were shown until now: once more hides none. Episodes known by their series go with it, uncounted.
        """
        return await hiding.hide(self._session, scope_, ids, at)

    async def hide_items(self, ids: Sequence[int], at: datetime) -> int:
        """The same for items of any kind."""
        return await hiding.hide_items(self._session, ids, at)

    async def vanished_libraries(self, source_id: str, sync_id: str, step: str) -> list[tuple[str, str, int]]:
        """(remote id, title, items shown) of the source's libraries that the step's ledger does not name, in its order."""
        return await gone.vanished_libraries(self._session, source_id, sync_id, step)

    async def hide_library(self, source_id: str, remote_id: str, at: datetime) -> int:
        """Hide a library with its items; how many these were. Its listings are no longer complete: it comes back read in full."""
        return await hiding.hide_library(self._session, source_id, remote_id, at)

    async def purge(self, source_id: str, before: datetime, limit: int) -> int:
        """Remove for good what was hidden before then, at most `limit` rows; how many. What shown rows need stays as a stub."""
        return await purging.purge(self._session, source_id, before, limit)

    async def drop_complete(self, source_id: str, step: str) -> None:
        """Forget that the listing was complete: the next one is read as a whole."""
        await hiding.drop_complete(self._session, source_id, step)

    async def rejected_before(self, source_id: str, step: str, *, always_whole: bool) -> int:
        """Unreadable entries of the last listing that was whole, as some sources' all are, and held nothing back."""
        return await syncs.rejected_before(self._session, source_id, step, always_whole=always_whole)

    async def hidden_ids(self, scope_: Scope) -> list[int]:
        """Ids of the scope's items that are hidden."""
        return await gone.hidden_ids(self._session, scope_)

    async def first_item_id_since(self, sync: SyncRow, step: str) -> int:
        """The id that was the next when the first sync after the step's last complete listing was admitted."""
        return await syncs.first_item_id_since(self._session, sync, step)

    async def new_item_ids_in(self, scope_: Scope, first_item_id: int) -> list[int]:
        """Shown items of the scope that came since this id was the next."""
        return await reattaching.new_item_ids_in(self._session, scope_, first_item_id)

    async def fingerprints(self, ids: Sequence[int]) -> list[tuple[int, str, int | None, str | None]]:
        """(id, folded title, year, JSON of the external ids) of items."""
        return await reattaching.fingerprints(self._session, ids)

    async def reattach(self, pairs: Sequence[tuple[int, int]]) -> int:
        """(old id, new id): the old item takes over all of the new one, which is no more. How many; unfit pairs are left."""
        return await reattaching.reattach(self._session, pairs)
