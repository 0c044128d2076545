"""A server that changes, the attempts that are made at it, and the wire on which all they said stays for ever."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any, Final, TypeVar

from msgspec import Struct

from actors.parser import parse
from contracts import codec
from contracts.messages import AccountChecked, ErrorReport, FetchFailed, FetchPage, RawSlice, SliceUnchanged, ToWriter
from tests.ledger_model import LISTED, Said

T = TypeVar("T")
BLOCK: Final = 8
"""Ids that come and go together: three blocks of five are more than may go unasked."""
BLOCKS: Final = 5


class Sent(Struct, frozen=True, kw_only=True):
    """One message of an attempt."""

    said: Said
    """What it says."""
    message: ToWriter
    """As the writer gets it."""
    body: bytes
    """What a dead letter would be made of."""

    @property
    def attempt(self) -> tuple[str, str, int]:
        return self.said.sync, self.said.step, self.said.attempt


class Wire:
    """All commands there ever were, and all that was ever sent about them."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self.server: dict[str, dict[int, int]] = {step: {} for step in LISTED}
        """Id to edition of what the server has."""
        self._bad: dict[str, int] = dict.fromkeys(LISTED, 0)
        self.commands: list[FetchPage] = []
        self._deliveries: Counter[int] = Counter()
        self.sent: list[Sent] = []

    # --- The server ----------------------------------------------------------------------------------------------

    def begins(self, blocks: int) -> None:
        """With so many blocks in each listing."""
        for step in LISTED:
            self.server[step] = dict.fromkeys(range(BLOCK * blocks), 0)

    def changes(self, step: str, block: int, what: str) -> None:
        """One block comes or goes, or one row of it."""
        ids, listed = range(BLOCK * block, BLOCK * (block + 1)), self.server[step]
        if what == "come":
            self.server[step] = dict.fromkeys(ids, 1) | listed
        elif what == "go":
            self.server[step] = {row: edition for row, edition in listed.items() if row not in ids}
        elif what == "one":
            listed.pop(ids[0], None)
        elif ids[1] in listed:
            listed[ids[1]] += 1

    def has_a_day(self, step: str, what: str) -> None:
        """Most of a listing changes at once, or something in it cannot be read from now on."""
        match what:
            case "most go":
                self.server[step] = {row: edition for row, edition in self.server[step].items() if row < BLOCK}
            case "all go":
                self.server[step] = {}
            case "all come":
                self.server[step] = dict.fromkeys(range(BLOCK * BLOCKS), 0)
            case _:
                self._bad[step] = int(what == "bad")

    def titles(self, step: str) -> dict[str, str]:
        """What a person should see of the server, by remote id."""
        return {str(row): f"{step} {row} of {edition}" for row, edition in sorted(self.server[step].items())}

    # --- The fetcher ---------------------------------------------------------------------------------------------

    def fetch(self, command: FetchPage, cuts: list[int], breaks: int | None) -> list[Sent]:
        """One more attempt: all of it, or what came before it broke. It is on the wire from now on."""
        self._deliveries[id(command)] += 1
        attempt = codec.attempt_number(
            issue=command.issue,
            delivery=self._deliveries[id(command)],
            http_try=0,
            now_ms=int(self._clock().timestamp() * 1000),
        )
        place = {
            "sync_id": command.sync_id,
            "source_id": "iptv",
            "step": command.step,
            "requested_ns": command.requested_ns,
            "attempt": attempt,
            "part": command.part,
        }
        if command.step == "account":
            sent = [_end_of(place, None if breaks is None else 0)]
        else:
            sent = self._listing(command, place, cuts, breaks)
        self.sent += sent
        return sent

    def _listing(self, command: FetchPage, place: dict[str, Any], cuts: list[int], breaks: int | None) -> list[Sent]:
        rows = list(self.titles(command.step).items())
        bounds = [0, *(min(cut, len(rows)) for cut in cuts), len(rows)]
        pieces = [rows[start:stop] for start, stop in pairwise(bounds)]
        whole = breaks is None or breaks >= len(pieces)
        sent = []
        for number, piece in enumerate(pieces if whole else pieces[:breaks]):
            is_last = number == len(pieces) - 1
            bad = self._bad[command.step] if is_last else 0
            sent.append(_slice(command, place, number, len(pieces) if is_last else None, piece, bad))
        return sent if whole else [*sent, _end_of(place, breaks)]

    # --- What is there to choose from ----------------------------------------------------------------------------

    def last_command(self, sync_id: str, step: str) -> FetchPage:
        """That a sync gave for a step."""
        return [one for one in self.commands if one.sync_id == sync_id and one.step == step][-1]

    def slices(self) -> list[Sent]:
        """Those that hold rows, or stand for some."""
        return [one for one in self.sent if one.said.what in ("rows", "unchanged")]


def recent(things: Sequence[T], which: int) -> T:
    """One of the last few mostly, and any of all now and then."""
    span = len(things) if which % 5 == 0 else min(4, len(things))
    return things[-1 - which // 5 % span]


def _slice(
    command: FetchPage, place: dict[str, Any], number: int, total: int | None, rows: list[tuple[str, str]], bad: int
) -> Sent:
    listed = [{"stream_id": int(row), "name": title} for row, title in rows] + [{"name": "without an id"}] * bad
    body = json.dumps(listed).encode()
    digest = codec.slice_digest(body, command.digest_salt)
    fields = {**place, "source_kind": command.source_kind, "slice": number, "slices_total": total, "digest": digest}
    raw = RawSlice(**fields, body=body)
    is_known = digest in command.known_digests
    said = Said(
        what="unchanged" if is_known else "rows",
        sync=command.sync_id,
        step=command.step,
        attempt=place["attempt"],
        slice=number,
        total=total,
        rows=tuple(rows),
        bad=bad,
    )
    return Sent(said=said, message=SliceUnchanged(**fields) if is_known else parse(raw), body=codec.encode(raw))


def _end_of(place: dict[str, Any], cut: int | None) -> Sent:
    """The check's answer, or how an attempt broke off."""
    message: ToWriter = AccountChecked(**place)
    if cut is not None:
        message = FetchFailed(**place, error=ErrorReport(code="timeout", text="too slow"), slices_cut=cut)
    said = Said(
        what="checked" if cut is None else "failed",
        sync=place["sync_id"],
        step=place["step"],
        attempt=place["attempt"],
        total=cut,
    )
    return Sent(said=said, message=message, body=codec.encode(message))
