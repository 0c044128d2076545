"""One message of each kind, with every field set to something that is not its default."""

from datetime import UTC, datetime
from typing import Any, Final, get_args

import msgspec

from contracts.catalog import Category, Item, ItemKind, Mode, Part, Reject, SourceKind, StepStatus, SyncStatus
from contracts.messages import (
    AccountChecked,
    CancelSync,
    Counts,
    DeadLetter,
    ErrorReport,
    FetchFailed,
    FetchPage,
    ItemsAdded,
    Message,
    RawSlice,
    RequestRefused,
    SliceParsed,
    SliceUnchanged,
    SourceUnreachable,
    StepCounted,
    StepEnded,
    StepFetching,
    StepPlan,
    StepProgress,
    SyncClosed,
    SyncEnded,
    SyncPlanned,
    SyncProgress,
    SyncRequest,
    SyncStarted,
)

AT: Final = datetime(2026, 11, 21, 12, 31, 7, 250_000, tzinfo=UTC)
LATER: Final = datetime(2026, 11, 21, 12, 35, tzinfo=UTC)
REQUESTED_NS: Final = 1_795_264_267_250_000_000
SYNC: Final[dict[str, Any]] = {"sync_id": "0123456789abcdef", "source_id": "iptv"}
STEP: Final[dict[str, Any]] = {**SYNC, "step": "movies"}
PLACE: Final[dict[str, Any]] = {
    **STEP,
    "source_kind": SourceKind.XTREAM,
    "requested_ns": REQUESTED_NS,
    "attempt": 2_251_799_813_685_248,
    "page": 1,
    "slice": 2,
    "slices_total": 3,
    "digest": bytes(range(16)),
    "body_bytes": 24,
}
ASKED: Final[dict[str, Any]] = {"request_id": "tonight", "parts": [Part.CATALOGUE], "mode": Mode.FULL}
COUNTS: Final = Counts(new=1, changed=2, unchanged=3, rejected=4, excluded=5)
ERROR: Final = ErrorReport(code="timeout", text="no byte for 30 s", step="movies", at=AT)

CATEGORY: Final = Category(
    remote_id="7",
    item_kind=ItemKind.MOVIE,
    row_hash=-42,
    title="Früher",
    folded_title="fruher",
    parent_remote_id="3",
    position=4,
)
ITEM: Final = Item(
    remote_id="9007199254740993",
    kind=ItemKind.MOVIE,
    row_hash=2**62,
    title="Le Voyage dans la Lune",
    folded_title="le voyage dans la lune",
    year=1902,
    rating=8.2,
    duration_s=840,
    added_at=1_700_000_000,
    is_adult=True,
    image="posters/moon.jpg",
    library_remote_id="movies",
    parent_remote_id="5",
    index_number=6,
    category_remote_ids=["7", "8"],
    details='{"plot":"To the moon and back."}',
)
REJECT: Final = Reject(reason="stream_id: missing", entry='{"name":"?"}', remote_id="1")

MESSAGES: Final[list[Message]] = [
    SyncRequest(**ASKED, steps=["movies"], force=True),
    CancelSync(reason="bedtime"),
    SyncProgress(
        **SYNC,
        **ASKED,
        status=SyncStatus.SYNCING,
        progress=50,
        current_step="movies",
        channels_synced=1,
        movies_synced=2,
        series_synced=3,
        seasons_synced=4,
        episodes_synced=5,
        categories_synced=6,
        counts=COUNTS,
        bytes_received=7,
        rows_per_second=8.5,
        seconds_left=9.5,
        errors=[ERROR],
        errors_total=10,
        steps=[
            StepProgress(
                step="movies",
                title="Movies",
                status=StepStatus.RUNNING,
                fraction=0.5,
                item_kind=ItemKind.MOVIE,
                is_categories=True,
                counts=COUNTS,
                rows_expected=11,
                bytes_received=12,
                bytes_expected=13,
                detail="waiting for the first byte",
                waiting_until=LATER,
                error=ERROR,
                revision=14,
                fetch_revision=15,
            )
        ],
        requested_at=AT,
        started_at=AT,
        updated_at=LATER,
        ended_at=LATER,
    ),
    RequestRefused(
        source_id="iptv",
        request_id="tonight",
        code="already_running",
        text="a sync of this source runs",
        running_sync_id=SYNC["sync_id"],
        at=AT,
    ),
    SyncStarted(**SYNC, **ASKED, at=AT),
    StepEnded(**STEP, status=StepStatus.PARTIAL, counts=COUNTS, error=ERROR, at=AT),
    SyncEnded(
        **SYNC,
        request_id="tonight",
        status=SyncStatus.PARTIAL,
        counts=COUNTS,
        errors=[ERROR],
        started_at=AT,
        ended_at=LATER,
    ),
    ItemsAdded(**SYNC, counts_by_kind={ItemKind.MOVIE: 2}, item_ids=[3, 4], at=AT),
    SourceUnreachable(**SYNC, error=ERROR, at=AT),
    SyncPlanned(
        **SYNC,
        **ASKED,
        steps=[
            StepPlan(
                step="movies",
                title="Movies",
                weight=2,
                item_kind=ItemKind.MOVIE,
                is_categories=True,
                rows_expected=3,
                bytes_expected=4,
            )
        ],
        requested_at=AT,
        started_at=LATER,
    ),
    StepFetching(
        **STEP,
        revision=1,
        bytes_received=2,
        bytes_expected=3,
        slices_cut=4,
        detail="cooling down, the server said 429",
        waiting_until=LATER,
        at=AT,
    ),
    StepCounted(**STEP, revision=1, status=StepStatus.RUNNING, counts=COUNTS, slices_done=2, slices_total=3, error=ERROR, at=AT),
    SyncClosed(**SYNC, status=SyncStatus.FAILED, error=ERROR, at=AT),
    FetchPage(
        **STEP,
        source_kind=SourceKind.XTREAM,
        issue=1,
        requested_ns=REQUESTED_NS,
        known_digests=[bytes(16)],
        denied_category_ids=["9"],
        digest_salt=b"salt",
        bytes_expected=2,
    ),
    RawSlice(**PLACE, body=b'[{"stream_id":1}]', denied_category_ids=["9"]),
    SliceUnchanged(**PLACE),
    SliceParsed(
        **PLACE,
        categories=msgspec.Raw(msgspec.msgpack.encode([CATEGORY])),
        items=msgspec.Raw(msgspec.msgpack.encode([ITEM])),
        rejects=[REJECT],
        excluded=1,
    ),
    AccountChecked(
        **STEP,
        requested_ns=REQUESTED_NS,
        attempt=1,
        server={"status": "Active", "max_connections": 1, "is_trial": False, "expires_at": None},
        warnings=["the account ends in three days"],
    ),
    FetchFailed(**STEP, requested_ns=REQUESTED_NS, attempt=1, error=ERROR, slices_cut=2),
    DeadLetter(
        **STEP,
        attempt=1,
        page=2,
        slice=3,
        slices_total=4,
        actor="parser",
        reason="bad_message: not a message",
        parked=True,
        subject="playbill.work.parse.iptv",
        message_id="0123456789abcdef:movies:1:0:0:raw",
        deliveries=6,
        body=b"\x00\xff",
        body_clipped=True,
        at=AT,
    ),
]


def kinds(union: Any) -> tuple[type[Any], ...]:
    """The Structs of a union."""
    return get_args(union)


def tag_of(kind: type[Any]) -> str:
    return str(kind.__struct_config__.tag)
