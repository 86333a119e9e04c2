"""Choosing, taking back and listing: the Consent in the record is in force at once, its receipt stays.

FHIR: Consent
"""

from __future__ import annotations

from datetime import datetime, timedelta

from anlanh.access.rights import choices, notices, receipts
from anlanh.access.rights.choices import Choice, Kind, Resource
from anlanh.access.rights.notices import ANNOUNCER
from anlanh.access.rights.problems import NoSuchConsent, NotEntrusted, PeriodWrong
from anlanh.access.rights.receipts import How
from anlanh.fhir.model import json
from anlanh.fhir.search import query as queries
from anlanh.fhir.search.keys import rid_of
from anlanh.fhir.store import find, read, write
from anlanh.fhir.store.problems import Gone, NotFound
from anlanh.fhir.store.record import Record
from anlanh.platform.work import Work

LONGEST_DAYS = 366 * 5


async def choose(work: Work, record: Record, choice: Choice, how: How) -> str:
    """Write the Consent of who acts, in force from now on; its id. Safe to repeat: the same choice is one Consent.

    Raises:
        PeriodWrong: the last day is not ahead, or too far.
    """
    zone = record.zone
    today = work.at.astimezone(zone).date()
    if choice.until is not None and not today < choice.until <= today + timedelta(days=LONGEST_DAYS):
        raise PeriodWrong(expression="until", most=LONGEST_DAYS)
    patient = work.principal.subject
    name = choices.consent_id(patient, choice)
    made = choices.resource(patient, choice, work.at, zone)
    await write.put(work, record, write.prepare(record, made, name))
    purpose = choice.value if choice.kind is Kind.PURPOSE else str(choice.kind)
    await receipts.write(work, patient, name, "given", purpose, choices.says(choice), choices.end_of(choice, zone), how)
    if choice.kind is Kind.DELEGATE:
        until = f" đến hết ngày {choice.until:%d/%m/%Y}" if choice.until else ""
        text = (
            f"Ông/bà vừa được ủy quyền xem hồ sơ sức khỏe của một người{until}. Mở mục “Ủy quyền” để xem hoặc từ chối."
        )
        await notices.tell(work, record, choice.value, text, f"delegated {name} {work.at.isoformat()}")
    return name


async def withdraw(work: Work, record: Record, consent_id: str, how: How) -> Resource:
    """Take back one's own Consent, from now on. Safe to repeat.

    Raises:
        NoSuchConsent: there is none of one's own.
    """
    try:
        stored = await read.lock(work, record, "Consent", consent_id)
    except (NotFound, Gone):
        raise NoSuchConsent from None
    consent: Resource = json.decode(stored.content)
    if consent.get("status") == "active":
        await _end_now(work, record, consent, how)
    return consent


async def give_back(work: Work, record: Record, consent_id: str, how: How) -> None:
    """End what somebody has entrusted to who acts. Safe to repeat.

    Raises:
        NotEntrusted: it is not entrusted to them.
    """
    mine = await work.connection.fetchval(
        "select true from relation where source = $1 and party = $2 and kind in ('delegate', 'consent')",
        rid_of("Consent", consent_id), rid_of(*work.principal.subject.split("/")),
    )  # fmt: skip
    if not mine:
        raise NotEntrusted
    actor, work.principal = work.principal, ANNOUNCER
    try:
        consent: Resource = json.decode((await read.lock(work, record, "Consent", consent_id)).content)
    finally:
        work.principal = actor
    await _end_now(work, record, consent, how, by_program=True)


async def _end_now(work: Work, record: Record, consent: Resource, how: How, *, by_program: bool = False) -> None:
    patient, name = str(consent["patient"]["reference"]), str(consent["id"])
    ended = {**consent, "status": "inactive"}
    actor = work.principal
    if by_program:
        work.principal = ANNOUNCER
    try:
        await write.put(work, record, write.prepare(record, ended, name))
    finally:
        work.principal = actor
    kind = choices.kind_of(consent)
    await receipts.write(work, patient, name, "withdrawn", kind, choices.text_of(consent), None, how)
    other = str(choices.party_of(consent).get("reference", ""))
    if kind == Kind.DELEGATE and other.startswith("Patient/"):
        text = "Việc ủy quyền xem hồ sơ sức khỏe đã được chấm dứt. Mở mục “Ủy quyền” để biết thêm."
        for each in (patient, other):
            if each != actor.subject:
                await notices.tell(work, record, each, text, f"ended {name} {work.at.isoformat()}")


async def listed(work: Work, record: Record, patient: str) -> list[Resource]:
    """The Consents of a person that who acts may see, newest first, whatever their status."""
    criteria = record.criteria("", record.sight(work))
    pairs = [("patient", patient), ("_sort", "-_lastUpdated"), ("_count", "200")]
    page = await find.find(work, record, criteria, queries.read(criteria, ("Consent",), pairs))
    return [json.decode(each.content) for each in page.matches]


def in_force(consent: Resource, at: datetime) -> bool:
    """Whether a Consent counts at that instant."""
    end = choices.ends_at(consent)
    return consent.get("status") == "active" and (end is None or end > at)
