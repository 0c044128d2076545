"""How Playbill is, asked from outside: whether the bus takes and keeps a message, and what every process said last."""

import asyncio
import contextlib
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import NoRespondersError

from actors.logs import logger
from actors.runtime.hearing import Kept, last_per_subject, nanoseconds
from actors.version import own_version
from contracts import codec, limits, subjects
from contracts.errors import BusMisconfigured, BusUnavailable, PlaybillError
from contracts.messages import Heartbeat

_log: Final = logger("health")
_ANSWER_S: Final = 2.0
PROBE: Final = "probe"
"""The role of nobody: its words only try whether the bus takes them."""


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """The last word of a process."""

    heartbeat: Heartbeat
    age_s: float
    """By the server's clock alone, so that no two clocks have to agree."""

    @property
    def is_fresh(self) -> bool:
        return self.age_s < limits.HEARTBEATS_MISSED_MAX * self.heartbeat.every_s


class _PubAck(msgspec.Struct, frozen=True):
    stream: str = ""


async def probe(client: Client, asker: str) -> float:
    """Have a stream take a message; the seconds that its acknowledgement took. `asker` is who is let in: a role, or `client`.

    Raises BusMisconfigured when there is no such stream, BusUnavailable when there is no answer.
    """
    now = datetime.now(UTC)
    word = Heartbeat(role=PROBE, instance=asker, started_at=now, at=now, every_s=_ANSWER_S, version=own_version() or "")
    began_s = time.perf_counter()
    try:
        answer = await client.request(subjects.subject_of(word), codec.encode(word), timeout=_ANSWER_S)
        stream = msgspec.json.decode(answer.data, type=_PubAck).stream
    except NoRespondersError:
        raise BusMisconfigured("no stream keeps the heartbeats") from None
    except (TimeoutError, NatsError, ValueError, RecursionError):
        raise BusUnavailable("it acknowledges no message") from None
    if not stream:
        raise BusUnavailable(f"{subjects.STREAM_HEALTH} refuses a message")
    return time.perf_counter() - began_s


async def last_words(client: Client, asker: str) -> list[Heard]:
    """The last heartbeat of every process, as old as it is at the asker's last probe. Raises BusUnavailable."""
    kept = await last_per_subject(client, subjects.STREAM_HEALTH, [subjects.HEARTBEATS])
    own = [message.stamp for message in kept if message.subject == subjects.heartbeat(PROBE, asker)]
    now_ns = nanoseconds(own[0]) if own else time.time_ns()
    return _heard(kept, now_ns)


async def live_words(client: Client, role: str | None, seconds: float) -> list[Heard]:
    """What is said while one listens, of one role until there is a word of it: for when no stream keeps it.

    The stream is in memory, and a bus that was started anew has none until it is made again.
    """
    arrived: asyncio.Queue[Msg] = asyncio.Queue()
    subject = subjects.HEARTBEATS if role is None else subjects.heartbeat(role, "*")
    subscription = await client.subscribe(subject, cb=arrived.put)
    words: list[Kept] = []
    stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while role is None or not _heard(words, 0):
                message = await arrived.get()
                words.append(Kept(message.subject, stamp, message.data))
    await subscription.unsubscribe()
    return _heard(words, 0)


def _heard(kept: Sequence[Kept], now_ns: int) -> list[Heard]:
    found: list[Heard] = []
    for message in kept:
        try:
            heartbeat = codec.decode_public(message.body, Heartbeat)
            age_s = max(0, now_ns - nanoseconds(message.stamp)) / 1e9
        except (PlaybillError, ValueError) as error:
            _log.debug("a heartbeat that cannot be read", error=type(error).__name__)
            continue
        if heartbeat.role != PROBE:
            found.append(Heard(heartbeat=heartbeat, age_s=age_s))
    return found
