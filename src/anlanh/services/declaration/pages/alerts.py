"""What a health station opens when it was told of a red declaration, and where it notes whether it called."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from anlanh.access.accounts.signing_in import Accounts
from anlanh.services.declaration.actions import alerts, calling
from anlanh.services.declaration.model import ANSWER_ALERTS, CALLS, COLOURS
from anlanh.services.declaration.pages.registry import page, record_of
from anlanh.web.request import Request
from anlanh.web.texts import _

LONGEST_NOTE = 300


class CallForm(msgspec.Struct):
    """What became of a call; `seen`: how many tries the page showed."""

    call: str = ""
    note: str = ""
    seen: int = 0


@page.get("/khai-bao/tram/{alert}", needs=ANSWER_ALERTS)
async def alert(request: Request) -> Response:
    """Who declared, what follows from it, what was answered, as far as the rules show it, and whether somebody called."""
    async with request.begin() as work:
        safe = request.tool(Accounts).vault
        shown = await alerts.opened(work, record_of(request), safe, request.path_params["alert"])
    return page.show(
        request, "alert.html", caller=shown.caller, found=shown.found, colours=COLOURS, calls=shown.calls,
        call=CALLS.get(shown.call), outcomes=[(code, each.title) for code, each in CALLS.items()],
        here=request.path_params["alert"],
    )  # fmt: skip


@page.post("/khai-bao/tram/{alert}/goi", needs=ANSWER_ALERTS, again=alert)
async def note_call(request: Request, form: CallForm) -> Response:
    """Note what became of a call. Safe to repeat."""
    name = request.path_params["alert"]
    async with request.begin() as work:
        await calling.note(work, record_of(request), name, form.call, form.note[:LONGEST_NOTE], form.seen)
    return page.back_to(request, "declaration.alert", alert=name, said=_("The call is noted; the person can see it."))
