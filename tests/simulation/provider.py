"""A provider in memory: the six listings, mutated between syncs, with its own record of what it served."""

import json
import random
from typing import Any

from msgspec import Struct

ACTIONS = ("channel_categories", "channels", "movie_categories", "movies", "series_categories", "series")
_CATEGORIES_OF = {"channels": "channel_categories", "movies": "movie_categories", "series": "series_categories"}


class Provider:
    """What a server would answer, step by step."""

    def __init__(self, rng: random.Random, entries_max: int = 40) -> None:
        self._rng = rng
        self._entries_max = entries_max
        self.listings: dict[str, list[dict[str, Any]]] = {}
        self._next_id = 1
        for step in ACTIONS:
            self.listings[step] = [self._entry(step) for _ in range(rng.randrange(1, entries_max))]

    def body(self, step: str) -> bytes:
        entries = [{"num": number, **entry} for number, entry in enumerate(self.listings[step], start=1)]
        return json.dumps(entries, separators=(",", ":")).encode()

    def change(self) -> None:
        """Edit, add and reorder entries; nothing is taken away, so that what was stored stays true."""
        for step in ACTIONS:
            entries = self.listings[step]
            for entry in self._rng.sample(entries, k=min(len(entries), self._rng.randrange(3))):
                entry["category_name" if step.endswith("categories") else "name"] = f"Edited {self._rng.random():.6f}"
            for _ in range(self._rng.randrange(3)):
                entries.insert(self._rng.randrange(len(entries) + 1), self._entry(step))

    def _entry(self, step: str) -> dict[str, Any]:
        self._next_id += 1
        number = self._next_id
        if step.endswith("categories"):
            return {"category_id": str(number), "category_name": f"Category {number}", "parent_id": 0}
        if self._rng.random() < 0.05:
            return {"name": f"Without an id {number}"}
        categories = self.listings.get(_CATEGORIES_OF[step]) or [{"category_id": "7"}]
        category = self._rng.choice([*(entry["category_id"] for entry in categories), "unlisted"])
        key = "series_id" if step == "series" else "stream_id"
        return {key: number, "name": f"Title {number} é", "category_id": category, "rating": self._rng.choice(["7,1", "", 5])}

    def readable(self, step: str) -> dict[str, str]:
        """Remote id to title of every entry that can be read: what the catalogue must hold."""
        if step.endswith("categories"):
            return {entry["category_id"]: entry["category_name"] for entry in self.listings[step]}
        key = "series_id" if step == "series" else "stream_id"
        return {str(entry[key]): entry["name"] for entry in self.listings[step] if key in entry}


class Served(Struct, frozen=True):
    """One whole answer, as the provider remembers it."""

    step: str
    entries: int
