"""Which walk a step is."""

from actors.sources.ask import Session
from actors.sources.jellyfin.changed import ChangedWalk
from actors.sources.jellyfin.home import HomeWalk
from actors.sources.jellyfin.listing import ListingWalk
from actors.sources.jellyfin.questions import CHANNELS, watched, whole
from actors.sources.jellyfin.steps import HOME, LIBRARIES, listing
from actors.sources.jellyfin.views import LibrariesWalk
from actors.sources.jellyfin.watched import WatchedWalk
from actors.sources.walk import Walk


def walk(step: str, session: Session, page_size: int, since: int | None = None) -> Walk:
    """Raises BadRequest for a step that is no listing.

    The home page, the libraries, and channels, of which no server tells what changed, are always asked for whole.
    """
    if step == HOME:
        return HomeWalk(session)
    if step == LIBRARIES:
        return LibrariesWalk(session)
    name, plural, library_id = listing(step)
    if plural.is_of_watching:
        played = watched(plural.types, library_id, session, "IsPlayed")
        return WatchedWalk(played, watched(plural.types, library_id, session, "IsResumable"), page_size, since)
    found = whole(name, plural.types, library_id, session)
    if since is None or name == CHANNELS:
        return ListingWalk(found, page_size)
    return ChangedWalk(found, page_size, since)
