"""Terminology for validation from the platform's terminology service: code systems of the site included.

The definitions are asked first, because they answer in microseconds; what they cannot tell goes to the service. Answers
are remembered, so an instance should not outlive a change of the code systems it has been asked about.

FHIR: ValueSet $validate-code, CodeSystem $lookup
Source: https://hl7.org/fhir/R4/terminology-service.html
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from anlanh.fhir import terminology
from anlanh.fhir.terminology import Source
from anlanh.fhir.validate.coded import Listed

REMEMBERED: Final = 65536
CANNOT_TELL: Final = frozenset({"not-found", "not-supported", "too-costly", "exception"})
"""Codes of issues which say that the service lacks the value set or code system, not that the code is wrong."""


class Served:
    """Terminology that asks the definitions, then a service over `source`. `now` dates what the service makes."""

    def __init__(self, listed: Listed, source: Source, *, now: datetime) -> None:
        self._listed = listed
        self._source = source
        self._now = now
        self._asked_member = lru_cache(maxsize=REMEMBERED)(self._ask_member)
        self._asked_names = lru_cache(maxsize=REMEMBERED)(self._ask_names)

    def member_of(self, value_set: str, system: str | None, code: str) -> bool | None:
        """Whether a code is in a value set; without a system, whether any system of the value set has it."""
        found = self._listed.member_of(value_set, system, code)
        return self._asked_member(value_set, system, code) if found is None else found

    def display_of(self, system: str, code: str) -> list[str] | None:
        """The names of a code, in any language; an empty list where the code system has no such code."""
        found = self._listed.display_of(system, code)
        return self._asked_names(system, code) if found is None else found

    def _ask_member(self, value_set: str, system: str | None, code: str) -> bool | None:
        asked: dict[str, dict[str, Any]] = {"url": {"valueUri": value_set}, "code": {"valueCode": code}}
        asked |= {"inferSystem": {"valueBoolean": True}} if system is None else {"system": {"valueUri": system}}
        status, answer = self._ask("validate-code", asked)
        if status != 200:
            return None
        said = {part["name"]: part for part in answer["parameter"]}
        if said["result"].get("valueBoolean"):
            return True
        issues = said.get("issues", {}).get("resource", {}).get("issue", [])
        return None if CANNOT_TELL & {issue["code"] for issue in issues} else False

    def _ask_names(self, system: str, code: str) -> list[str] | None:
        status, answer = self._ask("lookup", {"system": {"valueUri": system}, "code": {"valueCode": code}})
        if status == 200:
            return list(_names(answer))
        kinds = {coding["code"] for issue in answer["issue"] for coding in issue.get("details", {}).get("coding", ())}
        return [] if "invalid-code" in kinds else None

    def _ask(self, operation: str, asked: dict[str, dict[str, Any]]) -> tuple[int, dict[str, Any]]:
        parameters = {"resourceType": "Parameters", "parameter": [{"name": n, **v} for n, v in asked.items()]}
        return terminology.answer(
            self._source, operation, parameters, now=self._now, identifier="urn:anlanh:validation"
        )


def _names(answer: dict[str, Any]) -> list[str]:
    found = [part["valueString"] for part in answer["parameter"] if part["name"] == "display"]
    for part in answer["parameter"]:
        if part["name"] == "designation":
            found.extend(each["valueString"] for each in part["part"] if each["name"] == "value")
    return found
