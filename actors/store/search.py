"""Finding items by words of their titles: what is typed becomes a query that cannot fail, and a bounded ranking; pure."""

import re
from collections.abc import Sequence
from typing import Final

import msgspec

from actors.store.database import Values
from actors.store.schema import IS_SHOWN
from actors.store.search_index import library_token
from contracts import limits

_WORD: Final = re.compile(r"[0-9A-Za-z\u0080-\ud7ff\ue001-\U0010ffff]+")
"""What FTS5's `ascii` tokenizer takes for a word, without the mark of library words."""
_WORDS_MAX: Final = 16
_PREFIX_CHARS_MIN: Final = 3
"""A shorter beginning fits so many words that FTS5 needs 25 ms to merge them: it is looked for in what the other words found."""
_LIBRARIES_MAX: Final = 100


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """What was typed. The last word may be the beginning of one."""

    whole: tuple[str, ...]
    last: str

    @property
    def text(self) -> str:
        return " ".join((*self.whole, self.last))


def words_of(folded: str) -> Words | None:
    """None when there is nothing to look for."""
    found = _WORD.findall(folded[: limits.TITLE_CHARS_MAX].lower())[:_WORDS_MAX]
    return Words(whole=tuple(found[:-1]), last=found[-1]) if found else None


def match(words: Words, libraries: Sequence[int] | None) -> str:
    """The FTS5 query: every word, in one of the libraries where some are named. Words are quoted, so none is an operator."""
    parts = [f'"{word}"' for word in words.whole]
    if len(words.last) >= _PREFIX_CHARS_MIN:
        parts.append(f'"{words.last}"*')
    elif not words.whole:
        parts.append(f'"{words.last}"')
    if libraries is not None:
        tokens = " OR ".join(f'"{library_token(library)}"' for library in libraries)
        parts.append(f"({tokens})")
    return " AND ".join(parts)


def statement(words: Words, libraries: Sequence[int], *, is_everywhere: bool, limit: int) -> tuple[str, Values]:
    """(id, folded title) of the best: exact title, then a title that begins so, then the shortest.

    Ranked are the titles that begin with the text (found in the order of titles, so none is missed) and the first matches of the
    words, `limits.SEARCH_CANDIDATES_MAX` at most.
    """
    beginning = (
        f"SELECT * FROM (SELECT id FROM items WHERE library_id = ? AND {IS_SHOWN} AND folded_title >= ? AND folded_title < ?"  # noqa: S608
    )
    named = libraries[:_LIBRARIES_MAX]
    beginnings = " UNION ".join([f"{beginning} ORDER BY folded_title LIMIT ?)"] * len(named))
    text, behind = words.text, f"{words.text}\U0010ffff"
    sql = (
        f"WITH candidates (id) AS ({beginnings} UNION"  # noqa: S608
        " SELECT * FROM (SELECT rowid FROM items_search WHERE items_search MATCH ? LIMIT ?))"
        f" SELECT items.id, folded_title FROM candidates CROSS JOIN items ON items.id = candidates.id WHERE {IS_SHOWN}"
        " AND instr(' ' || folded_title, ?) > 0"
        " ORDER BY folded_title = ? DESC, folded_title >= ? AND folded_title < ? DESC,"
        " length(folded_title), folded_title, items.id LIMIT ?"
    )
    values: list[object] = [value for library in named for value in (library, text, behind, limit)]
    query = match(words, None if is_everywhere else libraries)
    return sql, [*values, query, limits.SEARCH_CANDIDATES_MAX, f" {words.last}", text, text, behind, limit]
