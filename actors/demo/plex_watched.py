"""What the owner of a stand-in Plex server's token has watched."""

from collections import Counter

import msgspec

from actors.demo.plex_item import Item
from actors.demo.plex_notices import Notice, playing, refresh
from actors.demo.telling import Telling


class Watch(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen of one item that can be played."""

    view_count: int = 0
    offset_ms: int = 0
    last_viewed_at: int | None = None

    @property
    def is_watched(self) -> bool:
        """Also when it has a date and no count, as after being marked by some clients."""
        return self.view_count > 0 or (self.last_viewed_at is not None and not self.offset_ms)

    @property
    def fields(self) -> Item:
        """As an item shows it: what is nothing is left out."""
        shown = {"viewCount": self.view_count, "viewOffset": self.offset_ms, "lastViewedAt": self.last_viewed_at}
        return {name: value for name, value in shown.items() if value}


class Watched:
    """The watches of everything, and how many leaves are watched below each item."""

    def __init__(self, notices: Telling[Notice]) -> None:
        self._notices = notices
        self._of: dict[int, Watch] = {}
        self._below: Counter[int] = Counter()

    def __getitem__(self, key: int) -> Watch:
        return self._of.get(key, Watch())

    def set(self, item: Item, watch: Watch) -> None:
        """Replace what was watched of an item; nothing at all forgets it."""
        key = int(item["ratingKey"])
        if watch == self[key]:
            return
        moved = watch.is_watched - self[key].is_watched
        for above in ("parentRatingKey", "grandparentRatingKey"):
            if above in item:
                self._below[int(item[above])] += moved
        if watch == Watch():
            self._of.pop(key, None)
        else:
            self._of[key] = watch
        self._notices.tell(playing(item, "stopped", watch.offset_ms) if watch.offset_ms else refresh(item))

    def below(self, key: int) -> int:
        """The watched leaves below an item."""
        return self._below[key]

    def latest(self) -> list[int]:
        """The rating keys of everything that was started, the newest first."""
        return sorted(self._of, key=lambda key: (-(self._of[key].last_viewed_at or 0), key))
