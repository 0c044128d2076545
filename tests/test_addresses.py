"""Which addresses may be connected to, in whatever spelling."""

from ipaddress import IPv4Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.addresses import Allowed, is_loopback, is_same, literal, refusal
from contracts.errors import AddressRefused, Permanent

AT_HOME, FROM_OUTSIDE = Allowed(private=True), Allowed()
PRIVATE = "the address is not allowed: it is private, and allow_private_addresses is off"

NEVER = {
    "169.254.169.254": "link-local (cloud metadata)",
    "169.254.0.1": "link-local (cloud metadata)",
    "fe80::1": "link-local (cloud metadata)",
    "febf::1": "link-local (cloud metadata)",
    "::ffff:169.254.169.254": "link-local (cloud metadata)",
    "64:ff9b::a9fe:a9fe": "link-local (cloud metadata)",
    "64:ff9b:1::a9fe:a9fe": "link-local (cloud metadata)",
    "2002:a9fe:a9fe::1": "link-local (cloud metadata)",
    "::169.254.169.254": "link-local (cloud metadata)",
    "fd00:ec2::254": "cloud metadata",
    "fd20:ce::254": "cloud metadata",
    "100.100.100.200": "cloud metadata",
    "168.63.129.16": "cloud metadata",
    "192.0.0.192": "cloud metadata",
    "0.0.0.0": "unspecified",
    "0.1.2.3": "unspecified",
    "::": "unspecified",
    "::ffff:0.0.0.0": "unspecified",
    "255.255.255.255": "broadcast",
    "224.0.0.1": "multicast",
    "ff02::1": "multicast",
    "64:ff9b::e000:1": "multicast",
    "240.0.0.1": "reserved",
    "192.0.0.8": "reserved",
    "fec0::1": "reserved",
    "100::1": "reserved",
    "4000::1": "reserved",
}
AT_HOME_ONLY = [
    "127.0.0.1",
    "127.255.0.9",
    "::1",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.5",
    "100.64.0.1",
    "100.127.255.254",
    "198.18.0.1",
    "fc00::1",
    "fd12:3456::1",
    "::ffff:127.0.0.1",
    "::ffff:192.168.1.5",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::c0a8:105",
    "2002:7f00:1::1",
    "2002:c0a8:105::1",
    "2001:0:808:808:0:0:3f57:fefa",
]
ANYWHERE = ["1.1.1.1", "172.32.0.1", "100.63.255.255", "100.128.0.1", "2606:4700::1111", "64:ff9b::101:101", "::ffff:8.8.8.8"]


@pytest.mark.parametrize(("text", "reason"), NEVER.items())
@pytest.mark.parametrize("allowed", [AT_HOME, FROM_OUTSIDE])
def test_some_addresses_are_never_allowed(text: str, reason: str, allowed: Allowed) -> None:
    refused = refusal(ip_address(text), allowed)

    assert isinstance(refused, AddressRefused)
    assert isinstance(refused, Permanent)
    assert refused.text == f"the address is not allowed: it is {reason}"


@pytest.mark.parametrize("text", AT_HOME_ONLY)
def test_private_addresses_are_allowed_where_that_is_said(text: str) -> None:
    refused = refusal(ip_address(text), FROM_OUTSIDE)

    assert refusal(ip_address(text), AT_HOME) is None
    assert refused is not None
    assert refused.text == PRIVATE


@pytest.mark.parametrize("text", ANYWHERE)
def test_public_addresses_are_allowed_to_all(text: str) -> None:
    assert refusal(ip_address(text), FROM_OUTSIDE) is None
    assert refusal(ip_address(text), AT_HOME) is None


@given(st.integers(0, 2**32 - 1))
def test_what_is_refused_as_ipv4_is_refused_in_every_spelling_of_ipv6(number: int) -> None:
    plain = IPv4Address(number)
    for prefix in (0xFFFF << 32, 0x64FF9B << 96):
        within = ip_address(prefix | number)
        for allowed in (AT_HOME, FROM_OUTSIDE):
            assert (refusal(within, allowed) is None) == (refusal(plain, allowed) is None)
        assert is_same(plain, within)
        assert is_loopback(plain) == is_loopback(within)


@given(st.ip_addresses())
def test_every_address_is_judged_and_home_allows_no_less_than_outside(address: object) -> None:
    judged = ip_address(str(address))

    assert refusal(judged, FROM_OUTSIDE) is not None or refusal(judged, AT_HOME) is None


def test_a_host_that_is_no_address_in_its_usual_form_is_left_to_the_resolver() -> None:
    assert [literal(text) for text in ("localhost", "2130706433", "0x7f000001", "127.1", "")] == [None] * 5
    assert literal("[::1]") == ip_address("::1")
