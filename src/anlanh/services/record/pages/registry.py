"""The registry of these screens, and what they share."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

from anlanh.access.accounts.signing_in import Accounts
from anlanh.fhir.store.record import Record
from anlanh.platform.work import Work
from anlanh.services.record.model import FIND_PERSON
from anlanh.web.request import Request
from anlanh.web.screens import Pages
from anlanh.web.texts import _

page = Pages("record", "anlanh.services.record")
page.in_menu(_("Health records"), "/ho-so", "contact", FIND_PERSON)


def record_of(request: Request) -> Record:
    """The record of the tenant."""
    return request.tool(Accounts).record


def patient_of(request: Request) -> str:
    """Whose record the address names."""
    return str(request.path_params["patient_id"])


def looking(request: Request, *, transaction: bool = False) -> AbstractAsyncContextManager[Work]:
    """A unit of work to look at that record: citizens look at their own, or at that of somebody entrusted."""
    who = request.principal
    kin = who.role == "citizen" and who.subject != f"Patient/{patient_of(request)}"
    return request.begin("FAMRQT" if kin else None, transaction=transaction)
