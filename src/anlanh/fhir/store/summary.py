"""Part of a resource: `_summary` and `_elements`, marked SUBSETTED so that nobody writes it back as the whole.

FHIR: _summary, _elements
Source: https://hl7.org/fhir/R4/search.html#summary, https://hl7.org/fhir/R4/search.html#elements
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from anlanh.fhir.model import json
from anlanh.fhir.model.definitions import Definitions
from anlanh.fhir.model.types import TypeDef

SUBSETTED = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}
ALWAYS = frozenset(("resourceType", "id", "meta", "implicitRules"))


def part_of(known: Definitions, content: bytes, summary: str, elements: Sequence[str]) -> bytes:
    """The resource's JSON with only what `_summary` (true, text, data, false) and `_elements` ask for."""
    if summary == "false" and not elements:
        return content
    resource = json.decode_fast(content)
    definition = known.types[resource["resourceType"]]
    if elements:
        wanted = _wanted(elements, resource["resourceType"])
        part = {name: value for name, value in resource.items() if _base(definition, name) in wanted}
    elif summary == "text":
        part = {n: v for n, v in resource.items() if n in ALWAYS or n == "text" or _mandatory(definition, n)}
    elif summary == "data":
        part = {name: value for name, value in resource.items() if name != "text"}
    else:
        part = _summarised(known, definition, resource)
    meta = dict(part.get("meta", {}))
    meta["tag"] = [*meta.get("tag", ()), SUBSETTED]
    whole = {"resourceType": resource["resourceType"]}
    whole.update(part)
    whole["meta"] = meta
    return json.encode(whole)


def _wanted(elements: Sequence[str], resource_type: str) -> frozenset[str]:
    names = {each.removeprefix(f"{resource_type}.").partition(".")[0] for each in elements}
    return frozenset(names | ALWAYS)


def _base(definition: TypeDef, name: str) -> str:
    plain = name.removeprefix("_")
    found = definition.properties.get(plain)
    mandatory = found is not None and found[0].min > 0
    return "id" if mandatory else found[0].name if found else plain


def _mandatory(definition: TypeDef, name: str) -> bool:
    found = definition.properties.get(name.removeprefix("_"))
    return found is not None and found[0].min > 0


def _summarised(known: Definitions, definition: TypeDef, value: dict[str, Any]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for name, child in value.items():
        found = definition.properties.get(name.removeprefix("_"))
        if name in ALWAYS:
            out[name] = child
        elif found is not None and found[0].summary:
            out[name] = _inside(known, found[1], child)
    return out


def _inside(known: Definitions, type_name: str, value: Any) -> Any:
    """Backbone elements are summarised too; data types are kept whole."""
    definition = known.types.get(type_name)
    if definition is None or definition.kind != "backbone":
        return value
    if isinstance(value, list):
        return [_inside(known, type_name, each) for each in value]
    return _summarised(known, definition, value) if isinstance(value, dict) else value
