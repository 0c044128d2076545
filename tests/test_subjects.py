"""Every message has a place on the bus, and every place a stream that keeps it."""

from typing import Any

import pytest

from actors.runtime.provision import consumers, streams
from contracts import subjects
from contracts.catalog import Part
from contracts.channels import queries
from contracts.messages import (
    Answer,
    CancelSync,
    Event,
    Fact,
    Heartbeat,
    HomeQuery,
    MendDeadLetters,
    Message,
    Query,
    QueryFailed,
    SyncProgress,
    SyncRequest,
    Work,
)
from tests.samples import MESSAGES, kinds

SYNC_ID = "0123456789abcdef"
KEPT = [message for message in MESSAGES if not isinstance(message, Query | Answer)]
by_kind = pytest.mark.parametrize("message", KEPT, ids=lambda message: type(message).__name__)


def matches(pattern: str, subject: str) -> bool:
    """As the server matches: `*` is one word, `>` is one or more at the end."""
    wanted, words = pattern.split("."), subject.split(".")
    if wanted[-1] == ">":
        wanted, words = wanted[:-1], words[: len(wanted) - 1] if len(words) >= len(wanted) else []
    return len(wanted) == len(words) and all(one in ("*", word) for one, word in zip(wanted, words, strict=True))


def subject_of(message: Message) -> str:
    if isinstance(message, SyncRequest):
        return subjects.request("iptv")
    return subjects.cancel_sync(SYNC_ID) if isinstance(message, CancelSync) else subjects.subject_of(message)


@by_kind
def test_exactly_one_stream_keeps_a_message(message: Message) -> None:
    keeping = [stream.name for stream in streams() for pattern in stream.subjects or [] if matches(pattern, subject_of(message))]

    assert len(keeping) == 1


@pytest.mark.parametrize(
    ("union", "prefix"),
    [(Work, ("playbill.work.", "playbill.dead.")), (Event, ("playbill.event.",)), (Fact, ("playbill.fact.",))],
)
def test_each_sort_of_message_has_its_own_subjects(union: Any, prefix: tuple[str, ...]) -> None:
    assert all(subject_of(message).startswith(prefix) for message in KEPT if isinstance(message, kinds(union)))


def test_the_asker_of_a_sync_or_a_cancel_or_a_question_names_the_subject() -> None:
    for message in (SyncRequest(), CancelSync(), HomeQuery(), QueryFailed(code="bad_request", text="no")):
        with pytest.raises(TypeError):
            subjects.subject_of(message)


@pytest.mark.parametrize("name", queries())
def test_a_question_is_asked_on_a_subject_of_its_own_that_no_stream_keeps(name: str) -> None:
    assert matches(subjects.QUERIES, subjects.query(name))
    assert not any(matches(pattern, subjects.query(name)) for stream in streams() for pattern in stream.subjects or [])


def test_no_two_streams_take_the_same_subject() -> None:
    patterns = [pattern for stream in streams() for pattern in stream.subjects or []]

    overlaps = [(one, other) for one in patterns for other in patterns if one != other and matches(one, other)]

    assert overlaps == []
    assert len(set(patterns)) == len(patterns)


def test_a_consumer_sees_only_what_its_stream_takes() -> None:
    taken = {stream.name: stream.subjects or [] for stream in streams()}

    for stream, consumer in consumers({("iptv", part): 2 for part in Part}):
        assert any(matches(pattern, consumer.filter_subject or "") for pattern in taken[stream])


def test_what_is_republished_is_heard_and_not_kept_twice() -> None:
    heard = [subjects.cancel_sync(SYNC_ID).replace(".cancel.", ".cancelled."), subjects.progress("iptv")]

    assert [matches(subjects.CANCELS_HEARD, heard[0]), matches(subjects.PROGRESS, heard[1])] == [True, True]
    assert not any(matches(pattern, subject) for subject in heard for stream in streams() for pattern in stream.subjects or [])


@pytest.mark.parametrize("subject", [subjects.cancel_sync(SYNC_ID), f"playbill.sync.cancelled.sync.{SYNC_ID}"])
def test_a_cancel_of_a_sync_is_understood_as_published_and_as_republished(subject: str) -> None:
    assert subjects.cancel_target(subject) == ("sync", SYNC_ID)


def test_a_cancel_of_a_source_or_of_all_is_understood() -> None:
    assert subjects.cancel_target(subjects.cancel_source("iptv")) == ("source", "iptv")
    assert subjects.cancel_target(subjects.CANCEL_ALL) == ("all", "")


@pytest.mark.parametrize(
    "subject",
    ["", "playbill.sync.cancel", "playbill.sync.cancel.sync", "playbill.sync.cancel.sync.a.b", "playbill.sync.cancel.row.1"],
)
def test_another_subject_is_no_cancel(subject: str) -> None:
    with pytest.raises(ValueError, match="no subject of a cancel"):
        subjects.cancel_target(subject)


@by_kind
def test_the_source_can_be_read_from_the_subject(message: Message) -> None:
    if not isinstance(message, CancelSync | MendDeadLetters | Heartbeat) and not subject_of(message).startswith("playbill.dead."):
        assert subjects.source_of(subject_of(message)) == "iptv"


def test_progress_is_kept_by_source_and_part() -> None:
    progress = next(message for message in MESSAGES if isinstance(message, SyncProgress))

    assert subjects.subject_of(progress) == subjects.progress_kept("iptv", Part.CATALOGUE)
    assert matches(subjects.PROGRESS_KEPT, subjects.subject_of(progress))
