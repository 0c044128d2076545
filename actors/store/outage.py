"""Says once that the store cannot take rows, and once that it can again, however often it was tried in between."""

import time
from typing import Final

from actors.logs import logger
from contracts.errors import StoreUnavailable

_log: Final = logger("store")


class Outage:
    """Whoever meets it tries again by himself; the deliveries stay in hand meanwhile."""

    def __init__(self) -> None:
        self._since_s: float | None = None
        self._is_of_rows = False

    def met(self, error: StoreUnavailable, *, of_rows: bool) -> None:
        """It failed: to begin, or with rows in hand."""
        self._is_of_rows |= of_rows
        if self._since_s is None:
            self._since_s = time.monotonic()
            _log.warning("the store waits; it tries again each second, and nothing is lost", reason=error.text)

    def passed(self, *, with_rows: bool) -> None:
        """It worked. A transaction that writes nothing commits on a full disk too, so it says nothing about rows."""
        if self._since_s is None or (self._is_of_rows and not with_rows):
            return
        _log.info(f"the store takes rows again after {time.monotonic() - self._since_s:.0f} s")
        self._since_s, self._is_of_rows = None, False
