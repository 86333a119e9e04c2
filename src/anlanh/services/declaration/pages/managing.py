"""Forms for those who publish them: versions, posters, and how many have declared where."""

from __future__ import annotations

from typing import Any

import msgspec
import segno
from markupsafe import Markup
from starlette.datastructures import UploadFile
from starlette.responses import Response

from anlanh.access.identity import communes
from anlanh.services.declaration.actions import forms
from anlanh.services.declaration.model import COLOURS, MANAGE_FORMS, FormNotUsable
from anlanh.services.declaration.pages.registry import page, record_of
from anlanh.web.request import Request
from anlanh.web.texts import _


class PublishForm(msgspec.Struct):
    """A Questionnaire, or a Bundle with it and its PlanDefinition, as a file."""

    file: Any = None


class CloseForm(msgspec.Struct):
    """The form to close."""

    name: str


@page.get("/bieu-mau", needs=MANAGE_FORMS)
async def manage(request: Request) -> Response:
    """The forms that are open, and a place to publish another."""
    async with request.begin(transaction=False) as work:
        found = await forms.listed(work, record_of(request))
    return page.show(request, "manage.html", forms=found)


@page.post("/bieu-mau", needs=MANAGE_FORMS, again=manage)
async def publish(request: Request, form: PublishForm) -> Response:
    """Open a new form, or a new version of one. Safe to repeat."""
    if not isinstance(form.file, UploadFile):
        raise FormNotUsable(expression="file", why="no file was chosen")
    async with request.begin() as work:
        made = await forms.publish(work, record_of(request), await form.file.read())
    said = _("Version {version} is open. The one before is closed.", version=made.version)
    return page.back_to(request, "declaration.managed", form_name=made.name, said=said)


@page.get("/bieu-mau/{form_name}", needs=MANAGE_FORMS)
async def managed(request: Request) -> Response:
    """A form: its versions, and what was declared by day and commune."""
    async with request.begin(transaction=False) as work:
        record, name = record_of(request), request.path_params["form_name"]
        found = await forms.versions(work, record, name)
        counts = await forms.counts(work, record, name)
    return page.show(
        request,
        "managed.html",
        versions=found,
        name=name,
        counts=counts,
        colours=COLOURS,
        days=forms.COUNTED_DAYS,
        communes=communes.names_of_today(),
    )


@page.post("/bieu-mau/dong", needs=MANAGE_FORMS, again=manage)
async def close(request: Request, form: CloseForm) -> Response:
    """Close a form. Safe to repeat."""
    async with request.begin() as work:
        await forms.close(work, record_of(request), form.name)
    return page.back_to(request, "declaration.manage", said=_("The form is closed."))


@page.get("/bieu-mau/{form_name}/ap-phich", needs=MANAGE_FORMS)
async def poster(request: Request) -> Response:
    """A poster with the QR code of a form, to be printed."""
    async with request.begin(transaction=False) as work:
        found = await forms.opened(work, record_of(request), request.path_params["form_name"])
    address = f"{request.own}/khai-bao/{found.form.name}"
    return page.show(request, "poster.html", form=found.form, address=address, qr=qr(address))


def qr(address: str) -> Markup:
    """A QR code as a drawing in the page."""
    drawing = segno.make(address, error="q", micro=False).svg_inline(omitsize=True, border=2, dark="#000", light="#fff")
    return Markup(drawing)  # noqa: S704  # drawn by the library out of squares; the text is not in it
