"""Where addresses lead: which numbers are public, and what the resolver reads that people do not."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from catalog_server.addresses import AddressNotAdmitted, is_public, numbers_of


@pytest.mark.parametrize(
    "number",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fd00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "2002:7f00:1::",
        "64:ff9b::7f00:1",
        "64:ff9b::a01:203",
    ],
)
def test_numbers_that_are_not_public(number: str) -> None:
    """RFC 6890: loopback, link, private, shared, multicast, and those carried inside of others."""
    assert not is_public(ip_address(number))


@pytest.mark.parametrize("number", ["8.8.8.8", "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_numbers_that_are_public(number: str) -> None:
    """What a name may lead to."""
    assert is_public(ip_address(number))


@pytest.mark.parametrize("host", ["localhost", "127.1", "0x7f000001", "2130706433", "0177.0.0.1", "0"])
def test_another_spelling_of_this_machine_leads_astray(host: str) -> None:
    """The resolver reads more spellings of a number than people do."""
    with pytest.raises(AddressNotAdmitted):
        numbers_of(host)
