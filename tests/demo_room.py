"""How tests talk to the stand-in provider."""

from collections.abc import Callable
from typing import Final

import anyio
import httpx

from actors.demo import ServedRequest, XtreamServer

WAIT_S: Final = 10


async def ask(client: httpx.AsyncClient, action: str = "", **params: str) -> httpx.Response:
    given = {"username": "demo", "password": "demo", **({"action": action} if action else {}), **params}
    return await client.get("/player_api.php", params=given)


async def raw_body(client: httpx.AsyncClient, action: str, **headers: str) -> bytes:
    """The body's bytes as they came over the wire; a broken connection ends them."""
    received = b""
    request = client.build_request(
        "GET", "/player_api.php", params={"username": "demo", "password": "demo", "action": action}, headers=headers
    )
    response = await client.send(request, stream=True)
    try:
        async for piece in response.aiter_raw():
            received += piece
    finally:
        await response.aclose()
    return received


async def until(condition: Callable[[], object]) -> None:
    with anyio.fail_after(WAIT_S):
        while not condition():
            await anyio.lowlevel.checkpoint()


def last(server: XtreamServer) -> ServedRequest:
    return server.served[-1]
