"""The review of apps: which wait, what they want, and the decision on each.

Source: Luật 91/2025/QH15 (who passes data on answers for it); RFC 7591 (5)
"""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from anlanh.access.oauth import clients, redirects, registration
from anlanh.access.oauth.model import Client, State
from anlanh.services.authorisation import rules
from anlanh.services.authorisation.model import REVIEW, Line, NoSuchChoice
from anlanh.services.authorisation.pages.registry import page
from anlanh.web.request import Request
from anlanh.web.texts import Text, _

page.in_menu(_("Review of apps"), "/ung-dung/xet-duyet", "file-check", REVIEW)

DECISIONS: dict[str, tuple[State, Text]] = {
    "approve": (State.APPROVED, _("The app may connect now.")),
    "refuse": (State.REFUSED, _("The app is refused.")),
    "block": (State.BLOCKED, _("The app is blocked. Its tokens count no more.")),
}


class DecisionForm(msgspec.Struct):
    """The app, the decision, why, and the scopes that it may have at the most."""

    client: str
    decision: str
    reason: str
    scopes: list[str] = []


@page.get("/ung-dung/xet-duyet", needs=REVIEW)
async def queue(request: Request) -> Response:
    """The apps that wait, and those that may connect."""
    async with request.begin(transaction=False) as work:
        waiting = await clients.of_state(work, State.PENDING)
        approved = await clients.of_state(work, State.APPROVED)
        blocked = await clients.of_state(work, State.BLOCKED)
    return page.show(
        request, "review.html", waiting=waiting, approved=approved, blocked=blocked, kinds=rules.KINDS,
        lines=_lines,
        hosts=lambda client: sorted({redirects.form_target(each) for each in client.redirect_uris}),
        grant_types=registration.grant_types,
    )  # fmt: skip


@page.post("/ung-dung/xet-duyet", needs=REVIEW, again=queue)
async def decide_on_app(request: Request, form: DecisionForm) -> Response:
    """Approve, refuse or block. Of the scopes listed only those ticked stay when it is approved for the first time."""
    if form.decision not in DECISIONS:
        raise NoSuchChoice
    state, said = DECISIONS[form.decision]
    async with request.begin() as work:
        client = await clients.find(work, form.client)
        first = client is not None and client.state is State.PENDING and state is State.APPROVED
        listed = {each.scope for each in _lines(client)} if client else set()
        kept = [each for each in client.scopes if each not in listed or each in form.scopes] if client else []
        await clients.decide(work, form.client, state, reason=form.reason[:500], scopes=kept if first else None)
    return page.back_to(request, "authorisation.queue", said=said)


def _lines(client: Client) -> list[Line]:
    return [*rules.resource_lines(client.scopes), *rules.plain_lines(client.scopes)]
