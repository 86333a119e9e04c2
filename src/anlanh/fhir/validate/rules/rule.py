"""One rule of validation.

FHIR: issue-type, issue-severity
Source: https://hl7.org/fhir/R4/valueset-issue-type.html
"""

from __future__ import annotations

from typing import NamedTuple


class Rule(NamedTuple):
    """One rule; the braces of the texts are filled by the facts of an issue."""

    code: str
    severity: str
    en: str
    vi: str
    hint: str = ""
