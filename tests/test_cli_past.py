"""What `retry` asks for again, and what `confirm` confirms."""

from typing import Any

import msgspec
import pytest

from actors.cli.confirm import confirming
from actors.cli.past import Again, Held, held_back, held_text, to_ask_again
from actors.cli.retry import described, retrying
from actors.store import SourceStatus, StepFreshness, SyncHistory
from contracts.catalog import Mode, Part, StepStatus, SyncStatus
from contracts.errors import BadRequest
from contracts.messages import Counts
from tests.store_room import NOW, source, step, sync

DONE, FAILED, PARTIAL, SKIPPED = StepStatus.COMPLETED, StepStatus.FAILED, StepStatus.PARTIAL, StepStatus.SKIPPED
CATALOGUE, HOME, EPISODES = Part.CATALOGUE, Part.HOME, Part.EPISODES


def ran(*steps: Any, parts: tuple[Part, ...] = (CATALOGUE, HOME), sync_id: str = "a" * 16) -> SyncHistory:
    return SyncHistory(sync=sync(sync_id, status=SyncStatus.PARTIAL, parts=parts), steps=list(steps))


def last_of(*runs: SyncHistory) -> dict[Part, SyncHistory]:
    return {part: run for run in runs for part in run.sync.parts}


def asked_again(*runs: SyncHistory, dead: tuple[tuple[str, str], ...] = ()) -> list[Again]:
    return to_ask_again(last_of(*runs), dead, ["libraries"])


ACCOUNT = step("account", status=DONE)


def test_where_all_went_well_there_is_nothing_to_ask_for() -> None:
    run = ran(ACCOUNT, step("movies", status=DONE, counts=Counts(new=3)), step("home", part=HOME, status=DONE))

    assert asked_again(run) == []
    assert asked_again() == []
    assert described("iptv", []) == ["nothing failed in the last syncs of iptv"]


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"status": FAILED, "error_text": "connection refused"}, "failed: connection refused"),
        ({"status": FAILED}, "failed"),
        ({"status": PARTIAL, "error_text": "a page was doubtful"}, "partial: a page was doubtful"),
        ({"status": SKIPPED}, "skipped"),
        ({"status": DONE, "counts": Counts(new=1, rejected=1_234)}, "1,234 could not be read"),
        ({"status": DONE, "slices_dead": 1}, "has dead letters"),
    ],
)
def test_a_step_that_did_not_go_well_is_asked_for_with_its_reason(fields: dict[str, Any], why: str) -> None:
    (wish,) = asked_again(ran(ACCOUNT, step("movies", **fields), step("series", status=DONE)))

    assert (wish.steps, wish.parts, wish.mode, wish.reasons) == (("movies",), (CATALOGUE,), Mode.FULL, (f"movies: {why}",))


def test_a_step_that_has_dead_letters_is_asked_for_again() -> None:
    run = ran(step("movies", status=DONE))

    assert asked_again(run, dead=(("a" * 16, "movies"),))[0].steps == ("movies",)
    assert asked_again(run, dead=(("b" * 16, "movies"), ("a" * 16, "series"))) == []


def test_steps_that_were_cancelled_did_not_fail() -> None:
    assert asked_again(ran(step("movies", status=StepStatus.CANCELLED))) == []


def test_each_part_is_judged_by_its_own_last_sync() -> None:
    all_failed = ran(step("movies", status=FAILED), step("home", part=HOME, status=FAILED))
    home_went_well = ran(step("home", part=HOME, status=DONE), parts=(HOME,), sync_id="b" * 16)

    (wish,) = asked_again(all_failed, home_went_well)

    assert (wish.steps, wish.parts) == (("movies",), (CATALOGUE,))


def test_steps_of_several_parts_are_one_request() -> None:
    (wish,) = asked_again(ran(step("movies.1", status=FAILED), step("home", part=HOME, status=FAILED)))
    request = retrying(wish)

    assert (request.steps, request.parts, request.mode) == (["movies.1", "home"], [CATALOGUE, HOME], Mode.FULL)
    assert request.request_id not in ("", retrying(wish).request_id)


def test_of_what_was_seen_the_whole_listing_is_asked_for_once() -> None:
    (wish,) = asked_again(ran(step("movies.1", status=FAILED), step("watched_movies.1", status=FAILED)))

    assert wish.steps == ("movies.1",)


@pytest.mark.parametrize("broken", ["account", "libraries"])
def test_where_it_is_not_known_what_there_is_all_is_asked_for(broken: str) -> None:
    steps = [step(name, status=FAILED if name == broken else SKIPPED) for name in ("account", "libraries")]
    (wish,) = asked_again(ran(*steps, step("home", part=HOME, status=SKIPPED)))

    assert (wish.steps, wish.parts) == ((), (CATALOGUE, HOME))
    assert described("plex", [wish])[-1] == "asking again for the catalogue and the home page"


def test_a_check_that_fails_alone_is_asked_for_with_its_part() -> None:
    (wish,) = asked_again(ran(step("account", status=FAILED), parts=(CATALOGUE,)))

    assert (wish.steps, wish.parts) == ((), (CATALOGUE,))


def test_of_the_episodes_only_what_is_due_is_asked_for_and_after_the_rest() -> None:
    episodes = ran(step("episodes", part=EPISODES, status=PARTIAL), parts=(EPISODES,), sync_id="b" * 16)
    wishes = asked_again(ran(step("movies", status=FAILED)), episodes)

    assert [(wish.steps, wish.mode) for wish in wishes] == [(("movies",), Mode.FULL), (("episodes",), Mode.INCREMENTAL)]
    assert described("iptv", wishes)[-1] == "asking again for movies; then episodes"


# --- What is held back ---------------------------------------------------------------------------------

MOVIES = Held(step="movies", missing=41_000, listed=109_000, at=NOW)


def test_what_is_held_back_is_said_with_both_numbers() -> None:
    fresh = [
        StepFreshness(step="movies", held_back=41_000, rows=109_000, last_synced_at=NOW),
        StepFreshness(step="series", rows=34_000),
    ]

    assert held_back(SourceStatus(source=source(), freshness=fresh)) == {"movies": MOVIES}
    last = step(counts=Counts(unchanged=108_999), held_back=41_000)
    (twice,) = held_back(SourceStatus(source=source(), freshness=[msgspec.structs.replace(fresh[0], last_run=last)])).values()
    assert twice.listed == 108_999, "a row that is served twice is one"
    assert held_text(MOVIES) == "movies: 41,000 rows are no longer listed and were kept; 109,000 are listed"


def test_a_confirmed_step_is_asked_for_in_full() -> None:
    request = confirming("iptv", {"movies": MOVIES}, ("movies", "movies"))

    assert (request.steps, request.confirm, request.mode) == (["movies"], ["movies"], Mode.FULL)
    assert request.parts == [CATALOGUE]


@pytest.mark.parametrize(
    ("held", "steps", "words"),
    [
        ({}, ("movies",), "step 'movies' of iptv holds nothing back; nothing is held back"),
        ({"movies": MOVIES}, ("movies", "series"), "step 'series' of iptv holds nothing back; movies: 41,000 rows"),
        ({"movies": MOVIES}, (), "name the steps of iptv to confirm; movies: 41,000 rows"),
    ],
)
def test_what_is_not_held_back_cannot_be_confirmed(held: dict[str, Held], steps: tuple[str, ...], words: str) -> None:
    with pytest.raises(BadRequest) as caught:
        confirming("iptv", held, steps)

    assert caught.value.text.startswith(words)
