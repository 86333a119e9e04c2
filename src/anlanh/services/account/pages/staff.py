"""Signing in as staff: passkey, password with a code, one's organisation, a slip; and choosing where one works."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from anlanh.access.accounts import passkeys, sessions, signing_in
from anlanh.access.accounts.model import Kind, Method
from anlanh.platform.work import OPERATIONS
from anlanh.services.account import actions, rules
from anlanh.services.account.pages.registry import (
    accounts_of,
    before_sign_in,
    browser_of,
    give_cookie,
    let_in,
    page,
    party_of,
    wanted,
)
from anlanh.web.permission import PUBLIC, SIGNED_IN
from anlanh.web.request import Request
from anlanh.web.screens import leave_for


class PasswordForm(msgspec.Struct):
    """A login name, a password, and the code of an app where one has it."""

    login: str
    password: str
    code: str = ""
    next: str = "/"


class AnswerForm(msgspec.Struct):
    """What a device answered to the question for a passkey."""

    answer: str
    next: str = "/"


class SlipForm(msgspec.Struct):
    """The secret of a slip."""

    slip: str


class PlaceForm(msgspec.Struct):
    """The assignment to work in."""

    assignment: int
    next: str = "/"


@page.get("/dang-nhap/nhan-vien", needs=PUBLIC)
async def staff(request: Request) -> Response:
    """The ways for staff."""
    accounts = accounts_of(request)
    return page.show(
        request, "staff.html", next=wanted(request), providers=accounts.providers(Kind.STAFF),
        passkeys=party_of(request).possible,
    )  # fmt: skip


@page.post("/dang-nhap/nhan-vien", needs=PUBLIC, again=staff)
async def by_password(request: Request, form: PasswordForm) -> Response:
    """Sign in with a password."""
    async with before_sign_in(request) as work:
        account, method = await signing_in.by_password(
            work, accounts_of(request), form.login, form.password, form.code, browser_of(request)
        )
        return await let_in(request, work, account, method, wanted(request))


@page.post("/dang-nhap/khoa/hoi", needs=PUBLIC)
async def ask_passkey(request: Request) -> Response:
    """The question for a passkey, as JSON."""
    async with before_sign_in(request) as work:
        question = await passkeys.offer_use(work, party_of(request), request.form_secret())
    return Response(question, media_type="application/json")


@page.post("/dang-nhap/khoa", needs=PUBLIC, again=staff)
async def by_passkey(request: Request, form: AnswerForm) -> Response:
    """Sign in with a passkey; citizens too."""
    async with before_sign_in(request) as work:
        account = await signing_in.by_passkey(work, party_of(request), form.answer, browser_of(request))
        return await let_in(request, work, account, Method.PASSKEY, wanted(request))


@page.get("/phieu", needs=PUBLIC)
async def slip(request: Request) -> Response:
    """Ask before a slip is spent, so that a preview of its address does not spend it."""
    return page.show(request, "slip.html", slip=request.query_params.get("ma", ""))


@page.post("/phieu", needs=PUBLIC, again=slip)
async def by_slip(request: Request, form: SlipForm) -> Response:
    """Sign in with a slip, and go on to set up a way to sign in."""
    async with before_sign_in(request) as work:
        account = await signing_in.by_slip(work, accounts_of(request), form.slip, browser_of(request))
        return await let_in(request, work, account, Method.RECOVERY, "/tai-khoan/khoa")


@page.get("/chon-noi-lam-viec", needs=SIGNED_IN)
async def choose_place(request: Request) -> Response:
    """Where and in which role one works now."""
    async with request.begin(OPERATIONS, transaction=False, by=signing_in.SERVICE) as work:
        found = await actions.workplaces(work, accounts_of(request), request.signed_in)
    options = [
        (str(each.assignment.id), request.text(rules.role_title(each.assignment.role)), each.name) for each in found
    ]
    return page.show(request, "choose_place.html", next=wanted(request), options=options)


@page.post("/chon-noi-lam-viec", needs=SIGNED_IN, again=choose_place)
async def work_at(request: Request, form: PlaceForm) -> Response:
    """Work there from now on."""
    async with request.begin(OPERATIONS, by=signing_in.SERVICE) as work:
        cookie = await sessions.act_as(work, request.signed_in, form.assignment)
    response = leave_for(request, wanted(request))
    give_cookie(request, response, cookie, request.signed_in.kind)
    return response
