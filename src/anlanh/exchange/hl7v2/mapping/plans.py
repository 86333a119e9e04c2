"""Segments about appointments, documents, charges and studies.

FHIR: Appointment, DocumentReference, ChargeItem, ResearchStudy
Source: HL7 v2.8.2 chapters 6, 9 and 10
"""

from __future__ import annotations

from anlanh.exchange.hl7v2.codec import Segment
from anlanh.exchange.hl7v2.mapping import dates
from anlanh.exchange.hl7v2.mapping.reading import Reading

STATUS_OF_EVENT = {"S12": "booked", "S13": "booked", "S14": "booked", "S15": "cancelled", "S16": "cancelled",
                   "S17": "entered-in-error", "S26": "noshow"}  # fmt: skip


def sch(reading: Reading, segment: Segment) -> None:
    """SCH."""
    found = reading.appointment = reading.noted = reading.make.new("Appointment")
    reading.fill("SCH Appointment", segment, found)
    found.setdefault("status", STATUS_OF_EVENT.get(reading.event, "proposed"))
    if reading.event in ("S15", "S16", "S17", "S26"):
        found["status"] = STATUS_OF_EVENT[reading.event]


def resource(reading: Reading, segment: Segment) -> None:
    """AIS, AIG, AIL, AIP: the service, things, places and people of an appointment."""
    if reading.appointment is not None:
        reading.fill(f"{segment.name} Appointment", segment, reading.appointment)


def txa(reading: Reading, segment: Segment) -> None:
    """TXA: a document; its text is in the OBX that follow."""
    found = reading.document = reading.noted = reading.make.new("DocumentReference")
    reading.fill("TXA DocumentReference", segment, found)
    found.setdefault("status", "current")
    reading.report = reading.request = None
    reading.about(found, encounter="")
    if reading.encounter is not None:
        found.setdefault("context", {})["encounter"] = [reading.make.reference(reading.encounter)]


def ft1(reading: Reading, segment: Segment) -> None:
    """FT1: a charge."""
    found = reading.fill("FT1 ChargeItem", segment, reading.make.new("ChargeItem"))
    reading.about(found, encounter="context")
    if reading.account is not None:
        found["account"] = [reading.make.reference(reading.account)]
    if "enteredDate" in found and dates.day(segment.first(5)) is None:
        del found["enteredDate"]


def cti(reading: Reading, segment: Segment) -> None:
    """CTI: the study that somebody takes part in."""
    reading.fill("CTI ResearchStudy", segment, reading.make.new("ResearchStudy"))
