"""Who may do what on the bus, spelled out once more, so that `nats.conf` is held against something that is not itself."""

import asyncio
import re
from typing import Final

from contracts import subjects
from contracts.catalog import Part
from contracts.channels import queries

ACTORS: Final = ("fetcher", "parser", "writer", "progress")
"""Those that work on messages, whose syncs can be cancelled."""
PULL: Final = "$JS.API.CONSUMER.MSG.NEXT"
WORK_STREAMS: Final = (
    subjects.STREAM_REQUESTS,
    subjects.STREAM_FETCH,
    subjects.STREAM_PARSE,
    subjects.STREAM_WRITE,
    subjects.STREAM_FACTS,
    subjects.STREAM_DEAD,
)


def acks(stream: str, consumer: str) -> list[str]:
    """Both forms of a subject that acknowledges, pauses, or says `in progress`."""
    return [f"$JS.ACK.{stream}.{consumer}.1.2.3.4.5", f"$JS.ACK.hub.account.{stream}.{consumer}.1.2.3.4.5.token"]


def work_of(stream: str, consumer: str) -> list[str]:
    return [f"{PULL}.{stream}.{consumer}", *acks(stream, consumer)]


def direct_gets(stream: str) -> list[str]:
    return [f"$JS.API.DIRECT.GET.{stream}", f"$JS.API.DIRECT.GET.{stream}.playbill.some.subject"]


ANSWERED_ON: Final = ["_INBOX.of.a.script", "_INBOX_client.of.a.command"]
"""Where askers listen."""

PUBLISHES: Final[dict[str, list[str]]] = {
    "scheduler": [subjects.request("iptv"), *direct_gets(subjects.STREAM_PROGRESS)],
    "push": [subjects.request("iptv")],
    "fetcher": [
        *(subject for part in Part for subject in work_of(subjects.STREAM_FETCH, subjects.consumer_fetch("iptv", part))),
        *(f"$JS.API.CONSUMER.PAUSE.{subjects.STREAM_FETCH}.{subjects.consumer_fetch('iptv', part)}" for part in Part),
        *(subjects.parse("iptv", part) for part in Part),
        *(subjects.write("iptv", part) for part in Part),
        subjects.fact("iptv"),
    ],
    "parser": [
        *work_of(subjects.STREAM_PARSE, subjects.CONSUMER_PARSER),
        *(subjects.write("iptv", part) for part in Part),
    ],
    "writer": [
        *work_of(subjects.STREAM_REQUESTS, subjects.CONSUMER_WRITER),
        *work_of(subjects.STREAM_REQUESTS, subjects.CONSUMER_MENDER),
        *work_of(subjects.STREAM_WRITE, subjects.CONSUMER_WRITER),
        *work_of(subjects.STREAM_DEAD, subjects.CONSUMER_WRITER),
        f"$JS.API.STREAM.INFO.{subjects.STREAM_FETCH}",
        f"$JS.API.STREAM.INFO.{subjects.STREAM_PARSE}",
        f"$JS.API.STREAM.INFO.{subjects.STREAM_WRITE}",
        *(subjects.fetch("iptv", part) for part in Part),
        subjects.fact("iptv"),
        subjects.event("iptv", "sync_ended"),
        # What is replayed goes where it came from; the episodes are asked for after the catalogue.
        *(subjects.parse("iptv", part) for part in Part),
        *(subjects.write("iptv", part) for part in Part),
        subjects.request("iptv"),
        subjects.MENDS,
    ],
    "progress": [
        *work_of(subjects.STREAM_FACTS, subjects.CONSUMER_PROGRESS),
        *direct_gets(subjects.STREAM_PROGRESS),
        "playbill.progress.iptv.catalogue",
    ],
    "reader": [subjects.request("iptv"), *ANSWERED_ON],
    "client": [
        subjects.request("iptv"),
        *(subjects.query(name) for name in queries()),
        *(subject for verb in ("PING", "INFO", "STATS") for subject in (f"$SRV.{verb}", f"$SRV.{verb}.playbill.any")),
        subjects.cancel_sync("0123456789abcdef"),
        subjects.cancel_source("iptv"),
        subjects.CANCEL_ALL,
        subjects.MENDS,
        *direct_gets(subjects.STREAM_PROGRESS),
        "$JS.API.INFO",
        "$JS.API.STREAM.NAMES",
        *(f"$JS.API.STREAM.INFO.{stream}" for stream in (subjects.STREAM_FETCH, subjects.STREAM_PARSE, subjects.STREAM_WRITE)),
    ],
}
"""What each role may publish, beside what every actor may."""

OF_EVERY_ACTOR: Final = direct_gets(subjects.STREAM_CANCELS)
OF_EVERY_ROLE: Final = direct_gets(subjects.STREAM_HEALTH)
"""How the others are: no secret."""

OF_ADMIN_ALONE: Final = [
    *(f"$JS.API.CONSUMER.CREATE.{stream}.spy" for stream in WORK_STREAMS),
    *(f"$JS.API.CONSUMER.DURABLE.CREATE.{stream}.spy" for stream in WORK_STREAMS),
    *(f"$JS.API.CONSUMER.DELETE.{stream}.writer" for stream in WORK_STREAMS),
    *(f"$JS.API.STREAM.{verb}.{stream}" for stream in WORK_STREAMS for verb in ("CREATE", "UPDATE", "DELETE", "PURGE")),
    *(f"$JS.API.STREAM.MSG.{verb}.{stream}" for stream in WORK_STREAMS for verb in ("GET", "DELETE")),
    *(f"$JS.API.DIRECT.GET.{stream}" for stream in WORK_STREAMS),
    "$JS.API.STREAM.SNAPSHOT.PLAYBILL_WRITE",
    "$JS.API.ACCOUNT.PURGE.A",
    "$SYS.REQ.SERVER.PING",
    "playbill.sync.cancelled.all",
    "anything.else",
]

HEARD: Final[dict[str, list[str]]] = {
    **{role: ["playbill.sync.cancelled.>", "playbill.sync.cancelled.all"] for role in ACTORS},
    "scheduler": ["playbill.progress.*", "playbill.progress.iptv", "playbill.event.*.request_refused"],
    "push": ["playbill.event.*.sync_started", "playbill.event.*.request_refused"],
    "reader": [
        *(subjects.query(name) for name in queries()),
        "$SRV.PING",
        "$SRV.INFO.playbill",
        "$SRV.STATS.playbill.any",
        "playbill.event.*.sync_started",
        "playbill.event.*.request_refused",
    ],
    "client": [
        "playbill.progress.>",
        "playbill.progress.iptv",
        "playbill.event.>",
        "playbill.fact.>",
        "playbill.heartbeat.>",
        "_INBOX.any.>",
    ],
}
NOT_HEARD_BUT_BY_ADMIN: Final = [
    ">",
    "*.>",
    "playbill.>",
    "playbill.work.>",
    "playbill.work.write.iptv.catalogue",
    "playbill.sync.request.*",
    "playbill.dead.>",
    "$JS.>",
    "$SYS.>",
    "_INBOX_admin.>",
]


class Answers:
    """One role's connection, spoken to in NATS's own words, since a client library tells of a refusal only by the way."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def refused(self, *lines: str) -> list[str]:
        """The subjects among those of the given lines that the server refuses."""
        self._writer.write("".join(lines).encode() + b"PING\r\n")
        found: list[str] = []
        while (line := (await self._reader.readline()).decode(errors="replace")) != "PONG\r\n":
            assert line, "the server closed the connection"
            if line.startswith("-ERR"):
                found += re.findall(r'Permissions Violation for \w+ to "([^"]+)"', line)
        return found

    async def refused_publishes(self, wanted: list[str]) -> list[str]:
        return await self.refused(*(f"PUB {subject} 0\r\n\r\n" for subject in wanted))

    async def refused_subscriptions(self, wanted: list[str]) -> list[str]:
        return await self.refused(*(f"SUB {subject} {number}\r\n" for number, subject in enumerate(wanted)))


def may_publish(role: str) -> list[str]:
    own = [*PUBLISHES[role], subjects.dead(role), *OF_EVERY_ACTOR] if role in ACTORS else PUBLISHES[role]
    return list(dict.fromkeys([*own, *beats(role), *OF_EVERY_ROLE]))


def beats(role: str) -> list[str]:
    """How a role says that it lives, and how a check let in as that role tries the bus."""
    own = [] if role == "client" else [subjects.heartbeat(role, "attic-4711")]
    return [*own, subjects.heartbeat("probe", role)]


def may_not_publish(role: str) -> list[str]:
    everything = [
        *OF_ADMIN_ALONE,
        *OF_EVERY_ACTOR,
        *(subject for others in PUBLISHES.values() for subject in others),
        *(subjects.dead(actor) for actor in ACTORS),
        *(subject for other in PUBLISHES for subject in beats(other)),
        subjects.heartbeat("client", "attic-4711"),
    ]
    return list(dict.fromkeys(subject for subject in everything if subject not in may_publish(role)))
