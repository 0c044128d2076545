"""Home pages that are stale: what is known is answered at once, and a fresh one is asked for behind it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from actors.reader.service import query_service
from actors.reader.staleness import is_old, refresh_request, stale_sources, with_age
from actors.runtime.process import actor_bus
from actors.store.records import SourceRow
from contracts import codec
from contracts.catalog import HomeSection, Mode, Part, SourceKind, StepStatus, SyncStatus
from contracts.messages import HomeAnswer, HomeSectionShown, SyncRequest
from tests.bus_server import BusServer
from tests.reader_room import ask, provisioned, script, until
from tests.store_room import NOW, movie, opened, step, sync
from tests.test_reader import answer, starts, writing

HALF_AN_HOUR = 1_800.0
AGES = {"attic": HALF_AN_HOUR}
OLD = datetime(2000, 1, 1, tzinfo=NOW.tzinfo)


def section(source_id: str = "attic", age_s: float = 0, *, is_stale: bool = False) -> HomeSectionShown:
    return HomeSectionShown(
        id=1,
        source_id=source_id,
        hub_identifier="x",
        title="X",
        section_type="x",
        position=0,
        last_updated=NOW - timedelta(seconds=age_s),
        is_stale=is_stale,
    )


@pytest.mark.parametrize(
    ("shown", "is_stale"),
    [
        (section(age_s=HALF_AN_HOUR), False),
        (section(age_s=HALF_AN_HOUR + 1), True),
        (section(is_stale=True), True),
        (section(age_s=-60), False),
        (section("iptv", 10 * HALF_AN_HOUR), False),
        (section("iptv", is_stale=True), True),
    ],
)
def test_a_section_is_stale_by_its_age_or_by_what_was_kept_of_it(shown: HomeSectionShown, is_stale: bool) -> None:
    (found,) = with_age([shown], AGES, NOW)

    assert found.is_stale is is_stale


@pytest.mark.parametrize(
    ("sections", "read_at", "stale"),
    [
        ([section(), section(is_stale=True)], {}, ["attic"]),
        ([section(), section()], {}, []),
        ([], {}, ["attic"]),
        ([], {"attic": NOW - timedelta(seconds=60)}, []),
        ([], {"attic": NOW - timedelta(hours=1)}, ["attic"]),
        ([section("iptv", is_stale=True), section()], {}, ["iptv"]),
        ([section("gone", is_stale=True), section()], {}, []),
    ],
)
def test_a_source_is_asked_when_a_section_is_stale_or_its_page_was_never_read(
    sections: list[HomeSectionShown], read_at: Mapping[str, datetime], stale: list[str]
) -> None:
    assert stale_sources(sections, ["attic", "iptv"], AGES, read_at, NOW) == stale


def test_without_an_age_nothing_grows_old() -> None:
    assert not is_old(None, None, NOW)
    assert not is_old(OLD, None, NOW)


def test_who_asks_in_the_same_minute_asks_for_the_same() -> None:
    minute = NOW.replace(second=0)

    assert refresh_request("attic", minute) == refresh_request("attic", minute + timedelta(seconds=59))
    assert refresh_request("attic", minute) != refresh_request("attic", minute + timedelta(seconds=60))
    assert refresh_request("attic", minute) == SyncRequest(
        request_id="refresh-attic-2026-11-21T12:00Z", parts=[Part.HOME], mode=Mode.INCREMENTAL
    )


# --- Over the bus --------------------------------------------------------------------------------------


@pytest.fixture
async def bus(nats_server: BusServer) -> BusServer:
    await provisioned(nats_server)
    return nats_server


@asynccontextmanager
async def reading(server: BusServer, path: Path, ages: Mapping[str, float]) -> AsyncIterator[None]:
    bases = {"attic": (SourceKind.PLEX, "http://attic.example:32400")}
    async with (
        actor_bus("reader", server.config("reader"), hears_cancels=False) as bus,
        query_service(bus, path, bases, "1.2.3", ages),
    ):
        yield


async def filled(path: Path, at: datetime = OLD, *more: tuple[str, SyncStatus, StepStatus]) -> None:
    """A home page that was read then, and syncs of it: id, how it stands, how its home step stands."""
    async with opened(path, at) as store, store.transaction() as tx:
        await tx.put_sources([SourceRow(source_id="attic", kind=SourceKind.PLEX, title="The attic")])
        await tx.put_home_section(
            "attic", HomeSection(hub_identifier="a", title="A", section_type="x", position=0, items=[movie("1")])
        )
        for sync_id, status, of_step in more:
            await tx.put_sync(sync(sync_id, "attic", status, parts=(Part.HOME,)))
            await tx.put_steps([step("home", sync_id, part=Part.HOME, status=of_step)])


async def asked(
    server: BusServer, path: Path, ages: Mapping[str, float] = AGES, **more: Any
) -> tuple[HomeAnswer, list[SyncRequest]]:
    async with writing(server, starts) as seen, reading(server, path, ages), script(server) as client:
        found: HomeAnswer = answer(await ask(client, "home", more), HomeAnswer)
        if found.refreshing and not any(sync_id == "d" * 16 for sync_id in found.refreshing.values()):
            await until(lambda: _seen(seen))
    return found, seen


async def _seen(requests: list[SyncRequest]) -> bool:
    return bool(requests)


async def test_a_page_that_is_old_is_answered_as_it_is_and_read_anew(bus: BusServer, tmp_path: Path) -> None:
    await filled(tmp_path / "playbill.db")
    found, (request,) = await asked(bus, tmp_path / "playbill.db", refresh=True)

    assert [(one.title, one.is_stale) for one in found.sections] == [("A", True)]
    assert found.refreshing == {"attic": codec.sync_id_of("attic", request.request_id)}
    assert (request.parts, request.steps) == ([Part.HOME], [])


async def test_without_the_wish_nothing_is_asked_for_and_the_age_is_said(bus: BusServer, tmp_path: Path) -> None:
    await filled(tmp_path / "playbill.db")
    found, seen = await asked(bus, tmp_path / "playbill.db")

    assert ([one.is_stale for one in found.sections], found.refreshing, seen) == ([True], {}, [])


async def test_a_page_that_is_fresh_is_not_read_anew(bus: BusServer, tmp_path: Path) -> None:
    await filled(tmp_path / "playbill.db", datetime.now(NOW.tzinfo))
    found, seen = await asked(bus, tmp_path / "playbill.db", refresh=True)

    assert ([one.is_stale for one in found.sections], found.refreshing, seen) == ([False], {}, [])


async def test_of_a_source_that_was_never_read_a_page_is_asked_for_and_of_another_s_none(bus: BusServer, tmp_path: Path) -> None:
    async with opened(tmp_path / "playbill.db"):
        pass

    assert set((await asked(bus, tmp_path / "playbill.db", refresh=True))[0].refreshing) == {"attic"}
    assert (await asked(bus, tmp_path / "playbill.db", refresh=True, source="iptv"))[0].refreshing == {}
    assert (await asked(bus, tmp_path / "playbill.db", {}, refresh=True))[0].refreshing == {}


async def test_a_sync_that_is_at_it_already_is_the_one_that_is_told(bus: BusServer, tmp_path: Path) -> None:
    await filled(tmp_path / "playbill.db", OLD, ("d" * 16, SyncStatus.SYNCING, StepStatus.RUNNING))
    found, seen = await asked(bus, tmp_path / "playbill.db", refresh=True)

    assert (found.refreshing, seen) == ({"attic": "d" * 16}, [])


async def test_a_sync_that_is_past_the_home_page_is_not_waited_for(bus: BusServer, tmp_path: Path) -> None:
    await filled(tmp_path / "playbill.db", OLD, ("d" * 16, SyncStatus.SYNCING, StepStatus.COMPLETED))
    found, seen = await asked(bus, tmp_path / "playbill.db", refresh=True)

    assert [request.parts for request in seen] == [[Part.HOME]]
    assert found.refreshing["attic"] != "d" * 16


async def test_many_that_ask_at_once_are_one_request(bus: BusServer, tmp_path: Path) -> None:
    path = tmp_path / "playbill.db"
    await filled(path)
    async with writing(bus, starts) as seen, reading(bus, path, AGES), script(bus) as client:
        told = [answer(await ask(client, "home", {"refresh": True}), HomeAnswer).refreshing for _ in range(5)]
        await until(lambda: _seen(seen))

    # A minute may end in between.
    assert 1 <= len(seen) <= 2
    assert {found["attic"] for found in told} == {codec.sync_id_of("attic", request.request_id) for request in seen}


async def test_what_was_tried_within_the_minute_is_not_promised_again(bus: BusServer, tmp_path: Path) -> None:
    # A minute may end in between.
    now = datetime.now(NOW.tzinfo)
    requests = [refresh_request("attic", now + timedelta(minutes=minutes)) for minutes in (0, 1)]
    over = [(codec.sync_id_of("attic", request.request_id), SyncStatus.FAILED, StepStatus.FAILED) for request in requests]
    await filled(tmp_path / "playbill.db", OLD, *over)
    found, seen = await asked(bus, tmp_path / "playbill.db", refresh=True)

    assert ([one.is_stale for one in found.sections], found.refreshing, seen) == ([True], {}, [])


async def test_without_a_stream_the_page_is_answered_all_the_same(
    nats_server: BusServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actors.reader.home._PUBLISH_S", 0.2)
    await filled(tmp_path / "playbill.db")
    async with reading(nats_server, tmp_path / "playbill.db", AGES), script(nats_server) as client:
        found = answer(await ask(client, "home", {"refresh": True}), HomeAnswer)

    assert ([one.title for one in found.sections], found.refreshing) == (["A"], {})
