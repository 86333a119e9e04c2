"""The record in plain words, of oneself or of somebody entrusted: each line says from where and when."""

from __future__ import annotations

from starlette.responses import Response

from anlanh.fhir.store.problems import NotFound
from anlanh.services.knowledge import api as knowledge
from anlanh.services.portal.actions import seeing
from anlanh.services.portal.model import SEE_OWN, Whose
from anlanh.services.portal.pages.registry import chosen, kept, looking_at, page, record_of
from anlanh.services.portal.rules import explaining, looking
from anlanh.services.portal.rules.days import day_of
from anlanh.services.record import api as records
from anlanh.services.record.api import Chart, Due, ReportLine, ResultLine, Section, Standing
from anlanh.web.request import Request
from anlanh.web.texts import _

DUES = {
    Due.OVERDUE: (_("past its day, still possible"), "warn"),
    Due.DUE: (_("may be given now"), "note"),
    Due.COMING: (_("to come"), "quiet"),
}
STANDINGS = {
    Standing.PRESENT: (_("present"), "note"),
    Standing.QUIET: (_("in remission"), "quiet"),
    Standing.OVER: (_("overcome"), "good"),
}


@page.get("/cua-toi", needs=SEE_OWN)
async def record(request: Request) -> Response:
    """The record at a glance, and doors to its parts."""
    return await _show(request, "record.html", Section.PROBLEMS, Section.MEASUREMENTS)


@page.get("/cua-toi/benh", needs=SEE_OWN)
async def problems(request: Request) -> Response:
    """Illnesses, allergies, procedures."""
    return await _show(request, "problems.html", Section.PROBLEMS, Section.PROCEDURES)


@page.get("/cua-toi/ket-qua", needs=SEE_OWN)
async def results(request: Request) -> Response:
    """The latest of each test and measurement, and reports; they have been looked at from now on."""
    record = record_of(request)
    async with looking_at(request) as work:
        whose = await seeing.whose(work, record, chosen(request))
        chart = await seeing.chart(work, record, whose, (Section.RESULTS, Section.MEASUREMENTS, Section.REPORTS))
        looked = await seeing.looked(work, whose)
        lines: list[ResultLine | ReportLine] = [each.latest for each in (*chart.results, *chart.measurements)]
        lines += chart.reports
        await seeing.note_look(work, whose, lines)
    today = request.now.astimezone(record.zone).date()
    fresh = {each.source.reference for each in lines if looking.is_new(each, looked, today)}
    return kept(page.show(request, "results.html", whose=whose, chart=chart, usual=explaining.usual, fresh=fresh))


@page.get("/cua-toi/dien-bien", needs=SEE_OWN)
async def course(request: Request) -> Response:
    """What one test is, how one's value lies, and its course. `ma`: `system|code`.

    Raises:
        NotFound: there is no such result in the record.
    """
    code = request.query_params.get("ma", "")
    async with looking_at(request) as work:
        whose = await seeing.whose(work, record_of(request), chosen(request))
        listed, _more = (
            await records.results_of(work, record_of(request), whose.id, code=code) if "|" in code else ((), "")
        )
        series = await records.series_of(work, record_of(request), whose.id, code) if listed else ()
        shelf = await knowledge.shelf(work, record_of(request))
        await seeing.note_look(work, whose, listed, code)
    if not listed:
        raise NotFound(type="Observation")
    drawn = [
        (each, [(day, point.number) for point in each.points if (day := day_of(point.on)) is not None])
        for each in series
    ]
    latest = listed[0]
    return kept(
        page.show(
            request, "course.html", whose=whose, listed=listed, latest=latest, drawn=drawn,
            what=explaining.what(latest.key), usual=explaining.usual, advice=explaining.ADVICE.get(latest.flag),
            article=shelf.for_key(latest.key),
        )
    )  # fmt: skip


@page.get("/cua-toi/tiem-chung", needs=SEE_OWN)
async def vaccinations(request: Request) -> Response:
    """Doses given and to come, of oneself and of one's children, on one page."""
    record = record_of(request)
    async with request.begin("PATRQT", transaction=False) as work:
        me = await seeing.whose(work, record)
        own = await seeing.chart(work, record, me, (Section.IMMUNIZATIONS,))
    async with request.begin("FAMRQT", transaction=False) as work:
        family = await seeing.vaccinations(work, record, me)
    people: list[tuple[Whose, Chart]] = [*family, (me, own)]
    return kept(page.show(request, "vaccinations.html", people=people, dues=DUES, Due=Due))


@page.get("/cua-toi/thuoc", needs=SEE_OWN)
async def medicines(request: Request) -> Response:
    """Medicines taken now and before."""
    return await _show(request, "medicines.html", Section.MEDICINES)


@page.get("/cua-toi/luot-kham", needs=SEE_OWN)
async def visits(request: Request) -> Response:
    """Appointments to come, and visits and stays that were."""
    async with looking_at(request) as work:
        whose = await seeing.whose(work, record_of(request), chosen(request))
        chart = await seeing.chart(work, record_of(request), whose, (Section.ENCOUNTERS,))
        coming = await seeing.appointments(work, record_of(request), whose)
    return kept(page.show(request, "visits.html", whose=whose, chart=chart, coming=coming))


@page.get("/cua-toi/giay-to", needs=SEE_OWN)
async def papers(request: Request) -> Response:
    """Papers."""
    return await _show(request, "papers.html", Section.DOCUMENTS)


@page.get("/cua-toi/giay-to/{document_id}", needs=SEE_OWN)
async def paper(request: Request) -> Response:
    """A paper: plain text as a page, everything else as a file to keep.

    Raises:
        NotFound: there is no such paper in the record, or not for whoever asks.
    """
    async with looking_at(request) as work:
        whose = await seeing.whose(work, record_of(request), chosen(request))
        found = await records.paper_of(work, record_of(request), whose.id, request.path_params["document_id"])
    if found.text:
        return kept(page.show(request, "paper.html", whose=whose, found=found))
    headers = {
        "content-disposition": "attachment", "cache-control": "no-store", "x-content-type-options": "nosniff",
        "content-security-policy": "sandbox; default-src 'none'",
    }  # fmt: skip
    return Response(found.content, media_type=found.media, headers=headers)


async def _show(request: Request, template: str, *sections: Section) -> Response:
    async with looking_at(request) as work:
        whose = await seeing.whose(work, record_of(request), chosen(request))
        chart = await seeing.chart(work, record_of(request), whose, sections)
        shelf = await knowledge.shelf(work, record_of(request))
    return kept(
        page.show(
            request, template, whose=whose, chart=chart, usual=explaining.usual, standings=STANDINGS, Standing=Standing,
            shelf=shelf,
        )
    )  # fmt: skip
