"""What one has declared, and what becomes of it; a guest's receipt."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from anlanh.access.accounts.signing_in import Accounts
from anlanh.services.declaration.actions import filling, forms, guests
from anlanh.services.declaration.model import COLOURS, KEEP_OWN
from anlanh.services.declaration.pages.registry import acting, is_citizen, page, record_of
from anlanh.services.declaration.store import stations
from anlanh.web.permission import PUBLIC
from anlanh.web.request import Request
from anlanh.web.texts import _


class EraseForm(msgspec.Struct):
    """The declaration to erase, and whose it is."""

    declaration: str
    person: str


class ClaimForm(msgspec.Struct):
    """The receipt of a guest's declaration."""

    receipt: str


@page.get("/khai-bao", needs=PUBLIC)
async def listed(request: Request) -> Response:
    """The forms that are open."""
    async with request.begin(transaction=False) as work:
        found = await forms.listed(work, record_of(request))
    return page.show(request, "listed.html", forms=found, citizen=is_citizen(request))


@page.get("/khai-bao/cua-toi", needs=KEEP_OWN)
async def mine(request: Request) -> Response:
    """Declarations of oneself and of one's children: unfinished, declared, erased."""
    async with request.begin(transaction=False) as work:
        record = record_of(request)
        people = {
            work.principal.subject: _("Myself"),
            **{e.reference: e.name for e in await filling.family(work, record)},
        }
        found = await filling.mine(work, record, list(people))
        titles = {each.name: each.title for each in await forms.listed(work, record)}
    return page.show(request, "mine.html", people=people, found=found, titles=titles, colours=COLOURS)


@page.get("/khai-bao/xong/{declaration_id}", needs=KEEP_OWN)
async def declared(request: Request) -> Response:
    """What follows from a declaration, and what was declared."""
    return await _declared(request, request.path_params["declaration_id"])


async def declared_again(request: Request) -> Response:
    """The same after an erasure that was not done."""
    return await _declared(request, request.visit.typed.get("declaration", ""))


@page.post("/khai-bao/xoa", needs=KEEP_OWN, again=declared_again)
async def erase(request: Request, form: EraseForm) -> Response:
    """Erase a declaration now, for good."""
    async with acting(request, form.person, transaction=True) as work:
        await filling.erase(work, record_of(request), form.declaration)
    return page.back_to(request, "declaration.mine", said=_("Erased for good. That it was erased stays on this list."))


@page.get("/khai-bao/khach/{receipt}", needs=PUBLIC)
async def receipt(request: Request) -> Response:
    """What follows from a guest's declaration."""
    given = request.path_params["receipt"]
    async with request.begin() as work:
        found = await guests.declared(work, record_of(request), request.tool(Accounts).vault, given)
        told = await stations.named(work, record_of(request), found.entry.told) if found.entry.told else None
    return page.show(
        request, "declared.html", found=found, colours=COLOURS, receipt=given, citizen=is_citizen(request), told=told
    )


@page.post("/khai-bao/nhan", needs=KEEP_OWN)
async def claim(request: Request, form: ClaimForm) -> Response:
    """Make a guest's declaration one of oneself. Safe to repeat."""
    async with request.begin() as work:
        made = await guests.claim(work, record_of(request), request.tool(Accounts).vault, form.receipt)
    return page.back_to(request, "declaration.declared", declaration_id=made, said=_("It is yours now."))


async def _declared(request: Request, declaration_id: str) -> Response:
    async with request.begin(transaction=False) as work:
        found = await filling.declared(work, record_of(request), declaration_id)
        told = await stations.named(work, record_of(request), found.entry.told) if found.entry.told else None
    return page.show(request, "declared.html", found=found, colours=COLOURS, receipt="", citizen=True, told=told)
