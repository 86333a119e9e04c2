"""Systems that post documents (CDA, FHIR): how each is doing, and what became of each document."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.responses import Response

from anlanh.services.exchange import actions
from anlanh.services.exchange.model import WATCH_SENDERS, NoSuchSender
from anlanh.services.exchange.pages.registry import STATES, ReplayForm, page, record_of
from anlanh.web.request import Request
from anlanh.web.texts import _

ONE = "/ket-noi/tai-lieu"
AGAIN = "/ket-noi/tai-lieu/chay-lai"


@page.get("/ket-noi/ben-gui-tai-lieu", needs=WATCH_SENDERS)
async def document_sender(request: Request) -> Response:
    """One sender of documents."""
    return await _sender(request, request.query_params.get("ten", ""))


async def document_sender_again(request: Request) -> Response:
    """The same after something that could not be done."""
    return await _sender(request, request.visit.typed.get("sender", ""))


@page.post("/ket-noi/tai-lieu/chay-lai", needs=WATCH_SENDERS, again=document_sender_again)
async def replay_documents(request: Request, form: ReplayForm) -> Response:
    """Try one parked document again, or all of a sender. Safe to repeat."""
    tried, taken = await actions.replay_documents(request.database, record_of(request), form.sender, form.number)
    said = _("{tried} documents were tried again, {taken} are in the record.", tried=tried, taken=taken)
    return page.go(request, address(form.sender), said=said)


@page.get("/ket-noi/tai-lieu/{number:int}", needs=WATCH_SENDERS)
async def document(request: Request) -> Response:
    """A document beside what became of it. The look is on the list of those of whom it speaks."""
    async with request.begin() as work:
        entry, text = await actions.show_document(work, request.path_params["number"])
    return page.show(
        request, "message.html", entry=entry, text=text, states=STATES, back=address(entry.sender), again=AGAIN,
        document=True, retry=entry.state == "parked",
    )  # fmt: skip


async def _sender(request: Request, name: str) -> Response:
    before = request.query_params.get("truoc", "")
    async with request.begin(transaction=False) as work:
        found = await actions.sender_of_documents(work, name, int(before) if before.isdigit() else None)
    if not found["messages"]:
        raise NoSuchSender
    return page.show(
        request, "sender.html", name=name, **found, states=STATES, size=actions.PAGE, document=True, one=ONE, again=AGAIN, shown="",
        here=address(name),
    )  # fmt: skip


def address(name: str) -> str:
    """The page of a sender of documents."""
    return f"/ket-noi/ben-gui-tai-lieu?{urlencode({'ten': name})}"
