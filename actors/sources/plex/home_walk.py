"""The way through the home page: its hubs, then the rest of each that shows only a part."""

from collections import deque
from collections.abc import Iterable
from typing import Final

from actors.sources.ask import Ask
from actors.sources.paging import packed
from actors.sources.plex.ask import ALL_HUBS, PROMOTED_HUBS, with_few_items
from actors.sources.plex.container import announced_more, children, container, number
from actors.sources.plex.entry import HubAnswer
from actors.sources.plex.hubs import Hub, hub_in
from actors.sources.texts import one_line
from contracts import limits
from contracts.errors import (
    AccountRejected,
    AnswerTooLarge,
    NotPermitted,
    PlaybillError,
    RequestRejected,
    SourceUnreachable,
    UnexpectedAnswer,
)

_HUBS: Final = "the home sections"
_ITEMS: Final = "the items of a home section"
_UNREACHABLE_MAX: Final = 2
"""Hubs in a row that cannot be reached before the server itself is taken to be gone."""


class HomeWalk:
    """Each hub is one entry, in the order of the page; a hub that cannot be read whole is an entry with its failure."""

    def __init__(self, page_size: int) -> None:
        self._page_size = page_size
        self._hubs_ask: Ask | None = PROMOTED_HUBS
        self._has_few = False
        """Whether hubs are asked for with few items each, as the page is too large with more."""
        self._waiting: deque[Hub] = deque()
        self._hubs: int | None = None
        self._unreachable = 0
        self.doubt: str | None = None

    def ask(self) -> Ask | None:
        if self._hubs_ask is not None:
            return with_few_items(self._hubs_ask) if self._has_few else self._hubs_ask
        return self._waiting[0].ask() if self._waiting else None

    def take(self, body: bytes) -> list[bytes]:
        if self._hubs_ask is not None:
            return self._take_hubs(body)
        self._waiting[0].take(container(body, _ITEMS))
        self._unreachable = 0
        return self._ready()

    def _take_hubs(self, body: bytes) -> list[bytes]:
        page = container(body, _HUBS)
        answers = children(page.hub)
        if not answers and self._hubs_ask is PROMOTED_HUBS:
            self._hubs_ask = ALL_HUBS
            return []
        self._hubs_ask = None
        self.doubt = announced_more(number(page.size), len(answers))
        found = [hub_in(answer) or HubAnswer() for answer in answers[: limits.SECTIONS_MAX]]
        self._hubs = len(found)
        self._waiting.extend(
            Hub(answer, identifier, position, self._page_size)
            for position, (answer, identifier) in enumerate(zip(found, _identifiers(found), strict=True))
        )
        return self._ready()

    def _ready(self) -> list[bytes]:
        """The hubs in front that need no further answer."""
        entries = []
        while self._waiting and self._waiting[0].ask() is None:
            entries.append(self._waiting.popleft().entry())
        return packed(entries)

    def failed(self, error: PlaybillError) -> list[bytes] | None:
        if self._hubs_ask is not None:
            return self._failed_hubs(error)
        is_unreachable = isinstance(error, SourceUnreachable)
        self._unreachable = self._unreachable + 1 if is_unreachable else 0
        if self._unreachable == _UNREACHABLE_MAX or _refuses_us(error):
            return None
        self._waiting[0].failure = error.text[: limits.ERROR_TEXT_CHARS_MAX]
        return self._ready()

    def _failed_hubs(self, error: PlaybillError) -> list[bytes] | None:
        """Older servers, and some for guests, have no promoted hubs; whatever passes by itself is no reason for others."""
        if isinstance(error, AnswerTooLarge) and not self._has_few:
            self._has_few = True
            return []
        is_for_good = isinstance(error, RequestRejected | NotPermitted | UnexpectedAnswer) and not _refuses_us(error)
        if self._hubs_ask is not PROMOTED_HUBS or not is_for_good:
            return None
        self._hubs_ask = ALL_HUBS
        return []

    @property
    def rows_expected(self) -> int | None:
        return self._hubs

    @property
    def announced(self) -> int | None:
        return None


def _refuses_us(error: PlaybillError) -> bool:
    """Whether every other request would meet the same."""
    return isinstance(error, AccountRejected) or (isinstance(error, NotPermitted) and error.is_unauthorized)


def _identifiers(answers: Iterable[HubAnswer]) -> Iterable[str]:
    """One per hub and each once; what has no identifier goes by its key.

    Servers give one identifier to the hubs of several libraries. These are different rows with different titles, so the second
    is `…#2` rather than merged into the first.
    """
    seen: dict[str, int] = {}
    for answer in answers:
        name = one_line(answer.hub_identifier) or one_line(answer.key).partition("?")[0]
        seen[name] = seen.get(name, 0) + 1
        yield name if seen[name] == 1 or not name else f"{name}#{seen[name]}"
