"""The registry of these screens, and what they share."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager

from anlanh.access.accounts.signing_in import Accounts
from anlanh.access.public import ANYBODY
from anlanh.fhir.store.record import Record
from anlanh.platform.work import Work
from anlanh.services.knowledge.model import WRITE, Heading, Kind
from anlanh.web.request import Request
from anlanh.web.screens import Pages
from anlanh.web.texts import Text, _

page = Pages("knowledge", "anlanh.services.knowledge")
page.in_menu(_("Health library"), "/kien-thuc", "book-open", WRITE)

KEPT_DAYS = 7

KINDS: Mapping[Kind, tuple[str, Text, str]] = {
    Kind.ILLNESS: ("benh", _("Illnesses"), "stethoscope"),
    Kind.FIRST_AID: ("so-cuu", _("First aid"), "siren"),
    Kind.CHILD: ("tre-em", _("Children"), "baby"),
    Kind.PREGNANCY: ("mang-thai", _("Pregnancy and birth"), "hand-heart"),
    Kind.NUTRITION: ("dinh-duong", _("Food and drink"), "leaf"),
    Kind.VACCINATION: ("tiem-chung", _("Vaccines"), "syringe"),
    Kind.MEDICINE: ("thuoc", _("Using medicines"), "pill"),
    Kind.TEST: ("xet-nghiem", _("Tests of blood and urine"), "flask-conical"),
    Kind.VISIT: ("di-kham", _("Going to the doctor"), "clipboard-list"),
}
"""Kinds of articles: the word in addresses, what they are called, an icon; in the order of the doors."""

BY_PATH = {path: kind for kind, (path, _title, _icon) in KINDS.items()}
DANGER = Heading.DANGER


def record_of(request: Request) -> Record:
    """The record of the tenant."""
    return request.tool(Accounts).record


def reading(request: Request, *, transaction: bool = False) -> AbstractAsyncContextManager[Work]:
    """A unit of work with the eyes of anybody, whoever is signed in."""
    return request.begin(ANYBODY.purpose, transaction=transaction, by=ANYBODY)
