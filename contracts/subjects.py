"""The only place that spells a subject, a stream or a consumer."""

from typing import Final, assert_never

from contracts.catalog import Part
from contracts.messages import (
    AccountChecked,
    Answer,
    CancelSync,
    DeadLetter,
    FetchFailed,
    FetchPage,
    FetchSeries,
    Heartbeat,
    HomeSectionsRefreshed,
    ItemsAdded,
    MendDeadLetters,
    Message,
    Query,
    RawSeries,
    RawSlice,
    RequestRefused,
    SeriesParsed,
    SliceParsed,
    SliceUnchanged,
    SourceUnreachable,
    StepCounted,
    StepEnded,
    StepFetching,
    SyncClosed,
    SyncEnded,
    SyncPlanned,
    SyncProgress,
    SyncRequest,
    SyncStarted,
)

REQUESTS: Final = "playbill.sync.request.*"
MENDS: Final = "playbill.dead_letters.mend"
"""Where it is asked to replay or drop dead letters."""
CANCELS: Final = "playbill.sync.cancel.>"
CANCELS_HEARD: Final = "playbill.sync.cancelled.>"
"""Where the stream of cancels republishes each with its time stamp; live actors listen here."""
FETCHES: Final = "playbill.work.fetch.*.*"
"""By source and part, as the rest of the conveyor: a home page never waits for an hour of films."""
PARSES: Final = "playbill.work.parse.*.*"
WRITES: Final = "playbill.work.write.*.*"
FACTS: Final = "playbill.fact.*"
EVENTS: Final = "playbill.event.*.*"
PROGRESS: Final = "playbill.progress.*"
"""What anyone subscribes to: every SyncProgress of a source, live."""
PROGRESS_KEPT: Final = "playbill.progress.*.*"
"""Where it is published and kept, last per source and part; the stream republishes it on `PROGRESS`."""
DEAD: Final = "playbill.dead.*"
HEARTBEATS: Final = "playbill.heartbeat.*.*"
"""By role and process; the role `probe` is nobody's."""
QUERIES: Final = "playbill.query.*"
"""Request and reply: a NATS micro service with one endpoint for each question."""

STREAM_REQUESTS: Final = "PLAYBILL_REQUESTS"
STREAM_CANCELS: Final = "PLAYBILL_CANCELS"
STREAM_FETCH: Final = "PLAYBILL_FETCH"
STREAM_PARSE: Final = "PLAYBILL_PARSE"
STREAM_WRITE: Final = "PLAYBILL_WRITE"
STREAM_FACTS: Final = "PLAYBILL_FACTS"
STREAM_EVENTS: Final = "PLAYBILL_EVENTS"
STREAM_PROGRESS: Final = "PLAYBILL_PROGRESS"
STREAM_DEAD: Final = "PLAYBILL_DEAD"
STREAM_HEALTH: Final = "PLAYBILL_HEALTH"

CONSUMER_PARSER: Final = "parser"
CONSUMER_WRITER: Final = "writer"
CONSUMER_PROGRESS: Final = "progress"
CONSUMER_MENDER: Final = "mender"


def consumer_fetch(source_id: str, part: Part) -> str:
    """The consumer whose `max_ack_pending` is how many requests the part may make at once."""
    return f"{part}-{source_id}"


def request(source_id: str) -> str:
    return f"playbill.sync.request.{source_id}"


def cancel_sync(sync_id: str) -> str:
    return f"playbill.sync.cancel.sync.{sync_id}"


def cancel_source(source_id: str) -> str:
    return f"playbill.sync.cancel.source.{source_id}"


CANCEL_ALL: Final = "playbill.sync.cancel.all"


def fetch(source_id: str, part: Part) -> str:
    return f"playbill.work.fetch.{source_id}.{part}"


def parse(source_id: str, part: Part) -> str:
    return f"playbill.work.parse.{source_id}.{part}"


def write(source_id: str, part: Part) -> str:
    return f"playbill.work.write.{source_id}.{part}"


def fact(source_id: str) -> str:
    return f"playbill.fact.{source_id}"


def event(source_id: str, name: str) -> str:
    return f"playbill.event.{source_id}.{name}"


def progress(source_id: str) -> str:
    """Where anyone subscribes."""
    return f"playbill.progress.{source_id}"


def progress_kept(source_id: str, part: Part) -> str:
    """Where the last state is kept."""
    return f"playbill.progress.{source_id}.{part}"


def query(name: str) -> str:
    """Where a question is asked: `home`, `items`, `search`, …."""
    return f"playbill.query.{name}"


def heartbeat(role: str, instance: str) -> str:
    return f"playbill.heartbeat.{role}.{instance}"


def dead(actor: str) -> str:
    return f"playbill.dead.{actor}"


def source_of(subject: str) -> str:
    """The source that a request's, work's, fact's or progress's subject names."""
    return subject.split(".")[3 if subject.startswith(("playbill.sync.", "playbill.work.")) else 2]


def cancel_target(subject: str) -> tuple[str, str]:
    """(`sync`|`source`|`all`, id) of a cancel's subject, published or republished. Raises ValueError on another subject."""
    words = subject.split(".")
    match words[3:]:
        case ["all"]:
            return "all", ""
        case ["sync" | "source" as what, target]:
            return what, target
        case _:
            raise ValueError(f"no subject of a cancel: {subject}")


def subject_of(message: Message) -> str:  # noqa: C901 - one line for each message, held complete by the checker
    """Where a message is published. Raises TypeError for a request or a cancel, which carries no target, and for a query."""
    match message:
        case FetchPage() | FetchSeries():
            return fetch(message.source_id, message.part)
        case RawSlice() | RawSeries():
            return parse(message.source_id, message.part)
        case SliceParsed() | SliceUnchanged() | AccountChecked() | FetchFailed() | SeriesParsed():
            return write(message.source_id, message.part)
        case SyncPlanned() | StepFetching() | StepCounted() | SyncClosed():
            return fact(message.source_id)
        case SyncProgress():
            return progress_kept(message.source_id, message.parts[0] if message.parts else Part.CATALOGUE)
        case DeadLetter():
            return dead(message.actor)
        case Heartbeat():
            return heartbeat(message.role, message.instance)
        case RequestRefused():
            return event(message.source_id, "request_refused")
        case SyncStarted():
            return event(message.source_id, "sync_started")
        case StepEnded():
            return event(message.source_id, "step_ended")
        case SyncEnded():
            return event(message.source_id, "sync_ended")
        case ItemsAdded():
            return event(message.source_id, "items_added")
        case HomeSectionsRefreshed():
            return event(message.source_id, "home_sections_refreshed")
        case SourceUnreachable():
            return event(message.source_id, "source_unreachable")
        case MendDeadLetters():
            return MENDS
        case SyncRequest() | CancelSync():
            raise TypeError("the asker names the target of a request")
        case _:
            if isinstance(message, Query | Answer):
                raise TypeError("a question is asked by its name, and answered where its asker listens")
            assert_never(message)
