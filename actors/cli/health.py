"""`playbill health`: whether all of Playbill works, for people and for a container's health check."""

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Final, Literal

import msgspec
from cyclopts import Parameter

from actors.cli import exits, options
from actors.cli.opening import bus_of_running, opened
from actors.cli.status import size_of
from actors.cli.wording import byte_size
from contracts import limits
from contracts.errors import BusMisconfigured, PlaybillError

if TYPE_CHECKING:
    from actors.cli.health_judging import Check
    from actors.runtime.client import BusClient
    from actors.runtime.config import BusConfig
    from actors.runtime.probing import Heard
    from actors.settings import Settings
    from actors.store import SourceStatus
    from contracts.messages import SyncProgress

UNHEALTHY: Final = 1
"""What Docker takes for it."""
_LOOK_S: Final = limits.HEALTH_ANSWER_S - 1.2
"""Of each look; all are taken at once, and the rest is for the start of this process."""
_LISTEN_S: Final = limits.HEARTBEAT_INTERVAL_S + 0.2

Role = Literal["scheduler", "push", "fetcher", "parser", "writer", "progress", "reader"]


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What the bus was heard to say."""

    checks: "list[Check]"
    heard: "list[Heard] | None" = None
    """The last words of the processes; none when the bus does not give them."""
    kept: "list[SyncProgress]" = []


def health(
    *,
    role: Role | None = None,
    strict: Annotated[bool, Parameter(negative=(), show_default=False)] = False,
    json: options.Json = False,
    config: options.Config = None,
) -> int:
    """Look whether all of Playbill works: the bus, the store, every actor, and the sources; one line each, and what to do if not.

    The exit code is 0 when it does and 1 when it does not, within five seconds.

    Parameters
    ----------
    role:
        Look at the bus and at this actor only, as a container's health check does; let in as that actor is.
    strict:
        Take a source that failed, cools down or was never synced for a problem too. No restart heals a provider, so otherwise
        it is told and no more.
    """
    from actors.cli.health_judging import health_of
    from actors.cli.health_render import rendered

    settings = opened(config)
    found = health_of(asyncio.run(_checks(settings, role)), strict=strict)
    print(msgspec.json.encode(found).decode() if json else rendered(found))
    return exits.COMPLETED if found.healthy else UNHEALTHY


async def _checks(settings: "Settings", role: Role | None) -> "list[Check]":
    from actors.cli.health_judging import Check, actor_check
    from actors.cli.roles import roles_of

    bus = settings.nats.bus_config(role or "client") if settings.nats.url else bus_of_running(settings)
    if bus is None:
        return [Check(what="bus", name=_url(settings), state="problem", text="not running", advice="start it with `playbill up`")]
    if role is not None:
        asker = role if settings.nats.url else "client"
        told, server = await asyncio.gather(_told(bus, asker, with_progress=False), _server(settings))
        return [*told.checks, server, *([actor_check(role, told.heard)] if told.heard is not None else [])]
    told, server, (store, stored) = await asyncio.gather(
        _told(bus, "client", with_progress=True), _server(settings), _store(settings)
    )
    actors = [actor_check(expected, told.heard) for expected in roles_of(settings)] if told.heard is not None else []
    return [*told.checks, server, _of_writer(store, told.heard or []), *actors, *_sources(settings, stored, told.kept)]


def _url(settings: "Settings") -> str:
    return settings.nats.url or f"nats://127.0.0.1:{settings.nats.port}"


# --- The bus --------------------------------------------------------------------------------------------


async def _told(bus: "BusConfig", asker: str, *, with_progress: bool) -> Told:
    """What the bus takes, and what it has heard of everybody."""
    from actors.cli.health_judging import Check

    try:
        async with asyncio.timeout(_LOOK_S):
            return await _asked(bus, asker, with_progress=with_progress)
    except PlaybillError as error:
        text, advice = error.text, "see whether it runs, and its log"
    except TimeoutError:
        text, advice = f"no answer within {_LOOK_S:.0f} s", "see whether it runs, and its log"
    return Told(checks=[Check(what="bus", name=bus.url, state="problem", text=text, advice=advice)])


async def _asked(bus: "BusConfig", asker: str, *, with_progress: bool) -> Told:
    from actors.cli.health_judging import Check
    from actors.runtime.client import BusClient
    from actors.runtime.probing import last_words, probe

    async with await BusClient.connect(bus) as client:
        try:
            took_s = await probe(client.connection.client, asker)
        except BusMisconfigured as error:
            return await _listened(client, bus.url, None if asker == "client" else asker, error.text)
        heard = await last_words(client.connection.client, asker)
        kept = await client.last_progress() if with_progress else []
    text = f"{bus.url} keeps a message within {max(1, round(took_s * 1_000))} ms"
    return Told(checks=[Check(what="bus", name=bus.url, state="ok", text=text)], heard=heard, kept=kept)


async def _listened(client: "BusClient", url: str, role: str | None, text: str) -> Told:
    """What is said at this moment, on a bus that keeps it nowhere: one that was started anew, or has no streams at all."""
    from actors.cli.health_judging import Check
    from actors.runtime.probing import live_words

    heard = await live_words(client.connection.client, role, _LISTEN_S)
    advice = "make its streams with `playbill actor provision`"
    return Told(checks=[Check(what="bus", name=url, state="note" if heard else "problem", text=text, advice=advice)], heard=heard)


async def _server(settings: "Settings") -> "Check":
    """What nats-server says of itself, where its monitoring page is known: that of Playbill's own."""
    from actors.cli.health_judging import Check
    from actors.runtime.healthz import ask_healthz, monitor_of

    address = None if settings.nats.url else await asyncio.to_thread(monitor_of, settings.nats.directory)
    if address is None:
        text = "its monitoring page is not known here" if settings.nats.url else "its monitoring page is not there yet"
        return Check(what="server", name="healthz", state="skipped", text=text)
    verdict = await ask_healthz(*address)
    if verdict.is_well:
        return Check(what="server", name="healthz", state="ok", text="well, by its own word")
    advice = "`playbill up` starts it anew within half a minute"
    return Check(what="server", name="healthz", state="problem", text=verdict.text, advice=advice)


# --- The store ------------------------------------------------------------------------------------------


async def _store(settings: "Settings") -> "tuple[Check, list[SourceStatus] | None]":
    """The store as anyone reads it, and the sources in it; none where it cannot be read from here."""
    from actors.cli.health_judging import Check
    from actors.store import Reader

    path = settings.store.path
    if settings.nats.url and not await asyncio.to_thread(path.exists):
        return Check(what="store", name=str(path), state="skipped", text="not on this machine"), None
    try:
        async with asyncio.timeout(_LOOK_S):
            async with Reader.open(path) as reader:
                stored = await reader.sources_status()
    except PlaybillError as error:
        advice = "see that the file is there and whole; `playbill check` says more"
        return Check(what="store", name=str(path), state="problem", text=error.text, advice=advice), None
    except TimeoutError:
        advice = "see whether its disk answers"
        return Check(what="store", name=str(path), state="problem", text=f"no answer within {_LOOK_S:.0f} s", advice=advice), None
    return Check(what="store", name=str(path), state="ok", text=f"{path} is readable, {byte_size(size_of(path))}"), stored


def _of_writer(store: "Check", heard: "list[Heard]") -> "Check":
    """With the word of who writes it."""
    from actors.cli.health_judging import writer_waits_for_store

    if not writer_waits_for_store(heard):
        return store
    advice = "see whether its disk is full or read-only, or another program has it locked"
    text = "it takes no rows: the writer waits for it"
    return msgspec.structs.replace(store, state="problem", text=text, advice=advice)


def _sources(settings: "Settings", stored: "list[SourceStatus] | None", kept: "list[SyncProgress]") -> "list[Check]":
    from actors.cli.health_judging import source_check

    if stored is None:
        return []
    known = {status.source.source_id: status for status in stored}
    now = datetime.now(UTC)
    return [source_check(row.source_id, known.get(row.source_id), kept, now) for row in settings.sources]
