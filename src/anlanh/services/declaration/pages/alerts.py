"""What a health station opens when it was told of a red declaration."""

from __future__ import annotations

from starlette.responses import Response

from anlanh.access.accounts.signing_in import Accounts
from anlanh.services.declaration.actions import alerts
from anlanh.services.declaration.model import ANSWER_ALERTS, COLOURS
from anlanh.services.declaration.pages.registry import page, record_of
from anlanh.web.request import Request


@page.get("/khai-bao/tram/{alert}", needs=ANSWER_ALERTS)
async def alert(request: Request) -> Response:
    """Who declared, what follows from it, and what was answered, as far as the rules show it."""
    async with request.begin() as work:
        safe = request.tool(Accounts).vault
        shown = await alerts.opened(work, record_of(request), safe, request.path_params["alert"])
    return page.show(request, "alert.html", caller=shown.caller, found=shown.found, colours=COLOURS)
