"""Systems that send HL7 v2: how each is doing, its messages, and what is particular about it."""

from __future__ import annotations

from urllib.parse import urlencode

import msgspec
from starlette.responses import Response

from anlanh.exchange.hl7v2 import api as hl7v2
from anlanh.exchange.intake import arrivals
from anlanh.services.exchange import actions
from anlanh.services.exchange.model import WATCH_SENDERS, NoSuchSender
from anlanh.services.exchange.pages.registry import STATES, ReplayForm, page
from anlanh.web.request import Request
from anlanh.web.texts import _

AGAIN = "/ket-noi/chay-lai"


class OverlayForm(msgspec.Struct):
    """What is particular about a sender; `do` is `preview` or `save`."""

    sender: str
    do: str
    overlay: str = ""
    pasted: str = ""


@page.get("/ket-noi", needs=WATCH_SENDERS)
async def senders(request: Request) -> Response:
    """All senders of messages and of documents in the last day, and those of whom something waits."""
    async with request.begin(transaction=False) as work:
        found = await hl7v2.senders(work)
        posting = await arrivals.figures(work)
    return page.show(request, "senders.html", senders=found, posting=posting)


@page.get("/ket-noi/ben-gui", needs=WATCH_SENDERS)
async def sender(request: Request) -> Response:
    """One sender."""
    return await _sender(request, request.query_params.get("ten", ""))


async def sender_again(request: Request) -> Response:
    """The same after something that could not be done."""
    return await _sender(request, request.visit.typed.get("sender", ""))


@page.post("/ket-noi/khai-bao", needs=WATCH_SENDERS, again=sender_again)
async def declare(request: Request, form: OverlayForm) -> Response:
    """Show what a message would become with the overlay, or keep the overlay."""
    if form.do == "preview":
        async with request.begin(transaction=False) as work:
            shown = await actions.preview_message(work, request.settings, form.sender, form.overlay, form.pasted)
        return await _sender(request, form.sender, shown=shown, form=form)
    async with request.begin() as work:
        await hl7v2.declare(work, request.settings, form.sender, form.overlay)
    return page.go(request, _address(form.sender), said=_("Kept. It holds from the next message on."))


@page.post("/ket-noi/chay-lai", needs=WATCH_SENDERS, again=sender_again)
async def replay(request: Request, form: ReplayForm) -> Response:
    """Replay one parked message, or all of a sender. Safe to repeat."""
    async with request.begin() as work:
        count = await hl7v2.replay(work, sender=form.sender, numbers=[form.number] if form.number else None)
    return page.go(request, _address(form.sender), said=_("{count} messages are tried again.", count=count))


@page.get("/ket-noi/ban-tin/{number:int}", needs=WATCH_SENDERS)
async def message(request: Request) -> Response:
    """A message beside what became of it. The look is on the list of those of whom it speaks."""
    async with request.begin() as work:
        entry, text = await hl7v2.show(work, request.path_params["number"], hl7v2.files(request.settings))
    return page.show(
        request, "message.html", entry=entry, text=text, states=STATES, back=_address(entry.sender), again=AGAIN,
        document=False, retry=entry.state == "parked" and bool(entry.control_id),
    )  # fmt: skip


async def _sender(request: Request, name: str, shown: str = "", form: OverlayForm | None = None) -> Response:
    before = request.query_params.get("truoc", "")
    async with request.begin(transaction=False) as work:
        found = await actions.sender(work, request.settings, name, int(before) if before.isdigit() else None)
    if not found["messages"] and found["figures"] is None:
        raise NoSuchSender
    overlay = form.overlay if form else request.visit.typed.get("overlay") or found["overlay"]
    pasted = form.pasted if form else request.visit.typed.get("pasted", "")
    return page.show(
        request, "sender.html", name=name, **{**found, "overlay": overlay}, pasted=pasted, shown=shown, states=STATES,
        size=actions.PAGE, document=False, one="/ket-noi/ban-tin", again=AGAIN, here=_address(name),
    )  # fmt: skip


def _address(name: str) -> str:
    return f"/ket-noi/ben-gui?{urlencode({'ten': name})}"
