"""The screen on which somebody decides what an app may see.

FHIR: SMART App Launch 2.2, authorization decision
Source: Luật 91/2025/QH15 Điều 9; OAuth 2.0 Security Best Current Practice (RFC 9700)
"""

from __future__ import annotations

from urllib.parse import quote

import msgspec
from starlette.responses import Response

from anlanh.access.oauth import authorising, redirects, scopes
from anlanh.access.oauth import problems as oauth_problems
from anlanh.access.oauth.model import CONSENT, Asked, Client
from anlanh.access.oauth.patients import Choice
from anlanh.access.oauth.problems import ForSomebodyElse, MustAsk, NoScopeLeft, NoSuchApp, OAuthProblem, RequestSpent
from anlanh.services.authorisation import actions, rules
from anlanh.services.authorisation.model import DECIDE, NothingTicked
from anlanh.services.authorisation.pages.registry import authority_of, page
from anlanh.web.permission import PUBLIC
from anlanh.web.request import Request
from anlanh.web.screens import leave_for
from anlanh.web.site import STEP_UP

AT_ENDPOINT = {
    each.__name__: each
    for each in (
        NoSuchApp, ForSomebodyElse, RequestSpent, oauth_problems.WrongReturn, oauth_problems.NotInRequest,
        oauth_problems.TooManyPending,
    )
}  # fmt: skip
"""Problems of the endpoint of which nobody but the person can be told."""


ALL, TICKED = "allow-all", "allow"
"""Nothing is ticked beforehand: either somebody ticks what they allow, or says outright that they allow all of it."""


class ConsentForm(msgspec.Struct):
    """The request, what was decided, the scopes ticked, whose record, for how many days."""

    ma: str
    decision: str
    scopes: list[str] = []
    patient: str = ""
    days: int = rules.USUAL_DAYS


@page.get("/cho-phep", needs=DECIDE)
async def consent(request: Request) -> Response:
    """What an app asks for; or straight on, where all of it was allowed before and only that app can ask."""
    handle = request.query_params.get("ma") or request.visit.typed.get("ma", "")
    session, authority = request.signed_in, authority_of(request)
    async with request.begin() as work:
        client, asked = await authorising.waiting(work, handle, session)
        offered = authorising.offered(asked, session)
        if not offered:
            return leave_for(request, await authorising.deny(work, handle, session, request.own, NoScopeLeft()))
        if scopes.is_sensitive(offered) and session.assurance < 2 and asked.prompt != "none":
            return leave_for(request, f"{STEP_UP}?next={quote(f'{CONSENT}?ma={handle}')}")
        sought = request.query_params.get("tim", "")
        people = await actions.whose(work, authority, asked, session, sought)
        grant = await actions.known(work, asked, session) if request.method == "GET" else None
        certain = (
            not scopes.is_personal(offered) or asked.context.patient_ref or [each.own for each in people] == [True]
        )
        proved = not scopes.is_sensitive(offered) or session.assurance >= 2
        trusted = actions.is_trusted(client, asked) and proved
        if grant is not None and rules.may_be_silent(asked, trusted=trusted, certain=bool(certain)):
            location = await authorising.approve(
                work, handle, session, request.own, kept=offered, patient_ref=grant.context.patient_ref,
                until_at=grant.until_at,
            )  # fmt: skip
            return leave_for(request, location)
        if asked.prompt == "none":
            return leave_for(request, await authorising.deny(work, handle, session, request.own, MustAsk()))
    return _show(request, client, asked, offered, handle=handle, people=people, sought=sought)


@page.post("/cho-phep", needs=DECIDE, again=consent)
async def decide(request: Request, form: ConsentForm) -> Response:
    """Allow it, or not; then on to the app."""
    session, authority = request.signed_in, authority_of(request)
    async with request.begin() as work:
        if form.decision not in (ALL, TICKED):
            return leave_for(request, await authorising.deny(work, form.ma, session, request.own))
        _client, asked = await authorising.waiting(work, form.ma, session)
        offered = authorising.offered(asked, session)
        listed = {line.scope for line in rules.resource_lines(offered)}
        ticked = listed if form.decision == ALL else listed & set(form.scopes)
        if listed and not ticked:
            raise NothingTicked(expression="scopes")
        kept = scopes.chosen(offered, ticked)
        if scopes.is_sensitive(kept) and session.assurance < 2:
            return leave_for(request, f"{STEP_UP}?next={quote(f'{CONSENT}?ma={form.ma}')}")
        patient = await actions.checked_patient(work, authority, session, form.patient)
        location = await authorising.approve(
            work,
            form.ma,
            session,
            request.own,
            kept=kept,
            patient_ref=patient,
            until_at=authorising.until(work.at, form.days),
        )
    return leave_for(request, location)


@page.get("/cho-phep/loi", needs=PUBLIC)
async def refused(request: Request) -> Response:
    """What was wrong with a request, where people cannot be sent back to the app."""
    problem: type[OAuthProblem] = AT_ENDPOINT.get(request.query_params.get("ly_do", ""), NoSuchApp)
    facts = {"name": "…", "wanted": "…"} if problem is oauth_problems.NotInRequest else {}
    request.visit.problem = problem(**facts)
    return page.show(request, "refused.html")


def _show(
    request: Request, client: Client, asked: Asked, offered: tuple[str, ...], *, handle: str, people: list[Choice],
    sought: str,
) -> Response:  # fmt: skip
    target = redirects.form_target(asked.redirect_uri)
    return page.show(
        request, "consent.html", allow={"form-action": target}, client=client, handle=handle, people=people,
        sought=sought, staff=request.signed_in.role != "citizen", personal=scopes.is_personal(offered),
        launched=bool(asked.context.patient_ref), lines=rules.resource_lines(offered), plain=rules.plain_lines(offered),
        days=rules.days_to_choose(offered), usual=rules.USUAL_DAYS, target=target.partition("://")[2] or target,
        trusted=actions.is_trusted(client, asked),
    )  # fmt: skip
