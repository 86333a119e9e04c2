"""Where people may be sent back to: addresses as they were registered, letter by letter.

The one liberty is the port of a program on the same machine, which cannot know it beforehand. Pure.

Source: RFC 8252 (7.1, 7.3), RFC 9700 (4.1.3), OAuth 2.1 (2.3)
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlencode, urlsplit

LOOPBACK = frozenset(("127.0.0.1", "::1"))
LONGEST = 2000
_PLAIN = re.compile(r"[!-~]+")
_HOST = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9.\-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:]+\])(?::\d{1,5})?")
"""Nothing that means something in a content policy, into which origins are written."""

_OWN_SCHEME = re.compile(r"[a-z][a-z0-9+\-]*(?:\.[a-z0-9+\-]+)+")


def may_be_registered(uri: str) -> bool:
    """Whether an address can be one to go back to.

    >>> may_be_registered("https://app.vn/cb"), may_be_registered("http://app.vn/cb"), may_be_registered("vn.app:/cb")
    (True, False, True)
    >>> may_be_registered("http://localhost:3000/"), may_be_registered("https://*.app.vn/"), may_be_registered("javascript:x")
    (True, False, False)
    """
    if len(uri) > LONGEST or not _PLAIN.fullmatch(uri) or any(each in uri for each in "*#\\"):
        return False
    try:
        parts = urlsplit(uri)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if parts.username is not None or "/.." in parts.path:
        return False
    if parts.netloc and not _HOST.fullmatch(parts.netloc):
        return False
    if parts.scheme == "https":
        return bool(host)
    if parts.scheme == "http":
        return host == "localhost" or host in LOOPBACK
    return bool(_OWN_SCHEME.fullmatch(parts.scheme)) and not parts.netloc


def matches(registered: Iterable[str], given: str) -> bool:
    """Whether somebody may be sent to `given`.

    >>> matches(["https://app.vn/cb"], "https://app.vn/cb"), matches(["https://app.vn/cb"], "https://app.vn/cb/")
    (True, False)
    >>> matches(["http://127.0.0.1/cb"], "http://127.0.0.1:51004/cb"), matches(["http://127.0.0.1/cb"], "http://127.0.0.1:1/x")
    (True, False)
    """
    if not may_be_registered(given):
        return False
    return any(given == each or _without_port(each) == (_without_port(given) or "-") for each in registered)


def origin_of(uri: str) -> str | None:
    """Scheme, host and port of a web address, as browsers name an origin; None for schemes of an app's own."""
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in ("http", "https") else None


def form_target(uri: str) -> str:
    """The address as a content policy names it: its origin, or its scheme."""
    return origin_of(uri) or f"{urlsplit(uri).scheme}:"


def with_query(uri: str, **facts: str) -> str:
    """The address with these parameters, empty ones left out, after those that it has.

    >>> with_query("https://app.vn/cb?a=1", code="x", state="")
    'https://app.vn/cb?a=1&code=x'
    """
    query = urlencode({name: value for name, value in facts.items() if value})
    return f"{uri}{'&' if urlsplit(uri).query else '?'}{query}"


def _without_port(uri: str) -> str | None:
    """A loopback address without its port; None for all others."""
    parts = urlsplit(uri)
    if parts.scheme != "http" or parts.hostname not in LOOPBACK:
        return None
    return f"{parts.hostname}{parts.path}?{parts.query}"
