"""Find a person: one box for what is scanned, pasted or typed. Sent as a form, so that no address holds who was looked for."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from anlanh.services.record.actions import reading
from anlanh.services.record.model import FIND_PERSON, Found
from anlanh.services.record.pages.registry import page, record_of
from anlanh.web.request import Request


class FindForm(msgspec.Struct):
    """What was scanned or typed."""

    who: str = ""


@page.get("/ho-so", needs=FIND_PERSON)
async def find_form(request: Request) -> Response:
    """The box."""
    return _show(request, None)


@page.post("/ho-so", needs=FIND_PERSON, again=find_form)
async def find_person(request: Request, form: FindForm) -> Response:
    """Who it may be, as far as identifying them needs; each look is on their list. The only one found is opened at once."""
    async with request.begin(transaction=False) as work:
        found = await reading.find_people(work, record_of(request), form.who)
    if len(found) == 1 and found[0].open:
        return page.back_to(request, "record.overview", patient_id=found[0].id)
    return _show(request, found)


def _show(request: Request, found: list[Found] | None) -> Response:
    return page.show(request, "find.html", found=found)
