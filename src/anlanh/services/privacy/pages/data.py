"""My data: a copy to take away, a page to print, and requests with the law's clocks."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from anlanh.access.rights import copy, requests, tables
from anlanh.access.rights.deadlines import SPANS, Kind
from anlanh.services.privacy import rules
from anlanh.services.privacy.actions import own
from anlanh.services.privacy.model import KEEP_OWN_PRIVACY, TAKE_COPY
from anlanh.services.privacy.pages.registry import page, record_of
from anlanh.web.request import Request
from anlanh.web.texts import _

KINDS = {
    Kind.COPY: _("Copy of my data"),
    Kind.CORRECT: _("Correction"),
    Kind.RESTRICT: _("Restriction of use"),
    Kind.WITHDRAW: _("Taking back consent"),
    Kind.OBJECT: _("Objection to a use"),
    Kind.ERASE: _("Erasure"),
}
TO_CHOOSE = (Kind.RESTRICT, Kind.OBJECT, Kind.WITHDRAW, Kind.COPY)
FORMATS = {
    "bundle": ("application/fhir+json", "ho-so-suc-khoe.json"),
    "ndjson": ("application/fhir+ndjson", "ho-so-suc-khoe.ndjson"),
}
LOOKED_THROUGH = 50


class CopyForm(msgspec.Struct):
    """In which format."""

    format: str = "bundle"


class DemandForm(msgspec.Struct):
    """A request in words."""

    kind: Kind
    says: str


class EraseForm(msgspec.Struct):
    """Kinds of data, of retention.toml."""

    scopes: list[str] = []


class CorrectForm(msgspec.Struct):
    """What is wrong, and why."""

    item: str
    says: str


@page.get("/rieng-tu/du-lieu", needs=KEEP_OWN_PRIVACY)
async def data(request: Request) -> Response:
    """What one may do with one's data, and what was asked so far."""
    async with request.begin(transaction=False) as work:
        asked = await requests.mine(work, work.principal.subject)
    return page.show(
        request, "data.html", asked=asked, kinds=KINDS, choices=TO_CHOOSE, spans=SPANS, retention=tables.retention()
    )


@page.get("/rieng-tu/du-lieu/tai", needs=TAKE_COPY)
async def copy_form(request: Request) -> Response:
    """Ask in which format, after a fresh proof."""
    return page.show(request, "copy.html")


@page.post("/rieng-tu/du-lieu/tai", needs=TAKE_COPY, again=copy_form)
async def take_copy(request: Request, form: CopyForm) -> Response:
    """The whole record as a file; that it was taken is on the list."""
    media, name = FORMATS.get(form.format, FORMATS["bundle"])
    write = copy.ndjson if form.format == "ndjson" else copy.bundle
    async with request.begin(transaction=False) as work:
        content = await write(work, record_of(request), work.principal.subject)
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    return Response(content, media_type=media, headers=headers)


@page.get("/rieng-tu/du-lieu/ban-in", needs=KEEP_OWN_PRIVACY)
async def printed(request: Request) -> Response:
    """The record as a page to print."""
    async with request.begin(transaction=False) as work:
        record = record_of(request)
        whose = await own.whose(work, record)
        items = await own.items(work, record, whose.reference)
    groups = [
        (rules.TYPES[kind], [e for e in items if e.reference.startswith(f"{kind}/")]) for kind in rules.ITEM_TYPES
    ]
    return page.show(request, "printed.html", whose=whose, groups=groups, at=request.now)


@page.get("/rieng-tu/du-lieu/muc", needs=KEEP_OWN_PRIVACY)
async def items(request: Request) -> Response:
    """The record item by item, to find what is wrong."""
    async with request.begin(transaction=False) as work:
        record = record_of(request)
        whose = await own.whose(work, record)
        found = await own.items(work, record, whose.reference, LOOKED_THROUGH)
        asked = {each.item for each in await requests.mine(work, whose.reference) if each.kind is Kind.CORRECT}
    groups = [
        (rules.TYPES[kind], [e for e in found if e.reference.startswith(f"{kind}/")]) for kind in rules.ITEM_TYPES
    ]
    return page.show(request, "items.html", whose=whose, groups=groups, asked=asked)


@page.get("/rieng-tu/du-lieu/chinh-sua", needs=KEEP_OWN_PRIVACY)
async def correction(request: Request) -> Response:
    """Say what is wrong with one item."""
    reference = request.visit.typed.get("item") or request.query_params.get("muc", "")
    async with request.begin(transaction=False) as work:
        whose = await own.whose(work, record_of(request))
        item = await own.item(work, record_of(request), reference)
    return page.show(request, "correction.html", whose=whose, item=item, span=SPANS[Kind.CORRECT])


@page.post("/rieng-tu/du-lieu/chinh-sua", needs=KEEP_OWN_PRIVACY, again=correction)
async def correct(request: Request, form: CorrectForm) -> Response:
    """Ask for a correction; the facility gets a task, and the next doctor sees that one does not agree."""
    async with request.begin() as work:
        record = record_of(request)
        await own.item(work, record, form.item)
        made = await requests.ask(work, record, work.principal.subject, Kind.CORRECT, form.says, item=form.item)
    return _kept(request, made)


@page.post("/rieng-tu/du-lieu/xoa", needs=KEEP_OWN_PRIVACY, again=data)
async def erase(request: Request, form: EraseForm) -> Response:
    """Ask for erasure: what may go goes, the rest is refused with the law that keeps it."""
    async with request.begin() as work:
        await requests.ask(work, record_of(request), work.principal.subject, Kind.ERASE, "", form.scopes)
    return page.back_to(
        request, "privacy.data", said=_("Your request is decided; read below what goes and what stays.")
    )


@page.post("/rieng-tu/du-lieu/yeu-cau", needs=KEEP_OWN_PRIVACY, again=data)
async def demand(request: Request, form: DemandForm) -> Response:
    """Any other request."""
    async with request.begin() as work:
        kind = form.kind if form.kind in TO_CHOOSE else Kind.OBJECT
        made = await requests.ask(work, record_of(request), work.principal.subject, kind, form.says)
    return _kept(request, made)


def _kept(request: Request, made: requests.Asked) -> Response:
    said = _(
        "Your request is kept. You have an answer by {answer}, and it is done by {done}.",
        answer=f"{made.answer_by:%d/%m/%Y}", done=f"{made.done_by:%d/%m/%Y}",
    )  # fmt: skip
    return page.back_to(request, "privacy.data", said=said)
