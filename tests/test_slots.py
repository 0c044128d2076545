"""Slots, day by day: over both daylight-saving changes, through quiet hours, and the same for everybody."""

from datetime import UTC, datetime, timedelta

import pytest

from actors.scheduler.config import PartSchedule
from actors.scheduler.quiet import quiet_spell
from actors.scheduler.slots import due_at, is_slot, last_slot, next_slot, request_id, slot_id, slot_of_request
from contracts.catalog import Part
from tests.scheduler_room import BERLIN, HOUR, MINUTE, NEW_YORK, catalogue, home, texts, utc


def between(schedule: PartSchedule, start: str, end: str) -> list[str]:
    """Every slot from `start` to `end`, both included, in UTC; found forwards, and found again backwards."""
    first, last = utc(start), utc(end)
    forwards: list[datetime] = []
    slot = next_slot(schedule, first - timedelta(microseconds=1))
    while slot <= last:
        forwards.append(slot)
        slot = next_slot(schedule, slot)
    backwards: list[datetime] = []
    before = last_slot(schedule, last)
    while before is not None and before >= first:
        backwards.append(before)
        before = last_slot(schedule, before - timedelta(microseconds=1))
    assert forwards == backwards[::-1]
    return texts(forwards)


@pytest.mark.parametrize(
    ("cron", "zone", "start", "end", "expected"),
    [
        # Clocks go from 03:00 back to 02:00 at 01:00 UTC.
        (
            "0 4 * * *",
            BERLIN,
            "2026-10-24 00:00",
            "2026-10-26 12:00",
            ["2026-10-24 02:00", "2026-10-25 03:00", "2026-10-26 03:00"],
        ),
        ("30 2 * * *", BERLIN, "2026-10-24 12:00", "2026-10-26 12:00", ["2026-10-25 00:30", "2026-10-26 01:30"]),
        ("0 2,3 * * *", BERLIN, "2026-10-24 12:00", "2026-10-25 12:00", ["2026-10-25 00:00", "2026-10-25 02:00"]),
        (
            "*/30 * * * *",
            BERLIN,
            "2026-10-25 00:00",
            "2026-10-25 02:00",
            ["2026-10-25 00:00", "2026-10-25 00:30", "2026-10-25 01:00", "2026-10-25 01:30", "2026-10-25 02:00"],
        ),
        # Clocks go from 02:00 to 03:00 at 01:00 UTC.
        (
            "30 2 * * *",
            BERLIN,
            "2026-03-28 00:00",
            "2026-03-30 12:00",
            ["2026-03-28 01:30", "2026-03-29 01:00", "2026-03-30 00:30"],
        ),
        ("0 2,3 * * *", BERLIN, "2026-03-28 12:00", "2026-03-29 12:00", ["2026-03-29 01:00"]),
        (
            "0 4 * * *",
            BERLIN,
            "2026-03-28 00:00",
            "2026-03-30 12:00",
            ["2026-03-28 03:00", "2026-03-29 02:00", "2026-03-30 02:00"],
        ),
        (
            "0 * * * *",
            BERLIN,
            "2026-03-29 00:00",
            "2026-03-29 02:00",
            ["2026-03-29 00:00", "2026-03-29 01:00", "2026-03-29 02:00"],
        ),
        # New York: at 07:00 UTC in March, at 06:00 UTC in November.
        (
            "30 2 * * *",
            NEW_YORK,
            "2026-03-07 00:00",
            "2026-03-09 12:00",
            ["2026-03-07 07:30", "2026-03-08 07:00", "2026-03-09 06:30"],
        ),
        (
            "30 1 * * *",
            NEW_YORK,
            "2026-10-31 00:00",
            "2026-11-02 12:00",
            ["2026-10-31 05:30", "2026-11-01 05:30", "2026-11-02 06:30"],
        ),
        (
            "0 4 * * SUN",
            NEW_YORK,
            "2026-10-20 00:00",
            "2026-11-10 00:00",
            ["2026-10-25 08:00", "2026-11-01 09:00", "2026-11-08 09:00"],
        ),
        # Rare days.
        ("0 0 29 2 *", "UTC", "2023-01-01 00:00", "2029-01-01 00:00", ["2024-02-29 00:00", "2028-02-29 00:00"]),
        (
            "0 12 L * *",
            "UTC",
            "2026-01-01 00:00",
            "2026-04-01 00:00",
            ["2026-01-31 12:00", "2026-02-28 12:00", "2026-03-31 12:00"],
        ),
    ],
)
def test_a_cron_line_names_each_local_time_once(cron: str, zone: str, start: str, end: str, expected: list[str]) -> None:
    assert between(home(cron=cron, time_zone=zone), start, end) == expected


@pytest.mark.parametrize("minute", [0, 10, 30, 40, 59])
def test_a_time_that_comes_twice_is_over_when_its_second_turn_begins(minute: int) -> None:
    schedule = home(cron="30 2 * * *", time_zone=BERLIN)
    second_turn = utc("2026-10-25 01:00") + minute * MINUTE

    assert last_slot(schedule, second_turn) == utc("2026-10-25 00:30")
    assert next_slot(schedule, second_turn) == utc("2026-10-26 01:30")


@pytest.mark.parametrize("zone", [BERLIN, NEW_YORK, "UTC"])
@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25", "2026-03-08", "2026-11-01"])
def test_an_interval_is_the_same_over_a_change_of_clocks(zone: str, day: str) -> None:
    slots = between(home(every_s=21_600.0, time_zone=zone), f"{day} 00:00", f"{day} 23:59")

    assert slots == [f"{day} 00:00", f"{day} 06:00", f"{day} 12:00", f"{day} 18:00"]


def test_an_interval_that_fits_no_day_is_counted_from_1970() -> None:
    schedule = home(every_s=90.0)
    slot = next_slot(schedule, utc("2026-11-21 12:00"))

    assert slot.timestamp() % 90 == 0
    assert next_slot(schedule, slot) - slot == timedelta(seconds=90)


def test_slots_in_quiet_hours_are_one_slot_at_their_end() -> None:
    night = home(quiet=(("23:00", "07:00"),), time_zone=BERLIN)

    assert between(night, "2026-11-21 21:30", "2026-11-22 06:30") == [
        "2026-11-21 21:30",
        "2026-11-21 21:45",
        "2026-11-22 06:00",
        "2026-11-22 06:15",
        "2026-11-22 06:30",
    ]


def test_quiet_hours_over_a_change_of_clocks_follow_the_clock_on_the_wall() -> None:
    night = home(cron="0 */2 * * *", quiet=(("01:00", "05:30"),), time_zone=BERLIN)

    assert between(night, "2026-10-24 21:00", "2026-10-25 07:00") == [
        "2026-10-24 22:00",
        "2026-10-25 04:30",
        "2026-10-25 05:00",
        "2026-10-25 07:00",
    ]
    assert between(night, "2026-03-28 21:00", "2026-03-29 06:00") == [
        "2026-03-28 21:00",
        "2026-03-28 23:00",
        "2026-03-29 03:30",
        "2026-03-29 04:00",
        "2026-03-29 06:00",
    ]


def test_a_window_whose_end_the_clocks_jump_over_ends_with_the_jump() -> None:
    night = home(quiet=(("01:00", "02:30"),), time_zone=BERLIN)

    assert between(night, "2026-03-29 00:00", "2026-03-29 01:15") == ["2026-03-29 01:00", "2026-03-29 01:15"]


def test_windows_that_touch_are_one() -> None:
    schedule = home(quiet=(("22:00", "23:00"), ("23:00", "02:00"), ("01:00", "03:00")))
    spell = quiet_spell(schedule, utc("2026-11-21 22:30"))

    assert spell is not None
    assert texts([spell.start, spell.end]) == ["2026-11-21 22:00", "2026-11-22 03:00"]
    assert between(schedule, "2026-11-21 21:45", "2026-11-22 03:00") == ["2026-11-21 21:45", "2026-11-22 03:00"]


def test_nothing_is_moved_when_no_slot_lies_in_the_window() -> None:
    daily = catalogue(cron="0 12 * * *", quiet=(("23:00", "07:00"),))

    assert between(daily, "2026-11-20 00:00", "2026-11-22 00:00") == ["2026-11-20 12:00", "2026-11-21 12:00"]


def test_a_daily_slot_in_quiet_hours_moves_to_their_end() -> None:
    daily = catalogue(cron="0 4 * * *", quiet=(("23:00", "07:00"),))

    assert between(daily, "2026-11-20 00:00", "2026-11-22 00:00") == ["2026-11-20 07:00", "2026-11-21 07:00"]
    assert last_slot(daily, utc("2026-11-21 05:00")) == utc("2026-11-20 07:00")
    assert not is_slot(daily, utc("2026-11-21 04:00"))


def test_a_slots_name_tells_its_parts_and_its_moment() -> None:
    slot = utc("2026-11-21 04:00")

    assert slot_id([Part.HOME], slot) == "home-2026-11-21T04:00:00Z"
    assert slot_id([Part.CATALOGUE, Part.HOME], slot) == "catalogue+home-2026-11-21T04:00:00Z"
    assert slot_of_request(request_id(slot_id([Part.CATALOGUE, Part.HOME], slot))) == slot


@pytest.mark.parametrize("request_name", ["", "start-20261121T040000", "schedule-home", "schedule-home-2026-02-31T04:00:00Z"])
def test_a_request_of_somebody_else_names_no_slot(request_name: str) -> None:
    assert slot_of_request(request_name) is None


def test_jitter_is_the_same_for_everybody_and_differs_by_source_part_and_slot() -> None:
    schedule, other = home(jitter_s=300.0), catalogue(every_s=900.0, jitter_s=300.0)
    slot = utc("2026-11-21 04:00")
    dues = {due_at("plex", schedule, slot), due_at("tv", schedule, slot), due_at("plex", other, slot)}
    dues.add(due_at("plex", schedule, slot + 15 * MINUTE) - 15 * MINUTE)

    assert due_at("plex", home(jitter_s=300.0), slot) == due_at("plex", schedule, slot)
    assert len(dues) == 4
    assert all(slot <= due < slot + 5 * MINUTE for due in dues)


def test_jitter_takes_half_the_way_to_the_next_slot_at_most() -> None:
    schedule = home(every_s=60.0, jitter_s=3_600.0)
    slots = [utc("2026-11-21 04:00") + minute * MINUTE for minute in range(60)]

    assert all(slot <= due_at("plex", schedule, slot) < slot + MINUTE / 2 for slot in slots)


def test_jitter_never_leads_into_quiet_hours() -> None:
    schedule = home(every_s=3_600.0, jitter_s=1_700.0, quiet=(("04:01", "04:59"),))
    slot = utc("2026-11-21 04:00")

    assert due_at("plex", schedule, slot) == slot
    assert due_at("plex", schedule, slot + HOUR) > slot + HOUR


def test_a_moment_is_the_same_in_any_zone() -> None:
    schedule = catalogue(cron="0 4 * * *", time_zone=BERLIN)
    moment = utc("2026-11-21 12:00")
    elsewhere = moment.astimezone(tz=None)

    assert next_slot(schedule, elsewhere) == next_slot(schedule, moment)
    assert next_slot(schedule, elsewhere).tzinfo is UTC
