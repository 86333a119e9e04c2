"""The registry of these screens, and what they share."""

from __future__ import annotations

from anlanh.access.accounts.signing_in import Accounts
from anlanh.access.rights.receipts import How
from anlanh.fhir.store.record import Record
from anlanh.services.privacy.model import KEEP_OWN_PRIVACY, OPEN_EMERGENCY, OVERSEE
from anlanh.web.request import Request
from anlanh.web.screens import Pages
from anlanh.web.texts import _

page = Pages("privacy", "anlanh.services.privacy")
page.in_menu(_("Privacy"), "/rieng-tu", "shield-check", KEEP_OWN_PRIVACY)
page.in_menu(_("Emergency access"), "/truy-cap-khan-cap", "siren", OPEN_EMERGENCY)
page.in_menu(_("Oversight"), "/giam-sat", "shield-alert", OVERSEE)

LONGEST_AGENT = 200


def record_of(request: Request) -> Record:
    """The record of the tenant."""
    return request.tool(Accounts).record


def how_of(request: Request, relation: str = "self") -> How:
    """In which way who is signed in agrees to something here."""
    agent = request.headers.get("user-agent", "")[:LONGEST_AGENT]
    return How("web", str(request.signed_in.method), request.network, agent, relation)


def purpose_of(request: Request) -> str:
    """Why a citizen acts: for themselves, or for somebody entrusted whose id the request names."""
    chosen = request.query_params.get("nguoi") or request.visit.typed.get("nguoi")
    return "FAMRQT" if chosen else "PATRQT"
