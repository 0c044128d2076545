"""What a writer tells of a home page that it makes itself, whatever the clocks say."""

from datetime import timedelta
from pathlib import Path

import msgspec

from actors.store import Store
from contracts.catalog import Part
from contracts.messages import HomeSectionsRefreshed
from tests.store_room import NOW, movie
from tests.writer_room import answered, ask, begun, checked, commands, commit, taken


async def sync_once(store: Store, request_id: str) -> list[HomeSectionsRefreshed]:
    """A sync over one film, and what was told of the home page that it makes."""
    await ask(store, request_id, parts=[Part.CATALOGUE, Part.HOME], steps=["movies", "home"])
    (check,) = commands(await taken(store))
    await commit(store, checked(check))
    (films,) = commands(await taken(store))
    await commit(store, answered(films, items=msgspec.msgpack.encode([movie("1", added_at=1_700_000_000)])))
    return [message for message in await taken(store) if isinstance(message, HomeSectionsRefreshed)]


async def test_a_home_page_that_is_made_is_told_of_although_its_transaction_began_a_moment_before(tmp_path: Path) -> None:
    async with Store.open(tmp_path / "store.db", clock=lambda: NOW - timedelta(milliseconds=5)) as store:
        await begun(store)
        (first,) = await sync_once(store, "one")
        second = await sync_once(store, "two")

    assert [(change.hub_identifier, change.change) for change in first.changes] == [("recent.movie", "added")]
    assert (first.sections, first.items) == (1, 1)
    assert second == []
