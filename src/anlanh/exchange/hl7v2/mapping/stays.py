"""Segments about a stay: the encounter, what was found, what was done, what the patient must not be given.

FHIR: Encounter, Condition, Procedure, AllergyIntolerance
Source: HL7 v2.8.2 chapters 3 and 6; MSH[Encounter] of HL7 Version 2 to FHIR
"""

from __future__ import annotations

from anlanh.exchange.hl7v2 import tables
from anlanh.exchange.hl7v2.codec import Segment
from anlanh.exchange.hl7v2.mapping import dates
from anlanh.exchange.hl7v2.mapping.reading import Reading

STATUS_OF_EVENT = {
    "A03": "finished",
    "A05": "planned",
    "A11": "cancelled",
    "A14": "planned",
    "A16": "in-progress",
    "A21": "onleave",
    "A23": "entered-in-error",
    "A27": "cancelled",
    "A38": "cancelled",
}
"""Events that decide what became of a stay. Others leave that to the patient class and the discharge date."""
CLEARS_DISCHARGE = frozenset(("A13",))


def pv1(reading: Reading, segment: Segment) -> None:
    """PV1."""
    make = reading.make
    encounter = reading.encounter = make.new("Encounter")
    reading.fill("PV1 Encounter", segment, encounter)
    if reading.event in STATUS_OF_EVENT and reading.kind == "ADT":
        encounter["status"] = STATUS_OF_EVENT[reading.event]
    if reading.event in CLEARS_DISCHARGE and reading.kind == "ADT":
        encounter["status"] = "in-progress"
        encounter.get("period", {}).pop("end", None)
    encounter.setdefault("class", {"system": f"{tables.TERMINOLOGY}v3-NullFlavor", "code": "UNK"})
    reading.about(encounter, encounter="")
    for each in encounter.get("episodeOfCare", []):
        episode = make.linked(each, "EpisodeOfCare")
        episode.setdefault("status", "active")
        reading.about(episode, "patient", "")
    if reading.account is not None:
        encounter["account"] = [make.reference(reading.account)]
    if reading.patient is not None:
        reading.fill("PV1 Patient", segment, reading.patient)
    if segment.valued(20):
        cover = reading.fill("PV1 Coverage", segment, make.new("Coverage", status="active"))
        reading.about(cover, "beneficiary", "")


def pv2(reading: Reading, segment: Segment) -> None:
    """PV2."""
    if reading.encounter is not None:
        reading.fill("PV2 Encounter", segment, reading.encounter)


def dg1(reading: Reading, segment: Segment) -> None:
    """DG1: a condition, and its part in the stay."""
    make = reading.make
    condition = make.new("Condition")
    reading.fill("DG1 Condition", segment, condition)
    reading.about(condition)
    if reading.encounter is not None:
        diagnosis = {"condition": make.reference(condition)}
        reading.fill("DG1 EncounterDiagnosis", segment, diagnosis)
        reading.encounter.setdefault("diagnosis", []).append(diagnosis)


def pr1(reading: Reading, segment: Segment) -> None:
    """PR1: a procedure; its end is its start and PR1-7 minutes."""
    reading.procedure = reading.about(reading.fill("PR1 Procedure", segment, reading.make.new("Procedure")))
    reading.observation = None


def allergy(reading: Reading, segment: Segment) -> None:
    """AL1, IAM."""
    found = reading.make.new("AllergyIntolerance")
    reading.fill(f"{segment.name} AllergyIntolerance", segment, found)
    reading.about(found, "patient")


def evn(reading: Reading, segment: Segment) -> None:
    """EVN: why the message was sent, and by whom."""
    event = reading.fill("EVN Provenance", segment, reading.make.new("Provenance"))
    event["target"] = [reading.make.reference(reading.header)]
    event.setdefault("recorded", dates.instant(reading.message.header.first(7), reading.make.zone))


def rf1(reading: Reading, segment: Segment) -> None:
    """RF1: a referral."""
    found = reading.request = reading.make.new("ServiceRequest", status="unknown")
    reading.fill("RF1 ServiceRequest", segment, found)
