"""What is left of a misshapen resource when all that has the wrong shape is taken out.

The quick check has reported those parts; what looks deeper (profiles, invariants, rules of resource types) can then
rely on every value being of the JSON type that its element has. Places in arrays are kept, so that locations stay true;
only resources in arrays close ranks.

FHIR: JSON representation of resources
Source: https://hl7.org/fhir/R4/json.html
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from anlanh.fhir.model.definitions import Definitions

JSON_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "boolean": (bool,),
    "decimal": (Decimal, int),
    "integer": (int,),
    "positiveInt": (int,),
    "unsignedInt": (int,),
}
"""Primitive type to the Python types of its JSON; all others are text."""


def pruned(value: dict[str, Any], type_name: str, known: Definitions) -> dict[str, Any]:
    """A copy of a resource or element with only what has the shape that its type demands."""
    properties = known.types[type_name].properties
    kept: dict[str, Any] = {}
    for key, held in value.items():
        if key == "resourceType":
            kept[key] = held
            continue
        found = properties.get(key.removeprefix("_"))
        if found is None:
            continue
        element, code = found
        code = code if not key.startswith("_") else "Element" if _is_primitive(code, known) else ""
        if not element.repeats:
            one = _shaped(held, code, known)
            kept.update({} if one is None else {key: one})
        elif isinstance(held, list) and code:
            items = [_shaped(item, code, known) for item in held]
            kept[key] = [item for item in items if item is not None] if code == "Resource" else items
    return kept


def _is_primitive(code: str, known: Definitions) -> bool:
    return known.types[code].kind == "primitive-type"


def _shaped(value: Any, code: str, known: Definitions) -> Any:
    """The value as far as it has the shape of a type; None where it has not."""
    if not code or value is None:
        return None
    if code == "Resource":
        name = value.get("resourceType") if isinstance(value, dict) else None
        fits = isinstance(name, str) and name in known.types and known.types[name].kind == "resource"
        return pruned(value, str(name), known) if fits else None
    if _is_primitive(code, known):
        wanted = JSON_TYPES.get(code, (str,))
        return value if isinstance(value, wanted) and isinstance(value, bool) == (bool in wanted) else None
    return (pruned(value, code, known) or None) if isinstance(value, dict) else None
