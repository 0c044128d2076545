"""What the tests of the Jellyfin source share: fixtures, and a pure server that answers the asks of a walk."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from actors.sources.ask import Ask, Session
from actors.sources.walk import Walk
from contracts.errors import PlaybillError

DATA = Path(__file__).parent / "data" / "jellyfin"
RECORDED = Path(__file__).resolve().parents[1].parent / "shared" / "recorded" / "jellyfin"
SESSION = Session(token="t0ken", user_id="1ae8a43ed293456da28274f1a89cd2a5", is_renewable=True)
ASKS_MAX = 200

Answer = bytes | PlaybillError


def fixture(name: str) -> Any:
    return json.loads((DATA / name).read_text())


def encoded(value: Any) -> bytes:
    return msgspec.json.encode(value)


def result(items: list[Any], total: int | None = None) -> bytes:
    """A `QueryResult`."""
    return encoded({"Items": items, "TotalRecordCount": len(items) if total is None else total, "StartIndex": 0})


def params(ask: Ask) -> dict[str, str]:
    return dict(ask.params)


def walked(walk: Walk, answer: Callable[[Ask], Answer]) -> tuple[list[Ask], list[bytes], PlaybillError | None]:
    """The asks, the slices, and what ended the walk early. A failure goes to the walk, as the fetcher does it."""
    asks: list[Ask] = []
    slices: list[bytes] = []
    while (ask := walk.ask()) is not None:
        asks.append(ask)
        assert len(asks) < ASKS_MAX, "the walk does not end"
        given = answer(ask)
        try:
            if isinstance(given, PlaybillError):
                raise given
            slices += walk.take(given)
        except PlaybillError as error:
            instead = walk.failed(error)
            if instead is None:
                return asks, slices, error
            slices += instead
    return asks, slices, None


def entries(slices: list[bytes]) -> list[Any]:
    return [entry for body in slices for entry in json.loads(body)]


def films(count: int) -> list[dict[str, Any]]:
    return [{"Id": f"{number:032x}", "Name": f"Film {number}", "Type": "Movie"} for number in range(1, count + 1)]


class Shelf:
    """A listing in pages as `Items` gives it. `counts` is what it announces each time it counts; the last one stays."""

    def __init__(self, items: list[Any], counts: list[int] | None = None) -> None:
        self.items = items
        self._counts: Iterator[int] | None = iter(counts) if counts else None
        self._count = 0

    def __call__(self, ask: Ask) -> Answer:
        asked = params(ask)
        start, limit = int(asked["StartIndex"]), int(asked["Limit"])
        page = self.items[start : start + limit]
        if asked["EnableTotalRecordCount"] != "true":
            return result(page)
        if self._counts is not None:
            self._count = next(self._counts, self._count)
        return result(page, self._count if self._counts is not None else len(self.items))
