"""Resolves a host once, judges what it found, and connects to exactly that, so that no second answer of DNS comes in between."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from ipaddress import ip_address
from typing import Any, Final, TypeVar

from actors.addresses import Address, Allowed, is_same, of_the_bus, refusal
from contracts import limits
from contracts.errors import AddressRefused

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a host, best first. Raises OSError."""
Wire = TypeVar("Wire")

_EMPTY: Final = "the name has no address"


async def resolved(host: str, port: int) -> Sequence[str]:
    """By the machine's own resolver. Raises OSError, `socket.gaierror` for a name that is not found."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError:  # Of a label that is empty, or longer than DNS knows.
        raise socket.gaierror(socket.EAI_NONAME, "no name of DNS") from None
    return list(dict.fromkeys(str(place[0]) for *_, place in found))


async def permitted(host: str, port: int, allowed: Allowed, resolve: Resolve = resolved) -> list[str]:
    """The addresses of a host that may be connected to, best first. Raises AddressRefused when there is none, and OSError."""
    found = [ip_address(text.partition("%")[0]) for text in (await resolve(host, port))[: limits.ADDRESSES_MAX]]
    doors = await _doors_of_the_bus(port, allowed, resolve)
    why: AddressRefused | None = None
    passed = []
    for address in found:
        is_of_the_bus = any(is_same(address, door) for door in doors)
        refused = of_the_bus() if is_of_the_bus else refusal(address, allowed)
        if refused is None:
            passed.append(str(address))
        why = why or refused
    if not passed:
        raise why or OSError(_EMPTY)
    return passed


async def dialed(host: str, port: int, allowed: Allowed, resolve: Resolve = resolved) -> socket.socket:
    """A connected socket that does not block. Raises AddressRefused, and OSError when no address takes us."""

    async def dial(address: str) -> socket.socket:
        wire = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
        try:
            wire.setblocking(False)
            await asyncio.get_running_loop().sock_connect(wire, (address, port))
        except BaseException:
            wire.close()
            raise
        return wire

    async def close(wire: socket.socket) -> None:
        wire.close()

    return await first(await permitted(host, port, allowed, resolve), dial, close)


async def first(
    addresses: Iterable[str],
    dial: Callable[[str], Coroutine[Any, Any, Wire]],
    close: Callable[[Wire], Awaitable[None]],
) -> Wire:
    """What the first address that takes us gives; each is tried a moment after the one before, or as soon as that failed.

    Where IPv6 leads nowhere, IPv4 is there within a quarter of a second. Raises the failure of the best address.
    """
    dialing: list[asyncio.Task[Wire]] = []
    try:
        winner = await _won(list(addresses), dial, dialing)
        await _ended([task for task in dialing if task is not winner], close)
    except BaseException:  # Also a cancel that comes when one has won: whoever won is nobody's then.
        await _ended(dialing, close)
        raise
    return winner.result()


async def _won(
    rest: list[str], dial: Callable[[str], Coroutine[Any, Any, Wire]], dialing: list["asyncio.Task[Wire]"]
) -> "asyncio.Task[Wire]":
    """The task that is through first, of all that it puts into `dialing`."""
    failed: list[BaseException] = []
    while rest or len(failed) < len(dialing):
        if rest:
            dialing.append(asyncio.create_task(dial(rest.pop(0))))
        running = [task for task in dialing if not task.done()]
        await asyncio.wait(running, timeout=limits.DIAL_HEAD_START_S if rest else None, return_when=asyncio.FIRST_COMPLETED)
        ended = [task for task in dialing if task.done()]
        failed = [error for task in ended if (error := task.exception()) is not None]
        if len(failed) < len(ended):
            return next(task for task in ended if task.exception() is None)
    raise failed[0] if failed else OSError(_EMPTY)


async def _ended(losers: Sequence["asyncio.Task[Wire]"], close: Callable[[Wire], Awaitable[None]]) -> None:
    for task in losers:
        task.cancel()
    for outcome in await asyncio.gather(*losers, return_exceptions=True):
        if not isinstance(outcome, BaseException):
            await close(outcome)


async def _doors_of_the_bus(port: int, allowed: Allowed, resolve: Resolve) -> list[Address]:
    """Addresses at which our bus has a door with this number. A bus whose name is not found has none to protect."""
    found: list[Address] = []
    for host in {host for host, number in allowed.bus if number == port}:
        try:
            found += [ip_address(text.partition("%")[0]) for text in await resolve(host, port)]
        except OSError:
            continue
    return found
