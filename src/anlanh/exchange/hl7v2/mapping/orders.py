"""Segments about orders and results: what was asked for, the specimen, what was found; medicines and vaccines.

FHIR: ServiceRequest, DiagnosticReport, Observation, Specimen, MedicationRequest, MedicationDispense, Immunization
Source: HL7 v2.8.2 chapters 4, 4A and 7
"""

from __future__ import annotations

from anlanh.exchange.hl7v2.codec import Segment
from anlanh.exchange.hl7v2.mapping import values
from anlanh.exchange.hl7v2.mapping.make import Resource
from anlanh.exchange.hl7v2.mapping.reading import ENDS_AN_ORDER, ORDERED, Reading, pure

RESULTS = frozenset(("ORU", "OUL", "OUR", "ORF", "MDM"))
"""Kinds of messages in which an OBR is a report; in others it is an order only, unless it has a result status."""
TREATMENTS = {
    "RXO": "MedicationRequest",
    "RXE": "MedicationRequest",
    "RXD": "MedicationDispense",
    "RXG": "MedicationRequest",
}
NO_END = ENDS_AN_ORDER - {"OBR"}


def orc(reading: Reading, segment: Segment) -> None:
    """ORC: read together with what it orders; an order by itself when nothing follows."""
    reading.orc = segment
    reading.observation = reading.specimen = reading.report = reading.request = reading.treatment = None
    if reading.following(ORDERED, ENDS_AN_ORDER) is None:
        request = reading.request = reading.noted = reading.make.new("ServiceRequest")
        reading.fill("ORC ServiceRequest", segment, request)
        _complete(reading)
        _provenance(reading, segment, request)


def _provenance(reading: Reading, segment: Segment, target: Resource) -> None:
    """Who entered, verified and ordered, and when."""
    said = reading.fill("ORC Provenance", segment, reading.make.new("Provenance"))
    said["target"] = [reading.make.reference(target)]


def obr(reading: Reading, segment: Segment) -> None:
    """OBR, with the ORC before it: the order, the report on it, and the specimen when no SPM follows."""
    make = reading.make
    orc_ = reading.orc
    beside = {"OBR": segment} | ({"ORC": orc_} if orc_ is not None else {})
    request = reading.request = reading.noted = make.new("ServiceRequest")
    if orc_ is not None:
        reading.fill("ORC ServiceRequest", orc_, request, **beside)
    reading.fill("OBR ServiceRequest", segment, request, **beside)
    _complete(reading)
    if orc_ is not None:
        _provenance(reading, orc_, request)
    if segment.valued(10) or (segment.valued(16) and not (orc_ is not None and orc_.valued(12))):
        acted = reading.fill("OBR Provenance", segment, make.new("Provenance"), **beside)
        acted["target"] = [make.reference(request)]
    reading.observation = reading.specimen = reading.report = None
    if reading.kind in RESULTS or segment.valued(25):
        report = reading.report = make.new("DiagnosticReport")
        if orc_ is not None:
            reading.fill("ORC DiagnosticReport", orc_, report, **beside)
        reading.fill("OBR DiagnosticReport", segment, report, **beside)
        report.setdefault("status", "unknown")
        report["basedOn"] = [make.reference(request)]
        reading.about(report)
    _specimen_of_order(reading, segment)
    reading.orc = None


def _specimen_of_order(reading: Reading, segment: Segment) -> None:
    if not any(segment.valued(number) for number in (9, 10, 14, 15)) and reading.following(("SPM",), NO_END):
        return
    if not any(segment.valued(number) for number in (7, 8, 9, 10, 14, 15)):
        return
    specimen = reading.fill("OBR Specimen", segment, reading.make.new("Specimen"))
    _of_specimen(reading, specimen)


def _of_specimen(reading: Reading, specimen: Resource) -> None:
    reading.about(specimen, encounter="")
    for holder in (reading.report, reading.request):
        if holder is not None:
            holder.setdefault("specimen", []).append(reading.make.reference(specimen))


def _complete(reading: Reading) -> None:
    request = reading.request
    if request is None:
        return
    request.setdefault("status", "unknown")
    request.setdefault("intent", "order")
    reading.about(request)


def spm(reading: Reading, segment: Segment) -> None:
    """SPM."""
    specimen = reading.specimen = reading.noted = reading.fill("SPM Specimen", segment, reading.make.new("Specimen"))
    reading.observation = None
    _of_specimen(reading, specimen)


def obx(reading: Reading, segment: Segment) -> None:
    """OBX: a finding of the report, the specimen, the stay or the person; in a document its text."""
    make = reading.make
    if reading.document is not None and reading.report is None:
        reading.document.setdefault("content", []).extend(values.attachments(make, segment))
        return
    found = reading.observation = reading.noted = make.new("Observation")
    reading.fill("OBX Observation", segment, found)
    found.setdefault("status", "unknown")
    values.put(make, segment, found)
    reading.about(found)
    if reading.specimen is not None:
        found.setdefault("specimen", make.reference(reading.specimen))
    if reading.treatment is not None and reading.treatment_type == "Immunization":
        found["partOf"] = [make.reference(reading.treatment)]
    elif reading.report is not None:
        reading.report.setdefault("result", []).append(make.reference(found))
        if reading.request is not None:
            found["basedOn"] = [make.reference(reading.request)]
    elif reading.request is not None:
        reading.request.setdefault("supportingInfo", []).append(make.reference(found))


def nte(reading: Reading, segment: Segment) -> None:
    """NTE: a note on what was read last."""
    if reading.noted is None or not segment.valued(3):
        return
    first = segment.repetitions(3)
    note = reading.fill("NTE Annotation", segment, {})
    note["text"] = "\n".join(each.text for each in first)
    if reading.noted is reading.appointment:
        said = reading.noted.get("comment")
        reading.noted["comment"] = f"{said}\n{note['text']}" if said else note["text"]
        return
    reading.noted.setdefault("note", []).append(note)


def tq1(reading: Reading, segment: Segment) -> None:
    """TQ1: when, how often, how urgent."""
    if reading.treatment is not None and reading.treatment_type == "MedicationRequest":
        reading.fill("TQ1 MedicationRequest", segment, reading.treatment)
    elif reading.appointment is not None:
        reading.fill("TQ1 Appointment", segment, reading.appointment)
    elif reading.request is not None:
        reading.fill("TQ1 ServiceRequest", segment, reading.request)


def treatment(reading: Reading, segment: Segment) -> None:
    """RXO, RXE, RXD, RXG, RXA: a medicine ordered, dispensed or given; a vaccine given."""
    resource_type = TREATMENTS.get(
        segment.name, "Immunization" if reading.kind == "VXU" else "MedicationAdministration"
    )
    block = f"{segment.name} {resource_type}"
    known = reading.treatment
    if known is not None and reading.treatment_type == resource_type and segment.name == "RXE":
        reading.fill(block, segment, known)
        return
    found = reading.treatment = reading.noted = reading.make.new(resource_type)
    reading.treatment_type = resource_type
    reading.observation = reading.request = reading.report = None
    if reading.orc is not None and resource_type != "MedicationAdministration":
        reading.fill(f"ORC {resource_type}", reading.orc, found)
    if segment.name != "RXG":
        reading.fill(block, segment, found)
    subject = {"Immunization": "patient"}.get(resource_type, "subject")
    where = {"MedicationDispense": "context", "MedicationAdministration": "context"}.get(resource_type, "encounter")
    reading.about(found, subject, where)
    found.setdefault("status", "active" if resource_type == "MedicationRequest" else "completed")
    if resource_type == "MedicationRequest":
        found.setdefault("intent", "order")


def route(reading: Reading, segment: Segment) -> None:
    """RXR: by which way, and where on the body."""
    found = reading.treatment
    if found is None:
        return
    reading.fill(f"RXR {reading.treatment_type}", segment, found)
    if "dosageInstruction" in found and len(found["dosageInstruction"]) > 1 and not pure(found):
        first, *others = found["dosageInstruction"]
        for each in others:
            first.update({name: value for name, value in each.items() if name not in first})
        found["dosageInstruction"] = [first]
