"""What holds for the slots of any schedule, at any moment, in zones that change their clocks in every way there is."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from actors.scheduler.config import PartSchedule
from actors.scheduler.quiet import quiet_spell
from actors.scheduler.slots import due_at, is_slot, last_slot, next_slot, slot_id
from contracts.catalog import Part

ZONES = ["UTC", "Europe/Berlin", "America/New_York", "America/Havana", "Asia/Beirut", "Africa/Cairo", "Antarctica/Troll"]
CRONS = [
    "* * * * *",
    "*/15 * * * *",
    "0 4 * * *",
    "30 2 * * *",
    "15 0,1,2,3 * * *",
    "*/10 1-2 * * *",
    "59 23 L * *",
    "0 0 * * MON",
    "5 2 29 2 *",
]
CHANGES = [
    datetime(2026, 3, 29, 1, tzinfo=UTC),
    datetime(2026, 10, 25, 1, tzinfo=UTC),
    datetime(2026, 3, 8, 7, tzinfo=UTC),
    datetime(2026, 11, 1, 6, tzinfo=UTC),
    datetime(2026, 4, 23, 22, tzinfo=UTC),
]
MINUTES = st.integers(0, 1_439)
"""Of a day."""

intervals = st.integers(60, 3 * 86_400).map(lambda seconds: {"every_s": float(seconds)})
lines = st.sampled_from(CRONS).map(lambda cron: {"cron": cron})
windows = st.tuples(MINUTES, st.integers(1, 1_200)).map(lambda window: (clock(window[0]), clock((window[0] + window[1]) % 1_440)))
schedules = st.builds(
    lambda rhythm, zone, quiet, jitter_s: PartSchedule(
        part=Part.HOME, time_zone=zone, quiet=tuple(quiet), jitter_s=jitter_s, **rhythm
    ),
    intervals | lines,
    st.sampled_from(ZONES),
    st.lists(windows, max_size=1),
    st.sampled_from([0.0, 30.0, 3_600.0]),
)
moments = st.builds(
    lambda change, seconds, micro: change + timedelta(seconds=seconds, microseconds=micro),
    st.sampled_from(CHANGES),
    st.integers(-200_000, 200_000) | st.integers(-120, 120).map(lambda minutes: minutes * 60),
    st.sampled_from([0, 0, 1, 999_999]),
)


def clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


@given(schedules, moments)
def test_the_next_slot_is_later_and_the_last_one_is_not(schedule: PartSchedule, moment: datetime) -> None:
    before, after = last_slot(schedule, moment), next_slot(schedule, moment)

    assert before is not None
    assert before <= moment < after
    assert (before.microsecond, after.microsecond) == (0, 0)


@given(schedules, moments, st.floats(0, 1, exclude_max=True))
def test_whoever_looks_from_between_two_slots_sees_the_same_two(schedule: PartSchedule, moment: datetime, share: float) -> None:
    before, after = last_slot(schedule, moment), next_slot(schedule, moment)
    assert before is not None
    between = min(before + (after - before) * share, after - timedelta(microseconds=1))

    assert (last_slot(schedule, between), next_slot(schedule, between)) == (before, after)
    assert is_slot(schedule, before)
    assert is_slot(schedule, after)


@given(schedules, moments)
def test_nothing_starts_in_quiet_hours(schedule: PartSchedule, moment: datetime) -> None:
    slot = next_slot(schedule, moment)
    due = due_at("plex", schedule, slot)

    assert quiet_spell(schedule, slot) is None
    assert quiet_spell(schedule, due) is None
    assert slot <= due < next_slot(schedule, slot)


@given(schedules, moments, st.lists(st.integers(-3, 3), max_size=12))
def test_slots_keep_their_names_however_the_clock_jumps(schedule: PartSchedule, moment: datetime, jumps: list[int]) -> None:
    steps = [moment]
    for _ in range(12):
        steps.append(next_slot(schedule, steps[-1]))
    names = {slot_id([schedule.part], slot) for slot in steps[1:]}
    at = 6
    for jump in jumps:
        at = min(max(at + jump, 1), 12)
        found = last_slot(schedule, steps[at] + timedelta(microseconds=1))
        assert found is not None
        names.add(slot_id([schedule.part], found))

    assert len(names) == 12


@given(st.sampled_from(ZONES), MINUTES, st.sampled_from(CHANGES), st.integers(0, 364))
def test_a_daily_time_comes_once_on_every_local_day(zone: str, minute: int, change: datetime, days: int) -> None:
    schedule = PartSchedule(part=Part.HOME, cron=f"{minute % 60} {minute // 60} * * *", time_zone=zone)
    slot = next_slot(schedule, change - timedelta(days=2) + timedelta(days=days))
    following = next_slot(schedule, slot)

    assert timedelta(hours=21) < following - slot < timedelta(hours=27)
