"""`playbill check`: asks every source, the bus and the store how they are."""

import asyncio
import os
import shutil
import socket
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from actors.cli import exits, options
from actors.cli.findings import Finding, account_text, found_problem, line
from actors.cli.opening import bus_of_running, opened
from actors.cli.status import size_of
from actors.cli.wording import byte_size, clean, duration
from contracts.catalog import ACCOUNT_STEP
from contracts.errors import CoolDown, PlaybillError
from contracts.messages import AccountChecked, FetchFailed, FetchPage

if TYPE_CHECKING:
    from actors.settings import Settings, SourceSettings

_PATIENCE_S: Final = 30.0
"""Of a check for the first byte; the account answer is small also where listings take minutes."""


def check(*, json: options.Json = False, config: options.Config = None) -> int:
    """Check every source, the bus and the store: one line each, and what to do if not.

    Each source is really asked for its account. The exit code is 4 when there is a problem.
    """
    settings = opened(config)
    findings = asyncio.run(found(settings))
    for finding in findings:
        print(msgspec.json.encode(finding).decode() if json else clean(line(finding)))
    return exits.COMPLETED if all(finding.ok for finding in findings) else exits.FAILED


async def found(settings: "Settings") -> list[Finding]:
    """Everything that was looked at, sources first, in the order of the settings."""
    sources = await asyncio.gather(*(_source(settings, row) for row in settings.sources))
    nothing = [] if sources else [Finding(what="source", name="-", ok=False, text="none is set", advice="add a [[source]] table")]
    return [*sources, *nothing, await _bus(settings), await _store(settings.store.path)]


async def _source(settings: "Settings", row: "SourceSettings") -> Finding:
    name = row.source_id
    try:
        answer = await _account(settings, row)
    except PlaybillError as error:
        return found_problem("source", name, error.code, error.text, row.kind)
    match answer:
        case AccountChecked():
            return Finding(what="source", name=name, ok=True, text=account_text(answer.server), warnings=answer.warnings)
        case FetchFailed():
            return found_problem("source", name, answer.error.code, answer.error.text, row.kind)
        case None:
            return found_problem("source", name, "", "the check came to no end", row.kind)


async def _account(settings: "Settings", row: "SourceSettings") -> AccountChecked | FetchFailed | None:
    """The real request, once. Raises BadSettings for a secret that is not to be found, CoolDown when the server asks for it."""
    from actors.fetcher.actor import Fetcher
    from actors.settings import fetcher_source

    told = fetcher_source(settings, row, purpose="check")
    patience = msgspec.structs.replace(told.timeouts, first_byte_s=min(_PATIENCE_S, told.timeouts.first_byte_s))
    once = msgspec.structs.replace(told, retry=msgspec.structs.replace(told.retry, max_retries=0), timeouts=patience)
    command = FetchPage(
        sync_id="0" * 16, source_id=row.source_id, source_kind=row.kind, step=ACCOUNT_STEP, issue=1, requested_ns=time.time_ns()
    )
    async with Fetcher({row.source_id: once}, clock=lambda: datetime.now(UTC)) as fetcher:
        try:
            async for message in fetcher.handle(command, 1):
                if isinstance(message, AccountChecked | FetchFailed):
                    return message
        except CoolDown as error:
            raise CoolDown(f"{error.text} and asks for a pause of {duration(error.delay_s)}", error.delay_s) from None
    return None


async def _bus(settings: "Settings") -> Finding:
    try:
        bus = bus_of_running(settings)
        if bus is None:
            return _bus_to_be(settings)
        from actors.runtime.client import BusClient

        async with await BusClient.connect(bus) as client:
            await client.last_progress()
        return Finding(what="bus", name=bus.url, ok=True, text="reachable, and its streams answer")
    except PlaybillError as error:
        advice = "check nats.url, nats.user and nats.password, and run `playbill actor provision` once"
        return Finding(what="bus", name=settings.nats.bus_config("client").url, ok=False, text=error.text, advice=advice)


def _bus_to_be(settings: "Settings") -> Finding:
    """Whether `playbill up` could start its own."""
    name = f"nats://127.0.0.1:{settings.nats.port}"
    binary = os.environ.get("PLAYBILL_NATS_SERVER") or Path(sys.executable).with_name("nats-server")
    if shutil.which(str(binary)) is None and shutil.which("nats-server") is None:
        return Finding(
            what="bus", name=name, ok=False, text="no nats-server is installed", advice="set nats.url to a running one"
        )
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", settings.nats.port))
        except OSError:
            return Finding(what="bus", name=name, ok=False, text="the port is taken", advice="set another nats.port")
    return Finding(what="bus", name=name, ok=True, text="not running; `playbill up` starts it")


async def _store(path: Path) -> Finding:
    from actors.store import Reader

    if not await asyncio.to_thread(path.exists):
        return await asyncio.to_thread(_store_to_be, path)
    try:
        async with Reader.open(path) as reader:
            await reader.sources_status()
    except PlaybillError as error:
        return Finding(what="store", name=str(path), ok=False, text=error.text, advice="set store.path, or move the file away")
    return Finding(what="store", name=str(path), ok=True, text=f"readable, {byte_size(size_of(path))}")


def _store_to_be(path: Path) -> Finding:
    folder = next(parent for parent in path.parents if parent.exists())
    if not os.access(folder, os.W_OK):
        return Finding(what="store", name=str(path), ok=False, text=f"{folder} cannot be written", advice="set store.path")
    return Finding(what="store", name=str(path), ok=True, text="not there yet; the first sync makes it")
