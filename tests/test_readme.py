"""What the README says works: its commands, its settings, its script, its query, its targets and its numbers."""

import asyncio
import inspect
import os
import re
import shlex
import sys
from importlib import import_module
from pathlib import Path
from typing import Final

import pytest

from actors.cli import exits
from actors.cli.main import _COMMANDS, application
from actors.demo import XtreamServer, demo_catalogue
from actors.demo.__main__ import switch
from actors.settings import load
from contracts import subjects
from tests.playbill_room import WAIT_S, playbill

TOP: Final = Path(__file__).resolve().parents[1]
TEXT: Final = (TOP / "README.md").read_text(encoding="utf-8")
BLOCKS: Final = re.findall(r"^```(\w+)\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)
SHELL: Final = [line.partition(" #")[0].strip() for kind, text in BLOCKS if kind == "sh" for line in text.splitlines()]
SPANS: Final = [
    " ".join(span.split()) for span in re.findall(r"`([^`]+)`", re.sub(r"^```.*?^```", "", TEXT, flags=re.DOTALL | re.MULTILINE))
]
EXAMPLES: Final = {"ROLE": "fetcher", "SOURCE": "iptv"}


def block(kind: str) -> str:
    """The only block of its kind."""
    (text,) = [text for found, text in BLOCKS if found == kind]
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
    (said,) = re.findall(r"Every command has `--help`; (.*?) have `--json`", TEXT, re.DOTALL)
    have = {
        name
        for name, place, _ in _COMMANDS
        if "json"
        in inspect.signature(getattr(import_module(f"actors.cli.{place.split(':')[0]}"), place.split(":")[1])).parameters
    }

    assert set(re.findall(r"`(\w+)`", said)) == have - {"demo"}


def test_the_settings_of_the_readme_load(tmp_path: Path) -> None:
    file = tmp_path / "playbill.toml"
    file.write_text(block("toml"), encoding="utf-8")

    (source,) = load(file, {}).sources
    assert source.source_id == "iptv"
    assert source.exclude_categories == ("XXX*", "For Adults")


def test_the_targets_of_the_readme_exist() -> None:
    rules = set(re.findall(r"^([a-z-]+):", (TOP / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))

    assert {line.split()[1] for line in (*SHELL, *SPANS) if line.startswith("make ")} <= rules


def test_the_files_it_links_to_are_there() -> None:
    assert [link for link in re.findall(r"\]\(([^)#]+)\)", TEXT) if not (TOP / link).exists()] == []


def test_the_exit_codes_are_those_of_the_command_line() -> None:
    (said,) = re.findall(r"^Exit codes: (.*)\.$", TEXT, re.MULTILINE)
    words = {"completed": exits.COMPLETED, "usage or settings": exits.USAGE, "partial": exits.PARTIAL, "failed": exits.FAILED}

    listed = {word: int(code) for code, word in (part.split(" ", 1) for part in said.split(", "))}
    assert listed == {**words, "cancelled": exits.CANCELLED}


def test_the_subjects_of_the_readme_are_spelled_as_the_bus_spells_them() -> None:
    said = set(
        re.findall(r"playbill\.[a-z.*]+[a-z*]", block("python") + "\n".join(line for line in SHELL if line.startswith("nats")))
    )

    assert said == {
        subjects.request("iptv"),
        subjects.progress("iptv"),
        subjects.progress("*"),
        subjects.cancel_source("iptv"),
        subjects.event("iptv", "*"),
    }


def test_the_switches_of_the_stand_in_provider_exist() -> None:
    switches = [span.removeprefix("--set ") for span in SPANS if span.startswith("--set ")]

    assert [switch(text)[1] for text in switches] == ["account", "drip_bytes_per_s"]


async def test_the_script_of_the_readme_runs_and_then_its_query_finds_films(tmp_path: Path) -> None:
    with XtreamServer(demo_catalogue()) as provider:
        async with playbill(tmp_path, {"iptv": provider.url}) as running:
            bus = running.supervisor.client_config()
            login = {"NATS_URL": bus.url, "NATS_USER": str(bus.user), "NATS_PASSWORD": str(bus.password)}
            script = await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", block("python")), env={**os.environ, **login}, stdout=asyncio.subprocess.PIPE
            )
            async with asyncio.timeout(WAIT_S):
                said, _ = await script.communicate()
            (query,) = [shlex.split(line)[2] for line in SHELL if line.startswith("sqlite3 ")]
            films = running.rows(query)

    assert script.returncode == 0
    assert said.decode().splitlines()[-1].split()[0] == "100"
    assert len(films) == 10
