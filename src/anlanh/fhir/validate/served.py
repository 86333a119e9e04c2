"""Terminology for validation from the platform's terminology service: code systems of the site included.

FHIR: ValueSet $validate-code, CodeSystem $lookup
Source: https://hl7.org/fhir/R4/terminology-service.html
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from anlanh.fhir import terminology
from anlanh.fhir.terminology.service import EPOCH, NO_NAME
from anlanh.fhir.terminology.service import Terminology as Service

REMEMBERED: Final = 65536


class Served:
    """A terminology service as validation asks it. Answers are kept: make a new one when the terminology changes."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._names = lru_cache(maxsize=REMEMBERED)(self._look_up)

    def member_of(self, value_set: str, system: str | None, code: str) -> bool | None:
        """Whether a code is in a value set; without a system, whether any system of the value set has it."""
        return self._service.member_of(code, value_set, system)

    def display_of(self, system: str, code: str) -> list[str] | None:
        """The names of a code, in any language; an empty list where the code system has no such code."""
        return self._names(system, code)

    def _look_up(self, system: str, code: str) -> list[str] | None:
        asked = [{"name": "system", "valueUri": system}, {"name": "code", "valueCode": code}]
        status, answer = terminology.answer(
            self._service.source, "lookup", {"parameter": asked}, now=EPOCH, identifier=NO_NAME
        )
        if status == 200:
            return _names_in(answer)
        kinds = {coding["code"] for issue in answer["issue"] for coding in issue.get("details", {}).get("coding", ())}
        return [] if "invalid-code" in kinds else None


def _names_in(answer: dict[str, Any]) -> list[str]:
    parts = answer["parameter"]
    inner = [each for part in parts if part["name"] == "designation" for each in part["part"]]
    return [
        *(part["valueString"] for part in parts if part["name"] == "display"),
        *(each["valueString"] for each in inner if each["name"] == "value"),
    ]
