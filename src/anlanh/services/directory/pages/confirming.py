"""What somebody of a facility confirms or corrects of its own entry."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from anlanh.services.directory import actions
from anlanh.services.directory.model import CONFIRM_ENTRY, Correction, NotYourFacility
from anlanh.services.directory.pages.registry import DAYS, page, record_of
from anlanh.services.directory.rules import confirming, hours
from anlanh.web.request import Request
from anlanh.web.texts import _


class EntryForm(msgspec.Struct):
    """Telephone and the hours of each day, Monday first, as typed; `version`: what was seen."""

    version: int
    phone: str = ""
    day0: str = ""
    day1: str = ""
    day2: str = ""
    day3: str = ""
    day4: str = ""
    day5: str = ""
    day6: str = ""


@page.get("/danh-ba/co-so/{facility_id}/xac-nhan", needs=CONFIRM_ENTRY)
async def own_entry(request: Request) -> Response:
    """The entry of one's own facility, to be confirmed."""
    facility_id = _own(request)
    async with request.begin(transaction=False) as work:
        found = await actions.facility(work, record_of(request), facility_id)
        _there, version = await actions.site(work, record_of(request), facility_id)
    week = [(DAYS[day], text.replace("–", "-")) for day, text in hours.by_day(found.hours)]
    return page.show(request, "confirm.html", facility=found, version=version, week=week)


@page.post("/danh-ba/co-so/{facility_id}/xac-nhan", needs=CONFIRM_ENTRY, again=own_entry)
async def confirm(request: Request, form: EntryForm) -> Response:
    """Confirmed, and corrected where something differs. Safe to repeat."""
    facility_id = _own(request)
    week = [form.day0, form.day1, form.day2, form.day3, form.day4, form.day5, form.day6]
    wanted = Correction(confirming.phone(form.phone), hours.read(week))
    async with request.begin() as work:
        await actions.confirm(work, record_of(request), facility_id, wanted, form.version)
    return page.back_to(request, "directory.facility", facility_id=facility_id, said=_("The entry is confirmed."))


def _own(request: Request) -> str:
    facility_id: str = request.path_params["facility_id"]
    if f"Organization/{facility_id}" not in request.principal.organizations:
        raise NotYourFacility
    return facility_id
