"""The public subjects, described: who says what where."""

from collections.abc import Mapping
from typing import Any, Final, Literal, get_args

from msgspec import Struct

from contracts import subjects
from contracts.messages import (
    Answer,
    CancelSync,
    Event,
    Fact,
    Heartbeat,
    MendDeadLetters,
    Query,
    QueryFailed,
    SyncProgress,
    SyncRequest,
)

_SOURCE: Final = {"source_id": "Id of a configured source."}
_SYNC: Final = {"sync_id": "Id of one sync, as progress and events tell it."}


class Channel(Struct, frozen=True, kw_only=True):
    """One public subject and what travels on it."""

    name: str
    operation: str
    action: Literal["receive", "send"]
    """As Playbill sees it: it receives what you publish, and sends what you listen to."""
    address: str
    description: str
    kinds: tuple[type[Any], ...]
    parameters: Mapping[str, str] = {}
    replies: tuple[type[Any], ...] = ()
    """What is answered where the asker listens: the reply subject that every NATS client sends with a request."""


def channels() -> tuple[Channel, ...]:
    """Every public subject: requests, cancels, queries, progress, facts, and one for each event."""
    asked = (_query(kind) for kind in get_args(Query))
    return *_REQUESTS, *_CANCELS, *asked, *_TOLD, *(_event(kind) for kind in get_args(Event))


def queries() -> dict[str, type[Any]]:
    """Every question by its name, which is the last word of its subject."""
    return {name_of(kind).removesuffix("_query"): kind for kind in get_args(Query)}


def tag_of(kind: type[Any]) -> str:
    """Name and version of a message."""
    return str(kind.__struct_config__.tag)


def name_of(kind: type[Any]) -> str:
    """Name of a message, without its version."""
    return tag_of(kind).partition(".")[0]


_REQUESTS: Final = (
    Channel(
        name="request",
        operation="take_request",
        action="receive",
        address=subjects.request("{source_id}"),
        description="Ask for a sync of one source. An empty body is a plain sync. The stream's acknowledgement says it is safe.",
        kinds=(SyncRequest,),
        parameters=_SOURCE,
    ),
    Channel(
        name="mend",
        operation="take_mend",
        action="receive",
        address=subjects.MENDS,
        description="Replay or drop messages that could not be handled. The stream's acknowledgement says it is safe.",
        kinds=(MendDeadLetters,),
    ),
)
_CANCELS: Final = (
    Channel(
        name="cancel_sync",
        operation="hear_cancel_of_sync",
        action="receive",
        address=subjects.cancel_sync("{sync_id}"),
        description="Cancel one sync.",
        kinds=(CancelSync,),
        parameters=_SYNC,
    ),
    Channel(
        name="cancel_source",
        operation="hear_cancel_of_source",
        action="receive",
        address=subjects.cancel_source("{source_id}"),
        description="Cancel every sync of a source that was asked for no later.",
        kinds=(CancelSync,),
        parameters=_SOURCE,
    ),
    Channel(
        name="cancel_all",
        operation="hear_cancel_of_all",
        action="receive",
        address=subjects.CANCEL_ALL,
        description="Cancel every sync that was asked for no later.",
        kinds=(CancelSync,),
    ),
)
_TOLD: Final = (
    Channel(
        name="progress",
        operation="tell_progress",
        action="send",
        address=subjects.progress("{source_id}"),
        description=(
            "How far a source's sync is, at most ten times a second, the last word always. Who comes late reads the last state"
            f" of each part from the stream {subjects.STREAM_PROGRESS} by direct get."
        ),
        kinds=(SyncProgress,),
        parameters=_SOURCE,
    ),
    Channel(
        name="facts",
        operation="tell_facts",
        action="send",
        address=subjects.fact("{source_id}"),
        description="What progress is folded from. Totals per step, each with a revision, in any order and any number of times.",
        kinds=get_args(Fact),
        parameters=_SOURCE,
    ),
    Channel(
        name="heartbeats",
        operation="tell_heartbeats",
        action="send",
        address=subjects.heartbeat("{role}", "{instance}"),
        description=(
            "That a process is alive and how its work stands, every few seconds. Who comes late reads the last of each process"
            f" from the stream {subjects.STREAM_HEALTH} by direct get."
        ),
        kinds=(Heartbeat,),
        parameters={"role": "What the process does, such as `writer`.", "instance": "Which process of that role."},
    ),
)


def _query(kind: type[Any]) -> Channel:
    name = name_of(kind).removesuffix("_query")
    return Channel(
        name=f"query_{name}",
        operation=f"answer_{name}",
        action="receive",
        address=subjects.query(name),
        description=f"{_said_of(kind)} A NATS request: the answer comes to its reply subject, within seconds.",
        kinds=(kind,),
        replies=(_ANSWERS[name], QueryFailed),
    )


def _event(kind: type[Any]) -> Channel:
    name = name_of(kind)
    return Channel(
        name=f"event_{name}",
        operation=f"tell_{name}",
        action="send",
        address=subjects.event("{source_id}", name),
        description=_said_of(kind),
        kinds=(kind,),
        parameters=_SOURCE,
    )


def _said_of(kind: type[Any]) -> str:
    return " ".join((kind.__doc__ or "").split())


_ANSWERS: Final = {name_of(kind).removesuffix("_answer"): kind for kind in get_args(Answer)}
