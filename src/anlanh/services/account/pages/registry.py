"""The registry of these screens, and what they share: who is before the browser, and how a session reaches it."""

from __future__ import annotations

import secrets
from contextlib import AbstractAsyncContextManager
from urllib.parse import quote

from starlette.responses import Response

from anlanh.access.accounts import ledger, sessions, signing_in
from anlanh.access.accounts.ledger import Place
from anlanh.access.accounts.model import LIFETIMES, Account, Kind, Method
from anlanh.access.accounts.passkeys import Party
from anlanh.access.accounts.signing_in import SERVICE, Accounts, Browser
from anlanh.platform.work import OPERATIONS, Work
from anlanh.services.account import rules
from anlanh.web import cookies
from anlanh.web.request import Request, local
from anlanh.web.screens import Pages, leave_for

page = Pages("account", "anlanh.services.account")

START = "/bat-dau"
"""Where those go who wanted nothing else when they signed in."""


def accounts_of(request: Request) -> Accounts:
    """What signing in needs."""
    return request.tool(Accounts)


def place_of(request: Request) -> Place:
    """Where the request comes from."""
    return Place(rules.device_of(request.headers.get("user-agent", "")), request.network)


def browser_of(request: Request) -> Browser:
    """The browser that signs in: its secret is the visitor's cookie, which no other site can read."""
    return Browser(request.form_secret(), request.cookie(cookies.SESSION), place_of(request), device_of(request))


def party_of(request: Request) -> Party:
    """This site, as passkeys know it."""
    return Party(request.own)


def device_of(request: Request) -> str | None:
    """The number by which this device is known again, made when first asked for; None on a device that many share."""
    if request.visit.shared:
        return None
    known = request.cookie(cookies.DEVICE) or request.visit.device or secrets.token_urlsafe(24)
    request.visit.device = known
    return known


def before_sign_in(request: Request) -> AbstractAsyncContextManager[Work]:
    """A unit of work of signing in: nobody is signed in yet, and each statement stands alone."""
    return request.begin(OPERATIONS, transaction=False, by=SERVICE)


def wanted(request: Request) -> str:
    """Where somebody wanted to go before they had to sign in."""
    return local(request.query_params.get("next") or request.visit.typed.get("next"), START)


async def let_in(request: Request, work: Work, account: Account, method: Method, next_path: str) -> Response:
    """Open a session and go on. Staff who work in several places choose first: the page they go to sends them there.

    Raises:
        AccountClosed, NoAssignment: see `signing_in.admit`.
    """
    cookie = await signing_in.admit(work, accounts_of(request), account, method, browser_of(request))
    session = await sessions.of_cookie(work.connection, cookie, work.at)
    chosen = session is not None and session.role is not None
    response = leave_for(request, next_path if chosen else f"/chon-noi-lam-viec?next={quote(next_path)}")
    give_cookie(request, response, cookie, account.kind)
    if (device := device_of(request)) is not None:
        age_s = int(ledger.DEVICES_KEPT.total_seconds())
        cookies.put(response, cookies.DEVICE, device, secure=request.secure, max_age_s=age_s)
    return response


def give_cookie(request: Request, response: Response, cookie: str, kind: Kind) -> None:
    """Give the browser its session. That of staff goes when the browser is closed."""
    age = LIFETIMES[kind].whole if kind is Kind.CITIZEN else None
    cookies.put(
        response, cookies.SESSION, cookie, secure=request.secure, max_age_s=int(age.total_seconds()) if age else None
    )
