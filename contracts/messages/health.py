"""How a process of Playbill is, said by itself."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from contracts.messages.kinds import Count


class Heartbeat(Struct, frozen=True, kw_only=True, tag="heartbeat.v1"):
    """A process is alive, and how its work stands: said every few seconds, the last word of each kept for a minute."""

    role: Annotated[str, Meta(pattern=r"^[a-z]{1,32}$(?!\n)")]
    """What the process does: `fetcher`, `writer`, …; `probe` for a word that only tries whether the bus takes it."""
    instance: Annotated[str, Meta(pattern=r"^[a-z0-9_-]{1,80}$(?!\n)")]
    """Which process of that role: its host and its number there."""
    started_at: datetime
    """When the process began to work."""
    at: datetime
    """When this was said, by the clock of the process."""
    every_s: Annotated[float, Meta(gt=0)]
    """Seconds until the next one. Three of them without a word mean that something is wrong."""
    handled_total: Count = 0
    """Messages and questions that are settled since it began."""
    in_hand: Count = 0
    """Messages and questions that are not settled yet."""
    oldest_in_hand_s: Annotated[float, Meta(ge=0)] = 0.0
    """How long the oldest of them is worked on or waits; when a wait is over it is counted anew."""
    waiting_for: Literal["", "store", "bus"] = ""
    """Why work stands: a store that is locked or full, or a stream that takes nothing. Empty while it goes on."""
    version: str = ""
    """Of the build; empty for a source tree."""
