"""One's own account: who one is, where one is signed in, what happened."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from anlanh.access.accounts import ledger, sessions, signing_in
from anlanh.platform.work import OPERATIONS
from anlanh.services.account import actions, rules
from anlanh.services.account.pages.registry import accounts_of, page, place_of
from anlanh.web.permission import SIGNED_IN
from anlanh.web.request import Request
from anlanh.web.texts import _


class DeviceForm(msgspec.Struct):
    """The device to sign out."""

    device: int


@page.get("/tai-khoan", needs=SIGNED_IN)
async def overview(request: Request) -> Response:
    """Everything about one's own account."""
    session = request.signed_in
    async with request.begin(OPERATIONS, transaction=False, by=signing_in.SERVICE) as work:
        found = await actions.overview(work, accounts_of(request), session)
    return page.show(
        request, "overview.html", account=found, methods=rules.METHODS, event_title=rules.event_title, event_about=rules.event_about,
        role_title=rules.role_title,
    )  # fmt: skip


@page.post("/tai-khoan/thiet-bi/dang-xuat", needs=SIGNED_IN, again=overview)
async def sign_out_device(request: Request, form: DeviceForm) -> Response:
    """Sign out one of one's other devices. Safe to repeat."""
    session = request.signed_in
    async with request.begin(OPERATIONS, by=signing_in.SERVICE) as work:
        await sessions.end_one(work, session.account_id, form.device)
        await ledger.tell(work, session.account_id, "device-out", place_of(request))
    return page.back_to(request, "account.overview", said=_("That device is signed out."))


@page.post("/tai-khoan/thiet-bi/dang-xuat-het", needs=SIGNED_IN, again=overview)
async def sign_out_others(request: Request) -> Response:
    """Sign out everywhere but here. Safe to repeat."""
    session = request.signed_in
    async with request.begin(OPERATIONS, by=signing_in.SERVICE) as work:
        count = await actions.sign_out_others(work, accounts_of(request), session, place_of(request))
    return page.back_to(request, "account.overview", said=_("{count} other devices are signed out.", count=count))
