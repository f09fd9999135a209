"""Where the address of a node below leads, before anything is sent there.

Who announces a node chooses an address, and who rules a name's records chooses where it leads, every time
anew. So a host is looked up once, each number is judged, and the connection goes to a number that was judged.
"""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

Number = IPv4Address | IPv6Address

#: RFC 6052: the last 32 bits are the IPv4 address that is meant
_NAT64 = IPv6Network("64:ff9b::/96")


class AddressNotAdmitted(Exception):
    """A host leads to an address that nobody admitted; nothing was sent there."""


def numbers_of(host: str, *, anywhere: bool = False) -> list[str]:
    """Numbers to connect to for a host, in the order of trying.

    A number is taken as it was admitted, wherever it lies. A name must lead to public addresses alone: into
    this machine (loopback), its link or a private network only where `anywhere` is true, for hosts that the
    operator gave at the start. Blocking: asks the resolver.

    Raises
    ------
    AddressNotAdmitted
        A name leads to an address that is not public.
    OSError
        The name is not known, or no resolver answers.
    """
    if _is_number(host):
        return [host]
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    numbers = list(dict.fromkeys(str(row[4][0]) for row in found))
    closed = [number for number in numbers if not is_public(ip_address(number))]
    if closed and not anywhere:
        raise AddressNotAdmitted(f"its name leads to the private address {closed[0]}")
    return numbers


def is_public(number: Number) -> bool:
    """Whether a number lies in the public network; what is carried inside of another address counts."""
    if isinstance(number, IPv6Address):
        inner = number.ipv4_mapped or number.sixtofour
        if inner is None and number in _NAT64:
            inner = IPv4Address(int(number) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
    return number.is_global and not number.is_multicast


def is_disguised(host: str) -> bool:
    """Whether a host is a number that does not look like one: 127.1, 0x7f000001, 2130706433."""
    if _is_number(host):
        return False
    try:
        socket.inet_aton(host)
    except OSError:
        return False
    return True


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
