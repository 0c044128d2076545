"""Every message: requests are verbs, facts are in the past tense. The version is in the tag.

Public messages travel as JSON, work messages as MessagePack (`contracts.codec`). Unknown fields are ignored; a field that is
added has a default; a field that changes its meaning makes a new version. Times are UTC.
"""

from contracts.messages.events import (
    ChangedSection,
    HomeSectionsRefreshed,
    ItemsAdded,
    RequestRefused,
    SourceUnreachable,
    StepEnded,
    SyncEnded,
    SyncStarted,
)
from contracts.messages.facts import StepCounted, StepFetching, StepPlan, SyncClosed, SyncPlanned
from contracts.messages.health import Heartbeat
from contracts.messages.kinds import Count, RequestId, SourceId, SyncId
from contracts.messages.progress import Counts, ErrorReport, StepProgress, SyncProgress
from contracts.messages.queries import (
    Answer,
    HomeAnswer,
    HomeQuery,
    ItemAnswer,
    ItemQuery,
    ItemsAnswer,
    ItemsQuery,
    LibrariesAnswer,
    LibrariesQuery,
    Query,
    QueryFailed,
    SearchAnswer,
    SearchQuery,
    Sort,
    SourcesAnswer,
    SourcesQuery,
    SyncAnswer,
    SyncQuery,
    SyncsAnswer,
    SyncsQuery,
)
from contracts.messages.requests import CancelSync, MendDeadLetters, SyncRequest
from contracts.messages.shown import (
    CatalogueItem,
    FoundPlace,
    FoundTitle,
    HomeSectionShown,
    LibraryShown,
    Links,
    SourceShown,
    SyncShown,
)
from contracts.messages.work import (
    AccountChecked,
    DeadLetter,
    FetchFailed,
    FetchPage,
    FetchSeries,
    RawSeries,
    RawSlice,
    SeriesAsk,
    SeriesParsed,
    SliceParsed,
    SlicePlace,
    SliceUnchanged,
)

__all__ = [
    "AccountChecked",
    "Answer",
    "CancelSync",
    "CatalogueItem",
    "ChangedSection",
    "Count",
    "Counts",
    "DeadLetter",
    "ErrorReport",
    "Event",
    "Fact",
    "FetchFailed",
    "FetchPage",
    "FetchSeries",
    "FoundPlace",
    "FoundTitle",
    "Heartbeat",
    "HomeAnswer",
    "HomeQuery",
    "HomeSectionShown",
    "HomeSectionsRefreshed",
    "ItemAnswer",
    "ItemQuery",
    "ItemsAdded",
    "ItemsAnswer",
    "ItemsQuery",
    "LibrariesAnswer",
    "LibrariesQuery",
    "LibraryShown",
    "Links",
    "MendDeadLetters",
    "Message",
    "Public",
    "PublicRequest",
    "Query",
    "QueryFailed",
    "RawSeries",
    "RawSlice",
    "RequestId",
    "RequestRefused",
    "SearchAnswer",
    "SearchQuery",
    "SeriesAsk",
    "SeriesParsed",
    "SliceParsed",
    "SlicePlace",
    "SliceUnchanged",
    "Sort",
    "SourceId",
    "SourceShown",
    "SourceUnreachable",
    "SourcesAnswer",
    "SourcesQuery",
    "StepCounted",
    "StepEnded",
    "StepFetching",
    "StepPlan",
    "StepProgress",
    "SyncAnswer",
    "SyncClosed",
    "SyncEnded",
    "SyncId",
    "SyncPlanned",
    "SyncProgress",
    "SyncQuery",
    "SyncRequest",
    "SyncShown",
    "SyncStarted",
    "SyncsAnswer",
    "SyncsQuery",
    "ToWriter",
    "Work",
]

PublicRequest = SyncRequest | CancelSync | MendDeadLetters
Event = RequestRefused | SyncStarted | StepEnded | SyncEnded | ItemsAdded | HomeSectionsRefreshed | SourceUnreachable
Fact = SyncPlanned | StepFetching | StepCounted | SyncClosed
ToWriter = SliceParsed | SliceUnchanged | AccountChecked | FetchFailed | SeriesParsed
Public = PublicRequest | SyncProgress | Event | Fact | Heartbeat | Query | Answer
Work = (
    FetchPage
    | FetchSeries
    | RawSeries
    | SeriesParsed
    | RawSlice
    | SliceUnchanged
    | SliceParsed
    | AccountChecked
    | FetchFailed
    | DeadLetter
)
Message = Public | Work
