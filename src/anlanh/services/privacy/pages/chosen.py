"""Consent: what one hides, shares and agrees to, in force at once, each with its receipt."""

from __future__ import annotations

from datetime import date

import msgspec
from starlette.responses import Response

from anlanh.access.policy import rules as policy
from anlanh.access.rights import choices, consents, receipts, tables
from anlanh.access.rights.choices import Choice, Kind
from anlanh.access.rights.problems import NothingChosen
from anlanh.services.privacy.actions import own
from anlanh.services.privacy.model import KEEP_OWN_PRIVACY
from anlanh.services.privacy.pages.registry import how_of, page, record_of
from anlanh.web.request import Request
from anlanh.web.texts import _


class PurposeForm(msgspec.Struct):
    """A purpose that one agrees to."""

    purpose: str


class HideForm(msgspec.Struct):
    """What one hides: a sensitive category, or a part of the record."""

    what: str


class PartyForm(msgspec.Struct):
    """Whom one shuts out (`hide`) or lets in (`share`), and until when."""

    deed: str
    party: str
    until: date | None = None


class ConsentForm(msgspec.Struct):
    """The Consent to take back."""

    consent: str


@page.get("/rieng-tu/dong-y", needs=KEEP_OWN_PRIVACY)
async def consent(request: Request) -> Response:
    """Everything one has chosen, and may choose."""
    async with request.begin(transaction=False) as work:
        record = record_of(request)
        found = await consents.listed(work, record, work.principal.subject)
        kept = await receipts.of(work, work.principal.subject)
    now = [each for each in found if consents.in_force(each, request.now) and choices.kind_of(each) != Kind.DELEGATE]
    return page.show(
        request, "consent.html", purposes=tables.purposes(), categories=policy.load().categories, parts=choices.PARTS,
        now=now, on={choices.kind_of(each): each["id"] for each in now}, text_of=choices.text_of,
        ends_at=choices.ends_at, kind_of=choices.kind_of, receipts=kept,
    )  # fmt: skip


@page.post("/rieng-tu/dong-y/muc-dich", needs=KEEP_OWN_PRIVACY, again=consent)
async def agree(request: Request, form: PurposeForm) -> Response:
    """Agree to a purpose. Safe to repeat."""
    purpose = tables.purposes().get(form.purpose)
    if purpose is None or not purpose.asked:
        raise NothingChosen(expression="purpose")
    return await _choose(request, Choice(Kind.PURPOSE, purpose.code))


@page.post("/rieng-tu/dong-y/che", needs=KEEP_OWN_PRIVACY, again=consent)
async def hide(request: Request, form: HideForm) -> Response:
    """Hide a category or a part. Safe to repeat."""
    if form.what in policy.load().categories:
        return await _choose(request, Choice(Kind.HIDE_CATEGORY, form.what))
    if form.what in choices.PARTS:
        return await _choose(request, Choice(Kind.HIDE_PART, form.what))
    raise NothingChosen(expression="what")


@page.get("/rieng-tu/dong-y/co-so", needs=KEEP_OWN_PRIVACY)
async def party(request: Request) -> Response:
    """Find a facility or a doctor to shut out or to let in."""
    asked = {**request.query_params, **request.visit.typed}
    deed = "share" if asked.get("deed") == "share" else "hide"
    kind = "Practitioner" if deed == "share" and asked.get("loai") == "Practitioner" else "Organization"
    async with request.begin(transaction=False) as work:
        found = await own.parties(work, record_of(request), asked.get("tim", ""), kind)
    return page.show(request, "party.html", deed=deed, kind=kind, words=asked.get("tim", ""), found=found)


@page.post("/rieng-tu/dong-y/co-so", needs=KEEP_OWN_PRIVACY, again=party)
async def choose_party(request: Request, form: PartyForm) -> Response:
    """Shut out or let in. Safe to repeat."""
    async with request.begin(transaction=False) as work:
        name = await own.party(work, record_of(request), form.party)
    kind = Kind.SHARE if form.deed == "share" else Kind.HIDE_FACILITY
    return await _choose(request, Choice(kind, form.party, name, form.until))


@page.post("/rieng-tu/dong-y/rut", needs=KEEP_OWN_PRIVACY, again=consent)
async def take_back(request: Request, form: ConsentForm) -> Response:
    """Take back what one has chosen. Safe to repeat."""
    async with request.begin() as work:
        await consents.withdraw(work, record_of(request), form.consent, how_of(request))
    return page.back_to(request, "privacy.consent", said=_("Taken back. It counts from now on; the receipt is kept."))


async def _choose(request: Request, choice: Choice) -> Response:
    async with request.begin() as work:
        await consents.choose(work, record_of(request), choice, how_of(request))
    return page.back_to(request, "privacy.consent", said=_("Kept. It counts from now on; you can take it back here."))
