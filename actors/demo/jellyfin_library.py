"""The content of a stand-in Jellyfin server: what is there and who watched what, changed at any time and from any thread."""

import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any, Final

import msgspec

from actors.demo.jellyfin_item import TICKS_PER_S, Item, ListedStock, Stock, View, WatchState, digest, stamp
from actors.demo.jellyfin_notices import Change, Content, Watched
from actors.demo.telling import Telling

HOME_SECTIONS: Final = ("smalllibrarytiles", "resume", "resumeaudio", "resumebook", "livetv", "nextup", "latestmedia", "none")
"""What the web client shows when nobody has chosen anything."""
_REMEMBERED_MAX: Final = 16
_UNWATCHED: Final = WatchState()


class JellyfinLibrary:
    """Views, items, channels and watch states. Items are never changed in place: a change puts another one there.

    Answers are made while `lock` is held, so that each shows one state of things.
    """

    def __init__(
        self,
        views: Iterable[View],
        items: Sequence[Item] | Stock,
        *,
        channels: Iterable[Item] = (),
        server_name: str = "Playbill's own Jellyfin",
        home_sections: Iterable[str] = HOME_SECTIONS,
    ) -> None:
        self.lock = threading.RLock()
        self.changes = Telling[Change]()
        self.server_name = server_name
        self.server_id = digest("server", server_name)
        self.home_sections = tuple(home_sections)
        """`homesection0` and so on, of every user's display preferences."""
        self.latest_excludes: tuple[str, ...] = ()
        """Views that no user has among the latest when no view is asked for."""
        self.clock_offset_s = 0
        """How far the server's clock is ahead of ours; set it to see another."""
        self._views = {view.id: view for view in views}
        self._forbidden: set[str] = set()
        self._channels = {channel.id: channel for channel in channels}
        self._stock: Stock = ListedStock(items) if isinstance(items, Sequence) else items
        self._changed: dict[int, Item | None] = {}
        self._added: dict[str, int] = {}
        self._watched: dict[str, dict[str, WatchState]] = {}
        self._content_revision = self._watch_revision = 0
        self._remembered: OrderedDict[Hashable, tuple[tuple[int, int], Any]] = OrderedDict()
        self._last_change = datetime.now(UTC)

    # --- To read ---

    def now(self) -> datetime:
        """The server's clock."""
        return datetime.now(UTC) + timedelta(seconds=self.clock_offset_s)

    @property
    def views(self) -> tuple[View, ...]:
        """Those that users may see, in their order."""
        with self.lock:
            return tuple(view for view in self._views.values() if view.id not in self._forbidden)

    @property
    def channels(self) -> tuple[Item, ...]:
        with self.lock:
            return tuple(self._channels.values())

    def is_forbidden(self, view_id: str) -> bool:
        return view_id in self._forbidden

    def item(self, item_id: str) -> Item | None:
        """An item or channel; none for what is not there, or no longer."""
        with self.lock:
            place = self._place(item_id)
            return self._channels.get(item_id) if place is None else self.at(place)

    def at(self, place: int) -> Item | None:
        """The item of a place, which keeps its place as long as it is there."""
        if place in self._changed:
            return self._changed[place]
        return self._stock[place] if place < len(self._stock) else None

    def placed(self, types: frozenset[str] = frozenset()) -> Iterator[tuple[int, Item]]:
        """Every item with its place, without forbidden ones and channels; those of other types may be left out."""
        for place in chain(self._stock.places(types), self._added.values()):
            found = self.at(place)
            if found is not None and found.view_id not in self._forbidden:
                yield place, found

    def items(self, item_type: str | None = None) -> list[Item]:
        """All of them, or those of a type, in the order in which they came."""
        with self.lock:
            return [item for _, item in self.placed() if item_type in (None, item.type)]

    def state(self, user: str, item_id: str) -> WatchState:
        with self.lock:
            return self._watched.get(user, {}).get(item_id, _UNWATCHED)

    def states(self, user: str) -> Mapping[str, WatchState]:
        """Those that are not as at the beginning, by item id."""
        with self.lock:
            return dict(self._watched.get(user, {}))

    def remembered(self, key: Hashable, made: Callable[[], Any], *, of_watching: bool = False) -> Any:
        """What was made for a key, made anew once content (or watch states, `of_watching`) has changed since."""
        with self.lock:
            revision = (self._content_revision, self._watch_revision if of_watching else -1)
            found = self._remembered.get(key)
            if found is None or found[0] != revision:
                self._remembered[key] = found = (revision, made())
                while len(self._remembered) > _REMEMBERED_MAX:
                    self._remembered.popitem(last=False)
            self._remembered.move_to_end(key)
            return found[1]

    def children(self) -> Counter[str]:
        """How many items, virtual ones left out, are somewhere below an id; directly in it under `(id)`."""
        counted: Counter[str] = self.remembered("children", self._count_children)
        return counted

    def _count_children(self) -> Counter[str]:
        counted: Counter[str] = Counter()
        for _, item in self.placed():
            if not item.is_virtual:
                counted.update(found for found in item.parents if found and not item.is_folder)
                counted.update(f"({found})" for found in (item.parent, *item.box_set_ids))
        return counted

    # --- To change ---

    def add(self, item: Item) -> Item:
        """A new item, created now unless it says when. Gives it as it is kept."""
        with self.lock:
            now = self._now()
            return self._put(msgspec.structs.replace(item, date_created=item.date_created or now, date_last_saved=now))

    def change(self, item_id: str, **fields: Any) -> Item:
        """Other fields of an item; its Etag and DateLastSaved move, also when the fields are the old ones. Raises KeyError."""
        with self.lock:
            found = self.item(item_id)
            if found is None:
                raise KeyError(item_id)
            return self._put(msgspec.structs.replace(found, **{"date_last_saved": self._now(), **fields}))

    def remove(self, *item_ids: str) -> None:
        """Take items out, with everything below them. Ids of what is not there are let pass."""
        with self.lock:
            gone = set(item_ids)
            for place, item in list(self.placed()):
                if item.id in gone or gone.intersection((item.season_id, item.album_id, item.series_id, item.artist_id)):
                    self._changed[place] = None
            for item_id in item_ids:
                self._channels.pop(item_id, None)
            self._content_revision += 1
            self.changes.tell(Content(removed=item_ids))

    def add_view(self, view: View) -> None:
        """A view at the end; one that is there already is replaced at its place, and renamed so."""
        with self.lock:
            self._views[view.id] = view
            self._content_revision += 1
            self.changes.tell(Content(folders_added=(view.id,)))

    def remove_view(self, view_id: str) -> None:
        """Take a library out with all that is in it."""
        with self.lock:
            self._views.pop(view_id, None)
            for place, item in list(self.placed()):
                if item.view_id == view_id:
                    self._changed[place] = None
            self._content_revision += 1
            self.changes.tell(Content(folders_removed=(view_id,)))

    def forbid_view(self, view_id: str, *, forbidden: bool = True) -> None:
        """Take a library from the users' sight: it leaves the views, and who asks for it is refused."""
        with self.lock:
            (self._forbidden.add if forbidden else self._forbidden.discard)(view_id)
            self._content_revision += 1

    def mark_played(self, item_id: str, user: str = "demo", *, played: bool = True, at: datetime | None = None) -> WatchState:
        """Played to the end, now or at a time; or never played."""
        if not played:
            return self.watch(item_id, user, is_played=False, play_count=0, position_ticks=0, last_played=None)
        played_at = stamp(at or self.now())
        count = self.state(user, item_id).play_count + 1
        return self.watch(item_id, user, is_played=True, play_count=count, position_ticks=0, last_played=played_at)

    def set_position(self, item_id: str, position_s: float, user: str = "demo", *, at: datetime | None = None) -> WatchState:
        """Stopped at a second of it, now or at a time."""
        played_at = stamp(at or self.now())
        return self.watch(item_id, user, position_ticks=round(position_s * TICKS_PER_S), is_played=False, last_played=played_at)

    def watch(self, item_id: str, user: str = "demo", **fields: Any) -> WatchState:
        """Other fields of a watch state. No date of the item moves."""
        with self.lock:
            of_user = self._watched.setdefault(user, {})
            of_user[item_id] = found = msgspec.structs.replace(of_user.get(item_id, _UNWATCHED), **fields)
            self._watch_revision += 1
            self.changes.tell(Watched(user=user, item_id=item_id))
            return found

    def _place(self, item_id: str) -> int | None:
        place = self._added.get(item_id)
        return self._stock.place_of(item_id) if place is None else place

    def _put(self, item: Item) -> Item:
        self._content_revision += 1
        if item.channel_number is not None:
            self._channels[item.id] = item
            return item
        place = self._place(item.id)
        if place is None:
            place = len(self._stock) + len(self._added)
            self._added[item.id] = place
            self.changes.tell(Content(added=(item.id,)))
        else:
            self.changes.tell(Content(updated=(item.id,)))
        self._changed[place] = item
        return item

    def _now(self) -> str:
        """A moment later than any before, so that what was saved later is seen to be."""
        self._last_change = max(datetime.now(UTC), self._last_change + timedelta(microseconds=1))
        return stamp(self._last_change + timedelta(seconds=self.clock_offset_s))
