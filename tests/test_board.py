"""The board: what is told of each source and when, after which restart, and in how much memory."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from actors.progress.board import Board
from contracts import limits
from contracts.catalog import ItemKind, Mode, Part, StepStatus, SyncStatus
from contracts.messages import Counts, StepCounted, StepPlan, SyncClosed, SyncPlanned, SyncProgress

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
OLD, NEW = "a" * 16, "b" * 16


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def planned(sync_id: str = OLD, source_id: str = "iptv", started_at: datetime = NOW) -> SyncPlanned:
    return SyncPlanned(
        sync_id=sync_id,
        source_id=source_id,
        request_id="",
        parts=[Part.CATALOGUE],
        mode=Mode.FULL,
        steps=[StepPlan(step="movies", title="Movies", item_kind=ItemKind.MOVIE)],
        requested_at=started_at,
        started_at=started_at,
    )


def counted(revision: int, sync_id: str = OLD, **fields: Any) -> StepCounted:
    fields.setdefault("slices_done", revision)
    fields.setdefault("slices_total", 4)
    return StepCounted(
        sync_id=sync_id,
        source_id="iptv",
        step="movies",
        revision=revision,
        status=StepStatus.RUNNING,
        counts=Counts(new=revision),
        at=NOW,
        **fields,
    )


def closed(sync_id: str = OLD, status: SyncStatus = SyncStatus.COMPLETED) -> SyncClosed:
    return SyncClosed(sync_id=sync_id, source_id="iptv", status=status, at=later(60))


def told(board: Board, now: datetime = NOW) -> list[SyncProgress]:
    """Every tick until nothing is due."""
    words: list[SyncProgress] = []
    for tick in range(1_000):
        if not board.has_due:
            return words
        words += board.due(now + timedelta(seconds=tick / 10))
    raise AssertionError("it never comes to rest")


def test_of_many_facts_between_two_ticks_one_state_is_told_and_it_holds_them_all() -> None:
    board = Board()
    board.fold(planned())
    for revision in range(1, 4):
        board.fold(counted(revision))

    (word,) = board.due(NOW)
    assert (word.counts.new, word.progress) == (3, 75)
    assert not board.has_due


def test_a_fact_that_says_nothing_new_is_told_to_nobody() -> None:
    board = Board()
    board.fold(planned())
    board.fold(counted(2))
    told(board)
    board.fold(counted(1))
    board.fold(planned())

    assert told(board, later(5)) == []


def test_a_tick_tells_one_state_of_each_source_and_the_older_sync_first() -> None:
    board = Board()
    board.fold(planned(OLD))
    board.fold(planned(NEW, started_at=later(1)))
    board.fold(planned("c" * 16, source_id="other"))

    assert [word.sync_id for word in board.due(later(2))] == [OLD, "c" * 16]
    assert board.has_due
    assert [word.sync_id for word in board.due(later(3))] == [NEW]
    assert not board.has_due


def test_the_last_word_on_a_sync_is_always_told() -> None:
    board = Board()
    board.fold(planned())
    board.fold(counted(1))
    board.due(NOW)
    board.fold(counted(4))
    board.fold(closed())

    (word,) = told(board, later(1))
    assert (word.status, word.progress) == (SyncStatus.COMPLETED, 100)


def test_facts_of_an_old_sync_after_a_newer_one_are_told_to_nobody() -> None:
    board = Board()
    board.fold(planned(OLD))
    told(board)
    board.fold(planned(NEW, started_at=later(1)))
    told(board, later(1))
    board.fold(counted(1, OLD))
    board.fold(closed(OLD))

    assert told(board, later(2)) == []


def test_a_sync_that_begins_after_the_wall_clock_was_set_back_is_told() -> None:
    board = Board()
    for fact in (planned(OLD), counted(1, OLD), closed(OLD)):
        board.fold(fact, is_first_delivery=True)
    told(board)

    board.fold(planned(NEW, started_at=later(-3_600)), is_first_delivery=True)
    board.fold(closed(NEW), is_first_delivery=True)
    words = told(board, later(-3_600))
    board.fold(planned(OLD))

    assert [(word.sync_id, word.status) for word in words][-1] == (NEW, SyncStatus.COMPLETED)
    assert told(board) == []


def test_facts_before_their_plan_wait_for_it() -> None:
    board = Board()
    board.fold(counted(2))
    assert told(board) == []
    board.fold(planned())

    (word,) = told(board)
    assert word.counts.new == 2


def test_a_restart_goes_on_where_it_was_and_never_backwards() -> None:
    before = Board()
    before.fold(planned())
    before.fold(counted(3))
    (last,) = told(before)
    after = Board()
    after.seed(last)

    assert not after.has_due
    after.fold(counted(2))
    assert [word.progress for word in told(after, later(1)) if word.progress < last.progress] == []
    after.fold(counted(4))
    (word,) = told(after, later(2))
    assert (word.counts.new, word.progress) == (4, 100)
    assert word.updated_at > last.updated_at


def test_after_a_restart_an_old_sync_stays_untold() -> None:
    board = Board()
    board.fold(planned(NEW, started_at=later(1)))
    (last,) = told(board, later(1))
    restarted = Board()
    restarted.seed(last)
    restarted.fold(planned(OLD))
    restarted.fold(closed(OLD))

    assert told(restarted, later(3)) == []


def test_a_board_forgets_the_oldest_syncs_and_keeps_the_latest() -> None:
    board = Board()
    for number in range(limits.CONSUMERS_MAX + 50):
        board.fold(planned(f"{number:016x}", source_id=f"source-{number}", started_at=later(number)))
    words = told(board)

    assert len(words) == limits.CONSUMERS_MAX
    assert words[-1].sync_id == f"{limits.CONSUMERS_MAX + 49:016x}"
    assert f"{0:016x}" not in {word.sync_id for word in words}


def test_facts_that_nobody_should_have_said_cost_only_their_own_sync() -> None:
    board = Board()
    board.fold(msgspec.structs.replace(planned(OLD, source_id="odd"), started_at=NOW.replace(tzinfo=None)))
    board.fold(planned(NEW))

    assert [word.sync_id for word in told(board)] == [NEW]
