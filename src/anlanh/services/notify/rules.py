"""Decisions of this service: when which channel, what may be read on a locked screen, who is told. Pure.

Source: the ladder follows NHS App messages (falls back when unread); quiet hours 21:00-06:00
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from anlanh.access.rights.notices import KIND_SYSTEM
from anlanh.services.notify.model import (
    CHANNELS,
    EMAIL,
    KINDS,
    OTHER_KIND,
    PUSH,
    SMS,
    ZALO,
    AgesWrong,
    Entered,
    Kind,
    Letter,
    Message,
    NothingToSay,
    Step,
    UnknownKind,
)
from anlanh.web.texts import Text, _

NAMES = uuid.UUID("a3a0d2c2-3f7a-4f3c-8f0e-6d5f9a8e2b41")
CATEGORY = "http://terminology.hl7.org/CodeSystem/communication-category"

LADDER: Mapping[str, tuple[Step, ...]] = {
    "routine": (Step(PUSH, timedelta(0)), Step(EMAIL, timedelta(hours=24))),
    "asap": (Step(PUSH, timedelta(0)), Step(EMAIL, timedelta(hours=1)), Step(ZALO, timedelta(hours=3)), Step(SMS, timedelta(hours=12))),
    "urgent": (Step(PUSH, timedelta(0)), Step(ZALO, timedelta(minutes=5)), Step(SMS, timedelta(minutes=15))),
}  # fmt: skip
"""By priority: the inbox at once, then these, the cheapest first, each only when the message is still unread."""

QUIET_FROM, QUIET_TO = time(21), time(6)
"""Hours of the night in which only what is urgent rings."""

FRESH = timedelta(days=3)
"""What happened longer ago is history: it is read in, not told."""

PAUSES = tuple(timedelta(seconds=each) for each in (30, 120, 600, 3600, 6 * 3600))
"""After each try that a passing fault ended; after the last one the delivery is set aside (dead)."""

HELD_FOR = timedelta(minutes=5)
"""So long a try may take. What was taken longer ago belonged to a process that is gone: nobody knows whether it went out,
so it is not sent again; the next rung follows."""

STATES: Mapping[str, Text] = {
    "waiting": _("planned"),
    "sending": _("being sent"),
    "sent": _("sent"),
    "spared": _("not needed: read before"),
    "off": _("not sent: switched off"),
    "absent": _("not sent: no address known"),
    "refused": _("refused by the channel"),
    "dead": _("could not be sent"),
    "unsure": _("interrupted: may have been sent"),
}
"""What may become of a delivery."""

OUTSIDE = "Ông/bà có tin mới từ An Lành."
"""All that is ever said outside of the inbox: nothing about a person, no name of a test."""

REPORTS: Mapping[str, tuple[str, str]] = {
    "final": ("Có kết quả mới", "Kết quả mới đã có trong hồ sơ của {name}. Bấm để xem."),
    "amended": ("Kết quả đã được sửa", "Một kết quả trong hồ sơ của {name} đã được sửa. Hãy xem bản mới."),
    "corrected": ("Kết quả đã được đính chính", "Một kết quả trong hồ sơ của {name} đã được đính chính. Hãy xem bản mới."),
    "appended": ("Kết quả có phần bổ sung", "Một kết quả trong hồ sơ của {name} có thêm phần mới. Bấm để xem."),
}  # fmt: skip
"""What is told of a DiagnosticReport by its status; of other statuses nothing."""

RESULT_PAGE = "/cua-toi/ket-qua"
"""Where a person sees results; `?nguoi=` names somebody entrusted, where it is not one's own."""

OLDEST = 130


def id_of(person: str, occasion: str) -> str:
    """The id of the one message for a person and an occasion."""
    return str(uuid.uuid5(NAMES, f"{person} {occasion}"))


def kind_of(code: str) -> Kind:
    """A kind of messages.

    Raises:
        UnknownKind: there is none of that code.
    """
    if code not in KINDS:
        raise UnknownKind(kind=code[:40], known=", ".join(KINDS))
    return KINDS[code]


def resource(message: Message, sent: str) -> dict[str, Any]:
    """The Communication that holds a message; `sent` as a FHIR instant. Pure."""
    payload: list[dict[str, Any]] = [{"contentString": message.text}]
    if message.link:
        payload.append({"contentAttachment": {"contentType": "text/html", "url": message.link, "title": message.title}})
    found: dict[str, Any] = {
        "resourceType": "Communication",
        "status": "completed",
        "category": [
            {"coding": [{"system": CATEGORY, "code": "notification"}]},
            {"coding": [{"system": KIND_SYSTEM, "code": message.kind}]},
        ],
        "priority": message.priority or kind_of(message.kind).priority,
        **_subject(message),
        "topic": {"text": message.title},
        "sent": sent,
        "recipient": [{"reference": message.person}],
        "payload": payload,
    }
    return found | {"about": [{"reference": message.focus}]} if message.focus else found


def _subject(message: Message) -> dict[str, Any]:
    """The person who is told; of what a facility is told, the one whom it is about, if anybody."""
    whose = message.person if message.person.startswith("Patient/") else message.about
    return {"subject": {"reference": whose}} if whose else {}


def inboxes_of(subject: str, organizations: Sequence[str]) -> tuple[str, ...]:
    """Whose inboxes somebody reads: a citizen their own, who works their own and the one of the facility.

    >>> inboxes_of("Patient/a", ()), inboxes_of("Practitioner/b", ("Organization/station",))
    (('Patient/a',), ('Practitioner/b', 'Organization/station'))
    """
    return (subject,) if subject.startswith("Patient/") else (subject, *organizations[:1])


def recipient(communication: Mapping[str, Any]) -> str:
    """The one person ("Patient/x") whom a Communication tells something; empty where it is none of ours to bring: not
    completed, to several, or written by that person. Staff ("Practitioner/x") are told so of their account, and of
    nobody's data."""
    people = [str(each.get("reference", "")) for each in communication.get("recipient", ())]
    if communication.get("status") != "completed" or len(people) != 1:
        return ""
    of_account = people[0].startswith("Practitioner/") and kind_in(communication) == "account"
    if not people[0].startswith("Patient/") and (not of_account or communication.get("subject")):
        return ""
    sender = communication.get("sender", {}).get("reference")
    return "" if sender == people[0] or not communication.get("sent") else people[0]


def kind_in(communication: Mapping[str, Any]) -> str:
    """The code of the kind of a Communication."""
    codes = (
        coding.get("code")
        for each in communication.get("category", ())
        for coding in each.get("coding", ())
        if coding.get("system") == KIND_SYSTEM
    )
    return next((str(code) for code in codes if code in KINDS), OTHER_KIND)


def priority_in(communication: Mapping[str, Any]) -> str:
    """Its priority as the ladder knows them."""
    found = str(communication.get("priority") or KINDS[kind_in(communication)].priority)
    return "urgent" if found == "stat" else found if found in LADDER else "routine"


def letter(communication: Mapping[str, Any], entered: Entered) -> Letter:
    """A Communication as its person sees it."""
    payload = communication.get("payload", ())
    text = "\n".join(str(each["contentString"]) for each in payload if each.get("contentString"))
    links = [str(each["contentAttachment"].get("url", "")) for each in payload if each.get("contentAttachment")]
    title = str(communication.get("topic", {}).get("text", "")) or text.partition(". ")[0].rstrip(".")
    link = next((each for each in links if each.startswith("/") and not each.startswith("//")), "")
    link = link or KINDS[entered.kind].link
    return Letter(entered.id, entered.kind, title, text, link, entered.told_at, entered.read_at is not None)


def planned(priority: str, told_at: datetime, zone: ZoneInfo) -> list[tuple[str, datetime]]:
    """When which channel is due for a message, if it is still unread then: channel, instant."""
    return [
        (step.channel, not_before(told_at + step.after, priority, zone)) for step in LADDER.get(priority, LADDER["routine"])
    ]  # fmt: skip


def not_before(at: datetime, priority: str, zone: ZoneInfo) -> datetime:
    """That instant, or the end of the night in which it lies; what is urgent does not wait.

    >>> not_before(datetime(2026, 11, 23, 22, 0, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh")), "asap", ZoneInfo("Asia/Ho_Chi_Minh"))
    datetime.datetime(2026, 11, 24, 6, 0, tzinfo=zoneinfo.ZoneInfo(key='Asia/Ho_Chi_Minh'))
    """
    local = at.astimezone(zone)
    if priority == "urgent" or QUIET_TO <= local.time() < QUIET_FROM:
        return at
    day = local.date() if local.time() < QUIET_TO else local.date() + timedelta(days=1)
    return datetime.combine(day, QUIET_TO, zone)


def hastens(priority: str) -> bool:
    """Whether the next channel follows at once when one does not reach the person. What can wait does not cost more."""
    return priority != "routine"


def pause(tries: int) -> timedelta | None:
    """How long to wait after so many tries that failed; None: it is set aside."""
    return PAUSES[tries - 1] if 0 < tries <= len(PAUSES) else None


def is_fresh(happened: datetime | None, now: datetime) -> bool:
    """Whether something is told that happened then; of what says no time, nothing."""
    return happened is not None and now - happened <= FRESH


def outside(kind: str, title: str) -> str:
    """What is said outside of the inbox: on locked screens, by text message, to gateways."""
    return f"An Lành: {title}" if KINDS[kind].open else OUTSIDE


def told_of(report: Mapping[str, Any]) -> tuple[str, str, str] | None:
    """Title, text (with {name}) and occasion of what is told of a DiagnosticReport; None: nothing.

    A report that is written again unchanged is no new occasion; one that was issued anew is.
    """
    status = str(report.get("status", ""))
    if status not in REPORTS:
        return None
    title, text = REPORTS[status]
    mark = "" if status == "final" else f" {status} {report.get('issued', '')}"
    return title, text, f"DiagnosticReport/{report['id']}{mark}"


def result_page(whose: str, told: str) -> str:
    """Where somebody who is told sees the results of "Patient/x".

    >>> result_page("Patient/a", "Patient/a"), result_page("Patient/child", "Patient/mother")
    ('/cua-toi/ket-qua', '/cua-toi/ket-qua?nguoi=child')
    """
    return RESULT_PAGE + ("" if whose == told else f"?nguoi={whose.partition('/')[2]}")


def check_call(title: str, text: str, age_from: int, age_to: int) -> None:
    """See that a call can be made of this.

    Raises:
        NothingToSay, AgesWrong: not so.
    """
    if not title.strip() or not text.strip():
        raise NothingToSay(expression="text" if title.strip() else "title")
    if not 0 <= age_from <= age_to <= OLDEST:
        raise AgesWrong(expression="age_from", age_from=age_from, age_to=age_to)


def born_between(age_from: int, age_to: int, today: date) -> tuple[date, date]:
    """The first and the last birthday of those who are so old today, both included.

    >>> born_between(60, 60, date(2026, 11, 23))
    (datetime.date(1965, 11, 24), datetime.date(1966, 11, 23))
    """
    return _years_before(today, age_to + 1) + timedelta(days=1), _years_before(today, age_from)


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return date(day.year - years, 2, 28)


def share(part: int, whole: int) -> int:
    """A part of a whole in percent, whole numbers.

    >>> share(1, 3), share(0, 0)
    (33, 0)
    """
    return round(100 * part / whole) if whole else 0


def off(chosen: Iterable[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    """Of all kinds and channels those that are not in what was chosen to be on."""
    kinds = [code for code, kind in KINDS.items() if not kind.staff]
    return frozenset((kind, channel) for kind in kinds for channel in CHANNELS) - frozenset(chosen)
