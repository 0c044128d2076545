"""The questions over the bus, asked by a plain script of a reader on a real nats-server."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from actors.reader.service import query_service
from actors.runtime.process import ActorBus, actor_bus
from actors.store.records import SourceRow
from actors.store.schema import MIGRATIONS
from contracts import codec, limits, subjects
from contracts.catalog import HomeSection, ItemKind, Library, Mode, Part, SourceKind, SyncStatus
from contracts.channels import queries
from contracts.errors import BadRequest
from contracts.messages import (
    Event,
    HomeAnswer,
    ItemAnswer,
    ItemsAnswer,
    LibrariesAnswer,
    RequestRefused,
    SearchAnswer,
    SourcesAnswer,
    SyncAnswer,
    SyncRequest,
    SyncsAnswer,
    SyncStarted,
)
from tests.bus_server import BusServer, bus_server
from tests.reader_room import Said, ask, discovered, provisioned, script, until
from tests.store_room import NOW, movie, opened, step, sync, told

BASES = {"attic": (SourceKind.PLEX, "http://attic.example:32400")}
HOURS = 7_200


@asynccontextmanager
async def reading(server: BusServer, path: Path) -> AsyncIterator[ActorBus]:
    async with (
        actor_bus("reader", server.config("reader"), hears_cancels=False) as bus,
        query_service(bus, path, BASES, "1.2.3"),
    ):
        yield bus


async def filled(path: Path, title: str = "A Trip to the Moon") -> None:
    """A source with a library, a film of it that is on the home page, a show, and a sync."""
    moon = movie("12", title, year=1902, image="/library/metadata/12/thumb/3", library_remote_id="1", view_offset_s=60)
    show = movie("20", "Serials", kind=ItemKind.SHOW, library_remote_id="2")
    episode = movie("21", "Part One", kind=ItemKind.EPISODE, library_remote_id="2", parent_remote_id="20", index_number=1)
    section = HomeSection(
        hub_identifier="home.continue", title="Continue", section_type="continue_watching", position=0, items=[moon]
    )
    async with opened(path) as store, store.transaction() as tx:
        await tx.put_sources([SourceRow(source_id="attic", kind=SourceKind.PLEX, title="The attic")])
        await tx.set_server("attic", {"machine_identifier": "abc"})
        libraries = [
            Library(remote_id="1", title="Films", library_type="movies", item_kinds=[ItemKind.MOVIE]),
            Library(
                remote_id="2",
                title="Series",
                library_type="shows",
                position=1,
                item_kinds=[ItemKind.SHOW, ItemKind.SEASON, ItemKind.EPISODE],
            ),
        ]
        await tx.put_revealed_libraries("attic", libraries)
        await tx.put_items("attic", [[moon], [show], [episode]])
        await tx.put_home_section("attic", section)
        await tx.put_sync(sync("b" * 16, "attic", SyncStatus.COMPLETED, ended_at=NOW))
        await tx.set_source_synced("attic", NOW)


def answer(said: Said, kind: type[Any]) -> Any:
    assert said.code is None, said
    return codec.decode_public(said.data, kind)


async def answered(server: BusServer, path: Path, name: str, kind: type[Any], **asked: Any) -> Any:
    """The answer to one question."""
    async with reading(server, path), script(server) as client:
        return answer(await ask(client, name, asked), kind)


# --- Each question -------------------------------------------------------------------------------------


async def test_the_home_page_is_answered_with_its_items(nats_server: BusServer, tmp_path: Path) -> None:
    await filled(tmp_path / "playbill.db")

    found = await answered(nats_server, tmp_path / "playbill.db", "home", HomeAnswer)

    assert [(section.source_id, section.title) for section in found.sections] == [("attic", "Continue")]
    assert [(item.title, item.view_offset_s) for item in found.sections[0].items] == [("A Trip to the Moon", 60)]


async def test_the_libraries_are_answered_in_the_server_s_order(nats_server: BusServer, tmp_path: Path) -> None:
    await filled(tmp_path / "playbill.db")

    found = await answered(nats_server, tmp_path / "playbill.db", "libraries", LibrariesAnswer, source="attic")

    assert [(library.title, library.items.get(ItemKind.MOVIE)) for library in found.libraries] == [("Films", 1), ("Series", None)]


async def test_items_come_in_pages(nats_server: BusServer, tmp_path: Path) -> None:
    await filled(tmp_path / "playbill.db")
    async with reading(nats_server, tmp_path / "playbill.db"), script(nats_server) as client:
        titles, after = [], None
        while True:
            page = answer(await ask(client, "items", {"limit": 1, "after": after}), ItemsAnswer)
            titles += [item.title for item in page.items]
            if (after := page.next_cursor) is None:
                break

        assert titles == ["A Trip to the Moon", "Part One", "Serials"]


async def test_the_children_of_a_show_are_items_too(nats_server: BusServer, tmp_path: Path) -> None:
    await filled(tmp_path / "playbill.db")
    async with reading(nats_server, tmp_path / "playbill.db"), script(nats_server) as client:
        (show,) = answer(await ask(client, "items", {"kind": "show"}), ItemsAnswer).items
        children = answer(await ask(client, "items", {"parent": show.id}), ItemsAnswer)

        assert [(item.title, item.parent_title) for item in children.items] == [("Part One", "Serials")]


async def test_an_item_comes_with_its_links_and_one_that_is_not_there_without(nats_server: BusServer, tmp_path: Path) -> None:
    await filled(tmp_path / "playbill.db")
    async with reading(nats_server, tmp_path / "playbill.db"), script(nats_server) as client:
        (moon,) = answer(await ask(client, "items", {"kind": "movie"}), ItemsAnswer).items
        found, missing = [answer(await ask(client, "item", {"id": number}), ItemAnswer) for number in (moon.id, 999)]

        assert found.item == moon
        assert found.links.image == "http://attic.example:32400/library/metadata/12/thumb/3"
        assert "/server/abc/" in found.links.web
        assert (missing.item, missing.links.web) == (None, None)


async def test_titles_are_found_whatever_their_accents(nats_server: BusServer, tmp_path: Path) -> None:
    await filled(tmp_path / "playbill.db")

    found = await answered(nats_server, tmp_path / "playbill.db", "search", SearchAnswer, text="TRÍP mo")

    assert [(title.title, title.places[0].library) for title in found.titles] == [("A Trip to the Moon", "Films")]


async def test_sources_are_told_with_how_they_stand(nats_server: BusServer, tmp_path: Path) -> None:
    await filled(tmp_path / "playbill.db")

    found = await answered(nats_server, tmp_path / "playbill.db", "sources", SourcesAnswer)

    (attic,) = found.sources
    assert (attic.title, attic.kind, attic.last_status, attic.last_synced_at) == (
        "The attic",
        SourceKind.PLEX,
        SyncStatus.COMPLETED,
        NOW,
    )
    assert attic.items[ItemKind.MOVIE] == 1


async def test_syncs_are_told_with_their_counts(nats_server: BusServer, tmp_path: Path) -> None:
    await filled(tmp_path / "playbill.db")

    found = await answered(nats_server, tmp_path / "playbill.db", "syncs", SyncsAnswer, source="attic")

    assert [(row.sync_id, row.status, row.counts.new) for row in found.syncs] == [("b" * 16, SyncStatus.COMPLETED, 0)]


# --- Questions that cannot be answered -----------------------------------------------------------------


@pytest.mark.parametrize("name", queries())
@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"[]", b'{"limit":0,"id":-1,"source":"*","text":5}'], ids=repr)
async def test_a_question_that_cannot_be_read_is_answered(nats_server: BusServer, tmp_path: Path, name: str, body: bytes) -> None:
    async with reading(nats_server, tmp_path / "playbill.db"), script(nats_server) as client:
        said = await ask(client, name, body)

        # A question without fields has none that could be wrong.
        assert said.code == "bad_request" if name != "sources" or body[-1:] != b"}" else "store_unavailable"
        assert said.headers["Nats-Service-Error-Code"] in ("400", "503")


async def test_a_question_of_a_newer_version_is_told_from_a_bad_one(nats_server: BusServer, tmp_path: Path) -> None:
    async with reading(nats_server, tmp_path / "playbill.db"), script(nats_server) as client:
        assert (await ask(client, "home", b'{"type":"home_query.v2"}')).code == "unknown_version"


async def test_a_cursor_that_is_none_is_a_bad_request(nats_server: BusServer, tmp_path: Path) -> None:
    await filled(tmp_path / "playbill.db")
    async with reading(nats_server, tmp_path / "playbill.db"), script(nats_server) as client:
        assert (await ask(client, "items", {"after": "nonsense"})).code == BadRequest.code


# --- The catalogue comes, goes, and becomes another ----------------------------------------------------


async def test_before_there_is_a_catalogue_it_says_so_and_then_it_answers(nats_server: BusServer, tmp_path: Path) -> None:
    path = tmp_path / "playbill.db"
    async with reading(nats_server, path), script(nats_server) as client:
        said = await ask(client, "home")
        await filled(path)

        assert (said.code, said.headers["Nats-Service-Error-Code"]) == ("store_unavailable", "503")
        assert len(answer(await ask(client, "home"), HomeAnswer).sections) == 1


async def test_a_catalogue_that_became_another_file_is_opened_anew(nats_server: BusServer, tmp_path: Path) -> None:
    path = tmp_path / "playbill.db"
    await filled(path)
    async with reading(nats_server, path), script(nats_server) as client:
        before = await ask(client, "search", {"text": "moon"})
        for name in ("playbill.db", "playbill.db-wal", "playbill.db-shm"):
            (tmp_path / name).unlink(missing_ok=True)
        gone = await ask(client, "search", {"text": "moon"})
        await filled(path, title="Another Moon")
        after = await ask(client, "search", {"text": "moon"})

        assert gone.code == "store_unavailable"
        assert [answer(said, SearchAnswer).titles[0].title for said in (before, after)] == ["A Trip to the Moon", "Another Moon"]


async def test_a_catalogue_that_is_migrated_under_it_is_looked_at_anew(nats_server: BusServer, tmp_path: Path) -> None:
    path = tmp_path / "playbill.db"
    await filled(path)
    async with reading(nats_server, path), script(nats_server) as client:
        await ask(client, "items")
        told(path, "ALTER TABLE items RENAME TO items_of_another_version", "PRAGMA user_version = 1")
        meanwhile = await ask(client, "items")
        told(path, "ALTER TABLE items_of_another_version RENAME TO items", f"PRAGMA user_version = {len(MIGRATIONS)}")

        assert meanwhile.code == "store_unavailable"
        assert len(answer(await ask(client, "items"), ItemsAnswer).items) == 3


async def test_a_file_that_is_no_catalogue_says_so(nats_server: BusServer, tmp_path: Path) -> None:
    (tmp_path / "playbill.db").write_bytes(b"no database at all, and long enough to be looked at as one" * 20)
    async with reading(nats_server, tmp_path / "playbill.db"), script(nats_server) as client:
        assert (await ask(client, "home")).code == "store_corrupt"


# --- Asking for a sync ---------------------------------------------------------------------------------

Word = Callable[[str, SyncRequest], Event]


@asynccontextmanager
async def writing(server: BusServer, word: Word) -> AsyncIterator[list[SyncRequest]]:
    """What a writer does towards who asks: takes requests in, and says what becomes of each."""
    seen: list[SyncRequest] = []
    async with actor_bus("writer", server.config("writer")) as bus:
        puller = await bus.puller(subjects.STREAM_REQUESTS, subjects.CONSUMER_WRITER, in_hand_max=8)

        async def work() -> None:
            while True:
                delivery = await puller.next()
                request = codec.decode_public(delivery.body, SyncRequest)
                seen.append(request)
                await bus.publisher.publish(word(subjects.source_of(delivery.subject), request))
                await delivery.ack()

        working = asyncio.create_task(work())
        try:
            yield seen
        finally:
            working.cancel()
            await asyncio.wait({working})
            await bus.give_back()


def starts(source_id: str, request: SyncRequest) -> SyncStarted:
    return SyncStarted(
        sync_id=codec.sync_id_of(source_id, request.request_id),
        source_id=source_id,
        request_id=request.request_id,
        parts=request.parts,
        mode=request.mode,
        left_out={Part.HOME: "c" * 16},
        at=datetime.now(UTC),
    )


def refuses(code: str, running_sync_id: str | None = None) -> Word:
    def word(source_id: str, request: SyncRequest) -> RequestRefused:
        return RequestRefused(
            source_id=source_id,
            request_id=request.request_id,
            code=code,
            text="not now",
            running_sync_id=running_sync_id,
            at=datetime.now(UTC),
        )

    return word


@pytest.fixture
async def bus(nats_server: BusServer) -> BusServer:
    await provisioned(nats_server)
    return nats_server


async def asked_for_sync(server: BusServer, path: Path, word: Word, **asked: Any) -> tuple[Said, list[SyncRequest]]:
    async with writing(server, word) as seen, reading(server, path), script(server) as client:
        return await ask(client, "sync", {"source": "attic", **asked}), seen


async def test_a_sync_that_starts_is_answered_with_its_id(bus: BusServer, tmp_path: Path) -> None:
    said, seen = await asked_for_sync(
        bus,
        tmp_path / "playbill.db",
        starts,
        request_id="tonight",
        mode="full",
        parts=["home"],
        steps=["home"],
        libraries=["Films"],
    )

    assert answer(said, SyncAnswer) == SyncAnswer(
        sync_id=codec.sync_id_of("attic", "tonight"), started=True, left_out={Part.HOME: "c" * 16}
    )
    assert seen == [
        SyncRequest(request_id="tonight", mode=Mode.FULL, parts=[Part.HOME], steps=["home"], libraries=["Films"]),
    ]


async def test_a_sync_without_an_id_gets_one(bus: BusServer, tmp_path: Path) -> None:
    said, seen = await asked_for_sync(bus, tmp_path / "playbill.db", starts)

    assert answer(said, SyncAnswer).sync_id == codec.sync_id_of("attic", seen[0].request_id)


async def test_of_a_source_that_is_synced_already_the_running_sync_is_answered(bus: BusServer, tmp_path: Path) -> None:
    said, _ = await asked_for_sync(bus, tmp_path / "playbill.db", refuses("already_running", "d" * 16))

    assert answer(said, SyncAnswer) == SyncAnswer(sync_id="d" * 16, started=False)


@pytest.mark.parametrize(("code", "status"), [("unknown_source", "404"), ("bad_request", "400")])
async def test_a_sync_that_is_refused_is_answered_with_the_reason(bus: BusServer, tmp_path: Path, code: str, status: str) -> None:
    said, _ = await asked_for_sync(bus, tmp_path / "playbill.db", refuses(code))

    assert (said.code, said.body["text"], said.headers["Nats-Service-Error-Code"]) == (code, "not now", status)


async def test_a_request_that_was_admitted_before_is_not_asked_again(bus: BusServer, tmp_path: Path) -> None:
    sync_id = codec.sync_id_of("attic", "tonight")
    await filled(tmp_path / "playbill.db")
    async with opened(tmp_path / "playbill.db") as store, store.transaction() as tx:
        await tx.put_sync(sync(sync_id, "attic", request_id="tonight"))
        await tx.put_steps([step(sync_id=sync_id)])

    said, seen = await asked_for_sync(bus, tmp_path / "playbill.db", starts, request_id="tonight")

    assert answer(said, SyncAnswer) == SyncAnswer(sync_id=sync_id, started=False)
    assert seen == []


async def test_who_asks_the_same_at_once_gets_the_same_answer(bus: BusServer, tmp_path: Path) -> None:
    async with writing(bus, starts), reading(bus, tmp_path / "playbill.db"), script(bus) as client:
        said = await asyncio.gather(*(ask(client, "sync", {"source": "attic", "request_id": "once"}) for _ in range(5)))

        assert {answer(each, SyncAnswer).sync_id for each in said} == {codec.sync_id_of("attic", "once")}


@pytest.mark.parametrize("has_streams", [True, False])
async def test_without_a_word_within_ten_seconds_the_sync_it_will_be_is_named(
    nats_server: BusServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_streams: bool
) -> None:
    monkeypatch.setattr(limits, "SYNC_ANSWER_S", 0.3)
    if has_streams:
        await provisioned(nats_server)
    async with reading(nats_server, tmp_path / "playbill.db"), script(nats_server) as client:
        said = await ask(client, "sync", {"source": "attic", "request_id": "tonight"})

        assert said.code == "bus_unavailable"
        assert codec.sync_id_of("attic", "tonight") in said.body["text"]
        assert said.body["text"].startswith("the request is kept" if has_streams else "no stream took")


async def test_a_sync_that_waits_holds_up_no_other_question(bus: BusServer, tmp_path: Path) -> None:
    await filled(tmp_path / "playbill.db")
    async with reading(bus, tmp_path / "playbill.db"), script(bus) as client:
        waiting = [asyncio.create_task(ask(client, "sync", {"source": "attic"})) for _ in range(limits.QUERIES_AT_ONCE + 4)]

        assert len(answer(await ask(client, "home"), HomeAnswer).sections) == 1
        for task in waiting:
            task.cancel()
        await asyncio.wait(waiting)


# --- Readers come and go -------------------------------------------------------------------------------


async def test_every_question_is_discovered(nats_server: BusServer, tmp_path: Path) -> None:
    async with reading(nats_server, tmp_path / "playbill.db"), script(nats_server) as client:
        info = await discovered(client, "INFO")

        assert (info["name"], info["version"]) == ("playbill", "1.2.3")
        assert {one["name"]: one["subject"] for one in info["endpoints"]} == {name: subjects.query(name) for name in queries()}
        assert all(one["metadata"]["description"] for one in info["endpoints"])


async def test_two_readers_share_the_work(nats_server: BusServer, tmp_path: Path) -> None:
    path = tmp_path / "playbill.db"
    await filled(path)
    async with reading(nats_server, path), reading(nats_server, path), script(nats_server) as client:
        await asyncio.gather(*(ask(client, "items") for _ in range(100)))
        found: list[dict[str, Any]] = []

        async def on_stats(message: Any) -> None:
            found.append(msgspec.json.decode(message.data))

        inbox = client.new_inbox()
        await client.subscribe(inbox, cb=on_stats)
        await client.publish("$SRV.STATS.playbill", reply=inbox)
        await until(lambda: _is(len(found) == 2))

        shares = [one["num_requests"] for stats in found for one in stats["endpoints"] if one["name"] == "items"]
        assert sum(shares) == 100
        assert min(shares) > 0


async def _is(value: bool) -> bool:
    return value


async def test_a_reader_that_was_started_again_answers(nats_server: BusServer, tmp_path: Path) -> None:
    await filled(tmp_path / "playbill.db")
    async with script(nats_server) as client:
        for _ in range(2):
            async with reading(nats_server, tmp_path / "playbill.db"):
                assert len(answer(await ask(client, "home"), HomeAnswer).sections) == 1


async def test_questions_are_answered_again_when_the_bus_is_back(tmp_path: Path) -> None:
    await filled(tmp_path / "playbill.db")
    async with AsyncExitStack() as stack:
        with bus_server(tmp_path / "bus") as first:
            await stack.enter_async_context(reading(first, tmp_path / "playbill.db"))
            first.process.kill()
            first.process.wait()
        with bus_server(tmp_path / "bus", first.port) as again:
            await provisioned(again)
            await stack.enter_async_context(writing(again, starts))
            client = await stack.enter_async_context(script(again))

            async def is_answered() -> bool:
                return (await ask(client, "home", timeout_s=1)).code is None

            await until(is_answered)
            assert answer(await ask(client, "sync", {"source": "attic"}), SyncAnswer).started
            await stack.aclose()
