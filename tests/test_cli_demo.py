"""The demo for real: three servers, one catalogue, and nothing left behind."""

import re
import signal
from pathlib import Path

import pytest

from actors.cli import exits
from tests.cli_room import Answer, CommandLine, command_line, ended

COLUMNS = 80
OF_THE_USER = {"PLAYBILL_STORE__PATH": "not-this.db", "PLAYBILL_NATS__URL": "nats://no:1"}


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """Where the demo puts what it needs for a moment."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


@pytest.fixture
def playbill(tmp_path: Path) -> CommandLine:
    return command_line(tmp_path)


def test_the_demo_shows_three_home_pages_and_where_a_title_can_be_played(playbill: CommandLine, scratch: Path) -> None:
    answer = playbill.run("demo", TMPDIR=str(scratch), COLUMNS=str(COLUMNS), **OF_THE_USER)

    assert (answer.code, answer.err) == (exits.COMPLETED, "")
    assert synced(answer) == ["iptv", "plex", "jellyfin"]
    assert "246 movies, 40 shows, 120 channels, 3 entries unreadable" in answer.out
    assert [line.split()[3] for line in answer.out.splitlines() if line.startswith("$ playbill home ")] == synced(answer)
    assert {"iptv: Movies", "plex: Short Films", "plex: Films", "jellyfin: Films"} <= places_of("A Trip to the Moon", answer)
    assert "playbill init" in answer.out
    assert max(map(len, answer.out.splitlines())) <= COLUMNS
    assert list(scratch.iterdir()) == []


def synced(answer: Answer) -> list[str]:
    """The sources whose sync completed, in their order."""
    return [line.split()[0] for line in answer.out.splitlines() if "  completed  100 %  " in line]


def places_of(title: str, answer: Answer) -> set[str]:
    """Where the search found it: in its own line, and in those below, until one begins with another title."""
    (rows,) = re.findall(rf"^{title} +movie.*\n(?: +.*\n)*", answer.out, re.MULTILINE)
    return set(re.findall(r"\w+: \w+(?: \w+)*", rows))


def test_the_demo_as_json_is_a_document_a_line(playbill: CommandLine, scratch: Path) -> None:
    answer = playbill.run("demo", "--json", TMPDIR=str(scratch))

    types = [document["type"] for document in answer.documents]
    assert (answer.code, answer.err, set(types[:-2])) == (exits.COMPLETED, "", {"sync_progress.v1"})
    assert types[-2:] == ["home_answer.v1", "search_answer.v1"]
    assert {section["source_id"] for section in answer.documents[-2]["sections"]} == {"iptv", "plex", "jellyfin"}
    assert {place["source_id"] for place in answer.documents[-1]["titles"][0]["places"]} == {"iptv", "plex", "jellyfin"}


def test_a_demo_that_is_interrupted_leaves_nothing(playbill: CommandLine, scratch: Path) -> None:
    with playbill.started("demo", "--json", TMPDIR=str(scratch)) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        answer = ended(process)

    assert answer.code in (exits.CANCELLED, exits.COMPLETED)
    assert list(scratch.iterdir()) == []
