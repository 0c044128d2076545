"""The slices of one attempt at a listing, as messages, each held back until it is known whether it is the last."""

from collections.abc import Callable
from typing import Final

import msgspec

from actors.fetcher.redact import Redactor
from contracts import codec, limits
from contracts.errors import AnswerTooLarge
from contracts.messages import FetchPage, RawSlice, SlicePlace, SliceUnchanged

_EMPTY: Final = b"[]"


class Slices:
    """Takes slices in order and gives them back one later; they count from 0."""

    def __init__(self, command: FetchPage, attempt: int, redactor: Redactor, lasting: Callable[[bytes], bytes]) -> None:
        self._command, self._attempt, self._redactor = command, attempt, redactor
        self._lasting = lasting
        self._known = frozenset(command.known_digests)
        self._held: bytes | None = None
        self.sent = 0

    def take(self, body: bytes) -> RawSlice | SliceUnchanged | None:
        """The slice before this one, if there is one."""
        before, self._held = self._held, self._redactor.body(body)
        return None if before is None else self._message(before)

    def last(self, doubt: str | None = None, announced: int | None = None) -> RawSlice | SliceUnchanged:
        """The slice that was held back, as the last one of a listing that came to its end; an empty one where there is none."""
        held, self._held = self._held or _EMPTY, None
        return self._message(held, self.sent + 1, None if doubt is None else self._redactor.text(doubt), announced)

    def left(self) -> RawSlice | SliceUnchanged | None:
        """The slice that was held back, of a listing that broke off: its entries are whole and worth keeping."""
        held, self._held = self._held, None
        return None if held is None else self._message(held)

    def _message(
        self, body: bytes, slices_total: int | None = None, doubt: str | None = None, announced: int | None = None
    ) -> RawSlice | SliceUnchanged:
        if len(body) > limits.SLICE_BYTES + limits.ENTRY_BYTES_MAX:
            raise AnswerTooLarge("the answer repeats the credentials so often that its slices pass the bus's limit")
        command = self._command
        number, self.sent = self.sent, self.sent + 1
        digest = codec.slice_digest(self._lasting(body), command.digest_salt)
        place = SlicePlace(
            sync_id=command.sync_id,
            source_id=command.source_id,
            source_kind=command.source_kind,
            step=command.step,
            requested_ns=command.requested_ns,
            attempt=self._attempt,
            slice=number,
            slices_total=slices_total,
            digest=digest,
            body_bytes=len(body),
            part=command.part,
            doubt=doubt,
            announced=announced,
        )
        if digest in self._known:
            return SliceUnchanged(**msgspec.structs.asdict(place))
        return RawSlice(**msgspec.structs.asdict(place), body=body, denied_category_ids=command.denied_category_ids)
