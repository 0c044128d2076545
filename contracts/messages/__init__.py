"""Every message: requests are verbs, facts are in the past tense. The version is in the tag.

Public messages travel as JSON, work messages as MessagePack (`contracts.codec`). Unknown fields are ignored; a field that is
added has a default; a field that changes its meaning makes a new version. Times are UTC.
"""

from contracts.messages.events import ItemsAdded, RequestRefused, SourceUnreachable, StepEnded, SyncEnded, SyncStarted
from contracts.messages.facts import StepCounted, StepFetching, StepPlan, SyncClosed, SyncPlanned
from contracts.messages.kinds import Count, RequestId, SourceId, SyncId
from contracts.messages.progress import Counts, ErrorReport, StepProgress, SyncProgress
from contracts.messages.requests import CancelSync, SyncRequest
from contracts.messages.work import (
    AccountChecked,
    DeadLetter,
    FetchFailed,
    FetchPage,
    RawSlice,
    SliceParsed,
    SlicePlace,
    SliceUnchanged,
)

__all__ = [
    "AccountChecked",
    "CancelSync",
    "Count",
    "Counts",
    "DeadLetter",
    "ErrorReport",
    "Event",
    "Fact",
    "FetchFailed",
    "FetchPage",
    "ItemsAdded",
    "Message",
    "Public",
    "PublicRequest",
    "RawSlice",
    "RequestId",
    "RequestRefused",
    "SliceParsed",
    "SlicePlace",
    "SliceUnchanged",
    "SourceId",
    "SourceUnreachable",
    "StepCounted",
    "StepEnded",
    "StepFetching",
    "StepPlan",
    "StepProgress",
    "SyncClosed",
    "SyncEnded",
    "SyncId",
    "SyncPlanned",
    "SyncProgress",
    "SyncRequest",
    "SyncStarted",
    "ToWriter",
    "Work",
]

PublicRequest = SyncRequest | CancelSync
Event = RequestRefused | SyncStarted | StepEnded | SyncEnded | ItemsAdded | SourceUnreachable
Fact = SyncPlanned | StepFetching | StepCounted | SyncClosed
ToWriter = SliceParsed | SliceUnchanged | AccountChecked | FetchFailed
Public = SyncRequest | CancelSync | SyncProgress | Event | Fact
Work = FetchPage | RawSlice | SliceUnchanged | SliceParsed | AccountChecked | FetchFailed | DeadLetter
Message = Public | Work
