"""What the recorded Plex answers become; `python -m tests.plex_recorded` writes it down as what is expected of them."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec

from actors.sources.answer import Read
from actors.sources.ask import Session
from actors.sources.plex import read, walk
from contracts.errors import UnexpectedAnswer
from tests.plex_cases import DATA, RECORDED, container, walked

EXPECTED = DATA / "recorded_expected.json"
LISTED = ("movie", "show", "season", "episode", "artist", "album", "track")
FULL_ROWS = (
    "plex-api-spec-tests/get-library-items-3.json",
    "plex-api-spec-tests/get-media-meta-data-2.json",
    "plex-api.rs/server/media/music_tracks.json",
    "plex-api.rs/server/media/tv_seasons.json",
    "plex-api.rs/timeline/metadata_182_1.json",
)


def recorded() -> list[Path]:
    return sorted(path for path in RECORDED.rglob("*") if path.is_file())


def containers() -> list[Path]:
    """Those that are not refused as a whole."""
    return [path for path in recorded() if "refused" not in outcome(path)]


def name_of(path: Path) -> str:
    return path.relative_to(RECORDED).as_posix()


def outcome(path: Path) -> dict[str, Any]:
    """What became of one answer: its rows and rejects as each listing it may be, and as items of the home page."""
    body = path.read_bytes()
    try:
        document = json.loads(body)["MediaContainer"]
    except (ValueError, KeyError):
        return {"refused": refusal(body)}
    found: dict[str, Any] = {}
    for kind in LISTED:
        if any(entry.get("type") == kind for entry in document.get("Metadata", ())):
            found[f"{kind}s"] = listed(f"{kind}s.{document.get('librarySectionID', 1)}", body)
    if home := on_the_home_page(document):
        found["home"] = home
    return found


def refusal(body: bytes) -> str:
    found = walk("movies.1", Session(), 250)
    assert found is not None
    try:
        found.take(body)
    except UnexpectedAnswer as error:
        return error.text
    return "taken"


def listed(step: str, body: bytes) -> dict[str, Any]:
    rows, doubt = read_listing(step, body)
    said: dict[str, Any] = {"rows": len(rows.items)}
    if rows.rejects:
        said["rejects"] = dict(Counter(reject.reason for reject in rows.rejects))
    return said | ({"doubt": doubt} if doubt else {})


def read_listing(step: str, body: bytes) -> tuple[Read, str | None]:
    """The answer as the first page of a listing whose second is empty."""
    found = walk(step, Session(), 250)
    assert found is not None
    answers = iter([body, container(size=0)])
    slices = walked(found, lambda ask: next(answers))
    return joined(step, slices), found.doubt


def read_home(hubs: bytes) -> Read:
    """The hubs, of which nothing more can be had."""
    found = walk("home", Session(), 250)
    assert found is not None
    return joined("home", walked(found, lambda ask: hubs if ask.path == "hubs/promoted" else container(size=0)))


def joined(step: str, slices: list[bytes]) -> Read:
    parts = [read(step, body, ()) for body in slices]
    return Read(
        items=[item for part in parts for item in part.items],
        sections=[section for part in parts for section in part.sections],
        rejects=[reject for part in parts for reject in part.rejects],
    )


def children(document: dict[str, Any]) -> list[Any]:
    found = [result.get("Metadata") or result.get("Directory") for result in document.get("SearchResult", ())]
    return [*found, *document.get("Metadata", ()), *document.get("Directory", ())]


def on_the_home_page(document: dict[str, Any]) -> dict[str, Any]:
    """Hubs as they are; the children of any other answer as those of one hub."""
    hubs = document.get("Hub") or [{"hubIdentifier": "recorded", "Metadata": children(document)}]
    rows = read_home(container(Hub=hubs))
    said: dict[str, Any] = {}
    for section in rows.sections:
        kinds = dict(Counter(item.kind.value for item in section.items))
        said[f"{section.hub_identifier} ({section.section_type})"] = kinds | (
            {"failure": section.failure} if section.failure else {}
        )
    if rows.rejects:
        said["rejects"] = dict(Counter(reject.reason for reject in rows.rejects))
    return said if said != {"recorded (recorded)": {}} else {}


def full_row(name: str) -> Any:
    """The first row of a listing, in full."""
    body = (RECORDED / name).read_bytes()
    document = json.loads(body)["MediaContainer"]
    step = f"{document['Metadata'][0]['type']}s.{document['librarySectionID']}"
    return msgspec.to_builtins(read_listing(step, body)[0].items[0])


def everything() -> dict[str, Any]:
    answers = {name_of(path): outcome(path) for path in recorded()}
    return {"answers": answers, "full_rows": {name: full_row(name) for name in FULL_ROWS}}


if __name__ == "__main__":
    EXPECTED.write_text(json.dumps(everything(), ensure_ascii=False, indent=1) + "\n")
