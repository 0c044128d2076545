"""Every recorded Jellyfin payload: each item or view in it a row or a reject, as the rows kept beside the tests say."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from actors.sources.jellyfin import read
from contracts.catalog import Item, Library, Reject
from tests.jellyfin_room import DATA, RECORDED, encoded

pytestmark = pytest.mark.skipif(not RECORDED.exists(), reason="the recorded payloads are not beside the repository")

EXPECTED: dict[str, Any] = json.loads((DATA / "recorded_expected.json").read_text())
STEPS = {
    "MusicArtist": "artists",
    "MusicAlbum": "albums",
    "Audio": "tracks",
    "Movie": "movies",
    "Series": "shows",
    "Season": "seasons",
    "Episode": "episodes",
}


def recorded_items(document: Any) -> Iterator[dict[str, Any]]:
    """The items anywhere in a payload: it may be one, a session that plays one, or a queue of them."""
    if isinstance(document, dict) and document.get("Type") in STEPS and "Id" in document and "Protocol" not in document:
        yield document
        return
    for part in document.values() if isinstance(document, dict) else document if isinstance(document, list) else ():
        yield from recorded_items(part)


def found_in(path: Path) -> list[Item | Library | Reject]:
    document = json.loads(path.read_bytes())
    if path.name.startswith("virtualFolder"):
        views = [{"Id": folder["ItemId"], **folder} for folder in document]
        found = read("libraries", encoded(views), ())
        return [*found.libraries, *found.rejects]
    rows: list[Item | Library | Reject] = []
    for item in recorded_items(document):
        part = read(f"{STEPS[item['Type']]}.recorded", encoded([item]), ())
        assert len(part.items) + len(part.rejects) + part.excluded == 1
        rows += [*part.items, *part.rejects]
    return rows


def payloads() -> list[str]:
    return sorted(str(path.relative_to(RECORDED)) for path in RECORDED.rglob("*.json")) if RECORDED.exists() else []


@pytest.mark.parametrize("name", payloads())
def test_a_recorded_payload_becomes_the_rows_that_are_expected(name: str) -> None:
    found = found_in(RECORDED / name)

    expected = EXPECTED[name]
    assert not any(isinstance(row, Reject) for row in found)
    assert len(found) == expected["rows"]
    assert msgspec.to_builtins(found[: len(expected["first"])]) == expected["first"]


def test_every_recorded_payload_is_expected() -> None:
    assert sorted(EXPECTED) == payloads()


@pytest.mark.parametrize("name", payloads())
def test_what_a_payload_holds_fits_a_home_section_too(name: str) -> None:
    items = list(recorded_items(json.loads((RECORDED / name).read_bytes())))
    hub = {"identifier": "resume", "title": "Resume", "section_type": "resume", "position": 0, "context": "resume"}

    found = read("home", encoded([{"hub": hub, "items": items}]), ())

    assert found.rejects == []
    assert len(found.sections[0].items) == len(items)
