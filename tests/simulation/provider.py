"""A provider in memory: the six listings, mutated between syncs, with its own record of what it served."""

import json
import random
from typing import Any

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

    def answer(self, step: str, *, flaps: bool) -> list[dict[str, Any]]:
        """The entries of one answer. A server that flaps shows this asker other names, and takes them back for the next."""
        entries = [{"num": number, **entry} for number, entry in enumerate(self.listings[step], start=1)]
        if flaps:
            name = "category_name" if step.endswith("categories") else "name"
            for entry in self._rng.sample(entries, k=min(len(entries), 3)):
                entry[name] = f"Flapped {self._rng.random():.6f}"
        return entries

    def change(self) -> None:
        """Edit, add and reorder entries; nothing is taken away, so that what was stored stays true."""
        for step in ACTIONS:
            entries = self.listings[step]
            for entry in self._rng.sample(entries, k=min(len(entries), self._rng.randrange(3))):
                entry["category_name" if step.endswith("categories") else "name"] = f"Edited {self._rng.random():.6f}"
            for _ in range(self._rng.randrange(3)):
                entries.insert(self._rng.randrange(len(entries) + 1), self._entry(step))

    def take_away(self) -> None:
        """Mostly a few entries go, now and then most, a whole listing, or every id is another one."""
        for step in ACTIONS:
            entries = self.listings[step]
            share = self._rng.choice([0, 0, 0.05, 0.1, 0.1, 0.3, 0.9, 1])
            self.listings[step] = [entry for entry in entries if self._rng.random() >= share]
        if self._rng.random() < 0.2:
            self._give_new_ids(self._rng.choice(["channels", "movies", "series"]))

    def _give_new_ids(self, step: str) -> None:
        key = "series_id" if step == "series" else "stream_id"
        for entry in self.listings[step]:
            if key in entry:
                self._next_id += 1
                entry[key] = self._next_id

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
        return readable(step, self.listings[step])


def readable(step: str, entries: list[dict[str, Any]]) -> dict[str, str]:
    """Remote id to title of the entries that have an id."""
    if step.endswith("categories"):
        return {entry["category_id"]: entry["category_name"] for entry in entries}
    key = "series_id" if step == "series" else "stream_id"
    return {str(entry[key]): entry["name"] for entry in entries if key in entry}


def body_of(entries: list[dict[str, Any]]) -> bytes:
    return json.dumps(entries, separators=(",", ":")).encode()
