"""One's own keys: passkeys, password, and an app for codes. Each change asks for two factors within the last minutes."""

from __future__ import annotations

import asyncio

import msgspec
import segno
from markupsafe import Markup
from starlette.responses import Response

from anlanh.access.accounts import announcing, passkeys, passwords, persons, signing_in
from anlanh.access.accounts.model import Kind
from anlanh.access.accounts.problems import NoSuchThing
from anlanh.platform.work import OPERATIONS
from anlanh.services.account import actions, rules
from anlanh.services.account.model import MANAGE_KEYS
from anlanh.services.account.pages.registry import accounts_of, page, party_of, place_of
from anlanh.web.request import Request
from anlanh.web.texts import _


class NewKeyForm(msgspec.Struct):
    """A passkey that a device made, and the name of the device."""

    answer: str
    name: str = ""


class KeyForm(msgspec.Struct):
    """The passkey to take off."""

    passkey: int


class NewPasswordForm(msgspec.Struct):
    """A new password."""

    password: str


class TriedPasswordForm(msgspec.Struct):
    """A password while it is typed."""

    password: str = ""


class AppForm(msgspec.Struct):
    """The sealed secret that was shown, and the code that the app made of it."""

    sealed: str
    code: str


@page.get("/tai-khoan/khoa", needs=MANAGE_KEYS)
async def keys(request: Request) -> Response:
    """One's passkeys, password and app."""
    async with request.begin(OPERATIONS, transaction=False, by=signing_in.SERVICE) as work:
        found = await actions.overview(work, accounts_of(request), request.signed_in)
    party = party_of(request)
    return page.show(
        request, "keys.html", account=found, possible=party.possible, staff=request.signed_in.kind is Kind.STAFF
    )


@page.post("/tai-khoan/khoa/hoi", needs=MANAGE_KEYS)
async def ask_new_key(request: Request) -> Response:
    """What a device needs to make a passkey, as JSON."""
    session, accounts = request.signed_in, accounts_of(request)
    async with request.begin(OPERATIONS, transaction=False, by=signing_in.SERVICE) as work:
        account = await actions.own_account(work, session)
        title = await persons.name_of(work, accounts.record, session.person_ref) or "An Lành"
        question = await passkeys.offer_new(work, party_of(request), account, title, request.form_secret())
    return Response(question, media_type="application/json")


@page.post("/tai-khoan/khoa", needs=MANAGE_KEYS, again=keys)
async def add_key(request: Request, form: NewKeyForm) -> Response:
    """Keep a passkey."""
    place, accounts = place_of(request), accounts_of(request)
    async with request.begin(OPERATIONS, transaction=False, by=signing_in.SERVICE) as work:
        account = await actions.own_account(work, request.signed_in)
        made = await passkeys.accept(work, party_of(request), account, form.answer, request.form_secret())
        async with work.connection.transaction():
            await passkeys.keep(work, account, made, form.name or place.device)
            await announcing.happened(work, accounts.record, account, "passkey-added", place)
    return page.back_to(request, "account.keys", said=_("The passkey is kept. Use it to sign in from now on."))


@page.post("/tai-khoan/khoa/go", needs=MANAGE_KEYS, again=keys)
async def take_off_key(request: Request, form: KeyForm) -> Response:
    """Take a passkey off."""
    async with request.begin(OPERATIONS, by=signing_in.SERVICE) as work:
        await actions.take_off_passkey(work, accounts_of(request), request.signed_in, form.passkey, place_of(request))
    return page.back_to(request, "account.keys", said=_("The passkey is taken off."))


@page.post("/tai-khoan/mat-khau", needs=MANAGE_KEYS, again=keys)
async def change_password(request: Request, form: NewPasswordForm) -> Response:
    """Change one's password; only staff have one."""
    if request.signed_in.kind is not Kind.STAFF:
        raise NoSuchThing
    async with request.begin(OPERATIONS, by=signing_in.SERVICE) as work:
        await actions.set_password(work, accounts_of(request), request.signed_in, form.password, place_of(request))
    return page.back_to(request, "account.keys", said=_("The password is changed; other devices are signed out."))


@page.post("/tai-khoan/mat-khau/do-manh", needs=MANAGE_KEYS)
async def strength(request: Request, form: TriedPasswordForm) -> Response:
    """How strong a password is, while it is typed: a part of the page, or without script said by the page. Nothing is kept."""
    if request.signed_in.kind is not Kind.STAFF:
        raise NoSuchThing
    async with request.begin(OPERATIONS, transaction=False, by=signing_in.SERVICE) as work:
        account = await actions.own_account(work, request.signed_in)
    found = await asyncio.to_thread(passwords.strength, form.password, account.login)
    words = rules.of_strength(found)
    if not request.htmx:
        return page.back_to(request, "account.keys", said=words)
    return page.show(request, "strength.html", found=found, words=words)


@page.get("/tai-khoan/ung-dung", needs=MANAGE_KEYS)
async def app(request: Request) -> Response:
    """Show a new secret for an app. It is kept only after the app has shown a code of it; until then it is sealed in
    the form."""
    accounts = accounts_of(request)
    async with request.begin(OPERATIONS, transaction=False, by=signing_in.SERVICE) as work:
        account = await actions.own_account(work, request.signed_in)
    sealed = request.visit.typed.get("sealed", "")
    secret = accounts.vault.open(sealed.encode()) if sealed else passwords.new_totp()
    address = passwords.totp_address(secret, account.login or "An Lành")
    return page.show(request, "app.html", sealed=accounts.vault.close(secret).decode(), secret=secret, qr=qr(address))


@page.post("/tai-khoan/ung-dung", needs=MANAGE_KEYS, again=app)
async def add_app(request: Request, form: AppForm) -> Response:
    """Keep the secret of an app."""
    accounts = accounts_of(request)
    async with request.begin(OPERATIONS, transaction=False, by=signing_in.SERVICE) as work:
        account = await actions.own_account(work, request.signed_in)
        secret = accounts.vault.open(form.sealed.encode())
        async with work.connection.transaction():
            await passwords.add_totp(work, accounts.vault, account.id, secret, form.code)
            await announcing.happened(work, accounts.record, account, "app-added", place_of(request))
    return page.back_to(request, "account.keys", said=_("The app is set up. It is asked for with your password."))


def qr(text: str) -> Markup:
    """A QR code as a drawing in the page."""
    drawing = segno.make(text, error="m", micro=False).svg_inline(
        scale=4, omitsize=True, border=2, dark="#000", light="#fff"
    )
    return Markup(drawing)  # noqa: S704  # drawn by the library out of squares; the text is not in it
