"""The rules on who may import whom hold, and would be noticed if they were broken."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[1]
PLANTS = {
    "contracts/limits.py": ["import httpx", "from actors import cancels"],
    "actors/parser.py": ["import nats.js", "import structlog", "import rich.table", "import actors.settings"],
    "actors/progress/fold.py": ["import stamina", "import sqlite3", "import aiosqlite", "import websockets", "import cronsim"],
    "actors/store/records.py": ["import cyclopts", "import httpcore"],
}
"""Into each file, imports that it must not have. Together they break every contract."""
UPWARD = {
    "an actor that imports another": ("actors/parser.py", "import actors.writer.config"),
    "a store that knows the sources": ("actors/store/records.py", "import actors.sources"),
    "a runtime that knows the store": ("actors/runtime/config.py", "import actors.store.records"),
    "an actor that knows the command line": ("actors/writer/config.py", "import actors.cli"),
}


def planted(place: Path, plants: dict[str, list[str]]) -> str:
    """What the import linter says of a copy of the sources with these lines added."""
    for package in ("actors", "contracts"):
        shutil.copytree(TOP / package, place / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(TOP / "pyproject.toml", place)
    for file, lines in plants.items():
        with (place / file).open("a", encoding="utf-8") as source:
            source.write("\n".join(["", *lines, ""]))
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()", "--no-cache"]
    said = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False, timeout=60)
    return said.stdout + said.stderr


def test_every_rule_notices_that_it_is_broken(tmp_path: Path) -> None:
    said = planted(tmp_path, PLANTS)

    assert "Contracts: 0 kept," in said, said


@pytest.mark.parametrize("plant", UPWARD.values(), ids=UPWARD)
def test_imports_that_point_up_or_sideways_are_noticed(tmp_path: Path, plant: tuple[str, str]) -> None:
    file, line = plant

    said = planted(tmp_path, {file: [line]})

    assert "imports point down, and actors never import each other BROKEN" in said, said


def test_contracts_import_msgspec_and_the_standard_library_only() -> None:
    allowed = sys.stdlib_module_names | {"msgspec", "contracts"}
    imported = {
        name.partition(".")[0]
        for file in (TOP / "contracts").glob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        for name in _names(node)
    }

    assert imported <= allowed


def _names(node: ast.AST) -> list[str]:
    match node:
        case ast.Import(names=names):
            return [name.name for name in names]
        case ast.ImportFrom(module=str(module)):
            return [module]
        case _:
            return []
