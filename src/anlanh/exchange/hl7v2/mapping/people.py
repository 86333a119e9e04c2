"""Segments about people: the patient, who they are related to, who vouches and who pays; and people merged.

FHIR: Patient, RelatedPerson, Account, Coverage
Source: HL7 v2.8.2 chapters 3 and 6
"""

from __future__ import annotations

from anlanh.exchange.hl7v2.codec import Repetition, Segment
from anlanh.exchange.hl7v2.mapping import codes, identifying, naming, simple
from anlanh.exchange.hl7v2.mapping.make import Resource
from anlanh.exchange.hl7v2.mapping.reading import Reading, pure

MERGES = frozenset(("A18", "A30", "A34", "A39", "A40"))
"""Events by which the person of MRG is from now on the person of PID."""
SELF = frozenset(("SEL", "SE", "S", "01", "1", "18"))


def pid(reading: Reading, segment: Segment) -> None:
    """PID. A second PID in a message (A17, A24, A37) is another person."""
    make = reading.make
    patient = reading.patient = make.new("Patient")
    reading.encounter = reading.account = reading.coverage = reading.request = reading.report = None
    reading.specimen = reading.observation = reading.treatment = reading.orc = reading.noted = None
    reading.fill("PID Patient", segment, patient)
    if segment.valued(18):
        account = reading.account = reading.fill("PID Account", segment, make.new("Account"))
        account["subject"] = [make.reference(patient)]
    if segment.valued(21):
        mother = reading.fill("PID RelatedPerson", segment, make.new("RelatedPerson"))
        mother["patient"] = make.reference(patient)
    if segment.valued(33) or segment.valued(34):
        changed = reading.fill("PID Provenance", segment, make.new("Provenance"))
        changed["target"] = [make.reference(patient)]
    if reading.appointment is not None:
        attends = {"actor": make.reference(patient), "status": "accepted"}
        reading.appointment.setdefault("participant", []).append(attends)


def pd1(reading: Reading, segment: Segment) -> None:
    """PD1."""
    if reading.patient is None:
        return
    reading.fill("PD1 Patient", segment, reading.patient)
    if segment.valued(7):
        will = reading.fill("PD1 Observation", segment, reading.make.new("Observation"))
        reading.about(will, encounter="")


def nk1(reading: Reading, segment: Segment) -> None:
    """NK1: a contact of the patient, and a person of their own."""
    if reading.patient is None:
        return
    reading.fill("NK1 Patient", segment, reading.patient)
    related = reading.fill("NK1 RelatedPerson", segment, reading.make.new("RelatedPerson"))
    related["patient"] = reading.make.reference(reading.patient)


def mrg(reading: Reading, segment: Segment) -> None:
    """MRG: the person by the identifiers given up; for the events that merge people, replaced by the one of PID."""
    make, patient = reading.make, reading.patient
    if patient is None:
        return
    if segment.valued(3):
        reading.fill("MRG Account", segment, make.new("Account"))["subject"] = [make.reference(patient)]
    former = [found for each in segment.repetitions(1) if (found := identifying.identifier(make, each, ""))]
    if reading.event not in MERGES or not former:
        return
    gone = make.new("Patient", active=False, identifier=former)
    if name := [found for each in segment.repetitions(7) if (found := naming.human_name(make, each, ""))]:
        gone["name"] = name
    gone["link"] = [{"other": make.reference(patient), "type": "replaced-by"}]
    patient.setdefault("link", []).append({"other": make.reference(gone), "type": "replaces"})


def gt1(reading: Reading, segment: Segment) -> None:
    """GT1: who vouches for the bill."""
    make, patient = reading.make, reading.patient
    if patient is None:
        return
    itself = segment.first(11) in SELF
    party = patient if itself else reading.fill("GT1 RelatedPerson", segment, make.new("RelatedPerson"))
    if not itself:
        party["patient"] = make.reference(patient)
    if reading.account is None:
        reading.account = make.new("Account", status="active", subject=[make.reference(patient)])
    reading.fill("GT1 Account", segment, reading.account)
    guarantor = reading.account["guarantor"][-1]
    guarantor["party"] = make.reference(party)


def in1(reading: Reading, segment: Segment) -> None:
    """IN1: a cover, its payer, and who holds it."""
    make, patient = reading.make, reading.patient
    if patient is None:
        return
    coverage = reading.coverage = reading.fill("IN1 Coverage", segment, make.new("Coverage"))
    coverage["beneficiary"] = make.reference(patient)
    reading.holder = None
    if segment.first(17) in SELF:
        coverage["subscriber"] = make.reference(patient)
    elif segment.valued(16) or segment.valued(49):
        holder = reading.holder = reading.fill("IN1 RelatedPerson", segment, make.new("RelatedPerson"))
        holder["patient"] = make.reference(patient)
        coverage["subscriber"] = make.reference(holder)


def in2(reading: Reading, segment: Segment) -> None:
    """IN2: more about the cover of IN1."""
    if reading.coverage is None:
        return
    reading.fill("IN2 Coverage", segment, reading.coverage)
    if reading.holder is not None:
        reading.fill("IN2 RelatedPerson", segment, reading.holder)


def role(reading: Reading, segment: Segment) -> None:
    """ROL, PRT: a professional's part in the care of the person, the stay, the procedure or the result read last."""
    make = reading.make
    name = segment.name
    if (name == "PRT" and any(segment.valued(number) for number in range(16, 23))) or (
        name == "PRT" and segment.valued(10) and not segment.valued(5)
    ):
        device = reading.fill("PRT Device", segment, make.new("Device"))
        if reading.observation is not None:
            reading.observation["device"] = make.reference(device)
        return
    found = reading.fill(f"{name} PractitionerRole", segment, make.new("PractitionerRole"))
    if pure(found):
        return
    _take_part(reading, found, segment)


def _take_part(reading: Reading, found: Resource, segment: Segment) -> None:
    make, reference = reading.make, reading.make.reference(found)
    number = 3 if segment.name == "ROL" else 4
    first = next(iter(segment.repetitions(number)), None)
    said = codes.concept(make, first, "ProviderRole") if first is not None else None
    if reading.observation is not None:
        reading.observation.setdefault("performer", []).append(reference)
    elif reading.procedure is not None:
        reading.procedure.setdefault("performer", []).append(
            {"actor": reference} | ({"function": said} if said else {})
        )
    elif reading.report is not None:
        reading.report.setdefault("performer", []).append(reference)
    elif reading.encounter is not None:
        part: Resource = {"individual": reference} | ({"type": [said]} if said else {})
        if period := simple.between(make, _period_of(segment), 1, 2):
            part["period"] = period
        reading.encounter.setdefault("participant", []).append(part)
    elif reading.patient is not None:
        reading.patient.setdefault("generalPractitioner", []).append(reference)


def _period_of(segment: Segment) -> Repetition:
    start, end = (5, 6) if segment.name == "ROL" else (11, 12)
    separator = segment.delimiters.component
    return Repetition(f"{segment.raw(start)}{separator}{segment.raw(end)}", segment.delimiters)


def pda(reading: Reading, segment: Segment) -> None:
    """PDA: a death."""
    if reading.patient is not None and "deceasedDateTime" not in reading.patient:
        reading.patient.setdefault("deceasedBoolean", True)
