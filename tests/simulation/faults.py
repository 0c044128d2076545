"""What can go wrong in a simulated world, how likely it is, and the messages that it happens to."""

import msgspec


class Crash(Exception):
    """The process dies here; what its transaction had not committed is gone."""


class Faults(msgspec.Struct, frozen=True, kw_only=True):
    """How likely each trouble is, from 0 to 1."""

    duplicate: float = 0.1
    lose_ack: float = 0.1
    crash_before: float = 0.05
    crash_inside: float = 0.05
    crash_after: float = 0.1
    truncate: float = 0.15
    flap: float = 0.3
    """The server shows one asker other names than the next."""
    empty: float = 0.0
    """A listing of nothing, status 200."""
    page: float = 0.0
    """A web page in place of a listing, status 200."""
    forget_bus: float = 0.01
    bury: float = 0.0


class InMemoryMessage(msgspec.Struct):
    """A stored message and how often it was given out."""

    subject: str
    body: bytes
    message_id: str
    deliveries: int = 0
