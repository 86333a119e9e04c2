"""Expansions in the shape of R4, which has no element for properties.

FHIR: cross-version extensions of ValueSet.expansion.property and contains.property
Source: https://hl7.org/fhir/versions.html#extensions
"""

from __future__ import annotations

from typing import Any

PREFIX = "http://hl7.org/fhir/5.0/StructureDefinition/extension-ValueSet.expansion."
TYPES = {"code": "valueCode", "uri": "valueUri"}


def as_r4(value_set: dict[str, Any]) -> dict[str, Any]:
    """The value set with the properties of its expansion as extensions. What has none is handed back as it is."""
    expansion = value_set.get("expansion")
    if not expansion or "property" not in expansion:
        return value_set
    declared = [_extension("property", each) for each in expansion["property"]]
    rest = {name: value for name, value in expansion.items() if name != "property"}
    if "contains" in rest:
        rest["contains"] = [_line(each) for each in rest["contains"]]
    return {**value_set, "expansion": {"extension": declared, **rest}}


def _line(line: dict[str, Any]) -> dict[str, Any]:
    found = {name: value for name, value in line.items() if name != "property"}
    if "property" in line:
        made = [_extension("contains.property", each) for each in line["property"]]
        found = {
            "extension": [*line.get("extension", ()), *made],
            **{k: v for k, v in found.items() if k != "extension"},
        }
    if "contains" in line:
        found["contains"] = [_line(each) for each in line["contains"]]
    return found


def _extension(path: str, value: dict[str, Any]) -> dict[str, Any]:
    parts = [
        {"url": "value" if name.startswith("value") else name, TYPES.get(name, name): inner}
        for name, inner in value.items()
    ]
    return {"url": PREFIX + path, "extension": parts}
