"""The progress fold: exact percents, any order, any repetition, and a restart at any point."""

import functools
import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.progress.fold import SyncState, fold, progress_of, state_of
from contracts import codec, limits
from contracts.catalog import ItemKind, Mode, Part, StepStatus, SyncStatus
from contracts.errors import AccountExpired, SourceUnreachable
from contracts.messages import (
    Counts,
    ErrorReport,
    Fact,
    StepCounted,
    StepFetching,
    StepPlan,
    SyncClosed,
    SyncPlanned,
    SyncProgress,
)

START = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
PLACE: dict[str, Any] = {"sync_id": "0123456789abcdef", "source_id": "iptv"}
LISTINGS = {
    "channel_categories": (ItemKind.CHANNEL, True),
    "channels": (ItemKind.CHANNEL, False),
    "movie_categories": (ItemKind.MOVIE, True),
    "movies": (ItemKind.MOVIE, False),
    "series_categories": (ItemKind.SHOW, True),
    "series": (ItemKind.SHOW, False),
}
ACCOUNT = StepPlan(step="account", title="Account", weight=0)
STEPS = [
    ACCOUNT,
    *(StepPlan(step=step, title=step, item_kind=kind, is_categories=is_list) for step, (kind, is_list) in LISTINGS.items()),
]


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def planned(steps: Sequence[StepPlan] = STEPS) -> SyncPlanned:
    return SyncPlanned(
        **PLACE,
        request_id="tonight",
        parts=[Part.CATALOGUE],
        mode=Mode.FULL,
        steps=list(steps),
        requested_at=at(-1),
        started_at=START,
    )


def counted(step: str, status: StepStatus, revision: int = 1, **fields: Any) -> StepCounted:
    counts = Counts(new=fields.pop("new", 0))
    return StepCounted(**PLACE, step=step, revision=revision, status=status, counts=counts, at=fields.pop("at", START), **fields)


def fetching(step: str, revision: int = 1, **fields: Any) -> StepFetching:
    return StepFetching(**PLACE, step=step, revision=revision, at=START, **fields)


def closed(status: SyncStatus, **fields: Any) -> SyncClosed:
    return SyncClosed(**PLACE, status=status, at=at(10), **fields)


def ended(*steps: str) -> list[Fact]:
    return [counted(step, StepStatus.COMPLETED, revision=9, slices_done=1, slices_total=1) for step in steps]


def folded(*facts: Fact, state: SyncState | None = None) -> SyncState:
    return functools.reduce(fold, facts, state or SyncState())


def shown(*facts: Fact, previous: SyncProgress | None = None, seconds: float = 1) -> SyncProgress:
    progress = progress_of(folded(*facts), now=at(seconds), previous=previous)
    assert progress is not None
    return progress


# --- Percent -------------------------------------------------------------------------------------------


def test_the_six_steps_end_at_16_33_50_66_83_and_100() -> None:
    names = ["account", *LISTINGS]

    percents = [shown(planned(), *ended(*names[:count])).progress for count in range(len(names) + 1)]

    assert percents == [0, 0, 16, 33, 50, 66, 83, 100]


def test_the_order_in_which_steps_end_does_not_matter_to_the_percent() -> None:
    assert all(shown(planned(), *ended(*names)).progress == 50 for names in itertools.combinations(LISTINGS, 3))


@pytest.mark.parametrize(("slices_done", "percent"), [(0, 33), (1, 37), (2, 41), (3, 45), (4, 50)])
def test_inside_a_step_its_slices_count(slices_done: int, percent: int) -> None:
    running = counted("movies", StepStatus.RUNNING, slices_done=slices_done, slices_total=4)

    assert shown(planned(), *ended("channel_categories", "channels"), running).progress == percent


@pytest.mark.parametrize(
    ("bytes_received", "rows", "bytes_expected", "rows_expected", "fraction"),
    [
        (50, 0, 100, None, 0.5),
        (0, 30, None, 40, 0.75),
        (100, 20, 100, 40, 0.75),
        (100, 0, 100, 40, 0.5),
        (500, 0, 100, None, 0.95),
        (0, 900, None, 40, 0.95),
        (7, 7, None, None, 0.0),
        (7, 7, 0, 0, 0.0),
    ],
)
def test_without_a_total_the_bytes_and_the_rows_are_an_estimate_that_stops_at_95(
    bytes_received: int, rows: int, bytes_expected: int | None, rows_expected: int | None, fraction: float
) -> None:
    movies = StepPlan(step="movies", title="Movies", item_kind=ItemKind.MOVIE, rows_expected=rows_expected)
    facts: list[Fact] = [
        planned([movies]),
        fetching("movies", bytes_received=bytes_received, bytes_expected=bytes_expected),
        counted("movies", StepStatus.RUNNING, new=rows),
    ]

    assert shown(*facts).steps[0].fraction == pytest.approx(fraction)


def test_the_size_of_the_last_answer_serves_where_the_server_names_none() -> None:
    movies = StepPlan(step="movies", title="Movies", item_kind=ItemKind.MOVIE, bytes_expected=200)

    assert shown(planned([movies]), fetching("movies", bytes_received=50)).progress == 25


def test_a_failed_step_counts_as_ended() -> None:
    refused = ErrorReport(code=SourceUnreachable.code, text="connection refused")

    assert shown(planned(), counted("movies", StepStatus.FAILED, error=refused)).progress == 16


def test_steps_that_a_refused_account_ends_add_nothing() -> None:
    expired = ErrorReport(code=AccountExpired.code, text="the account ended")
    skipped = [counted(step, StepStatus.SKIPPED) for step in LISTINGS]
    facts = [counted("account", StepStatus.FAILED, error=expired), *skipped]

    progress = shown(planned(), *facts, closed(SyncStatus.FAILED, error=expired))

    assert (progress.status, progress.progress) == (SyncStatus.FAILED, 0)
    assert {step.status for step in progress.steps} == {StepStatus.FAILED, StepStatus.SKIPPED}


@pytest.mark.parametrize("status", [SyncStatus.COMPLETED, SyncStatus.PARTIAL])
def test_completed_and_partial_end_at_100(status: SyncStatus) -> None:
    assert shown(planned(), *ended("movies"), closed(status)).progress == 100


@pytest.mark.parametrize("status", [SyncStatus.FAILED, SyncStatus.CANCELLED])
def test_failed_and_cancelled_keep_what_they_had(status: SyncStatus) -> None:
    facts = [planned(), *ended("channels", "movies"), counted("series", StepStatus.RUNNING, slices_done=1, slices_total=2)]
    before = shown(*facts)

    after = shown(*facts, closed(status), previous=before)

    assert (before.progress, after.progress) == (41, 41)


def test_steps_that_a_cancel_ends_add_nothing() -> None:
    cancelled = [counted(step, StepStatus.CANCELLED, revision=20) for step in LISTINGS if step != "channels"]

    progress = shown(planned(), *ended("channels"), *cancelled, closed(SyncStatus.CANCELLED))

    assert (progress.status, progress.progress) == (SyncStatus.CANCELLED, 16)


def test_a_step_still_open_when_its_sync_was_cancelled_is_shown_as_cancelled() -> None:
    progress = shown(planned(), fetching("movies", detail="downloading"), closed(SyncStatus.CANCELLED))

    assert {step.status for step in progress.steps} == {StepStatus.CANCELLED}
    assert progress.current_step is None
    assert all(step.detail is None for step in progress.steps)


def test_percent_and_fractions_never_fall_when_a_step_starts_anew() -> None:
    before = shown(planned(), counted("movies", StepStatus.RUNNING, slices_done=3, slices_total=4))

    anew = counted("movies", StepStatus.RUNNING, revision=2, slices_done=0)
    after = shown(planned(), anew, previous=before)

    assert (after.progress, after.steps[4].fraction) == (before.progress, 0.75)


def test_a_failed_sync_keeps_its_percent_over_a_restart() -> None:
    told = shown(planned(), *ended("channels"), closed(SyncStatus.FAILED))

    after = progress_of(state_of(told), now=at(20), previous=None)

    assert after is not None
    assert (told.progress, after.progress) == (16, 16)


def test_a_sync_of_the_account_check_alone_ends_at_100() -> None:
    assert shown(planned([ACCOUNT]), *ended("account")).progress == 0
    assert shown(planned([ACCOUNT]), *ended("account"), closed(SyncStatus.COMPLETED)).progress == 100


# --- What else is shown --------------------------------------------------------------------------------


def test_nothing_is_shown_before_the_plan_and_nothing_said_before_it_is_lost() -> None:
    early = folded(*ended("channels"), fetching("movies", bytes_received=5))

    assert progress_of(early, now=START, previous=None) is None
    assert progress_of(fold(early, planned()), now=at(1), previous=None) == shown(
        planned(), *ended("channels"), fetching("movies", bytes_received=5)
    )


def test_a_planned_sync_is_pending_until_a_fact_of_work() -> None:
    pending = [counted(step, StepStatus.PENDING) for step in LISTINGS]

    assert shown(planned(), *pending).status is SyncStatus.PENDING
    assert shown(planned(), *pending, fetching("account")).status is SyncStatus.SYNCING
    assert shown(planned(), counted("account", StepStatus.RUNNING, revision=2)).status is SyncStatus.SYNCING


def test_rows_are_counted_by_kind_and_categories_apart() -> None:
    facts = [counted(step, StepStatus.COMPLETED, new=10**place) for place, step in enumerate(LISTINGS)]

    progress = shown(planned(), *facts)

    assert (progress.channels_synced, progress.movies_synced, progress.series_synced) == (10, 1_000, 100_000)
    assert progress.categories_synced == 10_101
    assert progress.counts.synced == 111_111


def test_the_current_step_is_the_first_that_runs() -> None:
    assert shown(planned(), fetching("series"), fetching("channels"), *ended("account")).current_step == "channels"
    assert shown(planned(), fetching("channels"), *ended("channels")).current_step is None


def test_what_a_step_waits_for_is_shown_until_it_ends() -> None:
    cooling = fetching("movies", detail="cooling down, the server said 429", waiting_until=at(60))

    assert shown(planned(), cooling).steps[4].waiting_until == at(60)
    assert shown(planned(), cooling, *ended("movies")).steps[4].waiting_until is None


def test_errors_accumulate_over_attempts_the_latest_at_the_end() -> None:
    first = ErrorReport(code="timeout", text="no byte for 30 s")
    second = ErrorReport(code="unreachable", text="connection reset")
    facts = [
        counted("movies", StepStatus.FAILED, revision=4, error=second, at=at(2)),
        counted("movies", StepStatus.RUNNING, revision=3, error=first, at=at(1)),
        counted("movies", StepStatus.FAILED, revision=4, error=second, at=at(2)),
    ]

    progress = shown(planned(), *facts)

    assert [(error.code, error.step, error.at) for error in progress.errors] == [
        ("timeout", "movies", at(1)),
        ("unreachable", "movies", at(2)),
    ]
    assert progress.errors_total == 2


def test_of_many_errors_the_latest_are_shown_and_all_are_counted_over_a_restart_too() -> None:
    facts: list[Fact] = [
        counted("movies", StepStatus.RUNNING, n, error=ErrorReport(code="timeout", text=f"{n}"), at=at(n)) for n in range(60)
    ]
    before = shown(planned(), *facts)

    after = progress_of(folded(*facts[-3:], state=state_of(before)), now=at(90), previous=None)

    assert after is not None
    assert [error.text for error in after.errors] == [f"{n}" for n in range(10, 60)]
    assert (before.errors_total, after.errors_total, limits.PROGRESS_ERRORS_MAX) == (60, 60, 50)


def test_the_rate_looks_at_the_last_seconds_and_at_the_end_over_all_of_it() -> None:
    first = shown(planned(), counted("movies", StepStatus.RUNNING, new=1_000), seconds=2)
    idle = shown(planned(), counted("movies", StepStatus.RUNNING, new=1_000), previous=first, seconds=62)
    last = shown(planned(), counted("movies", StepStatus.COMPLETED, 2, new=4_000), closed(SyncStatus.COMPLETED), previous=idle)

    assert first.rows_per_second == 500
    assert idle.rows_per_second < 1
    assert last.rows_per_second == 400


def test_the_time_left_comes_from_rows_where_they_are_expected() -> None:
    movies = StepPlan(step="movies", title="Movies", item_kind=ItemKind.MOVIE, rows_expected=1_000)

    assert shown(planned([movies]), counted("movies", StepStatus.RUNNING, new=100), seconds=2).seconds_left == 18


def test_the_time_left_comes_from_the_share_where_no_rows_are_expected() -> None:
    assert shown(planned(), *ended("channels", "movies"), seconds=4).seconds_left == pytest.approx(8)


def test_the_time_left_is_no_shorter_than_a_cool_down_and_unknown_at_the_start() -> None:
    assert shown(planned(), fetching("movies")).seconds_left is None
    cooling = fetching("series", waiting_until=at(61))
    assert shown(planned(), *ended("channels"), cooling).seconds_left == 60
    assert shown(planned(), closed(SyncStatus.FAILED)).seconds_left == 0


def test_the_stamp_grows_although_the_clock_goes_back() -> None:
    before = shown(planned(), seconds=100)
    after = shown(planned(), previous=before, seconds=50)

    assert after.updated_at > before.updated_at
    assert codec.message_id(after) != codec.message_id(before)


def test_a_previous_state_of_another_sync_is_no_floor() -> None:
    other = msgspec.structs.replace(shown(planned(), *ended(*LISTINGS)), sync_id="f" * 16)

    assert shown(planned(), previous=other).progress == 0


# --- Any order, any repetition, any restart --------------------------------------------------------------

names = st.sampled_from([*(plan.step for plan in STEPS), "unplanned"])
small = st.integers(0, 6)
times = st.integers(0, 30).map(at)
error_reports = st.none() | st.builds(
    ErrorReport,
    code=st.sampled_from(["timeout", "account_expired"]),
    text=st.sampled_from(["a", "b"]),
    step=st.none() | names,
    at=st.none() | times,
)
plans = st.integers(1, len(STEPS)).map(lambda count: planned(STEPS[:count]))
fetching_facts = st.builds(
    StepFetching,
    sync_id=st.just(PLACE["sync_id"]),
    source_id=st.just("iptv"),
    step=names,
    revision=small,
    bytes_received=small,
    bytes_expected=st.none() | small,
    slices_cut=small,
    detail=st.none() | st.just("waiting"),
    waiting_until=st.none() | times,
    at=times,
)
counted_facts = st.builds(
    StepCounted,
    sync_id=st.just(PLACE["sync_id"]),
    source_id=st.just("iptv"),
    step=names,
    revision=small,
    status=st.sampled_from(StepStatus),
    counts=st.builds(Counts, new=small, changed=small, unchanged=small, rejected=small, excluded=small),
    slices_done=small,
    slices_total=st.none() | small,
    error=error_reports,
    at=times,
)
finals = [status for status in SyncStatus if status.is_final]
closed_facts = st.builds(
    SyncClosed,
    sync_id=st.just(PLACE["sync_id"]),
    source_id=st.just("iptv"),
    status=st.sampled_from(finals),
    error=error_reports,
    at=times,
)
facts_of_work = fetching_facts | counted_facts
facts_of_all_kinds = facts_of_work | plans | closed_facts


@given(st.lists(facts_of_all_kinds, max_size=12).flatmap(lambda facts: st.tuples(st.just(facts), st.permutations(facts))))
def test_any_order_of_the_same_facts_gives_the_same_state(orders: tuple[list[Fact], list[Fact]]) -> None:
    in_one_order, in_another = orders

    assert folded(*in_one_order) == folded(*in_another)


@given(st.lists(facts_of_all_kinds, max_size=12), st.data())
def test_facts_that_come_again_change_nothing_and_say_so(facts: list[Fact], data: st.DataObject) -> None:
    state = folded(*facts)

    for fact in facts:
        assert fold(state, fact) is state
    if facts:
        again = data.draw(st.lists(st.sampled_from(facts), max_size=8))
        assert folded(*facts[: len(again)], *again, *facts) == state


@given(st.lists(st.tuples(facts_of_all_kinds, st.integers(-3, 5)), max_size=20))
def test_progress_never_falls_and_is_always_a_valid_message(facts: list[tuple[Fact, int]]) -> None:
    state, previous, now = fold(SyncState(), planned()), None, START
    for fact, seconds in facts:
        state, now = fold(state, fact), now + timedelta(seconds=seconds)
        progress = progress_of(state, now=now, previous=previous)
        assert progress is not None
        assert codec.decode_public(codec.encode(progress), SyncProgress) == progress
        if previous is not None:
            fractions = {step.step: step.fraction for step in progress.steps}
            assert progress.progress >= previous.progress
            assert progress.updated_at > previous.updated_at
            assert all(fractions[step.step] >= step.fraction for step in previous.steps if step.step in fractions)
        previous = progress


@st.composite
def histories(draw: st.DrawFn) -> list[Fact]:
    """Facts as one writer and one fetcher say them: revisions that grow, each said once, and no step that ends twice."""
    facts = draw(st.lists(facts_of_work, max_size=14))
    history, ended_steps = list[Fact](), set[str]()
    for revision, fact in enumerate(facts, start=1):
        if fact.step not in ended_steps:
            history.append(_as_said(fact, revision))
        if isinstance(fact, StepCounted) and fact.status.is_final:
            ended_steps.add(fact.step)
    return [*history, *draw(st.lists(closed_facts, max_size=1))]


def _as_said(fact: StepFetching | StepCounted, revision: int) -> Fact:
    if isinstance(fact, StepCounted):
        return msgspec.structs.replace(fact, revision=revision)
    return msgspec.structs.replace(fact, revision=revision, bytes_expected=5 if "movie" in fact.step else None)


@given(histories(), st.integers(0, 15))
def test_a_restart_at_any_point_goes_on_where_it_was(history: list[Fact], cut: int) -> None:
    whole = folded(planned(), *history)
    told = shown(planned(), *history[:cut])
    restarted = folded(*history[cut:], state=state_of(codec.decode_public(codec.encode(told), SyncProgress)))

    before = progress_of(whole, now=at(40), previous=told)
    after = progress_of(restarted, now=at(40), previous=None)

    assert before is not None
    assert after is not None
    assert after.progress >= told.progress
    if _knew_slices(history[:cut]):
        before, after = _without_bars(before), _without_bars(after)
    assert _without_estimates(after) == _without_estimates(before)


@given(histories(), st.integers(0, 15))
def test_after_a_restart_facts_that_are_delivered_again_change_nothing_that_is_shown(history: list[Fact], cut: int) -> None:
    told = shown(planned(), *history)
    restarted = folded(planned(), *history[cut:], state=state_of(told))

    again = progress_of(restarted, now=at(40), previous=told)

    assert again is not None
    assert _without_estimates(again) == _without_estimates(msgspec.structs.replace(told, updated_at=at(40)))


def _without_estimates(progress: SyncProgress) -> SyncProgress:
    return msgspec.structs.replace(progress, rows_per_second=0.0, seconds_left=None)


def _knew_slices(history: list[Fact]) -> bool:
    """Whether a step was measured by its slices, which no published progress carries: it is estimated until counted anew."""
    whole = (StepStatus.COMPLETED, StepStatus.PARTIAL)
    return any(fact.slices_total and fact.status not in whole for fact in folded(*history).counted.values())


def _without_bars(progress: SyncProgress) -> SyncProgress:
    steps = [msgspec.structs.replace(step, fraction=0.0) for step in progress.steps]
    return msgspec.structs.replace(progress, progress=0, steps=steps)
