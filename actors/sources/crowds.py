"""Whether an answer that is held whole is made of more parts than any listing has, before they are all taken apart."""

from actors.sources.pieces import TOKEN
from contracts import limits
from contracts.errors import AnswerTooLarge


def check_entries(body: bytes) -> None:
    """Raises AnswerTooLarge for a list or an object with too many parts: a byte of each becomes a hundred in memory.

    Counting commas costs nothing; only an answer that has so many of them, at whatever depth, is looked at closely.
    """
    if body.count(b",") < limits.PAGE_ENTRIES_MAX:
        return
    counts: list[int] = []
    for token in TOKEN.finditer(body):
        match token[0]:
            case b"[" | b"{":
                counts.append(1)
            case b"]" | b"}":
                if counts:
                    counts.pop()
            case b"," if counts:
                counts[-1] += 1
                if counts[-1] > limits.PAGE_ENTRIES_MAX:
                    raise AnswerTooLarge(f"the answer lists more than {limits.PAGE_ENTRIES_MAX:,} things at once")
            case b'"':
                return  # A text that does not end; what reads the answer says so.
            case _:
                pass
