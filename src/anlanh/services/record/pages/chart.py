"""The record of one person: overview, timeline, each part whole, courses, papers, and where a line comes from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup
from starlette.responses import Response

from anlanh.fhir.store.problems import NotFound
from anlanh.services.knowledge import api as knowledge
from anlanh.services.record.actions import reading
from anlanh.services.record.model import SEE_RECORD, Chart, Due, Flag, Section, Standing
from anlanh.services.record.pages.registry import looking, page, patient_of, record_of
from anlanh.services.record.rules import foreign, lines, timeline, words
from anlanh.web.request import Request
from anlanh.web.texts import Text, _

TITLES: Mapping[Section, Text] = {
    Section.ALLERGIES: _("Allergies"),
    Section.PROBLEMS: _("Illnesses, diagnoses"),
    Section.MEDICINES: _("Medicines"),
    Section.IMMUNIZATIONS: _("Vaccinations"),
    Section.RESULTS: _("Test results"),
    Section.MEASUREMENTS: _("Measurements"),
    Section.REPORTS: _("Reports of examinations"),
    Section.ENCOUNTERS: _("Visits and stays"),
    Section.PROCEDURES: _("Procedures and operations"),
    Section.DOCUMENTS: _("Papers"),
    Section.CARE_TEAM: _("Who looks after them"),
}
FLAGS: Mapping[Flag, tuple[Text, str]] = {
    Flag.LOW: (_("low"), "warn"),
    Flag.HIGH: (_("high"), "warn"),
    Flag.CRITICAL: (_("critical"), "bad"),
    Flag.ABNORMAL: (_("not normal"), "warn"),
    Flag.POSITIVE: (_("positive"), "warn"),
}
"""What a result says beside its value, and how it is marked."""

STANDINGS: Mapping[Standing, Text] = {
    Standing.PRESENT: _("present"),
    Standing.QUIET: _("in remission"),
    Standing.OVER: _("overcome"),
}
DUES: Mapping[Due, tuple[Text, str]] = {
    Due.OVERDUE: (_("overdue"), "bad"),
    Due.DUE: (_("due now"), "warn"),
    Due.COMING: (_("to come"), "note"),
}
PERIODS: Mapping[str, tuple[Text, int]] = {
    "": (_("All the time"), 0),
    "1": (_("A year"), 1),
    "5": (_("5 years"), 5),
}
FIRST = 6
"""Lines of a card of the overview."""

MOST_PAGES = 20
WORDS = {
    "titles": TITLES, "flags": FLAGS, "standings": STANDINGS, "dues": DUES, "categories": lines.CATEGORIES,
    "genders": lines.GENDERS, "Section": Section, "age": lines.age, "instant": words.moment,
}  # fmt: skip


@page.get("/ho-so/{patient_id}", needs=SEE_RECORD)
async def overview(request: Request) -> Response:
    """What matters now, of all facilities."""
    chart, shelf = await _open(request)
    return page.show(request, "overview.html", chart=chart, shelf=shelf, first=FIRST, **words_of(request))


@page.get("/ho-so/{patient_id}/dong-thoi-gian", needs=SEE_RECORD)
async def events(request: Request) -> Response:
    """What happened, the latest first; filters are in the address."""
    asked = request.query_params
    kinds = {section for section in timeline.KINDS if section.value in asked.getlist("loai")}
    before = _day(asked.get("truoc", ""))
    years = PERIODS.get(asked.get("ky", ""), PERIODS[""])[1]
    today = request.now.astimezone(record_of(request).zone).date()
    since = _years_before(today, years).isoformat() if years else ""
    async with looking(request) as work:
        record = record_of(request)
        banner = await reading.open_banner(work, record, patient_of(request))
        found = await reading.open_timeline(
            work, record, banner.id, kinds=kinds, before=before, since=since, facility=asked.get("co-so", ""),
            language=request.visit.language,
        )  # fmt: skip
    kept = [(name, value) for name, value in asked.multi_items() if name != "truoc"]
    older = f"?{urlencode([*kept, ('truoc', found.before)])}" if found.before else ""
    return page.show(
        request, "timeline.html", banner=banner, found=found, kinds=timeline.KINDS, chosen=kinds, periods=PERIODS,
        period=asked.get("ky", ""), facility=asked.get("co-so", ""), older=older, **words_of(request),
    )  # fmt: skip


@page.get("/ho-so/{patient_id}/phan/{section}", needs=SEE_RECORD)
async def section(request: Request) -> Response:
    """One part, whole; `them` counts how many times as many lines as on the first screen."""
    try:
        wanted = Section(request.path_params["section"])
    except ValueError:
        raise NotFound(type="section") from None
    more = request.query_params.get("them", "1")
    times = min(int(more), MOST_PAGES) if more.isascii() and more.isdigit() and len(more) < 4 else 1
    chart, shelf = await _open(request, wanted, more=max(1, times))
    return page.show(
        request, "section.html", chart=chart, shelf=shelf, section=wanted, times=max(1, times), most=MOST_PAGES,
        **words_of(request),
    )  # fmt: skip


@page.get("/ho-so/{patient_id}/dien-bien", needs=SEE_RECORD)
async def course(request: Request) -> Response:
    """The course of one thing that is measured, as a drawing and a table. `ma`: `system|code`."""
    async with looking(request) as work:
        record = record_of(request)
        banner = await reading.open_banner(work, record, patient_of(request))
        code = request.query_params.get("ma", "")
        found = await reading.series_of(work, record, banner.id, code) if "|" in code else ()
        listed, _next = await reading.results_of(work, record, banner.id, code=code) if "|" in code else ((), "")
    if not listed:
        raise NotFound(type="Observation")
    return page.show(request, "course.html", banner=banner, found=found, listed=listed, **words_of(request))


@page.get("/ho-so/{patient_id}/nguon/{resource_type}/{resource_id}", needs=SEE_RECORD)
async def origin(request: Request) -> Response:
    """Why a line is here: which facility, which message, when, who changed it."""
    given = request.path_params
    async with looking(request) as work:
        record = record_of(request)
        banner = await reading.open_banner(work, record, patient_of(request))
        found = await reading.origin_of(work, record, banner.id, f"{given['resource_type']}/{given['resource_id']}")
    return page.show(request, "origin.html", banner=banner, found=found, **words_of(request))


@page.get("/ho-so/{patient_id}/giay-to/{document_id}", needs=SEE_RECORD)
async def paper(request: Request) -> Response:
    """A paper: plain text, and a FHIR document of another system, as a page; everything else, and with `goc` the original
    of that, as a file to keep."""
    async with looking(request) as work:
        record = record_of(request)
        banner = await reading.open_banner(work, record, patient_of(request))
        found = await reading.paper_of(work, record, banner.id, request.path_params["document_id"])
    if found.document is not None and "goc" not in request.query_params:
        fits = foreign.fits(found.document, banner.name, banner.born)
        return page.show(
            request, "foreign.html", banner=banner, found=found, fits=fits, safe=_markup, **words_of(request)
        )
    if not found.text:
        headers = {
            "content-disposition": "attachment", "cache-control": "no-store", "x-content-type-options": "nosniff",
            "content-security-policy": "sandbox; default-src 'none'",
        }  # fmt: skip
        return Response(found.content, media_type=found.media, headers=headers)
    return page.show(request, "paper.html", banner=banner, found=found, **words_of(request))


def _markup(html: str) -> Markup:
    return Markup(html)  # noqa: S704  # written anew by rules.narrative out of what it knows


async def _open(request: Request, *sections: Section, more: int = 1) -> tuple[Chart, knowledge.Shelf]:
    async with looking(request) as work:
        wanted = sections or reading.EVERY_SECTION
        chart = await reading.open_chart(work, record_of(request), patient_of(request), wanted, more=more)
        return chart, await knowledge.shelf(work, record_of(request))


def words_of(request: Request) -> dict[str, Any]:
    """The tables that every screen of a record needs."""
    return {**WORDS, "today": request.now.astimezone(record_of(request).zone).date()}


def _day(text: str) -> str:
    """A day of an address, or nothing."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return ""


def _years_before(day: date, years: int) -> date:
    return date(day.year - years, day.month, min(day.day, 28))
