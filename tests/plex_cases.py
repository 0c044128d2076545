"""A Plex server's answers without a server: listings that page, or do not, and the way through a walk."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from actors.sources.ask import Ask
from actors.sources.walk import Walk
from contracts.errors import PlaybillError

DATA = Path(__file__).parent / "data" / "plex"
RECORDED = Path(__file__).resolve().parents[1].parent / "shared" / "recorded" / "plex"
ASKS_MAX = 1_000
Answer = Callable[[Ask], bytes | PlaybillError]


def data(name: str) -> bytes:
    return (DATA / f"{name}.json").read_bytes()


def container(**children: Any) -> bytes:
    return json.dumps({"MediaContainer": children}).encode()


def movies(count: int, start: int = 0) -> list[dict[str, Any]]:
    return [{"ratingKey": str(number), "type": "movie", "title": f"Film {number}"} for number in range(start, start + count)]


def bounds(ask: Ask) -> tuple[int, int]:
    """Where the page begins and how large it is to be."""
    params = dict(ask.params)
    return int(params["X-Plex-Container-Start"]), int(params["X-Plex-Container-Size"])


def pages(rows: list[dict[str, Any]], *, total: int | None = None, cap: int | None = None) -> Answer:
    """A server that keeps to the protocol, but for the total it announces and the rows it gives at most."""

    def answer(ask: Ask) -> bytes:
        start, size = bounds(ask)
        page = rows[start : start + min(size, cap or size)]
        fields: dict[str, Any] = {"size": len(page), "offset": start, "totalSize": len(rows) if total is None else total}
        return container(**fields, **({"Metadata": page} if page else {}))

    return answer


def walked(walk: Walk, answer: Answer) -> list[bytes]:
    """All slices, as the fetcher gets them. Raises what ends the step."""
    slices: list[bytes] = []
    for _ in range(ASKS_MAX):
        ask = walk.ask()
        if ask is None:
            return slices
        slices += _one(walk, answer(ask))
    raise AssertionError("the walk does not end")


def _one(walk: Walk, answer: bytes | PlaybillError) -> list[bytes]:
    try:
        if isinstance(answer, PlaybillError):
            raise answer
        return walk.take(answer)
    except PlaybillError as error:
        instead = walk.failed(error)
        if instead is None:
            raise
        return instead


def entries(slices: list[bytes]) -> list[Any]:
    return [entry for body in slices for entry in json.loads(body)]


def ids(slices: list[bytes]) -> list[str | None]:
    return [entry.get("ratingKey") for entry in entries(slices)]
