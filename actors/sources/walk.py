"""Walking through a listing that a server gives in several answers: what to ask next is decided here, and asked elsewhere."""

from typing import Protocol

from actors.sources.ask import Ask
from contracts.errors import PlaybillError


class Walk(Protocol):
    """One attempt at one step of a paged source. Pure but for what it remembers; each `ask` is followed by `take` or `failed`."""

    def ask(self) -> Ask | None:
        """What to ask now, without credentials; none when the walk is through."""

    def take(self, body: bytes) -> list[bytes]:
        """The slices in the whole answer to the last `ask`: JSON arrays of whole entries, at most `limits.SLICE_BYTES` each.

        Raises UnexpectedAnswer when the answer is not what was asked for.
        """

    def failed(self, error: PlaybillError) -> list[bytes] | None:
        """The last `ask` failed for good. None: so does the step. Slices, perhaps none: the walk goes on without that answer."""

    @property
    def doubt(self) -> str | None:
        """When the walk is through: why its listing does not say what is missing, in one sentence; none when it does."""

    @property
    def rows_expected(self) -> int | None:
        """Rows that this walk gives as far as the server announces them, for progress only."""

    @property
    def announced(self) -> int | None:
        """When the walk is through: rows of the whole listing as the server announces them, also where it gave only a part.

        None where it says nothing of the whole, as of what a user has watched.
        """
