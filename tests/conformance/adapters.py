"""The engines by the names and shapes that the conformance harnesses want. Nothing is decided here.

The harnesses hand in JSON read by Python's `json`; decimals are made exact first.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from anlanh.fhir import patch


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
