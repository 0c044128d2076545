"""Any frame of a server and any words of a schedule: a meaning, a schedule, or a refusal in a sentence."""

from datetime import UTC, datetime
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.push.meaning import KeepAlive, Meaning, meaning
from actors.scheduler.config import PartSchedule, every
from actors.scheduler.slots import last_slot, next_slot
from contracts.catalog import Part, SourceKind
from tests.fuzz_room import fuzz, mutated, pieces, spell, values

FRAMES: Final[tuple[dict[str, Any], ...]] = (
    {"NotificationContainer": {"type": "timeline", "size": 1, "TimelineEntry": [
        {"identifier": "com.plexapp.plugins.library", "sectionID": "1", "itemID": "7", "type": 1, "state": 5}]}},
    {"NotificationContainer": {"type": "activity", "ActivityNotification": [
        {"event": "ended", "Activity": {"type": "library.refresh.items", "Context": {"refreshed": False}}}]}},
    {"NotificationContainer": {"type": "playing", "PlaySessionStateNotification": [{"state": "stopped", "ratingKey": "7"}]}},
    {"NotificationContainer": {"type": "library.update.section"}},
    {"MessageType": "LibraryChanged", "Data": {"ItemsAdded": ["a"], "IsEmpty": False}},
    {"MessageType": "UserDataChanged", "Data": {"UserId": "a"}},
    {"MessageType": "ForceKeepAlive", "Data": 60},
)  # fmt: skip
frames = st.one_of(st.sampled_from(FRAMES).flatmap(mutated).map(spell), values.map(spell), pieces)
of_every_kind = pytest.mark.parametrize("kind", list(SourceKind))


@of_every_kind
@fuzz(150)
@given(frame=frames)
def test_any_frame_means_something_or_nothing(kind: SourceKind, frame: bytes) -> None:
    for one in (frame, frame.decode(errors="replace"), frame.decode(errors="surrogateescape")):
        found = meaning(kind, one)

        assert isinstance(found, Meaning | KeepAlive)
        if isinstance(found, KeepAlive):
            assert 1 <= found.every_s <= 3_600


@of_every_kind
@pytest.mark.parametrize(
    "deep", ["[" * 50_000, '{"NotificationContainer":' * 10_000, '{"MessageType":"ForceKeepAlive","Data":' + "[" * 50_000]
)
def test_nesting_without_end_means_nothing(kind: SourceKind, deep: str) -> None:
    assert meaning(kind, deep) is Meaning.NOTHING


words = st.text("0123456789*/,-LW#? smhd:.", max_size=16) | st.text(max_size=8)
fields = st.lists(st.text("0123456789*/,-L#", min_size=1, max_size=6), min_size=5, max_size=5).map(" ".join)
zones = st.sampled_from(
    ["UTC", "Europe/Berlin", "../../etc/passwd", "/etc/localtime", "", "Europe", "x\x00y", "\udcff", "a" * 500]
)


@fuzz(200)
@given(text=words)
def test_any_span_of_time_is_seconds_or_refused_in_a_sentence(text: str) -> None:
    try:
        found = every(text)
    except ValueError:
        return
    assert found >= 0


@fuzz(250)
@given(
    cron=words | fields,
    zone=zones,
    quiet=st.lists(st.tuples(words, words), max_size=2),
    jitter_s=st.floats(),
    every_s=st.floats() | st.none(),
)
def test_any_schedule_has_slots_or_is_refused_in_a_sentence(
    cron: str, zone: str, quiet: list[tuple[str, str]], jitter_s: float, every_s: float | None
) -> None:
    now = datetime(2026, 11, 21, 12, tzinfo=UTC)
    for rhythm in ({"cron": cron}, {"every_s": every_s}, {"cron": cron, "jitter_s": jitter_s}):
        try:
            schedule = PartSchedule(part=Part.HOME, time_zone=zone, quiet=tuple(quiet), **rhythm)
        except ValueError:
            continue
        before, after = last_slot(schedule, now), next_slot(schedule, now)
        assert before is None or before <= now
        assert now < after
