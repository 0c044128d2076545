"""What the tests of services and of the reader share: a plain script that asks, as anyone may."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import nats
from nats.aio.client import Client
from nats.errors import Error as NatsError

from actors.runtime.connection import connect
from actors.runtime.provision import provision
from contracts import subjects
from contracts.catalog import Part
from tests.bus_server import BusServer

WAIT_S = 30


class Said(msgspec.Struct, frozen=True):
    """An answer as a plain script sees it."""

    data: bytes
    headers: dict[str, str]

    @property
    def body(self) -> dict[str, Any]:
        found: dict[str, Any] = msgspec.json.decode(self.data)
        return found

    @property
    def code(self) -> str | None:
        """The name of what went wrong; none when it went well."""
        return self.body.get("code") if self.body["type"] == "query_failed.v1" else None


@asynccontextmanager
async def script(server: BusServer, **options: Any) -> AsyncIterator[Client]:
    """A plain nats-py connection as the user `client`."""
    client = await nats.connect(server.url, user="client", password=server.passwords["client"], **options)
    try:
        yield client
    finally:
        await client.close()


async def ask(client: Client, name: str, body: bytes | dict[str, Any] = b"", timeout_s: float = WAIT_S) -> Said:
    asked = body if isinstance(body, bytes) else msgspec.json.encode(body)
    answer = await client.request(subjects.query(name), asked, timeout=timeout_s)
    return Said(data=answer.data, headers=answer.headers or {})


async def discovered(client: Client, verb: str, of: str = "playbill") -> dict[str, Any]:
    answer = await client.request(f"$SRV.{verb}.{of}", timeout=WAIT_S)
    found: dict[str, Any] = msgspec.json.decode(answer.data)
    return found


async def provisioned(server: BusServer) -> None:
    connection = await connect(server.config("admin"), purpose="test")
    await provision(connection.client, {("iptv", Part.CATALOGUE): 1})
    await connection.close()


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Ask again and again, also while the bus is away."""
    async with asyncio.timeout(WAIT_S):
        while True:
            try:
                if await condition():
                    return
            except (NatsError, TimeoutError):
                pass
            await asyncio.sleep(0.01)
