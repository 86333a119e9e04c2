"""Reminders: of which day, of which doses and appointments, in which words. Pure.

Source: TT 38/2017/TT-BYT (children are called in by the calendar) [K]
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from anlanh.services.notify.api import Message
from anlanh.services.record.api import Awaited, Due

NOT_BEFORE = time(7)
"""By the clock of the province: a day's reminders are told from then on."""

CATCHES_UP = 7
"""Days for which reminders are still told after the server was down."""

AGAIN_AFTER = timedelta(days=31)
"""So long after its day a dose is called for once more: it is overdue then (30 days are grace)."""

WHERE = "Nơi tiêm: trạm y tế nơi đăng ký. Nhớ mang sổ tiêm chủng."
PAGE_OF_DOSES = "/cua-toi/tiem-chung"
PAGE_OF_VISITS = "/cua-toi/luot-kham"


def days_to_do(last: date | None, today: date) -> list[date]:
    """The days that have not had their reminders, the first one first; on the very first run only today.

    >>> days_to_do(date(2026, 11, 20), date(2026, 11, 22))
    [datetime.date(2026, 11, 21), datetime.date(2026, 11, 22)]
    """
    since = max(last + timedelta(days=1), today - timedelta(days=CATCHES_UP - 1)) if last else today
    return [since + timedelta(days=each) for each in range((today - since).days + 1)]


def due_days(days: Iterable[date]) -> dict[date, str]:
    """On which days a dose has to have come due to be told of now, and as what: "due", or "overdue"."""
    listed = list(days)
    return {each - AGAIN_AFTER: "overdue" for each in listed} | dict.fromkeys(listed, "due")


def of_doses(each: Awaited, told: str, days: Mapping[date, str]) -> list[Message]:
    """What "Patient/x" is told of the doses of one person: one message for all that came due on one day."""
    waiting = [dose for dose in each.doses if dose.standing is not Due.COMING and dose.due_on in days]
    found = []
    for day in dict.fromkeys(dose.due_on for dose in waiting):
        titles = ", ".join(f"{dose.title} (mũi {dose.dose})" for dose in waiting if dose.due_on == day)
        late = days[day] == "overdue"
        title = "Đã quá hẹn tiêm chủng" if late else "Đến hẹn tiêm chủng"
        words = f"{each.name}: {titles}, hẹn từ {day:%d/%m/%Y}. {WHERE}"
        anchor = "" if told == each.reference else f"#{each.reference.partition('/')[2]}"
        occasion = f"doses {each.reference} {day} {days[day]}"
        found.append(Message(told, "reminder", title, words, occasion, PAGE_OF_DOSES + anchor, each.reference))
    return found


def of_visit(appointment: Mapping[str, Any], whose: str, name: str, place: str, told: str, at: datetime) -> Message:
    """What "Patient/x" is told the day before an appointment of `whose`; `at` by the clock of the province. Moved to
    another time it is another occasion."""
    what = str(appointment.get("description", ""))
    words = " ".join(
        filter(None, (f"{name}: {at:%H:%M} ngày {at:%d/%m/%Y}.", place and f"{place}.", what and f"{what}."))
    )
    link = PAGE_OF_VISITS + ("" if told == whose else f"?nguoi={whose.partition('/')[2]}")
    reference = f"Appointment/{appointment['id']}"
    occasion = f"{reference} {appointment['start']} tomorrow"
    return Message(told, "appointment", "Ngày mai có lịch hẹn", words, occasion, link, whose, reference)


def people_in(appointment: Mapping[str, Any]) -> list[str]:
    """The "Patient/x" of an appointment."""
    actors = (str(each.get("actor", {}).get("reference", "")) for each in appointment.get("participant", ()))
    return [each for each in dict.fromkeys(actors) if each.startswith("Patient/")]
