"""What the command line takes, refuses, and says, without anything running."""

import stat
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from actors import logs
from actors.cli import exits
from actors.cli.cancel import target_of
from actors.cli.dead import described, line
from actors.cli.findings import Finding, account_text, found_problem
from actors.cli.findings import line as finding_line
from actors.cli.main import _COMMANDS, INTERRUPTED, main
from actors.cli.report import LastSync, SourceReport
from actors.cli.report_render import cells
from actors.cli.sync import requested
from actors.settings import load
from actors.store import StoredDeadLetter
from contracts.catalog import ItemKind, Mode, Part, SourceKind, SyncStatus
from contracts.errors import AccountExpired, AccountRejected, BadRequest
from contracts.messages import DeadLetter
from tests.cli_room import PASSWORD, USER, command_line
from tests.samples import AT, LATER
from tests.test_settings_kinds import written
from tests.test_settings_load import SOURCE, loaded


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PLAYBILL_CONFIG", str(tmp_path / "playbill.toml"))
    monkeypatch.setenv("PLAYBILL_LOG__LEVEL", "warning")
    yield command_line(tmp_path).file
    logs.reset()


def refused(capsys: pytest.CaptureFixture[str], *tokens: str) -> tuple[int, str]:
    code = main(tokens)
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("error: ")
    assert said.err.count("\n") == 1
    return code, said.err


def test_init_writes_a_file_for_its_owner_alone_and_replaces_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "new/playbill.toml"

    assert main(["init", "--config", str(file)]) == exits.COMPLETED
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert f"playbill check --config {file}" in capsys.readouterr().err
    file.write_text("mine")
    assert refused(capsys, "init", "--config", str(file)) == (
        exits.USAGE,
        f"error: {file} is there already; --force replaces it\n",
    )
    assert file.read_text() == "mine"
    assert main(["init", "--config", str(file), "--force"]) == exits.COMPLETED
    assert [source.source_id for source in load(file, {}).sources] == ["iptv"]
    assert list(file.parent.iterdir()) == [file]


def test_init_where_nothing_can_be_written_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "plain").touch()
    code, words = refused(capsys, "init", "--config", str(tmp_path / "plain/playbill.toml"))

    assert code == exits.USAGE
    assert "cannot write" in words


@pytest.mark.parametrize(
    ("tokens", "words"),
    [
        (["frobnicate"], "there is no command 'frobnicate'; there is demo, init, check"),
        (["snyc", "iptv"], "there is no command 'snyc'; did you mean sync?"),
        (["--json", "status"], "--json: options come after the command"),
        (["sync"], "see `playbill sync --help`"),
        (["sync", "iptv", "--mode", "quick"], "full"),
        (["sync", "tv"], "there is no source 'tv' in playbill.toml; there is iptv"),
        (["sync", "iptv", "--step", "films"], "there is no step 'films'; there is account, channel_categories"),
        (["sync", "iptv", "--step", "movies.1"], "there is no step 'movies.1'"),
        (["sync", "iptv", "--only", "shows"], "home"),
        (["home", "tv", "--refresh"], "there is no source 'tv'"),
        (["retry", "tv"], "there is no source 'tv'"),
        (["confirm", "tv", "movies"], "there is no source 'tv'"),
        (["dead", "--all"], "--all: goes with --replay or --drop"),
        (["dead", "--replay"], "--replay: name dead letters by their numbers, or --all"),
        (["dead", "--drop", "--all", "3"], "--drop: name dead letters by their numbers, or --all"),
        (["dead", "--drop", "--replay", "3"], "--drop: not together with --replay"),
        (["sync", "iptv", "--only", "home", "--library", "Films"], "--library: a home page has no libraries"),
        (["item"], "see `playbill item --help`"),
        (["item", "moon"], "see `playbill item --help`"),
        (["home", "--limit", "0"], "--limit"),
        (["search"], "see `playbill search --help`"),
        (["watch", "tv"], "there is no source 'tv'"),
        (["cancel"], "cancel: name one of a sync, a source, or --all"),
        (["cancel", "iptv", "--all"], "cancel: name one of a sync, a source, or --all"),
        (["actor", "dancer"], "fetcher"),
        (["items", "--kind", "film"], "movie"),
        (["items", "--limit", "0"], "--limit"),
        (["contracts", "no.json"], "there is no document 'no.json'"),
        (["status", "--config", "no.toml"], "no settings file at"),
        (["dead", "x"], "see `playbill dead --help`"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(
    file: Path, capsys: pytest.CaptureFixture[str], tokens: list[str], words: str
) -> None:
    code, said = refused(capsys, *tokens)

    assert code == exits.USAGE
    assert words in said


@pytest.mark.parametrize("command", ["sync", "up", "check", "status", "items", "bus"])
def test_wrong_settings_are_one_line_and_exit_code_2(file: Path, capsys: pytest.CaptureFixture[str], command: str) -> None:
    file.write_text(file.read_text() + "concurency = 2\n")
    tokens = [command, "iptv"] if command == "sync" else [command]

    assert refused(capsys, *tokens) == (exits.USAGE, "error: source[0].concurency: unknown key, did you mean concurrency?\n")


@pytest.mark.parametrize("command", [("up",), ("sync", "iptv")])
def test_a_secret_that_is_not_there_is_said_before_anything_starts(
    file: Path, capsys: pytest.CaptureFixture[str], command: tuple[str, ...]
) -> None:
    file.write_text(file.read_text().replace(f'"{PASSWORD}"', '{ file = "no" }'))
    code, words = refused(capsys, *command)

    assert code == exits.USAGE
    assert words.startswith("error: source[0].password: cannot read ")


@pytest.mark.parametrize(
    "tokens",
    [
        ["watch"],
        ["cancel", "--all"],
        ["sync", "iptv", "--no-wait"],
        ["items"],
        ["search", "x"],
        ["dead"],
        ["home"],
        ["home", "--refresh"],
        ["libraries"],
        ["history"],
        ["retry", "iptv"],
        ["confirm", "iptv", "movies"],
        ["dead", "--drop", "--all"],
    ],
)
def test_what_needs_something_that_is_not_there_fails_with_what_to_do(
    file: Path, capsys: pytest.CaptureFixture[str], tokens: list[str]
) -> None:
    code, words = refused(capsys, *tokens)

    assert code == exits.FAILED
    assert "playbill" in words.lower()


def test_status_works_before_anything_ever_ran(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "--json"]) == exits.COMPLETED
    report = msgspec.json.decode(capsys.readouterr().out)

    assert report["sources"][0] == {
        "source_id": "iptv",
        "kind": "xtream",
        "title": "iptv",
        "configured": True,
        "last_synced_at": None,
        "last_sync": None,
        "items": {},
        "categories": {},
        "rejects": 0,
        "parts": [],
        "fresh": {},
        "held_back": [],
        "home": None,
    }
    assert main(["status"]) == exits.COMPLETED
    assert "never" in capsys.readouterr().out


def test_a_file_that_is_no_catalogue_is_said_and_fails(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (file.parent / "playbill.db").write_text("something else, and long enough to be looked at" * 10)

    assert main(["status", "--json"]) == exits.FAILED
    assert msgspec.json.decode(capsys.readouterr().out)["store"]["problem"]


def test_a_source_that_does_not_answer_is_a_problem_with_advice(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == exits.FAILED
    lines = capsys.readouterr().out.splitlines()

    assert lines[0].startswith("problem  source iptv: ")
    assert lines[0].endswith("; check its url, and whether the server runs and is reachable from here")
    assert [line.split()[:2] for line in lines[1:]] == [["ok", "bus"], ["ok", "store"]]


def test_contracts_are_printed_and_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["contracts", "asyncapi.json"]) == exits.COMPLETED
    printed = capsys.readouterr().out
    assert msgspec.json.decode(printed)["asyncapi"].startswith("3.")
    assert main(["contracts", "--out", str(tmp_path / "docs")]) == exits.COMPLETED

    assert (tmp_path / "docs/asyncapi.json").read_text().strip() == printed.strip()
    assert (tmp_path / "docs/schema.json").exists()


@pytest.mark.parametrize("name", [name for name, _, _ in _COMMANDS])
def test_every_command_has_help(capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert main([name, "--help"]) == exits.COMPLETED
    assert f"Usage: playbill {name}" in capsys.readouterr().out


def test_a_bug_is_one_line_without_secrets(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_given: object) -> None:
        raise ValueError("GET http://h/x?username=alice&password=s3cret\nmore")

    monkeypatch.setattr("actors.cli.status.opened", broken)
    code, words = refused(capsys, "status")

    assert code == exits.FAILED
    assert "a bug: ValueError" in words
    assert "s3cret" not in words


def test_ctrl_c_is_no_traceback(file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_given: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("actors.cli.status.opened", interrupted)

    assert main(["status"]) == INTERRUPTED
    assert capsys.readouterr().err == ""


def test_a_request_names_the_parts_and_libraries_that_are_wanted(tmp_path: Path) -> None:
    settings = loaded(tmp_path, SOURCE + written("plex", token="x"))
    plain = requested(settings, "iptv", mode=Mode.FULL)
    narrow = requested(
        settings,
        "plex",
        mode=Mode.INCREMENTAL,
        steps=("libraries", "movies.1"),
        libraries=("Films", "3", "Films"),
        parts=(Part.CATALOGUE,),
    )

    assert (plain.mode, plain.parts, plain.steps, plain.libraries) == (Mode.FULL, [], [], [])
    assert (narrow.parts, narrow.steps, narrow.libraries) == ([Part.CATALOGUE], ["libraries", "movies.1"], ["Films", "3"])
    assert narrow.request_id not in ("", plain.request_id)
    with pytest.raises(BadRequest, match=r"and those of its libraries, such as movies\.1"):
        requested(settings, "plex", mode=Mode.FULL, steps=("films",))


def test_a_cancel_names_exactly_one_thing(file: Path) -> None:
    settings = load(file, {})

    def target(named: str | None = None, **given: str) -> tuple[str, str]:
        return target_of(settings, named, sync=given.get("sync"), source=given.get("source"), everything=False)

    assert target("iptv") == ("source", "iptv")
    assert target("0123456789abcdef") == ("sync", "0123456789abcdef")
    assert target(sync="0123456789abcdef") == ("sync", "0123456789abcdef")
    assert target(source="iptv") == ("source", "iptv")
    assert target_of(settings, None, sync=None, source=None, everything=True) == ("all", "")
    for wrong in ({"sync": "iptv"}, {"source": "0123456789abcdef"}, {}):
        with pytest.raises(BadRequest):
            target(**wrong)


def test_what_an_account_says_reads_well() -> None:
    server: dict[str, str | int | bool | None] = {
        "status": "Active",
        "expires_at": "2027-01-01T12:00:00Z",
        "max_connections": 2,
        "active_connections": 0,
    }

    assert account_text(server) == "Active until 2027-01-01, 0 of 2 connections in use"
    assert account_text({"name": "Attic", "version": "1.41.3", "platform": "Linux"}) == "Attic, version 1.41.3 on Linux"
    assert account_text({"version": "10.11.5"}) == "the server, version 10.11.5"
    assert account_text({}) == "the account is good"
    assert account_text({"status": "Active", "expires_at": "never"}) == "Active until never"


def test_a_finding_is_one_line_with_what_to_do() -> None:
    problem = found_problem("source", "iptv", AccountExpired.code, "the account has expired")
    warned = Finding(what="source", name="iptv", ok=True, text="Active", warnings=["it ends in three days"])

    assert finding_line(problem) == "problem  source iptv: the account has expired; renew the account with the provider"
    assert finding_line(warned) == "ok       source iptv: Active; it ends in three days"


def test_advice_is_for_the_kind_of_source_where_it_is_known() -> None:
    told = {
        kind: found_problem("source", "x", AccountRejected.code, "refused", kind).advice or "" for kind in (*SourceKind, None)
    }

    assert "token" in told[SourceKind.PLEX]
    assert "api_key and user" in told[SourceKind.JELLYFIN]
    assert "username and password" in told[SourceKind.XTREAM]
    assert len(set(told.values())) == 4


def test_a_dead_letter_is_described_without_secrets() -> None:
    body = msgspec.msgpack.encode({"type": "raw_slice.v1", "username": USER, "url": f"http://h/live/{USER}/{PASSWORD}/1.ts"})
    dead = DeadLetter(
        actor="parser",
        reason="bad_message: x\ny",
        subject="playbill.work.parse.iptv",
        message_id="m",
        source_id="iptv",
        step="movies",
        at=AT,
        body=body,
    )
    letter = StoredDeadLetter(id=12, dead=dead, body_bytes=len(body))

    assert line(letter).split("  ")[0] == "12"
    assert line(letter).endswith("parser  iptv movies  bad_message: x y")
    assert "raw_slice.v1" in described(letter)
    assert USER not in described(letter)
    assert "live/[redacted]" in described(letter)


def test_a_source_of_the_status_reads_well() -> None:
    last = LastSync(sync_id="0" * 16, status=SyncStatus.FAILED, started_at=AT, ended_at=LATER, seconds=232.75, error="refused")
    source = SourceReport(
        source_id="iptv",
        kind=SourceKind.XTREAM,
        title="x",
        configured=False,
        last_sync=last,
        items={ItemKind.MOVIE: 1_500, ItemKind.SHOW: 1},
        rejects=1,
    )

    assert cells(source, LATER)[0] == "iptv (not in the settings)"
    assert cells(source, LATER)[2].endswith(", 3 min ago")
    assert cells(source, LATER)[3:] == ("failed: refused", "3 min 52 s", "1,500 movies, 1 show, 1 entry unreadable")
