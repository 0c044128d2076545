"""The walk through the home page: the user's choices, the views, then one section after another, each at its own risk."""

from collections import deque
from typing import Final

import msgspec

from actors.sources.ask import Ask, Session
from actors.sources.jellyfin import hubs
from actors.sources.jellyfin.ask import user_ask
from actors.sources.jellyfin.bodies import objects, page
from actors.sources.jellyfin.sections import Choice, Section, View, choice, chosen_words, in_order, planned, views
from actors.sources.jellyfin.views import older_path, views_ask
from actors.sources.paging import packed
from contracts.errors import PlaybillError, RequestRejected, SourceTimeout

_LATEST_UNANSWERED_MAX: Final = 2
"""Of one server's sections of the latest, in a row: some servers never answer them, and each costs minutes of waiting."""


class HomeWalk:
    """What the server gives of each section is one entry. A section that fails is an entry that says so, and costs only itself.

    The page cannot be made without the views; without the user's choices it is the web client's own.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._words = chosen_words({})
        self._views: list[View] = []
        self._choice = Choice()
        self._is_old = False
        self._unanswered = 0
        self._beginning = deque((self._ask_preferences(), views_ask(session), user_ask(session)))
        self._sections: deque[Section] = deque()

    def _ask_preferences(self) -> Ask:
        return Ask(path="DisplayPreferences/usersettings", params=(("userId", self._session.user_id), ("client", "emby")))

    def ask(self) -> Ask | None:
        if self._beginning:
            return self._beginning[0]
        return self._ask_of(self._sections[0]) if self._sections else None

    def _ask_of(self, section: Section) -> Ask | None:
        return section.older if self._is_old and section.older is not None else section.ask

    def take(self, body: bytes) -> list[bytes]:
        if self._beginning:
            self._learn(body)
            return self._begun()
        section = self._sections[0]
        pieces, total = page(body, "the section")
        self._sections.popleft()
        if section.hub.library_id is not None:
            self._unanswered = 0
        if total and not pieces:
            return packed([hubs.failed(section.hub, f"the server announced {total:,} items and gave none")])
        size = total if total is not None and total >= len(pieces) else None
        return packed([hubs.assembled(msgspec.structs.replace(section.hub, size=size), pieces)])

    def _learn(self, body: bytes) -> None:
        """The answers come in the order of the questions: preferences, views, user."""
        match len(self._beginning):
            case 3:
                self._words = chosen_words(objects(body, "the user's display preferences"))
            case 2:
                self._views = views(page(body, "the libraries")[0])
            case _:
                self._choice = choice(objects(body, "the user"))

    def _begun(self) -> list[bytes]:
        """The next question; after the last, the plan of the page, and what of it is known already."""
        self._beginning.popleft()
        if self._beginning:
            return []
        ordered = in_order(self._views, self._choice)
        sections = planned(self._words, ordered, self._choice, self._session)
        self._sections.extend(section for section in sections if section.ask is not None)
        shown = [view.piece for view in ordered if view.id not in self._choice.not_in_my_media]
        return packed(hubs.assembled(section.hub, shown) for section in sections if section.ask is None)

    def failed(self, error: PlaybillError) -> list[bytes] | None:
        if self._beginning:
            return self._failed_beginning(error)
        section = self._sections[0]
        if section.older is not None and not self._is_old and isinstance(error, RequestRejected):
            self._sections[0] = msgspec.structs.replace(section, ask=section.older, older=None)
            return []
        return packed(hubs.failed(one.hub, error.text) for one in self._given_up(error))

    def _failed_beginning(self, error: PlaybillError) -> list[bytes] | None:
        if len(self._beginning) != 2:
            return self._begun()
        if self._is_old or not isinstance(error, RequestRejected):
            return None
        self._is_old = True
        self._beginning[0] = Ask(path=older_path(self._session, "Views"))
        return []

    def _given_up(self, error: PlaybillError) -> list[Section]:
        """The section that failed, and those that would but make us wait as long once more."""
        section = self._sections.popleft()
        if section.hub.library_id is None:
            return [section]
        self._unanswered = self._unanswered + 1 if isinstance(error, SourceTimeout) else 0
        if self._unanswered < _LATEST_UNANSWERED_MAX:
            return [section]
        latest = [one for one in self._sections if one.hub.library_id is not None]
        self._sections = deque(one for one in self._sections if one.hub.library_id is None)
        return [section, *latest]

    @property
    def doubt(self) -> str | None:
        """None: a section that failed keeps its rows, and says so itself."""
        return None

    @property
    def rows_expected(self) -> int | None:
        return None

    @property
    def announced(self) -> int | None:
        return None
