"""The registry of these screens, and what they share: all of them look with the eyes of anybody."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

from anlanh.access.accounts.signing_in import Accounts
from anlanh.access.public import ANYBODY
from anlanh.fhir.store.record import Record
from anlanh.platform.work import Work
from anlanh.services.directory.model import Kind, Standing
from anlanh.web.permission import PUBLIC
from anlanh.web.request import Request
from anlanh.web.screens import Pages
from anlanh.web.texts import _

page = Pages("directory", "anlanh.services.directory")
page.in_menu(_("Directory"), "/danh-ba", "map-pin", PUBLIC)

KINDS = {
    Kind.HOSPITAL: _("Hospital"),
    Kind.CENTRE: _("Regional health centre"),
    Kind.STATION: _("Health station"),
    Kind.PHARMACY: _("Pharmacy"),
    Kind.CONTROL: _("Centre for disease control"),
}
STANDINGS = {
    Standing.VALID: (_("Licence valid"), "good"),
    Standing.EXPIRED: (_("Licence expired"), "bad"),
    Standing.TO_COME: (_("Licence not yet in force"), "bad"),
    Standing.MISSING: (_("No licence in the directory"), "bad"),
}
DAYS = (_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"))


def record_of(request: Request) -> Record:
    """The record of the tenant."""
    return request.tool(Accounts).record


def looking(request: Request) -> AbstractAsyncContextManager[Work]:
    """A unit of work with the eyes of anybody, whoever is signed in."""
    return request.begin(ANYBODY.purpose, transaction=False, by=ANYBODY)
