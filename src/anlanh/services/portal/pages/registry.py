"""The registry of these screens, and what they share: whose record is meant, and what the browser may keep."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager

from starlette.responses import Response

from anlanh.access.accounts.signing_in import Accounts
from anlanh.fhir.store.record import Record
from anlanh.platform.work import Work
from anlanh.services.portal.model import SEE_OWN
from anlanh.web import offline
from anlanh.web.request import Request
from anlanh.web.screens import Pages
from anlanh.web.texts import _

page = Pages("portal", "anlanh.services.portal")
page.in_menu(_("Today"), "/hom-nay", "house", SEE_OWN)
page.in_menu(_("My record"), "/cua-toi", "heart-pulse", SEE_OWN)
page.in_menu(_("Emergency card"), "/the-cap-cuu", "siren", SEE_OWN)

KEPT_DAYS = 7
CARD_DAYS = 180


def record_of(request: Request) -> Record:
    """The record of the tenant."""
    return request.tool(Accounts).record


def chosen(request: Request) -> str:
    """The id of the person whose record the address or form names; empty: one's own."""
    return request.query_params.get("nguoi") or request.visit.typed.get("nguoi", "")


def looking_at(request: Request, *, transaction: bool = False) -> AbstractAsyncContextManager[Work]:
    """A unit of work on that record: for oneself, or for the family."""
    named = chosen(request)
    kin = bool(named) and f"Patient/{named}" != request.principal.subject
    return request.begin("FAMRQT" if kin else "PATRQT", transaction=transaction)


def kept(response: Response, days: int = KEPT_DAYS, also: Sequence[str] = ()) -> Response:
    """Let the browser of whoever looks keep the page, to open it without network."""
    return offline.keep(response, days=days, also=also)
