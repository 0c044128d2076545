"""Days of schedules in a simulated clock: two schedulers, restarts, changes of clocks, outages; each slot is asked for once."""

from collections import Counter
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.scheduler.config import SourceSchedule
from actors.scheduler.planner import Note, Planner
from contracts.catalog import Part
from tests.scheduler_room import BERLIN, HOUR, MINUTE, NOON, SECOND, World, catalogue, home, progress, source, texts, utc

PLEX = source(
    home(cron="*/15 * * * *", time_zone=BERLIN, jitter_s=60.0),
    catalogue(cron="30 2 * * *", time_zone=BERLIN, jitter_s=60.0),
)
TV = source(
    home(every_s=21_600.0, time_zone=BERLIN, quiet=(("23:00", "06:00"),)),
    catalogue(time_zone=BERLIN, quiet=(("23:00", "06:00"),)),
    source_id="tv",
)
SIMPLE = source(home(), catalogue())
SIMPLE_TV = source(home(every_s=3_600.0), catalogue(), source_id="tv")


def lasts(source_id: str, part: Part) -> timedelta:
    return 20 * SECOND if part is Part.HOME else 40 * MINUTE


def quarters(start: datetime, end: datetime) -> list[datetime]:
    return [start + quarter * 15 * MINUTE for quarter in range(int((end - start) / (15 * MINUTE)))]


def run_with(world: World, *events: tuple[datetime, str, str]) -> None:
    """Let time pass until each event and let it happen: `a` or `b`, and whether it starts or stops."""
    for at, name, what in events:
        world.run(at)
        world.start(name) if what == "starts" else world.stop(name)


@pytest.mark.parametrize(
    ("start", "end", "daily", "plain"),
    [
        pytest.param(
            "2026-10-24 22:00",
            "2026-10-25 23:00",
            ["2026-10-24 00:30", "2026-10-25 00:30"],
            ["2026-10-25 05:00", "2026-10-25 06:00", "2026-10-25 12:00", "2026-10-25 18:00"],
            id="of 25 hours, with 02:30 twice",
        ),
        pytest.param(
            "2026-03-28 23:00",
            "2026-03-29 22:00",
            ["2026-03-28 01:30", "2026-03-29 01:00"],
            ["2026-03-29 04:00", "2026-03-29 06:00", "2026-03-29 12:00", "2026-03-29 18:00"],
            id="of 23 hours, without 02:30",
        ),
        pytest.param(
            "2026-11-20 23:00",
            "2026-11-21 23:00",
            ["2026-11-20 01:30", "2026-11-21 01:30"],
            ["2026-11-21 05:00", "2026-11-21 06:00", "2026-11-21 12:00", "2026-11-21 18:00"],
            id="of 24 hours",
        ),
    ],
)
def test_each_slot_of_a_day_is_asked_for_once(start: str, end: str, daily: list[str], plain: list[str]) -> None:
    first, last, night = utc(start), utc(end), utc(daily[1])
    noon = last.replace(hour=10, minute=0)
    world = World([PLEX, TV], first, lasts)
    world.start("a")
    world.start("b")
    run_with(
        world,
        (night - 9 * MINUTE, "a", "stops"),
        (night - 4 * MINUTE, "b", "stops"),
        (night + 9 * MINUTE, "b", "starts"),  # It finds the daily slot missed, and catches it up.
        (night + 55 * MINUTE, "a", "starts"),
        (night + 150 * MINUTE + 30 * SECOND, "a", "starts"),  # In the middle of a jitter, anew.
        (noon + 5 * MINUTE, "a", "stops"),
        (noon + 5 * MINUTE, "b", "stops"),
        (noon + 67 * MINUTE, "a", "starts"),  # Of the four slots that were missed, the newest.
        (noon + 70 * MINUTE, "b", "starts"),
    )
    world.run(last)
    missed = [noon + minutes * MINUTE for minutes in (15, 30, 45)]

    assert world.slots_of("plex", Part.HOME) == [slot for slot in quarters(first, last) if slot not in missed]
    assert texts(world.slots_of("plex", Part.CATALOGUE)) == daily
    assert texts(world.slots_of("tv", Part.CATALOGUE)) == texts(world.slots_of("tv", Part.HOME)) == plain
    assert [sync.parts for sync in world.admitted if sync.source_id == "tv"] == [(Part.CATALOGUE, Part.HOME)] * 4
    assert len(world.asked) > len(world.admitted), "both schedulers ask, and the writer takes one"
    assert world.refused == 0


def test_one_scheduler_asks_for_each_slot_once() -> None:
    world = World([SIMPLE], NOON, lasts)
    world.start("a")
    world.run(NOON + 24 * HOUR)

    assert world.slots_of("plex", Part.HOME) == quarters(NOON, NOON + 24 * HOUR)
    assert len(world.asked) == len(world.admitted)


def test_a_sync_that_outlasts_its_slots_skips_them_and_says_so_once_each() -> None:
    world = World([source(catalogue(every_s=900.0))], NOON, lasts)
    world.start("a")
    world.run(NOON + 2 * HOUR)

    assert texts(world.slots_of("plex", Part.CATALOGUE)) == ["2026-11-21 12:00", "2026-11-21 12:45", "2026-11-21 13:30"]
    assert world.times_said("a slot is skipped") == 5
    assert world.refused == 0


def test_a_skipped_slot_is_said_once_however_much_is_heard_meanwhile() -> None:
    planner = Planner([SIMPLE], NOON)
    notes: list[Note] = []
    for ended in ((), (Part.HOME,)):
        planner.hear(progress(Part.CATALOGUE, Part.HOME, started_at=NOON - MINUTE, ended_parts=ended), NOON)
        notes += planner.look(NOON + SECOND).notes

    assert [note.values["part"] for note in notes] == ["home", "catalogue"]


def test_an_outage_is_asked_into_less_and_less_often_and_said_once() -> None:
    world = World([source(home())], NOON, lasts)
    world.start("a")
    world.start("b")
    world.run(NOON + HOUR)
    world.error = "unreachable"
    world.run(NOON + 13 * HOUR)
    during = [slot for slot in world.slots_of("plex", Part.HOME) if slot >= NOON + HOUR]
    world.error = None
    world.run(NOON + 24 * HOUR)
    after = [slot for slot in world.slots_of("plex", Part.HOME) if slot >= NOON + 9 * HOUR]

    assert texts(during) == [
        "2026-11-21 13:00",
        "2026-11-21 13:30",
        "2026-11-21 14:30",
        "2026-11-21 16:30",
        "2026-11-21 20:30",
    ]
    assert after == quarters(NOON + 14 * HOUR + 30 * MINUTE, NOON + 24 * HOUR)
    assert world.times_said("cannot be synced") == 2, "once by each scheduler"
    assert world.times_said("answers again") == 2


def test_an_account_that_is_refused_is_met_once_a_day() -> None:
    world = World([source(home(), catalogue())], NOON, lasts)
    world.error = "account_rejected"
    world.start("a")
    world.run(NOON + 3 * 24 * HOUR)

    assert world.slots_of("plex", Part.HOME) == [NOON, NOON + 24 * HOUR, NOON + 48 * HOUR]
    assert world.slots_of("plex", Part.CATALOGUE) == world.slots_of("plex", Part.HOME)
    assert world.times_said("cannot be synced") == 1


def test_a_writer_that_is_away_finds_few_requests_when_it_is_back() -> None:
    world = World([source(home())], NOON, lasts)
    world.start("a")
    world.run(NOON + HOUR)
    world.is_writer_up = False
    before = len(world.asked)
    world.run(NOON + 25 * HOUR)
    waiting = len(world.asked) - before
    world.is_writer_up = True
    world.run(NOON + 33 * HOUR)

    assert waiting <= 12
    assert world.slots_of("plex", Part.HOME)[-8:] == quarters(NOON + 31 * HOUR, NOON + 33 * HOUR)


@pytest.mark.parametrize("hours", [240, 1, 0.5, 0.01])
def test_a_clock_that_jumps_forwards_brings_one_run_and_no_burst(hours: float) -> None:
    world = World([source(home())], NOON + MINUTE, lasts)
    world.start("a")
    world.run(NOON + 16 * MINUTE)
    world.clock_error = timedelta(hours=hours)
    before = len(world.admitted)
    world.run(NOON + 17 * MINUTE)

    assert len(world.admitted) - before == (1 if hours >= 0.25 else 0)


@pytest.mark.parametrize("hours", [240, 5, 1, 0.5])
def test_a_clock_that_was_wrong_for_a_while_holds_nothing_up_once_it_is_right(hours: float) -> None:
    world = World([source(home())], NOON + MINUTE, lasts)
    world.start("a")
    world.clock_error = timedelta(hours=hours)
    world.run(NOON + 20 * MINUTE)
    world.clock_error = timedelta()
    world.run(NOON + 8 * HOUR)
    repeated = {slot for slot, times in Counter(world.slots_of("plex", Part.HOME)).items() if times > 1}

    assert not repeated
    assert world.slots_of("plex", Part.HOME)[-8:] == quarters(NOON + 6 * HOUR, NOON + 8 * HOUR)


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["a starts", "b starts", "a stops", "b stops", "clock", "writer", "server", "bus"]),
        st.integers(-360, 360),
        st.integers(1, 240),
    ),
    max_size=14,
)
"""What happens, a number for it, and for how many minutes time passes then."""


def happen(world: World, what: str, number: int) -> None:
    name, _, change = what.partition(" ")
    match change or name:
        case "starts":
            world.start(name)
        case "stops":
            world.stop(name)
        case "clock":
            world.clock_error = number * MINUTE
        case "writer":
            world.is_writer_up = not world.is_writer_up
        case "server":
            world.error = None if world.error else "unreachable"
        case _:
            for planner in world.planners.values():
                planner.forget_asked()


def each_once(world: World, sources: list[SourceSchedule]) -> bool:
    slots = [
        (each.source_id, schedule.part, slot)
        for each in sources
        for schedule in each.schedules
        for slot in world.slots_of(each.source_id, schedule.part)
    ]
    return len(slots) == len(set(slots))


@settings(max_examples=20)
@given(EVENTS)
def test_whatever_happens_each_slot_runs_once_and_schedules_go_on(events: list[tuple[str, int, int]]) -> None:
    sources = [PLEX, SIMPLE_TV]
    world = World(sources, NOON, lasts)
    world.start("a")
    for what, number, minutes in events:
        happen(world, what, number)
        world.run(world.true_now + minutes * MINUTE, step=2 * MINUTE)
    world.is_writer_up, world.error = True, None
    world.start("a")
    world.run(world.true_now + 30 * HOUR, step=2 * MINUTE)

    assert each_once(world, sources)
    assert world.slots_of("plex", Part.HOME)[-1] > world.now - 18 * MINUTE
    assert world.slots_of("tv", Part.CATALOGUE)[-1] > world.now - 7 * HOUR
    assert world.slots_of("plex", Part.CATALOGUE)[-1] > world.now - 26 * HOUR
