"""The registry of these screens, and what they share."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

from anlanh.access.accounts.signing_in import Accounts
from anlanh.fhir.store.record import Record
from anlanh.platform.work import Work
from anlanh.services.declaration.model import MANAGE_FORMS
from anlanh.web.permission import PUBLIC
from anlanh.web.request import Request
from anlanh.web.screens import Pages
from anlanh.web.texts import _

page = Pages("declaration", "anlanh.services.declaration")
page.in_menu(_("Health declaration"), "/khai-bao", "clipboard-list", PUBLIC)
page.in_menu(_("Forms"), "/bieu-mau", "file-check", MANAGE_FORMS)


def record_of(request: Request) -> Record:
    """The record of the tenant."""
    return request.tool(Accounts).record


def is_citizen(request: Request) -> bool:
    """Whether a citizen is signed in; everybody else declares as a guest."""
    return request.principal.role == "citizen"


def acting(request: Request, person: str, *, transaction: bool = False) -> AbstractAsyncContextManager[Work]:
    """A unit of work for oneself, or for somebody entrusted ("Patient/x")."""
    kin = is_citizen(request) and person not in ("", request.principal.subject)
    return request.begin("FAMRQT" if kin else None, transaction=transaction)
