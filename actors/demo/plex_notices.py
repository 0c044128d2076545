"""What a Plex server says by itself: notifications as they go over its websocket; pure."""

import json
from typing import Any, Final

from actors.demo.plex_item import TYPE_NUMBERS, Item

CREATED: Final = 0
FINISHED: Final = 5
ANALYSED: Final = 6
DELETED: Final = 9
PATH: Final = "/:/websockets/notifications"

_ACTIVITY: Final = "3b6ad1d2-6a2c-4a75-8c6c-0a9d7c6d4a11"

Notice = dict[str, Any]


def text(notice: Notice) -> str:
    """As it is sent."""
    return json.dumps({"NotificationContainer": notice})


def timeline(item: Item, state: int) -> Notice:
    """Where an item is on its way into the library, or out of it."""
    entry = {
        "identifier": "com.plexapp.plugins.library",
        "sectionID": str(item["librarySectionID"]),
        "itemID": str(item["ratingKey"]),
        "type": TYPE_NUMBERS.get(item["type"], -1),
        "title": item["title"],
        "state": state,
        "updatedAt": item.get("updatedAt"),
    }
    return {"type": "timeline", "size": 1, "TimelineEntry": [entry]}


def playing(item: Item, state: str, offset_ms: int) -> Notice:
    """How far somebody is with an item: `playing`, `paused`, `buffering` or `stopped`."""
    key = str(item["ratingKey"])
    play = {
        "sessionKey": "23",
        "guid": "",
        "ratingKey": key,
        "url": "",
        "key": f"/library/metadata/{key}",
        "viewOffset": offset_ms,
        "playQueueItemID": 17679,
        "state": state,
    }
    return {"type": "playing", "size": 1, "PlaySessionStateNotification": [play]}


def refresh(item: Item, event: str = "ended", *, refreshed: bool = False) -> Notice:
    """A look at one item's files: what comes when somebody marks an item, or opens its page."""
    context = {"accessible": True, "exists": True, "key": f"/library/metadata/{item['ratingKey']}", "refreshed": refreshed}
    return _activity("library.refresh.items", "Refreshing", event, {"Context": context})


def scan(section: str, event: str = "ended") -> Notice:
    """A scan of a library."""
    return _activity("library.update.section", f"Scanning {section}", event, {})


def _activity(kind: str, title: str, event: str, more: dict[str, object]) -> Notice:
    progress = 100 if event == "ended" else 0
    activity = {"uuid": _ACTIVITY, "type": kind, "cancellable": False, "userID": 1, "title": title, "progress": progress, **more}
    return {"type": "activity", "size": 1, "ActivityNotification": [{"event": event, "uuid": _ACTIVITY, "Activity": activity}]}
