"""What can be wrong with a resource: every rule with its issue code, severity, texts and way out.

FHIR: issue-type, issue-severity
Source: https://hl7.org/fhir/R4/valueset-issue-type.html, https://hl7.org/fhir/R4/validation.html
"""

from __future__ import annotations

from typing import Final

from anlanh.fhir.validate.rules.content import CODES, DATATYPES, EXTENSIONS, NARRATIVES, REFERENCES
from anlanh.fhir.validate.rules.profiling import CONFORMANCE, PROFILES
from anlanh.fhir.validate.rules.resource import BUNDLES, MEASURES, QUESTIONNAIRES
from anlanh.fhir.validate.rules.rule import Rule
from anlanh.fhir.validate.rules.shape import PRIMITIVES, STRUCTURE, TEXTS

__all__ = ["RULES", "Rule"]

GENERAL: Final = {
    "all-right": Rule("informational", "information", "All right.", "Không có lỗi."),
}

RULES: Final[dict[str, Rule]] = {
    **STRUCTURE,
    **PRIMITIVES,
    **TEXTS,
    **CODES,
    **DATATYPES,
    **REFERENCES,
    **EXTENSIONS,
    **NARRATIVES,
    **PROFILES,
    **CONFORMANCE,
    **BUNDLES,
    **QUESTIONNAIRES,
    **MEASURES,
    **GENERAL,
}
