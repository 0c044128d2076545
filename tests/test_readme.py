"""What the README says works: its commands, its settings, its script, its query, its targets and its numbers."""

import asyncio
import inspect
import os
import re
import shlex
import sys
import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from actors.cli import exits
from actors.cli.main import _COMMANDS, application
from actors.demo import PlexServer, demo_plex_library
from actors.demo.__main__ import KINDS, switch
from actors.settings import load
from actors.settings.shape import NatsSettings
from contracts import subjects
from contracts.catalog import SourceKind
from contracts.channels import queries
from tests.playbill_room import WAIT_S, Running, playbill

TOP: Final = Path(__file__).resolve().parents[1]
TEXT: Final = (TOP / "README.md").read_text(encoding="utf-8")
BLOCKS: Final = re.findall(r"^```(\w+)\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)
SHELL: Final = [line.partition(" #")[0].strip() for kind, text in BLOCKS if kind == "sh" for line in text.splitlines()]
SPANS: Final = [
    " ".join(span.split()) for span in re.findall(r"`([^`]+)`", re.sub(r"^```.*?^```", "", TEXT, flags=re.DOTALL | re.MULTILINE))
]
EXAMPLES: Final = {"ROLE": "fetcher", "SOURCE": "plex"}


def block(kind: str, beginning: str = "") -> str:
    """The only block of its kind that begins so."""
    (text,) = [text for found, text in BLOCKS if found == kind and text.startswith(beginning)]
    return str(text)


def command_lines() -> list[str]:
    inner = [found for line in SHELL for found in re.findall(r"\$\((playbill [^)]*)\)", line)]
    return [line for line in (*SHELL, *inner, *SPANS) if line.startswith("playbill ")]


@pytest.mark.parametrize("line", command_lines())
def test_every_command_of_the_readme_is_understood(line: str) -> None:
    tokens = [EXAMPLES.get(token, token) for token in shlex.split(line)[1:]]

    if len(tokens) == 1:
        assert tokens[0] in {name for name, _, _ in _COMMANDS}
        return
    command, _, _ = application().parse_args(tokens, print_error=False, exit_on_error=False)
    assert command.__module__.startswith("actors.cli.")


def test_commands_that_have_json_are_those_it_names() -> None:
    (said,) = re.findall(r"Every command has `--help`; (.*?) have\s`--json`", TEXT, re.DOTALL)
    have = {
        name
        for name, place, _ in _COMMANDS
        if "json"
        in inspect.signature(getattr(import_module(f"actors.cli.{place.split(':')[0]}"), place.split(":")[1])).parameters
    }

    assert set(re.findall(r"`(\w+)`", said)) == have - {"demo"}


def test_the_settings_of_the_readme_load(tmp_path: Path) -> None:
    file = tmp_path / "playbill.toml"
    file.write_text(block("toml", "[[source]]"), encoding="utf-8")

    sources = {source.source_id: source for source in load(file, {}).sources}
    assert [source.kind for source in sources.values()] == [SourceKind.PLEX, SourceKind.JELLYFIN, SourceKind.XTREAM]
    assert sources["plex"].music
    assert sources["iptv"].exclude_categories == ("XXX*", "For Adults")


def test_the_settings_of_the_bus_in_the_readme_exist() -> None:
    named = tomllib.loads(block("toml", "[nats]"))["nats"]

    assert set(named) | {"key_file"} <= set(NatsSettings.__struct_encode_fields__)


def test_the_targets_of_the_readme_exist() -> None:
    rules = set(re.findall(r"^([a-z-]+):", (TOP / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))

    assert {line.split()[1] for line in (*SHELL, *SPANS) if line.startswith("make ")} <= rules


def test_the_files_it_links_to_are_there() -> None:
    assert [link for link in re.findall(r"\]\(([^)#]+)\)", TEXT) if not (TOP / link).exists()] == []


def test_the_exit_codes_are_those_of_the_command_line() -> None:
    (said,) = re.findall(r"^Exit codes: (.*)\.$", TEXT, re.MULTILINE)
    words = {"completed": exits.COMPLETED, "usage or settings": exits.USAGE, "partial": exits.PARTIAL, "failed": exits.FAILED}

    listed = {word: int(code) for code, word in (part.split(" ", 1) for part in said.split(", "))}
    assert listed == {**words, "cancelled": exits.CANCELLED, "in use by another writer": exits.IN_USE}


def test_the_subjects_of_the_readme_are_spelled_as_the_bus_spells_them() -> None:
    said = set(
        re.findall(r"playbill\.[a-z.*]+[a-z*]", block("python") + "\n".join(line for line in SHELL if line.startswith("nats")))
    )

    assert said == {
        subjects.request("plex"),
        subjects.progress("plex"),
        subjects.progress("*"),
        subjects.cancel_source("plex"),
        subjects.event("plex", "*"),
        *(subject for subject, _ in questions()),
    }


def questions() -> list[tuple[str, bytes]]:
    """Subject and body of each question that a shell asks."""
    asked = [shlex.split(line) for line in SHELL if line.startswith("nats req ")]
    return [(words[2], words[3].encode()) for words in asked]


def test_the_questions_of_the_readme_are_all_that_there_are() -> None:
    known = {subjects.query(name) for name in queries()}
    (others,) = re.findall(r"^The other questions are (.*?)\. ", TEXT, re.MULTILINE)

    assert {subject for subject, _ in questions()} | {subjects.query(name) for name in re.findall(r"`(\w+)`", others)} == known


def test_the_stand_in_servers_are_started_as_it_says() -> None:
    (said,) = re.findall(r"^No server at hand\? (.*?)\n\n", TEXT, re.DOTALL | re.MULTILINE)
    of_xtream, of_plex = said.split("of Plex")

    assert set(re.findall(r"--kind (\w+)", said)) == set(KINDS)
    assert [switch(text)[1] for text in re.findall(r"--set (\w\S+=[^`]+)", of_xtream)] == ["account", "drip_bytes_per_s"]
    assert [switch(text, "plex")[1] for text in re.findall(r"--set (\w\S+=[^`]+)", of_plex)] == ["hub_fails"]


async def test_the_script_of_the_readme_runs_and_then_its_questions_are_answered(tmp_path: Path) -> None:
    with PlexServer(demo_plex_library()) as server:
        async with playbill(tmp_path, {}, servers={"plex": server}) as running:
            bus = running.supervisor.client_config()
            login = {"NATS_URL": bus.url, "NATS_USER": str(bus.user), "NATS_PASSWORD": str(bus.password)}
            script = await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", block("python")), env={**os.environ, **login}, stdout=asyncio.subprocess.PIPE
            )
            async with asyncio.timeout(WAIT_S):
                said, _ = await script.communicate()
            (query,) = [shlex.split(line)[2] for line in SHELL if line.startswith("sqlite3 ")]
            films = running.rows(query)
            answers = {subject: await asked(running, subject, body) for subject, body in questions()}

    assert script.returncode == 0
    assert said.decode().splitlines()[-1].split()[0] == "100"
    assert len(films) == 10
    assert {subject: answer["type"] for subject, answer in answers.items()} == {
        subject: f"{subject.rpartition('.')[2]}_answer.v1" for subject, _ in questions()
    }
    assert answers[subjects.query("search")]["titles"]
    assert answers[subjects.query("home")]["sections"]
    assert answers[subjects.query("sync")]["started"]


async def asked(running: Running, subject: str, body: bytes) -> dict[str, Any]:
    """What anyone on the bus is answered."""
    reply = await running.client.connection.client.request(subject, body, timeout=WAIT_S)
    answer: dict[str, Any] = msgspec.json.decode(reply.data)
    return answer
