"""Whether a listing that came in pages is at its end, and whether its end can be believed."""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from contracts import limits
from contracts.errors import AnswerTooLarge

_SEPARATORS_BYTES: Final = 1


class Paging:
    """The pages of one listing. Advances by the rows that came, drops those that came before, and ends at an empty page.

    A server may announce no total or a wrong one, give more or fewer rows than asked for, repeat a page, ignore paging
    altogether, or change while it is read: none of it ends the walk early, and each is a doubt that keeps deletions away.
    """

    def __init__(self, page_size: int) -> None:
        self._page_size = page_size
        self._seen: set[str] = set()
        self._pages = 0
        self._totals: list[int] = []
        self._repeats = False
        self._ended_without_news = False
        self._last_rows = 0
        self.start = 0
        """Where the next page begins."""
        self.is_through = False

    @property
    def rows(self) -> int:
        """Distinct entries so far."""
        return len(self._seen)

    @property
    def rows_expected(self) -> int | None:
        """The last total that the server announced."""
        return self._totals[-1] if self._totals else None

    @property
    def seems_last(self) -> bool:
        """Whether the next page is probably the empty one: the last was short, or all that was announced is in."""
        is_short = self._pages > 0 and self._last_rows < self._page_size
        return is_short or (self.rows_expected is not None and self.start >= self.rows_expected)

    def take(self, ids: Sequence[str | None], total: int | None) -> list[int]:
        """The places of a page's entries that are to be kept: those not seen before, and those without an id.

        `total` is what this page announces for the whole listing. Raises AnswerTooLarge when the pages never come to an end.
        """
        self._pages += 1
        if self._pages > limits.PAGES_MAX:
            raise AnswerTooLarge(f"the listing does not end: {limits.PAGES_MAX:,} pages, and still more")
        if total is not None:
            self._totals.append(total)
        kept, has_news = [], False
        for place, entry_id in enumerate(ids):
            if entry_id is None:
                kept.append(place)
            elif entry_id not in self._seen:
                self._seen.add(entry_id)
                kept.append(place)
                has_news = True
        self._last_rows = len(ids)
        began, self.start = self.start, self.start + self._advance(ids)
        if not ids:
            self.is_through = True
        elif not has_news:
            self._end_without_news(began, len(ids))
            kept = [] if self._pages > 1 else kept
        return kept

    def _advance(self, ids: Sequence[str | None]) -> int:
        """Rows by which the next page begins later: those that came.

        Where more came than were asked for, and some of them twice, the server may have doubled them after it cut the page:
        then only the distinct ones are certain to have been counted. To ask for a row again costs nothing, to skip one does.
        """
        distinct = len({entry_id for entry_id in ids if entry_id is not None}) + ids.count(None)
        return min(len(ids), max(self._page_size, distinct))

    def _end_without_news(self, began: int, rows: int) -> None:
        """Nothing new on a page: the server ignores paging and gave all of it before, or gives one page for ever."""
        self.is_through = True
        self._ended_without_news = True
        gave_all_at_once = began > self._page_size * (self._pages - 1) or rows < self._page_size
        self._repeats = not gave_all_at_once

    @property
    def doubt(self) -> str | None:
        """Why the listing does not say what is missing; none when it does. To be asked when it is through."""
        if self.rows != self.rows_expected and (self._repeats or (self._ended_without_news and self.is_short)):
            return f"the server gives the same page again and again; {self.rows:,} rows came"
        if self._totals and self._totals[0] != self._totals[-1]:
            return f"the library changed while it was read: {self._totals[0]:,} rows were announced, then {self._totals[-1]:,}"
        return None

    @property
    def is_short(self) -> bool:
        """Whether fewer rows came than the server announced."""
        return self.rows_expected is not None and self.rows < self.rows_expected


def packed(entries: Iterable[bytes | msgspec.Raw]) -> list[bytes]:
    """Entries as JSON arrays of at most `limits.SLICE_BYTES`, in their order; none for none.

    Raises AnswerTooLarge for an entry that fits into none.
    """
    slices: list[bytes] = []
    held: list[bytes] = []
    held_bytes = 2
    for entry in entries:
        if len(entry) > limits.ENTRY_BYTES_MAX:
            raise AnswerTooLarge(f"one entry of the listing is larger than {limits.ENTRY_BYTES_MAX} bytes")
        piece = bytes(entry)
        is_full = held_bytes + len(piece) + _SEPARATORS_BYTES > limits.SLICE_BYTES or len(held) >= limits.SLICE_ENTRIES_MAX
        if held and is_full:
            slices.append(b"[" + b",".join(held) + b"]")
            held, held_bytes = [], 2
        held.append(piece)
        held_bytes += len(piece) + _SEPARATORS_BYTES
    if held:
        slices.append(b"[" + b",".join(held) + b"]")
    return slices
