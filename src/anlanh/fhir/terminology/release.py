"""Expansions in the shape of R4, which has no element for properties.

FHIR: cross-version extensions of ValueSet.expansion.property and contains.property
Source: https://hl7.org/fhir/versions.html#extensions
"""

from __future__ import annotations

from typing import Any

PREFIX = "http://hl7.org/fhir/5.0/StructureDefinition/extension-ValueSet.expansion."
TYPES = {"code": "valueCode", "uri": "valueUri"}


def as_r4(value_set: dict[str, Any], asked: frozenset[str]) -> dict[str, Any]:
    """The value set with the properties of its expansion as extensions.

    The status of a concept is left out unless it is `asked` for: in R4 `inactive` tells it.
    """
    expansion = value_set.get("expansion")
    if not expansion or "property" not in expansion:
        return value_set
    declared = [_extension("property", each) for each in expansion["property"] if _is_told(each, asked)]
    rest = {name: value for name, value in expansion.items() if name != "property"}
    if "contains" in rest:
        rest["contains"] = [_line(each, asked) for each in rest["contains"]]
    return {**value_set, "expansion": {"extension": declared, **rest} if declared else rest}


def _is_told(value: dict[str, Any], asked: frozenset[str]) -> bool:
    return value.get("code") != "status" or "status" in asked


def _line(line: dict[str, Any], asked: frozenset[str]) -> dict[str, Any]:
    found = {name: value for name, value in line.items() if name not in {"property", "extension"}}
    made = [_extension("contains.property", each) for each in line.get("property", ()) if _is_told(each, asked)]
    if extensions := [*line.get("extension", ()), *made]:
        found = {"extension": extensions, **found}
    if "contains" in line:
        found["contains"] = [_line(each, asked) for each in line["contains"]]
    return found


def _extension(path: str, value: dict[str, Any]) -> dict[str, Any]:
    parts = [
        {"url": "value" if name.startswith("value") else name, TYPES.get(name, name): inner}
        for name, inner in value.items()
    ]
    return {"url": PREFIX + path, "extension": parts}
