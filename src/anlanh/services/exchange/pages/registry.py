"""The registry of these screens, and what those of messages and of documents share."""

from __future__ import annotations

import msgspec

from anlanh.access.accounts.signing_in import Accounts
from anlanh.fhir.store.record import Record
from anlanh.services.exchange.model import IMPORT_FILES, WATCH_SENDERS
from anlanh.web.request import Request
from anlanh.web.screens import Pages
from anlanh.web.texts import Text, _

page = Pages("exchange", "anlanh.services.exchange")
page.in_menu(_("Connected systems"), "/ket-noi", "network", WATCH_SENDERS)
page.in_menu(_("Import a spreadsheet"), "/nhap-tep", "upload", IMPORT_FILES)

STATES: dict[str, tuple[Text, str]] = {
    "accepted": (_("waits"), "quiet"),
    "applied": (_("in the record"), "good"),
    "parked": (_("not taken"), "bad"),
    "duplicate": (_("came before"), "quiet"),
}
"""What became of a message, and how a badge shows it."""


class ReplayForm(msgspec.Struct):
    """A parked message or document, or all of a sender."""

    sender: str
    number: int = 0


def record_of(request: Request) -> Record:
    """The record of the tenant."""
    return request.tool(Accounts).record
