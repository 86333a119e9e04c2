"""The engines by the names and shapes that the conformance harnesses want. Nothing is decided here.

The harnesses hand in JSON read by Python's `json`; decimals are made exact first.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from anlanh.fhir import fhirpath as fhirpath_engine
from anlanh.fhir import patch
from anlanh.kernel import units


def exact(value: Any) -> Any:
    """The same JSON with decimals in place of floats."""
    if isinstance(value, dict):
        return {key: exact(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [exact(inner) for inner in value]
    return Decimal(repr(value)) if isinstance(value, float) else value


def fhirpath_patch(resource: dict[str, Any], parameters: dict[str, Any]) -> dict[str, Any]:
    """run_patch.py --kind fhirpath"""
    return patch.fhirpath_patch(exact(resource), exact(parameters))


def json_patch(document: Any, operations: list[dict[str, Any]]) -> Any:
    """run_patch.py --kind json"""
    return patch.json_patch(exact(document), exact(operations))


FHIRPATH_CONTEXT = fhirpath_engine.Context(now=datetime(2026, 11, 23, 8, 0, tzinfo=UTC))


def fhirpath(resource: Any, expression: str, *, strict: bool, version: str) -> list[tuple[str, Any]]:
    """run_fhirpath.py; R4 and R5 are evaluated alike, on the model of R4"""
    root = (resource or {}).get("resourceType", "Resource") if strict else None
    found = fhirpath_engine.compile(expression, root)(resource, FHIRPATH_CONTEXT)
    return [(".".join(fhirpath_engine.type_of(item)), fhirpath_engine.plain(item)) for item in found]


def _compiled(expression: str, version: str) -> Any:
    compiled = fhirpath_engine.compile(expression)
    return lambda resource: compiled(resource, FHIRPATH_CONTEXT)


fhirpath.compile = _compiled  # type: ignore[attr-defined]


class Ucum:
    """run_ucum.py"""

    validate = staticmethod(units.validate)
    display = staticmethod(units.display)

    def convert(self, value: str, source: str, target: str) -> Decimal:
        return units.convert(Decimal(value), source, target)

    def multiply(self, value: str, unit: str, by: str, by_unit: str) -> tuple[Decimal, str]:
        return units.multiply(Decimal(value), unit, Decimal(by), by_unit)

    def divide(self, value: str, unit: str, by: str, by_unit: str) -> tuple[Decimal, str]:
        return units.divide(Decimal(value), unit, Decimal(by), by_unit)
