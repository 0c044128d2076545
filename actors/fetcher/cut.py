"""Cuts a JSON listing into slices of whole entries while its bytes arrive.

A cut is guessed between two entries in the second half of a slice, and accepted only if the bytes before it decode as a list
of whole entries, so a guess can cost time but never an entry. Where guesses fail, a scan finds the cut exactly. Cuts depend on
the bytes and never on how they arrived: equal listings cut equally. Of the places there are, the one whose entry has the
smallest checksum is taken: behind an entry that is new in front, the old cuts are soon found again.
"""

import re
import zlib
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from actors.fetcher.root import Root, UnexpectedRoot, root_of
from actors.fetcher.scan import scan
from actors.sources.mending import mended_entry
from contracts import limits
from contracts.errors import AnswerTooLarge, IncompleteAnswer, UnexpectedAnswer

_CHECKED_BYTES: Final = 64
"""Of an entry, behind its first field, in which providers number their entries anew each day."""
_GUESSES_MAX: Final = 4
"""Of each kind and slice; a guess costs half a millisecond, the exact scan some 25."""
_ENTRY_START: Final = re.compile(rb'\s*\{\s*"[^"\\]{1,64}"')

_list_decoder: Final = msgspec.json.Decoder(list[msgspec.Raw])
_dict_decoder: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_entry_decoder: Final = msgspec.json.Decoder(msgspec.Raw)


class Cutter:
    """Fed with the bytes of one answer, gives its slices: JSON arrays of whole entries, as the server sent them.

    An empty listing is one empty slice. Memory stays near a slice's size plus what is fed at once.
    """

    def __init__(self, unexpected_root: UnexpectedRoot, *, slice_bytes: int = limits.SLICE_BYTES) -> None:
        self._unexpected_root = unexpected_root
        self._slice_bytes = slice_bytes
        self._buffer = bytearray()
        self._root: Root | None = None
        self._is_closed = False
        self._slices = 0

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """The slices that are full with this chunk. Raises AnswerTooLarge, IncompleteAnswer, or the source's word on the root."""
        self._buffer += chunk
        if self._begin(is_whole=False):
            yield from self._full_slices()

    def finish(self) -> Iterator[bytes]:
        """The slices left when the answer has ended. Raises IncompleteAnswer if its JSON did not close."""
        self._begin(is_whole=True)
        yield from self._full_slices()
        while not self._is_closed and self._is_crowded():
            yield self._exact_slice()
        if not self._is_closed:
            last = self._last_slice()
            self._check_trailing_text()
            yield last
        self._check_trailing_text()

    def _begin(self, *, is_whole: bool) -> bool:
        if self._root is None:
            prefix = bytes(self._buffer[: limits.SNIFF_BYTES_MAX])
            self._root = root_of(prefix, is_whole=is_whole, unexpected_root=self._unexpected_root)
            if self._root is not None:
                del self._buffer[: self._root.start]
        return self._root is not None

    def _full_slices(self) -> Iterator[bytes]:
        while not self._is_closed and len(self._buffer) > self._slice_bytes:
            yield self._next_slice()
        if self._is_closed and len(self._buffer) > limits.SNIFF_BYTES_MAX:
            raise AnswerTooLarge("the server goes on talking after the listing has ended")

    def _next_slice(self) -> bytes:
        is_crowded = self._buffer.count(b",", 0, self._slice_bytes) > limits.SLICE_COMMAS_MAX
        for end in () if is_crowded else self._guesses():
            body = self._decoded(end)
            if body is not None:
                return self._taken(body, end + 1)
        return self._exact_slice()

    def _is_crowded(self) -> bool:
        """Whether more entries are left than fit into a slice."""
        if self._buffer.count(b",") < limits.SLICE_ENTRIES_MAX:
            return False
        return len(scan(bytes(self._buffer), limits.SLICE_ENTRIES_MAX).commas) == limits.SLICE_ENTRIES_MAX

    def _guesses(self) -> Iterator[int]:
        """Ends of prefixes that may be whole entries: before one that begins as the first does, then any."""
        begin = _ENTRY_START.match(self._buffer, 0, self._slice_bytes)
        lasting = self._lasting_cut(b"}," + begin[0]) if begin else None
        if lasting is not None:
            yield lasting
        for sign in (b"}," + begin[0], b"},") if begin else (b"},",):
            stop = self._slice_bytes + 1
            for _ in range(_GUESSES_MAX):
                stop = self._buffer.rfind(sign, 0, stop)
                if stop < 0:
                    break
                yield stop + 1
                stop += 1  # Signs do not overlap by more than their brace.

    def _lasting_cut(self, sign: bytes) -> int | None:
        """Of the places in the second half that have this sign, the end of the one whose entry has the smallest checksum."""
        half = self._slice_bytes // 2
        window = bytes(memoryview(self._buffer)[half : self._slice_bytes + 1])
        best: tuple[int, int] | None = None
        place = window.find(sign)
        while place >= 0:
            checked = window.find(b",", place + len(sign))
            if checked < 0 or checked + _CHECKED_BYTES > len(window):
                break
            checksum = zlib.crc32(window[checked : checked + _CHECKED_BYTES])
            if best is None or checksum < best[0]:
                best = checksum, place
            place = window.find(sign, place + len(sign))
        return None if best is None else half + best[1] + 1

    def _exact_slice(self) -> bytes:
        window = bytes(self._buffer[: self._slice_bytes + 1])
        marks = scan(window, limits.SLICE_ENTRIES_MAX)
        if marks.closed_at is not None:
            return self._closing_slice(window, marks.commas, marks.closed_at)
        if not marks.commas:
            raise AnswerTooLarge(f"one entry of the listing is larger than {self._slice_bytes} bytes")
        end = marks.commas[-1]
        return self._taken(self._decoded(end) or self._mended(window, marks.commas[:-1], end), end + 1)

    def _last_slice(self) -> bytes:
        end = len(self._buffer.rstrip()) - 1
        if end >= 0 and self._buffer[end : end + 1] == self._brackets[1]:
            body = self._decoded(end)
            if body is not None:
                self._is_closed = True
                return self._taken(body, end + 1)
        window = bytes(self._buffer)
        marks = scan(window)
        if marks.closed_at is None:
            raise IncompleteAnswer("the answer ended in the middle of the listing")
        return self._closing_slice(window, marks.commas, marks.closed_at)

    def _closing_slice(self, window: bytes, commas: list[int], end: int) -> bytes:
        if window[end : end + 1] != self._brackets[1]:
            raise _malformed()
        is_empty = not window[:end].strip() and not self._slices
        body = b"[]" if is_empty else self._decoded(end) or self._mended(window, commas, end)
        self._is_closed = True
        return self._taken(body, end + 1)

    def _taken(self, body: bytes, end: int) -> bytes:
        del self._buffer[:end]
        self._slices += 1
        return body

    def _decoded(self, end: int) -> bytes | None:
        """The buffer up to `end` as a slice, or none if that is not one whole entry or more."""
        opening, closing = self._brackets
        text = b"".join((opening, memoryview(self._buffer)[:end], closing))
        try:
            entries: Any = (_dict_decoder if opening == b"{" else _list_decoder).decode(text)
        except (ValueError, RecursionError):
            return None
        if not 0 < len(entries) <= limits.SLICE_ENTRIES_MAX:
            return None
        return text if opening == b"[" else b"[" + b",".join(entries.values()) + b"]"

    def _mended(self, window: bytes, commas: list[int], end: int) -> bytes:
        """The same with every object that cannot be decoded replaced, so that only it is lost."""
        if self._brackets[0] == b"{":
            raise _malformed()
        starts = [0, *(comma + 1 for comma in commas)]
        return b"[" + b",".join(_mended_entry(window[a:b].strip()) for a, b in zip(starts, [*commas, end], strict=True)) + b"]"

    @property
    def _brackets(self) -> tuple[bytes, bytes]:
        return (b"{", b"}") if self._root is not None and self._root.is_object else (b"[", b"]")

    def _check_trailing_text(self) -> None:
        """A warning after the listing is harmless; more JSON means that the listing is something else."""
        if len(self._buffer) > limits.SNIFF_BYTES_MAX:
            raise AnswerTooLarge("the server goes on talking after the listing has ended")
        if bytes(self._buffer).lstrip().startswith((b"[", b"{", b"]", b"}", b",")):
            raise UnexpectedAnswer("the answer is more than one listing")


def _mended_entry(entry: bytes) -> bytes:
    try:
        _entry_decoder.decode(entry)
    except (ValueError, RecursionError):
        if entry[:1] == b"{" and entry[-1:] == b"}":
            return mended_entry(entry)
        raise _malformed() from None
    return entry


def _malformed() -> IncompleteAnswer:
    return IncompleteAnswer("the answer is not valid JSON")
