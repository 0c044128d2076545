"""Whether Playbill is healthy, from what was heard of its parts, and what to do where not; pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from msgspec import Struct

from actors.cli.findings import advice_for
from actors.cli.wording import ago, duration, number, upcoming
from actors.runtime.heartbeat import is_stalled
from actors.runtime.probing import Heard
from actors.store import SourceStatus
from contracts import limits
from contracts.catalog import SyncStatus
from contracts.messages import Heartbeat, SyncProgress

State = Literal["ok", "problem", "note", "skipped"]


class Check(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that was looked at."""

    what: Literal["bus", "server", "store", "actor", "source"]
    name: str
    state: State
    """`note`: worth knowing, and nothing that a restart would heal. `skipped`: it could not be looked at from here."""
    text: str
    advice: str | None = None


class Health(Struct, frozen=True, kw_only=True):
    """Everything that was looked at."""

    healthy: bool
    checks: Sequence[Check]


def health_of(checks: Sequence[Check], *, strict: bool) -> Health:
    """Healthy without a problem; strictly, also without a note."""
    bad = ("problem", "note") if strict else ("problem",)
    return Health(healthy=not any(check.state in bad for check in checks), checks=checks)


def actor_check(role: str, heard: Sequence[Heard]) -> Check:
    """Of several processes of a role, one that is well is enough."""
    of_role = sorted((each for each in heard if each.heartbeat.role == role), key=lambda each: each.age_s)
    fresh = [each for each in of_role if each.is_fresh]
    if not fresh:
        return _silent(role, of_role)
    well = [each for each in fresh if not _trouble(each.heartbeat)]
    if not well:
        text, advice = _trouble(fresh[0].heartbeat) or ("", "")
        return Check(what="actor", name=role, state="problem", text=text, advice=advice)
    others = f", {number(len(fresh))} processes" if len(fresh) > 1 else ""
    return Check(what="actor", name=role, state="ok", text=_work(well[0].heartbeat) + others)


def _silent(role: str, of_role: Sequence[Heard]) -> Check:
    text = f"silent for {duration(of_role[0].age_s)}" if of_role else f"no word of it for {limits.HEARTBEATS_KEPT_S} s"
    advice = f"it starts with `playbill up`, or `playbill actor {role}`; its log says why it does not run"
    return Check(what="actor", name=role, state="problem", text=text, advice=advice)


def _trouble(beat: Heartbeat) -> tuple[str, str] | None:
    """What is wrong with a process that speaks, and what to do; nothing when all is well."""
    since = duration(beat.oldest_in_hand_s)
    match beat.waiting_for:
        case "store":
            return "waits for the store", "see whether its disk is full or read-only, or another program has it locked"
        case "bus":
            stands = beat.oldest_in_hand_s > limits.WRITER_STALLED_S
            return (f"waits for the bus for {since}", "see whether the writer works, and the bus's own log") if stands else None
        case _:
            stands = is_stalled(beat.role, beat.oldest_in_hand_s)
            return (f"works on one message for {since}", "start it again; its log says on what") if stands else None


def _work(beat: Heartbeat) -> str:
    """`idle, 512 handled`; `4 in hand, the oldest for 0.2 s, 512 handled`."""
    handled = f"{number(beat.handled_total)} handled"
    if not beat.in_hand:
        return f"idle, {handled}"
    waits = f", waits for the {beat.waiting_for}" if beat.waiting_for else ""
    return f"{number(beat.in_hand)} in hand, the oldest for {duration(beat.oldest_in_hand_s)}{waits}, {handled}"


def writer_waits_for_store(heard: Sequence[Heard]) -> bool:
    """Whether the store cannot be written, by the word of who writes it."""
    return any(each.is_fresh and each.heartbeat.role == "writer" and each.heartbeat.waiting_for == "store" for each in heard)


def source_check(source_id: str, status: SourceStatus | None, kept: Sequence[SyncProgress], now: datetime) -> Check:
    """How a source stands. What is wrong with a provider is a note: no restart of ours heals it."""
    waiting = _waiting(source_id, kept, now)
    if waiting is not None:
        return Check(what="source", name=source_id, state="note", text=waiting, advice="it goes on by itself")
    running = next((state for state in kept if state.source_id == source_id and not state.status.is_final), None)
    if running is not None:
        return Check(what="source", name=source_id, state="ok", text=f"syncing, {running.progress} %")
    last = status.last_sync if status is not None else None
    if last is None:
        return Check(
            what="source", name=source_id, state="note", text="never synced", advice=f"ask for it: `playbill sync {source_id}`"
        )
    text = f"last sync {last.status.value} {ago(last.ended_at or last.started_at, now)}"
    if last.status is not SyncStatus.FAILED:
        return Check(what="source", name=source_id, state="ok", text=text)
    advice = advice_for(last.error_code or "") or "`playbill check` asks it again"
    reason = f": {last.error_text}" if last.error_text else ""
    return Check(what="source", name=source_id, state="note", text=text + reason, advice=advice)


def _waiting(source_id: str, kept: Sequence[SyncProgress], now: datetime) -> str | None:
    """What a running sync waits for until a known time: a cool-down."""
    running = [state for state in kept if state.source_id == source_id and not state.status.is_final]
    steps = [step for state in running for step in state.steps if not step.status.is_final]
    until = [(step.waiting_until, step.detail) for step in steps if step.waiting_until is not None and step.waiting_until > now]
    if not until:
        return None
    at, detail = max(until)
    return f"{detail or 'cooling down'}, until {upcoming(at, now)}"
