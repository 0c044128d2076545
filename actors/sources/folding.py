"""How a title is folded for search and order, and a search query with it."""

import unicodedata
from typing import Final

from contracts import limits

_SPELLED_OUT: Final = {
    "ł": "l", "ø": "o", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i",
}  # fmt: skip
"""Letters that Unicode does not take apart, after case folding."""


class _Folds(dict[int, str]):
    """The fold of each character, worked out when it is first seen. Holds at most what Unicode holds."""

    def __missing__(self, code: int) -> str:
        folded = self[code] = _fold_character(chr(code))
        return folded


def fold(title: str) -> str:
    """Letters, digits and single blanks: no marks, no case, no punctuation. Other scripts stay. Folding twice changes nothing.

    Each character folds alone (what depends on its neighbours are marks, and they go), so one table serves all titles.
    Titles in ASCII have a table of bytes of their own, which is four times as fast.
    """
    plain = title.encode().translate(_ASCII_FOLDS).decode() if title.isascii() else title.translate(_FOLDS)
    folded = " ".join(plain.split())
    return folded if len(folded) <= limits.TITLE_CHARS_MAX else folded[: limits.TITLE_CHARS_MAX].rstrip()


def _fold_character(character: str) -> str:
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
    return "".join(_letter(part) for part in apart if not unicodedata.combining(part))


def _letter(part: str) -> str:
    if part.isalnum() or unicodedata.category(part).startswith("M"):
        return _SPELLED_OUT.get(part, part)
    return " "


_FOLDS: Final = _Folds()
_ASCII_FOLDS: Final = bytes(ord(_FOLDS[code]) for code in range(128)) + bytes(128)
