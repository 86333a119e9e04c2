"""Oversight: what waits for the privacy officer, and the log."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import msgspec
from starlette.responses import Response

from anlanh.access.policy import rules as policy
from anlanh.access.rights import oversight, requests
from anlanh.access.rights.unusual import cases
from anlanh.services.privacy import rules
from anlanh.services.privacy.actions import staff
from anlanh.services.privacy.model import OVERSEE
from anlanh.services.privacy.pages.data import KINDS
from anlanh.services.privacy.pages.registry import page, record_of
from anlanh.web.request import Request
from anlanh.web.texts import _


class VerdictForm(msgspec.Struct):
    """What was found of an emergency."""

    emergency: str
    verdict: str


class AnswerForm(msgspec.Struct):
    """An answer to a question."""

    inquiry: str
    answer: str


class DemandForm(msgspec.Struct):
    """An answer to a request, or why its time is extended (`outcome` extended)."""

    demand: str
    outcome: str
    answer: str


class CaseForm(msgspec.Struct):
    """What becomes of a case of unusual looks, and why."""

    case: str
    state: str
    words: str = ""


class LogForm(msgspec.Struct):
    """What of the log is looked for."""

    since: date
    until: date
    number: str = ""
    actor: str = ""


@page.get("/giam-sat", needs=OVERSEE)
async def oversee(request: Request) -> Response:
    """Counters, and what waits, the most urgent first."""
    async with request.begin(transaction=False) as work:
        record = record_of(request)
        counters = await oversight.counters(work)
        emergencies = await staff.emergencies(work, record)
        questions = await staff.questions(work, record)
        demands = await staff.demands(work, record)
        unusual = await staff.unusual(work, record)
    return page.show(
        request, "oversee.html", counters=counters, emergencies=emergencies, questions=questions, demands=demands,
        now=request.now, kinds=KINDS, unusual=unusual, roles=policy.load().roles, reasons=rules.reasons,
        unusual_late=sum(case.noted_at < request.now - rules.CASE_WAITS for case, _who, _where in unusual),
    )  # fmt: skip


@page.post("/giam-sat/khan-cap", needs=OVERSEE, again=oversee)
async def give_verdict(request: Request, form: VerdictForm) -> Response:
    """Note the verdict on an emergency; the citizen is told."""
    async with request.begin() as work:
        await staff.review(work, record_of(request), form.emergency, form.verdict == "justified")
    return page.back_to(request, "privacy.oversee", said=_("The verdict is noted; the citizen is told."))


@page.get("/giam-sat/cau-hoi/{inquiry_id}", needs=OVERSEE)
async def inquiry_page(request: Request) -> Response:
    """A question with the access it is about."""
    return await _question(request, request.path_params["inquiry_id"])


async def inquiry_again(request: Request) -> Response:
    """The same after an answer that could not be taken."""
    return await _question(request, request.visit.typed.get("inquiry", ""))


@page.post("/giam-sat/cau-hoi", needs=OVERSEE, again=inquiry_again)
async def give_answer(request: Request, form: AnswerForm) -> Response:
    """Answer a question, once."""
    async with request.begin() as work:
        await staff.answer(work, record_of(request), form.inquiry, form.answer)
    return page.back_to(request, "privacy.oversee", said=_("The answer is with the citizen."))


@page.post("/giam-sat/yeu-cau", needs=OVERSEE, again=oversee)
async def answer_demand(request: Request, form: DemandForm) -> Response:
    """Answer a request, or extend its time once."""
    async with request.begin() as work:
        if form.outcome == "extended":
            await requests.extend(work, record_of(request), form.demand, form.answer)
        else:
            await requests.answer(work, record_of(request), form.demand, form.outcome, form.answer)
    return page.back_to(request, "privacy.oversee", said=_("The request is answered."))


@page.post("/giam-sat/bat-thuong", needs=OVERSEE, again=oversee)
async def decide_case(request: Request, form: CaseForm) -> Response:
    """Dismiss a case of unusual looks, open an inquiry, or end it."""
    async with request.begin() as work:
        await cases.decide(work, form.case, form.state, form.words)
    return page.back_to(request, "privacy.oversee", said=_("Noted, with the reason."))


@page.get("/giam-sat/nhat-ky", needs=OVERSEE)
async def log(request: Request) -> Response:
    """Look for something in the log."""
    return _log(request, None)


@page.post("/giam-sat/nhat-ky", needs=OVERSEE, again=log)
async def find_in_log(request: Request, form: LogForm) -> Response:
    """Rows of the log; that they were looked at is on the list of each person."""
    zone = record_of(request).zone
    since = datetime.combine(form.since, time.min, zone)
    until = datetime.combine(form.until, time.min, zone) + timedelta(days=1)
    async with request.begin() as work:
        found = await staff.log(work, record_of(request), form.number, form.actor, since, until)
    return _log(request, found)


def _log(request: Request, found: list[tuple[oversight.Line, str, str]] | None) -> Response:
    today = request.now.astimezone(record_of(request).zone).date()
    return page.show(
        request, "log.html", found=found, today=today.isoformat(), week_ago=(today - timedelta(days=7)).isoformat(),
        roles=policy.load().roles, purposes=rules.PURPOSES, deeds=rules.DEEDS, types=rules.TYPES, other=rules.OTHER,
        most=oversight.MOST_LINES, grounds={each.id: each for each in policy.load().rules},
    )  # fmt: skip


async def _question(request: Request, inquiry_id: str) -> Response:
    async with request.begin() as work:
        asked, person, line = await staff.question(work, record_of(request), inquiry_id)
    return page.show(request, "inquiry.html", asked=asked, person=person, line=line, relative=rules.RELATIVE)
