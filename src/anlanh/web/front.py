"""The front page: Vietnamese first, English second, no script, no cookie, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from importlib.resources import files
from typing import Any

Send = Callable[[dict[str, Any]], Awaitable[None]]

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
MEDIA = {"front.html": "text/html; charset=utf-8", "front.css": "text/css; charset=utf-8"}
PAGES = {"/": "front.html", "/front.css": "front.css"}
"""Address to the file that is shown there."""


async def answer(path: str, send: Send, *, head: bool = False) -> None:
    """Show one of PAGES."""
    name = PAGES[path]
    body = files("anlanh.web").joinpath("pages", name).read_bytes()
    headers = [
        (b"content-type", MEDIA[name].encode()),
        (b"content-length", str(len(body)).encode()),
        (b"content-security-policy", POLICY.encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
        (b"cache-control", b"no-cache"),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head else body})
