"""What ARCHITECTURE.md says of the rooms, the bus, the dependencies, the steps and the words is so."""

import re
import tomllib
from itertools import takewhile
from pathlib import Path
from typing import Any, Final

import pytest
from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig

import contracts.errors
import contracts.messages
from actors.runtime.provision import streams
from actors.sources import source
from actors.store.schema import MIGRATIONS
from contracts import catalog, subjects
from contracts.catalog import ItemKind, Library, Part, SourceKind
from contracts.channels import queries

TOP: Final = Path(__file__).resolve().parents[1]
TEXT: Final = (TOP / "ARCHITECTURE.md").read_text(encoding="utf-8")
SPANS: Final[list[str]] = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", TEXT, flags=re.DOTALL | re.MULTILINE))
PROJECT: Final[dict[str, Any]] = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))
DAY_S, HOUR_S = 24 * 3_600, 3_600


def table(head: str) -> list[list[str]]:
    """The rows of the table whose head begins so, without backticks."""
    lines = TEXT.splitlines()
    first = lines.index(next(line for line in lines if line.startswith(f"| {head} |"))) + 2
    rows = takewhile(lambda line: line.startswith("|"), lines[first:])
    return [[cell.strip().replace("`", "") for cell in row.strip("|").split("|")] for row in rows]


def test_every_room_is_listed_and_every_listed_room_exists() -> None:
    listed = [row[0] for row in table("room")]
    packages = {f"actors/{folder.parent.name}/" for folder in (TOP / "actors").glob("*/__init__.py")}
    modules = {f"actors/{file.name}" for file in (TOP / "actors").glob("*.py") if file.name != "__init__.py"}

    assert sorted(listed) == sorted({"contracts/", *packages, *modules})


def test_the_doors_are_those_that_the_import_rules_guard() -> None:
    rules = [rule for rule in PROJECT["tool"]["importlinter"]["contracts"] if rule["type"] == "protected"]
    guarded = {(library, room) for rule in rules for library in rule["protected_modules"] for room in rule["allowed_importers"]}
    listed = {
        (library, row[0].removesuffix("/").removesuffix(".py").replace("/", "."))
        for row in table("room")
        for library in row[2].split(", ")
        if library and row[0] != "contracts/"
    }

    assert listed == {(library, room) for library, room in guarded if library not in ("sqlite3", "actors.settings")}


def test_the_streams_are_those_that_are_made() -> None:
    listed = {row[0]: tuple(row[1:]) for row in table("stream")}

    assert listed == {stream.name: row_of(stream) for stream in streams()}


def row_of(stream: StreamConfig) -> tuple[str, str, str]:
    full = {DiscardPolicy.NEW: "refuses", DiscardPolicy.OLD: "drops the oldest"}
    return ", ".join(stream.subjects or []), kept(stream), full[stream.discard or DiscardPolicy.OLD]


def kept(stream: StreamConfig) -> str:
    if stream.retention is RetentionPolicy.WORK_QUEUE:
        return "work queue"
    last = {
        subjects.STREAM_CANCELS: "last per target",
        subjects.STREAM_PROGRESS: "last per source and part",
        subjects.STREAM_HEALTH: "last per process",
    }
    age = aged(int(stream.max_age or 0))
    name = last[stream.name or ""] if stream.max_msgs_per_subject == 1 else ""
    where = "in memory" if stream.storage is StorageType.MEMORY else ""
    return ", ".join(part for part in (name, age, where) if part)


def aged(seconds: int) -> str:
    if seconds >= DAY_S:
        return f"{seconds // DAY_S} days"
    return f"{seconds // HOUR_S} hours" if seconds >= HOUR_S else f"{seconds} seconds" if seconds else ""


def test_the_dependencies_are_those_of_the_project() -> None:
    declared = [re.split(r"[<>=~!\[;]", line)[0] for line in PROJECT["project"]["dependencies"]]

    assert sorted(row[0] for row in table("library")) == sorted(declared)


@pytest.mark.parametrize(
    ("begins", "kind"),
    [
        ("The steps of an Xtream account", SourceKind.XTREAM),
        ("The steps of a Plex server", SourceKind.PLEX),
        ("The steps of a Jellyfin server", SourceKind.JELLYFIN),
    ],
)
def test_the_steps_of_each_kind_are_those_of_its_source(begins: str, kind: SourceKind) -> None:
    (said,) = re.findall(rf"^{begins}, in their order: (.*?)\.", TEXT, re.DOTALL | re.MULTILINE)

    assert re.findall(r"`(\w+)`", said) == [definition.step for definition in source(kind).steps]


def test_the_steps_of_libraries_are_those_that_libraries_become() -> None:
    said = set(re.findall(r"`([a-z]+)\.\d`", TEXT))

    every = (library_of("movies"), library_of("videos"))
    names = {
        step.step.partition(".")[0]
        for kind in (SourceKind.PLEX, SourceKind.JELLYFIN)
        for of in every
        for step in source(kind).library_steps(of)
    }
    assert said == names


def library_of(library_type: str) -> Library:
    """One that holds items of every kind that is listed."""
    only_on_home_pages = (ItemKind.VIDEO, ItemKind.COLLECTION, ItemKind.PLAYLIST, ItemKind.FOLDER)
    return Library("1", "Everything", library_type, 0, [kind for kind in ItemKind if kind not in only_on_home_pages])


def test_the_questions_are_those_that_are_answered() -> None:
    listed = {row[0]: (row[1], row[2]) for row in table("question")}

    assert listed == {
        kind.__name__: (subjects.query(name), kind.__name__.replace("Query", "Answer")) for name, kind in queries().items()
    }


def test_the_versions_of_the_store_are_its_migrations() -> None:
    assert [int(row[0]) for row in table("version")] == list(range(1, len(MIGRATIONS) + 1))


@pytest.mark.parametrize("word", sorted({span for span in SPANS if re.fullmatch(r"(?:[A-Z][a-z]+){2,}", span)}))
def test_the_words_of_the_bus_exist(word: str) -> None:
    assert any(hasattr(room, word) for room in (contracts.messages, contracts.errors, catalog))


@pytest.mark.parametrize("path", sorted({span for span in SPANS if re.fullmatch(r"[\w.]+(?:/[\w.]*)+", span)}))
def test_the_files_it_names_exist(path: str) -> None:
    assert (TOP / path).exists()


SUBJECTS: Final = {span for span in SPANS if re.fullmatch(r"playbill\.[a-z.*>{}<_]+", span)} - {"playbill.toml"}


@pytest.mark.parametrize("subject", sorted(SUBJECTS))
def test_the_subjects_it_names_are_spelled_as_the_bus_spells_them(subject: str) -> None:
    named = subject.replace("<source>", "iptv").replace("<part>", Part.CATALOGUE).replace("<actor>", "parser")
    known = [pattern for stream in streams() for pattern in stream.subjects or []]

    heard = [subjects.CANCELS_HEARD, subjects.PROGRESS, subjects.QUERIES]
    assert any(matches(pattern, named) for pattern in (*known, *heard))


def matches(pattern: str, subject: str) -> bool:
    return re.fullmatch(re.escape(pattern).replace(r"\*", r"[^.]+").replace(">", ".+"), subject) is not None
