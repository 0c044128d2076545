"""Streams and consumers, made by one step that may be repeated: at start, and after the bus came back."""

import asyncio
from collections.abc import Mapping
from typing import Final

import nats
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    ConsumerInfo,
    DiscardPolicy,
    RePublish,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)
from nats.js.errors import APIError, BadRequestError, NotFoundError, ServerError, ServiceUnavailableError

from actors.logs import logger
from contracts import limits, subjects
from contracts.catalog import Part
from contracts.errors import BusMisconfigured, BusUnavailable

_log: Final = logger("provision")
_WORK_STREAMS: Final = (
    subjects.STREAM_REQUESTS,
    subjects.STREAM_FETCH,
    subjects.STREAM_PARSE,
    subjects.STREAM_WRITE,
    subjects.STREAM_DEAD,
)
_FORGOTTEN_S: Final = 0.5
"""Within which a work queue forgets what was acknowledged; milliseconds, where its disk is well."""
_ANSWER_S: Final = 5.0
"""An answer takes milliseconds; one that a dying server owes never comes."""


def _work(name: str, kept: list[str], bytes_max: int, *, messages_max: int = -1) -> StreamConfig:
    return StreamConfig(
        name=name,
        subjects=kept,
        retention=RetentionPolicy.WORK_QUEUE,
        storage=StorageType.FILE,
        discard=DiscardPolicy.NEW,
        max_bytes=bytes_max,
        max_msgs=messages_max,
        duplicate_window=limits.DUPLICATE_WINDOW_S,
    )


def _kept(name: str, subject: str, bytes_max: int, age_s: int, *, per_subject: int = -1) -> StreamConfig:
    return StreamConfig(
        name=name,
        subjects=[subject],
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        discard=DiscardPolicy.OLD,
        max_bytes=bytes_max,
        max_age=age_s,
        max_msgs_per_subject=per_subject,
        duplicate_window=limits.DUPLICATE_WINDOW_S,
        allow_direct=True,
    )


def streams() -> list[StreamConfig]:
    """Every stream, each bounded."""
    cancels = _kept(subjects.STREAM_CANCELS, subjects.CANCELS, limits.MIB, limits.CANCELS_KEPT_S, per_subject=1)
    cancels.max_msgs = limits.CANCELS_KEPT_MAX
    cancels.republish = RePublish(src=subjects.CANCELS, dest=subjects.CANCELS_HEARD)
    progress = _kept(subjects.STREAM_PROGRESS, subjects.PROGRESS_KEPT, limits.PROGRESS_BYTES_MAX, 0, per_subject=1)
    progress.republish = RePublish(src=subjects.PROGRESS_KEPT, dest="playbill.progress.{{wildcard(1)}}")
    return [
        _work(subjects.STREAM_REQUESTS, [subjects.REQUESTS, subjects.MENDS], 16 * limits.MIB, messages_max=limits.REQUESTS_MAX),
        cancels,
        _work(subjects.STREAM_FETCH, [subjects.FETCHES], limits.COMMANDS_BYTES_MAX),
        _work(subjects.STREAM_PARSE, [subjects.PARSES], limits.CONVEYOR_BYTES_MAX),
        _work(subjects.STREAM_WRITE, [subjects.WRITES], limits.CONVEYOR_BYTES_MAX),
        _kept(subjects.STREAM_FACTS, subjects.FACTS, limits.FACTS_BYTES_MAX, limits.FACTS_KEPT_S),
        _kept(subjects.STREAM_EVENTS, subjects.EVENTS, limits.EVENTS_BYTES_MAX, limits.EVENTS_KEPT_S),
        progress,
        _work(subjects.STREAM_DEAD, [subjects.DEAD], limits.DEAD_BYTES_MAX),
        _health(),
    ]


def _health() -> StreamConfig:
    health = _kept(subjects.STREAM_HEALTH, subjects.HEARTBEATS, limits.HEALTH_BYTES_MAX, limits.HEARTBEATS_KEPT_S, per_subject=1)
    # In memory: a memory card must not be written every other second, and what is lost with the bus is said again in seconds.
    health.storage = StorageType.MEMORY
    health.max_msgs = limits.HEARTBEATS_KEPT_MAX
    health.duplicate_window = limits.HEARTBEATS_KEPT_S
    return health


def _consumer(name: str, filter_subject: str, in_hand_max: int) -> ConsumerConfig:
    # No `max_deliver`: a message that reached it would stay in the work queue for ever, invisible. We count ourselves.
    return ConsumerConfig(
        durable_name=name,
        filter_subject=filter_subject,
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=limits.ACK_WAIT_S,
        max_ack_pending=in_hand_max,
    )


def consumers(lanes: Mapping[tuple[str, Part], int]) -> list[tuple[str, ConsumerConfig]]:
    """(stream, consumer): one per source and part towards its server, one per actor elsewhere."""
    fixed = [
        (subjects.STREAM_REQUESTS, _consumer(subjects.CONSUMER_WRITER, subjects.REQUESTS, 64)),
        (subjects.STREAM_REQUESTS, _consumer(subjects.CONSUMER_MENDER, subjects.MENDS, 16)),
        (subjects.STREAM_PARSE, _consumer(subjects.CONSUMER_PARSER, subjects.PARSES, 64)),
        (subjects.STREAM_WRITE, _consumer(subjects.CONSUMER_WRITER, subjects.WRITES, 64)),
        (subjects.STREAM_DEAD, _consumer(subjects.CONSUMER_WRITER, subjects.DEAD, 64)),
        (subjects.STREAM_FACTS, _consumer(subjects.CONSUMER_PROGRESS, subjects.FACTS, 2_000)),
    ]
    per_lane = [
        (subjects.STREAM_FETCH, _consumer(subjects.consumer_fetch(source_id, part), subjects.fetch(source_id, part), in_hand_max))
        for (source_id, part), in_hand_max in lanes.items()
    ]
    return fixed + per_lane


async def provision(client: Client, lanes: Mapping[tuple[str, Part], int]) -> None:
    """Make what is missing and adapt what differs; remove consumers of sources that are gone, with their work.

    Raises BusMisconfigured when the user may not, BusUnavailable when the bus does not answer.
    """
    jetstream = client.jetstream(timeout=_ANSWER_S)
    try:
        for stream in streams():
            await _make_stream(jetstream, stream)
        for stream_name, consumer in consumers(lanes):
            await _make_consumer(jetstream, stream_name, consumer)
        await _remove_strangers(jetstream, lanes)
    except (TimeoutError, nats.errors.Error) as error:
        if isinstance(error, APIError) and not isinstance(error, ServerError | ServiceUnavailableError):
            raise BusMisconfigured(f"cannot provision the bus: {error.description}") from None
        raise BusUnavailable(f"cannot provision the bus: {str(error) or type(error).__name__}") from None


async def _make_stream(jetstream: JetStreamContext, config: StreamConfig) -> None:
    assert config.name is not None
    try:
        await jetstream.add_stream(config)
    except BadRequestError:
        await _adapt_stream(jetstream, config)


async def _adapt_stream(jetstream: JetStreamContext, config: StreamConfig) -> None:
    try:
        await jetstream.update_stream(config)
    except (BadRequestError, NotFoundError, ServerError):
        # A kind of retention cannot be changed, and a stream whose files a crash tore is refused for ever. What it held
        # is asked for again from the ledger.
        _log.warning("a stream is made anew", stream=config.name)
        assert config.name is not None
        await jetstream.delete_stream(config.name)
        await jetstream.add_stream(config)


async def _make_consumer(jetstream: JetStreamContext, stream: str, config: ConsumerConfig) -> None:
    """Make or adapt it; one that does not fit what its stream holds is made anew, and delivers all of it again."""
    made = await jetstream.add_consumer(stream, config=config)
    why = await _misfit(jetstream, stream, made)
    if why is not None:
        _log.warning(f"a consumer is made anew: {why}", stream=stream, consumer=made.name)
        await jetstream.delete_consumer(stream, made.name)
        await jetstream.add_consumer(stream, config=config)


async def _misfit(jetstream: JetStreamContext, stream: str, made: ConsumerInfo) -> str | None:
    """Why a consumer's state is not about what its stream holds; none where it is.

    A power cut can leave the state on the disk and not the messages that it is about, and the server goes by it even in a new
    stream: what came next under those numbers would pass for delivered, and a request be acknowledged and never seen. A full
    disk can keep a message that was acknowledged: it stays in its work queue, where nobody would ever get it.
    """
    had = made.delivered.stream_seq if made.delivered is not None else 0
    if had and had > (await jetstream.stream_info(stream)).state.last_seq:
        return "it was ahead of its stream"
    settled = made.ack_floor.stream_seq if made.ack_floor is not None else 0
    if not settled or stream not in _WORK_STREAMS or not await _holds_up_to(jetstream, stream, made, settled):
        return None
    await asyncio.sleep(_FORGOTTEN_S)
    return "its stream kept what it had settled" if await _holds_up_to(jetstream, stream, made, settled) else None


async def _holds_up_to(jetstream: JetStreamContext, stream: str, made: ConsumerInfo, sequence: int) -> bool:
    """Whether a stream still has a message for a consumer, up to this one."""
    try:
        first = await jetstream.get_msg(stream, seq=1, subject=made.config.filter_subject, next=True)
    except NotFoundError:
        return False
    return first.seq is not None and first.seq <= sequence


async def _remove_strangers(jetstream: JetStreamContext, lanes: Mapping[tuple[str, Part], int]) -> None:
    wanted = {subjects.consumer_fetch(source_id, part) for source_id, part in lanes}
    for info in await jetstream.consumers_info(subjects.STREAM_FETCH):
        if info.name not in wanted:
            await jetstream.purge_stream(subjects.STREAM_FETCH, subject=info.config.filter_subject)
            await jetstream.delete_consumer(subjects.STREAM_FETCH, info.name)
            _log.info("removed the queue of a source that is gone", consumer=info.name)
