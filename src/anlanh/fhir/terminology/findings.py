"""What a validation finds: issues, the words of `message`, systems that are not known.

FHIR: $validate-code output parameters `issues`, `message`, `x-unknown-system`
Source: https://build.fhir.org/ig/HL7/fhir-tx-ecosystem-ig/
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from anlanh.fhir.terminology.problems import MESSAGE_ID, TX_ISSUE_TYPE


@dataclass
class Findings:
    """Gathered along the way; nothing is said twice."""

    issues: list[dict[str, Any]] = field(default_factory=list)
    said: dict[str, None] = field(default_factory=dict)
    unknown: dict[str, None] = field(default_factory=dict)

    def add(
        self, kind: tuple[str, str, str], text: str, path: str | None, message_id: str, *, say: bool = False
    ) -> None:
        """Note an issue. `kind` is (severity, issue type, terminology issue type).

        Errors are part of the message; others only when `say` is given.
        """
        severity, code, tx = kind
        details = {"coding": [{"system": TX_ISSUE_TYPE, "code": tx}], "text": text}
        issue: dict[str, Any] = {"severity": severity, "code": code, "details": details}
        issue["extension"] = [{"url": MESSAGE_ID, "valueString": message_id}]
        if path:
            issue |= {"location": [path], "expression": [path]}
        if issue not in self.issues:
            self.issues.append(issue)
        if say or severity == "error":
            self.said[text] = None

    @property
    def has_errors(self) -> bool:
        """Whether any issue is an error."""
        return any(each["severity"] == "error" for each in self.issues)

    @property
    def message(self) -> str:
        """All that was said, in the order of the alphabet."""
        return "; ".join(sorted(self.said))

    @property
    def outcome(self) -> dict[str, Any]:
        """The issues as OperationOutcome."""
        return {"resourceType": "OperationOutcome", "issue": self.issues}


def under(path: str, name: str) -> str:
    """The path of an element of what is at `path`."""
    return f"{path}.{name}" if path else name
