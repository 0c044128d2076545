"""What a Jellyfin server says by itself: messages as they go over its websocket; pure."""

import json
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from actors.demo.jellyfin_item import digest

KEEP_ALIVE: Final = "KeepAlive"


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """Items that came, changed or went, by their ids; and the libraries that did."""

    added: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    folders_added: tuple[str, ...] = ()
    folders_removed: tuple[str, ...] = ()


class Watched(msgspec.Struct, frozen=True, kw_only=True):
    """What one user made of an item is not what it was."""

    user: str
    item_id: str


Change = Content | Watched


def library_changed(content: Content) -> str:
    """The real one gathers for 30 s after the last change; here each change is told at once."""
    data = {
        "FoldersAddedTo": content.folders_added,
        "FoldersRemovedFrom": content.folders_removed,
        "ItemsAdded": content.added,
        "ItemsRemoved": content.removed,
        "ItemsUpdated": content.updated,
        "CollectionFolders": [],
        "IsEmpty": content == Content(),
    }
    return message("LibraryChanged", data)


def user_data_changed(user_id: str, entries: Sequence[dict[str, Any]]) -> str:
    """To the user's own sessions only."""
    return message("UserDataChanged", {"UserId": user_id, "UserDataList": list(entries)})


def force_keep_alive(patience_s: float) -> str:
    """The first message: how long the server waits for a `KeepAlive`."""
    return message("ForceKeepAlive", patience_s)


def message(kind: str, data: object) -> str:
    """Any message."""
    return json.dumps({"MessageType": kind, "MessageId": digest("message", kind), "Data": data})
