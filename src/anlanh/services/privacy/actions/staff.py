"""What staff do: open a record in an emergency, and oversee. Each is part of one unit of work."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from anlanh.access.accounts import persons
from anlanh.access.audit import inquiry
from anlanh.access.audit.inquiry import Inquiry, NoSuchInquiry
from anlanh.access.relations import emergency
from anlanh.access.relations.emergency import Emergency
from anlanh.access.rights import copy, kin, notices, oversight, requests
from anlanh.access.rights.oversight import Line as LogLine
from anlanh.access.rights.unusual import cases
from anlanh.access.rights.unusual.cases import Case as Unusual
from anlanh.fhir.model import json
from anlanh.fhir.search import query as queries
from anlanh.fhir.store import find, read
from anlanh.fhir.store.record import Record
from anlanh.fhir.vn.systems import BHYT_CARD, PERSONAL_ID
from anlanh.platform.work import Work
from anlanh.services.privacy import rules
from anlanh.services.privacy.actions import own
from anlanh.services.privacy.model import Case, EmergencyEnded, Found, Item, Line, NothingToFindBy, PeriodTooLong

MOST_FOUND = 10
MOST_DAYS = 31


async def find_person(work: Work, record: Record, number: str, name: str, year: str) -> list[Found]:
    """People by the number of a card, or by name and year of birth, as far as identifying them needs.

    Raises:
        NothingToFindBy: neither is given.
    """
    given = number.replace(" ", "").upper()
    if given:
        pairs = [("identifier", ",".join(f"{system}|{given}" for system in (PERSONAL_ID, BHYT_CARD)))]
    elif name.strip() and year.isascii() and year.isdigit() and len(year) == 4:
        pairs = [("name", word) for word in name.split()] + [("birthdate", year)]
    else:
        raise NothingToFindBy(expression="number")
    criteria = record.criteria("", record.sight(work))
    query = queries.read(criteria, ("Patient",), [*pairs, ("_count", str(MOST_FOUND))])
    page = await find.find(work, record, criteria, query)
    return [own.found(json.decode_fast(each.content)) for each in page.matches]


async def opened(work: Work, record: Record, emergency_id: str) -> tuple[Emergency, Found, list[Item]]:
    """An emergency access of who acts that is open, who it is, and what is looked at first.

    Raises:
        EmergencyEnded: there is none so.
    """
    found = await oversight.emergency_of(work, emergency_id)
    people = await read.current(work, record, [found.patient]) if found else {}
    if found is None or not people:
        raise EmergencyEnded
    person = json.decode_fast(people[found.patient].content)
    reference = f"Patient/{person['id']}"
    resources = await copy.items(work, record, reference, rules.EMERGENCY_TYPES, own.PRINTED)
    return found, own.found(person), rules.latest(map(rules.item, resources))


async def names(work: Work, record: Record, keys: Iterable[int]) -> dict[int, str]:
    """Names of people by their keys, as far as who acts may see them."""
    people = await read.current(work, record, sorted(set(keys)))
    return {key: kin.called(json.decode_fast(each.content)) for key, each in people.items()}


async def questions(work: Work, record: Record) -> list[Case]:
    """Questions that wait."""
    found = await inquiry.waiting(work)
    called = await names(work, record, (each.patient for each in found))
    return [
        Case(
            each.id,
            called.get(each.patient, ""),
            each.question,
            each.asked_at,
            each.answer_by,
            each.answer_by < work.at,
        )
        for each in found
    ]


async def demands(work: Work, record: Record) -> list[tuple[requests.Asked, str]]:
    """Requests about one's own data that wait, each with the name of its person."""
    found = await requests.waiting(work)
    called = await names(work, record, (each.patient for each in found))
    return [(each, called.get(each.patient, "")) for each in found]


async def emergencies(work: Work, record: Record) -> list[tuple[Emergency, str, str, str]]:
    """Emergencies to review, each with the names of the person, of who opened it and of where."""
    found = await emergency.waiting(work)
    called = await names(work, record, (each.patient for each in found))
    return [
        (each, called.get(each.patient, ""), await persons.name_of(work, record, each.subject),
         await persons.name_of(work, record, each.organization) if each.organization else "")
        for each in found
    ]  # fmt: skip


async def unusual(work: Work, record: Record) -> list[tuple[Unusual, str, str]]:
    """Days on which somebody looked at far more than usual, each with the names of who and where."""
    return [
        (each, await persons.name_of(work, record, each.subject),
         await persons.name_of(work, record, each.organization) if each.organization else "")
        for each in await cases.waiting(work)
    ]  # fmt: skip


async def question(work: Work, record: Record, inquiry_id: str) -> tuple[Inquiry, str, Line | None]:
    """A question that waits, the name of who asks, and the line it is about.

    Raises:
        NoSuchInquiry: unknown, or answered.
    """
    asked = next((each for each in await inquiry.waiting(work) if each.id == inquiry_id), None)
    if asked is None:
        raise NoSuchInquiry
    called = await names(work, record, [asked.patient])
    if asked.access_seq is None:
        return asked, called.get(asked.patient, ""), None
    reference = (await oversight.people(work, [asked.patient]))[asked.patient]
    look = await oversight.look_of(work, record, reference, asked.access_seq)
    oversight.note(work, [(asked.access_seq, (asked.patient,))])
    return asked, called.get(asked.patient, ""), rules.line(look)


async def answer(work: Work, record: Record, inquiry_id: str, text: str) -> None:
    """Answer a question, once; the person is told that there is an answer.

    Raises:
        NoSuchInquiry, NothingAsked: it was not answered.
    """
    answered = await inquiry.answer(work, inquiry_id, text)
    for reference in (await oversight.people(work, [answered.patient])).values():
        said = "Câu hỏi của ông/bà về một lần xem hồ sơ đã được trả lời. Mở mục “Câu hỏi của tôi” để đọc."
        await notices.tell(work, record, reference, said, f"inquiry {inquiry_id}")


async def review(work: Work, record: Record, emergency_id: str, justified: bool) -> None:
    """Note the verdict on an emergency; the person is told.

    Raises:
        NoSuchEmergency: unknown, or reviewed before.
    """
    waiting = next((each for each in await emergency.waiting(work) if each.id == emergency_id), None)
    await emergency.review(work, emergency_id, "justified" if justified else "not-justified")
    for reference in (await oversight.people(work, [waiting.patient] if waiting else [])).values():
        verdict = "có lý do chính đáng" if justified else "KHÔNG có lý do chính đáng; cơ sở sẽ được yêu cầu giải trình"
        said = f"Lần mở khẩn cấp hồ sơ của ông/bà đã được xem xét: {verdict}."
        await notices.tell(work, record, reference, said, f"review {emergency_id}")


async def log(
    work: Work, record: Record, number: str, actor: str, since: datetime, until: datetime
) -> list[tuple[LogLine, str, str]]:
    """The access log of a period, by the personal number of whose data it was, or the name of who acted; each row with the
    names of who acted and of those whose data it was.

    Raises:
        PeriodTooLong: neither is given, or too long a time.
    """
    if not (number.strip() or actor.strip()) or until - since > timedelta(days=MOST_DAYS):
        raise PeriodTooLong(expression="since", most=MOST_DAYS)
    people = await find_person(work, record, number, "", "") if number.strip() else []
    actors = await own.parties(work, record, actor, "Practitioner") if actor.strip() else []
    if (number.strip() and not people) or (actor.strip() and not actors):
        return []
    patient = f"Patient/{people[0].id}" if people else ""
    found = [
        each
        for reference, _ in actors or [("", "")]
        for each in await oversight.lines(work, record, since, until, patient, reference)
    ]
    called = await names(work, record, (key for each in found for key in each.patients[:1]))
    cache: dict[str, str] = {}
    for each in found:
        if each.subject.count("/") == 1 and each.subject not in cache:
            cache[each.subject] = await persons.name_of(work, record, each.subject)
    return [
        (each, cache.get(each.subject) or each.subject, called.get(each.patients[0], "") if each.patients else "")
        for each in sorted(found, key=lambda line: (line.at, line.seq), reverse=True)
    ]
