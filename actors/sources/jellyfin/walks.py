"""Which walk a step is."""

from actors.sources.ask import Session
from actors.sources.jellyfin.home import HomeWalk
from actors.sources.jellyfin.listing import ListingWalk
from actors.sources.jellyfin.steps import HOME, LIBRARIES, listing
from actors.sources.jellyfin.views import LibrariesWalk
from actors.sources.walk import Walk


def walk(step: str, session: Session, page_size: int) -> Walk:
    """Raises BadRequest for a step that is no listing."""
    if step == HOME:
        return HomeWalk(session)
    if step == LIBRARIES:
        return LibrariesWalk(session)
    name, plural, library_id = listing(step)
    return ListingWalk(name, plural.types, library_id, session, page_size)
