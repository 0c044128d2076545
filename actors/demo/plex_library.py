"""What a stand-in Plex server has: its libraries, their items and who watched what, to be changed at any time from any thread."""

import threading
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, TypeVar

import msgspec

from actors.demo.plex_item import LEVELS, PLAYABLE, Item, plex_item
from actors.demo.plex_notices import DELETED, FINISHED, Notice, scan, timeline
from actors.demo.plex_watched import Watch, Watched
from actors.demo.telling import Telling

Found = TypeVar("Found")

_STARTED_S: Final = 1_760_000_000
_CHANGES_FROM: Final = 116_893_155
_TICK_S: Final = 60


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """One library."""

    key: str
    type: str
    title: str
    created_at: int
    updated_at: int
    content_changed_at: int
    """A counter of the whole server, no time."""
    hidden: int = 0
    """0 shown, 1 not on the home page, 2 nowhere."""


class Collection(msgspec.Struct, frozen=True, kw_only=True):
    """A row of titles that somebody put together, shown on the home page."""

    key: int
    section: str
    title: str
    items: tuple[int, ...]


class _Made(msgspec.Struct, frozen=True):
    keys: range
    section: str
    make: Callable[[int], Item]


class PlexLibrary:
    """The libraries of one server. Its clock stands still but for the minute that every change takes."""

    def __init__(
        self,
        *,
        name: str = "The Picture House",
        machine_identifier: str = "5f1d0c7be2a94c01b7d1e8a36c0f4421d3a98e70",
        version: str = "1.43.3.10793-1d2c3b4a5",
    ) -> None:
        self.name, self.machine_identifier, self.version = name, machine_identifier, version
        self.lock = threading.RLock()
        self.revision = 0
        """Moves with every change of the content, not with what is watched."""
        self.rotation = 0
        """Which of the recommendations that come and go is shown; set it to see another."""
        self.notices = Telling[Notice]()
        self.watched = Watched(self.notices)
        self.now_s = _STARTED_S
        """The server's clock, unix seconds."""
        self._changes = _CHANGES_FROM
        self._next_key = 101
        self._sections_made = 0
        self._sections: dict[str, Section] = {}
        self._listed: dict[tuple[str, str], array[int]] = {}
        self._explicit: dict[int, Item] = {}
        self._made: list[_Made] = []
        self._gone: set[int] = set()
        self._leaves: Counter[int] = Counter()
        self._children: Counter[int] = Counter()
        self._collections: dict[int, Collection] = {}
        self._remembered: tuple[int, dict[object, Any]] = (-1, {})

    # --- Libraries ---

    def add_section(self, title: str, kind: str) -> str:
        """A new library: movie, show, artist or photo. Gives its key."""
        with self.lock:
            self._sections_made += 1
            key, now_s = str(self._sections_made), self._tick()
            self._sections[key] = Section(
                key=key, type=kind, title=title, created_at=now_s, updated_at=now_s, content_changed_at=self._changes
            )
            self._listed |= {(key, level): array("q") for level in LEVELS[kind]}
            return key

    def change_section(self, key: str, *, title: str | None = None, hidden: int | None = None) -> None:
        """Rename or hide a library."""
        with self.lock:
            now, given = self._sections[key], {"title": title, "hidden": hidden}
            fields = {name: value for name, value in given.items() if value is not None}
            self._sections[key] = msgspec.structs.replace(now, updated_at=self._tick(), **fields)

    def remove_section(self, key: str) -> None:
        """With all that is in it."""
        with self.lock:
            section = self._sections.pop(key)
            for level in LEVELS[section.type]:
                del self._listed[key, level]
            self._collections = {found: row for found, row in self._collections.items() if row.section != key}
            self._explicit = {found: item for found, item in self._explicit.items() if item["librarySectionID"] != int(key)}
            self._made = [made for made in self._made if made.section != key]
            self._tick()

    @property
    def sections(self) -> list[Section]:
        with self.lock:
            return list(self._sections.values())

    # --- Items ---

    def add(self, section: str, kind: str, title: str, *, parent: str | None = None, **fields: Any) -> str:
        """A new item under its `parent` (a season's show, a track's album). Gives its rating key."""
        with self.lock:
            now_s, key = self._tick(section), self._next_key
            self._next_key += 1
            above = None if parent is None else self._base(int(parent))
            item = plex_item(key, kind, title, above, section, **{"addedAt": now_s, "updatedAt": now_s, **fields})
            self._explicit[key] = item
            self._listed[section, kind].append(key)
            self._count(item, 1)
            self.notices.tell(timeline(item, FINISHED))
            return str(key)

    def add_made(self, section: str, kind: str, count: int, make: Callable[[int], Item]) -> range:
        """Many items at once, made by `make(rating_key)` whenever they are asked for. Gives their keys."""
        with self.lock:
            keys = range(self._next_key, self._next_key + count)
            self._next_key += count
            self._made.append(_Made(keys, section, make))
            self._listed[section, kind].extend(keys)
            self._tick(section)
            self.notices.tell(scan(section))
            return keys

    def change(self, key: str, **fields: Any) -> None:
        """Other fields of an item, None to take one away; `updatedAt` moves, and the picture has another address."""
        with self.lock:
            item = self._base(int(key))
            now_s = self._tick(str(item["librarySectionID"]))
            changed = {**item, "updatedAt": now_s, "thumb": f"/library/metadata/{key}/thumb/{now_s}", **fields}
            self._explicit[int(key)] = {name: value for name, value in changed.items() if value is not None}
            self.notices.tell(timeline(self._explicit[int(key)], FINISHED))

    def remove(self, *keys: str) -> None:
        """Items and all below them."""
        with self.lock:
            for key in [found for top in keys for found in self._with_below(int(top))]:
                item = self._base(key)
                section = str(item["librarySectionID"])
                self.watched.set(item, Watch())
                self._listed[section, item["type"]].remove(key)
                self._count(item, -1)
                self._explicit.pop(key, None)
                self._gone.add(key)
                self._tick(section)
                self.notices.tell(timeline(item, DELETED))

    def keys(self, section: str, kind: str) -> Sequence[int]:
        """The rating keys of one kind, in the order in which they were added."""
        return self._listed.get((section, kind), array("q"))

    def item(self, key: int) -> Item | None:
        """An item with what was watched of it; None when it is not there."""
        with self.lock:
            try:
                item = self._base(key)
            except KeyError:
                return None
            return {**item, **self._counts(key, item), **self.watched[key].fields}

    def remembered(self, name: object, find: Callable[[], Found]) -> Found:
        """What `find` gave, found anew after a change of the content."""
        with self.lock:
            if self._remembered[0] != self.revision:
                self._remembered = (self.revision, {})
            kept = self._remembered[1]
            if name not in kept:
                kept[name] = find()
            found: Found = kept[name]
            return found

    def children(self, key: int) -> list[int]:
        """The seasons of a show, the episodes of a season, and so on; as they were added. Raises KeyError."""
        with self.lock:
            if self._base(key)["type"] in PLAYABLE:
                return []
            return self.remembered("children", self._all_children).get(key, [])

    def leaves(self, key: int) -> list[int]:
        """What can be played below an item; the item itself if it can be played."""
        below = self.children(key)
        return [leaf for child in below for leaf in self.leaves(child)] if below else [key]

    # --- Rows on the home page ---

    def add_collection(self, section: str, title: str, keys: Iterable[str]) -> str:
        with self.lock:
            key = self._next_key
            self._next_key += 1
            self._collections[key] = Collection(key=key, section=section, title=title, items=tuple(map(int, keys)))
            return str(key)

    def remove_collection(self, key: str) -> None:
        with self.lock:
            del self._collections[int(key)]

    @property
    def collections(self) -> list[Collection]:
        """Without the items that are gone."""
        with self.lock:
            rows = list(self._collections.values())
            return [
                msgspec.structs.replace(row, items=tuple(key for key in row.items if self.item(key) is not None)) for row in rows
            ]

    # --- What was watched ---

    def mark_watched(self, key: str, *, counted: bool = True) -> None:
        """An item or all below it. Not `counted`: with a date and without a count, as some clients mark it."""
        with self.lock:
            now_s = self._minute()
            for leaf in self.leaves(int(key)):
                count = self.watched[leaf].view_count + counted
                self.watched.set(self._base(leaf), Watch(view_count=count, last_viewed_at=now_s))

    def mark_unwatched(self, key: str) -> None:
        with self.lock:
            for leaf in self.leaves(int(key)):
                self.watched.set(self._base(leaf), Watch())

    def set_offset(self, key: str, offset_ms: int) -> None:
        """Stopped in the middle."""
        with self.lock:
            watch = Watch(view_count=self.watched[int(key)].view_count, offset_ms=offset_ms, last_viewed_at=self._minute())
            self.watched.set(self._base(int(key)), watch)

    # --- With the lock held ---

    def _minute(self) -> int:
        self.now_s += _TICK_S
        return self.now_s

    def _tick(self, section: str | None = None) -> int:
        """A change of the content, of one library or of none in particular. Gives its time."""
        now_s = self._minute()
        self._changes += 1
        self.revision += 1
        if section is not None:
            moved = msgspec.structs.replace(self._sections[section], updated_at=now_s, content_changed_at=self._changes)
            self._sections[section] = moved
        return now_s

    def _base(self, key: int) -> Item:
        """An item without what was watched. Raises KeyError when it is not there."""
        if key in self._explicit:
            return self._explicit[key]
        made = next((made for made in self._made if key in made.keys and key not in self._gone), None)
        if made is None:
            raise KeyError(key)
        return made.make(key)

    def _count(self, item: Item, more: int) -> None:
        parent, grandparent = (int(item.get(f"{above}RatingKey", 0)) for above in ("parent", "grandparent"))
        if item["type"] in PLAYABLE:
            self._leaves[parent] += more
            self._leaves[grandparent] += more
        else:
            self._children[parent] += more

    def _counts(self, key: int, item: Item) -> Item:
        """Those of an item that has others below; a made one knows how many it was made with."""
        if item["type"] in PLAYABLE:
            return {}
        leaves = {"leafCount": item.get("leafCount", 0) + self._leaves[key], "viewedLeafCount": self.watched.below(key)}
        if item["type"] in ("show", "artist"):
            return {**leaves, "childCount": item.get("childCount", 0) + self._children[key]}
        return leaves

    def _with_below(self, key: int) -> list[int]:
        return [*(found for child in self.children(key) for found in self._with_below(child)), key]

    def _all_children(self) -> dict[int, list[int]]:
        below: dict[int, list[int]] = {}
        for key in (key for (_, kind), listed in self._listed.items() if kind not in LEVELS for key in listed):
            below.setdefault(int(self._base(key)["parentRatingKey"]), []).append(key)
        return below
