"""Delegation: children by age, grown-ups by consent for a time; either side ends it."""

from __future__ import annotations

from datetime import date

import msgspec
from starlette.responses import Response

from anlanh.access.accounts.signing_in import Accounts
from anlanh.access.policy import rules as policy
from anlanh.access.relations import family
from anlanh.access.rights import choices, consents, kin
from anlanh.access.rights.choices import Choice, Kind
from anlanh.services.privacy.actions import own
from anlanh.services.privacy.model import ENTRUST, KEEP_OWN_PRIVACY
from anlanh.services.privacy.pages.chosen import ConsentForm
from anlanh.services.privacy.pages.registry import how_of, page, record_of
from anlanh.web.request import Request
from anlanh.web.texts import _


class EntrustForm(msgspec.Struct):
    """To whom one entrusts one's record, why, until when, and which sensitive categories beside the rest."""

    number: str
    name: str
    reason: str
    until: date
    categories: list[str] = []


@page.get("/rieng-tu/uy-quyen", needs=KEEP_OWN_PRIVACY)
async def delegation(request: Request) -> Response:
    """To whom one's record is open, and whose is open to oneself."""
    async with request.begin(transaction=False) as work:
        record = record_of(request)
        mine = await kin.trusted(work, record, work.principal.subject)
        others = await kin.entrusted(work, record)
        given = await consents.listed(work, record, work.principal.subject)
    made = [e for e in given if choices.kind_of(e) == Kind.DELEGATE and consents.in_force(e, request.now)]
    ages = {each.reference: kin.age(each.born, request.now) for each in others}
    return page.show(
        request, "delegation.html", mine=[each for each in mine if each.kind == "parent"], others=others, made=made,
        text_of=choices.text_of, ends_at=choices.ends_at, party_of=choices.party_of, ages=ages,
        shared_from=kin.SHARED_FROM, of_age=family.OF_AGE,
    )  # fmt: skip


@page.get("/rieng-tu/uy-quyen/moi", needs=ENTRUST)
async def entrust(request: Request) -> Response:
    """Entrust one's record to another grown-up."""
    return page.show(request, "entrust.html", categories=policy.load().categories)


@page.post("/rieng-tu/uy-quyen/moi", needs=ENTRUST, again=entrust)
async def entrust_to(request: Request, form: EntrustForm) -> Response:
    """In force at once; both are told. Safe to repeat."""
    async with request.begin(transaction=False) as work:
        await own.count_try(work, request.tool(Accounts))
    known = tuple(each for each in form.categories if each in policy.load().categories)
    wanted = Choice(Kind.DELEGATE, "", until=form.until, reason=form.reason[:200], categories=known)
    async with request.begin() as work:
        name = await own.entrust(work, record_of(request), form.number, form.name, wanted, how_of(request))
    return page.back_to(request, "privacy.delegation", said=_("{name} may see your record now.", name=name))


@page.post("/rieng-tu/uy-quyen/dung", needs=KEEP_OWN_PRIVACY, again=delegation)
async def end_delegation(request: Request, form: ConsentForm) -> Response:
    """End what one has entrusted. Safe to repeat."""
    async with request.begin() as work:
        await consents.withdraw(work, record_of(request), form.consent, how_of(request))
    return page.back_to(request, "privacy.delegation", said=_("The delegation has ended; both of you are told."))


@page.post("/rieng-tu/uy-quyen/tra-lai", needs=KEEP_OWN_PRIVACY, again=delegation)
async def give_back(request: Request, form: ConsentForm) -> Response:
    """Give back what somebody has entrusted to oneself."""
    async with request.begin() as work:
        await consents.give_back(work, record_of(request), form.consent, how_of(request, "delegate"))
    return page.back_to(request, "privacy.delegation", said=_("The delegation has ended; both of you are told."))
