"""What FHIR demands and a message does not tell: said to be absent, or the default that the segment implies.

FHIR: cardinality 1..1 and 1..*, data-absent-reason
Source: https://hl7.org/fhir/R4/extension-data-absent-reason.html
"""

from __future__ import annotations

from typing import Any

from anlanh.exchange.hl7v2 import tables
from anlanh.exchange.hl7v2.mapping.make import Resource

ABSENT = {"extension": [{"url": f"{tables.DEFINITION}data-absent-reason", "valueCode": "unknown"}]}
NOBODY = {"display": "unknown"}

REQUIRED: dict[str, tuple[tuple[tuple[str, ...], str, Any], ...]] = {
    "Encounter": ((("status",), "status", "unknown"),),
    "Condition": ((("subject",), "subject", NOBODY),),
    "AllergyIntolerance": ((("patient",), "patient", NOBODY),),
    "Observation": ((("status",), "status", "unknown"), (("code",), "code", ABSENT)),
    "DiagnosticReport": ((("status",), "status", "unknown"), (("code",), "code", ABSENT)),
    "ServiceRequest": (
        (("status",), "status", "unknown"),
        (("intent",), "intent", "order"),
        (("subject",), "subject", NOBODY),
    ),
    "Procedure": ((("status",), "status", "unknown"), (("subject",), "subject", NOBODY)),
    "Immunization": (
        (("status",), "status", "completed"),
        (("vaccineCode",), "vaccineCode", ABSENT),
        (("patient",), "patient", NOBODY),
        (("occurrenceDateTime", "occurrenceString"), "occurrenceString", "unknown"),
    ),
    "MedicationRequest": (
        (("status",), "status", "unknown"),
        (("intent",), "intent", "order"),
        (("medicationCodeableConcept",), "medicationCodeableConcept", ABSENT),
        (("subject",), "subject", NOBODY),
    ),
    "MedicationDispense": (
        (("status",), "status", "unknown"),
        (("medicationCodeableConcept",), "medicationCodeableConcept", ABSENT),
    ),
    "MedicationAdministration": (
        (("status",), "status", "unknown"),
        (("medicationCodeableConcept",), "medicationCodeableConcept", ABSENT),
        (("subject",), "subject", NOBODY),
        (("effectivePeriod", "effectiveDateTime"), "effectivePeriod", ABSENT),
    ),
    "Appointment": (
        (("status",), "status", "proposed"),
        (("participant",), "participant", [{"actor": NOBODY, "status": "needs-action"}]),
    ),
    "Coverage": (
        (("status",), "status", "active"),
        (("beneficiary",), "beneficiary", NOBODY),
        (("payor",), "payor", [NOBODY]),
    ),
    "Account": ((("status",), "status", "unknown"),),
    "DocumentReference": (
        (("status",), "status", "current"),
        (("content",), "content", [{"attachment": {"title": "unknown"}}]),
    ),
    "ChargeItem": (
        (("status",), "status", "unknown"),
        (("code",), "code", ABSENT),
        (("subject",), "subject", NOBODY),
    ),
    "RelatedPerson": ((("patient",), "patient", NOBODY),),
    "ResearchStudy": ((("status",), "status", "active"),),
    "EpisodeOfCare": ((("status",), "status", "active"), (("patient",), "patient", NOBODY)),
}
"""By type: the elements of which one must be there, the one to fill when none is, and with what."""


def complete(resource: Resource, recorded: str | None) -> bool:
    """Fill in what must be there; whether the resource can stand. A Provenance without agent or instant cannot."""
    kind = resource["resourceType"]
    for names, name, default in REQUIRED.get(kind, ()):
        if not any(each in resource for each in names):
            resource[name] = [*default] if isinstance(default, list) else default
    if kind == "Provenance":
        if recorded is not None:
            resource.setdefault("recorded", recorded)
        if resource.get("recorded") is None:
            return False
        resource["agent"] = [each for each in resource.get("agent", []) if "who" in each]
        return bool(resource["agent"])
    if kind == "Appointment":
        for each in resource["participant"]:
            each.setdefault("status", "needs-action")
    if kind == "Coverage" and "class" in resource:
        resource["class"] = [each for each in resource["class"] if each.keys() >= {"type", "value"}]
    if kind == "Patient" and "communication" in resource:
        resource["communication"] = [each for each in resource["communication"] if "language" in each]
    return True
