"""What needs somebody today, in the order of how much it does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from anlanh.access.audit.inquiry import Inquiry
from anlanh.services.portal.model import Need, Visit, Whose
from anlanh.services.portal.rules import explaining, looking
from anlanh.services.portal.rules.days import day_of
from anlanh.services.portal.rules.looking import Looked
from anlanh.services.record.api import Chart, Due, Flag, ResultLine
from anlanh.web.texts import Text, _

SOON_DAYS = 14
RUNS_OUT_DAYS = 7
TONES = ("warn", "note")


def of(
    chart: Chart, visits: Iterable[Visit], family: Sequence[tuple[Whose, Chart, Looked]], unread: int,
    questions: Iterable[Inquiry], at: datetime, today: date, looked: Looked,
) -> list[Need]:  # fmt: skip
    """All of it. `chart`: one's own; `family`: the charts of one's children, and up to where their results were looked at;
    `looked`: at one's own."""
    found = [
        *_visits(visits, at),
        *_doses("", "", chart),
        *(need for whose, each, _seen in family for need in _doses(whose.name, whose.id, each)),
        *_medicines(chart, today),
        *_results(None, chart, looked, today),
        *(need for whose, each, seen in family for need in _results(whose, each, seen, today)),
        *_unread(unread),
        *_answers(questions, at),
    ]
    return sorted(found, key=lambda each: TONES.index(each.tone))


def _visits(visits: Iterable[Visit], at: datetime) -> Iterable[Need]:
    for each in visits:
        tone = "warn" if each.at - at < timedelta(days=SOON_DAYS) else "note"
        said = _("Appointment: {what}, {moment}", what=each.title, moment=f"{each.at:%H:%M %d/%m/%Y}")
        yield Need(said, each.place, "", "calendar-check", tone)


def _doses(name: str, patient_id: str, chart: Chart) -> Iterable[Need]:
    waiting = [each for each in chart.due if each.standing is not Due.COMING]
    if not waiting:
        return
    titles = ", ".join(dict.fromkeys(each.title for each in waiting))
    title = (
        _("Vaccination of {name}: {count} due", name=name, count=len(waiting))
        if name
        else _("Vaccinations due: {count}", count=len(waiting))
    )
    anchor = f"#{patient_id}" if patient_id else ""
    yield Need(title, titles, f"/cua-toi/tiem-chung{anchor}", "syringe", "warn")


def _medicines(chart: Chart, today: date) -> Iterable[Need]:
    for medicine in chart.medicines:
        ends = [day for each in medicine.lines if each.active and (day := day_of(each.until)) is not None]
        left = (max(ends) - today).days if ends else RUNS_OUT_DAYS + 1
        if 0 <= left <= RUNS_OUT_DAYS:
            said = _("{medicine} lasts {days} more days", medicine=medicine.title, days=left)
            yield Need(said, medicine.lines[0].source.facility, "/cua-toi/thuoc", "pill", "warn")


def _results(whose: Whose | None, chart: Chart, looked: Looked, today: date) -> Iterable[Need]:
    """New results, one's own (`whose`: None) or a child's: in one tap the only one of them, or the list."""
    new = [each.latest for each in chart.results if looking.is_new(each.latest, looked, today)]
    if not new:
        return
    titles = ", ".join(each.title for each in new[:4])
    page = "/cua-toi/dien-bien" if len(new) == 1 else "/cua-toi/ket-qua"
    asked = ({"ma": new[0].key} if len(new) == 1 else {}) | ({"nguoi": whose.id} if whose else {})
    href = f"{page}?{urlencode(asked)}" if asked else page
    yield Need(_news(new), titles, href, "flask-conical", "note", whose.name if whose else "")


def _news(new: Sequence[ResultLine]) -> Text:
    outside = sum(each.flag is not Flag.NORMAL for each in new)
    if outside:
        return _("{count} new results, {outside} outside the usual range", count=len(new), outside=outside)
    if all(explaining.usual(each) for each in new):
        return _("{count} new results, all in the usual range", count=len(new))
    return _("{count} new results", count=len(new))


def _unread(count: int) -> Iterable[Need]:
    if count:
        yield Need(_("{count} messages that you have not read", count=count), "", "/tin-nhan", "mail", "note")


def _answers(questions: Iterable[Inquiry], at: datetime) -> Iterable[Need]:
    listed = list(questions)
    answered = [each for each in listed if each.answered_at and at - each.answered_at < timedelta(days=SOON_DAYS)]
    waiting = [each for each in listed if each.answered_at is None]
    if answered:
        yield Need(_("Your question was answered"), answered[0].question, "/rieng-tu/cau-hoi", "circle-help", "note")
    elif waiting:
        said = _("Your question will be answered by {day}", day=f"{waiting[0].answer_by:%d/%m/%Y}")
        yield Need(said, waiting[0].question, "/rieng-tu/cau-hoi", "circle-help", "note")
