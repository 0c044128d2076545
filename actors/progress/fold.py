"""Facts of one sync, folded into what is known of it: pure, in any order, each fact any number of times.

Every field is a join: of two words on one thing the higher one stands. So all orders of the same facts give the same state.
"""

from datetime import datetime
from typing import assert_never

import msgspec

from actors.progress.seed import plan_of, state_of
from actors.progress.state import SyncState, in_order, key_of, said_at
from actors.progress.view import progress_of
from contracts import limits
from contracts.messages import ErrorReport, Fact, StepCounted, StepFetching, SyncClosed, SyncPlanned

__all__ = ["SyncState", "fold", "progress_of", "state_of"]


def fold(state: SyncState, fact: Fact) -> SyncState:
    """The state with one more fact of the same sync; the very same object when the fact says nothing new."""
    match fact:
        case SyncPlanned():
            return _with_plan(state, fact)
        case StepFetching():
            return _with_fetching(state, fact)
        case StepCounted():
            return _with_error(_with_counted(state, fact), fact.error, fact.step, fact.at)
        case SyncClosed():
            return _with_error(_with_closed(state, fact), fact.error, None, fact.at)
        case _:
            assert_never(fact)


def _with_plan(state: SyncState, fact: SyncPlanned) -> SyncState:
    known = state.plan
    if known is not None and _plan_rank(state, fact) <= _plan_rank(state, known):
        return state
    return msgspec.structs.replace(state, plan=fact)


def _plan_rank(state: SyncState, plan: SyncPlanned) -> tuple[int, bool, bytes]:
    # A later plan of a sync names more steps, never fewer. One rebuilt from a published progress yields to the writer's own.
    is_own = state.seed is None or plan != plan_of(state.seed)
    return len(plan.steps), is_own, _bytes(plan)


def _with_fetching(state: SyncState, fact: StepFetching) -> SyncState:
    known = state.fetching.get(fact.step)
    if known is not None and _fetching_rank(fact) <= _fetching_rank(known):
        return state
    return msgspec.structs.replace(state, fetching={**state.fetching, fact.step: fact})


def _fetching_rank(fact: StepFetching) -> tuple[int, bytes]:
    return fact.revision, _bytes(fact)


def _with_counted(state: SyncState, fact: StepCounted) -> SyncState:
    known = state.counted.get(fact.step)
    if known is not None and _counted_rank(fact) <= _counted_rank(known):
        return state
    return msgspec.structs.replace(state, counted={**state.counted, fact.step: fact})


def _counted_rank(fact: StepCounted) -> tuple[int, bool, int, bytes]:
    # A word rebuilt from a published progress has the revision but not the slices, and yields to the writer's own.
    return fact.revision, fact.slices_total is not None, fact.slices_done, _bytes(fact)


def _with_closed(state: SyncState, fact: SyncClosed) -> SyncState:
    # The writer closes a sync once; were there two words, the earlier stands.
    known = state.closed
    if known is not None and (known.at, _bytes(known)) <= (fact.at, _bytes(fact)):
        return state
    return msgspec.structs.replace(state, closed=fact)


def _with_error(state: SyncState, error: ErrorReport | None, step: str | None, at: datetime) -> SyncState:
    if error is None:
        return state
    said = msgspec.structs.replace(error, step=error.step or step, at=error.at or at)
    known = state.errors.get(key_of(said))
    if known is not None and said_at(known) >= said_at(said):
        return state
    # Times only grow, so what falls below the bound here falls below it in every order.
    kept = in_order(({**state.errors, key_of(said): said}).values())[-limits.STEPS_MAX :]
    errors = {key_of(each): each for each in kept}
    return state if errors == state.errors else msgspec.structs.replace(state, errors=errors)


def _bytes(fact: Fact) -> bytes:
    """What decides between two different words of one revision, so that the order of arrival never does."""
    return msgspec.msgpack.encode(fact)
