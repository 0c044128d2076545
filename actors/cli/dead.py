"""`playbill dead`: what could not be handled, and why; said again, or dropped."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
from cyclopts import Parameter

from actors.cli import exits, options
from actors.cli.opening import check_secrets, opened
from actors.cli.wording import byte_size, clean, count_of
from actors.redaction import redact
from contracts.errors import BadRequest

if TYPE_CHECKING:
    from actors.store import Reader, StoredDeadLetter

_BODY_CHARS_MAX: Final = 4_000
"""Of a body that is shown; --json has it whole."""
_Switch = Annotated[bool, Parameter(negative=(), show_default=False)]


def dead(
    *number: int,
    replay: _Switch = False,
    drop: _Switch = False,
    all_: Annotated[bool, Parameter(name="--all", negative=(), show_default=False)] = False,
    limit: options.Limit = 50,
    json: options.Json = False,
    config: options.Config = None,
) -> int:
    """List what could not be handled, the latest first, show some of it, or do something about it.

    Parameters
    ----------
    number:
        Numbers of dead letters, as the list shows them.
    replay:
        Say those that are named again, or all. What belongs to a sync that has ended is asked for anew instead.
    drop:
        Forget those that are named, or all.
    all_:
        Every dead letter there is.
    limit:
        At most so many.
    """
    settings = opened(config)
    if replay or drop:
        check_wish(number, replay=replay, drop=drop, everything=all_)
        check_secrets(settings)
        from actors.cli.mending import mended

        count = asyncio.run(mended(settings, "replay" if replay else "drop", number))
        print(f"{count_of(count, 'dead letter')} {'replayed' if replay else 'dropped'}" if count else "nothing is dead")
        return exits.COMPLETED
    if all_:
        raise BadRequest("--all: goes with --replay or --drop")
    letters = asyncio.run(_letters(settings.store.path, number, limit))
    if json:
        for letter in letters:
            print(msgspec.json.encode(letter).decode())
    else:
        print("\n".join(map(described if number else line, letters)) or "nothing is dead")
    return exits.COMPLETED


def check_wish(numbers: Sequence[int], *, replay: bool, drop: bool, everything: bool) -> None:
    """Raises BadRequest for a wish that is two, or about nothing."""
    if replay and drop:
        raise BadRequest("--drop: not together with --replay")
    if everything == bool(numbers):
        raise BadRequest(f"{'--replay' if replay else '--drop'}: name dead letters by their numbers, or --all")


async def _letters(path: Path, ids: Sequence[int], limit: int) -> "list[StoredDeadLetter]":
    from actors.store import Reader

    async with Reader.open(path) as reader:
        return [await letter_of(reader, id_) for id_ in ids] if ids else await reader.dead_letters(limit)


async def letter_of(reader: "Reader", id_: int) -> "StoredDeadLetter":
    """Raises BadRequest when there is none of that number."""
    letter = await reader.dead_letter(id_)
    if letter is None:
        raise BadRequest(f"there is no dead letter {id_}; `playbill dead` lists them")
    return letter


def line(letter: "StoredDeadLetter") -> str:
    """`12  2026-11-21 12:31:04  parser  iptv movies  bad_message: …`."""
    what = letter.dead
    place = " ".join(part for part in (what.source_id, what.step) if part) or what.subject
    state = "  parked" if what.parked else ""
    return clean(f"{letter.id}  {what.at.astimezone():%Y-%m-%d %H:%M:%S}  {what.actor}  {place}  {what.reason}{state}")


def described(letter: "StoredDeadLetter") -> str:
    """Everything that is known of it, its body as far as it can be read, without secrets."""
    known = msgspec.structs.asdict(letter.dead)
    body: bytes = known.pop("body")
    lines = [f"{name:<13} {clean(redact(str(value)))}" for name, value in known.items() if value not in (None, "")]
    return "\n".join((*lines, f"{'body':<13} {byte_size(letter.body_bytes)}", "", _body_text(body)))


def _body_text(body: bytes) -> str:
    try:
        text = repr(msgspec.msgpack.decode(body))
    except (ValueError, RecursionError):
        text = repr(body[:_BODY_CHARS_MAX])
    shown = clean(redact(text[: 2 * _BODY_CHARS_MAX]))
    return shown if len(shown) <= _BODY_CHARS_MAX else f"{shown[:_BODY_CHARS_MAX]}…"
