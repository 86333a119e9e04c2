"""The desk: slips for those who lost their way in, cards for those without a telephone."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from anlanh.access.accounts import slips
from anlanh.access.accounts.problems import NoSuchThing
from anlanh.services.account import actions
from anlanh.services.account.model import HELP_AT_DESK
from anlanh.services.account.pages.keys import qr
from anlanh.services.account.pages.registry import accounts_of, page, place_of
from anlanh.web.request import Request
from anlanh.web.texts import _

page.in_menu(_("Help with signing in"), "/quay/dang-nhap", "key-round", HELP_AT_DESK)


class DeskForm(msgspec.Struct):
    """The personal number on the document that was looked at, which document, and the PIN typed by the person."""

    number: str
    document: str
    what: str
    pin: str = ""


@page.get("/quay/dang-nhap", needs=HELP_AT_DESK)
async def desk(request: Request) -> Response:
    """Ask whom to help, and how."""
    return page.show(request, "desk.html")


@page.post("/quay/dang-nhap", needs=HELP_AT_DESK, again=desk)
async def help_person(request: Request, form: DeskForm) -> Response:
    """Give out a slip or a card, shown once, to be printed."""
    if form.document not in slips.DOCUMENTS or form.what not in ("slip", "card"):
        raise NoSuchThing
    accounts, session, place = accounts_of(request), request.signed_in, place_of(request)
    async with request.begin() as work:
        account = await actions.person_at_desk(work, accounts, form.number)
        if form.what == "card":
            held = await actions.issue_card(work, accounts, session, account, form.pin, place)
            return page.show(request, "paper.html", kind="card", qr=qr(held), address="")
        secret = await actions.issue_slip(work, accounts, session, account, form.document, place)
    address = f"{request.own}/phieu?ma={secret}"
    return page.show(request, "paper.html", kind="slip", qr=qr(address), address=address)
