"""One HTTP call to a subscriber's endpoint, with everything bounded and nowhere to go astray.

https only and public addresses only, unless the operator allows the host; the address that was checked is the one
that is called, so a name that changes its mind leads nowhere; redirects are not followed, answers are read to a limit.

Source: RFC 9110, https://cheatsheetseries.owasp.org/cheatsheets/Server_Side_Request_Forgery_Prevention_Cheat_Sheet.html
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

import h11

from anlanh.fhir.subscriptions.problems import ForbiddenEndpoint, NotDelivered

LARGEST_ANSWER = 64 * 1024
PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class Target:
    """Where to: a host by name, the address to call, and what follows the host in the URL."""

    host: str
    address: str
    port: int
    secure: bool
    path: str


async def send(
    method: str,
    url: str,
    headers: Sequence[tuple[str, str]],
    body: bytes,
    *,
    timeout_s: float,
    allow: Sequence[str] = (),
) -> None:
    """Call the endpoint and see that it answers 2xx.

    Raises:
        ForbiddenEndpoint: it may not be called.
        NotDelivered: no answer in time, or another than 2xx.
    """
    try:
        async with asyncio.timeout(timeout_s):
            target = await resolve(url, allow)
            status = await _call(target, method, headers, body)
    except TimeoutError:
        raise NotDelivered(why=f"no answer within {timeout_s} s") from None
    except (OSError, ssl.SSLError, h11.RemoteProtocolError) as error:
        raise NotDelivered(why=type(error).__name__) from None
    if not 200 <= status < 300:
        raise NotDelivered(why=f"it answered {status}", status=status)


async def resolve(url: str, allow: Sequence[str]) -> Target:
    """Where a URL leads, if one may go there. `allow`: hosts for which http and private addresses are fine.

    Raises:
        ForbiddenEndpoint: not https, or not public.
        NotDelivered: the name is not known.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or PORTS.get(parts.scheme, 0)
    except ValueError:
        raise ForbiddenEndpoint(host="this endpoint", why="it is no URL") from None
    host = (parts.hostname or "").lower()
    allowed = host in allow or f"{host}:{port}" in allow
    if parts.username is not None or not host or not port:
        raise ForbiddenEndpoint(host=host or "this endpoint", why="it is no plain https URL")
    if parts.scheme != "https" and not allowed:
        raise ForbiddenEndpoint(host=host, why="it is not https")
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError):
        raise NotDelivered(why="the name of its host is not known") from None
    addresses = [str(each[4][0]) for each in found]
    if not allowed and not all(_public(address) for address in addresses):
        raise ForbiddenEndpoint(host=host, why="its address is not public")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(host, addresses[0], port, parts.scheme == "https", path)


def _public(address: str) -> bool:
    found = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).is_global and not found.is_multicast


async def _call(target: Target, method: str, headers: Sequence[tuple[str, str]], body: bytes) -> int:
    context = _tls() if target.secure else None
    name = target.host if target.secure else None
    reader, writer = await asyncio.open_connection(target.address, target.port, ssl=context, server_hostname=name)
    try:
        protocol = h11.Connection(h11.CLIENT)
        host = target.host if target.port in PORTS.values() else f"{target.host}:{target.port}"
        lines = [
            ("host", host),
            ("content-length", str(len(body))),
            ("connection", "close"),
            ("user-agent", "anlanh"),
            *headers,
        ]
        request = h11.Request(method=method, target=target.path.encode("ascii", "replace"), headers=lines)
        for event in (request, h11.Data(data=body), h11.EndOfMessage()):
            writer.write(protocol.send(event) or b"")
        await writer.drain()
        return await _status(reader, protocol)
    finally:
        writer.close()


async def _status(reader: asyncio.StreamReader, protocol: h11.Connection) -> int:
    seen = 0
    while True:
        event = protocol.next_event()
        if isinstance(event, h11.Response):
            return event.status_code
        if event is h11.NEED_DATA:
            data = await reader.read(8192)
            seen += len(data)
            if seen > LARGEST_ANSWER:
                raise NotDelivered(why="its answer is too long")
            protocol.receive_data(data)
        elif isinstance(event, h11.ConnectionClosed):
            raise NotDelivered(why="it closed the connection")


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()
