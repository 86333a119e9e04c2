"""“Hôm nay”: what needs me, and the doors to everything else."""

from __future__ import annotations

from starlette.responses import Response

from anlanh.services.portal.actions import seeing
from anlanh.services.portal.model import SEE_OWN
from anlanh.services.portal.pages.registry import kept, page, record_of
from anlanh.services.portal.rules import needs
from anlanh.web.request import Request

CARD = "/the-cap-cuu"


@page.get("/hom-nay", needs=SEE_OWN)
async def today(request: Request) -> Response:
    """The first page of a citizen. The emergency cards of the family are kept with it, before they are needed."""
    record = record_of(request)
    async with request.begin("PATRQT", transaction=False) as work:
        found = await seeing.day(work, record)
    async with request.begin("FAMRQT", transaction=False) as work:
        family = await seeing.family(work, record, found.me)
    now = request.now.astimezone(record.zone)
    waiting = needs.of(
        found.chart, found.visits[:2], family, found.unread, found.questions, request.now, now.date(),
        found.looked,
    )  # fmt: skip
    cards = [CARD, *(f"{CARD}{each.query}" for each, *_rest in family)]
    return kept(page.show(request, "today.html", me=found.me, needs=waiting, now=now), also=cards)
