"""What a person suffers from, and what they must not get.

FHIR: Condition, AllergyIntolerance
Source: HL7 "C-CDA on FHIR" 2.0: Problem Concern to Condition, Allergy Concern to AllergyIntolerance
"""

from __future__ import annotations

from anlanh.exchange.ccda.codec import Node
from anlanh.exchange.ccda.mapping import datatypes as types
from anlanh.exchange.ccda.mapping import header
from anlanh.exchange.ccda.mapping.datatypes import filled
from anlanh.exchange.ccda.mapping.make import Place, Resource, related
from anlanh.exchange.ccda.tables import codes
from anlanh.exchange.ccda.tables.systems import TERMINOLOGY

PROBLEM = "2.16.840.1.113883.10.20.22.4.4"
ALLERGY = "2.16.840.1.113883.10.20.22.4.7"
STATUS = ("2.16.840.1.113883.10.20.22.4.6", "2.16.840.1.113883.10.20.22.4.28")
REACTION = "2.16.840.1.113883.10.20.22.4.9"
SEVERITY = "2.16.840.1.113883.10.20.22.4.8"
CRITICALITY = "2.16.840.1.113883.10.20.22.4.145"

DIAGNOSIS_SECTIONS = {"11535-2", "46241-6", "29308-4", "78375-3", "10219-4", "10218-6", "11348-0"}
"""LOINC of sections of diagnoses of a stay; problems elsewhere are of the problem list."""


def concern(place: Place, node: Node) -> None:
    """Problem Concern Act, encounter diagnosis and their like: a Condition for each problem in it."""
    found = [node] if node.name == "observation" else list(related(node, PROBLEM))
    for each in found:
        problem(place, each, node)


def problem(place: Place, node: Node, around: Node) -> Resource | None:
    """Problem Observation. Its value is the problem; none is a problem known not to be there."""
    make = place.make
    code = types.concept(node.one("value"), place.narrative) or _said(place, node)
    if code is None:
        return None
    negated = node.get("negationInd") == "true"
    end = types.ended(node.one("effectiveTime"), make.zone)
    status = "resolved" if end else _status(node, around)
    category = "encounter-diagnosis" if place.section in DIAGNOSIS_SECTIONS else "problem-list-item"
    return place.add(
        "Condition", identifier=_identifiers(node, around),
        clinicalStatus=_coded("condition-clinical", status),
        verificationStatus=_coded("condition-ver-status", "refuted" if negated else "confirmed"),
        category=[_coded("condition-category", category)], code=code, subject=place.subject, encounter=place.encounter,
        onsetDateTime=types.started(node.one("effectiveTime"), make.zone), abatementDateTime=end,
        severity=_severity_concept(node), recordedDate=types.moment(node.one("author/time"), make.zone),
        recorder=_person(place, node),
    )  # fmt: skip


def _identifiers(node: Node, around: Node) -> list[Resource]:
    """Of what is stated, then of the concern around it, which may hold several."""
    return types.identifiers(node.all("id") if node is around else (*node.all("id"), *around.all("id")))


def allergies(place: Place, node: Node) -> None:
    """Allergy Concern Act: an AllergyIntolerance for each."""
    for each in [node] if node.name == "observation" else related(node, ALLERGY):
        _allergy(place, each, node)


def _allergy(place: Place, node: Node, around: Node) -> None:
    make = place.make
    kind = node.one("value")
    agent = node.one("participant/participantRole/playingEntity")
    code = types.concept(agent.one("code"), place.narrative) if agent is not None else None
    if code is None and agent is not None and (named := agent.one("name")) is not None and named.text():
        code = {"text": named.text()}
    if code is None:
        code = (
            types.concept(kind, place.narrative) if node.get("negationInd") != "true" else {"text": "No known allergy"}
        )
    if code is None:
        return
    kind_code = kind.get("code") if kind is not None else ""
    status = _status(node, around)
    reactions = [each for told in related(node, REACTION) if (each := _reaction(place, told, code, agent))]
    criticality = next((codes.CRITICALITY.get(_value(each)) for each in related(node, CRITICALITY)), None)
    category = codes.ALLERGY_CATEGORY.get(kind_code)
    found = place.add(
        "AllergyIntolerance",
        identifier=_identifiers(node, around),
        clinicalStatus=_coded("allergyintolerance-clinical", status if status in codes.ALLERGY_STATUS else "active"),
        verificationStatus=_coded("allergyintolerance-verification", "refuted" if node.get("negationInd") == "true" else "confirmed"),
        type=codes.ALLERGY_TYPE.get(kind_code), category=[category] if category else None, criticality=criticality,
        code=code, patient=place.subject, onsetDateTime=types.started(node.one("effectiveTime"), make.zone),
        recordedDate=types.moment(node.one("author/time"), make.zone), recorder=_person(place, node), reaction=reactions,
    )  # fmt: skip
    severity = next((codes.SEVERITY.get(_value(each)) for each in related(node, SEVERITY)), None)
    if severity and reactions and "severity" not in reactions[0]:
        found["reaction"][0]["severity"] = severity


def _reaction(place: Place, node: Node, code: Resource, agent: Node | None) -> Resource | None:
    """Reaction Observation. FHIR asks for a manifestation."""
    manifestation = types.concept(node.one("value"), place.narrative)
    if manifestation is None:
        return None
    severity = next((codes.SEVERITY.get(_value(each)) for each in related(node, SEVERITY)), None)
    return filled(
        substance=code if agent is not None else None, manifestation=[manifestation], severity=severity,
        onset=types.started(node.one("effectiveTime"), place.make.zone),
    )  # fmt: skip


def _status(node: Node, around: Node) -> str:
    """The clinical status: of the status observation, or of the concern."""
    for each in related(node, *STATUS):
        if found := codes.SNOMED_STATUS.get(_value(each)):
            return found
    told = around.one("statusCode") if around is not node else None
    return codes.SNOMED_STATUS.get(told.get("code"), "active") if told is not None else "active"


def _severity_concept(node: Node) -> Resource | None:
    return next((types.concept(each.one("value")) for each in related(node, SEVERITY)), None)


def _value(node: Node) -> str:
    found = node.one("value")
    return found.get("code") if found is not None else ""


def _said(place: Place, node: Node) -> Resource | None:
    said = types.words(node, place.narrative)
    return {"text": said} if said else None


def _person(place: Place, node: Node) -> dict[str, str] | None:
    """Who wrote it down, when that is a person."""
    found = header.practitioner(place.make, node.one("author/assignedAuthor"))
    return place.make.reference(found) if found else None


def _coded(system: str, code: str) -> Resource:
    return {"coding": [{"system": f"{TERMINOLOGY}{system}", "code": code}]}
