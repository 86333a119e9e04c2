"""The International Patient Summary and the health book of a person, as far as whoever acts may see the record.

FHIR: Patient/$summary
Source: http://hl7.org/fhir/uv/ips/OperationDefinition/summary; QĐ 831/QĐ-BYT
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

from anlanh.fhir.store.record import Record
from anlanh.platform.work import Work
from anlanh.services.record import store
from anlanh.services.record.actions import reading
from anlanh.services.record.model import Block, Sheet
from anlanh.services.record.rules import book, choosing, lines, summary
from anlanh.services.record.rules.words import Names, Resource

MOST = 60
SEARCHES: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...] = (
    ("conditions", "Condition", (("category", "problem-list-item"),)),
    ("diagnoses", "Condition", (("category:not", "problem-list-item"),)),
    ("allergies", "AllergyIntolerance", ()),
    ("requests", "MedicationRequest", (("status", "active,on-hold"),)),
    ("statements", "MedicationStatement", (("status", "active"),)),
    ("immunizations", "Immunization", (("status", "completed"),)),
    ("procedures", "Procedure", (("status", "completed"),)),
    ("results", "Observation", (("category:not", reading.NO_RESULTS),)),
    ("vital-signs", "Observation", (("category", "vital-signs"),)),
    ("social", "Observation", (("category", "social-history"),)),
    ("pregnancy", "Observation", (("code", ",".join(f"{summary.LOINC}|{each}" for each in choosing.PREGNANCY)),)),
)
"""Name, type, further parameters."""

_BOXES = ",".join(f"{summary.LOINC}|{code}" for _name, code in (*book.BIRTH, *book.RISKS, *book.REPRODUCTION) if code)


async def gather(work: Work, record: Record, patient_id: str) -> tuple[Resource, dict[str, Sequence[Resource]], Names]:
    """The Patient, what the summary is made of by section, and the names of what it refers to.

    Raises:
        NoSuchPerson: there is none, or none that is open to whoever acts.
    """
    person = await store.person(work, record, patient_id)
    found = {
        name: (await store.newest(work, record, kind, patient_id, MOST, pairs)).resources
        for name, kind, pairs in SEARCHES
    }
    names = await store.names(work, record, [person, *(each for listed in found.values() for each in listed)])
    return person, choosing.sections(found, names), names


async def summarise(work: Work, record: Record, patient_id: str) -> Resource:
    """The summary as a document Bundle.

    Raises:
        NoSuchPerson: there is none, or none that is open to whoever acts.
    """
    person, found, names = await gather(work, record, patient_id)
    return summary.bundle(person, found, names, work.at, str(uuid4()))


async def sheet(work: Work, record: Record, patient_id: str) -> Sheet:
    """The summary as a paper, in Vietnamese with the English names of its parts.

    Raises:
        NoSuchPerson: there is none, or none that is open to whoever acts.
    """
    person, found, names = await gather(work, record, patient_id)
    allergies = lines.allergies(found["allergies"], names)
    blocks = tuple(
        Block(
            f"{part.vi} / {part.en}", headings=("Nội dung", "Chi tiết", "Ngày, cơ sở"), empty=summary.NOT_TOLD,
            rows=tuple(summary.row(each, names) for each in found[part.name]),
        )
        for part in summary.PARTS
        if found[part.name] or part.required
    )  # fmt: skip
    banner = lines.banner(person, allergies, (), names)
    return Sheet(
        f"{summary.TITLE} / International Patient Summary",
        "HL7 International Patient Summary 2.0",
        banner,
        work.at,
        blocks,
    )


async def health_book(work: Work, record: Record, patient_id: str) -> Sheet:
    """The personal health record of QĐ 831, filled in.

    Raises:
        NoSuchPerson: there is none, or none that is open to whoever acts.
    """
    chart = await reading.open_chart(work, record, patient_id)
    person = await store.person(work, record, patient_id)
    social = await store.newest(work, record, "Observation", patient_id, MOST, [("category", "social-history")])
    others = await store.newest(work, record, "Observation", patient_id, MOST, [("code", _BOXES)])
    family = await store.newest(work, record, "FamilyMemberHistory", patient_id, MOST)
    noted = book.noted([*others.resources, *social.resources])
    return Sheet(book.TITLE, book.LAW, chart.banner, work.at, book.blocks(person, chart, noted, family.resources))
