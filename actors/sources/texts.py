"""Texts as a row holds them: of a bounded length, without what no line or column can show."""

import re
from typing import Any, Final

from contracts import limits

_BLANKS: Final = re.compile(r"[\t-\r\x1c-\x1f\x85\u2028\u2029]+")
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def one_line(value: Any) -> str:
    """A title on one line, without control characters, clipped; empty if there is none. A number is its digits: `1917`."""
    text = value if type(value) is str else scalar(value)
    if not text.isprintable():
        text = _CONTROLS.sub("", _BLANKS.sub(" ", text))
    text = text.strip()
    return text if len(text) <= limits.TITLE_CHARS_MAX else text[: limits.TITLE_CHARS_MAX].rstrip()


def paragraphs(value: Any) -> str:
    """A text of any kind, clipped; empty if it is blank. Lines stay."""
    found = (value if type(value) is str else scalar(value)).replace("\x00", "").strip()
    return found if len(found) <= limits.TEXT_CHARS_MAX else found[: limits.TEXT_CHARS_MAX].rstrip()


def scalar(value: Any) -> str:
    """A number as text: servers send the title 1917 as a number. Empty for everything else."""
    return str(value) if type(value) is float or (type(value) is int and abs(value) <= limits.INTEGER_MAX) else ""
