"""Which pages of other sites may call this server from a browser: any page what is public, registered apps the rest.

No answer depends on a cookie, so none is ever let through.

FHIR: SMART App Launch 2.2, considerations for CORS
Source: https://fetch.spec.whatwg.org/#http-cors-protocol, RFC 6750 (3)
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, TypeAlias

from anlanh.access import public
from anlanh.access.oauth import discovery
from anlanh.access.oauth.model import JWKS, STYLE
from anlanh.access.oauth.trust import Trust

Scope: TypeAlias = dict[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[dict[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]
Pairs: TypeAlias = "list[tuple[bytes, bytes]]"

PUBLIC = frozenset((discovery.SMART, discovery.OPENID, discovery.OAUTH, JWKS, STYLE, "/fhir/metadata"))
PREFLIGHT: Pairs = [
    (b"access-control-allow-methods", b"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"),
    (b"access-control-allow-headers", b"accept, accept-language, authorization, content-type, if-match, if-modified-since,"
     b" if-none-exist, if-none-match, prefer, x-request-id"),
    (b"access-control-max-age", b"600"),
]  # fmt: skip
EXPOSED = (
    b"access-control-expose-headers",
    b"content-location, etag, expires, last-modified, location, retry-after, www-authenticate, x-progress, x-request-id",
)
CHALLENGE = (b"www-authenticate", b'Bearer realm="fhir"')


class Cors:
    """Goes around an application. `trust` knows the origins of registered apps."""

    def __init__(self, app: App, trust: Trust) -> None:
        self._app = app
        self._trust = trust

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry, for HTTP requests."""
        asked = dict(scope["headers"])
        free = b"authorization" not in asked and public.who(scope["method"], scope["path"].split("/")[2:]) is not None
        found = self._headers(scope["path"], asked.get(b"origin"), free=free)
        if scope["method"] == "OPTIONS" and b"access-control-request-method" in asked:
            await _preflight(send, [*found, *(PREFLIGHT if len(found) > 1 else [])])
            return

        async def more(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                _add(message, [*found, CHALLENGE] if message["status"] == 401 else found)
            await send(message)

        await self._app(scope, receive, more)

    def _headers(self, path: str, origin: bytes | None, *, free: bool) -> Pairs:
        if origin is None:
            return []
        if free or path in PUBLIC:
            return [(b"access-control-allow-origin", b"*"), EXPOSED]
        vary = (b"vary", b"origin")
        if origin.decode("latin-1") not in self._trust.origins:
            return [vary]
        return [(b"access-control-allow-origin", origin), EXPOSED, vary]


async def _preflight(send: Send, headers: Pairs) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


def _add(message: MutableMapping[str, Any], headers: Iterable[tuple[bytes, bytes]]) -> None:
    there = {name for name, _ in message["headers"]}
    message["headers"] = [*message["headers"], *(each for each in headers if each[0] not in there)]
