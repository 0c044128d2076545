"""Which addresses of the network a source may be reached at; pure."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

from msgspec import Struct

from contracts.errors import AddressRefused

Address = IPv4Address | IPv6Address

# Spelled out, since what `ipaddress` calls private differs between versions of Python, and it knows neither 100.64.0.0/10 as
# a part of somebody's network nor an IPv4 address behind NAT64.
_NEVER: Final = tuple(
    (_reason, tuple(IPv4Network(_network) if "." in _network else IPv6Network(_network) for _network in _networks))
    for _reason, _networks in (
        # Clouds answer questions about their machines, passwords included, at the first; the others are their other doors.
        ("link-local (cloud metadata)", ("169.254.0.0/16", "fe80::/10")),
        ("cloud metadata", ("fd00:ec2::254/128", "fd20:ce::254/128", "100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32")),
        ("unspecified", ("0.0.0.0/8", "::/128")),
        ("broadcast", ("255.255.255.255/32",)),
        ("multicast", ("224.0.0.0/4", "ff00::/8")),
        ("reserved", ("240.0.0.0/4", "192.0.0.0/24", "100::/64", "fec0::/10")),
    )
)
_LOOPBACK: Final = (IPv4Network("127.0.0.0/8"), IPv6Network("::1/128"))
_PRIVATE: Final = (
    *_LOOPBACK,
    IPv4Network("10.0.0.0/8"),
    IPv4Network("172.16.0.0/12"),
    IPv4Network("192.168.0.0/16"),
    IPv4Network("100.64.0.0/10"),  # Carriers' and Tailscale's.
    IPv4Network("198.18.0.0/15"),  # Of benchmarks, and what local proxies give every name.
    IPv6Network("fc00::/7"),
    IPv6Network("64:ff9b:1::/48"),  # NAT64 of somebody's own network.
)
_GLOBAL: Final = IPv6Network("2000::/3")
_LAST_32_BITS: Final = (
    IPv6Network("::/96"),
    IPv6Network("::ffff:0:0/96"),
    IPv6Network("::ffff:0:0:0/96"),
    IPv6Network("64:ff9b::/96"),
    IPv6Network("64:ff9b:1::/48"),
)
"""IPv4 in IPv6: compatible, mapped, translated, and two of NAT64."""
_REFUSED: Final = "the address is not allowed"


class Allowed(Struct, frozen=True, kw_only=True):
    """Where a source may be. What is written in playbill.toml may be in the owner's network; nothing else has a right to."""

    private: bool = False
    """Loopback, RFC 1918, unique local, 100.64.0.0/10."""
    bus: tuple[tuple[str, int], ...] = ()
    """Host and port of each door of our own bus, which no source is let near."""


def refusal(address: Address, allowed: Allowed) -> AddressRefused | None:
    """Why an address may not be connected to; none for one that may. IPv4 within IPv6 is judged as what it is."""
    every = (address, *_within(address))
    for reason, networks in _NEVER:
        if any(one in network for one in every for network in networks if one.version == network.version):
            return AddressRefused(f"{_REFUSED}: it is {reason}")
    if any(_is_private(one) for one in every):
        return None if allowed.private else AddressRefused(f"{_REFUSED}: it is private, and allow_private_addresses is off")
    if isinstance(address, IPv6Address) and address not in _GLOBAL and len(every) == 1:
        return AddressRefused(f"{_REFUSED}: it is reserved")
    return None


def of_the_bus() -> AddressRefused:
    """What a source at a door of our own bus is told."""
    return AddressRefused(f"{_REFUSED}: it is Playbill's own bus")


def is_loopback(address: Address) -> bool:
    """Whether it is loopback, in whatever spelling."""
    return any(one in network for one in (address, *_within(address)) for network in _LOOPBACK if one.version == network.version)


def is_same(address: Address, other: Address) -> bool:
    """Whether both lead to the same machine, in whatever spelling: all of loopback is one."""
    are_one = not {address, *_within(address)}.isdisjoint((other, *_within(other)))
    return are_one or (is_loopback(address) and is_loopback(other))


def literal(host: str) -> Address | None:
    """The address that a host is written as, if it is one in its usual form."""
    try:
        return ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return None


def _is_private(address: Address) -> bool:
    return any(address in network for network in _PRIVATE if address.version == network.version)


def _within(address: Address) -> tuple[IPv4Address, ...]:
    """The IPv4 addresses that an IPv6 address stands for or goes through."""
    if isinstance(address, IPv4Address) or address in _LOOPBACK[1] or int(address) == 0:
        return ()
    if any(address in network for network in _LAST_32_BITS):
        return (IPv4Address(int(address) & 0xFFFF_FFFF),)
    if address.sixtofour is not None:
        return (address.sixtofour,)
    return address.teredo or ()
