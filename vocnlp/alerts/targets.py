"""Sending to an address that somebody else wrote down, without being sent against the own network.

The name is resolved once, every address it has is checked, and the connection goes to an address that was
checked, so that a name cannot change its meaning in between (DNS rebinding). Redirects are not followed.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import SplitResult, urlsplit

from vocnlp.errors import InputError

__all__ = ["Network", "RefusedTargetError", "check_url", "networks", "post"]

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
PORTS = {"http": 80, "https": 443}
# addresses that stand for an IPv4 address of any kind behind a translator
_TRANSLATED = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))


class RefusedTargetError(InputError):
    """The target is in a private network, or would be spoken to in the clear."""


def networks(allowed: str) -> list[Network]:
    """The networks of a list such as "10.1.0.0/16, 127.0.0.1"; raises InputError for anything else."""
    try:
        return [ipaddress.ip_network(part.strip()) for part in allowed.split(",") if part.strip()]
    except ValueError as error:
        raise InputError(
            f"allowed webhook networks {allowed!r}: {error}; use e.g. 10.1.0.0/16,::1"
        ) from error


def check_url(url: str) -> SplitResult:
    """The parts of an http(s) URL with a host and without credentials; else ValueError."""
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname:
        raise ValueError(f"the URL {url!r} must begin with https:// (or http://) and name a host")
    if parts.username or parts.password:
        raise ValueError("the URL must not hold a user name or password; the signature tells who sends")
    if any(c <= " " or c == "\x7f" for c in url):
        raise ValueError(f"the URL {url!r} holds spaces or control characters")
    _ = parts.port  # raises ValueError itself
    return parts


def post(
    url: str, body: bytes, headers: Mapping[str, str], *, allowed: Sequence[Network], seconds: float
) -> int:
    """POST and give the status; all together may take `seconds`, but for looking up the name.

    allowed: private networks that may be reached, and those spoken to without TLS.
    Raises RefusedTargetError for any other private address, OSError or http.client.HTTPException otherwise.
    """
    parts = check_url(url)
    host = str(parts.hostname)
    port = parts.port or PORTS[parts.scheme]
    address = _resolve(host, port, parts.scheme, allowed)
    connection = http.client.HTTPConnection(host, port, timeout=seconds)
    connection.sock = socket.create_connection((str(address), port), timeout=seconds)
    with contextlib.closing(connection), _within(seconds, connection):
        if parts.scheme == "https":
            connection.sock = ssl.create_default_context().wrap_socket(
                connection.sock, server_hostname=host, do_handshake_on_connect=False
            )
            connection.sock.do_handshake()
        path = parts.path or "/"
        connection.request("POST", f"{path}?{parts.query}" if parts.query else path, body, dict(headers))
        status = connection.getresponse().status
    return status


@contextlib.contextmanager
def _within(seconds: float, connection: http.client.HTTPConnection) -> Iterator[None]:
    """Cut the connection after so long and raise TimeoutError.

    The time limit of a socket would begin anew with every byte that a slow server sends.
    """
    cut = threading.Event()

    def stop() -> None:
        cut.set()
        with contextlib.suppress(OSError):
            socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)

    limit = threading.Timer(seconds, stop)
    limit.start()
    try:
        yield
    except (OSError, http.client.HTTPException):
        if not cut.is_set():
            raise
    finally:
        limit.cancel()
    if cut.is_set():  # what was read until then is no whole answer
        raise TimeoutError(f"no answer within {seconds:g} s")


def _resolve(host: str, port: int, scheme: str, allowed: Sequence[Network]) -> Address:
    """The first address of the host, if all of them may be spoken to."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [ipaddress.ip_address(str(info[4][0]).partition("%")[0]) for info in found]
    for address in addresses:
        if any(address in network for network in allowed):
            continue
        if not _is_public(address):
            raise RefusedTargetError(
                f"{host} is {address}, which is no public address; allow it with VOCNLP_WEBHOOK_ALLOW"
            )
        if scheme == "http":
            raise RefusedTargetError(f"{host} must be spoken to by https://")
    return addresses[0]


def _is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner:
            return _is_public(inner)
        if address.teredo or any(address in network for network in _TRANSLATED):
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved)
