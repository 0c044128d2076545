"""Which syncs the cancels heard so far hit."""

from typing import Any, Literal

from contracts import limits

CancelTarget = Literal["sync", "source", "all"]


class Cancels:
    """The last cancel per target, with the bus server's stamp. Hearing one twice, or late, changes nothing."""

    def __init__(self) -> None:
        self._syncs: dict[str, None] = {}
        self._sources: dict[str, int] = {}
        self._all_ns = 0

    def hear(self, what: str, target: str, stamped_ns: int) -> None:
        """Take note of a cancel that the server stamped at `stamped_ns` (Unix nanoseconds)."""
        if what == "sync":
            self._syncs[target] = None
            _forget_oldest(self._syncs)
        elif what == "source":
            self._sources[target] = max(stamped_ns, self._sources.pop(target, 0))
            _forget_oldest(self._sources)
        else:
            self._all_ns = max(stamped_ns, self._all_ns)

    def hit(self, source_id: str, sync_id: str, requested_ns: int) -> bool:
        """Whether a sync is cancelled: named itself, or asked for no later than a cancel of its source or of all."""
        return sync_id in self._syncs or requested_ns <= max(self._all_ns, self._sources.get(source_id, 0))


def _forget_oldest(heard: dict[str, Any]) -> None:
    # What is forgotten is long over: the stream keeps fewer, and the database remembers what they ended.
    while len(heard) > limits.CANCELS_REMEMBERED_MAX:
        del heard[next(iter(heard))]
