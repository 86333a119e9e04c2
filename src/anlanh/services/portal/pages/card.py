"""The emergency card: to show, to print, to open without network; and the choice of what it says."""

from __future__ import annotations

import msgspec
import segno
from markupsafe import Markup
from starlette.responses import Response

from anlanh.services.portal.actions import seeing
from anlanh.services.portal.model import BLOOD_GROUPS, CHOOSE_CARD, SEE_OWN
from anlanh.services.portal.pages.registry import CARD_DAYS, chosen, kept, looking_at, page, record_of
from anlanh.services.portal.rules import card as cards
from anlanh.services.record.api import Standing
from anlanh.web.request import Request
from anlanh.web.texts import _


class CardForm(msgspec.Struct):
    """What the card is to say, and of whom (empty: of oneself)."""

    lines: list[str] = []
    blood: str = ""
    contact: str = ""
    phone: str = ""
    nguoi: str = ""


@page.get("/the-cap-cuu", needs=SEE_OWN)
async def card(request: Request) -> Response:
    """The card."""
    async with looking_at(request) as work:
        whose = await seeing.whose(work, record_of(request), chosen(request))
        found, _chart, choice = await seeing.card(work, record_of(request), whose)
    shown = page.show(request, "card.html", whose=whose, card=found, chosen=choice, square=square(cards.square(found)))
    return kept(shown, CARD_DAYS)


@page.get("/the-cap-cuu/chon", needs=CHOOSE_CARD)
async def choice(request: Request) -> Response:
    """Choose what it says."""
    async with looking_at(request) as work:
        whose = await seeing.whose(work, record_of(request), chosen(request))
        found, chart, choice = await seeing.card(work, record_of(request), whose)
    problems = [each for each in chart.problems if each.standing is not Standing.OVER]
    medicines = [each for each in chart.medicines if each.active]
    return page.show(
        request, "choice.html", whose=whose, card=found, chosen=choice, problems=problems, medicines=medicines,
        groups=[("", request.text(_("not known"))), *((each, each) for each in BLOOD_GROUPS)],
    )  # fmt: skip


@page.post("/the-cap-cuu/chon", needs=CHOOSE_CARD, again=choice)
async def choose(request: Request, form: CardForm) -> Response:
    """Keep the choice. Safe to repeat."""
    wanted = cards.choose(form.lines, form.blood, form.contact, form.phone)
    async with looking_at(request, transaction=True) as work:
        whose = await seeing.whose(work, record_of(request), form.nguoi)
        await seeing.choose(work, record_of(request), whose, wanted)
    return page.go(request, f"/the-cap-cuu{whose.query}", said=_("The emergency card is kept."))


def square(text: str) -> Markup:
    """A QR code as a drawing in the page."""
    drawing = segno.make(text, error="m", micro=False).svg_inline(scale=4, omitsize=True, border=2, light="#fff")
    return Markup(drawing)  # noqa: S704  # drawn by the library out of squares; the text is not in it
