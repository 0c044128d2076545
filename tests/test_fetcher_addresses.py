"""Where a source may be is decided on the address that is connected to, not on the name that leads there."""

import asyncio
import contextlib
import socket
from collections.abc import Sequence

import pytest

from actors.addresses import Allowed
from actors.dialing import dialed, first, permitted
from actors.fetcher.config import RetryPolicy
from actors.fetcher.http import Bounds, Door
from actors.sources.ask import Ask
from contracts.errors import AddressRefused
from contracts.messages import Message
from tests.fetcher_room import (
    NOW,
    command,
    failure_of,
    fetched,
    fetcher,
    heard,
    http,
    rows_of,
    slices_of,
    source,
    wire,
)

SPELLINGS = [
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "017700000001",
    "localhost",
    "LOCALHOST",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[::127.0.0.1]",
]
PRIVATE = "the address is not allowed: it is private, and allow_private_addresses is off"


async def asked(base_url: str, **changes: object) -> Sequence[Message]:
    async with fetcher(source(1, base_url=base_url, **changes)) as actor:
        return await heard(actor, command())


@pytest.mark.parametrize("host", SPELLINGS)
async def test_no_spelling_of_this_machine_is_let_through_from_outside(host: str) -> None:
    async with wire(http(b"[]")) as server:
        messages = await asked(f"http://{host}:{server.port}", allow_private_addresses=False)

    assert (failure_of(messages).error.code, failure_of(messages).error.text) == ("address_refused", PRIVATE)
    assert server.connections == 0


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "localhost"])
async def test_at_home_every_spelling_of_this_machine_is_reached(host: str) -> None:
    async with wire(http(b'[{"a":1}]')) as server:
        messages = await asked(f"http://{host}:{server.port}")

    assert rows_of(slices_of(messages)) == [{"a": 1}]


async def test_a_spelling_that_no_address_may_have_is_not_dialed() -> None:
    async with wire(http(b"[]")) as server:
        messages = await asked(f"http://0177.0.0.1:{server.port}", allow_private_addresses=False)

    assert failure_of(messages).error.code in ("address_refused", "unreachable", "request_rejected")
    assert server.connections == 0


@pytest.mark.parametrize(
    ("host", "reason"),
    [
        ("169.254.169.254", "link-local (cloud metadata)"),
        ("2852039166", "link-local (cloud metadata)"),
        ("[::ffff:169.254.169.254]", "link-local (cloud metadata)"),
        ("[fe80::1]", "link-local (cloud metadata)"),
        ("[fd00:ec2::254]", "cloud metadata"),
        ("0.0.0.0", "unspecified"),
        ("0", "unspecified"),
        ("[::]", "unspecified"),
        ("255.255.255.255", "broadcast"),
        ("224.0.0.1", "multicast"),
    ],
)
async def test_some_addresses_are_refused_also_at_home_and_at_once(host: str, reason: str) -> None:
    messages = await asked(f"http://{host}/", retry=RetryPolicy(max_retries=3, initial_s=60))

    assert failure_of(messages).error.text == f"the address is not allowed: it is {reason}"


@pytest.mark.parametrize("door", ["127.0.0.1", "localhost", "127.0.0.9"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "127.0.0.2", "[::ffff:127.0.0.1]"])
async def test_our_own_bus_is_no_source(host: str, door: str) -> None:
    async with wire(http(b"[]")) as server:
        messages = await asked(f"http://{host}:{server.port}", bus=((door, server.port),))

    assert failure_of(messages).error.text == "the address is not allowed: it is Playbill's own bus"
    assert server.connections == 0


async def test_another_port_of_the_machine_of_the_bus_is_a_source() -> None:
    async with wire(http(b"[]")) as server:
        messages = await asked(f"http://127.0.0.1:{server.port}", bus=(("127.0.0.1", 1), ("nobody.invalid", server.port)))

    assert slices_of(messages)[0].slices_total == 1


class Names:
    """A resolver that tells another truth each time it is asked."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        return self._answers.pop(0)


async def test_a_name_that_is_bound_anew_while_it_is_judged_is_dialed_as_it_was_judged() -> None:
    async with wire(http(b"[]")) as server:
        names = Names(["127.0.0.1"], ["169.254.169.254"])
        door = Door(source(1, base_url=f"http://rebinding.example:{server.port}"), lambda: NOW, resolve=names)
        async with door.open(Ask(path="x"), Bounds()):
            pass
        await door.close()

    assert names.asked == ["rebinding.example"]
    assert "Host: rebinding.example:" in server.requests[0]


async def test_a_name_that_is_bound_anew_between_two_requests_is_judged_again() -> None:
    async with wire(http(b"[]", "Connection: close")) as server:
        names = Names(["127.0.0.1"], ["169.254.169.254"])
        door = Door(source(1, base_url=f"http://rebinding.example:{server.port}"), lambda: NOW, resolve=names)
        async with door.open(Ask(path="x"), Bounds()):
            pass
        with pytest.raises(AddressRefused):
            async with door.open(Ask(path="x"), Bounds()):
                pass
        await door.close()

    assert len(server.requests) == 1


async def test_a_name_with_a_dot_at_its_end_is_judged_as_the_name_without() -> None:
    names = Names(["127.0.0.1"])

    with pytest.raises(AddressRefused):
        await permitted("localhost.", 80, Allowed(), names)


async def test_of_a_name_with_several_addresses_the_allowed_ones_are_tried() -> None:
    names = Names(["169.254.169.254", "10.0.0.1", "1.1.1.1", "::ffff:10.0.0.1"])

    assert await permitted("several.example", 80, Allowed(), names) == ["1.1.1.1"]


async def test_an_address_that_does_not_take_us_is_followed_by_the_next() -> None:
    async with wire(http(b"[]")) as server:
        names = Names(["127.0.0.2", "127.0.0.3", "127.0.0.1"])
        found = await dialed("several.example", server.port, Allowed(private=True), names)
        place = found.getpeername()
        found.close()

    assert place == ("127.0.0.1", server.port)


async def test_an_address_that_is_silent_costs_a_moment_only() -> None:
    """A full backlog takes no connection and refuses none, as an IPv6 that leads nowhere."""
    with socket.socket() as good, socket.socket() as silent, socket.socket() as queued:
        good.bind(("127.0.0.1", 0))  # First: there others have ports as well.
        good.listen()
        port = good.getsockname()[1]
        silent.bind(("127.0.0.2", port))
        silent.listen(0)
        queued.connect(("127.0.0.2", port))
        found = await dialed("slow.example", port, Allowed(private=True), Names(["127.0.0.2", "127.0.0.1"]))
        place = found.getpeername()
        found.close()

    assert place == ("127.0.0.1", port)


@pytest.mark.parametrize("host", ["a" * 64 + ".example", "a..example", ".example", "localhost.."])
async def test_a_name_that_can_be_none_of_dns_is_not_found(host: str) -> None:
    messages = await asked(f"http://{host}/", retry=RetryPolicy(max_retries=0))

    assert failure_of(messages).error.code == "unreachable"


async def test_a_cancel_in_the_moment_of_success_leaves_no_connection_behind() -> None:
    """The loser takes its time to end, in which who waits for both is told to stop."""
    ending, closed = asyncio.Event(), []

    async def dial(address: str) -> str:
        if address == "loser":
            try:
                await asyncio.Event().wait()
            finally:
                ending.set()
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.Event().wait()
        return address

    async def close(wire: str) -> None:
        closed.append(wire)

    dialing = asyncio.create_task(first(["loser", "winner"], dial, close))
    await ending.wait()
    dialing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await dialing

    assert "winner" in closed


async def test_a_redirect_into_the_cloud_is_refused_before_anybody_is_asked() -> None:
    async with wire(http(b"", "Location: http://169.254.169.254/latest/meta-data/", status="302 Found")) as server:
        messages = await fetched(server)

    assert failure_of(messages).error.code == "redirect_refused"
