"""One finding of a validation, and its OperationOutcome form in English and Vietnamese.

FHIR: OperationOutcome.issue
Source: https://hl7.org/fhir/R4/operationoutcome.html, https://hl7.org/fhir/R4/extension-translation.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from anlanh.fhir.validate.rules import RULES

TRANSLATION: Final = "http://hl7.org/fhir/StructureDefinition/translation"
RULE_SYSTEM: Final = "https://anlanh.vn/fhir/CodeSystem/validation-rule"
FAILING: Final = frozenset({"error", "fatal"})
CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
LONGEST_FACT: Final = 200


@dataclass(frozen=True, slots=True)
class Issue:
    """What was found where. `rule` is a key of `RULES`; `facts` fill its texts; `expression` is a FHIRPath location.

    `severity` is fatal, error, warning or information; `code` is of the value set issue-type.
    """

    rule: str
    expression: str
    facts: Mapping[str, object] = field(default_factory=dict)
    severity: str = ""
    code: str = ""

    def __post_init__(self) -> None:
        rule = RULES[self.rule]
        object.__setattr__(self, "severity", self.severity or rule.severity)
        object.__setattr__(self, "code", self.code or rule.code)

    @property
    def fails(self) -> bool:
        """Whether a resource with this issue is not valid."""
        return self.severity in FAILING

    @property
    def text(self) -> str:
        """What was found, in English."""
        return RULES[self.rule].en.format(**self._facts())

    @property
    def text_vi(self) -> str:
        """What was found, in Vietnamese."""
        return RULES[self.rule].vi.format(**self._facts())

    @property
    def way_out(self) -> str:
        """What to do about it, in English."""
        return RULES[self.rule].hint.format(**self._facts())

    def render(self) -> dict[str, Any]:
        """The entry of OperationOutcome.issue."""
        translation = [{"url": "lang", "valueCode": "vi"}, {"url": "content", "valueString": self.text_vi}]
        return {
            "severity": self.severity,
            "code": self.code,
            "details": {
                "coding": [{"system": RULE_SYSTEM, "code": self.rule}],
                "text": self.text,
                "_text": {"extension": [{"url": TRANSLATION, "extension": translation}]},
            },
            "diagnostics": f"{self.text} {self.way_out}".strip(),
            **({"expression": [self.expression]} if self.expression else {}),
        }

    def _facts(self) -> dict[str, str]:
        return {name: _short(value) for name, value in self.facts.items()}


def outcome(issues: Iterable[Issue]) -> dict[str, Any]:
    """The OperationOutcome of a validation; one information issue when there is nothing to say."""
    rendered = [issue.render() for issue in issues]
    return {"resourceType": "OperationOutcome", "issue": rendered or [Issue("all-right", "").render()]}


def _short(value: object) -> str:
    text = CONTROL.sub("\ufffd", str(value))
    return text if len(text) <= LONGEST_FACT else text[: LONGEST_FACT - 1] + "…"
