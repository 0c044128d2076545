"""Whether a part is asked for: caught up once, never piled up, less often while its server is down."""

from datetime import datetime, timedelta

import pytest

from actors.scheduler.config import PartSchedule
from actors.scheduler.deciding import Ask, NextRun, Wait, decide, next_runs
from actors.scheduler.knowing import Known, Trouble, asked_for, heard, refused, without_asked
from contracts.catalog import Mode, Part, SyncStatus
from contracts.messages import RequestRefused
from tests.scheduler_room import BERLIN, HOUR, MINUTE, NOON, SECOND, catalogue, home, known, progress, source, utc

SLOT = NOON
"""A slot of every schedule here."""
NOW = SLOT + SECOND


def asks(*schedules: PartSchedule, told: Known | None = None, now: datetime = NOW) -> list[Ask]:
    return [each for each in decide(source(*schedules), told or Known(), now) if isinstance(each, Ask)]


def wait(schedule: PartSchedule, told: Known | None = None, now: datetime = NOW) -> Wait:
    (found,) = decide(source(schedule), told or Known(), now)
    assert isinstance(found, Wait), found
    return found


def ran(part: Part, started_at: datetime, minutes: float = 1, **fields: object) -> Known:
    word = progress(part, started_at=started_at, ended_at=started_at + minutes * MINUTE, **fields)  # type: ignore[arg-type]
    return known(word, now=NOW)


def failed(times: int, code: str = "unreachable", last: datetime = SLOT) -> Known:
    """Home failed in a row, the last time at a slot; each slot before it, too."""
    starts = [last - number * 15 * MINUTE for number in reversed(range(times))]
    words = [
        progress(Part.HOME, started_at=start, ended_at=start + SECOND, status=SyncStatus.FAILED, error=code) for start in starts
    ]
    return known(*words, now=last + MINUTE)


def test_a_due_part_is_asked_for_under_the_name_of_its_slot() -> None:
    (ask,) = asks(home(), told=ran(Part.HOME, SLOT - 15 * MINUTE))

    assert (ask.parts, ask.slot, ask.mode) == ((Part.HOME,), SLOT, Mode.INCREMENTAL)
    assert ask.request_id == "schedule-home-2026-11-21T12:00:00Z"
    assert ask.delay_s == 1


def test_parts_that_share_a_slot_are_one_request() -> None:
    (ask,) = asks(home(), catalogue())

    assert ask.parts == (Part.CATALOGUE, Part.HOME)
    assert ask.slot_id == "catalogue+home-2026-11-21T12:00:00Z"


def test_parts_that_share_a_slot_go_with_the_first_of_them() -> None:
    (ask,) = asks(home(), catalogue(jitter_s=3_600.0))

    assert ask.parts == (Part.CATALOGUE, Part.HOME)


def test_parts_of_different_modes_are_two_requests() -> None:
    first, second = asks(home(), catalogue(mode=Mode.FULL))

    assert {first.slot_id, second.slot_id} == {"home-2026-11-21T12:00:00Z", "catalogue-2026-11-21T12:00:00Z"}
    assert {(first.parts, first.mode), (second.parts, second.mode)} == {
        ((Part.HOME,), Mode.INCREMENTAL),
        ((Part.CATALOGUE,), Mode.FULL),
    }


def test_the_name_of_a_slot_does_not_depend_on_who_is_left_out() -> None:
    (ask,) = asks(home(), catalogue(), told=known(progress(Part.CATALOGUE, started_at=SLOT - MINUTE)))

    assert ask.parts == (Part.HOME,)
    assert ask.slot_id == "catalogue+home-2026-11-21T12:00:00Z"


def test_what_was_missed_is_caught_up_once_with_the_newest_slot() -> None:
    now = SLOT + 40 * MINUTE
    (ask,) = asks(home(), told=ran(Part.HOME, SLOT - 10 * HOUR), now=now)
    after = heard(Known(), progress(Part.HOME, started_at=now, ended_at=now + SECOND, request_id=ask.request_id), now)

    assert ask.slot == SLOT + 30 * MINUTE
    assert wait(home(), after, now + 2 * SECOND).until == SLOT + 45 * MINUTE


def test_what_was_missed_waits_for_the_newer_slot_that_is_about_to_come() -> None:
    schedule = home(jitter_s=400.0)
    (decision,) = decide(source(schedule), ran(Part.HOME, SLOT - 10 * HOUR), SLOT)

    assert isinstance(decision, Wait)
    assert SLOT < decision.until < SLOT + 7 * MINUTE


def test_a_part_that_never_ran_is_overdue() -> None:
    assert [ask.slot for ask in asks(catalogue(cron="0 4 * * *", time_zone=BERLIN))] == [utc("2026-11-21 03:00")]


def test_a_part_that_shall_not_be_caught_up_waits_for_its_next_slot() -> None:
    schedule = home(on_start=False)
    told = known(progress(Part.HOME, started_at=SLOT - HOUR, ended_at=SLOT - HOUR), since=SLOT + MINUTE)

    assert wait(schedule, told, SLOT + 2 * MINUTE).until == SLOT + 15 * MINUTE
    assert asks(schedule, told=told, now=SLOT + 15 * MINUTE)


def test_a_slot_before_the_clock_was_set_back_is_no_reason_to_wait_for_ever() -> None:
    told = known(progress(Part.HOME, started_at=SLOT + 240 * HOUR, ended_at=SLOT + 240 * HOUR), since=SLOT + 240 * HOUR)

    assert asks(home(), told=told)
    assert asks(home(on_start=False), told=told)


def test_a_slot_that_a_run_by_hand_covers_is_not_asked_for() -> None:
    assert wait(home(), ran(Part.HOME, SLOT)).until == SLOT + 15 * MINUTE
    assert wait(home(), ran(Part.HOME, SLOT - MINUTE, minutes=2)).until == SLOT + 15 * MINUTE


def test_a_slot_counts_as_served_though_the_writers_clock_is_behind() -> None:
    request_id = "schedule-home-2026-11-21T12:00:00Z"

    assert wait(home(), ran(Part.HOME, SLOT - 5 * MINUTE, request_id=request_id)).until == SLOT + 15 * MINUTE


def test_a_slot_that_finds_its_part_running_is_skipped_and_said() -> None:
    running = known(progress(Part.HOME, started_at=SLOT - MINUTE))
    found = wait(home(), running)

    assert (found.skipped, found.until) == (SLOT, SLOT + 15 * MINUTE)
    assert found.why == "runs now; every 15 min"


def test_a_skipped_slot_is_not_made_up_for_when_the_run_ends() -> None:
    ended = heard(
        known(progress(Part.HOME, started_at=SLOT - MINUTE)), progress(Part.HOME, started_at=SLOT - MINUTE, ended_at=NOW), NOW
    )

    assert wait(home(), ended, NOW + SECOND).until == SLOT + 15 * MINUTE


def test_a_home_page_does_not_wait_for_the_films_of_its_sync() -> None:
    both = progress(Part.CATALOGUE, Part.HOME, started_at=SLOT - 10 * MINUTE)
    home_ended = progress(
        Part.CATALOGUE,
        Part.HOME,
        started_at=SLOT - 10 * MINUTE,
        ended_parts=[Part.HOME],
        updated_at=SLOT - 9 * MINUTE,
    )
    told = known(both, home_ended)

    assert [ask.parts for ask in asks(home(), catalogue(), told=told)] == [(Part.HOME,)]


def test_the_end_of_a_part_is_when_it_was_first_said() -> None:
    words = [
        progress(Part.CATALOGUE, Part.HOME, started_at=SLOT - HOUR, ended_parts=ended, updated_at=SLOT - minutes * MINUTE)
        for ended, minutes in [((), 60), ([Part.HOME], 59), ([Part.HOME], 20)]
    ]
    end = progress(Part.CATALOGUE, Part.HOME, started_at=SLOT - HOUR, ended_at=SLOT - 5 * MINUTE)

    assert known(*words, end).runs[Part.HOME].ended_at == SLOT - 59 * MINUTE
    assert known(*words, end).runs[Part.CATALOGUE].ended_at == SLOT - 5 * MINUTE
    assert known(words[2]).runs[Part.HOME].ended_at is None


def test_a_run_that_can_no_longer_be_true_holds_nothing_up() -> None:
    assert asks(home(), told=known(progress(Part.HOME, started_at=SLOT - 26 * HOUR)))


def test_words_of_an_older_sync_and_repeated_words_change_nothing() -> None:
    newer = progress(Part.HOME, started_at=SLOT - MINUTE, ended_at=SLOT)
    told = known(newer)

    assert heard(told, newer, NOW) is told
    assert heard(told, progress(Part.HOME, started_at=SLOT - HOUR, ended_at=SLOT - HOUR), NOW) is told
    assert heard(told, progress(Part.HOME, started_at=SLOT - MINUTE), NOW) is told


def test_a_slot_that_was_asked_for_is_not_asked_for_again() -> None:
    told = asked_for(Known(), [Part.HOME], SLOT, "schedule-home-2026-11-21T12:00:00Z", NOW)

    assert wait(home(), told).until == SLOT + 15 * MINUTE
    assert asks(home(), told=told, now=SLOT + 15 * MINUTE)


def test_after_the_bus_was_away_a_slot_that_nobody_took_up_is_asked_for_once_more() -> None:
    told = without_asked(asked_for(Known(), [Part.HOME], SLOT, "schedule-home-2026-11-21T12:00:00Z", NOW))

    assert [ask.slot for ask in asks(home(), told=told)] == [SLOT]


@pytest.mark.parametrize(("asked", "pause_min"), [(1, None), (2, None), (3, 10), (4, 20), (5, 40), (8, 320), (9, 360), (40, 360)])
def test_requests_that_nobody_answers_do_not_pile_up(asked: int, pause_min: int | None) -> None:
    told = Known()
    for number in range(asked):
        told = asked_for(told, [Part.HOME], SLOT - (asked - number) * 15 * MINUTE, "schedule-home-x", SLOT)
    decisions = decide(source(home()), told, NOW)

    if pause_min is None:
        assert isinstance(decisions[0], Ask)
    else:
        assert wait(home(), told).until == SLOT + pause_min * MINUTE
        assert wait(home(), told).why == f"{asked} requests without an answer"


def test_a_word_of_the_sync_or_a_refusal_is_an_answer() -> None:
    told = Known()
    for number in range(3):
        told = asked_for(told, [Part.HOME], SLOT - number * HOUR, "schedule-home-x", SLOT)
    refusal = RequestRefused(source_id="plex", request_id="schedule-home-x", code="already_running", text="it runs", at=SLOT)
    answer = progress(Part.CATALOGUE, started_at=SLOT, request_id="schedule-home-x")

    assert refused(told, refusal).asked[Part.HOME].unanswered == 0
    assert heard(told, answer, NOW).asked[Part.HOME].unanswered == 0
    assert heard(told, progress(Part.CATALOGUE, started_at=SLOT), NOW).asked[Part.HOME].unanswered == 3


def test_requests_of_before_the_clock_was_set_back_hold_nothing_up() -> None:
    told = Known()
    for number in range(9):
        told = asked_for(told, [Part.HOME], SLOT + number * HOUR + HOUR, "schedule-home-x", SLOT + 10 * HOUR)

    assert asks(home(), told=told)


def test_a_sync_of_after_the_clock_was_set_back_is_the_newer_one() -> None:
    told = known(progress(Part.HOME, started_at=SLOT + 10 * HOUR, ended_at=SLOT + 10 * HOUR), now=SLOT + 10 * HOUR)

    assert heard(told, progress(Part.HOME, started_at=SLOT), NOW).runs[Part.HOME].started_at == SLOT


def test_what_was_missed_is_not_caught_up_in_quiet_hours() -> None:
    schedule = catalogue(cron="0 22 * * *", quiet=(("23:00", "07:00"),))
    night = utc("2026-11-21 23:30")
    told = ran(Part.CATALOGUE, night - 30 * HOUR)

    assert wait(schedule, told, night).until == utc("2026-11-22 07:00")
    assert [ask.slot for ask in asks(schedule, told=told, now=utc("2026-11-22 07:00"))] == [utc("2026-11-21 22:00")]


@pytest.mark.parametrize("code", ["unreachable", "timeout", "server_error", "cool_down"])
@pytest.mark.parametrize(("times", "slots"), [(1, 2), (2, 4), (3, 8), (4, 16), (5, 24), (40, 24)])
def test_a_server_that_is_down_is_asked_at_every_second_fourth_eighth_slot(code: str, times: int, slots: int) -> None:
    found = wait(home(), failed(times, code), SLOT + 15 * MINUTE)

    assert found.until == SLOT + slots * 15 * MINUTE
    assert found.why == f"{code}, {times} in a row: asked less often"
    assert asks(home(), told=failed(times, code), now=found.until)


def test_a_daily_schedule_stays_daily_while_the_server_is_down() -> None:
    told = known(
        *[
            progress(Part.CATALOGUE, started_at=start, ended_at=start + SECOND, status=SyncStatus.FAILED, error="timeout")
            for start in (utc("2026-11-19 04:00"), utc("2026-11-20 04:00"))
        ]
    )

    assert asks(catalogue(cron="0 4 * * *"), told=told, now=utc("2026-11-21 04:00"))


def test_an_account_that_is_refused_is_asked_once_a_day() -> None:
    refused_account = failed(1, "account_expired")
    found = wait(home(), refused_account, SLOT + 15 * MINUTE)

    assert found.until == SLOT + 24 * HOUR
    assert found.why == "account_expired: asked once a day"


def test_a_daily_slot_stays_daily_for_a_refused_account_over_a_change_of_clocks() -> None:
    daily = catalogue(cron="0 4 * * *", time_zone=BERLIN, jitter_s=600.0)
    start = utc("2026-03-28 03:07")
    told = known(
        progress(Part.CATALOGUE, started_at=start, ended_at=start, status=SyncStatus.FAILED, error="account_rejected"), now=start
    )

    assert asks(daily, told=told, now=utc("2026-03-29 02:10"))


def test_another_failure_changes_nothing_about_the_schedule() -> None:
    assert asks(home(), told=failed(3, "unexpected_answer"), now=SLOT + 15 * MINUTE)


def test_a_cancelled_sync_says_nothing_about_the_server() -> None:
    later = SLOT + MINUTE
    told = heard(failed(2), progress(Part.HOME, started_at=later, ended_at=later, status=SyncStatus.CANCELLED), later)

    assert told.troubles[Part.HOME].failures == 2


def test_a_sync_that_reached_the_server_ends_the_trouble_of_every_part() -> None:
    later = SLOT + MINUTE
    reached = progress(Part.CATALOGUE, started_at=later, ended_at=later + SECOND)
    local = progress(Part.CATALOGUE, started_at=later, ended_at=later + SECOND, bytes_received=0)
    before = progress(Part.CATALOGUE, started_at=SLOT - HOUR, ended_at=SLOT - HOUR)

    assert not heard(failed(2), reached, later).troubles
    assert heard(failed(2), local, later).troubles
    assert heard(failed(2), before, later).troubles


def test_a_scheduler_that_starts_anew_tries_once() -> None:
    told = known(
        progress(Part.HOME, started_at=SLOT - MINUTE, ended_at=SLOT - MINUTE, status=SyncStatus.FAILED, error="account_rejected"),
        since=SLOT,
    )

    assert asks(home(), told=told)


def test_the_trouble_of_a_part_tells_how_often_it_failed() -> None:
    end = SLOT + SECOND

    assert failed(3).troubles == {Part.HOME: Trouble(kind="down", code="unreachable", failures=3, at=end)}


def test_every_part_is_decided_on() -> None:
    decisions = decide(source(home(), catalogue(cron="0 4 * * *")), ran(Part.CATALOGUE, SLOT - HOUR), NOW)

    assert [type(each) for each in decisions] == [Ask, Wait]


def test_next_runs_are_told_the_soonest_first() -> None:
    sources = [
        source(home(), catalogue(cron="0 4 * * *", time_zone=BERLIN)),
        source(home(every_s=600.0), source_id="tv"),
        source(source_id="unscheduled"),
    ]
    told = {
        "plex": known(progress(Part.CATALOGUE, Part.HOME, started_at=SLOT, ended_at=SLOT)),
        "tv": known(progress(Part.HOME, started_at=SLOT - HOUR, ended_at=SLOT - HOUR, source_id="tv")),
    }

    assert next_runs(sources, told, NOW) == [
        NextRun(source_id="tv", part=Part.HOME, at=NOW, why="overdue since 2026-11-21 12:00 UTC"),
        NextRun(source_id="plex", part=Part.HOME, at=SLOT + 15 * MINUTE, why="every 15 min"),
        NextRun(source_id="plex", part=Part.CATALOGUE, at=utc("2026-11-22 03:00"), why="cron 0 4 * * * Europe/Berlin"),
    ]


def test_a_source_of_which_nothing_is_known_is_overdue() -> None:
    (run,) = next_runs([source(home())], {}, NOW)

    assert (run.at, run.why) == (NOW, "overdue since 2026-11-21 12:00 UTC")


def test_the_wait_for_jitter_is_the_next_run() -> None:
    (run,) = next_runs([source(home(jitter_s=400.0))], {}, SLOT)

    assert SLOT < run.at < SLOT + timedelta(seconds=400)
    assert run.why == "every 15 min"
