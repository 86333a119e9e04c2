"""Terminology as FHIRPath asks for it: memberOf(), subsumes() and the operations of %terminologies.

FHIR: FHIRPath in FHIR R4, memberOf, subsumes, %terminologies
Source: https://hl7.org/fhir/R4/fhirpath.html#functions, https://hl7.org/fhir/R4/fhirpath.html#txapi
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from anlanh.fhir.terminology.operations import operate
from anlanh.fhir.terminology.source import Source
from anlanh.kernel.problem import Problem

Parameter = dict[str, Any]


class ExpressionTerminology:
    """Answers expressions from a source; what cannot be told (an unknown value set) is None. `now` is aware."""

    def __init__(self, source: Source, now: datetime, identifier: str = "urn:anlanh:fhirpath") -> None:
        self._source = source
        self._now = now
        self._identifier = identifier

    def member_of(self, coded: Any, value_set: str) -> bool | None:
        """Whether a code, Coding or CodeableConcept (JSON values) is in the value set."""
        answer = self._ask("validate-code", _uri("url", value_set), *_coded(coded))
        return None if answer is None else bool(_value(answer, "result"))

    def subsumes(self, one: Any, other: Any) -> bool | None:
        """Whether a coding of `one` is one of `other`, or an ancestor of it."""
        pairs = [(mine, yours) for mine in _codings(one) for yours in _codings(other)]
        comparable = [(mine, yours) for mine, yours in pairs if mine.get("system") == yours.get("system")]
        answers = [self._relation(mine, yours) for mine, yours in comparable]
        if {"equivalent", "subsumes"} & set(answers):
            return True
        return None if None in answers else False

    def operation(self, name: str, *arguments: Any) -> dict[str, Any] | None:
        """What an operation of %terminologies answers; None when it cannot be carried out."""
        operation, parameters = OPERATIONS[name](*arguments)
        return self._ask(operation, *parameters)

    def _relation(self, mine: Mapping[str, Any], yours: Mapping[str, Any]) -> str | None:
        codings = [{"name": name, "valueCoding": coding} for name, coding in _pair(mine, yours)]
        answer = self._ask("subsumes", *codings)
        return None if answer is None else _value(answer, "outcome")

    def _ask(self, operation: str, *parameters: Parameter) -> dict[str, Any] | None:
        asked = {"resourceType": "Parameters", "parameter": list(parameters)}
        try:
            return operate(self._source, operation, asked, now=self._now, identifier=self._identifier)
        except Problem:
            return None


def _expand(value_set: Any, *further: Any) -> tuple[str, list[Parameter]]:
    return "expand", [_reference("url", "valueSet", value_set), *_further(further)]


def _lookup(coded: Any, *further: Any) -> tuple[str, list[Parameter]]:
    return "lookup", [*_coded(coded), *_further(further)]


def _validate_vs(value_set: Any, coded: Any, *further: Any) -> tuple[str, list[Parameter]]:
    return "validate-code", [_reference("url", "valueSet", value_set), *_coded(coded), *_further(further)]


def _validate_cs(code_system: Any, coded: Any, *further: Any) -> tuple[str, list[Parameter]]:
    return "cs-validate-code", [_reference("url", "codeSystem", code_system), *_coded(coded), *_further(further)]


def _subsumes(system: str, one: Any, other: Any, *further: Any) -> tuple[str, list[Parameter]]:
    pair = [{"name": name, "valueCoding": {"system": system, "code": _code(each)}} for name, each in _pair(one, other)]
    return "subsumes", [*pair, *_further(further)]


def _translate(concept_map: Any, coded: Any, *further: Any) -> tuple[str, list[Parameter]]:
    return "translate", [_reference("url", "conceptMap", concept_map), *_coded(coded), *_further(further)]


OPERATIONS: dict[str, Callable[..., tuple[str, list[Parameter]]]] = {
    "expand": _expand,
    "lookup": _lookup,
    "validateVS": _validate_vs,
    "validateCS": _validate_cs,
    "subsumes": _subsumes,
    "translate": _translate,
}


def _uri(name: str, value: str) -> Parameter:
    return {"name": name, "valueUri": value}


def _reference(by_url: str, by_value: str, value: Any) -> Parameter:
    """A conformance resource by its canonical or as itself."""
    return {"name": by_value, "resource": value} if isinstance(value, dict) else _uri(by_url, value)


def _coded(value: Any) -> list[Parameter]:
    if not isinstance(value, dict):
        return [{"name": "code", "valueCode": value}, {"name": "inferSystem", "valueBoolean": True}]
    if "coding" in value or "text" in value:
        return [{"name": "codeableConcept", "valueCodeableConcept": value}]
    return [{"name": "coding", "valueCoding": value}]


def _codings(value: Any) -> list[Mapping[str, Any]]:
    if not isinstance(value, dict):
        return []
    return list(value["coding"]) if "coding" in value else [value]


def _pair(one: Any, other: Any) -> list[tuple[str, Any]]:
    return [("codingA", one), ("codingB", other)]


def _code(value: Any) -> Any:
    return value.get("code") if isinstance(value, dict) else value


def _further(given: tuple[Any, ...]) -> list[Parameter]:
    """Parameters given as the text of a query (`displayLanguage=vi&...`) or as a Parameters resource."""
    if not given:
        return []
    if isinstance(given[0], dict):
        return list(given[0].get("parameter", ()))
    pairs = (pair.partition("=") for pair in str(given[0]).split("&") if pair)
    return [{"name": name, "valueString": value} for name, _, value in pairs]


def _value(answer: Mapping[str, Any], name: str) -> Any:
    for parameter in answer.get("parameter", ()):
        if parameter.get("name") == name:
            return next((value for key, value in parameter.items() if key.startswith("value")), None)
    return None
