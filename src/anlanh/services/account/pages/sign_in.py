"""Signing in as a citizen: VNeID, a code by telephone, a card. And the way back from any provider."""

from __future__ import annotations

from urllib.parse import urlencode

import msgspec
from starlette.responses import Response

from anlanh.access.accounts import persons, sender, sessions, signing_in
from anlanh.access.accounts.model import Kind, Method
from anlanh.access.accounts.problems import NotRecognised
from anlanh.platform.work import OPERATIONS
from anlanh.services.account.model import DayNotUnderstood, PhoneNotUnderstood
from anlanh.services.account.pages.registry import (
    accounts_of,
    before_sign_in,
    browser_of,
    give_cookie,
    let_in,
    page,
    wanted,
)
from anlanh.web import cookies
from anlanh.web.permission import PUBLIC, SIGNED_IN
from anlanh.web.rendering import Renderer
from anlanh.web.request import Request, local
from anlanh.web.screens import leave_for
from anlanh.web.texts import _


class PhoneForm(msgspec.Struct):
    """A telephone number."""

    phone: str
    next: str = "/"


class CodeForm(msgspec.Struct):
    """The code that was sent, and who of the family it is."""

    ticket: str
    code: str
    born: str
    next: str = "/"


class CardForm(msgspec.Struct):
    """What a scanner reads off a card, and its PIN."""

    card: str
    pin: str
    next: str = "/"


@page.get("/dang-nhap", needs=PUBLIC)
async def start(request: Request) -> Response:
    """The ways to sign in; the commonest first."""
    accounts = accounts_of(request)
    return page.show(
        request,
        "sign_in.html",
        next=wanted(request),
        citizens=accounts.providers(Kind.CITIZEN),
        made_up=accounts.made_up,
    )


@page.get("/dang-nhap/qua/{provider}", needs=PUBLIC)
async def go_to_provider(request: Request) -> Response:
    """Send the browser to a provider of identity."""
    relying = accounts_of(request).provider(request.path_params["provider"])
    session = request.visit.session
    async with before_sign_in(request) as work:
        address = await relying.begin(
            work,
            redirect_uri=_return_address(request, relying.provider.id),
            browser=request.form_secret(),
            next_path=wanted(request),
            account_id=session.account_id if session and "lai" in request.query_params else None,
            hint=request.query_params.get("person", ""),
        )
    return leave_for(request, address)


@page.get("/dang-nhap/qua/{provider}/ve", needs=PUBLIC)
async def come_back(request: Request) -> Response:
    """Come back from a provider, signed in or not."""
    accounts, provider_id = accounts_of(request), request.path_params["provider"]
    answer = dict(request.query_params)
    browser = browser_of(request)
    async with before_sign_in(request) as work:
        proved = await signing_in.by_provider(
            work, accounts, provider_id, answer, _return_address(request, provider_id), browser
        )
        session = request.visit.session
        if proved.anew_id is None:
            return await let_in(request, work, proved.account, proved.method, proved.next)
        if session is None or session.account_id != proved.anew_id:
            raise NotRecognised
        cookie = await signing_in.prove_anew(work, session, proved.account, proved.method, browser)
    response = leave_for(request, proved.next)
    give_cookie(request, response, cookie, session.kind)
    return response


@page.get("/dang-nhap/dien-thoai", needs=PUBLIC)
async def phone(request: Request) -> Response:
    """Ask for the telephone number."""
    return page.show(request, "phone.html", next=wanted(request))


@page.post("/dang-nhap/dien-thoai", needs=PUBLIC, again=phone)
async def send_code(request: Request, form: PhoneForm) -> Response:
    """Send a code, if the number is one of the record; the next page is the same in any case."""
    number = persons.normal_phone(form.phone)
    if number is None:
        raise PhoneNotUnderstood(expression="phone")
    async with before_sign_in(request) as work:
        ticket = await signing_in.ask_code(work, accounts_of(request), number, browser_of(request))
        kept = await sender.kept(work, number) if accounts_of(request).shows_codes else None
    asked = {"ticket": ticket, "next": local(form.next)}
    response = leave_for(request, f"/dang-nhap/ma?{urlencode(asked)}")
    request.visit.to_say = _("Made up, for the demonstration: {text}", text=kept) if kept else None
    return response


@page.get("/dang-nhap/ma", needs=PUBLIC)
async def code(request: Request) -> Response:
    """Ask for the code and the date of birth."""
    ticket = request.query_params.get("ticket") or request.visit.typed.get("ticket", "")
    return page.show(request, "code.html", next=wanted(request), ticket=ticket)


@page.post("/dang-nhap/ma", needs=PUBLIC, again=code)
async def by_code(request: Request, form: CodeForm) -> Response:
    """Sign in with the code."""
    born = persons.read_day(form.born)
    if born is None:
        raise DayNotUnderstood(expression="born")
    async with before_sign_in(request) as work:
        account = await signing_in.by_code(
            work, accounts_of(request), form.ticket, form.code, born, browser_of(request)
        )
        return await let_in(request, work, account, Method.PHONE, wanted(request))


@page.get("/dang-nhap/the", needs=PUBLIC)
async def card(request: Request) -> Response:
    """Ask for the card and its PIN."""
    return page.show(request, "card.html", next=wanted(request))


@page.post("/dang-nhap/the", needs=PUBLIC, again=card)
async def by_card(request: Request, form: CardForm) -> Response:
    """Sign in with a card."""
    async with before_sign_in(request) as work:
        account = await signing_in.by_card(work, accounts_of(request), form.card, form.pin, browser_of(request))
        return await let_in(request, work, account, Method.CARD, wanted(request))


@page.get("/bat-dau", needs=SIGNED_IN)
async def begin(request: Request) -> Response:
    """Send somebody who has signed in to where people like them begin."""
    renderer: Renderer = request.scope["renderer"]
    return leave_for(request, renderer.start_of(request.signed_in))


@page.post("/dang-xuat", needs=SIGNED_IN)
async def sign_out(request: Request) -> Response:
    """Sign out here."""
    async with request.begin(OPERATIONS, by=signing_in.SERVICE) as work:
        await sessions.end(work, request.cookie(cookies.SESSION) or "")
    response = page.go(request, "/", said=_("You are signed out."))
    cookies.drop(response, cookies.SESSION, secure=request.secure)
    return response


def _return_address(request: Request, provider_id: str) -> str:
    return f"{request.own}/dang-nhap/qua/{provider_id}/ve"
