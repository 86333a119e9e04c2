"""Proving oneself anew before a sensitive act, with two factors."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from anlanh.access.accounts import passkeys, passwords, signing_in
from anlanh.access.accounts.model import Method
from anlanh.access.accounts.problems import NotRecognised
from anlanh.services.account import actions, rules
from anlanh.services.account.pages.registry import (
    accounts_of,
    before_sign_in,
    browser_of,
    give_cookie,
    page,
    party_of,
    wanted,
)
from anlanh.web.permission import SIGNED_IN
from anlanh.web.request import Request
from anlanh.web.screens import leave_for


class ProveForm(msgspec.Struct):
    """A passkey's answer, or a password and a code."""

    answer: str = ""
    password: str = ""
    code: str = ""
    next: str = "/"


@page.get("/xac-nhan-lai", needs=SIGNED_IN)
async def prove(request: Request) -> Response:
    """The ways that this person has."""
    accounts, session = accounts_of(request), request.signed_in
    async with before_sign_in(request) as work:
        ways = rules.ways_to_prove(
            session.kind,
            passkeys=party_of(request).possible and bool(await passkeys.kept(work, session.account_id)),
            password=await passwords.has_password(work, session.account_id),
            app=await passwords.has_totp(work, session.account_id),
        )
    return page.show(
        request, "prove.html", next=wanted(request), ways=[each.value for each in ways],
        providers=accounts.providers(session.kind),
    )  # fmt: skip


@page.post("/xac-nhan-lai", needs=SIGNED_IN, again=prove)
async def by_own_means(request: Request, form: ProveForm) -> Response:
    """Prove oneself by a passkey, or by password and code."""
    accounts, session, browser = accounts_of(request), request.signed_in, browser_of(request)
    async with before_sign_in(request) as work:
        account, method = await actions.own_account(work, session), Method.PASSKEY
        if form.answer:
            account = await signing_in.by_passkey(work, party_of(request), form.answer, browser)
        else:
            account, method = await signing_in.by_password(
                work, accounts, account.login or "", form.password, form.code, browser
            )
        if method is Method.PASSWORD:
            raise NotRecognised
        cookie = await signing_in.prove_anew(work, session, account, method, browser)
    response = leave_for(request, wanted(request))
    give_cookie(request, response, cookie, session.kind)
    return response
