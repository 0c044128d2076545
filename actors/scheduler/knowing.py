"""What is known of a source's syncs, folded from the words of the bus: pure.

Words may come twice, and the kept ones in any order. Of a part the sync that started last counts.
"""

from datetime import datetime, timedelta
from typing import Final, Literal

import msgspec
from msgspec import Struct

from contracts.catalog import Part, SyncStatus
from contracts.errors import ACCOUNT_ERROR_CODES, CertificateProblem, CoolDown, SourceFailing, SourceTimeout, SourceUnreachable
from contracts.messages import RequestRefused, SyncProgress

SKEW: Final = timedelta(minutes=1)
"""Two machines' clocks may differ so much. A time further ahead is from before a clock was set back, and proves nothing."""
SLOTS_REMEMBERED: Final = 256
"""Of a part, those that were asked for: more than two days of a quarter of an hour."""
_DOWN: Final = frozenset({SourceUnreachable.code, SourceTimeout.code, SourceFailing.code, CoolDown.code, CertificateProblem.code})
_CHECK: Final = "account"
"""The step that a sync begins with. It belongs to the first part by its message, and to none of them by its work."""

TroubleKind = Literal["down", "account"]
_KINDS: Final[tuple[tuple[TroubleKind, frozenset[str]], ...]] = (("account", ACCOUNT_ERROR_CODES), ("down", _DOWN))


class Run(Struct, frozen=True, kw_only=True):
    """The last sync over one part."""

    sync_id: str
    request_id: str
    status: SyncStatus
    is_running: bool
    """Whether the part runs: it may have ended while the others of its sync go on."""
    started_at: datetime
    ended_at: datetime | None = None
    """When the part ended; none while it runs, and where nobody saw its end before its sync's."""


class Trouble(Struct, frozen=True, kw_only=True):
    """Why a part cannot be synced: its syncs failed so one after another, and none went well since."""

    kind: TroubleKind
    code: str
    failures: int
    """In a row, as far as they were heard of: a scheduler that starts anew has heard of one."""
    at: datetime
    """When the last of them ended."""


class Asked(Struct, frozen=True, kw_only=True):
    """What this scheduler asked for, of one part."""

    slots: tuple[datetime, ...]
    at: datetime
    """The last time."""
    request_id: str
    unanswered: int
    """Requests in a row to which nobody has said a word."""


class Known(Struct, frozen=True, kw_only=True):
    """What is known of one source."""

    since: datetime | None = None
    """Start of this scheduler; none for who only looks."""
    runs: dict[Part, Run] = {}
    troubles: dict[Part, Trouble] = {}
    asked: dict[Part, Asked] = {}
    refused: str | None = None
    """Code of the last refusal that another request would meet, too."""

    @property
    def trouble_kinds(self) -> frozenset[TroubleKind]:
        return frozenset(trouble.kind for trouble in self.troubles.values())


def is_past(moment: datetime | None, now: datetime) -> bool:
    """Whether it is a time that can have been."""
    return moment is not None and moment <= now + SKEW


def heard(known: Known, progress: SyncProgress, now: datetime) -> Known:
    """With one more progress of the source; the very same object when it says nothing new."""
    told = {part: _run_of(progress, part, known.runs.get(part)) for part in _parts_of(progress)}
    news = {part: run for part, run in told.items() if _is_news(run, known.runs.get(part), now)}
    asked = {part: _answered(word, progress, is_new=part in news) for part, word in known.asked.items()}
    if not news and asked == known.asked:
        return known
    return msgspec.structs.replace(
        known, runs={**known.runs, **news}, troubles=_troubles(known, progress, news), asked=asked, refused=None
    )


def refused(known: Known, refusal: RequestRefused) -> Known:
    """With a refusal of one of our own requests; the same object for anybody else's."""
    asked = {
        part: msgspec.structs.replace(word, unanswered=0) if word.request_id == refusal.request_id else word
        for part, word in known.asked.items()
    }
    if all(word.request_id != refusal.request_id for word in known.asked.values()):
        return known
    # A part that runs is no fault of the request; its end will be heard.
    code = None if refusal.code == "already_running" else refusal.code
    return msgspec.structs.replace(known, asked=asked, refused=code)


def asked_for(known: Known, parts: list[Part], slot: datetime, request_id: str, now: datetime) -> Known:
    """With a request that is in its stream."""
    asked = dict(known.asked)
    for part in parts:
        before = asked.get(part)
        asked[part] = Asked(
            slots=(*(before.slots if before else ()), slot)[-SLOTS_REMEMBERED:],
            at=now,
            request_id=request_id,
            unanswered=(before.unanswered if before else 0) + 1,
        )
    return msgspec.structs.replace(known, asked=asked)


def without_asked(known: Known) -> Known:
    """Open to ask once more for what nobody took up: a bus that went away may have lost it. The same request is one sync."""
    asked = {part: msgspec.structs.replace(word, slots=()) for part, word in known.asked.items()}
    return msgspec.structs.replace(known, asked=asked)


def _parts_of(progress: SyncProgress) -> list[Part]:
    return list(dict.fromkeys([*progress.parts, *(step.part for step in progress.steps if step.step != _CHECK)]))


def _run_of(progress: SyncProgress, part: Part, before: Run | None) -> Run:
    same = before if before is not None and before.sync_id == progress.sync_id else None
    is_running = not progress.status.is_final and _has_work(progress, part)
    return Run(
        sync_id=progress.sync_id,
        request_id=progress.request_id,
        status=progress.status,
        is_running=is_running,
        started_at=progress.started_at or progress.requested_at or progress.updated_at,
        ended_at=None if is_running else _ended_at(progress, same),
    )


def _has_work(progress: SyncProgress, part: Part) -> bool:
    steps = [step for step in progress.steps if step.part is part and step.step != _CHECK]
    return not steps or any(not step.status.is_final for step in steps)


def _ended_at(progress: SyncProgress, same: Run | None) -> datetime | None:
    if same is not None and same.ended_at is not None:
        return same.ended_at
    if progress.status.is_final:
        return progress.ended_at or progress.updated_at
    return progress.updated_at if same is not None and same.is_running else None


def _is_news(told: Run, before: Run | None, now: datetime) -> bool:
    if before is None:
        return True
    if before.sync_id == told.sync_id:
        return told != before and not before.status.is_final and (before.is_running or not told.is_running)
    return told.started_at >= before.started_at or not is_past(before.started_at, now)


def _answered(asked: Asked, progress: SyncProgress, *, is_new: bool) -> Asked:
    if asked.unanswered and (is_new or progress.request_id == asked.request_id):
        return msgspec.structs.replace(asked, unanswered=0)
    return asked


def _troubles(known: Known, progress: SyncProgress, news: dict[Part, Run]) -> dict[Part, Trouble]:
    """A sync that asked the server and went well ends the trouble of every part; one that was cancelled says nothing."""
    if not progress.status.is_final or progress.status is SyncStatus.CANCELLED or not news:
        return known.troubles
    kind, code = _kind_of(progress)
    at = progress.ended_at or progress.updated_at
    if kind is None:
        proved = at if progress.bytes_received > 0 else None
        return {part: word for part, word in known.troubles.items() if part not in news and not (proved and word.at <= proved)}
    met = {part: Trouble(kind=kind, code=code, failures=_failures(known.troubles.get(part), kind), at=at) for part in news}
    return {**known.troubles, **met}


def _kind_of(progress: SyncProgress) -> tuple[TroubleKind | None, str]:
    codes = [error.code for error in progress.errors] if progress.status is SyncStatus.FAILED else []
    for kind, known in _KINDS:
        found = next((code for code in codes if code in known), None)
        if found is not None:
            return kind, found
    return None, ""


def _failures(before: Trouble | None, kind: TroubleKind) -> int:
    return before.failures + 1 if before is not None and before.kind == kind else 1
