"""Summary and health book: as a page, as PDF, and the summary handed on by a sealed link. For staff and for citizens."""

from __future__ import annotations

import json

import msgspec
import segno
from markupsafe import Markup
from starlette.responses import JSONResponse, Response

from anlanh.access.accounts.signing_in import Accounts
from anlanh.services.record.actions import printing, reading, sharing, summing_up
from anlanh.services.record.model import HAND_ON, SUM_UP, Made, Sheet
from anlanh.services.record.pages.chart import words_of
from anlanh.services.record.pages.registry import looking, page, patient_of, record_of
from anlanh.web.permission import PUBLIC
from anlanh.web.request import Request
from anlanh.web.texts import _

DAYS = {1: _("One day"), 7: _("A week"), 30: _("A month")}
LONGEST_REQUEST = 4096


class ShareForm(msgspec.Struct):
    """For how many days, and a passcode or none."""

    days: int = 7
    passcode: str = ""


class EndForm(msgspec.Struct):
    """The link that is to end."""

    link: str


@page.get("/ho-so/{patient_id}/tom-tat", needs=SUM_UP)
async def summary(request: Request) -> Response:
    """The International Patient Summary as a page."""
    return _shown(request, await _summary(request), "tom-tat")


@page.get("/ho-so/{patient_id}/tom-tat/pdf", needs=SUM_UP)
async def summary_pdf(request: Request) -> Response:
    """The same as PDF."""
    return _printed(request, await _summary(request), "tom-tat-ho-so.pdf")


@page.get("/ho-so/{patient_id}/so-suc-khoe", needs=SUM_UP)
async def health_book(request: Request) -> Response:
    """The personal health record of QĐ 831 as a page."""
    return _shown(request, await _book(request), "so-suc-khoe")


@page.get("/ho-so/{patient_id}/so-suc-khoe/pdf", needs=SUM_UP)
async def health_book_pdf(request: Request) -> Response:
    """The same as PDF."""
    return _printed(request, await _book(request), "so-suc-khoe.pdf")


@page.get("/ho-so/{patient_id}/chia-se", needs=HAND_ON)
async def sharing_form(request: Request) -> Response:
    """Hand the summary on; and the links that are good."""
    return await _sharing(request, None)


@page.post("/ho-so/{patient_id}/chia-se", needs=HAND_ON, again=sharing_form)
async def share(request: Request, form: ShareForm) -> Response:
    """Make a link; its code is shown this once."""
    async with looking(request, transaction=True) as work:
        safe = request.tool(Accounts).vault
        made = await sharing.make(
            work, record_of(request), safe, patient_of(request), form.days, form.passcode, request.own
        )
    return await _sharing(request, made)


@page.post("/ho-so/{patient_id}/chia-se/thu-hoi", needs=HAND_ON, again=sharing_form)
async def end_sharing(request: Request, form: EndForm) -> Response:
    """End a link at once."""
    async with looking(request, transaction=True) as work:
        await sharing.end(work, record_of(request), patient_of(request), form.link)
    return page.back_to(request, "record.sharing_form", patient_id=patient_of(request), said=_("The link has ended."))


@page.answer("/tom-tat-suc-khoe/{token}", needs=PUBLIC)
async def manifest(request: Request) -> Response:
    """What the program of another hospital asks with a link: JSON in, JSON out."""
    asked = await _asked(request)
    recipient = str(asked.get("recipient", "")).strip()
    async with request.begin("TREAT", transaction=False, by=sharing.opener(recipient)) as work:
        safe = request.tool(Accounts).vault
        status, told = await sharing.answer(
            work, safe, request.path_params["token"], recipient, str(asked.get("passcode", ""))
        )
    headers = {
        "cache-control": "no-store",
        "access-control-allow-origin": "*",
        "cross-origin-resource-policy": "cross-origin",
    }
    return JSONResponse(told, status, headers)


async def _asked(request: Request) -> dict[str, object]:
    """The JSON that was sent; nothing where it is none, or too long."""
    if int(request.headers.get("content-length") or LONGEST_REQUEST + 1) > LONGEST_REQUEST:
        return {}
    try:
        found = json.loads(await request.body())
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


async def _summary(request: Request) -> Sheet:
    async with looking(request) as work:
        return await summing_up.sheet(work, record_of(request), patient_of(request))


async def _book(request: Request) -> Sheet:
    async with looking(request) as work:
        return await summing_up.health_book(work, record_of(request), patient_of(request))


def _shown(request: Request, sheet: Sheet, part: str) -> Response:
    return page.show(
        request, "sheet.html", sheet=sheet, banner=sheet.banner, part=part, own=_own(request), **words_of(request)
    )


def _printed(request: Request, sheet: Sheet, name: str) -> Response:
    headers = {"content-disposition": f'inline; filename="{name}"', "cache-control": "no-store"}
    return Response(printing.pdf(sheet, record_of(request).zone), media_type="application/pdf", headers=headers)


async def _sharing(request: Request, made: Made | None) -> Response:
    async with looking(request) as work:
        banner = await reading.open_banner(work, record_of(request), patient_of(request))
        links = await sharing.mine(work, record_of(request), patient_of(request))
    drawing = _code(made.text) if made else None
    return page.show(
        request, "share.html", banner=banner, links=links, made=made, drawing=drawing, days=DAYS, own=_own(request),
        **words_of(request),
    )  # fmt: skip


def _own(request: Request) -> bool:
    return request.principal.role == "citizen"


def _code(text: str) -> Markup:
    """The code as a drawing in the page."""
    drawing = segno.make(text, error="l", micro=False).svg_inline(
        scale=4, omitsize=True, border=4, dark="#000", light="#fff"
    )
    return Markup(drawing)  # noqa: S704  # drawn by the library out of squares; the text is not in it
