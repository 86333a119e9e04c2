"""“Ai đã xem hồ sơ của tôi”: the list, what a line rests on, and questions about it."""

from __future__ import annotations

from urllib.parse import urlencode

import msgspec
from starlette.responses import Response

from anlanh.access.audit import inquiry
from anlanh.access.policy import rules as policy
from anlanh.services.privacy import rules
from anlanh.services.privacy.actions import own
from anlanh.services.privacy.model import KEEP_OWN_PRIVACY
from anlanh.services.privacy.pages.registry import page, purpose_of, record_of
from anlanh.web.request import Request
from anlanh.web.texts import _


class QuestionForm(msgspec.Struct):
    """A question about a line (number of its newest row) of the list of a person (empty: one's own)."""

    question: str
    line: int
    nguoi: str = ""


@page.get("/rieng-tu", needs=KEEP_OWN_PRIVACY)
async def start(request: Request) -> Response:
    """Where everything of this service begins for a citizen."""
    return page.show(request, "start.html")


@page.get("/rieng-tu/ai-da-xem", needs=KEEP_OWN_PRIVACY)
async def seen(request: Request) -> Response:
    """Who looked, of oneself or of somebody entrusted."""
    asked = request.query_params
    wanted = own.Asked(
        role=asked.get("vai", "") if asked.get("vai") in policy.load().roles else "",
        people_only=asked.get("may") == "0", own=asked.get("minh") == "1",
        period=asked.get("ky", "tat-ca"), place=asked.get("tu", ""),
    )  # fmt: skip
    async with request.begin(purpose_of(request), transaction=False) as work:
        whose = await own.whose(work, record_of(request), asked.get("nguoi", ""))
        found = await own.seen(work, record_of(request), whose, wanted)
    kept = [(name, value) for name, value in asked.items() if name != "tu" and value]
    following = f"/rieng-tu/ai-da-xem?{urlencode([*kept, ('tu', found.following)])}" if found.following else None
    return page.show(
        request, "seen.html", whose=whose, found=found, wanted=wanted, following=following, periods=rules.PERIODS,
        roles=policy.load().roles, relative=rules.RELATIVE,
    )  # fmt: skip


@page.get("/rieng-tu/can-cu", needs=KEEP_OWN_PRIVACY)
async def basis(request: Request) -> Response:
    """What a look rests on: a visit, an appointment, a consent."""
    asked = request.query_params
    async with request.begin(purpose_of(request), transaction=False) as work:
        whose = await own.whose(work, record_of(request), asked.get("nguoi", ""))
        found = await own.basis(work, record_of(request), asked.get("muc", ""))
    return page.show(request, "basis.html", whose=whose, found=found)


@page.get("/rieng-tu/thac-mac", needs=KEEP_OWN_PRIVACY)
async def question(request: Request) -> Response:
    """Ask about one line; it says until when the answer comes."""
    asked = {**request.visit.typed, **request.query_params}
    number = asked.get("line", "")
    async with request.begin(purpose_of(request), transaction=False) as work:
        record = record_of(request)
        whose = await own.whose(work, record, asked.get("nguoi", ""))
        line = await own.line(work, record, whose, int(number) if number.isdigit() and len(number) < 19 else 0)
    due = inquiry.due(request.now, record_of(request).zone)
    return page.show(request, "question.html", whose=whose, about=line, due=due, relative=rules.RELATIVE)


@page.post("/rieng-tu/thac-mac", needs=KEEP_OWN_PRIVACY, again=question)
async def ask(request: Request, form: QuestionForm) -> Response:
    """Open a case. Safe to repeat."""
    record = record_of(request)
    async with request.begin(purpose_of(request)) as work:
        whose = await own.whose(work, record, form.nguoi)
        await own.line(work, record, whose, form.line)
        made = await inquiry.ask(work, whose.reference, form.question, record.zone, form.line)
    said = _(
        "Your question is with the privacy officer. You have the answer by {day}.", day=f"{made.answer_by:%d/%m/%Y}"
    )
    path = "/rieng-tu/cau-hoi" + (f"?{urlencode({'nguoi': whose.id})}" if not whose.own else "")
    return page.go(request, path, said=said)


@page.get("/rieng-tu/cau-hoi", needs=KEEP_OWN_PRIVACY)
async def questions(request: Request) -> Response:
    """The questions asked, with their answers."""
    async with request.begin(purpose_of(request), transaction=False) as work:
        whose = await own.whose(work, record_of(request), request.query_params.get("nguoi", ""))
        cases = await inquiry.mine(work, whose.reference)
    return page.show(request, "questions.html", whose=whose, cases=cases)
