"""Which home pages are stale, and how a fresh one is asked for; pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from contracts import codec
from contracts.catalog import Part
from contracts.messages import HomeSectionShown, SyncRequest


def with_age(sections: Iterable[HomeSectionShown], stale_after: Mapping[str, float], now: datetime) -> list[HomeSectionShown]:
    """The sections, those that are older than their source allows marked stale. `stale_after`: seconds by source."""
    return [
        msgspec.structs.replace(section, is_stale=True)
        if not section.is_stale and is_old(section.last_updated, stale_after.get(section.source_id), now)
        else section
        for section in sections
    ]


def is_old(at: datetime | None, stale_after_s: float | None, now: datetime) -> bool:
    """Whether what was read then, or never, is older than its source allows; without an age nothing is."""
    if stale_after_s is None:
        return False
    return at is None or now - at > timedelta(seconds=stale_after_s)


def stale_sources(
    sections: Sequence[HomeSectionShown],
    sources: Iterable[str],
    stale_after: Mapping[str, float],
    read_at: Mapping[str, datetime],
    now: datetime,
) -> list[str]:
    """Those of the sources whose home page wants reading. `sections` are as `with_age` gives them.

    `read_at`: when the home page of a source was last complete, which is all that is known of an empty one.
    """
    stale: dict[str, bool] = {}
    for section in sections:
        stale[section.source_id] = stale.get(section.source_id, False) or section.is_stale
    unread = {source: is_old(read_at.get(source), stale_after.get(source), now) for source in sources}
    return [source for source, is_unread in unread.items() if stale.get(source, is_unread)]


def refresh_request(source_id: str, now: datetime) -> SyncRequest:
    """The same for everybody who asks in the same minute, and so one sync."""
    return SyncRequest(request_id=f"refresh-{source_id}-{now:%Y-%m-%dT%H:%M}Z", parts=[Part.HOME])


def refresh_sync_id(source_id: str, request: SyncRequest) -> str:
    """The sync that a request becomes."""
    return codec.sync_id_of(source_id, request.request_id)
