"""The concept maps between CDA's codes and FHIR's.

FHIR: ConceptMap
Source: HL7 "C-CDA on FHIR" 2.0, https://hl7.org/fhir/us/ccda/mappingGuidance.html
"""

from __future__ import annotations

GENDER = {"M": "male", "F": "female", "UN": "other"}
NAME_USE = {
    "L": "official",
    "C": "official",
    "P": "nickname",
    "A": "anonymous",
    "ASGN": "usual",
    "BR": "maiden",
    "SRCH": "usual",
}
ADDRESS_USE = {
    "H": "home",
    "HP": "home",
    "HV": "home",
    "WP": "work",
    "DIR": "work",
    "PUB": "work",
    "TMP": "temp",
    "BAD": "old",
}
TELECOM_USE = {
    "H": "home",
    "HP": "home",
    "HV": "home",
    "WP": "work",
    "DIR": "work",
    "PUB": "work",
    "MC": "mobile",
    "TMP": "temp",
}
TELECOM_SYSTEM = {"tel": "phone", "fax": "fax", "mailto": "email", "http": "url", "https": "url", "sms": "sms"}

OBSERVATION_STATUS = {
    "completed": "final", "active": "preliminary", "aborted": "cancelled", "cancelled": "cancelled", "held": "registered",
    "suspended": "registered", "new": "registered", "nullified": "entered-in-error",
}  # fmt: skip
REPORT_STATUS = {**OBSERVATION_STATUS, "active": "registered"}
PROCEDURE_STATUS = {
    "completed": "completed", "active": "in-progress", "aborted": "stopped", "cancelled": "not-done", "held": "on-hold",
    "suspended": "on-hold", "nullified": "entered-in-error",
}  # fmt: skip
STATEMENT_STATUS = {
    "completed": "completed", "active": "active", "aborted": "stopped", "cancelled": "not-taken", "held": "on-hold",
    "suspended": "on-hold", "nullified": "entered-in-error",
}  # fmt: skip
REQUEST_STATUS = {
    "completed": "completed", "active": "active", "aborted": "stopped", "cancelled": "cancelled", "held": "on-hold",
    "suspended": "on-hold", "new": "draft", "nullified": "entered-in-error",
}  # fmt: skip
SERVICE_REQUEST_STATUS = {**REQUEST_STATUS, "cancelled": "revoked", "aborted": "revoked"}
IMMUNIZATION_STATUS = {"completed": "completed", "active": "completed", "nullified": "entered-in-error"}
DISPENSE_STATUS = {"completed": "completed", "active": "in-progress", "aborted": "stopped", "cancelled": "cancelled"}
GOAL_STATUS = {"completed": "completed", "active": "active", "aborted": "cancelled", "cancelled": "cancelled"}
PRIORITY = {"A": "asap", "S": "stat", "UR": "urgent", "EM": "stat", "R": "routine", "EL": "routine"}
COMPOSITION_STATUS = {"completed": "final", "active": "preliminary"}

SNOMED_STATUS = {
    "55561003": "active", "73425007": "inactive", "413322009": "resolved", "246455001": "recurrence", "263855007": "relapse",
    "277022003": "remission", "active": "active", "completed": "resolved", "aborted": "inactive", "suspended": "inactive",
}  # fmt: skip
"""Clinical status of problems and allergies: SNOMED CT of the status observation, or the status of the concern."""
ALLERGY_STATUS = ("active", "inactive", "resolved")
SEVERITY = {
    "255604002": "mild", "6736007": "moderate", "371923003": "moderate", "371924009": "severe", "24484000": "severe",
    "399166001": "severe",
}  # fmt: skip
CRITICALITY = {"CRITL": "low", "CRITH": "high", "CRITU": "unable-to-assess"}
ALLERGY_CATEGORY = {
    "414285001": "food", "235719002": "food", "418471000": "food", "416098002": "medication", "59037007": "medication",
    "419511003": "medication", "426232007": "environment", "232347008": "environment",
}  # fmt: skip
ALLERGY_TYPE = {
    "419199007": "allergy", "414285001": "allergy", "416098002": "allergy", "426232007": "allergy", "235719002": "intolerance",
    "59037007": "intolerance",
}  # fmt: skip
ENCOUNTER_STATUS = {"completed": "finished", "active": "in-progress", "aborted": "cancelled", "cancelled": "cancelled"}
ENCOUNTER_CLASS = {"99201": "AMB", "99202": "AMB", "99203": "AMB", "99213": "AMB", "99281": "EMER", "99285": "EMER"}
RELATIVE_CLASS = {
    "NOK": "Next of kin", "ECON": "Emergency contact", "CAREGIVER": "Caregiver", "GUARD": "Guardian", "PRS": "Personal",
    "AGNT": "Agent", "QUAL": "Qualified entity", "CON": "Contact", "POLHOLD": "Policy holder",
}  # fmt: skip
LANGUAGE = {"eng": "en", "spa": "es", "fra": "fr", "fre": "fr", "vie": "vi", "deu": "de", "zho": "zh"}
LANGUAGE_NAMES = {"en": "English", "es": "Spanish", "fr": "French", "vi": "Vietnamese", "de": "German", "zh": "Chinese"}
"""ISO 639-2 to BCP 47, and the English names of them."""
