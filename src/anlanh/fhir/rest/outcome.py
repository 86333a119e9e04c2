"""Problems as OperationOutcome: what happened, where, and the way out, in English and Vietnamese.

FHIR: OperationOutcome
Source: https://hl7.org/fhir/R4/operationoutcome.html
"""

from __future__ import annotations

from typing import Any

from anlanh.fhir.model import json
from anlanh.fhir.rest.problems import Invalid
from anlanh.kernel.messages import in_vietnamese
from anlanh.kernel.problem import Problem

TRANSLATION = "http://hl7.org/fhir/StructureDefinition/translation"


def outcome_of(problem: Problem) -> dict[str, Any]:
    """The OperationOutcome of a problem."""
    if isinstance(problem, Invalid):
        return {"resourceType": "OperationOutcome", "issue": [issue.render() for issue in problem.issues]}
    issue: dict[str, Any] = {
        "severity": "fatal" if problem.http_status >= 500 and problem.issue == "exception" else "error",
        "code": problem.issue,
        "details": {"text": problem.text},
        "diagnostics": f"{problem.text} {problem.way_out}".strip(),
    }
    if vietnamese := in_vietnamese(problem):
        content = [{"url": "lang", "valueCode": "vi"}, {"url": "content", "valueString": vietnamese}]
        issue["details"]["_text"] = {"extension": [{"url": TRANSLATION, "extension": content}]}
    if problem.expression:
        issue["expression"] = [problem.expression]
    return {"resourceType": "OperationOutcome", "issue": [issue]}


def content_of(problem: Problem) -> bytes:
    """The same as JSON bytes."""
    return json.encode(outcome_of(problem))


def all_right(text: str) -> bytes:
    """An OperationOutcome that says what was done."""
    issue = {"severity": "information", "code": "informational", "details": {"text": text}}
    return json.encode({"resourceType": "OperationOutcome", "issue": [issue]})
