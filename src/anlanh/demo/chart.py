"""The chart of one made-up person: visits and what is measured, found, ordered and given in them.

Each call appends finished resources; ids are the person's number and a running number, so that the same dice make the
same chart. Plain dicts and shared parts: a chart is made in about a millisecond.

FHIR: Encounter, Condition, Observation, ServiceRequest, DiagnosticReport, MedicationRequest, Procedure
Source: https://hl7.org/fhir/R4/encounter.html
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from anlanh.demo import staff
from anlanh.demo.elements import (
    ATC,
    LOINC,
    MADE_UP_IDS,
    TERMINOLOGY,
    UCUM,
    Resource,
    coded,
    concept,
    hl7,
    icd10,
    meta,
    moment,
    quantity,
    rows,
    shared_ref,
    tenths,
    vn_concept,
)
from anlanh.demo.facilities import Facility
from anlanh.demo.households import Person
from anlanh.demo.insurance import Cover
from anlanh.demo.measures import (
    DIASTOLIC,
    FOUND,
    LABORATORY,
    MEASURES,
    NEGATIVE,
    PANELS,
    POSITIVE,
    PRESSURE,
    SYSTOLIC,
    VITAL_SIGNS,
)
from anlanh.demo.numbers import prescription
from anlanh.fhir.vn.systems import BASE
from anlanh.kernel.vn import codes

CLASSES = {
    code: {"system": f"{TERMINOLOGY}v3-ActCode", "code": code, "display": display}
    for code, display in (
        ("AMB", "ambulatory"), ("IMP", "inpatient encounter"), ("EMER", "emergency"), ("HH", "home health"),
    )
}  # fmt: skip
VISIT_TYPES = {code: [vn_concept("byt-ma-loai-kcb", code, name)] for code, name in codes.VISIT_TYPES.rows}
RESULTS = dict(codes.TREATMENT_RESULTS.rows)
ATTENDER = [hl7("v3-ParticipationType", "ATND")]
ACTIVE = hl7("condition-clinical", "active")
RESOLVED = hl7("condition-clinical", "resolved")
CONFIRMED = hl7("condition-ver-status", "confirmed")
ENCOUNTER_DIAGNOSIS = [hl7("condition-category", "encounter-diagnosis")]
PROBLEM = [hl7("condition-category", "problem-list-item")]
ORDER_OF = {"LAB": "Xét nghiệm", "RAD": "Chẩn đoán hình ảnh"}
STILL_ACTIVE_DAYS = 21
OPENS, CLOSES = 7 * 60, 16 * 60

KINDS = {"methadon": "h", "morphin": "n", "risperidon": "h"}
"""Kinds of prescription that are not ordinary: h psychotropic, n narcotic."""

TEST_LABELS = {"HIV": "HIV", "syphilis": "STD"}
"""Tests that are sensitive whatever the visit is about."""

Diagnosis = tuple[str, str]
"""ICD-10 code and name."""


@dataclass(slots=True)
class Visit:
    """An Encounter being written. `on` and `minute`: the ordinal of the day, minutes after midnight."""

    id: str
    encounter: Resource
    ref: Resource
    on: int
    minute: int
    at: str
    facility: Facility
    performer: list[Resource]
    doctor: Resource
    label: str
    condition: str


@cache
def _medicine(key: str) -> tuple[Resource, list[Resource], Resource, str]:
    row = next(each for each in rows("medicines") if each["key"] == key)
    coding = concept(ATC, row["atc"], text=row["name"])
    supply = {"value": int(row["quantity"]), "unit": row["unit"]}
    return coding, [{"text": row["dose"]}], {"quantity": supply}, row["name"]


class Chart:
    """Writes down what happens to one person. `resources` is what was written so far."""

    def __init__(self, person: Person, rng: random.Random, today: int, cover: Cover | None) -> None:
        self.person, self.rng, self.today, self.cover = person, rng, today, cover
        self.key = f"{person.number:06d}"
        self.subject = {"reference": f"Patient/{person.id}"}
        self.resources: list[Resource] = []
        self.until = person.died or today
        self._visits = self._facts = 0

    def new_id(self, prefix: str) -> str:
        """The next id with that prefix."""
        self._facts += 1
        return f"{prefix}-{self.key}-{self._facts}"

    def problem(self, diagnosis: Diagnosis, since: int, label: str = "") -> str:
        """A lasting illness on the problem list, known since that day; the id of the Condition."""
        found = self.new_id("benh")
        self.resources.append(
            {
                "resourceType": "Condition",
                "id": found,
                "meta": meta("Condition", label),
                "clinicalStatus": ACTIVE,
                "verificationStatus": CONFIRMED,
                "category": PROBLEM,
                "code": icd10(*diagnosis),
                "subject": self.subject,
                "onsetDateTime": moment(since, 540)[:10],
                "recordedDate": moment(since, 540)[:10],
            }
        )
        return found

    def visit(
        self, on: int, facility: Facility, department: str, diagnosis: Diagnosis, complaint: str, *,
        kind: str = "01", cls: str = "AMB", label: str = "", condition: str = "", minute: int | None = None,
        lasts: int | None = None, status: str = "finished", onset: int = 0,
    ) -> Visit:  # fmt: skip
        """An encounter on that day with its diagnosis, or with the `condition` of the problem list that it is about.

        `lasts`: minutes; `onset`: day on which it began, of what is diagnosed now.
        """
        rng = self.rng
        self._visits += 1
        minute = rng.randrange(OPENS, CLOSES) if minute is None else minute
        lasts = rng.randrange(15, 75) if lasts is None else lasts
        visit_id = f"luot-{self.key}-{self._visits}"
        doctor = staff.doctor(facility.id, department, rng.randrange(64))
        at = moment(on, minute)
        ref = {"reference": f"Encounter/{visit_id}"}
        of_diagnosis = condition or f"benh-{self.key}-l{self._visits}"
        paid = "9" if self.cover is None else "1.2" if facility.kind == "station" else "2" if cls == "EMER" else "1.3"
        encounter: Resource = {
            "resourceType": "Encounter",
            "id": visit_id,
            "meta": meta("Encounter", label),
            "extension": [coded("doi-tuong-kcb", "byt-ma-doituong-kcb", paid)],
            "identifier": [{"system": f"{BASE}sid/ma-lk", "value": f"{facility.code}-{self.key}-{self._visits}"}],
            "status": status,
            "class": CLASSES[cls],
            "type": VISIT_TYPES[kind],
            "subject": self.subject,
            "participant": [{"type": ATTENDER, "individual": shared_ref(f"Practitioner/{doctor.id}")}],
            "period": {"start": at} if status != "finished" else {"start": at, "end": moment(on, minute + lasts)},
            "reasonCode": [{"text": complaint}],
            "diagnosis": [{"condition": {"reference": f"Condition/{of_diagnosis}"}, "rank": 1}],
            "location": [{"location": shared_ref(f"Location/{facility.department(department).id}")}],
            "serviceProvider": shared_ref(f"Organization/{facility.id}"),
        }
        if status in ("arrived", "triaged"):
            del encounter["diagnosis"]
        self.resources.append(encounter)
        if not condition and status not in ("arrived", "triaged"):
            self.resources.append(self._diagnosis(of_diagnosis, diagnosis, ref, on, onset or on, label))
        nurse = shared_ref(f"Practitioner/{staff.nurse(facility.id, rng.randrange(64)).id}")
        return Visit(
            visit_id, encounter, ref, on, minute, at, facility, [nurse],
            shared_ref(f"Practitioner/{doctor.id}"), label, of_diagnosis,
        )  # fmt: skip

    def _diagnosis(
        self, condition: str, diagnosis: Diagnosis, encounter: Resource, on: int, onset: int, label: str
    ) -> Resource:
        over = on + STILL_ACTIVE_DAYS < self.today
        found: Resource = {
            "resourceType": "Condition",
            "id": condition,
            "meta": meta("Condition", label),
            "clinicalStatus": RESOLVED if over else ACTIVE,
            "verificationStatus": CONFIRMED,
            "category": ENCOUNTER_DIAGNOSIS,
            "code": icd10(*diagnosis),
            "subject": self.subject,
            "encounter": encounter,
            "onsetDateTime": moment(onset, 0)[:10],
            "recordedDate": moment(on, 0)[:10],
        }
        if over:
            found["abatementDateTime"] = moment(on + 7, 0)[:10]
        return found

    def diagnose(self, visit: Visit, diagnosis: Diagnosis) -> str:
        """A diagnosis made at the end of a visit that began without one; the id of the Condition."""
        found = self.new_id("benh")
        self.resources.append(self._diagnosis(found, diagnosis, visit.ref, visit.on, visit.on, visit.label))
        return found

    def measure(self, visit: Visit, name: str, value: int, at: str = "") -> str:
        """A measured value: whole units, or tenths where the measure says so. The id of the Observation."""
        of = MEASURES[name]
        found: Resource = {
            "resourceType": "Observation",
            "id": self.new_id("do"),
            "meta": meta("Observation", visit.label),
            "status": "final",
            "category": of.category,
            "code": of.code,
            "subject": self.subject,
            "encounter": visit.ref,
            "effectiveDateTime": at or visit.at,
            "performer": visit.performer,
            "valueQuantity": {
                "value": tenths(value) if of.tenths else value, "unit": of.unit, "system": UCUM, "code": of.unit,
            },
        }  # fmt: skip
        if of.range:
            found["referenceRange"] = of.range
        self.resources.append(found)
        return str(found["id"])

    def pressure(self, visit: Visit, systolic: int, diastolic: int, at: str = "") -> None:
        """A blood pressure in mmHg: one Observation with two components."""
        self.resources.append(
            {
                "resourceType": "Observation",
                "id": self.new_id("do"),
                "meta": meta("Observation", visit.label),
                "status": "final",
                "category": VITAL_SIGNS,
                "code": PRESSURE,
                "subject": self.subject,
                "encounter": visit.ref,
                "effectiveDateTime": at or visit.at,
                "performer": visit.performer,
                "component": [
                    {"code": SYSTOLIC, "valueQuantity": quantity(systolic, "mm[Hg]")},
                    {"code": DIASTOLIC, "valueQuantity": quantity(diastolic, "mm[Hg]")},
                ],
            }
        )

    def observe(self, visit: Visit, code: Resource, value: Resource, category: list[Resource], label: str = "") -> str:
        """Something found that is no quantity. The id of the Observation."""
        found = self.new_id("do")
        self.resources.append(
            {
                "resourceType": "Observation",
                "id": found,
                "meta": meta("Observation", label or visit.label),
                "status": "final",
                "category": category,
                "code": code,
                "subject": self.subject,
                "encounter": visit.ref,
                "effectiveDateTime": visit.at,
                "performer": visit.performer,
                "valueCodeableConcept": value,
            }
        )
        return found

    def test(self, visit: Visit, service: str, name: str, positive: bool) -> None:
        """Order a test that is positive or negative, and report it."""
        label = TEST_LABELS.get(name, "")
        order = self._order(visit, service, label)
        result = self.observe(visit, FOUND[name], POSITIVE if positive else NEGATIVE, LABORATORY, label)
        self._report(visit, service, order, (result,), "Dương tính" if positive else "Âm tính", label)

    def panel(self, visit: Visit, service: str, values: Iterable[tuple[str, int]]) -> None:
        """Order tests with values, and report them."""
        order = self._order(visit, service)
        self._report(visit, service, order, [self.measure(visit, name, value) for name, value in values])

    def imaging(self, visit: Visit, service: str, conclusion: str) -> None:
        """Order a picture or a curve, and report what is seen."""
        self._report(visit, service, self._order(visit, service), (), conclusion)

    def _order(self, visit: Visit, service: str, label: str = "") -> Resource:
        _, words, section = PANELS[service]
        order = self.new_id("chi-dinh")
        self.resources.append(
            {
                "resourceType": "ServiceRequest",
                "id": order,
                "meta": meta("ServiceRequest", label or visit.label),
                "status": "completed",
                "intent": "order",
                "category": [{"text": ORDER_OF.get(section, "Thăm dò chức năng")}],
                "code": concept(f"{MADE_UP_IDS}/dich-vu", service, words),
                "subject": self.subject,
                "encounter": visit.ref,
                "authoredOn": visit.at,
                "requester": visit.doctor,
            }
        )
        return {"reference": f"ServiceRequest/{order}"}

    def _report(
        self, visit: Visit, service: str, order: Resource, results: Sequence[str], conclusion: str = "", label: str = ""
    ) -> None:
        loinc, words, section = PANELS[service]
        report: Resource = {
            "resourceType": "DiagnosticReport",
            "id": self.new_id("ket-qua"),
            "meta": meta("DiagnosticReport", label or visit.label),
            "basedOn": [order],
            "status": "final",
            "category": [concept(f"{TERMINOLOGY}v2-0074", section)],
            "code": concept(LOINC, loinc, text=words),
            "subject": self.subject,
            "encounter": visit.ref,
            "effectiveDateTime": visit.at,
            "issued": visit.at,
            "performer": [shared_ref(f"Organization/{visit.facility.id}")],
        }
        if results:
            report["result"] = [{"reference": f"Observation/{each}"} for each in results]
        if conclusion:
            report["conclusion"] = conclusion
        self.resources.append(report)

    def prescribe(self, visit: Visit, medicines: Iterable[str]) -> None:
        """A prescription: a line for each medicine, all with the code of the prescription."""
        self._facts += 1
        number = self.person.number * 4096 + self._facts
        active = visit.on + 30 >= self.today
        for key in medicines:
            coding, dosage, supply, _ = _medicine(key)
            code = prescription(visit.facility.code, number, KINDS.get(key, "c"))
            self.resources.append(
                {
                    "resourceType": "MedicationRequest",
                    "id": self.new_id("don"),
                    "meta": meta("MedicationRequest", visit.label),
                    "identifier": [{"system": f"{BASE}sid/don-thuoc", "value": code}],
                    "status": "active" if active else "completed",
                    "intent": "order",
                    "medicationCodeableConcept": coding,
                    "subject": self.subject,
                    "encounter": visit.ref,
                    "authoredOn": visit.at,
                    "requester": visit.doctor,
                    "reasonReference": [{"reference": f"Condition/{visit.condition}"}],
                    "dosageInstruction": dosage,
                    "dispenseRequest": supply,
                }
            )

    def takes(self, medicine: str, since: int, label: str = "") -> None:
        """A medicine taken all the time since that day."""
        coding, dosage, _, _ = _medicine(medicine)
        self.resources.append(
            {
                "resourceType": "MedicationStatement",
                "id": self.new_id("thuoc"),
                "meta": meta("MedicationStatement", label),
                "status": "active",
                "medicationCodeableConcept": coding,
                "subject": self.subject,
                "effectivePeriod": {"start": moment(since, 0)[:10]},
                "dosage": dosage,
            }
        )

    def procedure(self, visit: Visit, code: str, words: str, minute: int = 90) -> None:
        """Something done in the visit, so many minutes after it began."""
        start = moment(visit.on, visit.minute + minute)
        self.resources.append(
            {
                "resourceType": "Procedure",
                "id": self.new_id("thu-thuat"),
                "meta": meta("Procedure", visit.label),
                "status": "completed",
                "code": concept(f"{MADE_UP_IDS}/dich-vu", code, words),
                "subject": self.subject,
                "encounter": visit.ref,
                "performedPeriod": {"start": start, "end": moment(visit.on, visit.minute + minute + 60)},
                "performer": [{"actor": visit.doctor}],
            }
        )

    def close(self, visit: Visit, result: str = "2") -> None:
        """The result of a treatment: 1 cured, 2 better, 3 the same, 4 worse, 5 died."""
        visit.encounter["extension"] = [
            *visit.encounter["extension"],
            coded("ket-qua-dieu-tri", "byt-ket-qua-dtri", result, RESULTS[result]),
        ]
