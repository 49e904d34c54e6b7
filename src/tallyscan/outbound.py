"""To which addresses the service sends: a name is resolved once, every address that it has is looked at, and the
connection goes to the one that was looked at.

Where to send is said by the administrator. What a name leads to is said by whoever runs its DNS, and may change between
two looks. So no name leads to the machine itself, to a cloud's metadata service or to the link; and where
`outbound_networks` are set, no name and no address leads out of them. Private networks are not refused otherwise:
customs networks are private.
"""

import ipaddress
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

import httpx

from tallyscan.errors import Unavailable

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

METADATA = tuple(
    ipaddress.ip_address(text)
    for text in ("169.254.169.254", "169.254.170.2", "100.100.100.200", "fd00:ec2::254")
)
"""Where clouds hand out credentials to whoever asks from inside of a machine."""


@dataclass(frozen=True)
class Outbound:
    """`networks`: the only ones to send to; none: every one but those that are never sent to."""

    networks: tuple[Network, ...] = ()

    def addresses(self, host: str, port: int) -> tuple[str, ...]:
        """Where a host is, as its resolver says now, in its order. Raises `Unavailable` where it is nowhere, and where
        any of its addresses is one that nothing is sent to."""
        try:
            found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise Unavailable(f"{host} is not found: {error.strerror or error}.") from error
        addresses = tuple(dict.fromkeys(str(each[4][0]).partition("%")[0] for each in found))
        for address in addresses:
            if why := self._refusal(_plain(address), named=_names_itself(host)):
                raise Unavailable(
                    f"{host} leads to {address}: {why}. Nothing is sent there.",
                    remedy="Check the address and its DNS, or outbound_networks.",
                )
        return addresses

    def _refusal(self, address: Address, *, named: bool) -> str:
        if address in METADATA or address.is_link_local:
            return "that is an address of the link, where clouds hand out credentials"
        if address.is_unspecified or address.is_multicast or (address.version == 4 and address.is_reserved):
            return "that is no address of a machine"
        if address.is_loopback and not named:
            return "that is this machine itself, under the name of another"
        if self.networks and not (
            address.is_loopback or any(address in network for network in self.networks)
        ):
            return "that is in none of the outbound_networks"
        return ""


def _plain(address: str) -> Address:
    """An IPv4 address that hides in an IPv6 one, as itself."""
    parsed = ipaddress.ip_address(address)
    if isinstance(parsed, IPv6Address):
        return parsed.ipv4_mapped or parsed.sixtofour or parsed
    return parsed


def _names_itself(host: str) -> bool:
    """Whether whoever wrote this meant this very machine."""
    try:
        return _plain(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


class CheckedTransport(httpx.HTTPTransport):
    """HTTP to the address that was looked at; the certificate is still held against the name.

    No proxy of the environment is asked, and no redirect followed: both would choose another address.
    """

    def __init__(self, outbound: Outbound, *, verify: object) -> None:
        super().__init__(verify=verify, trust_env=False)  # type: ignore[arg-type]
        self._outbound = outbound

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """See `httpx.HTTPTransport`. Raises `Unavailable` for an address that nothing is sent to."""
        url = request.url
        port = url.port or (443 if url.scheme == "https" else 80)
        addresses = self._outbound.addresses(url.host, port)
        for last, address in _with_last(addresses):
            pinned = httpx.Request(
                request.method,
                url.copy_with(host=address),
                headers=request.headers,  # with the name as Host
                stream=request.stream,
                extensions={**request.extensions, "sni_hostname": url.host},
            )
            try:
                return super().handle_request(pinned)
            except httpx.ConnectError:
                if last:
                    raise
        raise AssertionError("a host has an address")


def _with_last(addresses: Sequence[str]) -> list[tuple[bool, str]]:
    return [(number == len(addresses), address) for number, address in enumerate(addresses, 1)]


def bounded_body(answer: httpx.Response, most_bytes: int, seconds: float) -> bytes:
    """The beginning of what a receiver answers, as it came: no more than so many bytes, and no longer than this."""
    until, said = time.monotonic() + seconds, b""
    for part in answer.iter_raw(most_bytes):
        said += part
        if len(said) >= most_bytes or time.monotonic() > until:
            break
    return said[:most_bytes]
