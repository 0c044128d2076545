"""What the writer decides without touching anything: plans, verdicts, selections and final statuses, as tables."""

from typing import Any

import msgspec
import pytest

from actors.sources import source
from actors.store.records import Listing, StepRow, SyncRow
from actors.writer.config import WriterSource
from actors.writer.judging import Verdict, digests_hold, judge, new_attempt, with_slice
from actors.writer.plan import (
    final_step_status,
    final_sync_status,
    is_implausibly_empty,
    issuable,
    plan_steps,
    plan_sync,
    request_id_of,
    total_counts,
)
from actors.writer.selection import denied_ids, has_filter
from contracts.catalog import Mode, Part, SourceKind, StepStatus, SyncStatus
from contracts.errors import BadRequest
from contracts.messages import AccountChecked, Counts, SyncRequest
from tests.store_room import NOW, step, sync

XTREAM = source(SourceKind.XTREAM)
ALL_STEPS = ["account", "channel_categories", "channels", "movie_categories", "movies", "series_categories", "series"]


def planned(**request: Any) -> list[StepRow]:
    request = {"parts": [Part.CATALOGUE], **request}
    return plan_steps(plan_of(SyncRequest(**request)), XTREAM.steps, XTREAM.libraries)


# --- Plan ----------------------------------------------------------------------------------------------


def plan_of(request: SyncRequest, stamped_ns: int = 7) -> SyncRow:
    return plan_sync("iptv", request, stamped_ns=stamped_ns, requested_at=NOW, now=NOW, first_item_id=1)


def test_a_request_without_an_id_is_named_by_its_stamp() -> None:
    assert request_id_of(SyncRequest(), 7) == "stamped-7"
    assert plan_of(SyncRequest()).sync_id == plan_of(SyncRequest()).sync_id
    assert plan_of(SyncRequest()).sync_id != plan_of(SyncRequest(), stamped_ns=8).sync_id


def test_the_same_request_id_is_the_same_sync_whenever_it_comes() -> None:
    assert plan_of(SyncRequest(request_id="mine"), 7).sync_id == plan_of(SyncRequest(request_id="mine"), 8).sync_id


def test_a_plain_request_is_the_catalogue_and_the_home_page_and_a_part_named_twice_runs_once() -> None:
    assert plan_of(SyncRequest()).parts == (Part.CATALOGUE, Part.HOME)
    assert plan_of(SyncRequest(libraries=["Films"])).parts == (Part.CATALOGUE,)
    assert plan_of(SyncRequest(parts=[Part.CATALOGUE, Part.CATALOGUE])).parts == (Part.CATALOGUE,)


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([], ALL_STEPS),
        (["movies"], ["account", "movies"]),
        (["series", "channels"], ["account", "channels", "series"]),
        (["movies", "movies"], ["account", "movies"]),
        (["account"], ["account"]),
    ],
)
def test_the_steps_asked_for_come_in_the_sources_order_after_the_account_check(steps: list[str], expected: list[str]) -> None:
    rows = planned(steps=steps)

    assert [row.step for row in rows] == expected
    assert [row.position for row in rows] == list(range(len(expected)))


def test_a_step_that_the_source_does_not_have_is_named_in_the_refusal_however_long_its_name_is() -> None:
    with pytest.raises(BadRequest) as refusal:
        planned(steps=["movies", "x" * 1_000_000])

    assert "'xxx" in refusal.value.text
    assert "channel_categories" in refusal.value.text
    assert len(refusal.value.text) < 1_000


# --- What is asked for now ------------------------------------------------------------------------------


def with_statuses(statuses: dict[str, StepStatus], issued: set[str] = frozenset()) -> list[StepRow]:  # type: ignore[assignment]
    return [
        msgspec.structs.replace(
            row, status=statuses.get(row.step, StepStatus.PENDING), issue=int(row.step in issued or row.step in statuses)
        )
        for row in planned()
    ]


CHECKED = {"account": StepStatus.COMPLETED}
ISSUABLE: list[tuple[dict[str, StepStatus], set[str], bool, list[str]]] = [
    ({}, set(), False, ["account"]),
    ({}, {"account"}, False, []),
    (CHECKED, set(), False, ALL_STEPS[1:]),
    (CHECKED, set(), True, ["channel_categories"]),
    (CHECKED, {"channel_categories"}, True, []),
    (CHECKED | {"channel_categories": StepStatus.COMPLETED}, set(), True, ["channels", "movie_categories"]),
    (CHECKED | {"channel_categories": StepStatus.FAILED}, set(), True, ["channels", "movie_categories"]),
    (CHECKED | {"movies": StepStatus.FAILED}, set(ALL_STEPS), False, []),
]


@pytest.mark.parametrize(("statuses", "issued", "needs_categories", "expected"), ISSUABLE)
def test_a_step_is_asked_for_once_and_when_its_turn_has_come(
    statuses: dict[str, StepStatus], issued: set[str], needs_categories: bool, expected: list[str]
) -> None:
    found = issuable(with_statuses(statuses, issued), XTREAM.steps, needs_categories=needs_categories)

    assert [row.step for row in found] == expected


# --- Verdicts ------------------------------------------------------------------------------------------


def message(attempt: int) -> AccountChecked:
    return AccountChecked(sync_id="a" * 16, source_id="iptv", step="movies", requested_ns=1, attempt=attempt)


RUNNING = step(attempt=5)
VERDICTS: list[tuple[SyncRow | None, StepRow | None, int, Verdict]] = [
    (sync(), RUNNING, 5, Verdict.TAKE),
    (sync(), RUNNING, 6, Verdict.TAKE_NEW_ATTEMPT),
    (sync(), RUNNING, 4, Verdict.DROP),
    (None, RUNNING, 5, Verdict.DROP),
    (sync(), None, 5, Verdict.DROP),
    *[(sync(status=status), RUNNING, 6, Verdict.DROP) for status in SyncStatus if status.is_final],
    *[(sync(), step(attempt=5, status=status), 6, Verdict.DROP) for status in StepStatus if status.is_final],
]


@pytest.mark.parametrize(("of_sync", "of_step", "attempt", "expected"), VERDICTS)
def test_nothing_of_what_has_ended_is_taken_and_only_one_attempt_counts(
    of_sync: SyncRow | None, of_step: StepRow | None, attempt: int, expected: Verdict
) -> None:
    assert judge(of_sync, of_step, message(attempt)) is expected


def test_a_new_attempt_begins_with_nothing() -> None:
    worked = with_slice(RUNNING, Counts(new=3, rejected=1), slices_total=2, body_bytes=100, is_dead=True)
    failed = msgspec.structs.replace(worked, error_code="timeout", error_text="too slow")

    assert new_attempt(failed, 6) == msgspec.structs.replace(RUNNING, attempt=6, revision=worked.revision)


def test_a_slice_adds_to_its_step_and_only_the_last_one_names_the_total() -> None:
    first = with_slice(RUNNING, Counts(new=2), slices_total=None, body_bytes=10)
    second = with_slice(first, Counts(changed=1), slices_total=3, body_bytes=5)
    third = with_slice(second, Counts(unchanged=4), slices_total=None, body_bytes=1)

    assert (third.slices_done, third.slices_total, third.body_bytes) == (3, 3, 16)
    assert third.counts == Counts(new=2, changed=1, unchanged=4)
    assert (first.revision, second.revision, third.revision) == (1, 2, 3)


COMPLETE = Listing(source_id="iptv", step="movies", complete_sync_id="b" * 16)


@pytest.mark.parametrize(
    ("listing", "expected"),
    [
        (None, False),
        (Listing(source_id="iptv", step="movies"), False),
        (COMPLETE, True),
        (msgspec.structs.replace(COMPLETE, dirty_sync_id="a" * 16, dirty_attempt=5), True),
        (msgspec.structs.replace(COMPLETE, dirty_sync_id="a" * 16, dirty_attempt=4), False),
        (msgspec.structs.replace(COMPLETE, dirty_sync_id="c" * 16, dirty_attempt=5), False),
    ],
)
def test_digests_hold_while_nobody_else_changed_rows_after_their_listing(listing: Listing | None, expected: bool) -> None:
    assert digests_hold(listing, RUNNING) is expected


# --- Endings -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, None),
        ({"slices_total": 3, "slices_done": 2}, None),
        ({"slices_total": 3, "slices_done": 3}, StepStatus.COMPLETED),
        ({"slices_total": 3, "slices_done": 3, "slices_dead": 1}, StepStatus.PARTIAL),
        ({"slices_total": 3, "slices_done": 2, "error_code": "timeout"}, None),
        ({"slices_total": 3, "slices_done": 3, "error_code": "timeout"}, StepStatus.FAILED),
        ({"slices_total": 0, "slices_done": 0, "error_code": "timeout"}, StepStatus.FAILED),
    ],
)
def test_a_step_ends_when_every_slice_of_its_attempt_is_in(fields: dict[str, Any], expected: StepStatus | None) -> None:
    assert final_step_status(step(**fields)) is expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"rows_expected": 40}, True),
        ({"rows_expected": 40, "counts": Counts(unchanged=1)}, False),
        ({"rows_expected": 40, "slices_dead": 1}, False),
        ({"rows_expected": 0}, False),
        ({"rows_expected": None}, False),
    ],
)
def test_a_listing_is_called_empty_only_when_the_server_listed_nothing(fields: dict[str, Any], expected: bool) -> None:
    assert is_implausibly_empty(step(**fields)) is expected


DONE, BROKEN, HALF, NEVER = StepStatus.COMPLETED, StepStatus.FAILED, StepStatus.PARTIAL, StepStatus.SKIPPED
ENDINGS: list[tuple[StepStatus, list[StepStatus], SyncStatus | None]] = [
    (DONE, [DONE, DONE], SyncStatus.COMPLETED),
    (DONE, [DONE, BROKEN], SyncStatus.PARTIAL),
    (DONE, [DONE, HALF], SyncStatus.PARTIAL),
    (DONE, [HALF], SyncStatus.PARTIAL),
    (DONE, [DONE, NEVER], SyncStatus.PARTIAL),
    (DONE, [BROKEN, BROKEN], SyncStatus.FAILED),
    (BROKEN, [NEVER, NEVER], SyncStatus.FAILED),
    (DONE, [BROKEN, NEVER], SyncStatus.FAILED),
    (DONE, [DONE, StepStatus.RUNNING], None),
    (StepStatus.PENDING, [DONE], None),
    (DONE, [], SyncStatus.COMPLETED),
    (BROKEN, [], SyncStatus.FAILED),
]


@pytest.mark.parametrize(("check", "listings", "expected"), ENDINGS)
def test_a_sync_ends_as_its_steps_did(check: StepStatus, listings: list[StepStatus], expected: SyncStatus | None) -> None:
    rows = [step("account", weight=0, status=check)]
    rows += [step(f"listing-{number}", status=status) for number, status in enumerate(listings)]

    assert final_sync_status(rows) is expected


def test_the_counts_of_a_sync_are_the_sum_of_its_steps() -> None:
    rows = [step("one", counts=Counts(new=1, rejected=2)), step("two", counts=Counts(new=10, excluded=3))]

    assert total_counts(rows) == Counts(new=11, rejected=2, excluded=3)
    assert total_counts([]) == Counts()


# --- Selection -----------------------------------------------------------------------------------------

LISTED = [("1", "UK | News"), ("2", "UK | Sport"), ("3", "DE | Sport"), ("4", "ÉTÉ"), ("5", "Straße"), ("6", "[XXX] Adults")]


def denied(include: tuple[str, ...] = (), exclude: tuple[str, ...] = ()) -> list[str]:
    configured = WriterSource(
        source_id="iptv", kind=SourceKind.XTREAM, title="Home", include_categories=include, exclude_categories=exclude
    )
    assert has_filter(configured) is bool(include or exclude)
    return denied_ids(configured, LISTED)


@pytest.mark.parametrize(
    ("include", "exclude", "expected"),
    [
        ((), (), []),
        ((), ("3",), ["3"]),
        ((), ("uk | news",), ["1"]),
        ((), ("*sport",), ["2", "3"]),
        ((), ("été",), ["4"]),
        ((), ("STRASSE",), ["5"]),
        ((), ("[xxx]*",), ["6"]),
        ((), ("[XXX] Adults",), ["6"]),
        ((), ("[ud]*",), []),
        ((), ("?k | *",), ["1", "2"]),
        ((), ("nothing of the kind",), []),
        (("UK*",), (), ["3", "4", "5", "6"]),
        (("UK*",), ("*news",), ["1", "3", "4", "5", "6"]),
        (("1",), ("1",), ["1", "2", "3", "4", "5", "6"]),
        (("*",), (), []),
    ],
)
def test_categories_are_chosen_by_id_name_or_wildcard_and_leaving_out_wins(
    include: tuple[str, ...], exclude: tuple[str, ...], expected: list[str]
) -> None:
    assert denied(include, exclude) == expected


def test_the_mode_of_a_request_is_the_mode_of_its_sync() -> None:
    assert plan_of(SyncRequest(mode=Mode.FULL)).mode is Mode.FULL
