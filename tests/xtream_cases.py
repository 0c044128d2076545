"""The table of oddities in `fixtures/xtream`, and the recorded listings beside the repository."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

FIXTURES = Path(__file__).resolve().parent / "fixtures" / "xtream"
RECORDED = Path(__file__).resolve().parents[1].parent / "shared" / "recorded" / "xtream"
STEPS = {
    "get_live_categories": "channel_categories",
    "get_live_streams": "channels",
    "get_vod_categories": "movie_categories",
    "get_vod_streams": "movies",
    "get_series_categories": "series_categories",
    "get_series": "series",
    "categories": "channel_categories",
    "channels": "channels",
    "channels-page1": "channels",
    "channels-page2": "channels",
    "movie-categories": "movie_categories",
    "movies": "movies",
    "movies-page1": "movies",
    "show-categories": "series_categories",
    "shows": "series",
    "shows-page1": "series",
}


def document(name: str) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode((FIXTURES / f"{name}.json").read_bytes())
    return found


def cases(*names: str) -> list[Any]:
    return [pytest.param(case, id=f"{name}: {case['quirk']}") for name in names for case in document(name)["cases"]]


def steps_and_cases(*names: str) -> list[Any]:
    return [
        pytest.param(found["step"], case, id=f"{name}: {case['quirk']}")
        for name in names
        for found in [document(name)]
        for case in found["cases"]
    ]


def body_of(case: dict[str, Any]) -> bytes:
    return str(case["text"]).encode() if "text" in case else msgspec.json.encode(case["body"])


def recorded_listings() -> list[Any]:
    """(step, path) of every recorded listing; one that is skipped, saying so, where there are none."""
    found = [(STEPS[path.stem.rpartition(".")[2]], path) for path in sorted(RECORDED.rglob("*.json")) if _is_listing(path)]
    if not found:
        return [pytest.param("", RECORDED, marks=pytest.mark.skip(reason="the recorded payloads are not beside the repository"))]
    return [pytest.param(step, path, id=f"{path.parent.name}/{path.name}") for step, path in found]


def _is_listing(path: Path) -> bool:
    return path.stem.rpartition(".")[2] in STEPS
