"""`playbill dead`: what could not be handled, and why."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from actors.cli import exits, options
from actors.cli.opening import opened
from actors.cli.wording import byte_size, clean
from actors.redaction import redact
from contracts.errors import BadRequest

if TYPE_CHECKING:
    from actors.store import StoredDeadLetter

_BODY_CHARS_MAX: Final = 4_000
"""Of a body that is shown; --json has it whole."""


def dead(
    number: int | None = None, /, *, limit: options.Limit = 50, json: options.Json = False, config: options.Config = None
) -> int:
    """List what could not be handled, the latest first, or show one of it.

    Parameters
    ----------
    number:
        Number of a dead letter, as the list shows it.
    limit:
        At most so many.
    """
    settings = opened(config)
    letters = asyncio.run(_letters(settings.store.path, number, limit))
    if json:
        for letter in letters:
            print(msgspec.json.encode(letter).decode())
    elif number is not None:
        print(described(letters[0]))
    else:
        print("\n".join(map(line, letters)) or "nothing is dead")
    return exits.COMPLETED


async def _letters(path: Path, id_: int | None, limit: int) -> "list[StoredDeadLetter]":
    from actors.store import Reader

    async with Reader.open(path) as reader:
        if id_ is None:
            return await reader.dead_letters(limit)
        letter = await reader.dead_letter(id_)
    if letter is None:
        raise BadRequest(f"there is no dead letter {id_}; `playbill dead` lists them")
    return [letter]


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
