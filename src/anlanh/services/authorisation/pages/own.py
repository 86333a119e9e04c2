"""One's own apps: which there are, what they may see, taking it back, and opening one.

FHIR: SMART App Launch 2.2, EHR launch
"""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from anlanh.access.oauth import redirects
from anlanh.access.oauth.model import Context
from anlanh.services.authorisation import actions
from anlanh.services.authorisation.model import OPEN_APPS
from anlanh.services.authorisation.pages.registry import authority_of, page
from anlanh.web.request import Request
from anlanh.web.screens import leave_for
from anlanh.web.texts import _


class AppForm(msgspec.Struct):
    """The app that is meant."""

    client: str


class LaunchForm(msgspec.Struct):
    """The app to open, and on what: `Patient/x`, `Encounter/y`, and what for, as agreed with the app."""

    client: str
    patient: str = ""
    encounter: str = ""
    intent: str = ""


@page.get("/ung-dung", needs=OPEN_APPS)
async def apps(request: Request) -> Response:
    """All of one's apps."""
    async with request.begin(transaction=False) as work:
        found = await actions.apps(work, authority_of(request), request.signed_in)
    targets = " ".join(sorted({redirects.form_target(each.launch_uri) for each in found.to_open if each.launch_uri}))
    return page.show(request, "apps.html", allow={"form-action": targets}, apps=found)


@page.post("/ung-dung/ngat", needs=OPEN_APPS, again=apps)
async def disconnect(request: Request, form: AppForm) -> Response:
    """Take back all that an app was allowed. It counts everywhere within seconds. Safe to repeat."""
    async with request.begin() as work:
        await actions.disconnect(work, request.signed_in, form.client)
    return page.back_to(request, "authorisation.apps", said=_("The app is disconnected. It sees nothing any more."))


@page.post("/oauth/launch", needs=OPEN_APPS, again=apps)
async def launch(request: Request, form: LaunchForm) -> Response:
    """Open an app on a record."""
    context = Context(form.patient, form.encounter, form.intent[:100])
    async with request.begin() as work:
        location = await actions.launch(
            work, authority_of(request), request.signed_in, form.client, context, request.own
        )
    return leave_for(request, location)
