"""The commands that keep a catalogue fresh, for real: their own processes, a real bus, real stand-ins."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from actors.cli import exits
from actors.cli.mending import mended
from actors.demo import PlexServer, XtreamServer
from actors.settings import load
from contracts import codec
from contracts.catalog import Part, SyncStatus
from contracts.errors import BusUnavailable
from contracts.messages import DeadLetter, MendDeadLetters, SyncProgress
from tests.cli_room import TIMEOUT_S, Answer, CommandLine, command_line, ended, provider
from tests.playbill_room import access_to, playbill
from tests.store_room import dead_letter, opened, told

pytestmark = pytest.mark.timeout(180)
LONG_AGO = "UPDATE home_sections SET last_updated = '2000-01-01T00:00:00Z'"


@pytest.fixture
def xtream() -> Iterator[XtreamServer]:
    with provider() as server:
        yield server


@pytest.fixture
def iptv(tmp_path: Path, xtream: XtreamServer) -> CommandLine:
    return command_line(tmp_path, xtream)


@pytest.fixture
def plex(tmp_path: Path) -> Iterator[CommandLine]:
    from actors.demo.plex_demo import demo_plex_library

    with PlexServer(demo_plex_library()) as server:
        file = tmp_path / "playbill.toml"
        file.write_text(f'[nats]\nport = 0\n[[source]]\nid = "attic"\n{access_to(server)}\nmax_retries = 0\n')
        file.chmod(0o600)
        yield CommandLine(file)


def database(of: CommandLine) -> Path:
    return of.file.parent / "playbill.db"


# --- What failed ---------------------------------------------------------------------------------------


def test_only_what_failed_is_asked_for_again_and_the_history_tells_both(iptv: CommandLine, xtream: XtreamServer) -> None:
    xtream.set("get_vod_streams", status=400)
    assert iptv.run("sync", "iptv").code == exits.PARTIAL
    xtream.set("get_vod_streams", status=200)
    again = iptv.run("retry", "iptv")

    assert again.code == exits.COMPLETED
    assert any(line.startswith("movies: failed: ") for line in again.out.splitlines())
    # The demo's listings hold entries that nobody can read: their steps are asked for again, too.
    wanted = next(line for line in again.out.splitlines() if line.startswith("asking again for "))
    assert "movies" in wanted
    assert "movie_categories" not in wanted
    lines = iptv.run("history", "iptv", "--json").documents
    assert [(line["status"], line["mode"]) for line in lines] == [("completed", "full"), ("partial", "incremental")]
    assert lines[1]["error"].startswith("movies: ")
    one = iptv.run("history", lines[0]["sync_id"], "--json").documents[0]
    assert {step["step"] for step in one["steps"]} - {"account"} == set(wanted.removeprefix("asking again for ").split(", "))
    assert iptv.run("history", "0" * 16).code == exits.USAGE


# --- What is gone --------------------------------------------------------------------------------------


def test_what_is_held_back_is_hidden_once_it_is_confirmed(iptv: CommandLine, xtream: XtreamServer) -> None:
    assert iptv.run("sync", "iptv").code == exits.COMPLETED
    whole = xtream.catalogue
    xtream.catalogue = whole.with_listing("get_vod_streams", list(whole.entries("get_vod_streams"))[:100])
    short = iptv.run("sync", "iptv", "--mode", "full")
    held = iptv.run("status", "--json").documents[0]["sources"][0]["held_back"]

    assert "held back" in short.out
    assert [(one["step"], one["confirm"]) for one in held] == [("movies", "playbill confirm iptv movies")]
    assert "playbill confirm iptv movies" in iptv.run("status").out
    assert iptv.run("confirm", "iptv", "series").code == exits.USAGE
    confirmed = iptv.run("confirm", "iptv", "movies")
    assert confirmed.code == exits.COMPLETED
    assert confirmed.out.splitlines()[0].startswith(f"movies: {held[0]['missing']} rows are no longer listed and were kept")
    after = iptv.run("status", "--json").documents[0]["sources"][0]
    assert (after["held_back"], after["items"]["movie"]) == ([], len(set(xtream.catalogue.ids("get_vod_streams"))))


# --- What could not be handled -------------------------------------------------------------------------


async def buried(path: Path, count: int) -> None:
    letters: list[DeadLetter] = [dead_letter(f"m-{number}") for number in range(count)]
    async with opened(path) as store, store.transaction() as tx:
        for letter in letters:
            await tx.add_dead_letter(letter)


def test_dead_letters_are_dropped_and_replayed_also_when_nothing_runs(iptv: CommandLine) -> None:
    asyncio.run(buried(database(iptv), 3))
    ids = [document["id"] for document in iptv.run("dead", "--json").documents]
    one = iptv.run("dead", "--drop", str(ids[0]))
    rest = iptv.run("dead", "--drop", "--all")

    assert (one.code, one.out) == (exits.COMPLETED, "1 dead letter dropped\n")
    assert (rest.code, rest.out) == (exits.COMPLETED, "2 dead letters dropped\n")
    assert iptv.run("dead").out == "nothing is dead\n"
    assert iptv.run("dead", "--replay", "--all").out == "nothing is dead\n"
    assert iptv.run("dead", "--replay", str(ids[0])).code == exits.USAGE


def test_a_wish_that_nobody_grants_is_kept_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.bus_server import bus_server
    from tests.reader_room import provisioned

    async def wish() -> None:
        with bus_server(tmp_path / "bus") as server:
            await provisioned(server)
            line = command_line(tmp_path)
            line.file.write_text(
                line.file.read_text().replace("port = 0", f'url = "{server.url}"\npassword = "{server.passwords["client"]}"')
            )
            await buried(database(line), 1)
            with pytest.raises(BusUnavailable, match="the wish is kept"):
                await mended(load(line.file, {}), "replay", ())

    monkeypatch.setattr("actors.cli.mending.MENDED_S", 0.2)
    asyncio.run(wish())


# --- Home pages ----------------------------------------------------------------------------------------


def aged(line: CommandLine) -> None:
    assert line.run("sync", "attic").code == exits.COMPLETED
    told(database(line), LONG_AGO)


def stale(answer: Answer) -> set[bool]:
    return {section["is_stale"] for section in answer.documents[0]["sections"]}


def test_a_home_page_that_is_old_says_so_and_is_read_anew_when_that_is_waited_for(plex: CommandLine) -> None:
    aged(plex)
    old, status = plex.run("home", "--json"), plex.run("status", "--json").documents[0]["sources"][0]["home"]
    without = plex.run("home", "--refresh")
    fresh = plex.run("home", "attic", "--wait", "--json")
    again = plex.run("home", "--wait", "--json")

    assert (stale(old), status["is_stale"]) == ({True}, True)
    assert (without.code, "no Playbill runs here" in without.err) == (exits.FAILED, True)
    assert (fresh.code, stale(fresh)) == (exits.COMPLETED, {False})
    assert stale(again) == {False}
    parts = [line["parts"] for line in plex.run("history", "--json").documents]
    assert parts == [["home"], ["catalogue", "home"]], "what is fresh is not read again"


def test_a_playbill_that_runs_reads_a_stale_page_behind_the_answer(plex: CommandLine) -> None:
    aged(plex)
    with plex.started("up") as up:
        told_at_once = asked_until(plex, "home", "--refresh", "--json", until=lambda answer: answer.code == exits.COMPLETED)
        sync_id = told_at_once.documents[0]["refreshing"]["attic"]
        done = asked_until(plex, "history", sync_id, "--json", until=lambda answer: _ended(answer.documents))
        up.send_signal(signal.SIGTERM)
        ended(up)

    assert stale(told_at_once) == {True}
    assert done.documents[0]["parts"] == ["home"]
    assert stale(plex.run("home", "--json")) == {False}


def _ended(documents: list[Any]) -> bool:
    return bool(documents) and documents[0]["ended_at"] is not None


def asked_until(line: CommandLine, *tokens: str, until: Callable[[Answer], bool]) -> Answer:
    for _ in range(TIMEOUT_S):
        if until(answer := line.run(*tokens)):
            return answer
    raise AssertionError(tokens)


# --- Schedules -----------------------------------------------------------------------------------------


async def test_a_source_with_a_schedule_is_synced_by_itself_and_the_status_tells_the_next_run(
    tmp_path: Path, xtream: XtreamServer
) -> None:
    line = command_line(tmp_path)
    account = 'username = "alice@home"\npassword = "s3cret/pw&#x"'
    username, password = (part.partition(" = ")[2] for part in account.splitlines())
    urls, more = {"iptv": xtream.url}, 'every = "6h"'
    async with playbill(tmp_path, urls, username=username, password=password, more=more) as running:
        assert "scheduler" in {child.name for child in running.supervisor.children()}
        state = await _scheduled(running.client)
        status = (await asyncio.to_thread(line.run, "status", "--json")).documents[0]
        text = (await asyncio.to_thread(line.run, "status")).out

    assert (state.status, state.parts) == (SyncStatus.COMPLETED, [Part.CATALOGUE, Part.HOME])
    parts = status["sources"][0]["parts"]
    assert [(part["part"], part["next_why"]) for part in parts] == [("catalogue", "every 6 h"), ("home", "every 6 h")]
    assert "every 6 h" in text


async def _scheduled(client: Any) -> SyncProgress:
    async with asyncio.timeout(TIMEOUT_S):
        async for said in client.follow("iptv"):
            if isinstance(said, SyncProgress) and said.request_id.startswith("schedule-") and said.status.is_final:
                return said
    raise AssertionError("the bus went away")


async def test_without_a_schedule_no_scheduler_runs(tmp_path: Path, xtream: XtreamServer) -> None:
    async with playbill(tmp_path, {"iptv": xtream.url}) as running:
        assert "scheduler" not in {child.name for child in running.supervisor.children()}


def test_a_wish_to_mend_is_a_message_of_the_contracts() -> None:
    body = codec.encode(MendDeadLetters(action="drop", ids=[1, 2]))

    assert codec.decode_public(body, MendDeadLetters).ids == [1, 2]
