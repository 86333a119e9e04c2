"""The front page: what this is, how to sign in, and where programs and operators go. No cookie, nothing from elsewhere."""

from __future__ import annotations

from starlette.responses import Response

from anlanh.web.permission import PUBLIC
from anlanh.web.request import Request
from anlanh.web.screens import Pages

page = Pages("web", "anlanh.web")


@page.get("/", needs=PUBLIC)
async def start(request: Request) -> Response:
    """The start page."""
    return page.show(request, "front.html")
