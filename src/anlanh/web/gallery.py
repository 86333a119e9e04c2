"""Every component of the design system in every state, for those who build pages and for the tests that look at them."""

from __future__ import annotations

from starlette.responses import Response

from anlanh.web.permission import PUBLIC
from anlanh.web.request import FieldNotUnderstood, Request
from anlanh.web.screens import Pages

page = Pages("web", "anlanh.web")


@page.get("/bo-giao-dien", needs=PUBLIC)
async def components(request: Request) -> Response:
    """The gallery."""
    return page.show(request, "gallery.html", example=FieldNotUnderstood(expression="wrong"))
