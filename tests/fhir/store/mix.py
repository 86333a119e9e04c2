"""A blended mix of searches on the made-up province, and the SQL that they run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from anlanh.demo import households, numbers, province
from anlanh.fhir.search import query as queries
from anlanh.fhir.search.criteria import in_compartment
from anlanh.fhir.store import find
from anlanh.fhir.store.record import Record
from anlanh.platform.work import Work

BP = "http://loinc.org|85354-9"
PERSON = [
    each for home in households.block(province.SEED, 0, province.TODAY.toordinal()) for each in home.members
][42]  # fmt: skip
PATIENT = f"Patient/{PERSON.id}"
NUMBER, PHONE = PERSON.personal_id, numbers.phone(PERSON.number)

MIX = {
    "identifier": f"Patient?identifier=http://fhir.bhyt.vn|x,{NUMBER}",
    "name prefix": "Patient?name=nguy",
    "two words of a name": "Patient?name=nguyen lan",
    "family": "Patient?family=Nông",
    "family exact": "Patient?family:exact=Nông",
    "name contains": "Patient?name:contains=rang",
    "birth date range": "Patient?birthdate=ge1990-01-01&birthdate=lt1990-03-01",
    "gender and name": "Patient?gender=female&name=lan",
    "gender and birth date": "Patient?gender=female&birthdate=1985-05-05",
    "phone": f"Patient?telecom={PHONE}",
    "patient and code": f"Observation?subject={PATIENT}&code=http://loinc.org|85354-9",
    "patient, newest first": f"Observation?subject={PATIENT}&_sort=-date",
    "patient, code, newest first": f"Observation?patient={PATIENT}&code=85354-9&_sort=-date&_count=1",
    "category": f"Observation?category=vital-signs&patient={PATIENT}",
    "value quantity": "Observation?code=http://loinc.org|8310-5&value-quantity=gt38.9||Cel",
    "value quantity alone": "Observation?value-quantity=gt84.8|http://unitsofmeasure.org|kg",
    "code and value": "Observation?code-value-quantity=http://loinc.org|8310-5$gt38.9",
    "component composite": "Observation?component-code-value-quantity=http://loinc.org|8480-6$gt179",
    "date range": "Observation?date=ge2026-11-19&date=le2026-11-20",
    "patient and date range": f"Encounter?patient={PATIENT}&date=ge2025-01-01",
    "patient and not status": f"Encounter?patient={PATIENT}&status:not=cancelled",
    "chained": f"Observation?patient.identifier={NUMBER}",
    "chained by name": "Encounter?patient.name=nguyen lan&_count=10",
    "chained by type": "Observation?subject:Patient.family=Hứa&code=8867-4&_count=10",
    "reverse chained": "Patient?_has:Condition:patient:code=E11&gender=male&_count=10",
    "include": f"Observation?patient={PATIENT}&_include=Observation:encounter&_include=Observation:subject",
    "reverse include": f"Patient?identifier={NUMBER}&_revinclude=Condition:patient&_revinclude=Encounter:patient",
    "last updated": "Condition?_lastUpdated=gt2030-01-01",
    "changed lately, first page": "Observation?_lastUpdated=gt2020-01-01&_sort=-_lastUpdated&_count=10",
    "compartment": f"{PATIENT}/Observation?_count=50",
    "everything in a compartment": f"{PATIENT}/*?_count=100",
    "ids": "Patient?_id=nguoi-000001,nguoi-000002,nguoi-000003",
    "url": "ValueSet?url=http://example.org/none",
    "status and patient": f"MedicationRequest?status=active&patient={PATIENT}",
    "walk of dates": "Observation?_sort=-date&_count=20",
    "walk of dates in a range": "Observation?date=ge2026-01-01&_sort=date&_count=20",
    "accurate total": f"Condition?patient={PATIENT}&_total=accurate&_count=1",
    "missing": f"Condition?patient={PATIENT}&onset-date:missing=true",
    "type without a condition": "Practitioner?_count=50",
    "service provider and date": "Encounter?service-provider=Organization/bv-a&date=2026-11-20",
}


@dataclass
class Spy:
    """A connection that notes what is asked of it."""

    connection: Any
    asked: list[tuple[str, tuple[object, ...]]] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.connection, name)

    async def fetch(self, sql: str, *values: object) -> Any:
        self.asked.append((sql, values))
        return await self.connection.fetch(sql, *values)

    async def fetchrow(self, sql: str, *values: object) -> Any:
        self.asked.append((sql, values))
        return await self.connection.fetchrow(sql, *values)

    async def fetchval(self, sql: str, *values: object) -> Any:
        self.asked.append((sql, values))
        return await self.connection.fetchval(sql, *values)


async def search(work: Work, record: Record, address: str) -> find.Page:
    """Run `Type?query` or `Type/id/Type?query`."""
    path, _, query = address.partition("?")
    parts = path.split("/")
    criteria = record.criteria("http://localhost/fhir")
    within = in_compartment(parts[0], parts[1]) if len(parts) == 3 else None
    members = record.known.compartments["Patient"]
    types = [each for each in sorted(members) if members[each]] if parts[-1] == "*" else [parts[-1]]
    pairs = parse_qsl(query, keep_blank_values=True)
    return await find.find(work, record, criteria, queries.read(criteria, types, pairs, within=within))
