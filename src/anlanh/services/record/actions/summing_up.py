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
from anlanh.services.record.rules import choosing, summary
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
    ("results", "Observation", (("category", "laboratory"),)),
    ("vital-signs", "Observation", (("category", "vital-signs"),)),
    ("social", "Observation", (("category", "social-history"),)),
    ("pregnancy", "Observation", (("code", ",".join(f"{summary.LOINC}|{each}" for each in choosing.PREGNANCY)),)),
)
"""Name, type, further parameters."""


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
