"""What can be a schedule, and the sentence for what cannot."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.scheduler.config import PartSchedule, SourceSchedule, every
from actors.scheduler.slots import last_slot, next_slot
from actors.scheduler.zone import machine_time_zone
from contracts.catalog import Mode, Part
from tests.scheduler_room import BERLIN, NOON, catalogue, home


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("15m", 900), ("6h", 21_600), ("1d", 86_400), (" 2h ", 7_200)])
def test_a_duration_is_a_number_and_a_unit(text: str, seconds: float) -> None:
    assert every(text) == seconds


@pytest.mark.parametrize("text", ["", "6", "h", "6 hours", "-1h", "1.5h", "١h", "1h30m", "9" * 5_000 + "s"])
def test_what_is_no_duration_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="is no duration; write a whole number and s, m, h or d, such as 15m or 6h"):
        every(text)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "name one of every and cron, and not both"),
        ({"every_s": 900.0, "cron": "0 4 * * *"}, "name one of every and cron, and not both"),
        ({"every_s": 59.0}, "59 s is not between 60 s and 31 days"),
        ({"every_s": 1e9}, "1e+09 s is not between 60 s and 31 days"),
        ({"every_s": float("nan")}, "nan s is not between"),
        ({"every_s": 90.5}, "90.5 s is not a whole number of seconds"),
        ({"every_s": 900.0, "jitter_s": -1.0}, "a jitter of -1 s is not between 0 and 3600 s"),
        ({"every_s": 900.0, "jitter_s": 7_200.0}, "a jitter of 7200 s is not between"),
        ({"cron": "0 4 * *"}, "'0 4 * *' is no cron line of five fields"),
        ({"cron": "0 0 4 * * *"}, "is no cron line of five fields"),
        ({"cron": "61 4 * * *"}, "'61 4 * * *' is no cron line: bad minute"),
        ({"cron": "0 0 30 2 *"}, "'0 0 30 2 *' is no cron line: bad day-of-month"),
        ({"cron": "," * 300}, "is no cron line of five fields"),
        ({"every_s": 900.0, "time_zone": "Europe/Atlantis"}, "'Europe/Atlantis' is no time zone that this machine knows"),
        ({"every_s": 900.0, "time_zone": "../etc/passwd"}, "is no time zone that this machine knows"),
        ({"every_s": 900.0, "time_zone": "Europe"}, "is no time zone that this machine knows"),
        ({"every_s": 900.0, "quiet": (("7:00", "08:00"),)}, "'7:00' is no time of day; write hours and minutes"),
        ({"every_s": 900.0, "quiet": (("07:00", "24:00"),)}, "'24:00' is no time of day"),
        ({"every_s": 900.0, "quiet": (("07:00", "07:00"),)}, "a quiet window that ends when it starts is none"),
        ({"every_s": 900.0, "quiet": (("07:00", "20:00"), ("19:00", "07:30"))}, "leave no time of the day to sync in"),
        ({"every_s": 900.0, "quiet": (("07:00", "08:00"),) * 25}, "25 windows are too many"),
    ],
)
def test_what_cannot_be_a_schedule_is_refused_in_a_sentence(fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError) as refused:
        PartSchedule(part=Part.HOME, **fields)

    assert sentence in str(refused.value)


def test_a_schedule_asks_for_what_changed_and_catches_up_unless_told_otherwise() -> None:
    schedule = home()

    assert (schedule.mode, schedule.on_start, schedule.time_zone, schedule.quiet) == (Mode.INCREMENTAL, True, "UTC", ())


def test_quiet_hours_may_leave_a_single_minute() -> None:
    assert home(quiet=(("07:00", "19:00"), ("19:00", "06:59"))).quiet


def test_a_part_has_one_schedule() -> None:
    with pytest.raises(ValueError, match="home has two schedules"):
        SourceSchedule(source_id="plex", schedules=(home(), catalogue(), home(every_s=60.0)))


CRON_FIELD = st.text("0123456789*/,-#LWMONJAN", min_size=1, max_size=6)


@given(st.tuples(*[CRON_FIELD] * 5).map(" ".join) | st.text(max_size=40))
def test_any_text_is_a_cron_line_or_is_refused(cron: str) -> None:
    try:
        schedule = PartSchedule(part=Part.HOME, cron=cron, time_zone=BERLIN)
    except ValueError:
        return
    slot = next_slot(schedule, NOON)

    assert last_slot(schedule, slot) == slot


@pytest.mark.parametrize(
    ("named", "linked", "expected"),
    [
        ("Europe/Berlin", "zoneinfo/America/New_York", "Europe/Berlin"),
        (":Europe/Berlin", "zoneinfo/UTC", "Europe/Berlin"),
        ("CET-1CEST,M3.5.0", "zoneinfo/America/New_York", "America/New_York"),
        ("", "zoneinfo/posix/Asia/Tokyo", "Asia/Tokyo"),
        ("", "zoneinfo/Nowhere", "UTC"),
        ("", "somewhere/else", "UTC"),
    ],
)
def test_the_machines_zone_has_a_name(tmp_path: Path, named: str, linked: str, expected: str) -> None:
    local_time = tmp_path / "localtime"
    local_time.symlink_to(tmp_path / linked)

    assert machine_time_zone({"TZ": named}, local_time) == expected
