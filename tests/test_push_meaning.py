"""What messages of the servers mean."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.demo.plex_notices import playing, refresh, scan, text, timeline
from actors.push.config import FRAME_BYTES_MAX
from actors.push.meaning import KeepAlive, Meaning, meaning
from contracts.catalog import Part, SourceKind

ITEM = {"ratingKey": "101", "type": "movie", "title": "Nosferatu", "librarySectionID": 1, "updatedAt": 1_760_000_000}
LIBRARY, WATCHED, NOTHING = Meaning.LIBRARY, Meaning.WATCHED, Meaning.NOTHING


def entry(**fields: Any) -> dict[str, Any]:
    return {"identifier": "com.plexapp.plugins.library", "sectionID": "1", "itemID": "101", "type": 1, "state": 5, **fields}


def timelines(*entries: Any) -> dict[str, Any]:
    return {"type": "timeline", "size": len(entries), "TimelineEntry": list(entries)}


def activity(event: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"type": "activity", "ActivityNotification": [{"event": event, "Activity": {"type": kind, **more}}]}


PLEX: list[tuple[dict[str, Any], Meaning]] = [
    (timeline(ITEM, 0), NOTHING),
    (timeline(ITEM, 1), NOTHING),
    (timeline(ITEM, 5), LIBRARY),
    (timeline(ITEM, 6), NOTHING),
    (timeline(ITEM, 9), LIBRARY),
    (timelines(entry(state=2), entry(state=5)), LIBRARY),
    (timelines(entry(state="5")), LIBRARY),
    (timelines(entry(state=True)), NOTHING),
    (timelines(entry(state=5.0)), NOTHING),
    (timelines(entry(state="five")), NOTHING),
    (timelines(entry(type=-1)), NOTHING),
    (timelines(entry(type="-1")), NOTHING),
    (timelines(entry(type=-1), entry(state=9)), LIBRARY),
    (timelines(entry(identifier="tv.plex.providers.epg.cloud:7")), NOTHING),
    (timelines(entry(identifier="tv.plex.grabbers.hdhomerun", state=9)), NOTHING),
    (timelines(entry(identifier=None)), LIBRARY),
    (timelines(), NOTHING),
    (timelines(None, 5, "5", [entry()]), NOTHING),
    ({"type": "timeline", "TimelineEntry": entry()}, LIBRARY),
    ({"type": "timeline"}, NOTHING),
    (scan("1"), LIBRARY),
    (scan("1", "started"), NOTHING),
    (refresh(ITEM, refreshed=True), LIBRARY),
    (refresh(ITEM), WATCHED),
    (refresh(ITEM, "updated"), NOTHING),
    (activity("ended", "library.refresh.items"), LIBRARY),
    (activity("ended", "library.update.item.metadata"), LIBRARY),
    (activity("ended", "library.updates"), NOTHING),
    (activity("ended", "media.generate.bif"), NOTHING),
    ({"type": "activity", "ActivityNotification": [{"event": "ended"}]}, NOTHING),
    ({"type": "library.update.section"}, LIBRARY),
    (playing(ITEM, "playing", 4_000), NOTHING),
    (playing(ITEM, "paused", 4_000), NOTHING),
    (playing(ITEM, "buffering", 4_000), NOTHING),
    (playing(ITEM, "stopped", 4_000), WATCHED),
    ({"type": "progress", "ProgressNotification": [{"message": "Analysing"}]}, NOTHING),
    ({"type": "reachability", "ReachabilityNotification": [{"reachability": True}]}, NOTHING),
    ({"type": "status", "StatusNotification": [{"title": "Library scan complete"}]}, NOTHING),
    ({"type": "update.statechange", "AutoUpdateNotification": [{"state": "available"}]}, NOTHING),
    ({"type": 5}, NOTHING),
    ({}, NOTHING),
]


@pytest.mark.parametrize(("notice", "wanted"), PLEX)
def test_a_notification_of_plex_means(notice: dict[str, Any], wanted: Meaning) -> None:
    assert meaning(SourceKind.PLEX, text(notice)) is wanted
    assert meaning(SourceKind.PLEX, text(notice).encode()) is wanted


ADDED = {"ItemsAdded": ["0" * 32], "ItemsUpdated": [], "ItemsRemoved": [], "IsEmpty": False}
JELLYFIN: list[tuple[dict[str, Any], Meaning | KeepAlive]] = [
    ({"MessageType": "LibraryChanged", "Data": ADDED}, LIBRARY),
    ({"MessageType": "LibraryChanged", "Data": {"IsEmpty": True}}, NOTHING),
    ({"MessageType": "LibraryChanged"}, LIBRARY),
    ({"MessageType": "UserDataChanged", "Data": {"UserId": "1", "UserDataList": []}}, WATCHED),
    ({"MessageType": "ForceKeepAlive", "Data": 60}, KeepAlive(every_s=30.0)),
    ({"MessageType": "ForceKeepAlive", "Data": 0}, KeepAlive(every_s=30.0)),
    ({"MessageType": "ForceKeepAlive", "Data": -1e300}, KeepAlive(every_s=30.0)),
    ({"MessageType": "ForceKeepAlive", "Data": "often"}, KeepAlive(every_s=30.0)),
    ({"MessageType": "ForceKeepAlive", "Data": 2}, KeepAlive(every_s=1.0)),
    ({"MessageType": "KeepAlive"}, NOTHING),
    ({"MessageType": "RefreshProgress", "Data": {"ItemId": "1", "Progress": "50"}}, NOTHING),
    ({"MessageType": "Sessions", "Data": []}, NOTHING),
    ({"MessageType": "ServerRestarting"}, NOTHING),
    ({"MessageType": "librarychanged"}, NOTHING),
    ({"MessageType": None}, NOTHING),
    ({"Data": {}}, NOTHING),
]


@pytest.mark.parametrize(("message", "wanted"), JELLYFIN)
def test_a_message_of_jellyfin_means(message: dict[str, Any], wanted: Meaning | KeepAlive) -> None:
    assert meaning(SourceKind.JELLYFIN, json.dumps(message)) == wanted


GARBAGE = [
    "",
    "null",
    "[]",
    "{",
    "<html>",
    b"\xff\xfe\x00",
    "[" * 100_000,
    '{"NotificationContainer":[]}',
    '{"NotificationContainer":1}',
]


@pytest.mark.parametrize("kind", SourceKind)
@pytest.mark.parametrize("frame", GARBAGE, ids=lambda frame: repr(frame[:30]))
def test_garbage_means_nothing(kind: SourceKind, frame: str | bytes) -> None:
    assert meaning(kind, frame) is NOTHING


def test_a_message_too_long_to_be_looked_at_means_nothing() -> None:
    whole = text(timeline(ITEM, 5))
    padded = whole + " " * (FRAME_BYTES_MAX - len(whole))

    assert meaning(SourceKind.PLEX, padded) is LIBRARY
    assert meaning(SourceKind.PLEX, padded + " ") is NOTHING


@given(st.sampled_from(SourceKind), st.binary() | st.text())
def test_any_bytes_mean_something_or_nothing(kind: SourceKind, frame: str | bytes) -> None:
    assert isinstance(meaning(kind, frame), Meaning | KeepAlive)


_WORDS = st.sampled_from(
    ["type", "NotificationContainer", "TimelineEntry", "Activity", "ActivityNotification", "Context", "MessageType", "Data"]
)
_KINDS = st.sampled_from(["timeline", "activity", "playing", "LibraryChanged", "UserDataChanged", "ForceKeepAlive"])
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | _KINDS,
    lambda inner: st.lists(inner) | st.dictionaries(_WORDS | st.text(), inner),
)


@given(st.sampled_from(SourceKind), st.dictionaries(_WORDS, _JSON | _KINDS))
def test_any_json_means_something_or_nothing(kind: SourceKind, message: dict[str, Any]) -> None:
    found = meaning(kind, json.dumps({"NotificationContainer": message, **message}))

    assert isinstance(found, Meaning) or 1 <= found.every_s <= 1_800


def test_what_was_watched_is_read_with_the_catalogue_and_the_home_page() -> None:
    assert WATCHED.parts == LIBRARY.parts == {Part.CATALOGUE, Part.HOME}
    assert NOTHING.parts == frozenset()
