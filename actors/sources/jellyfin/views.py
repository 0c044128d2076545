"""The user's views, which are the libraries: how they are asked for, and the walk that lists them."""

from urllib.parse import quote

from actors.sources.ask import Ask, Session
from actors.sources.jellyfin.bodies import page
from actors.sources.jellyfin.hubs import slimmed
from actors.sources.paging import packed
from contracts.errors import PlaybillError, RequestRejected


def views_ask(session: Session) -> Ask:
    return Ask(path="UserViews", params=(("userId", session.user_id),))


def older_path(session: Session, rest: str) -> str:
    """Where servers before 10.9 have what newer ones have without the user in the path."""
    return f"Users/{quote(session.user_id, safe='')}/{rest}"


class LibrariesWalk:
    """The one answer that lists the views. A view that comes twice is kept once: each becomes steps."""

    def __init__(self, session: Session) -> None:
        self._ask: Ask | None = views_ask(session)
        self._older: Ask | None = Ask(path=older_path(session, "Views"))
        self._rows = 0
        self._total: int | None = None

    def ask(self) -> Ask | None:
        return self._ask

    def take(self, body: bytes) -> list[bytes]:
        entries, self._total = page(body, "the libraries")
        self._ask, self._rows = None, len(entries)
        views: dict[str | int, bytes] = {}
        for place, entry in enumerate(entries):
            slim, view_id = slimmed(entry)
            views.setdefault(place if view_id is None else view_id, slim)
        return packed(views.values())

    def failed(self, error: PlaybillError) -> list[bytes] | None:
        if self._older is None or not isinstance(error, RequestRejected):
            return None
        self._ask, self._older = self._older, None
        return []

    @property
    def doubt(self) -> str | None:
        if self._total is not None and self._total > self._rows:
            return f"the server announced {self._total:,} libraries and gave {self._rows:,}"
        return None

    @property
    def rows_expected(self) -> int | None:
        return self._rows or None

    @property
    def announced(self) -> int | None:
        return self._total
