"""What the processes that a command started write on standard error, line by line, so that it never lands inside the bars."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

_STANDARD_ERROR: Final = 2
_LAST_WORDS_S: Final = 1.0
"""A process that outlives its command must not hold it up."""


@contextmanager
def overhearing(say: Callable[[str], None]) -> Iterator[None]:
    """Call `say`, in a thread, with each line that this process and those it starts within the block write there."""
    kept = os.dup(_STANDARD_ERROR)
    reading, writing = os.pipe()
    os.dup2(writing, _STANDARD_ERROR)
    os.close(writing)
    listener = threading.Thread(target=_listen, args=(reading, say), name="overhearing", daemon=True)
    listener.start()
    try:
        yield
    finally:
        os.dup2(kept, _STANDARD_ERROR)
        os.close(kept)
        listener.join(_LAST_WORDS_S)


def _listen(reading: int, say: Callable[[str], None]) -> None:
    """Until the last writer is gone."""
    with os.fdopen(reading, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            say(line.rstrip("\n"))
