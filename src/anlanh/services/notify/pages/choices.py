"""How one wants to hear of messages: kinds and channels, and devices that are notified."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from anlanh.services.notify import rules
from anlanh.services.notify.actions import inbox
from anlanh.services.notify.actions.channels import push
from anlanh.services.notify.model import CHANNELS, CHOOSE_OWN, KINDS, READ_OWN
from anlanh.services.notify.pages.registry import page
from anlanh.services.notify.store import people
from anlanh.web.request import Request
from anlanh.web.texts import _


class ChoiceForm(msgspec.Struct):
    """What is on: `result.push` and so on."""

    on: list[str] = []


class DeviceForm(msgspec.Struct):
    """The PushSubscription of this device as JSON, and how it is called."""

    address: str
    device: str = ""


class GoneForm(msgspec.Struct):
    """The device that is not to be notified any more."""

    device: str


@page.get("/tin-nhan/cai-dat", needs=READ_OWN)
async def choices(request: Request) -> Response:
    """What is on, and for which devices."""
    async with request.begin(transaction=False) as work:
        off = await people.switched_off(work, inbox.me(work))
        devices = await people.devices(work, inbox.me(work))
    citizen = request.principal.role == "citizen"
    key = push.public_key(push.private_key(request.settings))
    return page.show(
        request, "choices.html", off=off, devices=devices, key=key, channels=CHANNELS,
        kinds={code: kind for code, kind in KINDS.items() if not kind.staff} if citizen else {},
        quiet=(f"{rules.QUIET_FROM:%H:%M}", f"{rules.QUIET_TO:%H:%M}"), outside=rules.OUTSIDE,
    )  # fmt: skip


@page.post("/tin-nhan/cai-dat", needs=CHOOSE_OWN, again=choices)
async def choose(request: Request, form: ChoiceForm) -> Response:
    """Have exactly this on. Safe to repeat."""
    async with request.begin() as work:
        await inbox.choose(work, form.on)
    return page.back_to(request, "notify.choices", said=_("Your choice is kept."))


@page.post("/tin-nhan/thiet-bi", needs=READ_OWN, again=choices)
async def subscribe(request: Request, form: DeviceForm) -> Response:
    """Notify this device. Safe to repeat."""
    async with request.begin() as work:
        await inbox.subscribe(work, form.address, form.device)
    return page.back_to(request, "notify.choices", said=_("This device is notified from now on."))


@page.post("/tin-nhan/thiet-bi/bo", needs=READ_OWN, again=choices)
async def unsubscribe(request: Request, form: GoneForm) -> Response:
    """Notify a device no more. Safe to repeat."""
    async with request.begin() as work:
        await people.unsubscribe(work, inbox.me(work), form.device)
    return page.back_to(request, "notify.choices", said=_("The device is not notified any more."))
