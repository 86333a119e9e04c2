"""The registry of these screens."""

from __future__ import annotations

from anlanh.access.accounts.signing_in import Accounts
from anlanh.fhir.store.record import Record
from anlanh.services.exchange.model import IMPORT_FILES, WATCH_SENDERS
from anlanh.web.request import Request
from anlanh.web.screens import Pages
from anlanh.web.texts import _

page = Pages("exchange", "anlanh.services.exchange")
page.in_menu(_("Connected systems"), "/ket-noi", "network", WATCH_SENDERS)
page.in_menu(_("Import a spreadsheet"), "/nhap-tep", "upload", IMPORT_FILES)


def record_of(request: Request) -> Record:
    """The record of the tenant."""
    return request.tool(Accounts).record
