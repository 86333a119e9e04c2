"""Emergency access: find the person, say why, confirm; then what is needed first, for four hours."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from anlanh.access.relations import emergency
from anlanh.access.rights import oversight
from anlanh.services.privacy import rules
from anlanh.services.privacy.actions import staff
from anlanh.services.privacy.model import OPEN_EMERGENCY, SEE_EMERGENCY, Found, NotConfirmed
from anlanh.services.privacy.pages.registry import page, record_of
from anlanh.web.request import Request
from anlanh.web.texts import _

ETREAT = "ETREAT"


class FindForm(msgspec.Struct):
    """By what somebody is found; or whom (`person`, an id) and why their record is opened."""

    number: str = ""
    name: str = ""
    year: str = ""
    person: str = ""
    reason: str = ""
    sure: str = ""


@page.get("/truy-cap-khan-cap", needs=OPEN_EMERGENCY)
async def emergency_form(request: Request) -> Response:
    """Find somebody; and what one has open."""
    return await _show(request, None)


@page.post("/truy-cap-khan-cap", needs=OPEN_EMERGENCY, again=emergency_form)
async def emergency_find(request: Request, form: FindForm) -> Response:
    """Who it may be, as far as identifying them needs; each look is on their list."""
    async with request.begin(ETREAT) as work:
        found = await staff.find_person(work, record_of(request), form.number, form.name, form.year)
    return await _show(request, found)


@page.post("/truy-cap-khan-cap/mo", needs=OPEN_EMERGENCY, again=emergency_form)
async def emergency_open(request: Request, form: FindForm) -> Response:
    """Open the record; the citizen and the privacy officer are told at once."""
    if form.sure != "yes":
        raise NotConfirmed(expression="sure")
    async with request.begin(ETREAT) as work:
        made = await emergency.open_access(work, record_of(request), f"Patient/{form.person}", form.reason)
    return page.back_to(
        request, "privacy.emergency_summary", emergency_id=made.id,
        said=_("The record is open for four hours. The citizen has been told."),
    )  # fmt: skip


@page.get("/truy-cap-khan-cap/{emergency_id}", needs=SEE_EMERGENCY)
async def emergency_summary(request: Request) -> Response:
    """What is needed first of a record that one has opened."""
    async with request.begin(ETREAT, transaction=False) as work:
        found, person, items = await staff.opened(work, record_of(request), request.path_params["emergency_id"])
    groups = [
        (rules.TYPES[kind], [e for e in items if e.reference.startswith(f"{kind}/")]) for kind in rules.EMERGENCY_TYPES
    ]
    return page.show(
        request, "emergency_summary.html", found=found, person=person, groups=groups,
        left=rules.left(found.until, request.now),
    )  # fmt: skip


async def _show(request: Request, found: list[Found] | None) -> Response:
    async with request.begin(ETREAT, transaction=False) as work:
        mine = await oversight.own_emergencies(work)
    return page.show(
        request, "emergency.html", found=found, mine=[(each, rules.left(each.until, request.now)) for each in mine]
    )
