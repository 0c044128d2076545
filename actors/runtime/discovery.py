"""What a NATS micro service says of itself on `$SRV`: ping, info and stats, as NATS ADR-32 has them; pure but for the clock."""

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec

_KIND: Final = "io.nats.micro.v1."
QUEUE_GROUP: Final = "q"
"""The queue group of every service: one of its instances gets each question."""


class Stats:
    """How one endpoint did since its service started."""

    def __init__(self) -> None:
        self.requests = self.errors = self.busy_ns = 0
        self.last_error = ""

    def took(self, began_ns: int, error: str | None) -> None:
        """Book one answer; `error` is code and sentence, free of secrets."""
        self.requests += 1
        self.busy_ns += time.perf_counter_ns() - began_ns
        if error is not None:
            self.errors += 1
            self.last_error = error


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """Who a service is."""

    name: str
    """The same for all its instances."""
    id: str
    """Of this instance."""
    version: str
    """A semantic version."""
    description: str = ""
    metadata: dict[str, str] = {}


class EndpointCard(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that can be asked."""

    name: str
    subject: str
    queue_group: str = QUEUE_GROUP
    metadata: dict[str, str] = {}


def subjects_of(card: Card) -> dict[str, tuple[str, ...]]:
    """Verb to the subjects that it is asked on: of all services, of this kind, of this instance."""
    return {
        verb: (f"$SRV.{verb}", f"$SRV.{verb}.{card.name}", f"$SRV.{verb}.{card.name}.{card.id}")
        for verb in ("PING", "INFO", "STATS")
    }


def answer(verb: str, card: Card, endpoints: Sequence[EndpointCard], stats: Mapping[str, Stats], started: datetime) -> bytes:
    """What is answered to `PING`, `INFO` or `STATS`. `stats` are by the endpoint's name."""
    said = msgspec.to_builtins(card)
    match verb:
        case "PING":
            del said["description"]
        case "INFO":
            said["endpoints"] = [msgspec.to_builtins(endpoint) for endpoint in endpoints]
        case "STATS":
            del said["description"]
            said["started"] = started.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
            said["endpoints"] = [_stats_of(endpoint, stats[endpoint.name]) for endpoint in endpoints]
        case _:
            raise ValueError(f"no verb of discovery: {verb}")
    return msgspec.json.encode({"type": f"{_KIND}{verb.lower()}_response", **said})


def _stats_of(endpoint: EndpointCard, stats: Stats) -> dict[str, str | int]:
    return {
        "name": endpoint.name,
        "subject": endpoint.subject,
        "queue_group": endpoint.queue_group,
        "num_requests": stats.requests,
        "num_errors": stats.errors,
        "last_error": stats.last_error,
        "processing_time": stats.busy_ns,
        "average_processing_time": stats.busy_ns // max(1, stats.requests),
    }
