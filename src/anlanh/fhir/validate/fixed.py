"""Fixed values and patterns: is a value exactly, or at least, what the definition says?

FHIR: ElementDefinition.fixed[x], .pattern[x]
Source: https://hl7.org/fhir/R4/elementdefinition-definitions.html#ElementDefinition.pattern_x_
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def prescribed(element: Mapping[str, Any]) -> tuple[str, Any] | None:
    """("fixed" or "pattern", the value), or None."""
    for key, value in element.items():
        if key.startswith("fixed"):
            return "fixed", value
        if key.startswith("pattern"):
            return "pattern", value
    return None


def equals(value: Any, wanted: Any) -> bool:
    """Whether a value is exactly the fixed one."""
    if isinstance(value, dict) and isinstance(wanted, dict):
        return value.keys() == wanted.keys() and all(equals(value[key], wanted[key]) for key in wanted)
    if isinstance(value, list) and isinstance(wanted, list):
        return len(value) == len(wanted) and all(map(equals, value, wanted))
    return isinstance(value, bool) == isinstance(wanted, bool) and bool(value == wanted)


def has_pattern(value: Any, wanted: Any) -> bool:
    """Whether a value has at least what the pattern has; every item of its arrays somewhere in the value's."""
    if isinstance(value, dict) and isinstance(wanted, dict):
        return all(key in value and has_pattern(value[key], wanted[key]) for key in wanted)
    if isinstance(value, list) and isinstance(wanted, list):
        return all(any(has_pattern(item, each) for item in value) for each in wanted)
    return equals(value, wanted)


def conforms(value: Any, rule: tuple[str, Any]) -> bool:
    """Whether a value is what `prescribed` found."""
    kind, wanted = rule
    return equals(value, wanted) if kind == "fixed" else has_pattern(value, wanted)
