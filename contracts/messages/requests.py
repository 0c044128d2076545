"""What anyone may say: requests are verbs."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from contracts import limits
from contracts.catalog import Mode, Part
from contracts.messages.kinds import RequestId


class SyncRequest(Struct, frozen=True, kw_only=True, tag="sync_request.v1"):
    """Sync one source. The subject names it; an empty body is a plain sync."""

    request_id: RequestId = ""
    """Empty: made from the message's place in the stream. The same id twice is one sync."""
    parts: list[Part] = []
    """Empty: every part of a plain sync."""
    mode: Mode = Mode.INCREMENTAL
    """How to ask: everything anew, or what changed."""
    steps: Annotated[list[str], Meta(max_length=limits.STEPS_MAX)] = []
    """Names of steps to run, such as `movies`. Empty: all."""
    libraries: Annotated[list[Annotated[str, Meta(max_length=limits.TITLE_CHARS_MAX)]], Meta(max_length=limits.STEPS_MAX)] = []
    """Titles or the server's ids of the libraries to sync. Empty: all. With some named, a plain sync leaves the home page out."""
    confirm: Annotated[list[Annotated[str, Meta(max_length=limits.TITLE_CHARS_MAX)]], Meta(max_length=limits.STEPS_MAX)] = []
    """Names of steps whose held-back deletions are meant: if their listings still lack so many rows, these are hidden."""
    force: bool = False
    """Run although nothing is due."""


class MendDeadLetters(Struct, frozen=True, kw_only=True, tag="mend_dead_letters.v1"):
    """Do something about messages that could not be handled. The writer holds them."""

    action: Literal["replay", "drop"]
    """`replay` says them again, with a fresh id; one whose sync has ended asks for its step again instead."""
    ids: Annotated[list[int], Meta(max_length=limits.DEAD_LETTERS_MAX)]
    """As `playbill dead` lists them."""


class CancelSync(Struct, frozen=True, kw_only=True, tag="cancel_sync.v1"):
    """Cancel what the subject names: one sync, all syncs of a source, or all. Hits nothing that was asked for later."""

    reason: Annotated[str, Meta(max_length=300)] = ""
    """Why, for people."""
