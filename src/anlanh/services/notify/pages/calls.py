"""Calls to many people: write, have approved, see how many have read; what could not be sent."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from anlanh.services.notify import rules
from anlanh.services.notify.actions import broadcasting
from anlanh.services.notify.model import APPROVE, BROADCAST, CHANNELS, OVERSEE_SENDING
from anlanh.services.notify.pages.registry import page, record_of
from anlanh.services.notify.store import deliveries
from anlanh.web.permission import allows
from anlanh.web.request import Request
from anlanh.web.texts import _

SHOWN = 50
STATES = {
    "written": (_("waits for approval"), "warn"),
    "approved": (_("being sent"), "note"),
    "refused": (_("refused"), "bad"),
    "sent": (_("sent"), "good"),
}


class CallForm(msgspec.Struct):
    """A call: heading, text, whom it is for. `station` empty: everywhere."""

    title: str
    text: str
    station: str = ""
    age_from: int = 0
    age_to: int = rules.OLDEST
    urgent: str = ""


class DecisionForm(msgspec.Struct):
    """Which call, and whether it is approved."""

    call: str
    approved: str = ""


class AgainForm(msgspec.Struct):
    """The delivery to try once more."""

    delivery: int


@page.get("/phat-tin", needs=BROADCAST)
async def calls(request: Request) -> Response:
    """The newest calls, and a form for a new one."""
    async with request.begin(transaction=False) as work:
        found = await broadcasting.newest(work)
        stations = await broadcasting.stations(work, record_of(request))
    role = request.signed_in.role
    return page.show(
        request, "calls.html", found=found, stations=stations, states=STATES, share=rules.share, oldest=rules.OLDEST,
        names=dict(stations), oversees=allows(OVERSEE_SENDING, role),
    )  # fmt: skip


@page.post("/phat-tin", needs=BROADCAST, again=calls)
async def write(request: Request, form: CallForm) -> Response:
    """Write a call; nothing is sent before somebody else approves it."""
    async with request.begin() as work:
        made = await broadcasting.write(
            work, form.title, form.text, form.station, (form.age_from, form.age_to), form.urgent == "yes"
        )
    said = _("Written. A colleague has to approve it before anybody is told.")
    return page.back_to(request, "notify.call", said=said, call_id=made)


@page.get("/phat-tin/tin/{call_id}", needs=BROADCAST)
async def call(request: Request) -> Response:
    """A call: what it says, for whom, who wrote and who decided, how many have read it."""
    return await _call(request, request.path_params["call_id"])


async def call_again(request: Request) -> Response:
    """The same after a decision that could not be taken."""
    return await _call(request, request.visit.typed.get("call", ""))


@page.post("/phat-tin/quyet-dinh", needs=APPROVE, again=call_again)
async def decide(request: Request, form: DecisionForm) -> Response:
    """Approve or refuse what somebody else wrote."""
    async with request.begin() as work:
        await broadcasting.decide(work, form.call, form.approved == "yes")
    said = _("Approved. People are told from now on.") if form.approved == "yes" else _("Refused; nobody is told.")
    return page.back_to(request, "notify.call", said=said, call_id=form.call)


@page.get("/phat-tin/gui", needs=OVERSEE_SENDING)
async def sending(request: Request) -> Response:
    """What goes out, what could not be sent, and in a demonstration what would have gone out."""
    async with request.begin(transaction=False) as work:
        counts = await deliveries.counts(work)
        dead = await deliveries.dead(work, SHOWN)
        sunk = await deliveries.sunk(work, SHOWN) if request.settings.demo else []
    return page.show(
        request, "sending.html", counts=counts, dead=dead, sunk=sunk, demo=request.settings.demo, channels=CHANNELS,
        states=rules.STATES,
    )  # fmt: skip


@page.post("/phat-tin/gui-lai", needs=OVERSEE_SENDING, again=sending)
async def send_again(request: Request, form: AgainForm) -> Response:
    """Try once more what could not be sent."""
    async with request.begin() as work:
        await broadcasting.revive(work, form.delivery)
    return page.back_to(request, "notify.sending", said=_("It is tried once more."))


async def _call(request: Request, call_id: str) -> Response:
    async with request.begin(transaction=False) as work:
        found = await broadcasting.one(work, call_id)
        names = dict(await broadcasting.stations(work, record_of(request)))
        mine = found.written_by == work.principal.subject
    return page.show(
        request, "call.html", call=found, state=STATES[found.state], names=names, share=rules.share,
        may_decide=found.state == "written" and not mine and allows(APPROVE, request.signed_in.role), mine=mine,
    )  # fmt: skip
