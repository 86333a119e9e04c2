"""Where a line comes from: facility, author, visit, message, and what was done to it since; and papers with their content.

FHIR: Provenance, Meta, DocumentReference, Binary
Source: https://hl7.org/fhir/R4/provenance.html
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any

from anlanh.services.record.model import Origin, Paper, Step
from anlanh.services.record.rules import foreign, lines, words
from anlanh.services.record.rules.words import Names, Resource

TYPES = frozenset(
    ("AllergyIntolerance", "Condition", "MedicationRequest", "MedicationStatement", "Immunization", "Observation",
     "DiagnosticReport", "Encounter", "Procedure", "DocumentReference", "Composition", "CareTeam", "EpisodeOfCare", "Flag",
     "FamilyMemberHistory", "Patient")
)  # fmt: skip
"""Types of which a line is shown."""

TITLES = ("code", "medicationCodeableConcept", "vaccineCode", "type", "reasonCode", "class", "relationship")
AUTHORS = ("requester", "recorder", "asserter", "informationSource", "author", "custodian", "managingOrganization")
MADE_UP = "HTEST"
ASCII_TEXT = "text/"


def is_about(resource: Resource, patient_id: str) -> bool:
    """Whether it is about that person."""
    if resource["resourceType"] == "Patient":
        return bool(resource["id"] == patient_id)
    about: Any = resource.get("subject") or resource.get("patient") or {}
    return bool(about.get("reference") == f"Patient/{patient_id}")


def of(resource: Resource, trail: Sequence[Resource], names: Names) -> Origin:
    """All that a resource and the Provenances about it tell."""
    title = next((text for name in TITLES if (text := words.concept(resource.get(name)))), "") or words.called(resource)
    return Origin(
        str(resource.get("title") or title), words.on(resource), words.source(resource, names), _author(resource, names),
        str(resource.get("encounter", {}).get("reference", "")),
        tuple(str(each["value"]) for each in resource.get("identifier", ()) if each.get("value") and title != words.called(resource)),
        tuple(_step(each, names) for each in trail),
        any(each.get("code") == MADE_UP for each in resource.get("meta", {}).get("security", ())),
    )  # fmt: skip


def _author(resource: Resource, names: Names) -> str:
    people = [resource.get(name) for name in AUTHORS]
    people += [each.get("actor", each) for each in resource.get("performer", ())]
    people += [each.get("individual") for each in resource.get("participant", ()) if "individual" in each]
    for each in people:
        listed = each if isinstance(each, list) else [each]
        if found := next((text for one in listed if (text := words.shown(one, names))), ""):
            return found
    return ""


def _step(provenance: Resource, names: Names) -> Step:
    who = next((text for each in provenance.get("agent", ()) if (text := words.shown(each.get("who"), names))), "")
    return Step(words.instant(str(provenance.get("recorded", ""))), who, words.concept(provenance.get("activity")))


def paper(resource: Resource, attachment: Resource, names: Names) -> Paper:
    """A paper with its content; what is not base64 is empty."""
    media = str(attachment.get("contentType", "application/octet-stream"))
    try:
        content = base64.b64decode(str(attachment["data"]), validate=False)
    except (binascii.Error, ValueError):
        content = b""
    (line,) = lines.documents([{**resource, "status": "current"}], names)
    text = content.decode("utf-8", "replace") if media.startswith(ASCII_TEXT) else ""
    return Paper(line, media, content, text, foreign.document(content, media))
