"""The registry of these screens, and what they share."""

from __future__ import annotations

from anlanh.access.accounts.signing_in import Accounts
from anlanh.fhir.store.record import Record
from anlanh.services.notify.model import BROADCAST, READ_OWN
from anlanh.web.request import Request
from anlanh.web.screens import Pages
from anlanh.web.texts import _

page = Pages("notify", "anlanh.services.notify")
page.in_menu(_("Messages"), "/tin-nhan", "inbox", READ_OWN)
page.in_menu(_("Calls to people"), "/phat-tin", "bell-ring", BROADCAST)


def record_of(request: Request) -> Record:
    """The record of the tenant."""
    return request.tool(Accounts).record
